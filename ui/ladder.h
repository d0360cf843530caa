/* SPDX-License-Identifier: BSD-2-Clause */
/* One flow as a ladder, line by line: the client on the left, the server on the right, time going down.
 *
 *   10.99.0.1:38640                 10.99.0.2:81        #
 *   09:29:26.776837 | SYN seq=791043958 -------> |     37
 *         +1.029009 | SYN again 1 ------------>>>|     60*  SYN again, 7 in all
 *
 * Segments that repeat what was sent have three arrowheads, frames that prove the verdict a star. Runs
 * of ordinary segments are one line. An ICMP error begins where its sender is: at an end, or at an o
 * in between. */
#ifndef TCPWHY_LADDER_H
#define TCPWHY_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"
#include "analyzer/verdict.h"
#include "ui/recorder.h"

enum {
	LADDER_WIDTH_MIN = 60, /* narrower ones are as this */
	LADDER_WIDTH_MAX = 160,
	LADDER_LINE_SIZE = 4 * LADDER_WIDTH_MAX, /* UTF-8 */
};

/* What the column of times tells; the first line always has the time of day, UTC. */
enum ladder_time {
	LADDER_DELTA, /* since the frame before */
	LADDER_SINCE, /* since the first frame of the flow */
	LADDER_CLOCK, /* the time of day */
};

/* What a line is about, for its colour. */
enum ladder_kind {
	LADDER_HEADING,
	LADDER_ORDINARY, /* data and acknowledgements */
	LADDER_OPENING,	 /* SYN and what belongs to the handshake */
	LADDER_CLOSING,	 /* FIN */
	LADDER_AGAIN,	 /* a retransmission */
	LADDER_PROBE,	 /* keep-alives, closed windows and probes into them */
	LADDER_RESET,
	LADDER_ERROR,  /* ICMP */
	LADDER_FOLDED, /* a run of segments, or what is no longer held */
	LADDER_KINDS
};

struct ladder_settings {
	unsigned width; /* columns */
	bool utf8;	/* lines of box drawing, else of ASCII */
	enum ladder_time time;
};

struct ladder_line {
	uint32_t frame;	 /* 0: about none */
	uint16_t source; /* of the frame */
	uint8_t kind;	 /* enum ladder_kind */
	bool evidence;	 /* the frame proves the verdict */
	bool more;	 /* goes on with the note of the line before */
	char text[LADDER_LINE_SIZE];
};

/* Fills lines with the ladder of the flow and returns how many there are, at most max, which is 24 or
 * more. frames are the flow's as recorder_find() gives them; frames that belong to other flows between
 * the same endpoints are passed over. What came before the first of them, or everything when count is
 * 0, is told from the moments that the flow itself has kept. When there are more lines than max, more
 * is folded; evidence is folded last. Returns 0 when memory is short. */
size_t ladder_lines(const struct flow *flow, const struct verdict *verdict,
		    const struct recorder_frame *frames, size_t count,
		    const struct ladder_settings *settings, struct ladder_line *lines, size_t max);

#endif

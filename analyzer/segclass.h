/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells retransmission, reordering, keep-alive and window probe apart (doc/verdicts.md, section D). */
#ifndef TCPWHY_SEGCLASS_H
#define TCPWHY_SEGCLASS_H

#include "analyzer/flow.h"

enum segment_class {
	SEGMENT_EMPTY,		/* nothing in sequence space */
	SEGMENT_NEW,		/* the next bytes */
	SEGMENT_AHEAD,		/* bytes are missing before it: a hole begins */
	SEGMENT_REORDERED,	/* fills a hole, sent before what followed it */
	SEGMENT_RETRANSMISSION, /* see ret_kind */
	SEGMENT_KEEPALIVE,
	SEGMENT_WINDOW_PROBE,
	SEGMENT_OUT_OF_WINDOW, /* too far from anything expected: not believed */
};

/* Classifies a segment that is neither SYN nor RST, before it changes the flow. For retransmissions
 * *ret_kind says which (enum retransmission). */
enum segment_class segment_classify(const struct flow *flow, const struct packet *packet,
				    enum direction dir, enum retransmission *ret_kind);

/* The gaps below next_seq of a half. */
void hole_add(struct detail *detail, enum direction dir, uint32_t left, uint32_t right);
/* Takes [left, right) out of the gaps; returns how many bytes that filled. *ret_missing, if not NULL: how
 * many of them are known not to have been seen. */
uint32_t hole_fill(struct detail *detail, enum direction dir, uint32_t left, uint32_t right,
		   uint32_t *ret_missing);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The ncurses screen: flows, one flow, findings, listeners, help. It is drawn and asked for keys by
 * the loop of the program, in one thread, and waits for nothing itself. */
#ifndef TCPWHY_SCREEN_H
#define TCPWHY_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ui/journal.h"
#include "ui/recorder.h"
#include "ui/report.h"

struct screen;

/* What an export of a flow is written as. */
enum screen_export { EXPORT_JSON, EXPORT_TICKET, EXPORT_CAPTURE };

/* What the screen asks of the program around it; user is handed back. */
struct screen_host {
	void *user;
	/* The flow with that number and its verdict as of now; NULL when it is no longer known. Valid
	 * until the next call. */
	const struct flow *(*flow)(void *user, uint32_t number, struct verdict *ret_verdict);
	/* Its packets that are still in memory, oldest first. */
	size_t (*packets)(void *user, const struct flow *flow, struct recorder_frame *frames,
			  size_t max, bool *ret_cut);
	/* Writes the flow to a new file and says in text what came of it ("wrote x.json"). */
	void (*export_flow)(void *user, uint32_t number, enum screen_export form, char *text,
			    size_t size);
	/* Forgets all flows that have ended, and what was counted ("c"). */
	void (*clear)(void *user);
};

/* What is shown beside the flows; the members are the caller's, and stay valid between calls. */
struct screen_data {
	const struct journal *journal;
	const struct report_totals *totals; /* totals->findings: the latest conclusions, may be NULL */
	int64_t now_ns;			    /* of the capture: ages count up to here */
	int64_t began_ns;		    /* when watching began */
	uint64_t ring_drops;
	bool live;	/* else a capture that was read to its end */
	bool recording; /* failing flows are being written to a file */
};

struct screen_settings {
	struct report_settings report; /* ascii, utf8, color; quiet and all do not matter here */
	struct screen_host host;
	FILE *in, *out;	  /* the terminal, or a file of keys and /dev/null in tests */
	const char *term; /* NULL: $TERM */
};

/* NULL, and a sentence in text, when there is no terminal that can be used. */
struct screen *screen_open(const struct screen_settings *settings, char *text, size_t size);

enum screen_wish {
	SCREEN_NOTHING = 0,
	SCREEN_REDRAW = 1, /* something that shows has changed: call screen_draw() soon */
	SCREEN_QUIT = 2,   /* the user wants to leave, or the terminal is gone */
};

/* Takes in all keys that wait (never blocks). Returns enum screen_wish bits. */
unsigned screen_keys(struct screen *screen, const struct screen_data *data);

/* The terminal may have another size now (SIGWINCH). */
void screen_resize(struct screen *screen);

/* Draws all that changed. While paused the list stands still and the header goes on. */
void screen_draw(struct screen *screen, const struct screen_data *data);

/* Gives the terminal back as it was. */
void screen_close(struct screen *screen);

/* For tests: the text of a line as it stands on the screen, trailing blanks cut. */
void screen_line(const struct screen *screen, int line, char *text, size_t size);

/* Says something in the last line until the next key. */
void screen_say(struct screen *screen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

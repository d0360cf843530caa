/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of colours and attributes. They only repeat what marks and words say. */
#ifndef TCPWHY_THEME_H
#define TCPWHY_THEME_H

#include <stdbool.h>

#include "analyzer/verdict.h"

/* TONE(id, colour, attributes, attributes where there is no colour) */
#define TONES(TONE)                                                                                \
	TONE(PLAIN, -1, A_NORMAL, A_NORMAL)                                                        \
	TONE(HEAD, -1, A_BOLD, A_BOLD)	       /* program, source */                               \
	TONE(TITLES, -1, A_REVERSE, A_REVERSE) /* of columns */                                    \
	TONE(CURSOR, -1, A_REVERSE, A_REVERSE) /* the line it is on */                             \
	TONE(BAD, COLOR_RED, A_BOLD, A_BOLD)   /* failures, losses */                              \
	TONE(UNSURE, COLOR_YELLOW, A_NORMAL, A_NORMAL)                                             \
	TONE(GOOD, COLOR_GREEN, A_NORMAL, A_NORMAL)                                                \
	TONE(LABEL, COLOR_CYAN, A_NORMAL, A_BOLD)  /* proof, suspect, next */                      \
	TONE(NOTICE, COLOR_YELLOW, A_BOLD, A_BOLD) /* paused, filtered, messages */                \
	TONE(KEYS, COLOR_CYAN, A_NORMAL, A_NORMAL) /* the footer */                                \
	TONE(MATCH, -1, A_UNDERLINE | A_BOLD,                                                      \
	     A_UNDERLINE | A_BOLD) /* a line that was searched for */

enum tone {
#define TONE(id, color, attributes, mono) TONE_##id,
	TONES(TONE)
#undef TONE
		TONE_COUNT
};

struct theme {
	unsigned long attributes[TONE_COUNT]; /* of curses, colour pair included */
};

/* Prepares colours in the terminal that is current, if they are wanted and it has any. */
void theme_init(struct theme *theme, bool color);

/* The tone of flows of that class. */
enum tone theme_class(enum verdict_class verdict_class);

#endif

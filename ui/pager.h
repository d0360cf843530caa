/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that is longer than the screen: lines, a position, a search. */
#ifndef TCPWHY_PAGER_H
#define TCPWHY_PAGER_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/keys.h"

/* Zero-initialized; released by pager_release(). */
struct pager {
	char *text; /* lines end with NUL instead of newline */
	const char **lines;
	size_t line_count;
	size_t top, height; /* in rows of the screen */
	size_t rows;	    /* that all lines take in the width drawn last */
	size_t match;	    /* line that a search found, from 1; 0 none */
};

/* Takes a copy of the text; the position stays. Returns false when memory is short: then it holds none. */
bool pager_set(struct pager *pager, const char *text);
void pager_release(struct pager *pager);

/* Lines that are too long go on in the next row, with the same margin. */
void pager_draw(struct pager *pager, const struct canvas *canvas, const struct area *area);

/* Moves as the request says. Returns false if it is about something else. */
bool pager_key(struct pager *pager, enum request request);

/* Goes to the next line that contains the text, whatever the case; back: to the one before. Returns
 * whether there is one; the search goes round. */
bool pager_search(struct pager *pager, const char *text, bool back);

/* "lines 1-18 of 31", nothing when all is shown. */
void pager_status(const struct pager *pager, char *text, size_t size);

#endif

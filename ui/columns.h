/* SPDX-License-Identifier: BSD-2-Clause */
/* The columns of the list of flows: which fit the screen, and what stands in them. */
#ifndef TCPWHY_COLUMNS_H
#define TCPWHY_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "ui/journal.h"

enum { COLUMN_TEXT = 64, COLUMNS_MOST = 16 };

/* A column as it is laid out. */
struct column_place {
	int left, width;
};

/* Which columns stand where; widths only grow while the screen keeps its size, so that scrolling does
 * not make them jump. Zero-initialized. */
struct column_layout {
	int screen_width;
	int wanted[COLUMNS_MOST];		 /* the widest text seen */
	struct column_place place[COLUMNS_MOST]; /* width 0: left out */
};

size_t column_count(void);
const char *column_title(size_t column);
int column_is_right_aligned(size_t column);

/* What stands there of a flow; now_ns is the time of the capture. */
void column_text(size_t column, const struct journal_row *row, int64_t now_ns,
		 char text[COLUMN_TEXT]);

/* Places the columns in a screen of that width, for these rows (NULL among them are left out). */
void columns_place(struct column_layout *layout, int screen_width,
		   const struct journal_row *const *rows, size_t count, int64_t now_ns);

/* Cuts text in the middle, at "..", so that it takes at most width characters: both ends of an address
 * tell more than its middle. */
void column_shorten(char *text, int width);

/* "87us", "1.2ms", "12ms", "1.2s", "4m12s", "3h20m", "2d4h": at most five characters up to 99 days. */
void column_duration(int64_t us, char *text, size_t size);

/* "812", "9999", "12k", "3.1M": at most four characters, five from 10^10 on. */
void column_amount(uint64_t amount, char *text, size_t size);

#endif

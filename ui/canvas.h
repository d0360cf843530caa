/* SPDX-License-Identifier: BSD-2-Clause */
/* Text onto the screen, cut to its columns. All that is drawn passes here: nothing that moves the cursor
 * or hides text gets through. */
#ifndef TCPWHY_CANVAS_H
#define TCPWHY_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/theme.h"

/* Where a view may draw. */
struct area {
	int top, height, width;
};

struct canvas {
	struct theme theme;
	bool utf8; /* the terminal's characters; else what is not ASCII becomes \xNN */
};

/* Writes text at line and column, at most width columns of it. Returns how many were written. */
int canvas_text(const struct canvas *canvas, int line, int column, int width, enum tone tone,
		const char *text);

/* The same as printf(3). */
int canvas_print(const struct canvas *canvas, int line, int column, int width, enum tone tone,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Gives the first width columns of a line this tone, blanks included. */
void canvas_tint(const struct canvas *canvas, int line, int width, enum tone tone);

/* Columns that the text takes. */
int canvas_columns(const struct canvas *canvas, const char *text);

#endif

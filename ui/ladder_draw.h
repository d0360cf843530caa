/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a ladder: columns of time, of the arrows between two uprights, of frame numbers and notes. */
#ifndef TCPWHY_LADDER_DRAW_H
#define TCPWHY_LADDER_DRAW_H

#include "ui/ladder_parts.h"

/* Members are read-only outside ladder_draw.c. */
struct canvas {
	struct ladder_settings settings;
	unsigned lane;		   /* columns between the uprights */
	unsigned note_width;	   /* of the column of notes; 0: they stand below, in the lane */
	int64_t first_us, last_us; /* of what was drawn; first_us 0: nothing yet */
	struct ladder_line *lines;
	size_t count, max;
};

void canvas_init(struct canvas *canvas, const struct ladder_settings *settings,
		 struct ladder_line *lines, size_t max);

/* Who is on which side. */
void canvas_heading(struct canvas *canvas, const struct flow *flow);

/* A step, and its note. How many lines that takes. */
void canvas_step(struct canvas *canvas, const struct step *step);
size_t canvas_lines(const struct canvas *canvas, const struct step *step);

/* What is left out. Time passes meanwhile. */
void canvas_fold(struct canvas *canvas, const char *text);
void canvas_pass(struct canvas *canvas, int64_t us);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Eight colours on the terminal's own background. */
#include "ui/theme.h"

#include <curses.h>

#include "ui/paint.h"

static const struct {
	short color; /* -1: the terminal's own */
	attr_t attributes, mono;
} tones[TONE_COUNT] = {
#define TONE(id, color, attributes, mono) [TONE_##id] = { color, attributes, mono },
	TONES(TONE)
#undef TONE
};

void
theme_init(struct theme *theme, bool color)
{
	bool colored = color && has_colors() && start_color() == OK;
	short background = colored && use_default_colors() == OK ? -1 : COLOR_BLACK;
	for (short i = 0; i < TONE_COUNT; i++) {
		short pair = (short)(i + 1);
		bool paired = colored && tones[i].color >= 0 &&
			      init_pair(pair, tones[i].color, background) == OK;
		theme->attributes[i] =
			paired ? tones[i].attributes | (attr_t)COLOR_PAIR(pair) : tones[i].mono;
	}
}

enum tone
theme_class(enum verdict_class verdict_class)
{
	static const enum tone of_paint[PAINT_PAINTS] = {
		[PAINT_NONE] = TONE_PLAIN,    [PAINT_HEADING] = TONE_HEAD, [PAINT_BAD] = TONE_BAD,
		[PAINT_UNSURE] = TONE_UNSURE, [PAINT_GOOD] = TONE_GOOD,
	};
	return of_paint[class_paint(verdict_class)];
}

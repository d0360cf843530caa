/* SPDX-License-Identifier: BSD-2-Clause */
/* The few colours of the text report. They only repeat what marks and words say. */
#ifndef TCPWHY_PAINT_H
#define TCPWHY_PAINT_H

#include <stdbool.h>

#include "analyzer/verdict.h"

enum paint { PAINT_NONE, PAINT_HEADING, PAINT_BAD, PAINT_UNSURE, PAINT_GOOD, PAINT_PAINTS };

/* The escape code that begins it, "" without color. */
static inline const char *
paint_on(bool color, enum paint paint)
{
	static const char *const codes[PAINT_PAINTS] = {
		[PAINT_NONE] = "",	    [PAINT_HEADING] = "\033[1m",
		[PAINT_BAD] = "\033[1;31m", [PAINT_UNSURE] = "\033[33m",
		[PAINT_GOOD] = "\033[32m",
	};
	return color ? codes[paint] : "";
}

static inline const char *
paint_off(bool color, enum paint paint)
{
	return color && paint != PAINT_NONE ? "\033[0m" : "";
}

/* The letter that marks a class in lists, and its colour. */
static inline char
class_mark(enum verdict_class verdict_class)
{
	if (verdict_class > CLASS_INCOMPLETE)
		return 'X';
	return verdict_class == CLASS_INCOMPLETE ? '?'
	       : verdict_class == CLASS_PROBE	 ? 'p'
	       : verdict_class == CLASS_INFO	 ? 'i'
						 : '.';
}

static inline enum paint
class_paint(enum verdict_class verdict_class)
{
	if (verdict_class > CLASS_INCOMPLETE)
		return PAINT_BAD;
	return verdict_class == CLASS_INCOMPLETE || verdict_class == CLASS_INFO ? PAINT_UNSURE
										: PAINT_GOOD;
}

#endif

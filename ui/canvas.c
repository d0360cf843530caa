/* SPDX-License-Identifier: BSD-2-Clause */
/* One character after the other: its width in columns, then either itself or its bytes spelt out. */
#include "ui/canvas.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { CANVAS_LINE = 1024, ESCAPE_COLUMNS = 4 };

/* One character of text as it is shown. */
struct glyph {
	wchar_t characters[ESCAPE_COLUMNS + 1];
	int columns;
	size_t bytes; /* of the text that it stands for */
};

static void
spell_byte(unsigned char byte, struct glyph *glyph)
{
	static const char digits[] = "0123456789abcdef";
	const wchar_t spelt[] = { L'\\', L'x', digits[byte >> 4], digits[byte & 15], L'\0' };
	wmemcpy(glyph->characters, spelt, ESCAPE_COLUMNS + 1);
	glyph->columns = ESCAPE_COLUMNS;
	glyph->bytes = 1;
}

static void
next_glyph(const struct canvas *canvas, const char *text, struct glyph *glyph)
{
	wchar_t character = (unsigned char)*text;
	size_t bytes = 1;
	int columns = character >= 0x20 && character < 0x7f ? 1 : -1;
	if (character >= 0x80 && canvas->utf8) {
		mbstate_t state = { 0 };
		bytes = mbrtowc(&character, text, strlen(text), &state);
		columns = bytes <= strlen(text) ? wcwidth(character) : -1;
	}
	if (columns < 1) { /* broken, a control, or something that hides in its neighbour */
		spell_byte((unsigned char)*text, glyph);
		return;
	}
	glyph->characters[0] = character;
	glyph->characters[1] = L'\0';
	glyph->columns = columns;
	glyph->bytes = bytes;
}

int
canvas_text(const struct canvas *canvas, int line, int column, int width, enum tone tone,
	    const char *text)
{
	wchar_t shown[CANVAS_LINE];
	size_t length = 0;
	int columns = 0;
	while (*text != '\0' && length + ESCAPE_COLUMNS < CANVAS_LINE) {
		struct glyph glyph;
		next_glyph(canvas, text, &glyph);
		if (columns + glyph.columns > width)
			break;
		columns += glyph.columns;
		text += glyph.bytes;
		for (const wchar_t *from = glyph.characters; *from != L'\0'; from++)
			shown[length++] = *from;
	}
	if (length == 0)
		return 0;
	attrset((int)canvas->theme.attributes[tone]);
	mvaddnwstr(line, column, shown, (int)length);
	attrset(A_NORMAL);
	return columns;
}

int
canvas_print(const struct canvas *canvas, int line, int column, int width, enum tone tone,
	     const char *format, ...)
{
	char text[CANVAS_LINE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return canvas_text(canvas, line, column, width, tone, text);
}

void
canvas_tint(const struct canvas *canvas, int line, int width, enum tone tone)
{
	attr_t attributes = (attr_t)canvas->theme.attributes[tone];
	mvchgat(line, 0, width, attributes, (short)PAIR_NUMBER(attributes), NULL);
}

int
canvas_columns(const struct canvas *canvas, const char *text)
{
	int columns = 0;
	while (*text != '\0') {
		struct glyph glyph;
		next_glyph(canvas, text, &glyph);
		columns += glyph.columns;
		text += glyph.bytes;
	}
	return columns;
}

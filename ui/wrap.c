/* SPDX-License-Identifier: BSD-2-Clause */
/* Greedy line filling; a UTF-8 character counts one column. */
#include "ui/wrap.h"

#include <stddef.h>
#include <string.h>

#include "ui/sink.h"

static size_t
columns(const char *text, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			count++;
	return count;
}

/* How many bytes of text fit into the room: up to a blank, or at least one word. */
static size_t
line_length(const char *text, size_t length, size_t room)
{
	size_t best = 0;
	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] != ' ')
			continue;
		if (best > 0 && columns(text, i) > room)
			break;
		best = i;
		if (columns(text, i) > room)
			break;
	}
	return best;
}

void
wrap_text(struct sink *sink, const char *first, const char *rest, const char *text)
{
	const char *indent = first;
	do {
		size_t paragraph = strcspn(text, "\n");
		do {
			size_t start = columns(indent, strlen(indent));
			size_t room = start < WRAP_COLUMNS ? WRAP_COLUMNS - start : 1;
			size_t length = line_length(text, paragraph, room);
			sink_printf(sink, "%s%.*s\n", indent, (int)length, text);
			while (length < paragraph && text[length] == ' ')
				length++;
			text += length;
			paragraph -= length;
			indent = rest;
		} while (paragraph > 0);
		if (*text == '\n')
			text++;
	} while (*text != '\0');
}

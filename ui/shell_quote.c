/* SPDX-License-Identifier: BSD-2-Clause */
/* Three forms: as it is, '...' and $'...'; the plainest that is exact is chosen. */
#include "ui/shell_quote.h"

#include <stdio.h>
#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_@%+=:,./-";

static bool
is_printable(char byte)
{
	return byte >= ' ' && byte <= '~';
}

static bool
all_printable(const char *word)
{
	while (is_printable(*word))
		word++;
	return *word == '\0';
}

/* How one byte is written between the quotes. */
static void
quote_byte(char byte, bool escapes, char piece[8])
{
	if (!is_printable(byte))
		snprintf(piece, 8, "\\%03o", (unsigned)(unsigned char)byte);
	else if (escapes && (byte == '\'' || byte == '\\'))
		snprintf(piece, 8, "\\%c", byte);
	else if (byte == '\'')
		snprintf(piece, 8, "'\\''");
	else
		snprintf(piece, 8, "%c", byte);
}

bool
shell_quote(const char *word, char *text, size_t size)
{
	size_t start = strlen(text);
	size_t at = start;
	size_t length = strlen(word);
	bool bare = length > 0 && strspn(word, plain) == length;
	bool escapes = !all_printable(word);
	const char *before = bare ? "" : escapes ? "$'" : "'";
	const char *after = bare ? "" : "'";
	at += (size_t)snprintf(text + at, size - at, "%s", before);
	for (; *word != '\0' && at < size; word++) {
		char piece[8];
		quote_byte(*word, escapes, piece);
		at += (size_t)snprintf(text + at, size - at, "%s", piece);
	}
	if (at < size)
		at += (size_t)snprintf(text + at, size - at, "%s", after);
	if (at >= size)
		text[start] = '\0';
	return at < size;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass over the bytes: decode one UTF-8 character, decide, copy it or spell out its bytes. */
#include "ui/sanitize.h"

#include <stdint.h>
#include <string.h>

enum { ESCAPE_LENGTH = 4 }; /* \xNN */

/* Characters that are valid but must not reach a reader raw. Sorted. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x0000, 0x001f },   /* C0 */
	{ 0x007f, 0x009f },   /* DEL, C1 */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x180e, 0x180e },   /* Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero width, left-to-right and right-to-left mark */
	{ 0x2028, 0x202e },   /* line and paragraph separator, bidi embeddings and overrides */
	{ 0x2060, 0x206f },   /* word joiner, bidi isolates, deprecated controls */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0xfffe, 0xffff },   /* noncharacters */
	{ 0xe0000, 0xe007f }, /* tags */
};

/* Length of the valid UTF-8 character at bytes (RFC 3629: shortest form, no surrogates), 0 if there
 * is none. */
static size_t
utf8_character(const uint8_t *bytes, size_t length, uint32_t *ret_character)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t lead = bytes[0];
	size_t size = lead < 0x80	      ? 1
		      : (lead & 0xe0) == 0xc0 ? 2
		      : (lead & 0xf0) == 0xe0 ? 3
		      : (lead & 0xf8) == 0xf0 ? 4
					      : 0;
	if (size == 0 || size > length)
		return 0;
	uint32_t character = size == 1 ? lead : lead & (0x7fU >> size);
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < smallest[size] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return size;
}

static bool
character_is_hidden(uint32_t character)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (character >= hidden[i].first && character <= hidden[i].last)
			return true;
	return false;
}

static void
escape_byte(uint8_t byte, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char escape[ESCAPE_LENGTH] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };
	memcpy(text, escape, ESCAPE_LENGTH);
}

/* Puts the visible form of what stands at bytes into piece; returns how many were consumed. */
static size_t
visible_form(const uint8_t *bytes, size_t length, bool ascii, char piece[16], size_t *ret_size)
{
	uint32_t character = 0;
	size_t used = utf8_character(bytes, length, &character);
	bool raw = used > 0 && !character_is_hidden(character) && !(ascii && character > 0x7e);
	if (used == 0)
		used = 1;
	if (raw && character == '\\') {
		memcpy(piece, "\\\\", 2);
		*ret_size = 2;
		return 1;
	}
	if (raw) {
		memcpy(piece, bytes, used);
		*ret_size = used;
		return used;
	}
	for (size_t i = 0; i < used; i++)
		escape_byte(bytes[i], piece + i * ESCAPE_LENGTH);
	*ret_size = used * ESCAPE_LENGTH;
	return used;
}

size_t
sanitize_bytes(const void *bytes, size_t length, bool ascii, char *text, size_t size)
{
	static const char more[] = "...";
	const uint8_t *from = bytes;
	size_t room = (size > SANITIZED_SIZE ? SANITIZED_SIZE : size) - 1;
	size_t used = 0;
	size_t cut = 0; /* where "..." may begin */
	while (length > 0) {
		char piece[16];
		size_t piece_size;
		size_t consumed = visible_form(from, length, ascii, piece, &piece_size);
		if (used + piece_size > room) {
			memcpy(text + cut, more, sizeof(more));
			return cut + sizeof(more) - 1;
		}
		memcpy(text + used, piece, piece_size);
		used += piece_size;
		if (used + sizeof(more) - 1 <= room)
			cut = used;
		from += consumed;
		length -= consumed;
	}
	text[used] = '\0';
	return used;
}

size_t
sanitize_string(const char *string, bool ascii, char *text, size_t size)
{
	return sanitize_bytes(string, strlen(string), ascii, text, size);
}

void
sanitize_non_ascii(const char *text, char *ascii, size_t size)
{
	size_t used = 0;
	for (; *text != '\0' && used + ESCAPE_LENGTH < size; text++) {
		if ((uint8_t)*text < 0x80) {
			ascii[used++] = *text;
			continue;
		}
		escape_byte((uint8_t)*text, ascii + used);
		used += ESCAPE_LENGTH;
	}
	ascii[used] = '\0';
}

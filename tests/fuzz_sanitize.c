/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzing of the sanitiser: whatever the bytes, what comes out is short, valid UTF-8 (or ASCII), and
 * nothing that a terminal obeys. The first two bytes choose the room and the form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ui/sanitize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_LEAST = 4 };

/* Bytes of the character at text; 0: none that may be there. */
static size_t
character(const unsigned char *text)
{
	if (text[0] >= 0x20 && text[0] < 0x7f)
		return 1;
	size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc2 ? 2 : 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls (U+0080 to U+009F), and the marks that turn the direction of writing */
	if (length == 2 && text[0] == 0xc2 && text[1] < 0xa0)
		return 0;
	if (length == 3 && text[0] == 0xe2 &&
	    ((text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae) ||
	     (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9)))
		return 0;
	return length;
}

static void
judge(const char *text, size_t length, size_t room, bool ascii)
{
	const unsigned char *at = (const unsigned char *)text;
	if (length >= room || length > SANITIZED_MAX || strlen(text) != length)
		abort();
	while (*at != '\0') {
		size_t bytes = character(at);
		if (bytes == 0 || (ascii && bytes > 1))
			abort();
		at += bytes;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[SANITIZED_SIZE];
	char plain[4 * SANITIZED_SIZE];
	if (size < 2)
		return 0;
	size_t room = ROOM_LEAST + data[0] % (sizeof(text) - ROOM_LEAST + 1);
	bool ascii = data[1] & 1;
	size_t length = sanitize_bytes(data + 2, size - 2, ascii, text, room);
	judge(text, length, room, ascii);
	sanitize_non_ascii(text, plain, sizeof(plain));
	for (const char *at = plain; *at != '\0'; at++)
		if (*at < 0x20 || *at > 0x7e)
			abort();
	return 0;
}

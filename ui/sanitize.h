/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings that strangers chose (server names, banners, file names), made safe for all outputs. */
#ifndef TCPWHY_SANITIZE_H
#define TCPWHY_SANITIZE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SANITIZED_MAX = 255,		    /* bytes that ever come out */
	SANITIZED_SIZE = SANITIZED_MAX + 1, /* of a buffer that always suffices */
};

/* Writes a visible form of the bytes into text, NUL-terminated: valid UTF-8 as it is, all that is
 * invalid, moves the cursor, reorders or hides text as \xNN per byte, a backslash doubled. With
 * ascii, all that is not ASCII becomes \xNN too. What does not fit is cut between characters and
 * marked by "...". size is at least 4; at most SANITIZED_MAX bytes come before the NUL.
 * Returns the length. */
size_t sanitize_bytes(const void *bytes, size_t length, bool ascii, char *text, size_t size);

/* The same for a terminated string. */
size_t sanitize_string(const char *string, bool ascii, char *text, size_t size);

/* Copies text that was made safe already, with all that is not ASCII as \xNN. size is at least four
 * times the length of text, plus 1. */
void sanitize_non_ascii(const char *text, char *ascii, size_t size);

#endif

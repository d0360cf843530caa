/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of a command line, shown so that they can be pasted back into a shell. */
#ifndef TCPWHY_SHELL_QUOTE_H
#define TCPWHY_SHELL_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* Appends the word to the string in text, quoted where a shell needs it. Only printable ASCII comes
 * out: words with other bytes take the form $'...' of bash, ksh and zsh, with \ooo per byte.
 * Returns false, and leaves text as it was, when the word does not fit size bytes. */
bool shell_quote(const char *word, char *text, size_t size);

#endif

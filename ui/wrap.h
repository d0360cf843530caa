/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences set in lines of at most 80 columns. */
#ifndef TCPWHY_WRAP_H
#define TCPWHY_WRAP_H

struct sink;

enum { WRAP_COLUMNS = 80 };

/* Writes text in lines, the first one beginning with first and the others with rest, each of them
 * ending with a newline. A newline in text ends a line. Words that are too long stand alone. */
void wrap_text(struct sink *sink, const char *first, const char *rest, const char *text);

#endif

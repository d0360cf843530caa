/* SPDX-License-Identifier: BSD-2-Clause */
/* --limit: thresholds by name. */
#ifndef TCPWHY_LIMIT_OPTION_H
#define TCPWHY_LIMIT_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/limits.h"

struct sink;

/* Carries out "name=value". Returns true, or false with the reason in text, without newline. */
bool limit_assign(struct limits *limits, const char *assignment, char *text, size_t text_size);

/* Lists every limit with its value and the reason for its default. */
void limits_print(struct sink *sink, const struct limits *limits);

#endif

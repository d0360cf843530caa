/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the values of a flow into a sentence or a command. */
#ifndef TCPWHY_TEMPLATE_H
#define TCPWHY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/flow.h"
#include "analyzer/verdict.h"

/* What a template speaks of. */
struct subject {
	const struct flow *flow;
	const struct verdict *verdict;
	const struct evidence *evidence; /* NULL when the template is not about a frame */
};

/* Puts the value of that name (length bytes) into text, "" when it is unknown.
 * Returns false if there is no value of that name. */
bool template_value(const char *name, size_t length, const struct subject *subject, char *text,
		    size_t size);

/* Expands the template into text, NUL-terminated, cut if it does not fit. */
void template_expand(const char *template, const struct subject *subject, char *text, size_t size);

#endif

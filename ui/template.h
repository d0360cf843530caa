/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills values into a sentence or a command. */
#ifndef TCPWHY_TEMPLATE_H
#define TCPWHY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Puts the value of that name (length bytes) into text, "" when it is unknown. about is what the
 * template speaks of. Returns false if there is no value of that name. */
typedef bool template_value_fn(const void *about, const char *name, size_t length, char *text,
			       size_t size);

/* Expands the template into text, NUL-terminated, cut if it does not fit: {name} becomes a value,
 * [a part] goes when a value in it is unknown. Parts do not nest.
 * Returns whether all values outside of parts were known. */
bool template_expand(const char *template, template_value_fn *value, const void *about, char *text,
		     size_t size);

#endif

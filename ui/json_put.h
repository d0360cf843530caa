/* SPDX-License-Identifier: BSD-2-Clause */
/* Values into JSON objects: unknown ones become null, strings are made safe. */
#ifndef TCPWHY_JSON_PUT_H
#define TCPWHY_JSON_PUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/sanitize.h"

/* Also right before 1970. */
static inline int64_t
json_floor_us(int64_t ns)
{
	return ns / NS_PER_US - (ns % NS_PER_US < 0);
}

/* Memory that runs out shows when the record is written, see json_memory.h: a member that could not be
 * made is missing in its object, and nothing else tells. */
static inline void
json_put_null(json_t *object, const char *key)
{
	json_object_set_new_nocheck(object, key, json_null());
}

static inline void
json_put_bool(json_t *object, const char *key, bool value)
{
	json_object_set_new_nocheck(object, key, json_boolean(value));
}

static inline void
json_put_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new_nocheck(object, key, json_integer(value));
}

static inline void
json_put_known(json_t *object, const char *key, int64_t value, bool known)
{
	json_object_set_new_nocheck(object, key, known ? json_integer(value) : json_null());
}

/* Bytes from the wire. */
static inline void
json_put_bytes(json_t *object, const char *key, const void *bytes, size_t length)
{
	char text[SANITIZED_SIZE];
	size_t used = sanitize_bytes(bytes, length, false, text, sizeof(text));
	json_object_set_new_nocheck(object, key, json_stringn_nocheck(text, used));
}

/* A string of this program's own, valid UTF-8; NULL gives null. */
static inline void
json_put_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new_nocheck(object, key,
				    text != NULL ? json_string_nocheck(text) : json_null());
}

/* A string that somebody else chose; NULL gives null. */
static inline void
json_put_name(json_t *object, const char *key, const char *name)
{
	if (name == NULL)
		json_put_null(object, key);
	else
		json_put_bytes(object, key, name, strlen(name));
}

#endif

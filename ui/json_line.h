/* SPDX-License-Identifier: BSD-2-Clause */
/* One JSON object, written as text while its values become known: for records by the million. The bytes
 * are those that jansson would write (JSON_COMPACT) for the same values in the same order; a test
 * compares. Building an object in jansson's memory first costs several times as much. */
#ifndef TCPWHY_JSON_LINE_H
#define TCPWHY_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_LINE_SIZE = 65536 }; /* more than any record can have: all strings in it are bounded */

struct json_line {
	size_t used;
	bool full;	/* it did not fit: not to be used */
	bool separated; /* what comes next follows on nothing */
	char text[JSON_LINE_SIZE];
};

/* Begins the object; line_end() closes it. Then text holds used bytes, without a newline. */
void line_begin(struct json_line *line);
void line_end(struct json_line *line);

/* Members. Keys are literals of this program. */
void line_null(struct json_line *line, const char *key);
void line_bool(struct json_line *line, const char *key, bool value);
void line_integer(struct json_line *line, const char *key, int64_t value);
/* null unless known. */
void line_known(struct json_line *line, const char *key, int64_t value, bool known);
/* A string of this program's own, valid UTF-8; NULL gives null. */
void line_text(struct json_line *line, const char *key, const char *text);
/* Bytes from the wire, made safe. */
void line_bytes(struct json_line *line, const char *key, const void *bytes, size_t length);
/* A string that somebody else chose, made safe; NULL gives null. */
void line_name(struct json_line *line, const char *key, const char *name);

/* A list as member, its items, and its end. */
void line_list(struct json_line *line, const char *key);
void line_item_text(struct json_line *line, const char *text);
void line_item_integer(struct json_line *line, int64_t value);
/* An object as item, its members as above, and its end. */
void line_item_object(struct json_line *line);
void line_item_object_end(struct json_line *line);
void line_list_end(struct json_line *line);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Text is appended; commas go before what follows on something. */
#include "ui/json_line.h"

#include <string.h>

#include "ui/sanitize.h"

static void
put(struct json_line *line, const char *text, size_t length)
{
	if (length > sizeof(line->text) - line->used) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->used, text, length);
	line->used += length;
}

static void
put_char(struct json_line *line, char c)
{
	put(line, &c, 1);
}

/* "\u001f" and its short forms (RFC 8259 section 7). */
static void
put_escape(struct json_line *line, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char shorts[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
				       ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\' };
	char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	bool is_short = c < sizeof(shorts) && shorts[c] != '\0';
	if (is_short)
		escape[1] = shorts[c];
	put(line, escape, is_short ? 2 : sizeof(escape));
}

static void
put_string(struct json_line *line, const char *text, size_t length)
{
	size_t from = 0;
	put_char(line, '"');
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put(line, text + from, i - from);
		put_escape(line, c);
		from = i + 1;
	}
	put(line, text + from, length - from);
	put_char(line, '"');
}

static void
put_integer(struct json_line *line, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (value < 0)
		put_char(line, '-');
	put(line, digits + at, sizeof(digits) - at);
}

/* What is next in an object or list. */
static void
separate(struct json_line *line)
{
	if (!line->separated)
		put_char(line, ',');
	line->separated = false;
}

static void
put_key(struct json_line *line, const char *key)
{
	separate(line);
	put_char(line, '"');
	put(line, key, strlen(key));
	put(line, "\":", 2);
}

static void
open_nest(struct json_line *line, char bracket)
{
	put_char(line, bracket);
	line->separated = true;
}

static void
close_nest(struct json_line *line, char bracket)
{
	put_char(line, bracket);
	line->separated = false;
}

void
line_begin(struct json_line *line)
{
	line->used = 0;
	line->full = false;
	open_nest(line, '{');
}

void
line_end(struct json_line *line)
{
	close_nest(line, '}');
}

void
line_null(struct json_line *line, const char *key)
{
	put_key(line, key);
	put(line, "null", 4);
}

void
line_bool(struct json_line *line, const char *key, bool value)
{
	put_key(line, key);
	put(line, value ? "true" : "false", value ? 4 : 5);
}

void
line_integer(struct json_line *line, const char *key, int64_t value)
{
	put_key(line, key);
	put_integer(line, value);
}

void
line_known(struct json_line *line, const char *key, int64_t value, bool known)
{
	if (known)
		line_integer(line, key, value);
	else
		line_null(line, key);
}

void
line_text(struct json_line *line, const char *key, const char *text)
{
	if (text == NULL) {
		line_null(line, key);
		return;
	}
	put_key(line, key);
	put_string(line, text, strlen(text));
}

void
line_bytes(struct json_line *line, const char *key, const void *bytes, size_t length)
{
	char text[SANITIZED_SIZE];
	size_t used = sanitize_bytes(bytes, length, false, text, sizeof(text));
	put_key(line, key);
	put_string(line, text, used);
}

void
line_name(struct json_line *line, const char *key, const char *name)
{
	if (name == NULL)
		line_null(line, key);
	else
		line_bytes(line, key, name, strlen(name));
}

void
line_list(struct json_line *line, const char *key)
{
	put_key(line, key);
	open_nest(line, '[');
}

void
line_item_text(struct json_line *line, const char *text)
{
	separate(line);
	put_string(line, text, strlen(text));
}

void
line_item_integer(struct json_line *line, int64_t value)
{
	separate(line);
	put_integer(line, value);
}

void
line_item_object(struct json_line *line)
{
	separate(line);
	open_nest(line, '{');
}

void
line_item_object_end(struct json_line *line)
{
	close_nest(line, '}');
}

void
line_list_end(struct json_line *line)
{
	close_nest(line, ']');
}

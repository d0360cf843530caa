/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of a crowd file's line, and the numbers and times that they stand for. */
#include "tests/crowd_builder.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
crowd_fail(struct crowd_builder *builder, const char *format, ...)
{
	va_list arguments;
	char reason[400];
	if (builder->error[0] != '\0')
		return -1;
	va_start(arguments, format);
	vsnprintf(reason, sizeof reason, format, arguments);
	va_end(arguments);
	snprintf(builder->error, builder->error_size, "%s:%u: %s", builder->path, builder->line,
		 reason);
	return -1;
}

const char *
crowd_peek(const struct crowd_builder *builder)
{
	return builder->word < builder->word_count ? builder->words[builder->word] : "";
}

const char *
crowd_next(struct crowd_builder *builder)
{
	return builder->word < builder->word_count ? builder->words[builder->word++] : "";
}

bool
crowd_take(struct crowd_builder *builder, const char *text)
{
	if (strcmp(crowd_peek(builder), text) != 0)
		return false;
	builder->word++;
	return true;
}

int
crowd_text_number(struct crowd_builder *builder, const char *text, uint64_t max,
		  uint64_t *ret_value)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return crowd_fail(builder, "a number is missing where \"%s\" stands", text);
	unsigned long long value = strtoull(text, &end, 0);
	if (*end != '\0' || value > max)
		return crowd_fail(builder, "\"%s\" is no number up to %llu", text,
				  (unsigned long long)max);
	*ret_value = value;
	return 0;
}

int
crowd_number(struct crowd_builder *builder, uint64_t max, uint64_t *ret_value)
{
	return crowd_text_number(builder, crowd_next(builder), max, ret_value);
}

int
crowd_number_range(struct crowd_builder *builder, const char *text, uint64_t max,
		   uint64_t *ret_from, uint64_t *ret_to)
{
	char first[32];
	const char *dots = strstr(text, "..");
	if (dots == NULL) {
		if (crowd_text_number(builder, text, max, ret_from) != 0)
			return -1;
		*ret_to = *ret_from;
		return 0;
	}
	snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
	if (crowd_text_number(builder, first, max, ret_from) != 0 ||
	    crowd_text_number(builder, dots + 2, max, ret_to) != 0)
		return -1;
	return *ret_to < *ret_from ? crowd_fail(builder, "\"%s\" counts backwards", text) : 0;
}

static int
text_seconds(struct crowd_builder *builder, const char *text, int64_t *ret_ns)
{
	char *end;
	double seconds = strtod(text, &end);
	if (text[0] == '\0' || *end != '\0' || !(seconds >= -1e6 && seconds <= 1e6))
		return crowd_fail(builder, "\"%s\" is no time in seconds", text);
	*ret_ns = (int64_t)(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5));
	return 0;
}

int
crowd_seconds(struct crowd_builder *builder, int64_t *ret_ns)
{
	return text_seconds(builder, crowd_next(builder), ret_ns);
}

int
crowd_seconds_range(struct crowd_builder *builder, int64_t *ret_from_ns, int64_t *ret_to_ns)
{
	const char *text = crowd_next(builder), *dots = strstr(text, "..");
	char first[32];
	if (dots == NULL) {
		if (text_seconds(builder, text, ret_from_ns) != 0)
			return -1;
		*ret_to_ns = *ret_from_ns;
		return 0;
	}
	snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
	if (text_seconds(builder, first, ret_from_ns) != 0 ||
	    text_seconds(builder, dots + 2, ret_to_ns) != 0)
		return -1;
	return *ret_to_ns < *ret_from_ns ? crowd_fail(builder, "\"%s\" runs backwards", text) : 0;
}

int
crowd_split(struct crowd_builder *builder, char *line)
{
	char *cursor = line;
	builder->word_count = builder->word = 0;
	for (;;) {
		while (isspace((unsigned char)*cursor))
			cursor++;
		if (*cursor == '\0' || *cursor == '#')
			return 0;
		if (builder->word_count == CROWD_WORDS_MAX)
			return crowd_fail(builder, "too many words");
		char *to = builder->words[builder->word_count++] = cursor;
		bool quoted = false;
		for (; *cursor != '\0' && (quoted || !isspace((unsigned char)*cursor)); cursor++) {
			if (*cursor == '"')
				quoted = !quoted;
			else
				*to++ = *cursor;
		}
		if (quoted)
			return crowd_fail(builder, "a quotation without an end");
		if (*cursor != '\0')
			cursor++;
		*to = '\0';
	}
}

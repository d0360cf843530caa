/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenario files: lines into words, words to the statement that they are. */
#include "tests/script.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/script_builder.h"

/* 2024-01-01T00:00:00Z: scenarios begin here. */
static const int64_t start_us = INT64_C(1704067200000000);

int
script_fail(struct script_builder *builder, const char *format, ...)
{
	va_list arguments;
	char reason[160];
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
script_word(const struct script_builder *builder, size_t index)
{
	if (index >= builder->word_count || builder->words[index].mark != 0)
		return "";
	return builder->words[index].text;
}

int
script_append(struct script_builder *builder, const struct craft_buffer *frame, size_t caplen,
	      int64_t at_us)
{
	struct script *script = builder->script;
	struct frame *frames = realloc(script->frames, (script->frame_count + 1) * sizeof *frames);
	if (frames == NULL)
		return script_fail(builder, "out of memory");
	script->frames = frames;
	if (caplen == 0 || caplen > frame->length)
		caplen = frame->length;
	uint8_t *data = malloc(caplen);
	if (data == NULL)
		return script_fail(builder, "out of memory");
	memcpy(data, frame->data, caplen);
	frames[script->frame_count] = (struct frame){
		.ts_ns = (start_us + at_us) * 1000,
		.data = data,
		.number = (uint32_t)script->frame_count + 1,
		.caplen = (uint32_t)caplen,
		.wirelen = (uint32_t)frame->length,
		.linktype = craft_linktype(builder->link.link),
	};
	script->frame_count++;
	builder->started = true;
	return 0;
}

/* One character of quoted text, escapes resolved. Returns how many characters it took, 0: bad. */
static size_t
unescape(const char *text, char *ret_char)
{
	static const char names[] = "nrt0\\\"", values[] = "\n\r\t\0\\\"";
	unsigned value;
	if (text[0] != '\\') {
		*ret_char = text[0];
		return 1;
	}
	const char *name = text[1] == '\0' ? NULL : strchr(names, text[1]);
	if (name != NULL) {
		*ret_char = values[name - names];
		return 2;
	}
	if (text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
	    isxdigit((unsigned char)text[3]) && sscanf(text + 2, "%2x", &value) == 1) {
		*ret_char = (char)value;
		return 4;
	}
	return 0;
}

/* Cuts a quoted word out of the line, in place. */
static int
quoted_word(struct script_builder *builder, char **cursor, struct word *word)
{
	char *from = *cursor + 1, *to = from;
	*word = (struct word){.text = from, .mark = '"'};
	while (*from != '"') {
		char c;
		size_t taken = *from == '\0' ? 0 : unescape(from, &c);
		if (taken == 0)
			return script_fail(builder, "text without an end, or with a bad escape");
		*to++ = c;
		from += taken;
	}
	word->length = (size_t)(to - word->text);
	*cursor = from + 1;
	return 0;
}

static int
split_line(struct script_builder *builder, char *line)
{
	char *cursor = line;
	builder->word_count = 0;
	for (;;) {
		while (isspace((unsigned char)*cursor))
			*cursor++ = '\0';
		if (*cursor == '\0' || *cursor == '#')
			break;
		if (builder->word_count == SCRIPT_WORDS_MAX)
			return script_fail(builder, "too many words");
		struct word *word = &builder->words[builder->word_count++];
		if (*cursor == '"') {
			if (quoted_word(builder, &cursor, word) != 0)
				return -1;
			continue;
		}
		*word = (struct word){.text = cursor};
		if (*cursor == '<') {
			char *end = strchr(cursor, '>');
			if (end == NULL)
				return script_fail(builder, "options without an end");
			*end = '\0';
			word->text = cursor + 1;
			word->mark = '<';
			cursor = end + 1;
		} else {
			while (*cursor != '\0' && !isspace((unsigned char)*cursor))
				cursor++;
		}
		word->length = (size_t)(cursor - word->text);
	}
	*cursor = '\0';
	return 0;
}

static int
limit_line(struct script_builder *builder)
{
	struct script *script = builder->script;
	const char *text = script_word(builder, 1);
	const char *equals = strchr(text, '=');
	if (builder->word_count != 2 || equals == NULL)
		return script_fail(builder, "limit NAME=VALUE");
	struct script_limit *limits =
		realloc(script->limits, (script->limit_count + 1) * sizeof *limits);
	if (limits == NULL)
		return script_fail(builder, "out of memory");
	script->limits = limits;
	limits[script->limit_count].name = strndup(text, (size_t)(equals - text));
	limits[script->limit_count].value = strdup(equals + 1);
	script->limit_count++;
	return 0;
}

static int
skip_line(struct script_builder *builder)
{
	if (builder->word_count != 2 || builder->words[1].mark != '"')
		return script_fail(builder, "skip \"REASON\"");
	free(builder->script->skip);
	builder->script->skip = strndup(builder->words[1].text, builder->words[1].length);
	return 0;
}

static int
timed_line(struct script_builder *builder)
{
	const char *verb = script_word(builder, 1);
	if (script_time(builder, script_word(builder, 0)) != 0)
		return -1;
	if (strcmp(verb, "icmp") == 0)
		return script_icmp_line(builder);
	if (strcmp(verb, "begin") == 0 || strcmp(verb, "end") == 0)
		return script_other_line(builder);
	return script_packet_line(builder);
}

static int
statement(struct script_builder *builder)
{
	const char *verb = script_word(builder, 0);
	if (isdigit((unsigned char)verb[0]) || verb[0] == '+' || verb[0] == '-')
		return timed_line(builder);
	if (strcmp(verb, "expect") == 0)
		return script_expect_line(builder);
	if (strcmp(verb, "limit") == 0)
		return limit_line(builder);
	if (strcmp(verb, "skip") == 0)
		return skip_line(builder);
	if (strcmp(verb, "flow") == 0)
		return script_flow_line(builder);
	if (strcmp(verb, "client") == 0 || strcmp(verb, "server") == 0)
		return script_side_line(builder, &builder->flows[0], 0);
	return script_link_line(builder);
}

static int
read_lines(struct script_builder *builder, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	int status = 0;
	while (status == 0 && getline(&line, &size, file) != -1) {
		builder->line++;
		status = split_line(builder, line);
		if (status == 0 && builder->word_count > 0)
			status = statement(builder);
	}
	if (status == 0 && ferror(file))
		status = script_fail(builder, "cannot be read");
	if (status == 0 && builder->script->frame_count == 0)
		status = script_fail(builder, "no packet in it");
	free(line);
	return status;
}

static void
builder_release(struct script_builder *builder)
{
	for (size_t i = 0; i < builder->flow_count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			free(builder->flows[i].side[side].stream);
			free(builder->flows[i].side[side].stream_written);
		}
	}
	craft_free(builder->craft);
	free(builder->packet);
	free(builder->fragment);
	free(builder->frame);
	free(builder);
}

int
script_load(const char *path, struct script **ret_script, char *text, size_t text_size)
{
	int status = -1;
	FILE *file = fopen(path, "r");
	text[0] = '\0';
	if (file == NULL) {
		snprintf(text, text_size, "%s: cannot be opened", path);
		return -1;
	}
	struct script_builder *builder = calloc(1, sizeof *builder);
	struct script *script = calloc(1, sizeof *script);
	if (builder != NULL && script != NULL) {
		builder->script = script;
		builder->path = path;
		builder->error = text;
		builder->error_size = text_size;
		builder->local = 1;
		builder->craft = craft_new();
		builder->packet = malloc(sizeof *builder->packet);
		builder->fragment = malloc(sizeof *builder->fragment);
		builder->frame = malloc(sizeof *builder->frame);
		script_flow_init(&builder->flows[0], 0, 4, builder->local);
		builder->flow_count = 1;
		if (builder->craft == NULL || builder->packet == NULL ||
		    builder->fragment == NULL || builder->frame == NULL)
			script_fail(builder, "out of memory");
		else
			status = read_lines(builder, file);
		script->linktype = craft_linktype(builder->link.link);
	}
	fclose(file);
	if (builder != NULL)
		builder_release(builder);
	if (status != 0) {
		script_free(script);
		return -1;
	}
	*ret_script = script;
	return 0;
}

void
script_free(struct script *script)
{
	if (script == NULL)
		return;
	for (size_t i = 0; i < script->frame_count; i++)
		free((void *)(uintptr_t)script->frames[i].data);
	for (size_t i = 0; i < script->expectation_count; i++) {
		free(script->expectations[i].key);
		free(script->expectations[i].value);
	}
	for (size_t i = 0; i < script->limit_count; i++) {
		free(script->limits[i].name);
		free(script->limits[i].value);
	}
	free(script->frames);
	free(script->expectations);
	free(script->limits);
	free(script->skip);
	free(script);
}

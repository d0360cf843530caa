/* SPDX-License-Identifier: BSD-2-Clause */
/* Crowd files: lines into words, words to the statement that they are. */
#include "tests/crowd.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/crowd_builder.h"
#include "tests/crowd_wire.h"

enum { LINKTYPE_ETHERNET = 1 };

/* 2024-05-06T10:00:00Z: crowds come together here. */
static const int64_t default_start_ns = INT64_C(1714989600) * 1000000000;

const struct play *
crowd_play_add(struct crowd_builder *builder, const char *name, const char *file)
{
	char path[4096], text[512];
	const char *slash = strrchr(builder->path, '/');
	int folder = slash == NULL || file[0] == '/' ? 0 : (int)(slash - builder->path) + 1;
	if (builder->play_count == CROWD_PLAYS_MAX) {
		crowd_fail(builder, "too many plays");
		return NULL;
	}
	snprintf(path, sizeof path, "%.*s%s", folder, builder->path, file);
	struct play *play = play_load(path, name, text, sizeof text);
	if (play == NULL)
		crowd_fail(builder, "%s", text);
	else
		builder->plays[builder->play_count++] = play;
	return play;
}

static int
play_line(struct crowd_builder *builder)
{
	const char *name = crowd_next(builder), *file = crowd_next(builder);
	if (file[0] == '\0')
		return crowd_fail(builder, "play NAME FILE");
	return crowd_play_add(builder, name, file) == NULL ? -1 : 0;
}

static int
limit_line(struct crowd_builder *builder)
{
	struct crowd *crowd = builder->crowd;
	const char *text = crowd_next(builder), *equals = strchr(text, '=');
	if (equals == NULL)
		return crowd_fail(builder, "limit NAME=VALUE");
	struct script_limit *limits =
		realloc(crowd->limits, (crowd->limit_count + 1) * sizeof *limits);
	if (limits == NULL)
		abort();
	crowd->limits = limits;
	limits[crowd->limit_count].name = strndup(text, (size_t)(equals - text));
	limits[crowd->limit_count++].value = strdup(equals + 1);
	return 0;
}

static int
start_line(struct crowd_builder *builder)
{
	struct tm tm = { .tm_sec = 0 };
	const char *text = crowd_next(builder);
	int used = 0;
	if (sscanf(text, "%d-%d-%dT%d:%d:%d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec, &used) != 6 ||
	    (text[used] != '\0' && strcmp(text + used, "Z") != 0))
		return crowd_fail(builder, "start YEAR-MONTH-DAYTHOUR:MINUTE:SECOND");
	if (builder->frame_count > 0)
		return crowd_fail(builder, "start stands before the traffic");
	tm.tm_year -= 1900;
	tm.tm_mon--;
	builder->crowd->start_ns = (int64_t)timegm(&tm) * 1000000000;
	return 0;
}

static int
seed_line(struct crowd_builder *builder)
{
	if (builder->frame_count > 0)
		return crowd_fail(builder, "seed stands before the traffic");
	return crowd_number(builder, UINT64_MAX, &builder->crowd->seed);
}

/* "drop 2 %", "drop 2 % to server over 10..20": the capture itself misses frames. */
static int
drop_line(struct crowd_builder *builder)
{
	char *end;
	const char *text = crowd_next(builder);
	double percent = strtod(text, &end);
	struct crowd_drop drop = {
		.per_million = (uint64_t)(percent * 10000 + 0.5),
		.side = -1,
		.from_ns = INT64_MIN,
		.to_ns = INT64_MAX,
		.seed = crowd_random_hash(builder->crowd->seed, "drop", 4) + builder->drop_count,
	};
	if (text[0] == '\0' || *end != '\0' || !(percent > 0 && percent <= 100) ||
	    !crowd_take(builder, "%"))
		return crowd_fail(builder, "drop NUMBER %% [to server|to client] [over FROM..TO]");
	if (crowd_take(builder, "to")) {
		if (!crowd_take(builder, "server") && strcmp(crowd_peek(builder), "client") != 0)
			return crowd_fail(builder, "to server, or to client");
		drop.side = crowd_take(builder, "client") ? PLAY_SERVER : PLAY_CLIENT;
	}
	if (crowd_take(builder, "over") &&
	    crowd_seconds_range(builder, &drop.from_ns, &drop.to_ns) != 0)
		return -1;
	if (builder->drop_count == CROWD_DROPS_MAX)
		return crowd_fail(builder, "too many losses");
	builder->drops[builder->drop_count++] = drop;
	return 0;
}

/* "end T": a frame without TCP (an ARP request) shows that the capture was running then. */
static int
end_line(struct crowd_builder *builder)
{
	enum { LENGTH = 60 };
	struct crowd_frame other = { .frame = { .caplen = LENGTH, .wirelen = LENGTH } };
	int64_t at_ns;
	if (crowd_seconds(builder, &at_ns) != 0)
		return -1;
	uint8_t *data = calloc(1, LENGTH);
	if (data == NULL)
		abort();
	memset(data, 0xff, 6);
	memcpy(data + 6, "\x02\x00\x5e\x00\x53\x01\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 16);
	other.frame.data = data;
	other.frame.ts_ns = builder->crowd->start_ns + at_ns;
	other.frame.linktype = LINKTYPE_ETHERNET;
	crowd_add(builder, &other);
	return 0;
}

static int
skip_line(struct crowd_builder *builder)
{
	free(builder->crowd->skip);
	builder->crowd->skip = strdup(crowd_next(builder));
	return 0;
}

static int
snap_line(struct crowd_builder *builder)
{
	uint64_t snap;
	if (crowd_number(builder, 262144, &snap) != 0)
		return -1;
	builder->snap = (uint32_t)snap;
	return 0;
}

static int
statement(struct crowd_builder *builder)
{
	if (isdigit((unsigned char)crowd_peek(builder)[0]))
		return crowd_traffic_line(builder);
	const char *verb = crowd_next(builder);
	if (strcmp(verb, "expect") == 0)
		return crowd_expect_line(builder);
	if (strcmp(verb, "play") == 0)
		return play_line(builder);
	if (strcmp(verb, "end") == 0)
		return end_line(builder);
	if (strcmp(verb, "since") == 0)
		return crowd_seconds(builder, &builder->since_ns);
	if (strcmp(verb, "until") == 0)
		return crowd_seconds(builder, &builder->until_ns);
	if (strcmp(verb, "drop") == 0)
		return drop_line(builder);
	if (strcmp(verb, "cut") == 0)
		return snap_line(builder);
	if (strcmp(verb, "kernel-drops") == 0)
		return crowd_number(builder, UINT32_MAX, &builder->crowd->kernel_drops);
	if (strcmp(verb, "start") == 0)
		return start_line(builder);
	if (strcmp(verb, "seed") == 0)
		return seed_line(builder);
	if (strcmp(verb, "limit") == 0)
		return limit_line(builder);
	if (strcmp(verb, "skip") == 0)
		return skip_line(builder);
	return crowd_fail(builder, "\"%s\" is no statement", verb);
}

static int
read_lines(struct crowd_builder *builder, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	int status = 0;
	while (status == 0 && getline(&line, &size, file) != -1) {
		builder->line++;
		status = crowd_split(builder, line);
		if (status == 0 && builder->word_count > 0)
			status = statement(builder);
		if (status == 0 && builder->word < builder->word_count)
			status = crowd_fail(builder, "\"%s\" is too much", crowd_peek(builder));
	}
	if (status == 0 && ferror(file))
		status = crowd_fail(builder, "cannot be read");
	if (status == 0 && builder->frame_count == 0)
		status = crowd_fail(builder, "no traffic in it");
	free(line);
	return status;
}

static void
builder_release(struct crowd_builder *builder)
{
	for (size_t i = 0; i < builder->play_count; i++)
		play_free(builder->plays[i]);
	for (size_t i = 0; i < builder->frame_count; i++)
		free((void *)(uintptr_t)builder->frames[i].frame.data);
	free(builder->frames);
	free(builder->tuples.hashes);
}

int
crowd_load(const char *path, struct crowd **ret_crowd, char *text, size_t text_size)
{
	FILE *file = fopen(path, "r");
	text[0] = '\0';
	if (file == NULL) {
		snprintf(text, text_size, "%s: cannot be opened", path);
		return -1;
	}
	struct crowd *crowd = calloc(1, sizeof *crowd);
	struct crowd_builder *builder = calloc(1, sizeof *builder);
	if (crowd == NULL || builder == NULL)
		abort();
	*builder = (struct crowd_builder){
		.crowd = crowd,
		.path = path,
		.error = text,
		.error_size = text_size,
		.since_ns = INT64_MIN,
		.until_ns = INT64_MAX,
	};
	crowd->start_ns = default_start_ns;
	crowd->linktype = LINKTYPE_ETHERNET;
	int status = read_lines(builder, file);
	fclose(file);
	if (status == 0)
		crowd_finish(builder);
	builder_release(builder);
	free(builder);
	if (status != 0) {
		crowd_free(crowd);
		return -1;
	}
	*ret_crowd = crowd;
	return 0;
}

static void
expectation_release(struct crowd_expectation *expectation)
{
	for (size_t i = 0; i < expectation->condition_count; i++) {
		free(expectation->conditions[i].key);
		free(expectation->conditions[i].value);
		free(expectation->conditions[i].tolerance);
	}
	free(expectation->conditions);
	free(expectation->name);
}

void
crowd_free(struct crowd *crowd)
{
	if (crowd == NULL)
		return;
	for (size_t i = 0; i < crowd->frame_count; i++)
		free((void *)(uintptr_t)crowd->frames[i].data);
	for (size_t i = 0; i < crowd->expectation_count; i++)
		expectation_release(&crowd->expectations[i]);
	for (size_t i = 0; i < crowd->limit_count; i++) {
		free(crowd->limits[i].name);
		free(crowd->limits[i].value);
	}
	free(crowd->frames);
	free(crowd->expectations);
	free(crowd->limits);
	free(crowd->skip);
	free(crowd);
}

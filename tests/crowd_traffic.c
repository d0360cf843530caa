/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of traffic: "COUNT x PLAY from HOSTS to HOSTS:PORTS TIMES OPTIONS", into struct traffic. */
#include "tests/crowd_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 1000000 };

/* What a line has said so far, beside the traffic itself. */
struct traffic_line {
	struct traffic traffic;
	bool has_from, has_to, has_pace;
	bool in_then; /* the second part of the play is spoken of */
};

static int
set_pace(struct crowd_builder *builder, struct traffic_line *line, enum crowd_pace pace)
{
	if (line->has_pace)
		return crowd_fail(builder, "the times are given twice");
	line->has_pace = true;
	line->traffic.pace = pace;
	return 0;
}

/* "over A..B" with "even" or "poisson" later. */
static int
parse_over(struct crowd_builder *builder, struct traffic_line *line)
{
	struct traffic *traffic = &line->traffic;
	if (set_pace(builder, line, PACE_RANDOM) != 0)
		return -1;
	return crowd_seconds_range(builder, &traffic->begin_ns, &traffic->end_ns);
}

static int
parse_every(struct crowd_builder *builder, struct traffic_line *line)
{
	if (set_pace(builder, line, PACE_EVERY) != 0)
		return -1;
	return crowd_seconds(builder, &line->traffic.period_ns);
}

static int
parse_at(struct crowd_builder *builder, struct traffic_line *line)
{
	if (set_pace(builder, line, PACE_AT) != 0)
		return -1;
	return crowd_seconds(builder, &line->traffic.begin_ns);
}

/* "then at T [spread S]", "then after A..B": moves what follows the longest silence of the play. */
static int
parse_then(struct crowd_builder *builder, struct traffic_line *line)
{
	struct traffic *traffic = &line->traffic;
	if (traffic->play->silence_ns == 0)
		return crowd_fail(builder, "the play has no second part");
	line->in_then = true;
	if (crowd_take(builder, "at")) {
		traffic->then = THEN_AT;
		return crowd_seconds(builder, &traffic->then_from_ns);
	}
	if (crowd_take(builder, "after")) {
		traffic->then = THEN_AFTER;
		return crowd_seconds_range(builder, &traffic->then_from_ns, &traffic->then_to_ns);
	}
	return crowd_fail(builder, "then at TIME, or then after SILENCE");
}

static int
parse_spread(struct crowd_builder *builder, struct traffic_line *line)
{
	struct traffic *traffic = &line->traffic;
	return crowd_seconds(builder,
			     line->in_then ? &traffic->then_spread_ns : &traffic->spread_ns);
}

static int
parse_rhythm(struct crowd_builder *builder, struct traffic_line *line, enum crowd_pace pace)
{
	if (line->traffic.pace != PACE_RANDOM || !line->has_pace)
		return crowd_fail(builder, "even and poisson stand behind over FROM..TO");
	line->traffic.pace = pace;
	return 0;
}

static int
parse_ttl(struct crowd_builder *builder, uint8_t *ret_ttl)
{
	uint64_t value;
	if (crowd_number(builder, 255, &value) != 0)
		return -1;
	*ret_ttl = (uint8_t)value;
	return 0;
}

static int
parse_mac(struct crowd_builder *builder, struct traffic *traffic, unsigned side)
{
	unsigned bytes[6];
	int used = 0;
	const char *text = crowd_next(builder);
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
		   &bytes[4], &bytes[5], &used) != 6 ||
	    text[used] != '\0')
		return crowd_fail(builder, "\"%s\" is no MAC address", text);
	for (unsigned i = 0; i < 6; i++)
		traffic->mac[side][i] = (uint8_t)bytes[i];
	traffic->has_mac[side] = true;
	return 0;
}

static int
parse_vlan(struct crowd_builder *builder, struct traffic *traffic)
{
	uint64_t value;
	if (crowd_number(builder, 4094, &value) != 0)
		return -1;
	traffic->vlan = (uint16_t)value;
	traffic->has_vlan = true;
	return 0;
}

static int
parse_sport(struct crowd_builder *builder, struct traffic *traffic)
{
	uint64_t first, last;
	if (crowd_number_range(builder, crowd_next(builder), 65535, &first, &last) != 0)
		return -1;
	if (first == 0)
		return crowd_fail(builder, "a client's port is not 0");
	traffic->sport_first = (uint16_t)first;
	traffic->sport_last = (uint16_t)last;
	return 0;
}

/* "sport-mod 8 = 3", "sport-mod 8 != 3" */
static int
parse_sport_modulus(struct crowd_builder *builder, struct traffic *traffic)
{
	uint64_t modulus, rest;
	if (crowd_number(builder, 1024, &modulus) != 0)
		return -1;
	traffic->sport_unlike = crowd_take(builder, "!=");
	if ((!traffic->sport_unlike && !crowd_take(builder, "=")) || modulus < 2)
		return crowd_fail(builder, "sport-mod NUMBER = REST, or != REST");
	if (crowd_number(builder, modulus - 1, &rest) != 0)
		return -1;
	traffic->sport_modulus = (uint16_t)modulus;
	traffic->sport_rest = (uint16_t)rest;
	return 0;
}

/* "tsval RATE OFFSET": one clock for all clients of the line. */
static int
parse_tsval(struct crowd_builder *builder, struct traffic *traffic)
{
	uint64_t rate, value;
	if (crowd_number(builder, 100000, &rate) != 0 ||
	    crowd_number(builder, UINT32_MAX, &value) != 0)
		return -1;
	traffic->has_tsval = true;
	traffic->tsval = (struct clone_clock){ .value = (uint32_t)value, .rate = (uint32_t)rate };
	return 0;
}

/* "clocks N": so many hosts share each address. "clocks each": no connection is like another. */
static int
parse_clocks(struct crowd_builder *builder, struct traffic *traffic)
{
	if (crowd_take(builder, "each")) {
		traffic->clocks = 0;
		return 0;
	}
	return crowd_number(builder, 100000, &traffic->clocks);
}

static int
parse_option(struct crowd_builder *builder, struct traffic_line *line, const char *word)
{
	struct traffic *traffic = &line->traffic;
	if (strcmp(word, "ttl") == 0)
		return parse_ttl(builder, &traffic->ttl[PLAY_CLIENT]);
	if (strcmp(word, "server-ttl") == 0)
		return parse_ttl(builder, &traffic->ttl[PLAY_SERVER]);
	if (strcmp(word, "mac") == 0)
		return parse_mac(builder, traffic, PLAY_CLIENT);
	if (strcmp(word, "server-mac") == 0)
		return parse_mac(builder, traffic, PLAY_SERVER);
	if (strcmp(word, "vlan") == 0)
		return parse_vlan(builder, traffic);
	if (strcmp(word, "sport") == 0)
		return parse_sport(builder, traffic);
	if (strcmp(word, "sport-mod") == 0)
		return parse_sport_modulus(builder, traffic);
	if (strcmp(word, "tsval") == 0)
		return parse_tsval(builder, traffic);
	if (strcmp(word, "clocks") == 0)
		return parse_clocks(builder, traffic);
	if (strcmp(word, "router") == 0)
		return crowd_address(builder, crowd_next(builder), &traffic->router);
	return crowd_fail(builder, "\"%s\" is no part of a line of traffic", word);
}

static int
parse_time(struct crowd_builder *builder, struct traffic_line *line, const char *word)
{
	struct traffic *traffic = &line->traffic;
	if (strcmp(word, "over") == 0)
		return parse_over(builder, line);
	if (strcmp(word, "every") == 0)
		return parse_every(builder, line);
	if (strcmp(word, "at") == 0)
		return parse_at(builder, line);
	if (strcmp(word, "then") == 0)
		return parse_then(builder, line);
	if (strcmp(word, "spread") == 0)
		return parse_spread(builder, line);
	if (strcmp(word, "jitter") == 0)
		return crowd_seconds(builder, &traffic->jitter_ns);
	if (strcmp(word, "starting") == 0)
		return crowd_seconds(builder, &traffic->begin_ns);
	if (strcmp(word, "even") == 0)
		return parse_rhythm(builder, line, PACE_EVEN);
	if (strcmp(word, "poisson") == 0)
		return parse_rhythm(builder, line, PACE_POISSON);
	return parse_option(builder, line, word);
}

static int
parse_clause(struct crowd_builder *builder, struct traffic_line *line)
{
	const char *word = crowd_next(builder);
	if (strcmp(word, "from") == 0) {
		line->has_from = true;
		return crowd_hosts_parse(builder, crowd_next(builder), &line->traffic.from);
	}
	if (strcmp(word, "to") == 0) {
		line->has_to = true;
		return crowd_target_parse(builder, crowd_next(builder), &line->traffic);
	}
	return parse_time(builder, line, word);
}

/* A play that was not declared lies under its name in plays/. */
static const struct play *
find_play(struct crowd_builder *builder, const char *name)
{
	char file[256];
	for (size_t i = 0; i < builder->play_count; i++)
		if (strcmp(builder->plays[i]->name, name) == 0)
			return builder->plays[i];
	snprintf(file, sizeof file, "plays/%.200s.tw", name);
	return crowd_play_add(builder, name, file);
}

/* A play is written for one version of IP, and so are the addresses. */
static int
check_versions(struct crowd_builder *builder, const struct traffic *traffic)
{
	int version = traffic->play->address[PLAY_CLIENT].version;
	int from = crowd_hosts_version(&traffic->from), to = crowd_hosts_version(&traffic->to);
	int router = traffic->router.version;
	if ((from != 0 && from != version) || (to != 0 && to != version) ||
	    (router != 0 && router != version))
		return crowd_fail(builder, "the play is IPv%d, and the addresses are not", version);
	return 0;
}

static int
check_line(struct crowd_builder *builder, const struct traffic_line *line)
{
	const struct traffic *traffic = &line->traffic;
	if (!line->has_from || !line->has_to)
		return crowd_fail(builder, "from HOSTS, and to HOSTS:PORT");
	if (!line->has_pace)
		return crowd_fail(builder, "over FROM..TO, every PERIOD, or at TIME");
	if (traffic->jitter_ns < 0 || traffic->spread_ns < 0 || traffic->then_spread_ns < 0 ||
	    traffic->period_ns < 0)
		return crowd_fail(builder, "a length of time is not negative");
	if (traffic->sport_first != 0 && traffic->sport_modulus != 0)
		return crowd_fail(builder, "sport or sport-mod");
	return check_versions(builder, traffic);
}

int
crowd_traffic_line(struct crowd_builder *builder)
{
	struct traffic_line line = { .traffic = { .clocks = 1 } };
	if (crowd_number(builder, COUNT_MAX, &line.traffic.count) != 0)
		return -1;
	if (!crowd_take(builder, "x") || line.traffic.count == 0)
		return crowd_fail(builder, "COUNT x PLAY from HOSTS to HOSTS:PORT TIMES");
	const char *name = crowd_next(builder);
	line.traffic.play = find_play(builder, name);
	if (line.traffic.play == NULL)
		return -1;
	while (builder->word < builder->word_count)
		if (parse_clause(builder, &line) != 0)
			return -1;
	if (check_line(builder, &line) != 0)
		return -1;
	/* A generator for each line: another line changes nothing in this one. */
	uint64_t ordinal = ++builder->traffic_lines;
	line.traffic.random.state =
		crowd_random_hash(builder->crowd->seed, &ordinal, sizeof ordinal);
	return crowd_perform(builder, &line.traffic);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What clients are: checkers, hosts behind one address, sources that run out of ports. */
#include <stdlib.h>

#include "analyzer/findings_parts.h"

enum {
	CHECKS_LEAST = 6,
	CHECK_VARIATION_PERCENT = 20,
	COLLISIONS_LEAST = 2,
	/* 70 % of Linux' ephemeral ports, 32768 to 60999 (ip-sysctl, ip_local_port_range) */
	PORTS_MANY = 28232 * 7 / 10,
	REUSED_MANY = 50,
	LINE_POINTS = 3,
	LINES_MAX = 4,
	SAMPLES_ALL = 2 * SOURCE_SAMPLES,
	PAWS_LEAST = 3,
};

/* How regular the first checks of a pair are; 0 if they are not. */
static int64_t
check_period_ns(const struct pair *pair)
{
	if (pair->probes < CHECKS_LEAST || pair->times < CHECKS_LEAST)
		return 0;
	int count = pair->times - 1;
	double mean = (double)(pair->probe_ns[count] - pair->probe_ns[0]) / count, variance = 0;
	for (int i = 0; i < count; i++) {
		double gap = (double)(pair->probe_ns[i + 1] - pair->probe_ns[i]) - mean;
		variance += gap * gap / count;
	}
	if (mean <= 0 || variance * 10000 >= mean * mean * CHECK_VARIATION_PERCENT *
						     CHECK_VARIATION_PERCENT)
		return 0;
	return (int64_t)mean;
}

/* All sources that check one listener. */
static void
health_checks(struct conclusion *conclusion, const struct listener *listener)
{
	struct finding *finding = NULL;
	uint64_t sources = 0;
	if (listener->probes < CHECKS_LEAST)
		return;
	size_t first, end;
	conclude_pairs(conclusion, listener, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct pair *pair = conclusion->by_listener[i];
		int64_t period_ns = check_period_ns(pair);
		if (period_ns == 0)
			continue;
		if (finding == NULL) {
			finding = conclude_add(conclusion, FINDING_LB_HEALTH_CHECKS, SEVERITY_INFO);
			finding_about(finding, SUBJECT_PATH, &listener->key);
			finding->subject.peer = pair->key.a;
			finding->suspect = SUSPECT_NONE;
			finding->confidence = 85;
			finding_set(finding, NUMBER_PERIOD, period_ns / NS_PER_US);
			finding_add_advice(finding, ADVICE_LB_CONFIG);
			finding->example = (struct finding_example){
				.client = pair->key.a,
				.server = listener->key.a,
				.server_port = listener->key.port,
				.ip_version = listener->key.ip_version,
				.first_ns = pair->probe_ns[0],
				.event_ns = pair->probe_ns[0],
			};
		}
		sources++;
		finding->flows += pair->probes;
		finding_span(finding, pair->probe_ns[0], pair->probe_last_ns);
		finding_prove(finding, &pair->probe_proofs);
		finding_add_network(finding, pair->key.a, pair->key.ip_version,
				pair->key.ip_version == 4 ? 32 : 128, pair->probes);
	}
	if (finding == NULL)
		return;
	if (sources > 1) {
		finding->subject.kind = SUBJECT_LISTENER;
		finding->subject.peer = (struct ip_addr){ 0, 0 };
	}
	finding_set(finding, NUMBER_SOURCES, (int64_t)sources);
}

static void
port_pressure(struct conclusion *conclusion, const struct pair *pair)
{
	if (pair->busiest < PORTS_MANY && pair->reused < REUSED_MANY)
		return;
	struct finding *finding =
		conclude_add(conclusion, FINDING_EPHEMERAL_PRESSURE, SEVERITY_WARNING);
	finding->subject = (struct finding_subject){
		.kind = SUBJECT_PATH,
		.addr = pair->key.b,
		.peer = pair->key.a,
		.port = pair->key.port,
		.ip_version = pair->key.ip_version,
	};
	finding->suspect = SUSPECT_CLIENT;
	finding->confidence = 80;
	finding->flows = pair->flows;
	const struct table_key key = { .a = pair->key.a, .ip_version = pair->key.ip_version };
	const struct source *source = table_find(&conclusion->tally->sources, &key);
	if (source != NULL) {
		finding_span(finding, source->first_ns, source->last_ns);
		finding_prove(finding, &source->proofs);
	} else {
		finding_span(finding, conclusion->first_ns, conclusion->last_ns);
	}
	finding_set(finding, NUMBER_PORTS, pair->busiest);
	if (source != NULL && source->reused_us > 0)
		finding_set(finding, NUMBER_REUSED_AFTER, source->reused_us);
	finding_add_advice(finding, ADVICE_PORT_RANGE);
	finding->example = (struct finding_example){
		.client = pair->key.a,
		.server = pair->key.b,
		.server_port = pair->key.port,
		.ip_version = pair->key.ip_version,
		.first_ns = finding->first_ns,
		.event_ns = finding->first_ns,
	};
}

static struct finding *
about_source(struct conclusion *conclusion, enum finding_code code, enum finding_severity severity,
	     const struct source *source)
{
	struct finding *finding = conclude_add(conclusion, code, severity);
	finding_about(finding, SUBJECT_SOURCE, &source->key);
	finding->example = (struct finding_example){
		.client = source->key.a,
		.ip_version = source->key.ip_version,
		.first_ns = source->first_ns,
		.event_ns = source->first_ns,
	};
	return finding;
}

static void
collisions(struct conclusion *conclusion, const struct source *source)
{
	if (source->collisions < COLLISIONS_LEAST)
		return;
	struct finding *finding = about_source(conclusion, FINDING_PORT_REUSE_COLLISION,
					       SEVERITY_WARNING, source);
	finding->suspect = SUSPECT_CLIENT;
	finding->confidence = 85;
	finding->flows = source->collisions;
	finding_span(finding, source->collided_at.at[0].first,
		     source->collided_at.at[source->collided_at.used - 1].last);
	finding_prove(finding, &source->collision_proofs);
	if (source->reused_us > 0)
		finding_set(finding, NUMBER_REUSED_AFTER, source->reused_us);
	finding_add_cause(finding, CAUSE_OLD_CONNECTION_HELD);
	finding_add_cause(finding, CAUSE_TIME_WAIT_HELD);
	finding_add_advice(finding, ADVICE_NAT_TIMERS);
	finding_add_advice(finding, ADVICE_CHALLENGE_COUNTERS);
	finding_set(finding, NUMBER_UNANSWERED,
		    (int64_t)conclude_explain_client(conclusion, source->key.a,
						     VERDICT_SYN_ANSWERED_STALE_ACK));
}

/* A clock that timestamps of several connections agree on. */
struct line {
	uint32_t offset; /* tsval at the first sample's time */
	unsigned points, silent, good;
};

struct clock_point {
	uint32_t offset;
	uint16_t port;
	bool silent, good;
};

static int
compare_points(const void *left, const void *right)
{
	const struct clock_point *a = left, *b = right;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Groups the points into lines for one clock rate; returns how many points are on lines. */
static unsigned
fit_lines(const struct clock_point *points, unsigned count, uint32_t rate,
	  struct line lines[LINES_MAX], unsigned *ret_lines)
{
	unsigned on_lines = 0, next;
	*ret_lines = 0;
	for (unsigned i = 0; i < count; i = next) {
		struct line line = { .offset = points[i].offset };
		unsigned ports = 0;
		for (next = i; next < count && points[next].offset - points[i].offset <= 2 * rate;
		     next++) {
			line.points++;
			line.silent += points[next].silent;
			line.good += points[next].good;
			ports += next == i || points[next].port != points[next - 1].port;
		}
		/* clocks of different hosts began at different times: a minute at least */
		bool apart = *ret_lines == 0 ||
			     line.offset - lines[*ret_lines - 1].offset > 60 * rate;
		if (line.points < LINE_POINTS || ports < LINE_POINTS || !apart ||
		    *ret_lines == LINES_MAX)
			continue;
		lines[(*ret_lines)++] = line;
		on_lines += line.points;
	}
	return on_lines;
}

/* The server that most samples are about: only its clocks can be compared. */
static uint32_t
main_server(const struct source *source)
{
	uint32_t best = 0;
	unsigned most = 0;
	for (unsigned i = 0; i < SAMPLES_ALL; i++) {
		bool silent = i >= SOURCE_SAMPLES;
		if (i % SOURCE_SAMPLES >= source->samples[silent])
			continue;
		uint32_t server = source->sample[silent][i % SOURCE_SAMPLES].server;
		unsigned count = 0;
		for (int j = 0; j < 2; j++)
			for (uint32_t k = 0; k < source->samples[j]; k++)
				count += source->sample[j][k].server == server;
		if (count > most || (count == most && server < best)) {
			most = count;
			best = server;
		}
	}
	return best;
}

static unsigned
find_lines(const struct source *source, struct line lines[LINES_MAX], unsigned *ret_points)
{
	static const uint32_t rates[] = { 1000, 250, 100 };
	unsigned best = 0, best_lines = 0;
	uint32_t server = main_server(source);
	*ret_points = 0;
	for (size_t rate = 0; rate < sizeof(rates) / sizeof(rates[0]); rate++) {
		struct clock_point points[SAMPLES_ALL];
		struct line found[LINES_MAX];
		unsigned count = 0, lines_found;
		int64_t origin_us = source->first_ns / NS_PER_US;
		for (int silent = 0; silent < 2; silent++) {
			for (uint32_t i = 0; i < source->samples[silent]; i++) {
				const struct syn_sample *sample = &source->sample[silent][i];
				if (!sample->has_timestamp || sample->server != server)
					continue;
				double ticks = (double)(sample->at_us - origin_us) *
					       (double)rates[rate] / 1e6;
				points[count++] = (struct clock_point){
					.offset = sample->tsval - (uint32_t)(int64_t)ticks,
					.port = sample->port,
					.silent = sample->silent,
					.good = sample->good,
				};
			}
		}
		qsort(points, count, sizeof(points[0]), compare_points);
		*ret_points = count;
		unsigned on_lines = fit_lines(points, count, rates[rate], found, &lines_found);
		if (on_lines <= best)
			continue;
		best = on_lines;
		best_lines = lines_found;
		for (unsigned i = 0; i < lines_found; i++)
			lines[i] = found[i];
	}
	/* a clock per connection, as Linux has had since 4.10, makes no lines: then nothing is said */
	return best * 10 >= *ret_points * 8 ? best_lines : 0;
}

static void
clocks(struct conclusion *conclusion, const struct source *source)
{
	struct line lines[LINES_MAX];
	unsigned points, count = find_lines(source, lines, &points);
	/* an old connection's timestamps look like another host's */
	if (count < 2 || source->collisions > 0)
		return;
	unsigned silent = 0;
	for (unsigned i = 0; i + 1 < count; i++)
		silent += lines[i].silent;
	const struct line *top = &lines[count - 1];
	bool drops = silent >= PAWS_LEAST && top->silent == 0 && top->good >= PAWS_LEAST &&
		     source->silent_without == 0;
	struct finding *finding = about_source(
		conclusion, drops ? FINDING_PAWS_NAT_DROP : FINDING_NAT_MULTI_HOST,
		drops ? SEVERITY_WARNING : SEVERITY_INFO, source);
	finding->suspect = drops ? SUSPECT_SERVER : SUSPECT_NONE;
	finding->confidence = 80;
	finding_span(finding, source->first_ns, source->last_ns);
	finding_prove(finding, &source->proofs);
	finding_set(finding, NUMBER_HOSTS, count);
	finding->flows = source->flows;
	if (!drops)
		return;
	finding->flows = conclude_explain_client(conclusion, source->key.a, VERDICT_SYN_UNANSWERED);
	finding_set(finding, NUMBER_UNANSWERED, (int64_t)finding->flows);
	finding_add_cause(finding, CAUSE_TIMESTAMPS_REJECTED);
	finding_add_advice(finding, ADVICE_CHALLENGE_COUNTERS);
}

void
conclude_clients(struct conclusion *conclusion)
{
	const struct table *table = &conclusion->tally->sources;
	const struct source **sources = (const struct source **)table_sorted(table);
	if (sources == NULL) {
		conclusion->failed = true;
		return;
	}
	for (size_t i = 0; i < table->used; i++) {
		collisions(conclusion, sources[i]);
		clocks(conclusion, sources[i]);
	}
	free(sources);
	for (size_t i = 0; i < conclusion->listener_count; i++)
		health_checks(conclusion, conclusion->listeners[i]);
	for (size_t i = 0; i < conclusion->pair_count; i++)
		port_pressure(conclusion, conclusion->pairs[i]);
}

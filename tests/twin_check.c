/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said against what was: pairs, every lost and every forged segment, the offset. */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/compare_match.h"
#include "analyzer/limits.h"
#include "tests/twin.h"

enum twin_told { TOLD_NOTHING, TOLD_LOST, TOLD_INJECTED, TOLD_OTHER, TOLD_UNJUDGED };

enum { SHOWN_MAX = 12 };

static const int64_t base_us = INT64_C(1700000000) * 1000000;
static const int64_t edge_ns = 1200 * NS_PER_MS;

struct check {
	struct twin *twin;
	unsigned wrong;
	unsigned lost, lost_told, unjudged, forged, forged_told;
	bool *paired; /* by flow */
};

__attribute__((format(printf, 2, 3))) static void
blame(struct check *check, const char *format, ...)
{
	va_list arguments;
	if (check->wrong++ >= SHOWN_MAX)
		return;
	printf("#   ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

static int64_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The transmission that a frame shows (the first of them); NULL: there is no such frame. */
static struct twin_tx *
tx_of(struct check *check, int point, int64_t frame)
{
	struct twin *twin = check->twin;
	if (frame < 1 || (size_t)frame > twin->frame_count[point])
		return NULL;
	return &twin->txs[twin->frames[point][frame - 1].segment.tx];
}

static uint32_t
txs_of(const struct check *check, int point, int64_t frame)
{
	return check->twin->frames[point][frame - 1].segment.txs;
}

/* Where the captures cannot know: outside of one of them, and about its ends. */
static bool
is_edge(const struct check *check, const struct twin_tx *tx)
{
	const struct twin *twin = check->twin;
	for (int point = 0; point < 2; point++) {
		int64_t ns = tx->at_ns[point] >= 0 ? tx->at_ns[point] : tx->at_ns[!point];
		if (ns < twin->first_ns[point] + edge_ns || ns > twin->last_ns[point] - edge_ns)
			return true;
	}
	return false;
}

static bool
drops(const struct check *check)
{
	const struct twin_plan *plan = check->twin->plan;
	return plan->dropped_permille[0] > 0 || plan->dropped_permille[1] > 0;
}

/* Some of the segments that this frame shows were lost. */
static unsigned
lost_in(const struct twin_tx *tx, uint32_t count)
{
	unsigned lost = 0;
	for (uint32_t i = 0; i < count; i++)
		lost += tx[i].fate == TWIN_LOST;
	return lost;
}

/* Where copies look alike, another one than was told may be the lost one, as long as there are as many. */
static bool
has_lost_twin(struct check *check, struct twin_tx *tx)
{
	struct twin *twin = check->twin;
	if (!twin->plan->no_ids && !twin->plan->ipv6)
		return false;
	for (size_t i = 0; i < twin->tx_count; i++) {
		struct twin_tx *other = &twin->txs[i];
		const struct twin_segment *a = &tx->segment, *b = &other->segment;
		if (other->fate == TWIN_LOST && other->told != TOLD_LOST && a->flow == b->flow &&
		    a->direction == b->direction && a->seq == b->seq && a->ack == b->ack &&
		    a->length == b->length && a->flags == b->flags &&
		    (a->tsval == b->tsval || twin->plan->no_timestamps)) {
			other->told = TOLD_LOST;
			return true;
		}
	}
	return false;
}

static void
check_fate(struct check *check, const json_t *fate)
{
	int point = strcmp(text_of(fate, "seen_at"), "client") == 0 ? NEAR_CLIENT : NEAR_SERVER;
	const char *slug = text_of(fate, "fate"), *end = point == NEAR_CLIENT ? "client" : "server";
	int64_t frame = number_of(fate, "frame");
	struct twin_tx *tx = tx_of(check, point, frame);
	uint32_t count;
	uint8_t told = TOLD_OTHER;
	if (tx == NULL) {
		blame(check, "there is no frame %" PRId64 " at the %s", frame, end);
		return;
	}
	count = txs_of(check, point, frame);
	if (strcmp(slug, "lost") == 0 || strcmp(slug, "partly-lost") == 0) {
		bool partly = strcmp(slug, "lost") != 0;
		unsigned lost = lost_in(tx, count);
		told = TOLD_LOST;
		if (lost == 0 && has_lost_twin(check, tx))
			return;
		if (lost == 0 || (!partly && lost < count))
			blame(check, "frame %" PRId64 " at the %s is told as %s and is not", frame, end,
			      slug);
	} else if (strcmp(slug, "injected") == 0) {
		told = TOLD_INJECTED;
		if (tx->fate != TWIN_FORGED)
			blame(check, "frame %" PRId64 " at the %s is told as injected and is not",
			      frame, end);
	} else if (strcmp(slug, "duplicated") == 0) {
		if (tx->original == 0 && !tx->has_copy)
			blame(check, "frame %" PRId64 " at the %s is told as a copy and is none",
			      frame, end);
	} else if (strcmp(slug, "missed") == 0) {
		if (!drops(check) && !is_edge(check, tx))
			blame(check, "frame %" PRId64 " at the %s: no capture missed anything", frame,
			      end);
	} else if (strcmp(slug, "not-judged") == 0) {
		told = TOLD_UNJUDGED;
		if (!is_edge(check, tx) && !drops(check))
			blame(check, "frame %" PRId64 " at the %s is not judged (%s)", frame, end,
			      text_of(fate, "doubt"));
	}
	for (uint32_t i = 0; i < count; i++)
		if (told != TOLD_LOST || tx[i].fate == TWIN_LOST)
			tx[i].told = told;
}

static void
check_pair(struct check *check, const json_t *pair)
{
	const json_t *end[2] = { json_object_get(pair, "client_side"),
				 json_object_get(pair, "server_side") };
	struct twin_tx *tx[2] = { NULL, NULL };
	const json_t *fate;
	size_t i;
	for (int point = 0; point < 2; point++)
		if (json_is_object(end[point]))
			tx[point] = tx_of(check, point, number_of(end[point], "first_frame"));
	if (tx[0] != NULL && tx[1] != NULL) {
		if (tx[0]->segment.flow != tx[1]->segment.flow)
			blame(check, "flows %u and %u are no pair", tx[0]->segment.flow,
			      tx[1]->segment.flow);
		check->paired[tx[0]->segment.flow] = true;
		if (check->twin->plan->proxy != json_is_string(json_object_get(pair, "proxy")))
			blame(check, "flow %u: proxied or not?", tx[0]->segment.flow);
	}
	if (tx[0] != NULL && tx[1] != NULL && check->twin->flows[tx[0]->segment.flow].forgotten !=
						      (strcmp(text_of(pair, "story"), "mapping-lost") == 0))
		blame(check, "flow %u: %s", tx[0]->segment.flow, text_of(pair, "story"));
	json_array_foreach(json_object_get(pair, "fates"), i, fate)
		check_fate(check, fate);
}

/* Against the true offset, wherever a piece of the clock begins and at the end of the last one. */
static void
check_clock(struct check *check, const json_t *clock)
{
	struct twin *twin = check->twin;
	const json_t *piece;
	size_t i;
	if (!json_is_true(json_object_get(clock, "trusted"))) {
		if (!twin->plan->clockless)
			blame(check, "the clock is not trusted (%s)", text_of(clock, "doubt"));
		return;
	}
	json_array_foreach(json_object_get(clock, "pieces"), i, piece) {
		/* what arrives first after the clock was set had been sent before */
		int64_t at_us = number_of(piece, "from_us") - base_us + (i > 0) * 400000;
		int64_t ns = at_us * NS_PER_US;
		int64_t truth = (twin_server_clock(twin, ns) - ns) / NS_PER_US;
		int64_t off = number_of(piece, "offset_us") - truth;
		int64_t bound = number_of(piece, "bound_us");
		double skew = json_real_value(json_object_get(piece, "skew_ppm"));
		if (off > bound || -off > bound)
			blame(check,
			      "offset %" PRId64 " us, by the clock %" PRId64 " us, bound %" PRId64
			      " us, at %" PRId64 " us (skew %.1f)",
			      truth, truth + off, bound, at_us, skew);
	}
	size_t pieces = json_array_size(json_object_get(clock, "pieces"));
	size_t wanted = twin->plan->step_ms != 0 ? 2 : 1;
	if (pieces != wanted)
		blame(check, "the clock has %zu pieces, not %zu", pieces, wanted);
}

static void
check_rewrites(struct check *check, const json_t *rewrites)
{
	const struct twin_plan *plan = check->twin->plan;
	const struct {
		const char *slug;
		bool wanted;
	} fields[] = {
		{ "client-endpoint", plan->nat }, { "server-endpoint", plan->server_nat },
		{ "sequence", plan->shift },	  { "mss", plan->clamp },
		{ "timestamp", plan->strip },	  { "window-scale", false },
		{ "sack-permitted", false },	  { "payload", false },
		{ "ip-id", false },		  { "ttl", false },
		{ "window", false },
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && !plan->proxy; i++) {
		const json_t *item;
		size_t index;
		bool found = false;
		json_array_foreach(rewrites, index, item)
			found |= strcmp(text_of(item, "field"), fields[i].slug) == 0;
		if (found != fields[i].wanted)
			blame(check, "%s is %s", fields[i].slug,
			      found ? "told as rewritten and is not" : "rewritten and not told so");
	}
}

/* What should have been said and was not. */
static void
check_told(struct check *check)
{
	struct twin *twin = check->twin;
	const struct twin_plan *plan = twin->plan;
	bool *seen = calloc(plan->flows, 2 * sizeof(*seen));
	if (seen == NULL)
		abort();
	for (size_t i = 0; i < twin->tx_count; i++) {
		const struct twin_tx *tx = &twin->txs[i];
		int entry = compare_entry(tx->segment.direction);
		bool lost = tx->fate == TWIN_LOST && tx->frame[entry] != 0;
		bool forged = tx->fate == TWIN_FORGED && tx->frame[!entry] != 0;
		for (int point = 0; point < 2; point++)
			if (tx->frame[0] != 0 && tx->frame[1] != 0 &&
			    (tx->segment.length > 0 || tx->segment.flags & (TCP_SYN | TCP_FIN)))
				seen[tx->segment.flow * 2U + (unsigned)point] = true;
		if (plan->proxy || (!lost && !forged))
			continue;
		check->lost += lost;
		check->forged += forged;
		check->lost_told += lost && tx->told == TOLD_LOST;
		check->forged_told += forged && tx->told == TOLD_INJECTED;
		check->unjudged += tx->told == TOLD_UNJUDGED;
		if (tx->told == (lost ? TOLD_LOST : TOLD_INJECTED) || tx->told == TOLD_UNJUDGED)
			continue; /* whether it may be unjudged was asked before */
		if (!drops(check) && !is_edge(check, tx))
			blame(check, "frame %" PRIu32 " at the %s was %s, which is not told",
			      tx->frame[lost ? entry : !entry],
			      (lost ? entry : !entry) == NEAR_CLIENT ? "client" : "server",
			      lost ? "lost" : "forged");
	}
	for (unsigned flow = 0; flow < plan->flows; flow++)
		if (seen[flow * 2] && seen[flow * 2 + 1] && !check->paired[flow])
			blame(check, "flow %u is at both points and not paired", flow);
	free(seen);
}

unsigned
twin_check(struct twin *twin, const char *json)
{
	struct check check = { .twin = twin };
	check.paired = calloc(twin->plan->flows, sizeof(*check.paired));
	if (check.paired == NULL)
		abort();
	for (const char *line = json; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		json_error_t error;
		json_t *record = json_loadb(line, length, 0, &error);
		if (record == NULL)
			blame(&check, "no JSON: %s", error.text);
		else if (strcmp(text_of(record, "record"), "pair") == 0)
			check_pair(&check, record);
		else if (strcmp(text_of(record, "record"), "hop") == 0) {
			check_clock(&check, json_object_get(record, "clock"));
			check_rewrites(&check, json_object_get(record, "rewrites"));
		}
		json_decref(record);
		line += length + (line[length] == '\n');
	}
	check_told(&check);
	printf("#   %u lost, %u told; %u forged, %u told; %u not judged\n", check.lost,
	       check.lost_told, check.forged, check.forged_told, check.unjudged);
	if (check.wrong > SHOWN_MAX)
		printf("#   and %u more\n", check.wrong - SHOWN_MAX);
	free(check.paired);
	return check.wrong;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow waits for the other point to be a window further than itself. */
#include "ui/compare_settle.h"

#include <stdlib.h>

#include "analyzer/compare_pair.h"
#include "analyzer/compare_stray.h"
#include "ui/signals.h"

struct settle {
	struct comparison *comparison;
	size_t hop_index;
	struct hop *hop;
	struct point *point[2];
	int64_t horizon_ns; /* both points have been read up to here */
	bool at_end;
	compare_case_fn *fn;
	void *user;
};

/* Flows of one end of the hop that have no partner yet. */
struct candidates {
	size_t count;
	const struct compare_flow **flows;
	struct held **held;
	uint32_t *partner;
};

static bool
is_ripe(const struct settle *settle, int64_t ns, int windows)
{
	int64_t window = settle->comparison->options->limits.compare_window_ns;
	/* without a clock no time of one point says anything about the other */
	return settle->at_end ||
	       (settle->hop->clock.doubt != CLOCK_NO_PAIRS &&
		ns <= settle->horizon_ns - windows * window);
}

static bool
collect(const struct settle *settle, int end, struct candidates *ret)
{
	const struct point *point = settle->point[end];
	*ret = (struct candidates){
		.flows = malloc((point->held_count + 1) * sizeof(*ret->flows)),
		.held = malloc((point->held_count + 1) * sizeof(*ret->held)),
		.partner = malloc((point->held_count + 1) * sizeof(*ret->partner)),
	};
	if (ret->flows == NULL || ret->held == NULL || ret->partner == NULL)
		return false;
	for (struct held *held = point->first; held != NULL; held = held->next) {
		if (held->partner[end] != NULL || held->told[end] ||
		    !is_ripe(settle, held->flow.first_ns, 1))
			continue;
		ret->held[ret->count] = held;
		ret->flows[ret->count++] = &held->flow;
	}
	return true;
}

static void
release(struct candidates *candidates)
{
	free(candidates->flows);
	free(candidates->held);
	free(candidates->partner);
}

static bool
pair(const struct settle *settle)
{
	struct candidates near = { 0 }, far = { 0 };
	const struct pairing pairing = {
		.time_known = settle->hop->time_known,
		.slack_ns = settle->hop->clock.slack_ns,
	};
	bool well = collect(settle, NEAR_CLIENT, &near);
	well = collect(settle, NEAR_SERVER, &far) && well;
	well = well && compare_pair(near.flows, near.count, far.flows, far.count, &pairing,
				    near.partner, far.partner);
	for (size_t i = 0; well && i < near.count; i++) {
		uint32_t partner = near.partner[i];
		near.held[i]->ambiguous[NEAR_CLIENT] = partner == PAIR_AMBIGUOUS;
		if (partner == PAIR_NONE || partner == PAIR_AMBIGUOUS)
			continue;
		near.held[i]->partner[NEAR_CLIENT] = far.held[partner - 1];
		far.held[partner - 1]->partner[NEAR_SERVER] = near.held[i];
	}
	for (size_t i = 0; well && i < far.count; i++)
		far.held[i]->ambiguous[NEAR_SERVER] = far.partner[i] == PAIR_AMBIGUOUS;
	release(&near);
	release(&far);
	return well;
}

static bool
is_untold(const struct held *held, int end)
{
	return held->decided && !held->told[end];
}

/* Met in mid-stream, and alone. */
static bool
is_stray(const struct held *held, int end)
{
	return is_untold(held, end) && held->partner[end] == NULL &&
	       !(held->flow.has_isn[TO_SERVER] && held->flow.has_isn[TO_CLIENT]);
}

/* The stray flow has segments of this one of the other point: it is its partner, or goes on with the
 * partner that it has, from another port. */
static bool
rejoin(const struct settle *settle, int end, struct held *stray, struct held *owner)
{
	struct held *partner = owner->partner[!end];
	(void)settle;
	if (partner == NULL) {
		stray->partner[end] = owner;
		owner->partner[!end] = stray;
		stray->ambiguous[end] = owner->ambiguous[!end] = false;
		return true;
	}
	bool moved = end == NEAR_SERVER && is_untold(partner, end) &&
		     partner->flow.last_ns < stray->flow.last_ns &&
		     partner->flow.first_ns < stray->flow.first_ns &&
		     (partner->flow.client_port != stray->flow.client_port ||
		      !ip_addr_equal(partner->flow.client, stray->flow.client));
	if (!moved)
		return true;
	if (!compare_flow_merge(&partner->flow, &stray->flow))
		return false;
	settle->point[end]->held_segments += stray->flow.count;
	stray->told[end] = true;
	return true;
}

/* Looks for the flows that strays of one end belong to. */
static bool
find_strays(const struct settle *settle, int end)
{
	const struct point *here = settle->point[end], *there = settle->point[!end];
	size_t strays = 0, count = 0;
	for (const struct held *held = here->first; held != NULL; held = held->next)
		strays += is_stray(held, end);
	if (strays == 0)
		return true;
	const struct compare_flow **flows = malloc((there->held_count + 1) * sizeof(*flows));
	struct held **owners = malloc((there->held_count + 1) * sizeof(struct held *));
	for (struct held *held = there->first;
	     flows != NULL && owners != NULL && held != NULL; held = held->next) {
		if (!is_untold(held, !end))
			continue;
		owners[count] = held;
		flows[count++] = &held->flow;
	}
	struct stray_index *index =
		flows != NULL && owners != NULL ? stray_index_new(flows, count) : NULL;
	bool well = index != NULL;
	for (struct held *held = here->first; well && held != NULL; held = held->next) {
		if (!is_stray(held, end))
			continue;
		int64_t owner = stray_find(index, &held->flow);
		if (owner >= 0)
			well = rejoin(settle, end, held, owners[owner]);
	}
	stray_index_free(index);
	free(flows);
	free(owners);
	return well;
}

/* How long a capture may have run before its first frame, or after its last one. Not at all if the other
 * point has something that came from its side by then: it was not quiet there. */
static int64_t
edge_of(const struct settle *settle, int end, bool after)
{
	const struct point *point = settle->point[end], *other = settle->point[!end];
	int dir = end == NEAR_SERVER ? TO_CLIENT : TO_SERVER;
	int64_t slack = settle->hop->clock.slack_ns;
	if (settle->hop->clock.mixed || !other->begin[dir].any || !point->any || !settle->hop->time_known)
		return settle->comparison->options->limits.cut_ns;
	if (after ? point_to_common(other, other->end[dir].ns, other->end[dir].order) >
			    point_to_common(point, point->last_ns, UINT64_MAX) +
				    2 * settle->hop->clock.rtt_ns + slack
		  : point_to_common(other, other->begin[dir].ns, other->begin[dir].order) <
			    point_to_common(point, point->first_ns, 0) - slack)
		return 0;
	return settle->comparison->options->limits.cut_ns;
}

static struct compare_watch
watch_of(const struct settle *settle, int end)
{
	const struct point *point = settle->point[end];
	return (struct compare_watch){
		.any = point->any,
		.from_ns = point_to_common(point, point->first_ns, 0),
		.until_ns = point_to_common(point, point->last_ns, UINT64_MAX),
		.drops = point->drops,
		.lossy = point->lossy,
		.before_ns = edge_of(settle, end, false),
		.after_ns = edge_of(settle, end, true),
	};
}

/* Whether the connection was opened from the other side: TTLs only ever get less. Only if its numbers are
 * the same at both points: a proxy begins with a TTL of its own. */
static bool
is_reversed(const struct compare_flow *a, const struct compare_flow *b)
{
	unsigned with = 0, against = 0;
	for (int dir = 0; dir < 2; dir++) {
		const struct compare_segment *left = NULL, *right = NULL;
		if (!a->has_isn[dir] || !b->has_isn[dir] || a->isn[dir] != b->isn[dir])
			continue;
		for (uint32_t i = 0; i < a->count && left == NULL; i++)
			if (a->segments[i].direction == dir && a->segments[i].flags & TCP_SYN)
				left = &a->segments[i];
		for (uint32_t i = 0; i < b->count && right == NULL; i++)
			if (b->segments[i].direction == dir && b->segments[i].flags & TCP_SYN)
				right = &b->segments[i];
		if (left == NULL || right == NULL || left->ttl == right->ttl)
			continue;
		bool falls = right->ttl < left->ttl; /* from a to b */
		with += falls == (dir == TO_SERVER);
		against += falls != (dir == TO_SERVER);
	}
	return against > 0 && with == 0;
}

static bool
tell(const struct settle *settle, const struct held *near, const struct held *far)
{
	static const struct compare_flow nothing;
	bool reversed = near != NULL && far != NULL && is_reversed(&near->flow, &far->flow);
	if (reversed) {
		const struct held *held = near;
		near = far;
		far = held;
	}
	struct compare_case told = {
		.hop = settle->hop_index,
		.reversed = reversed,
		.end = { near, far },
		.verdicts = { near != NULL ? &near->verdict : NULL,
			      far != NULL ? &far->verdict : NULL },
		.ambiguous = (near != NULL && far == NULL && near->ambiguous[NEAR_CLIENT]) ||
			     (far != NULL && near == NULL && far->ambiguous[NEAR_SERVER]),
		.pairing = {
			.flow = { near != NULL ? &near->flow : &nothing,
				  far != NULL ? &far->flow : &nothing },
			.time_known = settle->hop->time_known,
			.slack_ns = settle->hop->clock.slack_ns,
			.rtt_ns = settle->hop->clock.rtt_ns,
		},
		.watch = { watch_of(settle, reversed ? NEAR_SERVER : NEAR_CLIENT),
			   watch_of(settle, reversed ? NEAR_CLIENT : NEAR_SERVER) },
	};
	if (!compare_tell(&told.pairing, told.watch, &told.result))
		return false;
	bool paired = near != NULL && far != NULL;
	if (!paired)
		compare_calm(&told.pairing, told.ambiguous, &told.result);
	else
		compare_find_rewrites(&told.pairing, &told.result, &told.rewrites);
	compare_judge(&told.pairing, told.watch, &told.result, told.verdicts, told.ambiguous,
		      &told.verdict);
	settle->fn(settle->user, &told);
	compare_result_release(&told.result);
	return true;
}

/* Tells what can be told of the flows at one end of the hop; pairs are told from the near end. */
static bool
tell_end(const struct settle *settle, int end)
{
	bool well = true;
	for (struct held *held = settle->point[end]->first; held != NULL && !signals_stop;
	     held = held->next) {
		struct held *partner = held->partner[end];
		if (held->told[end] || !held->decided)
			continue;
		if (partner != NULL && (!partner->decided || end != NEAR_CLIENT))
			continue;
		if (partner == NULL && !is_ripe(settle, held->flow.last_ns, 2))
			continue;
		well = tell(settle, end == NEAR_CLIENT ? held : partner,
			    end == NEAR_CLIENT ? partner : held) &&
		       well;
		held->told[end] = true;
		if (partner != NULL)
			partner->told[!end] = true;
	}
	return well;
}

static void
give_back(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->point_count; i++) {
		struct point *point = &comparison->points[i];
		struct held *next;
		for (struct held *held = point->first; held != NULL; held = next) {
			next = held->next;
			bool behind = held->told[NEAR_CLIENT] || i + 1 == comparison->point_count;
			bool before = held->told[NEAR_SERVER] || i == 0;
			if (behind && before)
				point_drop(point, held);
		}
	}
}

bool
compare_settle(struct comparison *comparison, bool at_end, compare_case_fn *fn, void *user)
{
	bool well = true;
	for (size_t i = 0; i + 1 < comparison->point_count; i++) {
		struct settle settle = {
			.comparison = comparison,
			.hop_index = i,
			.hop = &comparison->hops[i],
			.point = { &comparison->points[i], &comparison->points[i + 1] },
			.at_end = at_end,
			.fn = fn,
			.user = user,
		};
		int64_t near = point_now(settle.point[0]), far = point_now(settle.point[1]);
		settle.horizon_ns = settle.point[0]->ended   ? far
				    : settle.point[1]->ended ? near
				    : near < far	     ? near
							     : far;
		well = pair(&settle) && well;
		well = find_strays(&settle, NEAR_SERVER) && find_strays(&settle, NEAR_CLIENT) && well;
		well = tell_end(&settle, NEAR_CLIENT) && tell_end(&settle, NEAR_SERVER) && well;
	}
	give_back(comparison);
	return well;
}

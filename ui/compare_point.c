/* SPDX-License-Identifier: BSD-2-Clause */
/* Pass one samples, pass two holds. The tracker says whose segments they are and when a flow is over. */
#include "ui/compare_point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "ui/complain.h"
#include "ui/sanitize.h"
#include "ui/signals.h"

enum {
	FLOW_SHARE = 4, /* of all segments held, one flow may have the n-th part */
	LOSSY = 1000,	/* a capture that lacks the n-th part of the payload drops frames */
};

int64_t
point_to_common(const struct point *point, int64_t ns, uint64_t order)
{
	if (point->clock == NULL)
		return ns;
	ns = compare_clock_to_a(point->clock, ns, order);
	for (point = point->before; point != NULL && point->clock != NULL; point = point->before)
		ns = compare_clock_time_to_a(point->clock, ns);
	return ns;
}

int64_t
point_now(const struct point *point)
{
	return point_to_common(point, point->intake.latest_ns, point->order);
}

static struct held *
find_held(const struct point *point, uint32_t number)
{
	struct held *held = point->bucket[number % HELD_BUCKETS];
	while (held != NULL && held->flow.number != number)
		held = held->next_in_bucket;
	return held;
}

static struct held *
hold(struct point *point, const struct flow *flow)
{
	struct held *held = calloc(1, sizeof(*held));
	struct held **bucket = &point->bucket[flow->number % HELD_BUCKETS];
	if (held == NULL) {
		point->no_memory = true;
		return NULL;
	}
	held->next_in_bucket = *bucket;
	*bucket = held;
	held->previous = point->last;
	if (point->last != NULL)
		point->last->next = held;
	else
		point->first = held;
	point->last = held;
	if (++point->held_count > point->held_peak)
		point->held_peak = point->held_count;
	return held;
}

void
point_drop(struct point *point, struct held *held)
{
	struct held **link = &point->bucket[held->flow.number % HELD_BUCKETS];
	while (*link != held)
		link = &(*link)->next_in_bucket;
	*link = held->next_in_bucket;
	*(held->previous != NULL ? &held->previous->next : &point->first) = held->next;
	*(held->next != NULL ? &held->next->previous : &point->last) = held->previous;
	for (int end = 0; end < 2; end++)
		if (held->partner[end] != NULL)
			held->partner[end]->partner[!end] = NULL;
	point->held_count--;
	point->held_segments -= held->flow.count;
	compare_flow_release(&held->flow);
	free(held);
}

static void
note_span(struct point *point, int64_t ns, uint64_t order, enum direction dir)
{
	if (!point->begin[dir].any || ns < point->begin[dir].ns) {
		point->begin[dir].ns = ns;
		point->begin[dir].order = order;
		point->begin[dir].any = true;
	}
	if (!point->end[dir].any || ns > point->end[dir].ns) {
		point->end[dir].ns = ns;
		point->end[dir].order = order;
		point->end[dir].any = true;
	}
}

static void
on_segment(void *user, const struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct point *point = user;
	uint64_t order = point->order++;
	struct compare_segment segment = compare_segment_of(packet, dir, packet->ts_ns);
	if (point->sample != NULL) {
		note_span(point, packet->ts_ns, order, dir);
		sample_add(point->sample, &segment, flow, order);
		return;
	}
	segment.at_ns = point_to_common(point, packet->ts_ns, order);
	struct held *held = find_held(point, flow->number);
	if (held == NULL && (held = hold(point, flow)) == NULL)
		return;
	uint64_t most = (uint64_t)point->options->limits.compare_segments;
	uint64_t room = most > point->held_segments ? most - point->held_segments : 0;
	uint64_t share = most / FLOW_SHARE + 1;
	uint32_t before = held->flow.count, left_out = held->flow.left_out;
	uint64_t max = before + room < share ? before + room : share;
	point->no_memory |= !compare_flow_add(&held->flow, flow, &segment,
					      (uint32_t)(max < UINT32_MAX ? max : UINT32_MAX));
	point->held_segments += held->flow.count - before;
	point->left_out += held->flow.left_out - left_out;
}

static void
on_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct point *point = user;
	report_count_flow(&point->totals, flow, verdict);
	if (point->sample != NULL) {
		/* what was under way when the capture began, it could not have */
		if (flow->half[TO_SERVER].syn_count > 0)
			point->unseen_bytes +=
				flow->half[TO_SERVER].unseen + flow->half[TO_CLIENT].unseen;
		return;
	}
	struct held *held = find_held(point, flow->number);
	if (held == NULL)
		return; /* memory was short */
	held->verdict = *verdict;
	held->decided = true;
}

static bool
open_tracker(struct point *point)
{
	struct tracker_options options = {
		.limits = point->options->limits,
		.unpredicted = true, /* each segment is wanted */
		.segment = on_segment,
		.flow_ended = on_flow,
		.user = point,
	};
	if (getrandom(options.hash_key, sizeof(options.hash_key), GRND_NONBLOCK) < 0)
		options.hash_key[0] = (uint64_t)getpid();
	point->intake.tracker = tracker_new(&options);
	return point->intake.tracker != NULL;
}

bool
point_open(struct point *point, bool sampling)
{
	char text[2 * SANITIZED_SIZE];
	const struct capture_options options = {
		.paths = &point->path,
		.path_count = 1,
		.filter = point->options->filter,
		.stop = &signals_stop,
	};
	point->totals = (struct report_totals){ .filter = point->options->filter };
	point->intake = (struct intake){ .totals = &point->totals };
	point->order = 0;
	point->ended = false;
	if (capture_open(&point->capture, &options, text, sizeof(text)) != CAPTURE_OK) {
		complain("%s", text);
		point->capture = NULL;
		return false;
	}
	point->totals.capture = point->capture;
	point->sample = sampling ? sample_new() : NULL;
	if ((sampling && point->sample == NULL) || !open_tracker(point)) {
		complain("no memory for the flow table; a smaller --limit max-flows=NUMBER helps");
		return false;
	}
	return true;
}

/* What pass two wants to know of the whole. */
static void
sum_up(struct point *point)
{
	uint64_t kernel, interface;
	report_drops(&point->totals, &kernel, &interface);
	point->totals.stats = tracker_stats(point->intake.tracker);
	point->drops = kernel + interface;
	point->lossy = point->unseen_bytes * LOSSY > point->totals.payload;
	point->any = report_span(&point->totals, &point->first_ns, &point->last_ns);
	point->no_memory |= point->totals.stats->unallocated > 0;
	point->segments = point->totals.stats->segments;
	point->flows = point->totals.stats->flows;
	point->frames = point->totals.frames;
}

bool
point_read(struct point *point)
{
	struct frame frames[INTAKE_BATCH];
	size_t count = signals_stop ? 0 : capture_read(point->capture, frames, INTAKE_BATCH);
	if (count > 0) {
		intake_take(&point->intake, frames, count);
		intake_tell_hidden_errors(&point->intake);
		return true;
	}
	tracker_finish(point->intake.tracker);
	sum_up(point);
	point->ended = true;
	return false;
}

void
point_close(struct point *point)
{
	tracker_free(point->intake.tracker);
	capture_close(point->capture);
	point->intake.tracker = NULL;
	point->capture = NULL;
}

void
point_release(struct point *point)
{
	while (point->first != NULL)
		point_drop(point, point->first);
	sample_free(point->sample);
	point->sample = NULL;
	if (point->intake.tracker != NULL)
		tracker_free(point->intake.tracker);
	if (point->capture != NULL)
		capture_close(point->capture);
}

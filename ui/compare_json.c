/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison as NDJSON: a record for every flow, one for every hop, and the comparison as the last. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/compare_words.h"
#include "ui/format.h"
#include "ui/json.h"
#include "ui/json_memory.h"
#include "ui/json_put.h"
#include "ui/sink.h"

struct json_state {
	struct sink *sink;
	const struct comparison *comparison;
};

static const char *const way_slugs[2] = { [TO_SERVER] = "to-server", [TO_CLIENT] = "to-client" };
static const char *const end_slugs[2] = { [NEAR_CLIENT] = "client", [NEAR_SERVER] = "server" };
static const char *const injector_slugs[] = {
	[INJECTOR_UNKNOWN] = NULL, [INJECTOR_IN_PATH] = "in-path", [INJECTOR_ON_PATH] = "on-path",
};
static const char *const proxy_slugs[] = {
	[PROXY_NONE] = NULL, [PROXY_ANSWERED_FIRST] = "answered-before-the-server",
	[PROXY_OTHER_ANSWER] = "another-answer", [PROXY_ONLY_ANSWER] = "the-server-was-not-asked",
};
static const char *const doubt_slugs[] = {
	[CLOCK_TRUSTED] = NULL, [CLOCK_NO_PAIRS] = "nothing-in-common",
	[CLOCK_ONE_WAY] = "one-way-only", [CLOCK_VIOLATED] = "violated",
};

static void *
compare_json_begin(const struct comparison *comparison, const struct report_settings *settings,
	   struct sink *sink)
{
	struct json_state *state = calloc(1, sizeof(*state));
	(void)settings;
	if (state == NULL)
		return NULL;
	json_memory_watch();
	state->sink = sink;
	state->comparison = comparison;
	return state;
}

static void
put_end(json_t *record, const char *key, const struct held *held)
{
	char address[FORMAT_ADDRESS_SIZE];
	if (held == NULL) {
		json_put_null(record, key);
		return;
	}
	const struct compare_flow *flow = &held->flow;
	json_t *end = json_object();
	json_put_integer(end, "flow", flow->number);
	format_address(flow->client, flow->ip_version, address, sizeof(address));
	json_put_text(end, "client_ip", address);
	json_put_integer(end, "client_port", flow->client_port);
	format_address(flow->server, flow->ip_version, address, sizeof(address));
	json_put_text(end, "server_ip", address);
	json_put_integer(end, "server_port", flow->server_port);
	json_put_known(end, "first_frame", flow->count > 0 ? flow->segments[0].frame : 0,
		       flow->count > 0);
	json_put_known(end, "first_us",
		       flow->count > 0 ? json_floor_us(flow->segments[0].ts_ns) : 0,
		       flow->count > 0);
	json_put_integer(end, "segments", flow->count);
	json_put_integer(end, "segments_left_out", flow->left_out);
	json_put_text(end, "verdict", verdict_infos[held->verdict.code].slug);
	json_put_integer(end, "confidence", held->verdict.confidence);
	json_object_set_new(record, key, end);
}

/* A segment of one point that has another fate than to arrive. */
static json_t *
fate_of(const struct compare_case *told, int point, uint32_t index)
{
	const struct compare_segment *segment = &told->pairing.flow[point]->segments[index];
	const struct compare_told *fate = &told->result.told[point][index];
	char label[32];
	json_t *item = json_object();
	compare_label(segment, label, sizeof(label));
	json_put_text(item, "fate", fate_infos[fate->fate].slug);
	json_put_text(item, "direction", way_slugs[segment->direction]);
	json_put_text(item, "seen_at", end_slugs[point]);
	json_put_integer(item, "frame", segment->frame);
	json_put_integer(item, "ts_us", json_floor_us(segment->ts_ns));
	json_put_text(item, "what", label);
	json_put_integer(item, "seq", segment->seq);
	json_put_integer(item, "length", segment->length);
	json_put_integer(item, "missing", fate->missing);
	json_put_bool(item, "again", fate->again);
	json_put_text(item, "injector", injector_slugs[fate->injector]);
	json_put_known(item, "trigger_frame",
		       fate->trigger != 0
			       ? told->pairing.flow[point]->segments[fate->trigger - 1].frame
			       : 0,
		       fate->trigger != 0);
	json_put_text(item, "doubt", compare_doubt_infos[fate->doubt].slug);
	return item;
}

static bool
is_told(const struct compare_case *told, uint8_t fate)
{
	return fate != FATE_ARRIVED && fate != FATE_PROXIED &&
	       (fate != FATE_UNJUDGED || (told->end[0] != NULL && told->end[1] != NULL));
}

static void
put_fates(json_t *record, const struct compare_case *told)
{
	json_t *list = json_array();
	for (int point = 0; point < 2; point++)
		for (uint32_t i = 0; i < told->pairing.flow[point]->count; i++)
			if (is_told(told, told->result.told[point][i].fate))
				json_array_append_new(list, fate_of(told, point, i));
	json_object_set_new(record, "fates", list);
}

static void
put_value(json_t *object, const char *key, enum rewrite field, int64_t value)
{
	bool known = value != REWRITE_ABSENT && field != REWRITE_PAYLOAD &&
		     field != REWRITE_CLIENT && field != REWRITE_SERVER;
	json_put_known(object, key, value, known);
}

static json_t *
rewrite_item(int dir, int field, const int64_t value[2], uint64_t count, const uint32_t frame[2])
{
	json_t *item = json_object();
	json_put_text(item, "field", rewrite_infos[field].slug);
	json_put_text(item, "direction", way_slugs[dir]);
	put_value(item, "at_client", (enum rewrite)field, value[NEAR_CLIENT]);
	put_value(item, "at_server", (enum rewrite)field, value[NEAR_SERVER]);
	json_put_integer(item, "count", (int64_t)count);
	json_put_integer(item, "frame_at_client", frame[NEAR_CLIENT]);
	json_put_integer(item, "frame_at_server", frame[NEAR_SERVER]);
	return item;
}

static void
put_rewrites(json_t *record, const struct compare_case *told)
{
	json_t *list = json_array();
	for (int dir = 0; dir < 2; dir++) {
		for (int field = 0; field < REWRITES; field++) {
			const struct compare_rewrite *rewrite = &told->rewrites.field[dir][field];
			if (rewrite->count == 0)
				continue;
			uint32_t frame[2];
			for (int end = 0; end < 2; end++)
				frame[end] = told->pairing.flow[end]
						     ->segments[rewrite->index[end]]
						     .frame;
			json_array_append_new(list, rewrite_item(dir, field, rewrite->value,
								 rewrite->count, frame));
		}
	}
	json_object_set_new(record, "rewrites", list);
	uint32_t moved = told->pairing.flow[NEAR_SERVER]->moved_frame;
	json_put_known(record, "client_moved_frame", moved, moved != 0);
	for (int dir = 0; dir < 2; dir++)
		json_put_integer(record, dir == TO_SERVER ? "hops_to_server" : "hops_to_client",
				 told->rewrites.hops[dir]);
}

static void
put_sums(json_t *record, const char *key, const struct compare_counts *counts)
{
	json_t *sums = json_object();
	json_put_integer(sums, "sent", counts->sent);
	json_put_integer(sums, "arrived", counts->arrived);
	json_put_integer(sums, "lost", counts->lost);
	json_put_integer(sums, "partly_lost", counts->partly_lost);
	json_put_integer(sums, "lost_bytes", (int64_t)counts->lost_bytes);
	json_put_integer(sums, "injected", counts->injected);
	json_put_integer(sums, "duplicated", counts->duplicated);
	json_put_integer(sums, "overtaken", counts->overtaken);
	json_put_integer(sums, "not_captured", counts->missed_entry + counts->missed_exit);
	json_put_integer(sums, "not_judged", counts->unjudged);
	json_object_set_new(record, key, sums);
}

static void
json_take(void *user, const struct compare_case *told)
{
	struct json_state *state = user;
	const struct verdict_info *info = &verdict_infos[told->verdict.code];
	json_t *record = json_object();
	json_put_text(record, "schema", "tcpwhy.pair/1");
	json_put_text(record, "record", "pair");
	json_put_integer(record, "hop", (int64_t)told->hop);
	put_end(record, "client_side", told->end[NEAR_CLIENT]);
	put_end(record, "server_side", told->end[NEAR_SERVER]);
	json_put_bool(record, "paired", told->end[0] != NULL && told->end[1] != NULL);
	json_put_bool(record, "ambiguous", told->ambiguous);
	json_put_bool(record, "reversed", told->reversed);
	json_put_text(record, "verdict", info->slug);
	json_put_text(record, "class", verdict_class_slugs[info->verdict_class]);
	json_put_text(record, "story", compare_story_infos[told->verdict.story].slug);
	json_put_text(record, "place", compare_place_slugs[told->verdict.place]);
	json_put_integer(record, "confidence", told->verdict.confidence);
	json_t *reasons = json_array();
	for (int reason = 0; reason < COMPARE_REASON_CODES; reason++)
		if (told->verdict.reasons >> reason & 1)
			json_array_append_new(
				reasons,
				json_string_nocheck(compare_reason_infos[reason].sentence));
	json_object_set_new(record, "confidence_reasons", reasons);
	json_put_text(record, "summary", compare_story_infos[told->verdict.story].sentence);
	json_put_text(record, "proxy", proxy_slugs[told->result.proxy]);
	put_sums(record, "to_server", &told->result.counts[TO_SERVER]);
	put_sums(record, "to_client", &told->result.counts[TO_CLIENT]);
	put_fates(record, told);
	put_rewrites(record, told);
	json_write(record, state->sink);
}

static json_t *
piece_item(const struct clock_piece *piece)
{
	json_t *item = json_object();
	json_put_integer(item, "from_us", json_floor_us(piece->a_ns));
	json_put_integer(item, "offset_us", json_floor_us(piece->offset_ns));
	json_put_known(item, "bound_us",
		       piece->bound_ns >= 0 ? (piece->bound_ns + NS_PER_US - 1) / NS_PER_US : 0,
		       piece->bound_ns >= 0);
	json_object_set_new_nocheck(item, "skew_ppm", json_real(piece->skew * 1e6));
	json_put_known(item, "rtt_us", piece->rtt_ns >= 0 ? piece->rtt_ns / NS_PER_US : 0,
		       piece->rtt_ns >= 0);
	json_put_integer(item, "pairs_to_server", (int64_t)piece->pairs[TO_SERVER]);
	json_put_integer(item, "pairs_to_client", (int64_t)piece->pairs[TO_CLIENT]);
	return item;
}

static void
put_clock(json_t *record, const struct compare_clock *clock)
{
	json_t *object = json_object(), *pieces = json_array();
	json_put_bool(object, "trusted", clock->doubt == CLOCK_TRUSTED);
	json_put_text(object, "doubt", doubt_slugs[clock->doubt]);
	json_put_integer(object, "pairs", (int64_t)clock->pairs);
	json_put_integer(object, "violations", (int64_t)clock->violations);
	for (size_t i = 0; i < clock->count; i++)
		json_array_append_new(pieces, piece_item(&clock->piece[i]));
	json_object_set_new(object, "pieces", pieces);
	json_object_set_new(record, "clock", object);
}

static void
put_way(json_t *record, const struct hop *hop, int dir)
{
	const struct hop_counts *counts = &hop->counts[dir];
	const struct {
		const char *key;
		uint64_t value;
	} sums[] = {
		{ "sent", counts->sent },
		{ "arrived", counts->arrived },
		{ "lost", counts->lost },
		{ "partly_lost", counts->partly_lost },
		{ "lost_bytes", counts->lost_bytes },
		{ "lost_syn", counts->lost_syn },
		{ "lost_data", counts->lost_data },
		{ "lost_fin", counts->lost_fin },
		{ "lost_rst", counts->lost_rst },
		{ "lost_ack", counts->lost_ack },
		{ "injected", counts->injected },
		{ "injected_rst", counts->injected_rst },
		{ "injected_in_path", counts->in_path },
		{ "injected_on_path", counts->on_path },
		{ "duplicated", counts->duplicated },
		{ "overtaken", counts->overtaken },
		{ "recut", counts->recut },
		{ "not_captured_at_client", counts->missed[NEAR_CLIENT] },
		{ "not_captured_at_server", counts->missed[NEAR_SERVER] },
		{ "not_judged", counts->unjudged },
		{ "sent_again", counts->again },
		{ "sent_again_as_lost", counts->again_needed },
		{ "sent_again_as_answer_lost", counts->again_answer_lost },
		{ "sent_again_needlessly", counts->again_needless },
	};
	json_t *object = json_object();
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		json_put_integer(object, sums[i].key, (int64_t)sums[i].value);
	static const struct {
		const char *key;
		unsigned permille;
	} delays[] = { { "delay_min_us", 0 }, { "delay_median_us", 500 }, { "delay_p99_us", 990 } };
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		int64_t us = hop_delay(counts, delays[i].permille);
		json_put_known(object, delays[i].key, us, hop->time_known && us >= 0);
	}
	json_object_set_new(record, dir == TO_SERVER ? "to_server" : "to_client", object);
}

static void
write_hop(struct json_state *state, size_t index)
{
	const struct hop *hop = &state->comparison->hops[index];
	json_t *record = json_object(), *rewrites = json_array(), *stories = json_object();
	json_put_text(record, "schema", "tcpwhy.hop/1");
	json_put_text(record, "record", "hop");
	json_put_integer(record, "hop", (int64_t)index);
	json_put_name(record, "client_side", hop->point[NEAR_CLIENT]->path);
	json_put_name(record, "server_side", hop->point[NEAR_SERVER]->path);
	put_clock(record, &hop->clock);
	json_put_integer(record, "paired", (int64_t)hop->paired);
	json_put_integer(record, "ambiguous", (int64_t)hop->ambiguous);
	json_put_integer(record, "only_at_client", (int64_t)hop->single[NEAR_CLIENT]);
	json_put_integer(record, "only_at_server", (int64_t)hop->single[NEAR_SERVER]);
	json_put_integer(record, "only_at_client_unwatched", (int64_t)hop->unwatched[NEAR_CLIENT]);
	json_put_integer(record, "only_at_server_unwatched", (int64_t)hop->unwatched[NEAR_SERVER]);
	json_put_integer(record, "failed", (int64_t)hop->failed);
	json_put_integer(record, "proxied", (int64_t)hop->proxied);
	json_put_integer(record, "rewritten", (int64_t)hop->rewritten);
	json_put_integer(record, "injected", (int64_t)hop->injected);
	for (unsigned i = 0; i < STORIES; i++)
		json_put_integer(stories, compare_story_infos[i].slug, (int64_t)hop->by_story[i]);
	json_object_set_new(record, "stories", stories);
	put_way(record, hop, TO_SERVER);
	put_way(record, hop, TO_CLIENT);
	for (int dir = 0; dir < 2; dir++)
		for (int field = 0; field < REWRITES; field++)
			if (hop->rewrite[dir][field].flows > 0)
				json_array_append_new(
					rewrites,
					rewrite_item(dir, field, hop->rewrite[dir][field].value,
						     hop->rewrite[dir][field].flows,
						     hop->rewrite[dir][field].frame));
	json_object_set_new(record, "rewrites", rewrites);
	json_write(record, state->sink);
}

static json_t *
point_item(const struct point *point)
{
	json_t *item = json_object();
	json_put_name(item, "source", point->path);
	json_put_known(item, "first_us", json_floor_us(point->first_ns), point->any);
	json_put_known(item, "last_us", json_floor_us(point->last_ns), point->any);
	json_put_integer(item, "frames", (int64_t)point->frames);
	json_put_integer(item, "segments", (int64_t)point->segments);
	json_put_integer(item, "flows", (int64_t)point->flows);
	json_put_integer(item, "drops", (int64_t)point->drops);
	json_put_integer(item, "unseen_bytes", (int64_t)point->unseen_bytes);
	json_put_bool(item, "lossy", point->lossy);
	json_put_integer(item, "segments_left_out", (int64_t)point->left_out);
	return item;
}

static void
json_end(void *user)
{
	struct json_state *state = user;
	if (state->comparison->hops[0].point[0] == NULL) { /* given up before the clocks were known */
		free(state);
		return;
	}
	const struct comparison *comparison = state->comparison;
	json_t *record = json_object(), *points = json_array(), *by_class = json_object();
	for (size_t i = 0; i + 1 < comparison->point_count; i++)
		write_hop(state, i);
	json_put_text(record, "schema", "tcpwhy.comparison/1");
	json_put_text(record, "record", "comparison");
	json_put_text(record, "version", PACKAGE_VERSION);
	for (size_t i = 0; i < comparison->point_count; i++)
		json_array_append_new(points, point_item(&comparison->points[i]));
	json_object_set_new(record, "points", points);
	json_put_name(record, "filter", comparison->options->filter);
	json_put_bool(record, "given_backwards", comparison->swapped);
	json_put_bool(record, "interrupted", comparison->interrupted);
	for (unsigned i = 0; i < CLASSES; i++)
		json_put_integer(by_class, verdict_class_slugs[i],
				 (int64_t)comparison->by_class[i]);
	json_object_set_new(record, "by_class", by_class);
	json_write(record, state->sink);
	free(state);
}

const struct compare_output compare_json = {
	.begin = compare_json_begin,
	.take = json_take,
	.end = json_end,
};

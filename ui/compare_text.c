/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison for people: the answer, the path hop by hop, what is wrong, and the flows with a ladder. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/compare_words.h"
#include "ui/format.h"
#include "ui/paint.h"
#include "ui/phrases.h"
#include "ui/text_head.h"
#include "ui/wrap.h"

enum {
	FLOWS_SHOWN = 20, /* without --all */
	LINE_SIZE = 2048,
	EXAMPLES = 3,
};

/* A flow that a statement can point to. */
struct example {
	uint32_t frame[2];
	uint8_t code; /* enum verdict_code */
	char client[FORMAT_ENDPOINT_SIZE], server[FORMAT_ENDPOINT_SIZE];
};

struct hop_examples {
	uint64_t failed[STORIES]; /* of its flows, those that failed */
	size_t count[STORIES];
	struct example example[STORIES][EXAMPLES];
};

struct text_state {
	struct sink *sink;
	struct sink *cases; /* a spool */
	struct report_settings settings;
	const struct comparison *comparison;
	struct hop_examples *examples; /* per hop */
	uint64_t worth_showing, shown;
};

static void *
text_begin(const struct comparison *comparison, const struct report_settings *settings,
	   struct sink *sink)
{
	struct text_state *state = calloc(1, sizeof(*state));
	if (state == NULL)
		return NULL;
	state->sink = sink;
	state->settings = *settings;
	state->comparison = comparison;
	state->examples = calloc(comparison->point_count, sizeof(*state->examples));
	state->cases = malloc(sizeof(*state->cases));
	if (state->examples != NULL && state->cases != NULL &&
	    (errno = sink_open_spool(state->cases)) == 0)
		return state;
	free(state->cases);
	free(state->examples);
	free(state);
	return NULL;
}

static void
text_free(struct text_state *state)
{
	sink_abandon(state->cases);
	free(state->cases);
	free(state->examples);
	free(state);
}

/* --- flows */

static const struct compare_flow *
either(const struct compare_case *told)
{
	const struct held *held =
		told->end[NEAR_CLIENT] != NULL ? told->end[NEAR_CLIENT] : told->end[NEAR_SERVER];
	return &held->flow;
}

static void
name_ends(const struct compare_flow *flow, char *client, char *server)
{
	format_endpoint(flow->client, flow->ip_version, flow->client_port, client,
			FORMAT_ENDPOINT_SIZE);
	format_endpoint(flow->server, flow->ip_version, flow->server_port, server,
			FORMAT_ENDPOINT_SIZE);
}

static bool
is_worth_showing(const struct compare_case *told)
{
	char mark = story_advice[told->verdict.story].mark;
	const struct compare_counts *counts = told->result.counts;
	return compare_failed(told) || mark == 'X' || mark == '!' ||
	       counts[0].injected + counts[1].injected > 0;
}

static void
labelled(struct sink *sink, const char *label, const char *text)
{
	char first[20];
	if (text[0] == '\0')
		return;
	snprintf(first, sizeof(first), "  %-11s", label);
	wrap_text(sink, first, "             ", text);
}

/* "lost 3 to the server (data 100 #5, SYN #7), ..." is what the ladder shows; here are the sums. */
static void
write_fates(struct sink *sink, const struct compare_case *told)
{
	char line[LINE_SIZE];
	size_t used = 0;
	for (int dir = 0; dir < 2; dir++) {
		const struct compare_counts *counts = &told->result.counts[dir];
		const struct {
			uint32_t count;
			const char *what;
		} parts[] = {
			{ counts->lost, "lost" },
			{ counts->partly_lost, "lost in part" },
			{ counts->injected, "injected" },
			{ counts->missed_entry + counts->missed_exit, "passed without being captured" },
			{ counts->unjudged, "not to be judged" },
		};
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 "%sto the %s %" PRIu32 " sent", used > 0 ? "; " : "",
					 dir == TO_SERVER ? "server" : "client", counts->sent);
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (parts[i].count > 0)
				used += (size_t)snprintf(line + used, sizeof(line) - used,
							 ", %" PRIu32 " %s", parts[i].count,
							 parts[i].what);
	}
	labelled(sink, "segments", line);
}

static void
write_changes(struct sink *sink, const struct compare_case *told)
{
	for (int dir = 0; dir < 2; dir++) {
		for (int field = 0; field < REWRITES; field++) {
			const struct compare_rewrite *rewrite = &told->rewrites.field[dir][field];
			char words[COMPARE_TEXT_SIZE];
			if (rewrite->count == 0 || field == REWRITE_IP_ID)
				continue;
			compare_rewrite_words((enum rewrite)field, rewrite->value, words,
					      sizeof(words));
			labelled(sink, "changed", words);
		}
	}
}

static void
write_case(struct text_state *state, const struct compare_case *told)
{
	struct sink *sink = state->cases;
	const struct hop *hop = &state->comparison->hops[told->hop];
	const struct verdict_info *info = &verdict_infos[told->verdict.code];
	enum paint paint = class_paint(info->verdict_class);
	bool color = state->settings.color;
	char client[FORMAT_ENDPOINT_SIZE], server[FORMAT_ENDPOINT_SIZE];
	char number[2][16] = { "-", "-" }, place[COMPARE_TEXT_SIZE];
	name_ends(either(told), client, server);
	for (int end = 0; end < 2; end++)
		if (told->end[end] != NULL)
			snprintf(number[case_point(told, end)], sizeof(number[end]), "%" PRIu32,
				 told->end[end]->flow.number);
	sink_printf(sink, "%s%c%s %s -> %s  %s%s%s, %s, %u %%  (flow %s | %s)\n",
		    paint_on(color, paint), class_mark(info->verdict_class),
		    paint_off(color, paint), client, server, paint_on(color, PAINT_HEADING),
		    info->slug, paint_off(color, PAINT_HEADING),
		    compare_story_infos[told->verdict.story].slug,
		    (unsigned)told->verdict.confidence, number[0], number[1]);
	wrap_text(sink, "  ", "  ", compare_story_infos[told->verdict.story].sentence);
	compare_place_words(hop, told->reversed, (enum compare_place)told->verdict.place, place,
			    sizeof(place));
	labelled(sink, "where", place);
	for (int reason = 0; reason < COMPARE_REASON_CODES; reason++)
		if (told->verdict.reasons >> reason & 1)
			labelled(sink, "because", compare_reason_infos[reason].sentence);
	write_fates(sink, told);
	if (told->result.proxy == PROXY_NONE)
		write_changes(sink, told);
	compare_ladder(sink, state->comparison, told);
	sink_puts(sink, "\n");
}

static void
keep_example(struct hop_examples *examples, const struct compare_case *told)
{
	unsigned story = told->verdict.story;
	examples->failed[story] += compare_failed(told);
	if (examples->count[story] == EXAMPLES)
		return;
	struct example *example = &examples->example[story][examples->count[story]++];
	for (int end = 0; end < 2; end++)
		example->frame[case_point(told, end)] = told->pairing.flow[end]->count > 0
					      ? told->pairing.flow[end]->segments[0].frame
					      : 0;
	example->code = told->verdict.code;
	name_ends(either(told), example->client, example->server);
}

static void
text_take(void *user, const struct compare_case *told)
{
	struct text_state *state = user;
	keep_example(&state->examples[told->hop], told);
	if (!is_worth_showing(told) && !state->settings.all)
		return;
	state->worth_showing++;
	if (state->settings.quiet || (!state->settings.all && state->shown == FLOWS_SHOWN))
		return;
	state->shown++;
	write_case(state, told);
}

/* --- the answer, and the path */

static void
write_answer(const struct text_state *state, const struct hop *hop)
{
	const struct point *near = hop->point[NEAR_CLIENT], *far = hop->point[NEAR_SERVER];
	const struct hop_counts *to_server = &hop->counts[TO_SERVER];
	const struct hop_counts *to_client = &hop->counts[TO_CLIENT];
	char line[LINE_SIZE], flows[FORMAT_COUNT_SIZE];
	format_count(hop->paired, "flow", flows, sizeof(flows));
	int used = snprintf(line, sizeof(line),
			    "%s -> %s: %s paired, %" PRIu64 " failed; lost %" PRIu64
			    " of %" PRIu64 " segments to the server and %" PRIu64 " of %" PRIu64
			    " to the client; %" PRIu64 " injected",
			    near->name, far->name, flows, hop->failed,
			    to_server->lost + to_server->partly_lost, to_server->sent,
			    to_client->lost + to_client->partly_lost, to_client->sent,
			    to_server->injected + to_client->injected);
	const struct {
		uint64_t count;
		const char *what;
	} parts[] = {
		{ hop->rewritten, hop->rewritten == 1 ? "flow rewritten" : "flows rewritten" },
		{ hop->proxied, "proxied" },
		{ hop->single[NEAR_CLIENT] + hop->single[NEAR_SERVER], "at one point only" },
		{ hop->ambiguous, "ambiguous" },
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && (size_t)used < sizeof(line); i++)
		if (parts[i].count > 0)
			used += snprintf(line + used, sizeof(line) - (size_t)used,
					 ", %" PRIu64 " %s", parts[i].count, parts[i].what);
	sink_printf(state->sink, "%s%s%s\n", paint_on(state->settings.color, PAINT_HEADING), line,
		    paint_off(state->settings.color, PAINT_HEADING));
}

static void
write_direction(struct sink *sink, const struct hop *hop, int dir)
{
	const struct hop_counts *counts = &hop->counts[dir];
	const struct {
		uint64_t count;
		const char *what;
	} parts[] = {
		{ counts->lost_syn, dir == TO_SERVER ? "SYN" : "SYN-ACK" },
		{ counts->lost_data, "data" },
		{ counts->lost_fin, "FIN" },
		{ counts->lost_rst, "RST" },
		{ counts->lost_ack, "ACK" },
		{ counts->partly_lost, "in part" },
	}, others[] = {
		{ counts->injected, "injected" },
		{ counts->in_path, "of them by a device in the path" },
		{ counts->on_path, "of them by a device beside the path" },
		{ counts->duplicated, "duplicated" },
		{ counts->overtaken, "overtaken by later ones" },
		{ counts->recut, "cut differently at the other point" },
		{ counts->missed[NEAR_CLIENT], "missing in the client's capture" },
		{ counts->missed[NEAR_SERVER], "missing in the server's capture" },
		{ counts->unjudged, "not to be judged" },
	};
	char line[LINE_SIZE], sent[FORMAT_COUNT_SIZE];
	uint64_t lost = counts->lost + counts->partly_lost, low, high;
	format_count(counts->sent, "segment", sent, sizeof(sent));
	int used = snprintf(line, sizeof(line), "%s", sent);
	if (lost > 0 && counts->sent > 0) {
		char share[FORMAT_AMOUNT_SIZE], from[FORMAT_AMOUNT_SIZE], to[FORMAT_AMOUNT_SIZE];
		compare_interval(lost, counts->sent, &low, &high);
		format_share(lost * 1000 / counts->sent, share, sizeof(share));
		format_share(low, from, sizeof(from));
		format_share(high, to, sizeof(to));
		used += snprintf(line + used, sizeof(line) - (size_t)used,
				 ", %" PRIu64 " lost (%s; 95 %%: %s to %s):", lost, share, from, to);
		const char *comma = "";
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			if (parts[i].count == 0)
				continue;
			used += snprintf(line + used, sizeof(line) - (size_t)used, "%s %" PRIu64 " %s",
					 comma, parts[i].count, parts[i].what);
			comma = ",";
		}
	} else if (counts->sent > 0) {
		used += snprintf(line + used, sizeof(line) - (size_t)used, ", none lost");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].count > 0)
			used += snprintf(line + used, sizeof(line) - (size_t)used,
					 "; %" PRIu64 " %s", others[i].count, others[i].what);
	labelled(sink, dir == TO_SERVER ? "to server" : "to client", line);
	int64_t least = hop_delay(counts, 0), middle = hop_delay(counts, 500);
	if (!hop->time_known || counts->delay_count == 0 || least < 0)
		return;
	char a[FORMAT_TIME_SIZE], b[FORMAT_TIME_SIZE], c[FORMAT_TIME_SIZE];
	format_duration(least, a, sizeof(a));
	format_duration(middle, b, sizeof(b));
	format_duration(hop_delay(counts, 990), c, sizeof(c));
	snprintf(line, sizeof(line), "delay %s at least, %s median, %s for 99 %% (the clocks' bound "
				     "applies)", a, b, c);
	labelled(sink, "", line);
}

static void
write_repeats(struct sink *sink, const struct hop *hop)
{
	char line[LINE_SIZE];
	const struct hop_counts *s = &hop->counts[TO_SERVER], *c = &hop->counts[TO_CLIENT];
	uint64_t again = s->again + c->again;
	if (again == 0)
		return;
	snprintf(line, sizeof(line),
		 "%" PRIu64 ": %" PRIu64 " because the first copy was lost here, %" PRIu64
		 " because its answer was, %" PRIu64 " although it had arrived",
		 again, s->again_needed + c->again_needed,
		 s->again_answer_lost + c->again_answer_lost,
		 s->again_needless + c->again_needless);
	labelled(sink, "sent again", line);
}

static void
write_rewrites(struct sink *sink, const struct hop *hop)
{
	for (int dir = 0; dir < 2; dir++) {
		for (int field = 0; field < REWRITES; field++) {
			const struct hop_rewrite *rewrite = &hop->rewrite[dir][field];
			char words[COMPARE_TEXT_SIZE], line[LINE_SIZE];
			char flows[FORMAT_COUNT_SIZE];
			if (rewrite->flows == 0)
				continue;
			format_count(rewrite->flows, "flow", flows, sizeof(flows));
			compare_rewrite_words((enum rewrite)field, rewrite->value, words,
					      sizeof(words));
			snprintf(line, sizeof(line),
				 "%s (to the %s, in %s; frames %" PRIu32 " | %" PRIu32 ")", words,
				 dir == TO_SERVER ? "server" : "client", flows,
				 rewrite->frame[NEAR_CLIENT], rewrite->frame[NEAR_SERVER]);
			labelled(sink, "changed", line);
		}
	}
}

static void
write_single(struct sink *sink, const struct hop *hop)
{
	char line[LINE_SIZE];
	for (int end = 0; end < 2; end++) {
		if (hop->single[end] == 0)
			continue;
		char flows[FORMAT_COUNT_SIZE];
		format_count(hop->single[end], "flow", flows, sizeof(flows));
		snprintf(line, sizeof(line),
			 "%s %s in %s alone%s", flows, hop->single[end] == 1 ? "is" : "are",
			 hop->point[end]->name,
			 hop->unwatched[end] == hop->single[end]
				 ? ": the other capture did not run then, or lost packets"
			 : hop->unwatched[end] > 0
				 ? ", some of them when the other capture did not run or lost packets"
				 : "");
		labelled(sink, "one-sided", line);
	}
}

static void
write_hop(struct text_state *state, const struct hop *hop)
{
	char line[LINE_SIZE];
	struct sink *sink = state->sink;
	sink_printf(sink, "%s -> %s\n", hop->point[NEAR_CLIENT]->name,
		    hop->point[NEAR_SERVER]->name);
	compare_clock_words(hop, line, sizeof(line));
	labelled(sink, "clock", line);
	if (hop->clock.sense == CLOCK_SENSE_SAME)
		labelled(sink, "points", "no delay and the same TTL: both captures seem to be of one "
					 "place");
	if (hop->clock.mixed) {
		snprintf(line, sizeof(line),
			 "connections are opened from both sides; to server means towards %s",
			 hop->point[NEAR_SERVER]->name);
		labelled(sink, "points", line);
	}
	write_direction(sink, hop, TO_SERVER);
	write_direction(sink, hop, TO_CLIENT);
	write_repeats(sink, hop);
	write_rewrites(sink, hop);
	write_single(sink, hop);
	sink_puts(sink, "\n");
}

/* --- what is wrong */

static void
write_story(struct text_state *state, const struct hop *hop, unsigned story)
{
	const struct hop_examples *examples = &state->examples[hop - state->comparison->hops];
	const struct story_advice *advice = &story_advice[story];
	struct sink *sink = state->sink;
	char line[LINE_SIZE], flows[FORMAT_COUNT_SIZE];
	format_count(hop->by_story[story], "flow", flows, sizeof(flows));
	enum paint paint = advice->mark == 'X' ? PAINT_BAD : PAINT_UNSURE;
	sink_printf(sink, "%s%c%s %s: %s%s%s\n", paint_on(state->settings.color, paint),
		    advice->mark, paint_off(state->settings.color, paint), flows,
		    paint_on(state->settings.color, PAINT_HEADING),
		    compare_story_infos[story].slug,
		    paint_off(state->settings.color, PAINT_HEADING));
	wrap_text(sink, "  ", "  ", compare_story_infos[story].sentence);
	snprintf(line, sizeof(line), "%s and %s", hop->point[NEAR_CLIENT]->name,
		 hop->point[NEAR_SERVER]->name);
	labelled(sink, "points", line);
	for (size_t i = 0; i < examples->count[story]; i++) {
		const struct example *example = &examples->example[story][i];
		snprintf(line, sizeof(line), "%s -> %s: %s (frames %" PRIu32 " | %" PRIu32 ")",
			 example->client, example->server, verdict_infos[example->code].slug,
			 example->frame[NEAR_CLIENT], example->frame[NEAR_SERVER]);
		labelled(sink, i == 0 ? "such as" : "", line);
	}
	if (advice->next != NULL)
		labelled(sink, "next", advice->next);
	if (advice->command != NULL)
		sink_printf(sink, "             %s\n", advice->command);
	sink_puts(sink, "\n");
}

static bool
is_wrong(const struct hop_examples *examples, const struct hop *hop, unsigned story)
{
	char mark = story_advice[story].mark;
	if (hop->by_story[story] == 0)
		return false;
	return mark == 'X' || mark == '!' || examples->failed[story] > 0;
}

static void
write_wrong(struct text_state *state)
{
	static const char marks[] = "X!i";
	const struct comparison *comparison = state->comparison;
	bool any = false;
	for (const char *mark = marks; *mark != '\0'; mark++) {
		for (size_t i = 0; i + 1 < comparison->point_count; i++) {
			const struct hop *hop = &comparison->hops[i];
			for (unsigned story = 0; story < STORIES; story++) {
				if (story_advice[story].mark != *mark ||
				    !is_wrong(&state->examples[i], hop, story))
					continue;
				if (!any)
					text_heading(state->sink, &state->settings, "WHAT IS WRONG");
				any = true;
				write_story(state, hop, story);
			}
		}
	}
	bool pairs = true;
	for (size_t i = 0; i + 1 < comparison->point_count; i++) {
		const struct hop *hop = &comparison->hops[i];
		if (hop->paired > 0)
			continue;
		pairs = false;
		sink_printf(state->sink,
			    "%s and %s: nothing pairs, no flow of one capture is like one of the "
			    "other.\n\n",
			    hop->point[NEAR_CLIENT]->name, hop->point[NEAR_SERVER]->name);
	}
	uint64_t unjudged = 0;
	for (size_t i = 0; i + 1 < comparison->point_count; i++)
		for (int dir = 0; dir < 2; dir++)
			unjudged += comparison->hops[i].counts[dir].unjudged;
	if (!any && pairs)
		sink_puts(state->sink,
			  unjudged == 0
				  ? "Nothing failed, and nothing was lost between the points.\n\n"
				  : "Nothing failed, and nothing that can be judged was lost between the "
				    "points.\n\n");
}

static void
write_lossy(struct text_state *state, const struct point *point)
{
	char bytes[64], text[SANITIZED_SIZE + 256];
	format_bytes(point->unseen_bytes, bytes, sizeof(bytes));
	snprintf(text, sizeof(text),
		 "%s dropped frames without saying so: it lacks %s that were acknowledged. What it "
		 "lacks accuses nobody, unless it was sent again for want of an answer.",
		 point->name, bytes);
	wrap_text(state->sink, "", "", text);
}

static void
write_notes(struct text_state *state)
{
	const struct comparison *comparison = state->comparison;
	if (comparison->swapped)
		wrap_text(state->sink, "", "",
			  "The captures were given with the server's first; they are shown in the "
			  "order of the path, from the client to the server.");
	for (size_t i = 0; i < comparison->point_count; i++) {
		const struct point *point = &comparison->points[i];
		if (point->drops > 0)
			sink_printf(state->sink,
				    "%s lost %" PRIu64 " packets while it was made: what it lacks "
				    "accuses nobody.\n",
				    point->name, point->drops);
		if (point->lossy)
			write_lossy(state, point);
		if (point->left_out > 0)
			sink_printf(state->sink,
				    "%s: %" PRIu64 " segments were too many to be compared (--limit "
				    "compare-segments).\n",
				    point->name, point->left_out);
	}
}

static void
text_end(void *user)
{
	struct text_state *state = user;
	const struct comparison *comparison = state->comparison;
	if (comparison->hops[0].point[0] == NULL) { /* interrupted before the clocks were known */
		text_free(state);
		return;
	}
	for (size_t i = 0; i + 1 < comparison->point_count; i++)
		write_answer(state, &comparison->hops[i]);
	if (!state->settings.quiet) {
		write_notes(state);
		sink_puts(state->sink, "\n");
		write_wrong(state);
		text_heading(state->sink, &state->settings, "THE PATH");
		for (size_t i = 0; i + 1 < comparison->point_count; i++)
			write_hop(state, &comparison->hops[i]);
		if (state->shown > 0 && state->shown < state->worth_showing)
			text_heading(state->sink, &state->settings,
				     "FLOWS (%" PRIu64 " of %" PRIu64 ", --all lists every one)",
				     state->shown, state->worth_showing);
		else if (state->shown > 0)
			text_heading(state->sink, &state->settings, "FLOWS");
		if (state->shown > 0)
			sink_copy(state->sink, state->cases);
	}
	text_free(state);
}

const struct compare_output compare_text = {
	.begin = text_begin,
	.take = text_take,
	.end = text_end,
};

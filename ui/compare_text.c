/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison for people: what the hop did, then the flows that it harmed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/compare_report.h"
#include "ui/format.h"
#include "ui/wrap.h"

enum { TEXT_CASES = 20, TEXT_LINES = 24, TEXT_SIZE = 1024 };

struct text_state {
	const struct comparison *comparison;
	struct report_settings settings;
	struct sink *sink;
	struct sink *spool; /* cases: they come before what stands above them is known */
	uint64_t shown, failed;
};

static void *
text_begin(const struct comparison *comparison, const struct report_settings *settings,
	   struct sink *sink)
{
	struct text_state *state = calloc(1, sizeof(*state));
	struct sink *spool = malloc(sizeof(*spool));
	if (state == NULL || spool == NULL || sink_open_spool(spool) != 0) {
		free(state);
		free(spool);
		return NULL;
	}
	state->comparison = comparison;
	state->settings = *settings;
	state->sink = sink;
	state->spool = spool;
	return state;
}

/* One line per segment that did not simply arrive. */
static void
write_segments(struct sink *sink, const struct comparison *comparison,
	       const struct compare_case *told)
{
	unsigned lines = 0;
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = told->pairing.flow[point];
		for (uint32_t i = 0; i < flow->count && lines < TEXT_LINES; i++) {
			const struct compare_told *one = &told->result.told[point][i];
			char label[32], time[FORMAT_TIME_SIZE];
			if (one->fate == FATE_ARRIVED || one->fate == FATE_UNJUDGED ||
			    one->fate == FATE_PROXIED)
				continue;
			compare_label(&flow->segments[i], label, sizeof(label));
			format_timestamp(flow->segments[i].ts_ns / NS_PER_US, time, sizeof(time));
			sink_printf(sink, "    %s  %s frame %" PRIu32 "  %s %s  %s%s\n", time,
				    comparison->points[told->hop + (size_t)point].name,
				    flow->segments[i].frame,
				    flow->segments[i].direction == TO_SERVER ? "->" : "<-", label,
				    fate_infos[one->fate].slug,
				    one->injector == INJECTOR_IN_PATH	? ", in the path"
				    : one->injector == INJECTOR_ON_PATH ? ", beside the path"
									: "");
			lines++;
		}
	}
}

static void
text_take(void *user, const struct compare_case *told)
{
	struct text_state *state = user;
	const struct held *end = told->end[0] != NULL ? told->end[0] : told->end[1];
	bool quiet_end = !compare_failed(told) && told->end[0] != NULL && told->end[1] != NULL &&
			 (told->verdict.story == STORY_UNHARMED);
	if (state->settings.quiet || (quiet_end && !state->settings.all))
		return;
	state->failed++;
	if (state->shown >= TEXT_CASES && !state->settings.all)
		return;
	state->shown++;
	char client[FORMAT_ENDPOINT_SIZE], server[FORMAT_ENDPOINT_SIZE];
	format_endpoint(end->flow.client, end->flow.ip_version, end->flow.client_port, client,
			sizeof(client));
	format_endpoint(end->flow.server, end->flow.ip_version, end->flow.server_port, server,
			sizeof(server));
	sink_printf(state->spool, "%s -> %s  %s, %s (%u %%)\n", client, server,
		    verdict_infos[told->verdict.code].slug,
		    compare_story_infos[told->verdict.story].slug, told->verdict.confidence);
	wrap_text(state->spool, "    ", "    ", compare_story_infos[told->verdict.story].sentence);
	for (int point = 0; point < 2; point++)
		if (told->verdicts[point] != NULL)
			sink_printf(state->spool, "    %s alone: %s\n",
				    state->comparison->points[told->hop + (size_t)point].name,
				    verdict_infos[told->verdicts[point]->code].slug);
	write_segments(state->spool, state->comparison, told);
}

static void
write_clock(struct sink *sink, const struct hop *hop)
{
	char text[TEXT_SIZE];
	const struct clock_piece *piece = &hop->clock.piece[0];
	switch ((enum clock_doubt)hop->clock.doubt) {
	case CLOCK_NO_PAIRS:
		sink_puts(sink, "  clock      nothing is in both captures: the offset is not known\n");
		return;
	case CLOCK_ONE_WAY:
		snprintf(text, sizeof(text),
			 "what is in both travels one way only: about %.6f s, without a bound; "
			 "only order was used",
			 (double)piece->offset_ns / 1e9);
		wrap_text(sink, "  clock      ", "             ", text);
		return;
	case CLOCK_VIOLATED:
		sink_puts(sink, "  clock      cannot be trusted: segments arrive before they are sent; "
				"only order was used\n");
		return;
	case CLOCK_TRUSTED:
		break;
	}
	for (size_t i = 0; i < hop->clock.count; i++) {
		piece = &hop->clock.piece[i];
		snprintf(text, sizeof(text),
			 "%s is %+.6f s off (within %.6f s), skew %+.1f ppm, round trip %.6f s at "
			 "least; by %zu segments to the server and %zu to the client",
			 hop->point[NEAR_SERVER]->name, (double)piece->offset_ns / 1e9,
			 (double)piece->bound_ns / 1e9, piece->skew * 1e6,
			 (double)piece->rtt_ns / 1e9, piece->pairs[0], piece->pairs[1]);
		wrap_text(sink, i == 0 ? "  clock      " : "  then       ", "             ", text);
	}
}

static void
write_direction(struct sink *sink, const struct hop *hop, int dir)
{
	const struct hop_counts *counts = &hop->counts[dir];
	char text[TEXT_SIZE];
	uint64_t lost = counts->lost + counts->partly_lost, low = 0, high = 0;
	if (counts->sent > 0)
		compare_interval(lost, counts->sent, &low, &high);
	int used = snprintf(text, sizeof(text), "%" PRIu64 " segments, %" PRIu64 " lost",
			    counts->sent, lost);
	if (lost > 0)
		used += snprintf(text + used, sizeof(text) - (size_t)used,
				 " (%.1f to %.1f %%): %" PRIu64 " data, %" PRIu64 " SYN, %" PRIu64
				 " ACK, %" PRIu64 " FIN, %" PRIu64 " RST",
				 (double)low / 10, (double)high / 10,
				 counts->lost_data + counts->partly_lost, counts->lost_syn,
				 counts->lost_ack, counts->lost_fin, counts->lost_rst);
	snprintf(text + used, sizeof(text) - (size_t)used,
		 "; %" PRIu64 " injected, %" PRIu64 " not judged, %" PRIu64
		 " missed by a capture",
		 counts->injected, counts->unjudged, counts->missed[0] + counts->missed[1]);
	wrap_text(sink, dir == TO_SERVER ? "  to server  " : "  to client  ", "             ", text);
}

static void
write_rewrites(struct sink *sink, const struct hop *hop)
{
	for (int dir = 0; dir < 2; dir++) {
		for (int field = 0; field < REWRITES; field++) {
			const struct hop_rewrite *rewrite = &hop->rewrite[dir][field];
			if (rewrite->flows == 0)
				continue;
			sink_printf(sink, "  changed    %s %s in %" PRIu64 " flows", rewrite_infos[field].slug,
				    dir == TO_SERVER ? "to the server" : "to the client", rewrite->flows);
			if (field > REWRITE_SERVER && field != REWRITE_PAYLOAD)
				sink_printf(sink, ": %" PRId64 " (frame %" PRIu32 ") to %" PRId64
					    " (frame %" PRIu32 ")",
					    rewrite->value[0], rewrite->frame[0], rewrite->value[1],
					    rewrite->frame[1]);
			sink_puts(sink, "\n");
		}
	}
}

static void
write_hop(struct sink *sink, const struct hop *hop, bool quiet)
{
	sink_printf(sink,
		    "%s -> %s: %" PRIu64 " flows paired, %" PRIu64 " only at the first, %" PRIu64
		    " only at the second, %" PRIu64 " ambiguous, %" PRIu64 " failed\n",
		    hop->point[0]->name, hop->point[1]->name, hop->paired, hop->single[0],
		    hop->single[1], hop->ambiguous, hop->failed);
	if (quiet)
		return;
	if (hop->paired == 0)
		sink_puts(sink, "  nothing pairs: no flow of one capture is like one of the other\n");
	write_clock(sink, hop);
	if (hop->clock.sense == CLOCK_SENSE_SAME)
		sink_puts(sink, "  points     no delay and the same TTL: both captures seem to be of one place\n");
	write_direction(sink, hop, TO_SERVER);
	write_direction(sink, hop, TO_CLIENT);
	if (hop->proxied > 0)
		sink_printf(sink, "  proxied    %" PRIu64 " flows are two connections each\n", hop->proxied);
	write_rewrites(sink, hop);
}

static void
text_end(void *user)
{
	struct text_state *state = user;
	const struct comparison *comparison = state->comparison;
	if (comparison->swapped)
		sink_puts(state->sink, "The captures were given with the server's first; "
				       "they are compared the other way round.\n");
	for (size_t i = 0; i + 1 < comparison->point_count; i++)
		if (comparison->hops[i].point[0] != NULL)
			write_hop(state->sink, &comparison->hops[i], state->settings.quiet);
	if (state->shown > 0)
		sink_printf(state->sink, "\nFLOWS (%" PRIu64 " of %" PRIu64 ")\n", state->shown,
			    state->failed);
	sink_copy(state->sink, state->spool);
	sink_abandon(state->spool);
	free(state->spool);
	free(state);
}

const struct compare_output compare_text = {
	.begin = text_begin,
	.take = text_take,
	.end = text_end,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a live run: what fails, as it fails, then the report. */
#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/limits.h"
#include "ui/format.h"
#include "ui/report.h"
#include "ui/sink.h"
#include "ui/text_finding.h"
#include "ui/text_flow.h"

enum {
	FLOWS_PER_SECOND = 10, /* more are only counted: a storm must not scroll its cause away */
	FINDINGS_TOLD = 256,   /* kinds and places of findings that are remembered as told */
};

struct live_text {
	struct sink *sink;
	struct report_settings settings;
	void *report;	   /* of text_report, for the end */
	int64_t second_ns; /* when the current second began */
	unsigned in_second;
	uint64_t withheld; /* flows not told in this second */
	size_t finding_count;
	struct told_finding {
		struct finding_subject subject;
		uint8_t code, severity;
	} findings[FINDINGS_TOLD];
};

static void *
live_text_begin(const struct report_settings *settings, struct sink *sink)
{
	struct live_text *state = calloc(1, sizeof(*state));
	if (state == NULL)
		return NULL;
	state->sink = sink;
	state->settings = *settings;
	state->report = text_report.begin(settings, sink);
	if (state->report != NULL)
		return state;
	free(state);
	return NULL;
}

static void
write_clock(struct live_text *state, int64_t ns)
{
	char text[FORMAT_TIME_SIZE];
	format_clock(ns / NS_PER_US, text, sizeof(text));
	sink_printf(state->sink, "%s ", text);
}

static void
write_withheld(struct live_text *state)
{
	char text[FORMAT_COUNT_SIZE];
	if (state->withheld == 0)
		return;
	format_count(state->withheld, "failing flow", text, sizeof(text));
	write_clock(state, state->second_ns);
	sink_printf(state->sink, "... and %s more, counted in the report\n", text);
	state->withheld = 0;
}

/* Whether one more flow may be told in this second. */
static bool
may_tell(struct live_text *state, int64_t now_ns)
{
	if (now_ns - state->second_ns >= NS_PER_S || now_ns < state->second_ns) {
		write_withheld(state);
		state->second_ns = now_ns;
		state->in_second = 0;
	}
	if (state->in_second < FLOWS_PER_SECOND) {
		state->in_second++;
		return true;
	}
	state->withheld++;
	return false;
}

/* A line about the flow as it stands, unless it was told like that before. */
static void
tell(struct live_text *state, const struct flow *flow, const struct verdict *verdict)
{
	bool was_told = flow->told != 0;
	bool same = flow->told == verdict->code + 1;
	if (state->settings.quiet || same || (!was_told && !verdict_is_failure(verdict)))
		return;
	int64_t now_ns = flow->last_ns + verdict->watched_us * NS_PER_US;
	if (!may_tell(state, now_ns))
		return;
	write_clock(state, now_ns);
	if (was_told)
		sink_puts(state->sink, "changed: ");
	text_flow_brief(state->sink, &state->settings, flow, verdict);
}

static void
live_text_provisional(void *user, const struct flow *flow, const struct verdict *verdict)
{
	tell(user, flow, verdict);
}

static void
live_text_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct live_text *state = user;
	tell(state, flow, verdict);
	text_report.flow(state->report, flow, verdict);
}

static bool
same_subject(const struct finding_subject *a, const struct finding_subject *b)
{
	return a->kind == b->kind && a->port == b->port && ip_addr_equal(a->addr, b->addr) &&
	       a->prefix_length == b->prefix_length && a->hops == b->hops &&
	       (a->kind != SUBJECT_PATH || ip_addr_equal(a->peer, b->peer));
}

/* Whether the finding is new, or worse than it was. */
static bool
is_news(struct live_text *state, const struct finding *finding)
{
	struct told_finding *told = state->findings;
	struct told_finding *end = told + state->finding_count;
	while (told < end &&
	       (told->code != finding->code || !same_subject(&told->subject, &finding->subject)))
		told++;
	if (told == state->findings + FINDINGS_TOLD)
		return false;
	bool news = told == end || finding->severity > told->severity;
	if (told == end)
		state->finding_count++;
	if (news)
		*told = (struct told_finding){ finding->subject, finding->code, finding->severity };
	return news;
}

static void
live_text_concluded(void *user, const struct report_totals *totals)
{
	struct live_text *state = user;
	size_t problems = report_problems(totals);
	int64_t first_ns, last_ns;
	if (state->settings.quiet || !report_span(totals, &first_ns, &last_ns))
		return;
	for (size_t i = 0; i < problems; i++) {
		const struct finding *finding = &totals->findings->findings[i];
		if (!is_news(state, finding))
			continue;
		write_clock(state, last_ns);
		sink_puts(state->sink, "finding:\n");
		text_finding_brief(state->sink, &state->settings, finding);
	}
}

static void
live_text_end(void *user, const struct report_totals *totals)
{
	struct live_text *state = user;
	write_withheld(state);
	if (!state->settings.quiet)
		sink_puts(state->sink, "\n");
	text_report.end(state->report, totals);
	free(state);
}

static void
live_text_give_up(void *user)
{
	struct live_text *state = user;
	text_report.give_up(state->report);
	free(state);
}

const struct report_ops live_text_report = {
	.name = "live-text",
	.begin = live_text_begin,
	.flow = live_text_flow,
	.end = live_text_end,
	.give_up = live_text_give_up,
	.provisional = live_text_provisional,
	.concluded = live_text_concluded,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* The text report: the answer first, then findings, the groups of failures that they leave, counts,
 * flows, the capture. What comes first is known last, so flows are kept (a few) or spooled (--all). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui/digest.h"
#include "ui/flow_copy.h"
#include "ui/report.h"
#include "ui/sink.h"
#include "ui/text_capture.h"
#include "ui/text_finding.h"
#include "ui/text_flow.h"
#include "ui/text_head.h"

enum {
	TEXT_FLOWS = 20,   /* failing flows that are shown without --all */
	TEXT_OTHERS = 5,   /* of each other class that the first line counts */
	TEXT_GROUPS = 100, /* groups of failures above which the counts come before them */
	TEXT_EXAMPLES = 3, /* flows of a group that a finding explains */
};

struct kept_flow {
	uint64_t ordinal; /* within its group, from 0 */
	const struct digest_group *group;
	struct flow_copy copy;
};

/* Flows that the first line counts apart from failures: the first few of a class. */
struct shelf {
	size_t count;
	struct kept_flow kept[TEXT_OTHERS];
};

struct text_state {
	struct sink *sink;
	struct report_settings settings;
	struct digest *digest;
	size_t kept_count;
	struct kept_flow kept[TEXT_FLOWS];
	struct shelf odd, unjudged;
	struct sink *failed, *others; /* spools with --all, else NULL */
};

static struct sink *
open_spool(void)
{
	struct sink *spool = malloc(sizeof(*spool));
	int error = spool == NULL ? ENOMEM : sink_open_spool(spool);
	if (error == 0)
		return spool;
	free(spool);
	errno = error;
	return NULL;
}

static void
close_spool(struct sink *spool)
{
	if (spool != NULL)
		sink_abandon(spool);
	free(spool);
}

static void
text_free(void *user)
{
	struct text_state *state = user;
	digest_free(state->digest);
	close_spool(state->failed);
	close_spool(state->others);
	free(state);
}

static void *
text_begin(const struct report_settings *settings, struct sink *sink)
{
	struct text_state *state = calloc(1, sizeof(*state));
	if (state == NULL)
		return NULL;
	state->sink = sink;
	state->settings = *settings;
	state->digest = digest_new();
	bool spooled = settings->all && !settings->quiet; /* there may be more than memory holds */
	if (spooled) {
		state->failed = open_spool();
		state->others = open_spool();
	}
	if (state->digest != NULL && (!spooled || (state->failed != NULL && state->others != NULL)))
		return state;
	int error = errno;
	text_free(state);
	errno = error;
	return NULL;
}

/* Which of two failing flows tells the reader more: the first of its group, then the worse class,
 * then the earlier one. Negative: a does. */
static int
compare_kept(const struct kept_flow *a, const struct kept_flow *b)
{
	unsigned severity_a = class_severity(verdict_infos[a->copy.verdict.code].verdict_class);
	unsigned severity_b = class_severity(verdict_infos[b->copy.verdict.code].verdict_class);
	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal ? -1 : 1;
	if (severity_a != severity_b)
		return severity_a > severity_b ? -1 : 1;
	return a->copy.flow.number < b->copy.flow.number ? -1 : 1;
}

/* Keeps the flow if it is among the most telling ones, which are held in that order. */
static void
keep_flow(struct text_state *state, const struct flow *flow, const struct verdict *verdict,
	  const struct digest_group *group)
{
	const uint64_t ordinal = group != NULL ? group->count - 1 : 0;
	/* the hundredth of its kind: not worth a copy to find that out */
	if (state->kept_count == TEXT_FLOWS && ordinal > state->kept[TEXT_FLOWS - 1].ordinal)
		return;
	struct kept_flow candidate = { .ordinal = ordinal, .group = group };
	flow_copy_fill(&candidate.copy, flow, verdict);
	size_t at = state->kept_count;
	while (at > 0 && compare_kept(&candidate, &state->kept[at - 1]) < 0)
		at--;
	if (at == TEXT_FLOWS)
		return;
	if (state->kept_count < TEXT_FLOWS)
		state->kept_count++;
	memmove(&state->kept[at + 1], &state->kept[at],
		(state->kept_count - 1 - at) * sizeof(candidate));
	state->kept[at] = candidate;
}

static void
shelve_flow(struct text_state *state, const struct flow *flow, const struct verdict *verdict)
{
	enum verdict_class verdict_class = verdict_infos[verdict->code].verdict_class;
	struct shelf *shelf = verdict_class == CLASS_INFO	  ? &state->odd
			      : verdict_class == CLASS_INCOMPLETE ? &state->unjudged
								  : NULL;
	if (shelf == NULL || shelf->count == TEXT_OTHERS)
		return;
	struct kept_flow *kept = &shelf->kept[shelf->count++];
	flow_copy_fill(&kept->copy, flow, verdict);
	flow_copy_connect(&kept->copy);
}

static void
text_take_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct text_state *state = user;
	bool failed = verdict_is_failure(verdict);
	if (state->settings.quiet)
		return;
	if (!failed) {
		if (state->others != NULL)
			text_flow_brief(state->others, &state->settings, flow, verdict);
		else
			shelve_flow(state, flow, verdict);
		return;
	}
	const struct digest_group *group = digest_add(state->digest, flow, verdict);
	if (state->failed != NULL)
		text_flow(state->failed, &state->settings, flow, verdict, group);
	else
		keep_flow(state, flow, verdict, group);
}

/* Whether a flow that was kept is worth its place: of what a finding has told, a few examples are. */
static bool
is_worth_showing(const struct kept_flow *kept)
{
	const struct digest_group *group = kept->group;
	return group == NULL || group->explained < group->count || kept->ordinal < TEXT_EXAMPLES;
}

/* Failed flows in the order of their groups: the reader has just read that list. */
static void
write_kept(struct text_state *state, const char *heading, uint64_t failures)
{
	const struct digest_group *order[DIGEST_GROUPS];
	size_t shown = 0;
	for (size_t i = 0; i < state->kept_count; i++)
		shown += is_worth_showing(&state->kept[i]);
	if (failures > shown)
		text_heading(state->sink, &state->settings,
			     "%s (%zu of %" PRIu64 ", --all lists every one)", heading, shown,
			     failures);
	else
		text_heading(state->sink, &state->settings, "%s", heading);
	digest_order(state->digest, order);
	for (size_t i = 0; i <= state->digest->count; i++) {
		const struct digest_group *group = i < state->digest->count ? order[i] : NULL;
		for (size_t j = 0; j < state->kept_count; j++) {
			struct kept_flow *kept = &state->kept[j];
			if (kept->group != group || !is_worth_showing(kept))
				continue;
			flow_copy_connect(&kept->copy);
			text_flow(state->sink, &state->settings, &kept->copy.flow,
				  &kept->copy.verdict, group);
		}
	}
}

/* What the first line counts is shown, or it is said how to see it. */
static void
write_shelf(struct text_state *state, const struct shelf *shelf, const char *heading,
	    uint64_t flows)
{
	if (shelf->count == 0)
		return;
	if (flows > shelf->count)
		text_heading(state->sink, &state->settings,
			     "%s (%zu of %" PRIu64 ", --all lists every one)", heading,
			     shelf->count, flows);
	else
		text_heading(state->sink, &state->settings, "%s", heading);
	for (size_t i = 0; i < shelf->count; i++)
		text_flow_brief(state->sink, &state->settings, &shelf->kept[i].copy.flow,
				&shelf->kept[i].copy.verdict);
	sink_puts(state->sink, "\n");
}

static void
write_spools(struct text_state *state, const struct report_totals *totals)
{
	uint64_t failures = report_failures(totals);
	if (failures > 0) {
		text_heading(state->sink, &state->settings, "FAILED FLOWS");
		sink_copy(state->sink, state->failed);
	}
	if (totals->stats->flows > failures) {
		text_heading(state->sink, &state->settings, "OTHER FLOWS");
		sink_copy(state->sink, state->others);
		sink_puts(state->sink, "\n");
	}
}

/* Whether any input was a capture at all. If none was, the complaints on standard error are all
 * there is to say. */
static bool
anything_was_read(const struct report_totals *totals)
{
	for (size_t i = 0; i < capture_source_count(totals->capture); i++) {
		const struct capture_source *source = capture_source(totals->capture, i);
		if (source->frames > 0 || !source_is_damaged(source))
			return true;
	}
	return false;
}

/* The failures, findings first. Returns whether the only one was told in full. */
static bool
write_failures(struct text_state *state, const struct report_totals *totals, bool crowded)
{
	const char *heading = report_problems(totals) > 0 ? "ALSO FAILED" : "WHAT IS WRONG";
	/* A single failure needs no overview: it is told once, in full, at the top. */
	uint64_t failures = report_failures(totals);
	bool single = state->failed == NULL && failures == 1 &&
		      (state->digest->count == 0 || text_unexplained(state->digest) == 1);
	text_problems(state->sink, &state->settings, totals);
	if (crowded) /* no list of groups can be the answer */
		text_counts(state->sink, &state->settings, totals);
	if (single)
		write_kept(state, heading, failures);
	else
		text_groups(state->sink, &state->settings, heading, state->digest,
			    totals->findings);
	return single;
}

static void
write_body(struct text_state *state, const struct report_totals *totals)
{
	uint64_t failures = report_failures(totals);
	sink_puts(state->sink, "\n");
	if (totals->findings != NULL)
		digest_explain(state->digest, totals->findings);
	bool crowded = text_unexplained(state->digest) > TEXT_GROUPS;
	bool single = write_failures(state, totals, crowded);
	text_all_clear(state->sink, totals);
	text_remarks(state->sink, &state->settings, totals);
	text_rst_sources(state->sink, totals);
	if (!crowded)
		text_counts(state->sink, &state->settings, totals);
	if (state->failed != NULL)
		write_spools(state, totals);
	else if (!single && failures > 0)
		write_kept(state, "FAILED FLOWS", failures);
	write_shelf(state, &state->odd, "WORTH A LOOK", totals->by_class[CLASS_INFO]);
	write_shelf(state, &state->unjudged, "CANNOT BE JUDGED",
		    totals->by_class[CLASS_INCOMPLETE]);
	text_capture_section(state->sink, &state->settings, totals);
}

static void
text_end(void *user, const struct report_totals *totals)
{
	struct text_state *state = user;
	if (anything_was_read(totals)) {
		text_answer(state->sink, &state->settings, totals);
		if (!state->settings.quiet)
			write_body(state, totals);
	}
	if (state->digest->lacked && state->sink->error == 0)
		state->sink->error = ENOMEM;
	text_free(state);
}

const struct report_ops text_report = {
	.name = "text",
	.begin = text_begin,
	.flow = text_take_flow,
	.end = text_end,
	.give_up = text_free,
};

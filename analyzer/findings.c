/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of the rules, and what they have in common. */
#include "analyzer/findings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/findings_parts.h"

struct findings {
	struct tally tally;
};

struct findings *
findings_new(const struct limits *limits)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	if (findings != NULL && tally_init(&findings->tally, limits))
		return findings;
	findings_free(findings);
	return NULL;
}

void
findings_free(struct findings *findings)
{
	if (findings != NULL)
		tally_release(&findings->tally);
	free(findings);
}

void
findings_take(struct findings *findings, const struct flow *flow, const struct verdict *verdict)
{
	tally_take(&findings->tally, flow, verdict);
}

void
findings_merge(struct findings *findings, const struct findings *from)
{
	tally_merge(&findings->tally, &from->tally);
}

size_t
findings_memory(const struct findings *findings)
{
	const struct tally *tally = &findings->tally;
	return sizeof(*findings) + table_memory(&tally->listeners) + table_memory(&tally->groups) +
	       table_memory(&tally->backlogs) + table_memory(&tally->pairs) +
	       table_memory(&tally->sources) + table_memory(&tally->scans) +
	       table_memory(&tally->paths) + table_memory(&tally->bare_hosts) +
	       table_memory(&tally->rsts);
}

bool
finding_number(const struct finding *finding, enum finding_number_id id, int64_t *ret_value)
{
	for (unsigned i = 0; i < finding->number_count; i++) {
		if (finding->numbers[i].id != id)
			continue;
		*ret_value = finding->numbers[i].value;
		return true;
	}
	return false;
}

/* Most severe first, then most flows, then the earliest; the rest makes it one order. */
static int
compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->flows != b->flows)
		return a->flows > b->flows ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	int order = sketch_compare(a->subject.addr, b->subject.addr);
	if (order == 0)
		order = (int)a->subject.port - (int)b->subject.port;
	if (order == 0)
		order = sketch_compare(a->subject.peer, b->subject.peer);
	return order != 0 ? order : (int)a->verdict - (int)b->verdict;
}

static int
compare_failures(const void *left, const void *right)
{
	const struct failure_group *a = left, *b = right;
	uint64_t rest_a = a->flows - a->explained, rest_b = b->flows - b->explained;
	if (rest_a != rest_b)
		return rest_a > rest_b ? -1 : 1;
	int order = sketch_compare(a->server, b->server);
	if (order == 0)
		order = (int)a->server_port - (int)b->server_port;
	return order != 0 ? order : (int)a->verdict - (int)b->verdict;
}

/* What no finding is about; groups that differ in their sub only are one. */
static void
list_failures(struct conclusion *conclusion)
{
	struct findings_report *report = conclusion->report;
	report->groups = calloc(conclusion->group_count + 1, sizeof(*report->groups));
	if (report->groups == NULL) {
		conclusion->failed = true;
		return;
	}
	size_t count = 0;
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		struct failure_group *last = count > 0 ? &report->groups[count - 1] : NULL;
		bool same = last != NULL && last->verdict == group->key.code &&
			    last->server_port == group->key.port &&
			    ip_addr_equal(last->server, group->key.a);
		if (!same) {
			last = &report->groups[count++];
			*last = (struct failure_group){
				.server = group->key.a,
				.server_port = group->key.port,
				.ip_version = group->key.ip_version,
				.verdict = group->key.code,
			};
		}
		last->flows += group->flows;
		last->explained += conclusion->explained[i];
	}
	qsort(report->groups, count, sizeof(*report->groups), compare_failures);
	report->group_count = count;
}

/* What lies outside of the window proves something else, unless that is all there is. The last frame
 * of an attempt may come a minute after its beginning. */
static void
keep_evidence_of_window(struct finding *finding)
{
	unsigned kept = 0;
	struct finding_evidence inside[FINDING_EVIDENCE_MAX];
	for (unsigned i = 0; i < finding->evidence_count; i++) {
		const struct finding_evidence *evidence = &finding->evidence[i];
		if (evidence->at_ns >= finding->first_ns - NS_PER_S &&
		    evidence->at_ns - 70 * NS_PER_S <= finding->last_ns)
			inside[kept++] = *evidence;
	}
	if (kept == 0)
		return;
	memcpy(finding->evidence, inside, kept * sizeof(inside[0]));
	finding->evidence_count = (uint8_t)kept;
}

/* Estimates may err: there are no more addresses than flows. */
static void
settle(const struct conclusion *conclusion, struct finding *finding)
{
	int64_t sources;
	/* where nothing but SYNs and SYN-ACKs was captured, a filter may have taken the rest */
	bool half_open = finding->verdict == VERDICT_SYNACK_UNACKED ||
			 finding->code == FINDING_SYN_BACKLOG_OVERFLOW;
	if (half_open && conclusion->tally->beyond == 0) {
		finding->suspect = SUSPECT_CAPTURE;
		finding->confidence = finding->confidence < 50 ? finding->confidence : 50;
		if (finding->severity > SEVERITY_WARNING)
			finding->severity = SEVERITY_WARNING;
	}
	if (finding_number(finding, NUMBER_SOURCES, &sources) &&
	    (uint64_t)sources > finding->flows)
		finding_set(finding, NUMBER_SOURCES, (int64_t)finding->flows);
	if (finding->first_ns > finding->last_ns)
		finding->first_ns = finding->last_ns = finding->example.first_ns;
	keep_evidence_of_window(finding);
}

static int
compare_by_listener(const void *left, const void *right)
{
	const struct pair *a = *(const struct pair *const *)left;
	const struct pair *b = *(const struct pair *const *)right;
	int order = sketch_compare(a->key.b, b->key.b);
	if (order == 0)
		order = (int)a->key.port - (int)b->key.port;
	return order != 0 ? order : sketch_compare(a->key.a, b->key.a);
}

static bool
prepare(struct conclusion *conclusion, const struct tally *tally)
{
	conclusion->listeners = (const struct listener **)table_sorted(&tally->listeners);
	conclusion->groups = (const struct group **)table_sorted(&tally->groups);
	conclusion->pairs = (const struct pair **)table_sorted(&tally->pairs);
	conclusion->listener_count = tally->listeners.used;
	conclusion->group_count = tally->groups.used;
	conclusion->pair_count = tally->pairs.used;
	conclusion->explained = calloc(tally->groups.used + 1, sizeof(*conclusion->explained));
	conclusion->flooded = calloc(tally->listeners.used + 1, sizeof(*conclusion->flooded));
	conclusion->by_listener = malloc((tally->pairs.used + 1) * sizeof(void *));
	if (conclusion->pairs != NULL && conclusion->by_listener != NULL) {
		memcpy(conclusion->by_listener, conclusion->pairs,
		       tally->pairs.used * sizeof(void *));
		qsort(conclusion->by_listener, tally->pairs.used, sizeof(void *),
		      compare_by_listener);
	}
	return conclusion->listeners != NULL && conclusion->groups != NULL &&
	       conclusion->pairs != NULL && conclusion->by_listener != NULL && conclusion->explained != NULL &&
	       conclusion->flooded != NULL && conclusion->report != NULL;
}

struct findings_report *
findings_conclude(const struct findings *findings, const struct capture_facts *facts)
{
	const struct tally *tally = &findings->tally;
	/* from what explains most and is surest to what is left over */
	static void (*const rules[])(struct conclusion *) = {
		conclude_capture,   conclude_scans,	  conclude_floods,   conclude_queues,
		conclude_outages,   conclude_one_sided, conclude_filters,  conclude_silences,
		conclude_mtu,	    conclude_injection, conclude_rst_storms, conclude_clients,
		conclude_storms,    conclude_late,	  conclude_clusters, conclude_rollup,
		conclude_rst_sources,
	};
	struct conclusion conclusion = {
		.tally = tally,
		.facts = facts,
		.first_ns = facts->stats->segments > 0 ? facts->stats->first_ns : tally->first_ns,
		.last_ns = facts->stats->segments > 0 ? facts->stats->last_ns : tally->last_ns,
		.report = calloc(1, sizeof(*conclusion.report)),
	};
	bool ready = prepare(&conclusion, tally);
	for (size_t i = 0; ready && i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](&conclusion);
	if (ready)
		list_failures(&conclusion);
	for (size_t i = 0; ready && i < conclusion.report->count; i++)
		settle(&conclusion, &conclusion.report->findings[i]);
	if (ready && conclusion.report->count > 0)
		qsort(conclusion.report->findings, conclusion.report->count,
		      sizeof(*conclusion.report->findings), compare_findings);
	if (ready)
		conclusion.report->overflowed = tally->listeners.lost + tally->groups.lost;
	free(conclusion.listeners);
	free(conclusion.groups);
	free(conclusion.pairs);
	free(conclusion.by_listener);
	free(conclusion.explained);
	free(conclusion.flooded);
	if (ready && !conclusion.failed)
		return conclusion.report;
	findings_report_free(conclusion.report);
	return NULL;
}

void
findings_report_free(struct findings_report *report)
{
	if (report != NULL) {
		free(report->findings);
		free(report->groups);
	}
	free(report);
}

#define SLUG(id, slug) [SEVERITY_##id] = (slug),
const char *const severity_slugs[SEVERITIES] = { FINDING_SEVERITIES(SLUG) };
#undef SLUG

#define SLUG(id, slug) [SUBJECT_##id] = (slug),
const char *const subject_slugs[SUBJECT_KINDS] = { FINDING_SUBJECTS(SLUG) };
#undef SLUG

#define SLUG(id, slug) [CONTRAST_##id] = (slug),
const char *const contrast_slugs[CONTRAST_CODES] = { CONTRAST_DIMENSIONS(SLUG) };
#undef SLUG

#define INFO(id, slug, meaning) [FINDING_##id] = { slug, meaning },
const struct finding_info finding_infos[FINDING_CODES] = { FINDINGS(INFO) };
#undef INFO

#define INFO(id, slug, unit) [NUMBER_##id] = { slug, unit },
const struct finding_number_info number_infos[NUMBER_CODES] = { FINDING_NUMBERS(INFO) };
#undef INFO

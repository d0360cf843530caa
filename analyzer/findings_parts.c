/* SPDX-License-Identifier: BSD-2-Clause */
/* How findings are put together, and how flows are marked as explained. */
#include "analyzer/findings_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
	CONFIDENCE_AGREE = 10, /* many flows that say the same are surer than one */
	CONFIDENCE_MOST = 98,
	SUSPECT_PERCENT = 70, /* of a group's flows that must point at the same side */
};

struct finding *
conclude_add(struct conclusion *conclusion, enum finding_code code, enum finding_severity severity)
{
	struct findings_report *report = conclusion->report;
	if (report->count == conclusion->capacity) {
		size_t capacity = conclusion->capacity * 2 + 16;
		struct finding *more =
			realloc(report->findings, capacity * sizeof(*report->findings));
		if (more == NULL) {
			conclusion->failed = true;
			return &conclusion->spare;
		}
		report->findings = more;
		conclusion->capacity = capacity;
	}
	struct finding *finding = &report->findings[report->count++];
	*finding = (struct finding){
		.code = (uint8_t)code,
		.severity = (uint8_t)severity,
		.verdict = VERDICT_CODES,
		.suspect = SUSPECT_UNKNOWN,
		.first_ns = INT64_MAX,
		.last_ns = INT64_MIN,
	};
	return finding;
}

void
finding_set(struct finding *finding, enum finding_number_id id, int64_t value)
{
	for (unsigned i = 0; i < finding->number_count; i++) {
		if (finding->numbers[i].id == id) {
			finding->numbers[i].value = value;
			return;
		}
	}
	if (finding->number_count == FINDING_NUMBER_MAX)
		return;
	finding->numbers[finding->number_count].id = (uint8_t)id;
	finding->numbers[finding->number_count++].value = value;
}

void
finding_unset(struct finding *finding, enum finding_number_id id)
{
	for (unsigned i = 0; i < finding->number_count; i++) {
		if (finding->numbers[i].id != id)
			continue;
		finding->number_count--;
		memmove(&finding->numbers[i], &finding->numbers[i + 1],
			(finding->number_count - i) * sizeof(finding->numbers[0]));
		return;
	}
}

void
finding_set_rate(struct finding *finding, uint64_t hits, uint64_t total)
{
	if (total < hits)
		total = hits; /* bare ones that belong to it, or records that were lost */
	if (total == 0)
		return;
	finding_set(finding, NUMBER_TOTAL, (int64_t)total);
	finding_set(finding, NUMBER_RATE, (int64_t)(hits * 1000 / total));
	finding_set(finding, NUMBER_RATE_LOW, sketch_proven_permille(hits, total));
}

void
finding_about(struct finding *finding, enum finding_subject_kind kind, const struct table_key *key)
{
	finding->subject = (struct finding_subject){
		.kind = (uint8_t)kind,
		.addr = key->a,
		.port = key->port,
		.ip_version = key->ip_version,
	};
}

static int
compare_evidence(const struct finding_evidence *a, const struct finding_evidence *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	return (a->flow > b->flow) - (a->flow < b->flow);
}

static void
add_evidence(struct finding *finding, const struct finding_evidence *evidence)
{
	unsigned at = finding->evidence_count;
	while (at > 0 && compare_evidence(evidence, &finding->evidence[at - 1]) < 0)
		at--;
	if (at > 0 && compare_evidence(evidence, &finding->evidence[at - 1]) == 0)
		return;
	if (finding->evidence_count == FINDING_EVIDENCE_MAX) {
		/* the last one stays the last */
		if (at == FINDING_EVIDENCE_MAX)
			finding->evidence[FINDING_EVIDENCE_MAX - 1] = *evidence;
		return;
	}
	finding->evidence_count++;
	memmove(&finding->evidence[at + 1], &finding->evidence[at],
		(finding->evidence_count - 1U - at) * sizeof(*evidence));
	finding->evidence[at] = *evidence;
}

void
finding_prove(struct finding *finding, const struct proofs *proofs)
{
	if (proofs->count == 0)
		return;
	add_evidence(finding, &proofs->first);
	for (unsigned i = 0; i < proofs->count; i++)
		add_evidence(finding, &proofs->some[i]);
	add_evidence(finding, &proofs->last);
}

void
finding_add_advice(struct finding *finding, enum advice advice)
{
	for (unsigned i = 0; i < finding->advice_count; i++)
		if (finding->advice[i] == advice)
			return;
	if (finding->advice_count < VERDICT_ADVICE_MAX)
		finding->advice[finding->advice_count++] = (uint8_t)advice;
}

void
finding_add_cause(struct finding *finding, enum cause cause)
{
	for (unsigned i = 0; i < finding->cause_count; i++)
		if (finding->causes[i] == cause)
			return;
	if (finding->cause_count < VERDICT_CAUSE_MAX)
		finding->causes[finding->cause_count++] = (uint8_t)cause;
}

void
finding_add_network(struct finding *finding, struct ip_addr addr, uint8_t ip_version, unsigned length,
		uint64_t flows)
{
	unsigned at = finding->network_count;
	while (at > 0 && finding->networks[at - 1].flows < flows)
		at--;
	if (at == FINDING_NETWORK_MAX)
		return;
	if (finding->network_count < FINDING_NETWORK_MAX)
		finding->network_count++;
	memmove(&finding->networks[at + 1], &finding->networks[at],
		(finding->network_count - 1U - at) * sizeof(finding->networks[0]));
	finding->networks[at].addr = addr;
	finding->networks[at].ip_version = ip_version;
	finding->networks[at].prefix_length = (uint8_t)length;
	finding->networks[at].flows = flows < UINT32_MAX ? (uint32_t)flows : UINT32_MAX;
}

/* The one that most of the counts are about, or other if none has that many. */
static uint8_t
prevailing(const uint64_t *counts, uint8_t codes, uint64_t total, uint8_t other)
{
	for (uint8_t i = 0; i < codes; i++)
		if (counts[i] * 100 >= total * SUSPECT_PERCENT)
			return i;
	return other;
}

void
finding_from_group(struct finding *finding, const struct group *group)
{
	uint64_t confidence = group->confidence / group->flows + CONFIDENCE_AGREE;
	finding->verdict = group->key.code;
	finding->confidence =
		(uint8_t)(confidence < CONFIDENCE_MOST ? confidence : CONFIDENCE_MOST);
	finding->suspect =
		prevailing(group->suspects, SUSPECT_CODES, group->flows, SUSPECT_UNKNOWN);
	finding->rst_form = prevailing(group->forms, GROUP_FORMS, group->flows, RST_FORM_NONE);
	finding->rst_origin =
		prevailing(group->origins, RST_ORIGIN_CODES, group->flows, RST_ORIGIN_UNKNOWN);
	if (finding->rst_form == RST_FORM_NONE)
		finding->rst_origin = RST_ORIGIN_NONE;
	for (unsigned i = 0; i < group->cause_count; i++)
		finding_add_cause(finding, (enum cause)group->causes[i]);
	for (unsigned i = 0; i < group->advice_count; i++)
		finding_add_advice(finding, (enum advice)group->advice[i]);
	finding->example = group->example;
	memcpy(finding->name, group->name, sizeof(finding->name));
	finding_prove(finding, &group->proofs);
}

void
conclude_example(struct finding *finding, const struct listener *listener)
{
	finding->example = (struct finding_example){
		.server = listener->key.a,
		.server_port = listener->key.port,
		.ip_version = listener->key.ip_version,
		.first_ns = listener->first_ns,
		.event_ns = listener->first_ns,
	};
}

bool
conclude_has(const struct conclusion *conclusion, enum finding_code code,
	     const struct listener *listener)
{
	for (size_t i = 0; i < conclusion->report->count; i++) {
		const struct finding *finding = &conclusion->report->findings[i];
		if (finding->code == code && finding->subject.port == listener->key.port &&
		    ip_addr_equal(finding->subject.addr, listener->key.a))
			return true;
	}
	return false;
}

void
finding_span(struct finding *finding, int64_t first_ns, int64_t last_ns)
{
	if (first_ns < finding->first_ns)
		finding->first_ns = first_ns;
	if (last_ns > finding->last_ns)
		finding->last_ns = last_ns;
}

static int
compare_listener(const struct group *group, const struct listener *listener)
{
	int order = sketch_compare(group->key.a, listener->key.a);
	return order != 0 ? order : (int)group->key.port - (int)listener->key.port;
}

void
conclude_groups(const struct conclusion *conclusion, const struct listener *listener,
		size_t *ret_first, size_t *ret_end)
{
	size_t low = 0, high = conclusion->group_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compare_listener(conclusion->groups[middle], listener) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_first = low;
	while (low < conclusion->group_count &&
	       compare_listener(conclusion->groups[low], listener) == 0)
		low++;
	*ret_end = low;
}

const struct group *
conclude_group(const struct conclusion *conclusion, const struct listener *listener,
	       enum verdict_code code, uint8_t sub, size_t *ret_index)
{
	size_t first, end;
	const struct group *found = NULL;
	conclude_groups(conclusion, listener, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != code || (group->key.sub != sub && sub != GROUP_SUB_ANY) ||
		    (found != NULL && found->flows >= group->flows))
			continue;
		*ret_index = i;
		found = group;
	}
	return found;
}

static int
compare_pair(const struct pair *pair, const struct listener *listener)
{
	int order = sketch_compare(pair->key.b, listener->key.a);
	return order != 0 ? order : (int)pair->key.port - (int)listener->key.port;
}

void
conclude_pairs(const struct conclusion *conclusion, const struct listener *listener,
	       size_t *ret_first, size_t *ret_end)
{
	size_t low = 0, high = conclusion->pair_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compare_pair(conclusion->by_listener[middle], listener) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_first = low;
	while (low < conclusion->pair_count &&
	       compare_pair(conclusion->by_listener[low], listener) == 0)
		low++;
	*ret_end = low;
}

uint64_t
conclude_explain(struct conclusion *conclusion, size_t index, uint64_t flows)
{
	uint64_t rest = unexplained(conclusion, index);
	if (flows > rest)
		flows = rest;
	conclusion->explained[index] += flows;
	return flows;
}

/* The window grows by those episodes of the group that lie in the time. */
static void
span_group(struct finding *finding, const struct group *group, int64_t first_ns, int64_t last_ns)
{
	for (uint32_t i = 0; i < group->at.used; i++) {
		const struct episode *episode = &group->at.at[i];
		if (episode->last < first_ns || episode->first > last_ns)
			continue;
		finding_span(finding, episode->first > first_ns ? episode->first : first_ns,
			     episode->last < last_ns ? episode->last : last_ns);
	}
}

uint64_t
conclude_explain_within(struct conclusion *conclusion, const struct listener *listener,
			enum verdict_code code, int64_t first_ns, int64_t last_ns,
			struct finding *finding)
{
	size_t first, end;
	uint64_t flows = 0;
	conclude_groups(conclusion, listener, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != code)
			continue;
		uint64_t within = episodes_within(&group->at, first_ns, last_ns);
		uint64_t explained = conclude_explain(conclusion, i, within);
		flows += explained;
		if (explained > 0 && finding != NULL)
			span_group(finding, group, first_ns, last_ns);
	}
	return flows;
}

uint64_t
conclude_explain_client(struct conclusion *conclusion, struct ip_addr client,
			enum verdict_code code)
{
	uint64_t flows = 0;
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if ((code != VERDICT_CODES && group->key.code != code) ||
		    group->key.code == VERDICT_RESET_INJECTED ||
		    group->key.code == VERDICT_PMTU_BLACKHOLE)
			continue;
		const struct value *value = values_find(&group->clients, client);
		if (value != NULL)
			flows += conclude_explain(conclusion, i, value->bad);
	}
	return flows;
}

bool
conclude_backlog_summary(const struct conclusion *conclusion, const struct listener *listener,
			 struct backlog_summary *ret_summary)
{
	const struct backlog_record *record =
		table_find(&conclusion->tally->backlogs, &listener->key);
	if (record == NULL)
		return false;
	backlog_summarize(&record->backlog, conclusion->last_ns, ret_summary);
	return ret_summary->peak > 0 || ret_summary->waiters_peak > 0;
}

void
conclude_backlog(struct conclusion *conclusion, const struct listener *listener,
		 struct finding *finding)
{
	const struct backlog_record *record =
		table_find(&conclusion->tally->backlogs, &listener->key);
	struct backlog_summary summary;
	if (!conclude_backlog_summary(conclusion, listener, &summary))
		return;
	struct backlog_curve *curve = &finding->backlog;
	curve->count = backlog_draw(&record->backlog, conclusion->last_ns, BACKLOG_POINTS,
				    curve->points, curve->waiters, &curve->start_ns,
				    &curve->step_ns);
	if (summary.peak > 0) {
		finding_set(finding, NUMBER_PEAK, summary.peak);
		finding_set(finding, NUMBER_PEAK_AT, summary.peak_ns / NS_PER_US);
		finding_set(finding, NUMBER_AGE_MEDIAN, summary.age_median_us);
		finding_set(finding, NUMBER_AGE_HIGH, summary.age_high_us);
	}
	if (summary.plateau > 0 && summary.plateau_last_ns - summary.plateau_first_ns >=
					   3 * NS_PER_S) {
		finding_set(finding, NUMBER_PLATEAU, summary.plateau);
		finding_set(finding, NUMBER_PLATEAU_LENGTH,
			    (summary.plateau_last_ns - summary.plateau_first_ns) / NS_PER_US);
	}
	if (summary.waiters_peak > 0)
		finding_set(finding, NUMBER_WAITERS, summary.waiters_peak);
}

/* Counts of one source or network among the pairs of a listener. */
struct place {
	struct ip_addr addr;
	struct contrast_cell cell;
};

static void
offer_place(struct finding *finding, const struct place *place, enum contrast_dimension dimension,
	    uint8_t ip_version)
{
	struct contrast contrast = { .dimension = (uint8_t)dimension, .ip_version = ip_version };
	if (!contrast_judge(&place->cell, &contrast))
		return;
	contrast.value.addr = place->addr;
	contrast_offer(finding, &contrast);
}

void
conclude_contrast(struct conclusion *conclusion, const struct listener *listener,
		  struct finding *finding)
{
	const struct contrast_counts *counts = &listener->contrast;
	unsigned length = sketch_network_length(listener->key.ip_version);
	struct place source = { .addr = { 0, 0 } }, network = { .addr = { 0, 0 } };
	contrast_conclude(counts, finding);
	/* pairs stand in the order of clients: those of a network follow each other */
	size_t first, end;
	conclude_pairs(conclusion, listener, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct pair *pair = conclusion->by_listener[i];
		struct ip_addr prefix =
			sketch_prefix(pair->key.a, listener->key.ip_version, length);
		if (!ip_addr_equal(prefix, network.addr)) {
			offer_place(finding, &network, CONTRAST_NETWORK, listener->key.ip_version);
			network = (struct place){ .addr = prefix };
		}
		source = (struct place){
			.addr = pair->key.a,
			.cell = { pair->bad, counts->bad, pair->good, counts->good },
		};
		offer_place(finding, &source, CONTRAST_SOURCE, listener->key.ip_version);
		network.cell.bad += pair->bad;
		network.cell.good += pair->good;
		network.cell.bad_total = counts->bad;
		network.cell.good_total = counts->good;
	}
	offer_place(finding, &network, CONTRAST_NETWORK, listener->key.ip_version);
}

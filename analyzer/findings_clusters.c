/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left: flows of a listener that fail alike. TLS and SSH have names of their own, and devices
 * that say no by ICMP say it for many listeners. */
#include "analyzer/findings_parts.h"

enum {
	APPLICATION_LEAST = 3,
	CLUSTER_LEAST = 5,
	CLUSTER_PERMILLE = 2,	   /* proven share of the listener's flows */
	CLUSTER_CONFIDENCE = 60,   /* mean of the verdicts */
	CRITICAL_PERMILLE = 500,
	SPREAD_LEAST = 10, /* flows that fail alike, at SPREAD_LISTENERS at least */
	SPREAD_LISTENERS = 3,
	SPREAD_PERMILLE = 5, /* proven share of the flows of these listeners */
	ONE_CLIENT_PERCENT = 80,
};

static bool
is_tls(uint8_t code)
{
	return code >= VERDICT_TLS_ALERT_SERVER && code <= VERDICT_PLAINTEXT_TO_TLS_PORT;
}

static bool
is_ssh(uint8_t code)
{
	return code >= VERDICT_SSH_NO_COMMON_KEX && code <= VERDICT_SSH_PREAUTH_TIMEOUT;
}

static bool
is_icmp(uint8_t code)
{
	return code == VERDICT_REFUSED_BY_ICMP || code == VERDICT_FILTERED_BY_ICMP ||
	       code == VERDICT_UNREACHABLE_BY_ICMP;
}

static enum finding_severity
cluster_severity(uint64_t flows, uint64_t total)
{
	return sketch_proven_permille(flows, total) >= CRITICAL_PERMILLE ? SEVERITY_CRITICAL
									  : SEVERITY_WARNING;
}

static void
span_group(struct finding *finding, const struct group *group)
{
	finding_span(finding, group->at.at[0].first, group->at.at[group->at.used - 1].last);
}

static uint64_t
listener_flows(const struct conclusion *conclusion, const struct group *group,
	       const struct listener **ret_listener)
{
	*ret_listener = tally_listener(conclusion->tally, group->key.a, group->key.port,
				       group->key.ip_version);
	/* a flood must not make failures look rare */
	return *ret_listener != NULL ? (*ret_listener)->flows - (*ret_listener)->bare_flows +
					       (group->key.sub == GROUP_SUB_BARE ? group->flows : 0)
				     : group->flows;
}

/* When most of the flows of a group failed; all of them if nothing of it is explained or dense. */
static struct episode
core_of(const struct conclusion *conclusion, size_t index)
{
	const struct group *group = conclusion->groups[index];
	struct episode core = episodes_core(&group->at);
	/* what a finding has taken already need not be of another time */
	if (conclusion->explained[index] > 0 || core.count < CLUSTER_LEAST)
		core = (struct episode){ .first = group->at.at[0].first,
					 .last = group->at.at[group->at.used - 1].last,
					 .count = group->flows };
	return core;
}

static void
application_cluster(struct conclusion *conclusion, size_t index)
{
	const struct group *group = conclusion->groups[index];
	const struct listener *listener;
	if (unexplained(conclusion, index) < APPLICATION_LEAST)
		return;
	uint64_t total = listener_flows(conclusion, group, &listener);
	const struct episode core = core_of(conclusion, index);
	uint64_t flows = conclude_explain(conclusion, index, core.count);
	struct finding *finding = conclude_add(
		conclusion,
		is_tls(group->key.code) ? FINDING_TLS_FAILURE_CLUSTER : FINDING_SSH_FAILURE_CLUSTER,
		cluster_severity(flows, total));
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &group->key);
	finding->flows = flows;
	finding_span(finding, core.first, core.last);
	finding_set_rate(finding, flows, total);
	finding_set(finding, NUMBER_SOURCES, (int64_t)distinct_count(&group->sources));
	if (group->key.code == VERDICT_TLS_ALERT_SERVER ||
	    group->key.code == VERDICT_TLS_ALERT_CLIENT)
		finding_set(finding, NUMBER_ALERT, group->key.sub);
	if (listener != NULL)
		conclude_contrast(conclusion, listener, finding);
}

/* One device said no to several listeners. */
static void
device_cluster(struct conclusion *conclusion, size_t index)
{
	const struct group *first = conclusion->groups[index];
	uint64_t flows = 0, listeners = 0;
	if (first->devices || first->device_version == 0 || unexplained(conclusion, index) == 0)
		return;
	for (size_t i = index; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != first->key.code || group->devices ||
		    !ip_addr_equal(group->device, first->device))
			continue;
		flows += unexplained(conclusion, i);
		listeners += unexplained(conclusion, i) > 0;
	}
	if (listeners < 2 || flows < CLUSTER_LEAST)
		return;
	struct finding *finding =
		conclude_add(conclusion, FINDING_FAILURE_CLUSTER, SEVERITY_WARNING);
	finding_from_group(finding, first);
	finding->subject = (struct finding_subject){
		.kind = SUBJECT_DEVICE,
		.addr = first->device,
		.ip_version = first->device_version,
	};
	finding->flows = flows;
	finding_set(finding, NUMBER_HOSTS, (int64_t)listeners);
	for (size_t i = index; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != first->key.code || group->devices ||
		    !ip_addr_equal(group->device, first->device) ||
		    unexplained(conclusion, i) == 0)
			continue;
		span_group(finding, group);
		finding_prove(finding, &group->proofs);
		conclude_explain(conclusion, i, UINT64_MAX);
	}
}

static bool
is_by_device(const struct group *group)
{
	return verdict_infos[group->key.code].verdict_class == CLASS_RESET &&
	       (group->key.sub == RST_ORIGIN_IN_PATH_DEVICE || group->key.sub == RST_ORIGIN_PROXY) &&
	       group->ttl_least == group->ttl_most;
}

/* A device that resets connections of several listeners in their names: known by its distance. */
static void
reset_device_cluster(struct conclusion *conclusion, size_t index)
{
	const struct group *first = conclusion->groups[index];
	uint64_t flows = 0, listeners = 0, total = 0;
	if (!is_by_device(first) || unexplained(conclusion, index) == 0)
		return;
	for (size_t i = index; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		const struct listener *listener;
		if (!is_by_device(group) || group->ttl_least != first->ttl_least ||
		    unexplained(conclusion, i) == 0)
			continue;
		flows += unexplained(conclusion, i);
		listeners++;
		total += listener_flows(conclusion, group, &listener);
	}
	if (listeners < 2 || flows < CLUSTER_LEAST ||
	    sketch_proven_permille(flows, total) < CLUSTER_PERMILLE)
		return;
	struct finding *finding =
		conclude_add(conclusion, FINDING_FAILURE_CLUSTER, cluster_severity(flows, total));
	finding_from_group(finding, first);
	finding->subject = (struct finding_subject){
		.kind = SUBJECT_DEVICE,
		.hops = finding_hops(first->ttl_least),
	};
	finding->suspect = SUSPECT_MIDDLEBOX;
	finding->flows = flows;
	finding_set(finding, NUMBER_LISTENERS, (int64_t)listeners);
	finding_set(finding, NUMBER_TTL, first->ttl_least);
	finding_set(finding, NUMBER_HOPS, finding_hops(first->ttl_least));
	finding_set_rate(finding, flows, total);
	for (size_t i = index; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if (!is_by_device(group) || group->ttl_least != first->ttl_least ||
		    unexplained(conclusion, i) == 0)
			continue;
		if (group->key.code != first->key.code)
			finding->verdict = VERDICT_CODES;
		span_group(finding, group);
		finding_prove(finding, &group->proofs);
		finding_add_network(finding, group->key.a, group->key.ip_version,
				    group->key.ip_version == 4 ? 32 : 128,
				    unexplained(conclusion, i));
		conclude_explain(conclusion, i, UINT64_MAX);
	}
}

/* The group at index and, if it is the first of two, the one that differs in the sub only. */
static void
failure_cluster(struct conclusion *conclusion, size_t index)
{
	const struct group *group = conclusion->groups[index];
	const struct listener *listener;
	uint64_t flows = unexplained(conclusion, index);
	bool pair = index + 1 < conclusion->group_count &&
		    conclusion->groups[index + 1]->key.code == group->key.code &&
		    conclusion->groups[index + 1]->key.port == group->key.port &&
		    ip_addr_equal(conclusion->groups[index + 1]->key.a, group->key.a) &&
		    (group->key.code == VERDICT_SYN_UNANSWERED ||
		     group->key.code == VERDICT_SYNACK_UNACKED);
	uint64_t more = pair ? unexplained(conclusion, index + 1) : 0;
	if (pair && more > flows)
		group = conclusion->groups[index + 1];
	uint64_t total = listener_flows(conclusion, group, &listener);
	uint64_t confidence = group->confidence / group->flows;
	if (flows + more < CLUSTER_LEAST || confidence < CLUSTER_CONFIDENCE ||
	    sketch_proven_permille(flows + more, total) < CLUSTER_PERMILLE)
		return;
	struct finding *finding = conclude_add(conclusion, FINDING_FAILURE_CLUSTER,
					       cluster_severity(flows + more, total));
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &group->key);
	const struct episode core = core_of(conclusion, index);
	finding->flows = conclude_explain(conclusion, index, core.count);
	if (flows > 0)
		finding_span(finding, core.first, core.last);
	if (more > 0) {
		finding->flows += conclude_explain(conclusion, index + 1, UINT64_MAX);
		span_group(finding, conclusion->groups[index + 1]);
	}
	finding_set_rate(finding, finding->flows, total);
	finding_set(finding, NUMBER_SOURCES, (int64_t)distinct_count(&group->sources));
	if (group->ttl_least != 0 && group->ttl_least == group->ttl_most)
		finding_set(finding, NUMBER_TTL, group->ttl_least);
	if (listener == NULL)
		return;
	if (group->key.code == VERDICT_SYNACK_UNACKED)
		conclude_backlog(conclusion, listener, finding);
	conclude_contrast(conclusion, listener, finding);
	for (unsigned i = 0; i < finding->contrast_count; i++)
		if (finding->contrasts[i].dimension == CONTRAST_PORT_BUCKET ||
		    finding->contrasts[i].dimension == CONTRAST_NEXT_HOP)
			finding_add_advice(finding, ADVICE_LAG_MEMBER);
}

/* What is left of a verdict all over the capture, too thin at each listener. */
struct spread {
	uint64_t flows, listeners, confidence, weight, total;
	const struct group *most;
	struct ip_addr host;
	bool hosts;
	uint8_t ttl_least, ttl_most; /* of the RSTs */
	struct values clients;
};

static void
add_spread(struct conclusion *conclusion, struct spread *spread, size_t index)
{
	const struct group *group = conclusion->groups[index];
	const struct listener *listener;
	uint64_t flows = unexplained(conclusion, index);
	if (flows == 0)
		return;
	if (spread->flows == 0)
		spread->host = group->key.a;
	spread->hosts |= !ip_addr_equal(spread->host, group->key.a);
	if (spread->most == NULL || group->flows > spread->most->flows)
		spread->most = group;
	if (spread->flows == 0 || group->ttl_least < spread->ttl_least)
		spread->ttl_least = group->ttl_least;
	if (group->ttl_most > spread->ttl_most)
		spread->ttl_most = group->ttl_most;
	spread->flows += flows;
	spread->listeners++;
	spread->confidence += group->confidence;
	spread->weight += group->flows;
	spread->total += listener_flows(conclusion, group, &listener);
	values_merge(&spread->clients, &group->clients);
}

static void
spread_cluster(struct conclusion *conclusion, enum verdict_code code)
{
	struct spread spread = { .flows = 0 };
	for (size_t i = 0; i < conclusion->group_count; i++)
		if (conclusion->groups[i]->key.code == code)
			add_spread(conclusion, &spread, i);
	if (spread.flows < SPREAD_LEAST || spread.listeners < SPREAD_LISTENERS ||
	    spread.confidence / spread.weight < CLUSTER_CONFIDENCE ||
	    sketch_proven_permille(spread.flows, spread.total) < SPREAD_PERMILLE)
		return;
	struct finding *finding = conclude_add(conclusion, FINDING_FAILURE_CLUSTER,
					       cluster_severity(spread.flows, spread.total));
	finding_from_group(finding, spread.most);
	finding->evidence_count = 0;
	finding->subject = (struct finding_subject){ .kind = SUBJECT_CAPTURE };
	const struct value *first = &spread.clients.at[0];
	bool one_client = code != VERDICT_RESET_INJECTED && code != VERDICT_PMTU_BLACKHOLE &&
			  (uint64_t)first->bad * 100 >= spread.flows * ONE_CLIENT_PERCENT;
	if (one_client)
		finding->subject = (struct finding_subject){
			.kind = SUBJECT_SOURCE,
			.addr = first->key,
			.ip_version = spread.most->key.ip_version,
		};
	else if (!spread.hosts)
		finding->subject = (struct finding_subject){
			.kind = SUBJECT_HOST,
			.addr = spread.host,
			.ip_version = spread.most->key.ip_version,
		};
	/* a device that speaks in the name of many is known by its distance */
	bool device = finding->rst_origin == RST_ORIGIN_IN_PATH_DEVICE ||
		      finding->rst_origin == RST_ORIGIN_PROXY;
	if (device && spread.hosts && spread.ttl_least == spread.ttl_most) {
		finding->subject = (struct finding_subject){
			.kind = SUBJECT_DEVICE,
			.hops = finding_hops(spread.ttl_least),
		};
		finding_set(finding, NUMBER_TTL, spread.ttl_least);
	}
	/* what one client meets everywhere is its own affair */
	if (one_client)
		finding->severity = SEVERITY_WARNING;
	finding->flows = spread.flows;
	finding_set(finding, NUMBER_LISTENERS, (int64_t)spread.listeners);
	finding_set_rate(finding, spread.flows, spread.total);
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != code || unexplained(conclusion, i) == 0)
			continue;
		span_group(finding, group);
		finding_prove(finding, &group->proofs);
		conclude_explain(conclusion, i, UINT64_MAX);
	}
}

void
conclude_clusters(struct conclusion *conclusion)
{
	for (size_t i = 0; i < conclusion->group_count; i++) {
		uint8_t code = conclusion->groups[i]->key.code;
		if (is_tls(code) || is_ssh(code))
			application_cluster(conclusion, i);
		else if (is_icmp(code))
			device_cluster(conclusion, i);
		else
			reset_device_cluster(conclusion, i);
	}
	for (size_t i = 0; i < conclusion->group_count; i++)
		failure_cluster(conclusion, i);
	for (int code = 0; code < VERDICT_CODES; code++)
		spread_cluster(conclusion, (enum verdict_code)code);
}

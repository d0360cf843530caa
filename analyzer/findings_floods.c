/* SPDX-License-Identifier: BSD-2-Clause */
/* Attempts that are not meant to succeed: scans and floods. */
#include <stdlib.h>

#include "analyzer/findings_parts.h"

enum {
	SCAN_TARGETS = 15,	 /* ports or hosts in a minute */
	SCAN_TRIES_PERCENT = 250, /* attempts per target: who asks again and again is no scanner */
	SCAN_GOOD_PERCENT = 25,	 /* endpoints that serve it, of the targets */
	FLOOD_SYNS = 200,	 /* in ten seconds */
	FLOOD_SOURCES = 50,
	FLOOD_RESENDING_PERCENT = 20, /* forged hosts never send SYN again */
};

static const int64_t minute_ns = 60 * NS_PER_S;
static const int64_t flood_window_ns = 10 * NS_PER_S;
/* Within a flood SYNs follow each other this closely. */
static const int64_t flood_gap_ns = NS_PER_S;
static const int64_t flood_pause_ns = 30 * NS_PER_S;
/* A client that gives up has begun this long before a flood's end at most. */
static const int64_t victim_margin_ns = 3 * NS_PER_S;

static uint64_t
per_window(const struct episode *episode, int64_t window_ns)
{
	int64_t length = episode->last - episode->first;
	if (length <= window_ns)
		return episode->count;
	return (uint64_t)((double)episode->count * (double)window_ns / (double)length);
}

/* Endpoints that serve this source. */
static uint64_t
good_endpoints(const struct conclusion *conclusion, struct ip_addr source)
{
	uint64_t good = 0;
	size_t low = 0, high = conclusion->pair_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (sketch_compare(conclusion->pairs[middle]->key.a, source) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < conclusion->pair_count &&
	       ip_addr_equal(conclusion->pairs[low]->key.a, source);
	     low++)
		good += conclusion->pairs[low]->good > 0;
	return good;
}

static bool
is_scan(const struct scan *scan)
{
	uint64_t targets = distinct_count(&scan->targets);
	if (targets < SCAN_TARGETS || scan->flows * 100 > targets * SCAN_TRIES_PERCENT)
		return false;
	struct episodes bursts;
	episodes_bursts(&scan->at, minute_ns / 4, minute_ns, SCAN_TARGETS, minute_ns, &bursts);
	return bursts.used > 0;
}

/* What a source's scans of one kind amount to. */
struct scan_sum {
	uint64_t scans, flows, targets, refused, unanswered, open;
	const struct scan *largest;
	int64_t first_ns, last_ns;
	struct proofs proofs;
};

static void
add_scan(struct scan_sum *sum, const struct scan *scan)
{
	uint64_t targets = distinct_count(&scan->targets);
	const struct episode *last = &scan->at.at[scan->at.used - 1];
	if (sum->scans++ == 0 || scan->at.at[0].first < sum->first_ns)
		sum->first_ns = scan->at.at[0].first;
	if (sum->scans == 1 || last->last > sum->last_ns)
		sum->last_ns = last->last;
	if (sum->largest == NULL || targets > sum->targets) {
		sum->largest = scan;
		sum->targets = targets;
	}
	sum->flows += scan->flows;
	sum->refused += scan->refused;
	sum->unanswered += scan->unanswered;
	sum->open += scan->open;
	proofs_merge(&sum->proofs, &scan->proofs);
}

static void
tell_scan(struct conclusion *conclusion, const struct scan_sum *sum, enum scan_kind kind)
{
	const struct table_key *key = &sum->largest->key;
	if (good_endpoints(conclusion, key->a) * 100 > sum->targets * SCAN_GOOD_PERCENT)
		return;
	/* who connects to one port of many hosts, and everywhere it is open, looks after them */
	bool harmless = kind == SCAN_HOSTS && sum->open == sum->flows;
	struct finding *finding = conclude_add(
		conclusion, kind == SCAN_PORTS ? FINDING_PORT_SCAN : FINDING_HOST_SWEEP,
		harmless ? SEVERITY_INFO : SEVERITY_WARNING);
	finding_about(finding, SUBJECT_SOURCE, key);
	finding->subject.port = 0;
	finding->flows = sum->flows;
	finding->suspect = SUSPECT_CLIENT;
	finding->confidence = 90;
	finding_span(finding, sum->first_ns, sum->last_ns);
	uint64_t targets = sum->targets < sum->flows ? sum->targets : sum->flows;
	finding_set(finding, NUMBER_PORTS, (int64_t)(kind == SCAN_PORTS ? targets : sum->scans));
	finding_set(finding, NUMBER_HOSTS, (int64_t)(kind == SCAN_PORTS ? sum->scans : targets));
	finding_set(finding, NUMBER_REFUSED, (int64_t)sum->refused);
	finding_set(finding, NUMBER_UNANSWERED, (int64_t)sum->unanswered);
	finding_set(finding, NUMBER_ESTABLISHED, (int64_t)sum->open);
	finding_prove(finding, &sum->proofs);
	finding_add_cause(finding, CAUSE_PORT_SCAN);
	finding_add_advice(finding, ADVICE_SOURCE);
	finding->example = (struct finding_example){
		.client = key->a,
		.server = kind == SCAN_PORTS ? key->b : (struct ip_addr){ 0, 0 },
		.server_port = kind == SCAN_PORTS ? 0 : key->port,
		.ip_version = key->ip_version,
		.first_ns = sum->first_ns,
		.event_ns = sum->first_ns,
	};
	conclude_explain_client(conclusion, key->a, VERDICT_CODES);
	if (conclusion->scanner_count < SCANNERS_MAX)
		conclusion->scanners[conclusion->scanner_count++] = key->a;
}

void
conclude_scans(struct conclusion *conclusion)
{
	const struct table *table = &conclusion->tally->scans;
	const struct scan **scans = (const struct scan **)table_sorted(table);
	if (scans == NULL) {
		conclusion->failed = true;
		return;
	}
	size_t next;
	for (size_t i = 0; i < table->used; i = next) {
		struct scan_sum ports = { .scans = 0 }, hosts = { .scans = 0 };
		for (next = i; next < table->used &&
			       ip_addr_equal(scans[next]->key.a, scans[i]->key.a);
		     next++) {
			if (!is_scan(scans[next]))
				continue;
			add_scan(scans[next]->key.code == SCAN_PORTS ? &ports : &hosts, scans[next]);
		}
		if (ports.scans > 0 && ports.flows >= hosts.flows)
			tell_scan(conclusion, &ports, SCAN_PORTS);
		else if (hosts.scans > 0)
			tell_scan(conclusion, &hosts, SCAN_HOSTS);
	}
	free(scans);
}

/* Attempts with nothing but a SYN, at a listener or anywhere on a host. */
struct bare_facts {
	const struct episodes *at;
	const struct distinct *sources;
	const struct proofs *proofs;
	uint64_t bare, synacked;
};

static bool
is_flood(const struct bare_facts *facts, const struct episode *episode, uint64_t established,
	 uint64_t resending)
{
	if (per_window(episode, flood_pause_ns) < FLOOD_SYNS)
		return false;
	if (distinct_count(facts->sources) < FLOOD_SOURCES)
		return false;
	if (resending * 100 > (episode->count + resending) * FLOOD_RESENDING_PERCENT)
		return false;
	/* real clients may go on amid it, but they are not what makes the traffic */
	return episode->count >= established;
}

static struct finding *
tell_flood(struct conclusion *conclusion, const struct bare_facts *facts,
	   const struct episode *episode, uint64_t established)
{
	const struct tally *tally = conclusion->tally;
	bool answered = facts->synacked > 0 || tally->established > 0;
	struct finding *finding =
		conclude_add(conclusion, FINDING_SYN_FLOOD,
			     answered ? SEVERITY_CRITICAL : SEVERITY_WARNING);
	int64_t length = episode->last - episode->first;
	finding->flows = episode->count;
	finding->suspect = SUSPECT_UNKNOWN; /* the addresses are forged */
	/* a capture of nothing but SYNs looks the same */
	finding->confidence = answered ? 92 : 50;
	finding_span(finding, episode->first, episode->last);
	finding_set(finding, NUMBER_SYNS, (int64_t)episode->count);
	uint64_t sources = distinct_count(facts->sources);
	finding_set(finding, NUMBER_SOURCES, (int64_t)(sources < facts->bare ? sources : facts->bare));
	finding_set(finding, NUMBER_ESTABLISHED, (int64_t)established);
	finding_set(finding, NUMBER_SYNACKED, (int64_t)(facts->synacked * 1000 / facts->bare));
	finding_set(finding, NUMBER_PER_SECOND,
		    (int64_t)per_window(episode, NS_PER_S) * (length >= NS_PER_S) +
			    (int64_t)episode->count * (length < NS_PER_S));
	finding_prove(finding, facts->proofs);
	finding_add_cause(finding, CAUSE_SPOOFED_SOURCE);
	finding_add_advice(finding, ADVICE_SYN_FLOOD);
	finding_add_advice(finding, ADVICE_SYN_RECV);
	finding_add_advice(finding, ADVICE_BACKLOG_SIZE);
	return finding;
}

/* Flows of a group that failed within the time; explains them if told to. */
static uint64_t
group_within(struct conclusion *conclusion, const struct listener *listener, enum verdict_code code,
	     uint8_t sub, const struct episode *episode, bool explain)
{
	size_t index;
	const struct group *group = conclude_group(conclusion, listener, code, sub, &index);
	if (group == NULL)
		return 0;
	uint64_t flows = episodes_within(&group->at, episode->first - victim_margin_ns,
					 episode->last + victim_margin_ns);
	return explain ? conclude_explain(conclusion, index, flows) : flows;
}

/* Flows that were judged early for lack of room did go on: most of what looks bare may not be. */
static bool
is_cut_short(const struct conclusion *conclusion)
{
	const struct tracker_stats *stats = conclusion->facts->stats;
	return stats->unheld > stats->evicted / 4;
}

static void
flood_at_listener(struct conclusion *conclusion, size_t index)
{
	static const enum verdict_code hurt[] = { VERDICT_SYN_UNANSWERED, VERDICT_SYNACK_UNACKED,
						  VERDICT_CONNECT_ABORTED_BY_CLIENT,
						  VERDICT_HANDSHAKE_ACK_IGNORED };
	const struct listener *listener = conclusion->listeners[index];
	const struct bare_facts facts = { &listener->bare_at, &listener->bare_sources,
					  &listener->bare_proofs, listener->bare,
					  listener->bare_synacked };
	struct episodes joined;
	if (listener->bare < FLOOD_SYNS || is_cut_short(conclusion))
		return;
	episodes_bursts(&listener->bare_at, flood_gap_ns, flood_window_ns, FLOOD_SYNS,
			flood_pause_ns, &joined);
	for (uint32_t i = 0; i < joined.used; i++) {
		const struct episode *episode = &joined.at[i];
		uint64_t established =
			timeline_within(&listener->serving, episode->first, episode->last);
		uint64_t resending =
			group_within(conclusion, listener, VERDICT_SYN_UNANSWERED, 0, episode,
				     false) +
			group_within(conclusion, listener, VERDICT_SYNACK_UNACKED, 0, episode,
				     false);
		if (!is_flood(&facts, episode, established, resending))
			continue;
		struct finding *finding = tell_flood(conclusion, &facts, episode, established);
		finding_about(finding, SUBJECT_LISTENER, &listener->key);
		conclude_backlog(conclusion, listener, finding);
		finding->example = (struct finding_example){
			.server = listener->key.a,
			.server_port = listener->key.port,
			.ip_version = listener->key.ip_version,
			.first_ns = episode->first,
			.event_ns = episode->first,
		};
		uint64_t victims = 0;
		for (size_t j = 0; j < sizeof(hurt) / sizeof(hurt[0]); j++) {
			victims += group_within(conclusion, listener, hurt[j], 0, episode, true);
			group_within(conclusion, listener, hurt[j], GROUP_SUB_BARE, episode, true);
		}
		finding_set(finding, NUMBER_VICTIMS, (int64_t)victims);
		conclusion->flooded[index] = true;
	}
}

/* Ports by chance: no single listener need stand out. */
static void
flood_at_host(struct conclusion *conclusion, const struct bare_host *host)
{
	const struct bare_facts facts = { &host->at, &host->sources, &host->proofs, host->bare,
					  host->synacked };
	uint64_t told = 0;
	for (size_t i = 0; i < conclusion->listener_count; i++)
		if (conclusion->flooded[i] &&
		    ip_addr_equal(conclusion->listeners[i]->key.a, host->key.a))
			told += conclusion->listeners[i]->bare;
	if (host->bare < FLOOD_SYNS || told * 2 >= host->bare || is_cut_short(conclusion))
		return;
	struct episodes joined;
	episodes_bursts(&host->at, flood_gap_ns, flood_window_ns, FLOOD_SYNS, flood_pause_ns,
			&joined);
	for (uint32_t i = 0; i < joined.used; i++) {
		const struct episode *episode = &joined.at[i];
		uint64_t established = 0;
		for (size_t j = 0; j < conclusion->listener_count; j++)
			if (ip_addr_equal(conclusion->listeners[j]->key.a, host->key.a))
				established +=
					timeline_within(&conclusion->listeners[j]->serving,
							episode->first, episode->last);
		if (!is_flood(&facts, episode, established, 0))
			continue;
		struct finding *finding = tell_flood(conclusion, &facts, episode, established);
		finding_about(finding, SUBJECT_HOST, &host->key);
		finding->example = (struct finding_example){
			.server = host->key.a,
			.ip_version = host->key.ip_version,
			.first_ns = episode->first,
			.event_ns = episode->first,
		};
		for (size_t j = 0; j < conclusion->listener_count; j++) {
			const struct listener *listener = conclusion->listeners[j];
			if (!ip_addr_equal(listener->key.a, host->key.a))
				continue;
			size_t group;
			if (conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED,
					   GROUP_SUB_BARE, &group) != NULL)
				conclude_explain(conclusion, group, UINT64_MAX);
			if (conclude_group(conclusion, listener, VERDICT_SYNACK_UNACKED,
					   GROUP_SUB_BARE, &group) != NULL)
				conclude_explain(conclusion, group, UINT64_MAX);
			conclusion->flooded[j] = true;
		}
	}
}

void
conclude_floods(struct conclusion *conclusion)
{
	for (size_t i = 0; i < conclusion->listener_count; i++)
		flood_at_listener(conclusion, i);
	const struct table *table = &conclusion->tally->bare_hosts;
	const struct bare_host **hosts = (const struct bare_host **)table_sorted(table);
	if (hosts == NULL) {
		conclusion->failed = true;
		return;
	}
	for (size_t i = 0; i < table->used; i++)
		flood_at_host(conclusion, hosts[i]);
	free(hosts);
}

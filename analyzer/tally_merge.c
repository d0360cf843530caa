/* SPDX-License-Identifier: BSD-2-Clause */
/* Adding up what parts of a capture, threads or hosts have kept. */
#include <string.h>

#include "analyzer/tally_parts.h"

static void
merge_first_last(int64_t *first_ns, int64_t *last_ns, bool fresh, int64_t first, int64_t last)
{
	if (fresh || first < *first_ns)
		*first_ns = first;
	if (fresh || last > *last_ns)
		*last_ns = last;
}

static void
merge_times(struct episodes *episodes, const struct episodes *from)
{
	episodes_merge(episodes, from, TALLY_JOIN_NS);
}

static bool
is_earlier(const struct finding_example *a, const struct finding_example *b)
{
	return a->first_ns != b->first_ns ? a->first_ns < b->first_ns : a->number < b->number;
}

static void
merge_one_sided(struct listener *to, const struct listener *from)
{
	if (from->one_sided > 0) {
		to->one_sided_clients |=
			from->one_sided_clients ||
			(to->one_sided > 0 &&
			 !ip_addr_equal(to->one_sided_client, from->one_sided_client));
		if (to->one_sided == 0 ||
		    sketch_compare(from->one_sided_client, to->one_sided_client) < 0)
			to->one_sided_client = from->one_sided_client;
	}
	to->one_sided += from->one_sided;
	to->unsolicited += from->unsolicited;
	merge_times(&to->one_sided_at, &from->one_sided_at);
	merge_times(&to->unsolicited_at, &from->unsolicited_at);
	distinct_merge(&to->unsolicited_sources, &from->unsolicited_sources);
	proofs_merge(&to->one_sided_proofs, &from->one_sided_proofs);
	proofs_merge(&to->unsolicited_proofs, &from->unsolicited_proofs);
}

static void
merge_silences(struct listener *to, const struct listener *from)
{
	to->survivors += from->survivors;
	if (from->survived_ns > to->survived_ns)
		to->survived_ns = from->survived_ns;
	episodes_merge(&to->died, &from->died, TALLY_IDLE_JOIN_NS);
	episodes_merge(&to->retired, &from->retired, TALLY_IDLE_JOIN_NS);
	merge_times(&to->died_at, &from->died_at);
	merge_times(&to->retired_at, &from->retired_at);
	proofs_merge(&to->died_proofs, &from->died_proofs);
	proofs_merge(&to->retired_proofs, &from->retired_proofs);
	to->unprobed += from->unprobed;
}

static void
merge_listener(void *into, const void *part)
{
	struct listener *to = into;
	const struct listener *from = part;
	merge_first_last(&to->first_ns, &to->last_ns, to->flows + to->probes == 0, from->first_ns,
			 from->last_ns);
	to->flows += from->flows;
	to->good += from->good;
	to->bad += from->bad;
	to->probes += from->probes;
	to->incomplete += from->incomplete;
	to->answered += from->answered;
	to->established += from->established;
	gaps_merge(&to->served, &from->served, TALLY_JOIN_NS);
	presence_merge(&to->present, &from->present);
	timeline_merge(&to->serving, &from->serving);
	runs_merge(&to->dropped, &from->dropped, TALLY_JOIN_NS);
	runs_merge(&to->refused, &from->refused, TALLY_JOIN_NS);
	to->bare += from->bare;
	to->bare_synacked += from->bare_synacked;
	merge_times(&to->bare_at, &from->bare_at);
	distinct_merge(&to->bare_sources, &from->bare_sources);
	proofs_merge(&to->bare_proofs, &from->bare_proofs);
	to->bare_flows += from->bare_flows;
	to->synack_once += from->synack_once;
	to->synack_again += from->synack_again;
	merge_times(&to->synack_once_at, &from->synack_once_at);
	proofs_merge(&to->synack_once_proofs, &from->synack_once_proofs);
	to->late += from->late;
	to->late_answered += from->late_answered;
	for (int i = 0; i < 4; i++)
		to->late_delay[i] += from->late_delay[i];
	merge_times(&to->late_at, &from->late_at);
	proofs_merge(&to->late_proofs, &from->late_proofs);
	to->stalled += from->stalled;
	merge_times(&to->stalled_at, &from->stalled_at);
	proofs_merge(&to->stalled_proofs, &from->stalled_proofs);
	merge_one_sided(to, from);
	merge_silences(to, from);
	contrast_merge(&to->contrast, &from->contrast);
}

static void
merge_device(struct group *to, const struct group *from)
{
	if (from->device_version == 0)
		return;
	to->devices |= from->devices || (to->device_version != 0 &&
					 !ip_addr_equal(to->device, from->device));
	if (to->device_version == 0 || sketch_compare(from->device, to->device) < 0)
		to->device = from->device;
	to->device_version = from->device_version;
}

static void
merge_group_example(struct group *to, const struct group *from)
{
	if (to->flows > 0 && !is_earlier(&from->example, &to->example))
		return;
	to->example = from->example;
	to->cause_count = from->cause_count;
	to->advice_count = from->advice_count;
	memcpy(to->causes, from->causes, sizeof(to->causes));
	memcpy(to->advice, from->advice, sizeof(to->advice));
	memcpy(to->name, from->name, sizeof(to->name));
}

static void
merge_group(void *into, const void *part)
{
	struct group *to = into;
	const struct group *from = part;
	merge_group_example(to, from);
	merge_device(to, from);
	to->flows += from->flows;
	to->resending += from->resending;
	to->synacked += from->synacked;
	merge_times(&to->at, &from->at);
	distinct_merge(&to->sources, &from->sources);
	values_merge(&to->clients, &from->clients);
	proofs_merge(&to->proofs, &from->proofs);
	to->confidence += from->confidence;
	for (int i = 0; i < SUSPECT_CODES; i++)
		to->suspects[i] += from->suspects[i];
	for (int i = 0; i < GROUP_FORMS; i++)
		to->forms[i] += from->forms[i];
	for (int i = 0; i < RST_ORIGIN_CODES; i++)
		to->origins[i] += from->origins[i];
	to->at_server += from->at_server;
	to->seen_at_server += from->seen_at_server;
	if (to->ttl_least == 0 || (from->ttl_least != 0 && from->ttl_least < to->ttl_least))
		to->ttl_least = from->ttl_least;
	if (from->ttl_most > to->ttl_most)
		to->ttl_most = from->ttl_most;
}

static void
merge_backlog(void *into, const void *part)
{
	backlog_merge(&((struct backlog_record *)into)->backlog,
		      &((const struct backlog_record *)part)->backlog);
}

static void
merge_probe_times(struct pair *to, const struct pair *from)
{
	int64_t merged[2 * PAIR_TIMES];
	unsigned a = 0, b = 0, count = 0;
	while (a < to->times || b < from->times) {
		bool mine = b == from->times ||
			    (a < to->times && to->probe_ns[a] <= from->probe_ns[b]);
		merged[count++] = mine ? to->probe_ns[a++] : from->probe_ns[b++];
	}
	to->times = (uint8_t)(count < PAIR_TIMES ? count : PAIR_TIMES);
	memcpy(to->probe_ns, merged, to->times * sizeof(merged[0]));
}

static void
merge_pair(void *into, const void *part)
{
	struct pair *to = into;
	const struct pair *from = part;
	if (from->silent > 0)
		merge_first_last(&to->silent_first_ns, &to->silent_last_ns, to->silent == 0,
				 from->silent_first_ns, from->silent_last_ns);
	if (from->probes > 0 && (to->probes == 0 || from->probe_last_ns > to->probe_last_ns))
		to->probe_last_ns = from->probe_last_ns;
	if (from->good > 0 && (to->good == 0 || from->good_last_ns > to->good_last_ns))
		to->good_last_ns = from->good_last_ns;
	merge_probe_times(to, from);
	to->flows += from->flows;
	to->good += from->good;
	to->bad += from->bad;
	to->silent += from->silent;
	to->probes += from->probes;
	proofs_merge(&to->probe_proofs, &from->probe_proofs);
	proofs_merge(&to->silent_proofs, &from->silent_proofs);
	for (int i = 0; i < 4; i++)
		if (from->minute_flows[i] > 0)
			pair_note_minute(to, from->minute[i], from->minute_flows[i]);
	if (from->busiest > to->busiest)
		to->busiest = from->busiest;
	to->reused += from->reused;
}

static void
merge_source(void *into, const void *part)
{
	struct source *to = into;
	const struct source *from = part;
	merge_first_last(&to->first_ns, &to->last_ns, to->flows == 0, from->first_ns,
			 from->last_ns);
	to->flows += from->flows;
	to->good += from->good;
	to->bad += from->bad;
	for (int silent = 0; silent < 2; silent++)
		for (uint32_t i = 0; i < from->samples[silent]; i++)
			source_add_sample(to, &from->sample[silent][i]);
	to->silent_without += from->silent_without;
	to->collisions += from->collisions;
	merge_times(&to->collided_at, &from->collided_at);
	proofs_merge(&to->collision_proofs, &from->collision_proofs);
	if (to->reused_us == 0 || (from->reused_us != 0 && from->reused_us < to->reused_us))
		to->reused_us = from->reused_us;
	proofs_merge(&to->proofs, &from->proofs);
}

static void
merge_scan(void *into, const void *part)
{
	struct scan *to = into;
	const struct scan *from = part;
	to->flows += from->flows;
	to->refused += from->refused;
	to->unanswered += from->unanswered;
	to->open += from->open;
	distinct_merge(&to->targets, &from->targets);
	merge_times(&to->at, &from->at);
	proofs_merge(&to->proofs, &from->proofs);
}

static void
merge_stuck(struct path *to, const struct path *from)
{
	if (from->stuck == 0)
		return;
	bool fresh = to->stuck == 0;
	if (fresh || is_earlier(&from->stuck_example, &to->stuck_example))
		to->stuck_example = from->stuck_example;
	to->stuck_servers |= from->stuck_servers ||
			     (!fresh && (!ip_addr_equal(to->stuck_server, from->stuck_server) ||
					 to->stuck_port != from->stuck_port));
	int order = sketch_compare(from->stuck_server, to->stuck_server);
	if (fresh || order < 0 || (order == 0 && from->stuck_port < to->stuck_port)) {
		to->stuck_server = from->stuck_server;
		to->stuck_port = from->stuck_port;
	}
	if (fresh || from->stuck_least < to->stuck_least)
		to->stuck_least = from->stuck_least;
	if (from->passed_most > to->passed_most)
		to->passed_most = from->passed_most;
	to->stuck_direction = from->stuck_direction;
	to->stuck += from->stuck;
	merge_times(&to->stuck_at, &from->stuck_at);
	proofs_merge(&to->stuck_proofs, &from->stuck_proofs);
}

static void
merge_path(void *into, const void *part)
{
	struct path *to = into;
	const struct path *from = part;
	merge_first_last(&to->first_ns, &to->last_ns, to->flows == 0, from->first_ns,
			 from->last_ns);
	to->flows += from->flows;
	for (int dir = 0; dir < 2; dir++) {
		to->segments[dir] += from->segments[dir];
		to->retransmissions[dir] += from->retransmissions[dir];
	}
	if (from->storms > 0 && (to->storms == 0 || from->storm_last_ns > to->storm_last_ns))
		to->storm_last_ns = from->storm_last_ns;
	to->storms += from->storms;
	to->storm_retransmissions += from->storm_retransmissions;
	merge_times(&to->storm_at, &from->storm_at);
	proofs_merge(&to->proofs, &from->proofs);
	proofs_merge(&to->storm_proofs, &from->storm_proofs);
	merge_stuck(to, from);
}

static void
merge_bare_host(void *into, const void *part)
{
	struct bare_host *to = into;
	const struct bare_host *from = part;
	to->bare += from->bare;
	to->synacked += from->synacked;
	merge_times(&to->at, &from->at);
	distinct_merge(&to->sources, &from->sources);
	proofs_merge(&to->proofs, &from->proofs);
}

static void
merge_rst(void *into, const void *part)
{
	struct rst_sender *to = into;
	const struct rst_sender *from = part;
	if (to->flows == 0 || is_earlier(&from->example, &to->example))
		to->example = from->example;
	to->flows += from->flows;
	to->refusals += from->refusals;
	merge_times(&to->at, &from->at);
	proofs_merge(&to->proofs, &from->proofs);
}

static void
merge_table(struct table *into, const struct table *from, void (*merge)(void *, const void *))
{
	for (size_t i = 0; i < from->slots; i++) {
		const void *part = table_at(from, i);
		if (part == NULL)
			continue;
		void *record = table_take(into, part, table_weight(from, i), false);
		merge(record, part);
	}
	into->lost += from->lost;
}

void
tally_merge(struct tally *tally, const struct tally *from)
{
	if (from->flows == 0)
		return;
	merge_first_last(&tally->first_ns, &tally->last_ns, tally->flows == 0, from->first_ns,
			 from->last_ns);
	tally->flows += from->flows;
	tally->good += from->good;
	tally->bad += from->bad;
	tally->probes += from->probes;
	tally->incomplete += from->incomplete;
	tally->established += from->established;
	tally->payload += from->payload;
	tally->beyond += from->beyond;
	tally->lossy += from->lossy;
	tally->options_cut += from->options_cut;
	episodes_merge(&tally->midstream_at, &from->midstream_at, NS_PER_S);
	proofs_merge(&tally->loss_proofs, &from->loss_proofs);
	merge_table(&tally->listeners, &from->listeners, merge_listener);
	merge_table(&tally->groups, &from->groups, merge_group);
	merge_table(&tally->backlogs, &from->backlogs, merge_backlog);
	merge_table(&tally->pairs, &from->pairs, merge_pair);
	merge_table(&tally->sources, &from->sources, merge_source);
	merge_table(&tally->scans, &from->scans, merge_scan);
	merge_table(&tally->paths, &from->paths, merge_path);
	merge_table(&tally->bare_hosts, &from->bare_hosts, merge_bare_host);
	merge_table(&tally->rsts, &from->rsts, merge_rst);
}

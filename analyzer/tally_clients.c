/* SPDX-License-Identifier: BSD-2-Clause */
/* What clients do: with which listeners, with what clocks, and what they try in vain. */
#include <string.h>

#include "analyzer/tally_parts.h"

enum { MINUTES = 4 };

static const int64_t minute_ns = 60 * NS_PER_S;

static void
note_probe(struct pair *pair, const struct flow *flow)
{
	unsigned at = pair->times;
	pair->probes++;
	if (pair->probes == 1 || flow->first_ns > pair->probe_last_ns)
		pair->probe_last_ns = flow->first_ns;
	struct finding_evidence evidence = tally_evidence(flow, flow->last_moment);
	proofs_add(&pair->probe_proofs, &evidence);
	while (at > 0 && flow->first_ns < pair->probe_ns[at - 1])
		at--;
	if (at == PAIR_TIMES)
		return;
	if (pair->times < PAIR_TIMES)
		pair->times++;
	memmove(&pair->probe_ns[at + 1], &pair->probe_ns[at],
		(pair->times - 1U - at) * sizeof(pair->probe_ns[0]));
	pair->probe_ns[at] = flow->first_ns;
}

void
pair_note_minute(struct pair *pair, int64_t minute, uint32_t flows)
{
	int oldest = 0;
	for (int i = 0; i < MINUTES; i++) {
		if (pair->minute_flows[i] > 0 && pair->minute[i] == minute) {
			pair->minute_flows[i] += flows;
			if (pair->minute_flows[i] > pair->busiest)
				pair->busiest = pair->minute_flows[i];
			return;
		}
		if (pair->minute_flows[i] == 0 || (pair->minute_flows[oldest] != 0 &&
						   pair->minute[i] < pair->minute[oldest]))
			oldest = i;
	}
	if (pair->minute_flows[oldest] != 0 && minute < pair->minute[oldest])
		return; /* too late to matter: its minute has been left */
	pair->minute[oldest] = minute;
	pair->minute_flows[oldest] = flows;
	if (flows > pair->busiest)
		pair->busiest = flows;
}

static void
note_silent(struct pair *pair, const struct flow *flow)
{
	if (pair->silent == 0 || flow->first_ns < pair->silent_first_ns)
		pair->silent_first_ns = flow->first_ns;
	if (pair->silent == 0 || flow->first_ns > pair->silent_last_ns)
		pair->silent_last_ns = flow->first_ns;
	pair->silent++;
	struct finding_evidence evidence = tally_evidence(flow, flow->half[TO_SERVER].syn_last);
	proofs_add(&pair->silent_proofs, &evidence);
}

void
tally_take_pair(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct table_key key = { .a = flow->client,
				       .b = flow->server,
				       .port = flow->server_port,
				       .ip_version = flow->ip_version };
	struct pair *pair = table_take(&tally->pairs, &key, 1, sighting->bare);
	if (pair == NULL)
		return;
	pair->flows++;
	if (sighting->good && (pair->good == 0 || flow->first_ns > pair->good_last_ns))
		pair->good_last_ns = flow->first_ns;
	pair->good += sighting->good;
	pair->bad += sighting->bad && !sighting->bare;
	if (sighting->silent)
		note_silent(pair, flow);
	if (sighting->verdict->code == VERDICT_PROBE_CONNECT_RESET ||
	    sighting->verdict->code == VERDICT_PROBE_CONNECT_CLOSE)
		note_probe(pair, flow);
	pair_note_minute(pair, flow->first_ns / minute_ns, 1);
	pair->reused += flow->previous_number != 0 && flow->reused_after_ms < 60000;
}

void
source_add_sample(struct source *source, const struct syn_sample *sample)
{
	struct syn_sample *kept = source->sample[sample->silent];
	uint32_t *count = &source->samples[sample->silent], at = *count;
	while (at > 0 && sample->order < kept[at - 1].order)
		at--;
	if (at == SOURCE_SAMPLES)
		return;
	if (*count < SOURCE_SAMPLES)
		(*count)++;
	memmove(&kept[at + 1], &kept[at], (*count - 1 - at) * sizeof(*sample));
	kept[at] = *sample;
}

static void
note_clock(struct source *source, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct half *client = &flow->half[TO_SERVER];
	if (client->syn_count == 0)
		return;
	const struct syn_sample sample = {
		.order = sketch_mix(sketch_address(flow->server) ^
				    (uint64_t)flow->first_ns * UINT64_C(0x9e3779b97f4a7c15) ^
				    (uint64_t)flow->client_port << 16 ^ flow->server_port),
		.at_us = flow->first_ns / NS_PER_US,
		.tsval = client->syn_tsval,
		.server = (uint32_t)sketch_address(flow->server),
		.port = flow->client_port,
		.has_timestamp = (client->options & TCP_HAS_TIMESTAMP) != 0,
		.good = sighting->good || sighting->probe,
		.silent = sighting->verdict->code == VERDICT_SYN_UNANSWERED,
	};
	source->silent_without += sample.silent && !sample.has_timestamp;
	source_add_sample(source, &sample);
}

static void
note_collision(struct source *source, const struct flow *flow)
{
	struct moment moment = flow->half[TO_SERVER].syn;
	if (flow->detail != NULL && moment_happened(flow->detail->stale_ack))
		moment = flow->detail->stale_ack;
	source->collisions++;
	episodes_add(&source->collided_at, flow->first_ns, TALLY_JOIN_NS);
	struct finding_evidence evidence = tally_evidence(flow, moment);
	proofs_add(&source->collision_proofs, &evidence);
	int64_t reused_us = (int64_t)flow->reused_after_ms * 1000;
	if (flow->previous_number != 0 && (source->reused_us == 0 || reused_us < source->reused_us))
		source->reused_us = reused_us > 0 ? reused_us : 1;
}

void
tally_take_source(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct table_key key = { .a = flow->client, .ip_version = flow->ip_version };
	struct source *source = table_take(&tally->sources, &key, 1, sighting->bare);
	if (source == NULL)
		return;
	if (source->flows++ == 0 || flow->first_ns < source->first_ns)
		source->first_ns = flow->first_ns;
	if (flow->first_ns > source->last_ns)
		source->last_ns = flow->first_ns;
	source->good += sighting->good;
	source->bad += sighting->bad;
	struct finding_evidence evidence = tally_evidence(flow, (struct moment){ .frame = 0 });
	proofs_add(&source->proofs, &evidence);
	note_clock(source, sighting);
	if (sighting->verdict->code == VERDICT_SYN_ANSWERED_STALE_ACK || flow->syn_challenged)
		note_collision(source, flow);
}

/* What a scanner gets to see. */
static bool
is_fruitless(enum verdict_code code)
{
	static const enum verdict_code fruitless[] = {
		VERDICT_INVALID_FLAGS_PROBE,   VERDICT_REFUSED_BY_RST,
		VERDICT_REFUSED_BY_ICMP,       VERDICT_FILTERED_BY_ICMP,
		VERDICT_UNREACHABLE_BY_ICMP,   VERDICT_CONNECT_ABORTED_BY_CLIENT,
		VERDICT_HALF_OPEN_PROBE,       VERDICT_SYN_UNANSWERED,
		VERDICT_SYNACK_UNACKED,	       VERDICT_PROBE_CONNECT_RESET,
		VERDICT_PROBE_CONNECT_CLOSE,
	};
	for (size_t i = 0; i < sizeof(fruitless) / sizeof(fruitless[0]); i++)
		if (fruitless[i] == code)
			return true;
	return false;
}

static void
add_scan(struct tally *tally, const struct sighting *sighting, enum scan_kind kind)
{
	const struct flow *flow = sighting->flow;
	struct table_key key = { .a = flow->client,
				 .ip_version = flow->ip_version,
				 .code = (uint8_t)kind };
	if (kind == SCAN_PORTS)
		key.b = flow->server;
	else
		key.port = flow->server_port;
	struct scan *scan = table_take(&tally->scans, &key, 1, sighting->bare);
	if (scan == NULL)
		return;
	enum verdict_code code = sighting->verdict->code;
	scan->flows++;
	scan->refused += code == VERDICT_REFUSED_BY_RST || code == VERDICT_REFUSED_BY_ICMP;
	scan->unanswered += code == VERDICT_SYN_UNANSWERED || code == VERDICT_FILTERED_BY_ICMP;
	scan->open += code == VERDICT_PROBE_CONNECT_RESET || code == VERDICT_PROBE_CONNECT_CLOSE;
	distinct_add(&scan->targets, kind == SCAN_PORTS ? sketch_mix(flow->server_port + 1U)
							: sketch_address(flow->server));
	episodes_add(&scan->at, flow->first_ns, TALLY_JOIN_NS);
	struct finding_evidence evidence = tally_evidence(flow, (struct moment){ .frame = 0 });
	proofs_add(&scan->proofs, &evidence);
}

void
tally_take_scan(struct tally *tally, const struct sighting *sighting)
{
	if (!is_fruitless(sighting->verdict->code))
		return;
	add_scan(tally, sighting, SCAN_PORTS);
	add_scan(tally, sighting, SCAN_HOSTS);
}

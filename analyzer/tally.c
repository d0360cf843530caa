/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a decided flow apart and adds it to the records that it concerns. */
#include "analyzer/tally.h"

#include <assert.h>
#include <string.h>

#include "analyzer/tally_parts.h"

/* A FIN this long after the last data was not the end of an answer. */
static const int64_t unasked_us = INT64_C(200000);
/* Shorter stays in the backlog are ordinary round trips: a SYN-ACK is sent again after a second. */
static const int64_t stay_least_ns = NS_PER_S;
/* How long Linux keeps a half-open request (tcp_synack_retries 5; measured). */
static const int64_t stay_most_ns = 63 * NS_PER_S;

int64_t
tally_moment_ns(const struct flow *flow, struct moment moment)
{
	return flow_moment_us(flow, moment) * NS_PER_US;
}

static bool
is_before(const struct finding_evidence *a, const struct finding_evidence *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->flow < b->flow;
}

/* By chance, and yet the same in any order. */
static uint64_t
lot(const struct finding_evidence *evidence)
{
	return sketch_mix((uint64_t)evidence->at_ns ^ (uint64_t)evidence->flow << 40);
}

void
proofs_add(struct proofs *proofs, const struct finding_evidence *evidence)
{
	unsigned at = proofs->count;
	if (proofs->count == 0 || is_before(&proofs->last, evidence))
		proofs->last = *evidence;
	if (proofs->count == 0 || is_before(evidence, &proofs->first))
		proofs->first = *evidence;
	while (at > 0 && lot(evidence) < lot(&proofs->some[at - 1]))
		at--;
	if (at == PROOFS_SOME)
		return;
	if (proofs->count < PROOFS_SOME)
		proofs->count++;
	memmove(&proofs->some[at + 1], &proofs->some[at],
		(proofs->count - 1U - at) * sizeof(*evidence));
	proofs->some[at] = *evidence;
}

void
proofs_merge(struct proofs *proofs, const struct proofs *from)
{
	if (from->count == 0)
		return;
	/* the first ones of all lots are among those of the parts */
	for (unsigned i = 0; i < from->count; i++)
		proofs_add(proofs, &from->some[i]);
	if (is_before(&from->first, &proofs->first))
		proofs->first = from->first;
	if (is_before(&proofs->last, &from->last))
		proofs->last = from->last;
}

struct finding_evidence
tally_evidence(const struct flow *flow, struct moment moment)
{
	if (!moment_happened(moment))
		return (struct finding_evidence){
			.at_ns = flow->first_ns,
			.flow = flow->number,
			.frame = flow->first_frame,
			.source = flow->source,
		};
	return (struct finding_evidence){
		.at_ns = tally_moment_ns(flow, moment),
		.flow = flow->number,
		.frame = moment.frame,
		.source = moment.source,
	};
}

static void
prove(struct proofs *proofs, const struct flow *flow, struct moment moment)
{
	const struct finding_evidence evidence = tally_evidence(flow, moment);
	proofs_add(proofs, &evidence);
}

static struct moment
zero_moment(void)
{
	return (struct moment){ .frame = 0 };
}

/* Nothing but one SYN came from the client, and nothing said no to it; or a host whose address was
 * forged says that it knows nothing of the SYN-ACK. */
static bool
is_bare(const struct flow *flow, const struct verdict *verdict)
{
	const struct half *client = &flow->half[TO_SERVER];
	if (verdict->code == VERDICT_HALF_OPEN_PROBE)
		return client->syn_count == 1;
	if (verdict->code != VERDICT_SYN_UNANSWERED && verdict->code != VERDICT_SYNACK_UNACKED &&
	    verdict->code != VERDICT_HANDSHAKE_CUT)
		return false;
	return client->syn_count == 1 && client->packets - client->duplicates == 1;
}

struct sighting
sighting_make(const struct flow *flow, const struct verdict *verdict)
{
	enum verdict_class class = verdict_infos[verdict->code].verdict_class;
	struct sighting sighting = {
		.flow = flow,
		.verdict = verdict,
		.probe = class == CLASS_PROBE,
		.incomplete = class == CLASS_INCOMPLETE,
		.bad = class > CLASS_INCOMPLETE,
		.good = class == CLASS_OK || class == CLASS_INFO,
		.bare = is_bare(flow, verdict),
		.rst = flow_effective_rst(flow),
	};
	sighting.passing = !flow->established && flow->role == ROLE_SEEN;
	sighting.silent = !sighting.bare && (verdict->code == VERDICT_SYN_UNANSWERED ||
					     verdict->code == VERDICT_FILTERED_BY_ICMP);
	sighting.served = flow->established && verdict->code != VERDICT_HANDSHAKE_ACK_IGNORED &&
			  verdict->code != VERDICT_RESET_AT_ACCEPT &&
			  verdict->code != VERDICT_ONE_SIDED_CAPTURE;
	return sighting;
}

static void
note_first_last(int64_t *first_ns, int64_t *last_ns, bool first_time, int64_t at_ns)
{
	if (first_time || at_ns < *first_ns)
		*first_ns = at_ns;
	if (first_time || at_ns > *last_ns)
		*last_ns = at_ns;
}

/* When the server ended a connection without having been asked; false if it did not. */
static bool
dropped_at(const struct sighting *sighting, struct moment *ret_moment)
{
	const struct flow *flow = sighting->flow;
	const struct half *server = &flow->half[TO_CLIENT], *client = &flow->half[TO_SERVER];
	bool open = flow->established || flow->role == ROLE_INFERRED ||
		    sighting->verdict->code == VERDICT_RESET_AT_ACCEPT;
	if (!open)
		return false;
	if (sighting->rst != NULL && sighting->rst->direction == TO_CLIENT) {
		*ret_moment = sighting->rst->at;
		return true;
	}
	if (!moment_happened(server->fin) || flow->first_fin != TO_CLIENT)
		return false;
	int64_t since_us = INT64_MAX;
	for (int dir = 0; dir < 2; dir++) {
		const struct half *half = dir == TO_SERVER ? client : server;
		if (!moment_happened(half->data_last))
			continue;
		int64_t us = moment_distance_us(half->data_last, server->fin);
		since_us = us < since_us ? us : since_us;
	}
	*ret_moment = server->fin;
	return since_us >= unasked_us;
}

static void
take_late(struct listener *listener, const struct flow *flow)
{
	const struct half *client = &flow->half[TO_SERVER];
	if (!flow->established || client->syn_count < 2 || flow->syn_challenged ||
	    !moment_happened(flow->handshake_ack) || !moment_happened(client->syn))
		return;
	int64_t us = moment_distance_us(client->syn, flow->handshake_ack);
	listener->late++;
	listener->late_answered += flow->half[TO_CLIENT].synack_count > 1;
	listener->late_delay[us < 2000000 ? 0 : us < 5000000 ? 1 : us < 10000000 ? 2 : 3]++;
	episodes_add(&listener->late_at, flow->first_ns, TALLY_JOIN_NS);
	prove(&listener->late_proofs, flow, client->syn_last);
}

static void
take_silence(struct listener *listener, const struct sighting *sighting, int64_t idle_least_ns)
{
	const struct flow *flow = sighting->flow;
	int64_t silence_ns = (int64_t)flow->idle_max_us * NS_PER_US;
	struct moment from = flow->detail != NULL ? flow->detail->idle_from : zero_moment();
	enum verdict_code code = sighting->verdict->code;
	if (code == VERDICT_BLACKHOLED_AFTER_IDLE || code == VERDICT_RESET_AFTER_IDLE) {
		episodes_add(&listener->died, silence_ns, TALLY_IDLE_JOIN_NS);
		episodes_add(&listener->died_at, sighting->event_ns, TALLY_JOIN_NS);
		prove(&listener->died_proofs, flow, sighting->event);
		listener->unprobed += flow->half[0].keepalives + flow->half[1].keepalives == 0;
	} else if (code == VERDICT_CLOSED_AFTER_IDLE) {
		episodes_add(&listener->retired, silence_ns, TALLY_IDLE_JOIN_NS);
		episodes_add(&listener->retired_at, flow->last_ns, TALLY_JOIN_NS);
		prove(&listener->retired_proofs, flow, from);
	} else if (sighting->good && flow->established && silence_ns >= idle_least_ns / 3) {
		listener->survivors++;
		if (silence_ns > listener->survived_ns)
			listener->survived_ns = silence_ns;
	}
}

static void
take_one_sided(struct listener *listener, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	if (sighting->verdict->code == VERDICT_ONE_SIDED_CAPTURE) {
		bool first = listener->one_sided == 0;
		bool other = !first && !ip_addr_equal(listener->one_sided_client, flow->client);
		listener->one_sided++;
		listener->one_sided_clients |= other;
		if (first || sketch_compare(flow->client, listener->one_sided_client) < 0)
			listener->one_sided_client = flow->client;
		episodes_add(&listener->one_sided_at, flow->first_ns, TALLY_JOIN_NS);
		prove(&listener->one_sided_proofs, flow, zero_moment());
	} else if (sighting->verdict->code == VERDICT_SYNACK_UNSOLICITED) {
		listener->unsolicited++;
		distinct_add(&listener->unsolicited_sources, sketch_address(flow->client));
		episodes_add(&listener->unsolicited_at, flow->first_ns, TALLY_JOIN_NS);
		prove(&listener->unsolicited_proofs, flow, zero_moment());
	}
}

static void
take_bare(struct listener *listener, const struct flow *flow)
{
	listener->bare++;
	listener->bare_synacked += flow->half[TO_CLIENT].synack_count > 0;
	episodes_add(&listener->bare_at, flow->first_ns, TALLY_JOIN_NS);
	distinct_add(&listener->bare_sources, sketch_address(flow->client));
	prove(&listener->bare_proofs, flow, zero_moment());
}

static void
take_half_open(struct listener *listener, const struct sighting *sighting, int64_t watch_ns)
{
	const struct flow *flow = sighting->flow;
	const struct half *server = &flow->half[TO_CLIENT];
	if (sighting->verdict->code != VERDICT_SYNACK_UNACKED)
		return;
	if (server->synack_count > 1) {
		listener->synack_again++;
	} else if (sighting->verdict->watched_us * NS_PER_US >= watch_ns) {
		listener->synack_once++;
		episodes_add(&listener->synack_once_at, flow->first_ns, TALLY_JOIN_NS);
		prove(&listener->synack_once_proofs, flow, server->syn);
	}
}

static void
take_listener(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct table_key key = { .a = flow->server,
				       .port = flow->server_port,
				       .ip_version = flow->ip_version };
	struct listener *listener = table_take(&tally->listeners, &key, 1, sighting->passing);
	if (listener == NULL)
		return;
	note_first_last(&listener->first_ns, &listener->last_ns,
			listener->flows + listener->probes == 0, flow->first_ns);
	listener->answered += flow->half[TO_CLIENT].packets > 0;
	if (sighting->served && moment_happened(flow->handshake_ack)) {
		/* when it was asked for, as with refusals: an answer that takes long is no silence */
		struct moment asked = flow->half[TO_SERVER].syn_last;
		int64_t at_ns = tally_moment_ns(
			flow, moment_happened(asked) ? asked : flow->handshake_ack);
		gaps_add(&listener->served, at_ns, TALLY_JOIN_NS);
		presence_add(&listener->present, at_ns);
		timeline_add(&listener->serving, at_ns);
	}
	struct moment moment;
	if (dropped_at(sighting, &moment))
		runs_add(&listener->dropped, tally_moment_ns(flow, moment), TALLY_JOIN_NS);
	if (sighting->verdict->code == VERDICT_REFUSED_BY_RST ||
	    sighting->verdict->code == VERDICT_REFUSED_BY_ICMP)
		runs_add(&listener->refused, flow->first_ns, TALLY_JOIN_NS);
	if (sighting->bare)
		take_bare(listener, flow);
	if (sighting->probe) {
		listener->probes++;
		return;
	}
	listener->flows++;
	listener->bare_flows += sighting->bare;
	listener->good += sighting->good;
	listener->bad += sighting->bad;
	listener->incomplete += sighting->incomplete;
	listener->established += flow->established;
	take_late(listener, flow);
	take_silence(listener, sighting, tally->limits.idle_ns);
	take_one_sided(listener, sighting);
	take_half_open(listener, sighting, tally->limits.syn_ns);
	if (sighting->verdict->tags >> TAG_HANDSHAKE_STALLED & 1 && sighting->served) {
		assert(flow->detail != NULL); /* which holds what the tag is about */
		listener->stalled++;
		episodes_add(&listener->stalled_at, flow->first_ns, TALLY_JOIN_NS);
		prove(&listener->stalled_proofs, flow, flow->detail->synack_after_ack);
	}
	if ((sighting->good || sighting->bad) && !sighting->bare)
		contrast_take(&listener->contrast, flow, sighting->bad);
}

/* When a half-open request ended: by the ACK, by an RST, or because the server forgot it. */
static int64_t
half_open_end(const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct half *server = &flow->half[TO_CLIENT];
	int64_t from = tally_moment_ns(flow, server->syn);
	if (moment_happened(flow->handshake_ack))
		return tally_moment_ns(flow, flow->handshake_ack);
	if (sighting->rst != NULL)
		return tally_moment_ns(flow, sighting->rst->at);
	/* the timer doubles: the next SYN-ACK would be due as long after the last one as that came
	 * after the beginning, and a second; until then the request is held, longer nobody knows */
	int64_t last = tally_moment_ns(flow, server->syn_last);
	int64_t held = last - from < stay_most_ns ? 2 * (last - from) + NS_PER_S : stay_most_ns;
	return from + (held < stay_most_ns ? held : stay_most_ns);
}

/* How long a connection waited to be accepted, seen by SYN-ACKs after the handshake. */
static int64_t
waiting_end(const struct flow *flow)
{
	const struct half *server = &flow->half[TO_CLIENT];
	if (moment_happened(server->data_first))
		return tally_moment_ns(flow, server->data_first);
	int64_t from = tally_moment_ns(flow, server->syn);
	int64_t last = tally_moment_ns(flow, server->syn_last);
	int64_t held = last - from < stay_most_ns ? 2 * (last - from) + NS_PER_S : stay_most_ns;
	return from + (held < stay_most_ns ? held : stay_most_ns);
}

static void
take_backlog(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct half *server = &flow->half[TO_CLIENT];
	if (server->synack_count == 0 || !moment_happened(server->syn) ||
	    sighting->verdict->vantage == VANTAGE_CLIENT)
		return;
	int64_t from = tally_moment_ns(flow, server->syn), to = half_open_end(sighting);
	bool waited = flow->detail != NULL && flow->detail->synack_after_ack_count > 0 &&
		      moment_happened(flow->handshake_ack);
	if (to - from < stay_least_ns && !waited)
		return;
	const struct table_key key = { .a = flow->server,
				       .port = flow->server_port,
				       .ip_version = flow->ip_version };
	struct backlog_record *record = table_take(&tally->backlogs, &key, 1, sighting->passing);
	if (record == NULL)
		return;
	if (to - from >= stay_least_ns)
		backlog_add(&record->backlog, BACKLOG_HALF_OPEN, from, to);
	if (waited)
		backlog_add(&record->backlog, BACKLOG_WAITING,
			    tally_moment_ns(flow, flow->handshake_ack), waiting_end(flow));
}

bool
tally_init(struct tally *tally, const struct limits *limits)
{
	*tally = (struct tally){ .limits = *limits };
	bool good = table_init(&tally->listeners, TALLY_LISTENERS, sizeof(struct listener)) &&
	       table_init(&tally->groups, TALLY_GROUPS, sizeof(struct group)) &&
	       table_init(&tally->backlogs, TALLY_BACKLOGS, sizeof(struct backlog_record)) &&
	       table_init(&tally->pairs, TALLY_PAIRS, sizeof(struct pair)) &&
	       table_init(&tally->sources, TALLY_SOURCES, sizeof(struct source)) &&
	       table_init(&tally->scans, TALLY_SCANS, sizeof(struct scan)) &&
	       table_init(&tally->paths, TALLY_PATHS, sizeof(struct path)) &&
	       table_init(&tally->bare_hosts, TALLY_BARE_HOSTS, sizeof(struct bare_host)) &&
	       table_init(&tally->rsts, TALLY_RSTS, sizeof(struct rst_sender));
	tally->sources.cleared_size = offsetof(struct source, sample);
	return good;
}

void
tally_release(struct tally *tally)
{
	table_release(&tally->listeners);
	table_release(&tally->groups);
	table_release(&tally->backlogs);
	table_release(&tally->pairs);
	table_release(&tally->sources);
	table_release(&tally->scans);
	table_release(&tally->paths);
	table_release(&tally->bare_hosts);
	table_release(&tally->rsts);
}

/* Where a flow failed: the frame, and its time. */
static void
find_event(struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct verdict *verdict = sighting->verdict;
	enum verdict_class class = verdict_infos[verdict->code].verdict_class;
	sighting->event_ns = flow->first_ns;
	if (verdict->evidence_count > 0)
		sighting->event = verdict->evidence[verdict->evidence_count - 1].at;
	if (class == CLASS_RESET || class == CLASS_INJECTED || class == CLASS_IDLE ||
	    class == CLASS_STALLED) {
		const struct stall *stall = NULL;
		for (int dir = 0; dir < 2 && flow->detail != NULL; dir++)
			if (flow->detail->stall[dir].transmissions > 1)
				stall = &flow->detail->stall[dir];
		if (sighting->rst != NULL)
			sighting->event = sighting->rst->at;
		else if (stall != NULL)
			sighting->event = stall->first;
		if (moment_happened(sighting->event))
			sighting->event_ns = tally_moment_ns(flow, sighting->event);
	}
}

void
tally_take(struct tally *tally, const struct flow *flow, const struct verdict *verdict)
{
	struct sighting sighting = sighting_make(flow, verdict);
	find_event(&sighting);
	note_first_last(&tally->first_ns, &tally->last_ns, tally->flows == 0, flow->first_ns);
	tally->flows++;
	tally->good += sighting.good;
	tally->bad += sighting.bad;
	tally->probes += sighting.probe;
	tally->incomplete += sighting.incomplete;
	tally->established += flow->established;
	tally->payload += flow->half[0].payload + flow->half[1].payload;
	const struct half *client = &flow->half[TO_SERVER], *server = &flow->half[TO_CLIENT];
	tally->beyond += client->packets - client->duplicates > client->syn_count ||
			 server->packets - server->duplicates > server->synack_count;
	tally->options_cut += flow->half[0].options_cut || flow->half[1].options_cut;
	if (verdict->code == VERDICT_MIDSTREAM_OPEN || verdict->code == VERDICT_MIDSTREAM_CLOSED ||
	    verdict->code == VERDICT_MIDSTREAM_RESET)
		episodes_add(&tally->midstream_at, flow->first_ns, NS_PER_S);
	if (flow->detail != NULL && moment_happened(flow->detail->loss)) {
		tally->lossy++;
		prove(&tally->loss_proofs, flow, flow->detail->loss);
	}
	take_listener(tally, &sighting);
	take_backlog(tally, &sighting);
	if (sighting.bad)
		tally_take_group(tally, &sighting);
	tally_take_pair(tally, &sighting);
	tally_take_source(tally, &sighting);
	tally_take_scan(tally, &sighting);
	tally_take_path(tally, &sighting);
	tally_take_rst(tally, &sighting);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for attempts that never became a connection. */
#include "analyzer/rules.h"

#include <stddef.h>

#include "analyzer/seq.h"

/* Watching this long after the first SYN makes even two SYNs a clear case. */
static const int64_t clear_watch_us = 7 * INT64_C(1000000);
/* An ARP or neighbour failure is reported after this long, an ACL at once. */
static const int64_t arp_failure_us = 500 * INT64_C(1000);

static int64_t
us(int64_t ns)
{
	return ns / NS_PER_US;
}

static const struct half *
half_of(const struct judgement *judgement, enum direction dir)
{
	return &judgement->flow->half[dir];
}

/* What an ICMP error about the SYN means (RFC 792, RFC 1122 3.2.2.1, RFC 4443 3). */
static enum verdict_code
icmp_meaning(const struct icmp_record *icmp)
{
	if (icmp->ip_version == 6) {
		if (icmp->type == 3 || icmp->type == 4)
			return VERDICT_UNREACHABLE_BY_ICMP;
		if (icmp->type != 1)
			return VERDICT_UNCLASSIFIED;
		if (icmp->code == 4)
			return VERDICT_REFUSED_BY_ICMP;
		bool filtered = icmp->code == 1 || icmp->code == 5 || icmp->code == 6;
		return filtered ? VERDICT_FILTERED_BY_ICMP : VERDICT_UNREACHABLE_BY_ICMP;
	}
	if (icmp->type == 11 || icmp->type == 12)
		return VERDICT_UNREACHABLE_BY_ICMP;
	if (icmp->type != 3 || icmp->code == 4)
		return VERDICT_UNCLASSIFIED;
	if (icmp->code == 2 || icmp->code == 3)
		return VERDICT_REFUSED_BY_ICMP;
	bool filtered = icmp->code == 9 || icmp->code == 10 || icmp->code == 13;
	return filtered ? VERDICT_FILTERED_BY_ICMP : VERDICT_UNREACHABLE_BY_ICMP;
}

static bool
by_icmp(struct judgement *judgement)
{
	const struct icmp_record *icmp = &judgement->detail->icmp;
	enum verdict_code code = judgement->verdict->code;
	if (!moment_happened(icmp->at) || !icmp->quotes_syn || flow_has_synack(judgement->flow) ||
	    icmp_meaning(icmp) != code)
		return false;
	bool by_server = ip_addr_equal(icmp->from, judgement->flow->server);
	int64_t after = moment_distance_us(judgement->client->syn, icmp->at);
	if (code == VERDICT_UNREACHABLE_BY_ICMP) {
		bool loop = icmp->type == (icmp->ip_version == 6 ? 3 : 11) && icmp->code == 0;
		bool late = after > arp_failure_us;
		verdict_suspect(judgement, SUSPECT_PATH);
		verdict_cause(judgement, loop ? CAUSE_ROUTING_LOOP
					      : late ? CAUSE_HOST_DOWN : CAUSE_NO_ROUTE);
		if (!loop)
			verdict_cause(judgement, late ? CAUSE_NO_ROUTE : CAUSE_HOST_DOWN);
		verdict_advice(judgement, ADVICE_TRACE);
		verdict_advice(judgement, late ? ADVICE_ARP : ADVICE_DEVICE);
	} else {
		verdict_suspect(judgement, by_server ? SUSPECT_SERVER : SUSPECT_MIDDLEBOX);
		verdict_cause(judgement, by_server ? CAUSE_HOST_FIREWALL_REJECT
						   : CAUSE_PATH_FIREWALL_REJECT);
		if (code == VERDICT_FILTERED_BY_ICMP && !by_server)
			verdict_cause(judgement, CAUSE_ACL_PROHIBITED);
		verdict_advice(judgement, by_server ? ADVICE_SERVER_FIREWALL : ADVICE_DEVICE);
		verdict_advice(judgement, ADVICE_TRACE);
	}
	cite_syns(judgement);
	verdict_evidence(judgement, icmp->at, EVIDENCE_ICMP, !icmp->quoted, 1);
	judgement->verdict->waited_us = after;
	return true;
}

/* D05: young at the end of the capture. */
static bool
handshake_cut(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	int64_t cut_us = us(judgement->context->limits->cut_ns);
	if (judgement->watched_us >= cut_us)
		return false;
	bool synack = flow_has_synack(flow);
	/* a repeated SYN-ACK deserves as much patience as the first */
	if (synack ? judgement->server->synack_count > 2
		   : flow_syn_count(flow) != 1 && !moment_happened(judgement->detail->stale_ack))
		return false;
	verdict_suspect(judgement, SUSPECT_CAPTURE);
	verdict_advice(judgement, ADVICE_CAPTURE_LONGER);
	cite_syns(judgement);
	cite_synacks(judgement);
	return true;
}

/* A kernel answers with the TOS of the SYN, a packet filter with 0 (measured on Linux); where the SYN
 * has TOS 0 nobody can tell. An RST whose TTL is not the server's was made on the way. */
static void
explain_refusal(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	uint8_t tos = judgement->client->tos_syn, ttl = judgement->context->host_ttl[TO_CLIENT];
	bool elsewhere = ttl != 0 && rst->ttl != ttl;
	bool filter = tos != 0 && rst->tos == 0, kernel = tos != 0 && rst->tos == tos;
	if (elsewhere) {
		verdict_suspect(judgement, SUSPECT_MIDDLEBOX);
		verdict_cause(judgement, CAUSE_PATH_FIREWALL_REJECT);
	} else if (filter) {
		verdict_cause(judgement, CAUSE_HOST_FIREWALL_REJECT);
	}
	/* a port that answered other SYNs is being restarted rather than forgotten */
	bool listener = judgement->context->listener_known;
	if (!filter) {
		verdict_cause(judgement, listener ? CAUSE_SERVICE_RESTARTING : CAUSE_NO_LISTENER);
		verdict_cause(judgement, listener ? CAUSE_NO_LISTENER : CAUSE_SERVICE_RESTARTING);
	}
	if (!filter && !kernel)
		verdict_cause(judgement, CAUSE_HOST_FIREWALL_REJECT);
	if (!elsewhere && !kernel)
		verdict_cause(judgement, CAUSE_PATH_FIREWALL_REJECT);
}

/* D10 */
static bool
refused_by_rst(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	if (rst == NULL || flow_has_synack(judgement->flow) || rst->effect != RST_EFFECTIVE ||
	    !half_of(judgement, !rst->direction)->isn_known || !(rst->flags & TCP_ACK) ||
	    half_of(judgement, rst->direction)->isn_known || rst->direction == TO_SERVER)
		return false;
	const struct half *client = judgement->client;
	verdict_suspect(judgement, SUSPECT_SERVER);
	bool repeated = client->syn_count > 1 &&
			moment_distance_us(client->syn, client->syn_last) > 0 &&
			moment_distance_us(client->syn_last, rst->at) > 0;
	if (repeated && moment_distance_us(client->syn, rst->at) > us(NS_PER_S))
		verdict_reason(judgement, CONFIDENCE_REPEATED_BEFORE);
	explain_refusal(judgement);
	verdict_advice(judgement, ADVICE_LISTENING);
	verdict_advice(judgement, ADVICE_SERVER_FIREWALL);
	judgement->verdict->waited_us = moment_distance_us(client->syn, rst->at);
	cite_syns(judgement);
	cite_rst(judgement);
	return true;
}

/* D15 */
static bool
syn_answered_stale_ack(struct judgement *judgement)
{
	const struct detail *detail = judgement->detail;
	if (!moment_happened(detail->stale_ack) || judgement->server->synack_count > 0)
		return false;
	/* the client resets the old connection and asks again at once: that takes a moment */
	if (judgement->watched_us < us(judgement->context->limits->cut_ns) &&
	    !judgement->flow->superseded && judgement->server->challenge_acks < 2)
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER);
	verdict_cause(judgement, CAUSE_OLD_CONNECTION_HELD);
	verdict_cause(judgement, CAUSE_TIME_WAIT_HELD);
	verdict_cause(judgement, CAUSE_ISN_REWRITTEN);
	verdict_advice(judgement, ADVICE_CHALLENGE_COUNTERS);
	verdict_advice(judgement, ADVICE_CONNTRACK);
	verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	cite_syns(judgement);
	verdict_evidence(judgement, detail->stale_ack, EVIDENCE_STALE_ACK, TO_CLIENT,
			 judgement->server->challenge_acks);
	return true;
}

static bool
client_gave_up(struct judgement *judgement, struct moment end, enum evidence_kind kind)
{
	verdict_suspect(judgement, SUSPECT_CLIENT);
	verdict_cause(judgement, CAUSE_CLIENT_TIMEOUT_SHORT);
	verdict_cause(judgement, CAUSE_NETWORK_SLOW);
	verdict_advice(judgement, ADVICE_CLIENT_TIMEOUT);
	verdict_advice(judgement, ADVICE_TRACE);
	judgement->verdict->waited_us = moment_distance_us(judgement->client->syn, end);
	cite_syns(judgement);
	cite_synacks(judgement);
	verdict_evidence(judgement, end, kind, TO_SERVER, 1);
	return true;
}

/* D16 a: RST or FIN before any answer */
static bool
aborted_before_answer(struct judgement *judgement)
{
	const struct half *client = judgement->client;
	if (judgement->server->synack_count > 0 || client->syn_count == 0 ||
	    moment_happened(judgement->detail->stale_ack))
		return false;
	if (moment_happened(client->rst))
		return client_gave_up(judgement, client->rst, EVIDENCE_RST);
	if (moment_happened(client->fin))
		return client_gave_up(judgement, client->fin, EVIDENCE_FIN);
	return false;
}

static bool
client_reset_synack(const struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	return rst != NULL && rst->direction == TO_SERVER &&
	       judgement->server->synack_count > 0 && judgement->client->syn_count > 0;
}

/* D30 before the handshake's ACK: health checks reset instead of acknowledging. */
static bool
probe_reset_unacked(struct judgement *judgement)
{
	if (!client_reset_synack(judgement) || !(judgement->rst->flags & TCP_ACK))
		return false;
	verdict_suspect(judgement, SUSPECT_NONE);
	verdict_cause(judgement, CAUSE_HEALTH_CHECK);
	cite_syns(judgement);
	cite_synacks(judgement);
	cite_rst(judgement);
	return true;
}

/* D16 b: the SYN-ACK came too late, its socket was gone. */
static bool
aborted_by_late_synack(struct judgement *judgement)
{
	if (!client_reset_synack(judgement) || (judgement->rst->flags & TCP_ACK))
		return false;
	const struct half *client = judgement->client, *server = judgement->server;
	int64_t waited = moment_distance_us(client->syn, server->syn);
	if (client->syn_count == 1 && server->synack_count == 1 &&
	    waited <= us(judgement->context->limits->late_synack_ns))
		return false;
	return client_gave_up(judgement, judgement->rst->at, EVIDENCE_RST);
}

/* D17 */
static bool
half_open_probe(struct judgement *judgement)
{
	if (!client_reset_synack(judgement))
		return false;
	verdict_suspect(judgement, SUSPECT_NONE);
	verdict_cause(judgement, CAUSE_SYN_SCAN);
	verdict_cause(judgement, CAUSE_SPOOFED_SOURCE);
	cite_syns(judgement);
	cite_synacks(judgement);
	cite_rst(judgement);
	return true;
}

/* D18 */
static bool
reset_before_handshake_ack(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	if (rst == NULL || rst->direction != TO_CLIENT || judgement->server->synack_count == 0)
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER);
	verdict_cause(judgement, CAUSE_SERVER_KILLED_REQUEST);
	verdict_cause(judgement, CAUSE_INJECTED);
	verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_syns(judgement);
	cite_synacks(judgement);
	cite_rst(judgement);
	return true;
}

/* D19 */
static bool
synack_unacked(struct judgement *judgement)
{
	const struct half *client = judgement->client, *server = judgement->server;
	if (server->synack_count == 0)
		return false;
	enum vantage vantage = judgement->verdict->vantage;
	if (vantage == VANTAGE_UNKNOWN)
		verdict_reason(judgement, CONFIDENCE_VANTAGE_UNKNOWN);
	const struct limits *limits = judgement->context->limits;
	if (watched_since(judgement, server->syn) < us(limits->syn_ns) ||
	    (watched_since(judgement, server->syn_last) < us(limits->cut_ns) &&
	     server->synack_count <= 3))
		verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
	/* one SYN-ACK may just be lost; its repetition will tell */
	if (server->synack_count == 1 && watched_since(judgement, server->syn) < us(limits->syn_ns))
		verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
	if (vantage == VANTAGE_CLIENT) {
		verdict_suspect(judgement, SUSPECT_CLIENT);
		verdict_cause(judgement, CAUSE_CLIENT_FIREWALL_DROP);
		verdict_advice(judgement, ADVICE_CLIENT_FIREWALL);
		verdict_advice(judgement, ADVICE_ROUTES);
	} else if (client->syn_count > 1) {
		/* it asks again, so it has not heard the answer */
		verdict_suspect(judgement, SUSPECT_CLIENT_PATH);
		verdict_cause(judgement, CAUSE_SYNACK_LOST);
		verdict_cause(judgement, CAUSE_ASYMMETRIC_ROUTING);
		verdict_advice(judgement, ADVICE_CAPTURE_AT_CLIENT);
		verdict_advice(judgement, ADVICE_ROUTES);
	} else {
		verdict_suspect(judgement, SUSPECT_UNKNOWN);
		verdict_cause(judgement, CAUSE_SPOOFED_SOURCE);
		verdict_cause(judgement, CAUSE_PEER_VANISHED);
		verdict_cause(judgement, CAUSE_HANDSHAKE_ACK_LOST);
		verdict_advice(judgement, ADVICE_SYN_RECV);
		verdict_advice(judgement, ADVICE_CAPTURE_AT_CLIENT);
	}
	judgement->verdict->waited_us =
		moment_distance_us(server->syn, server->syn_last) + judgement->watched_us;
	cite_syns(judgement);
	cite_synacks(judgement);
	return true;
}

static bool
is_at_server(const struct judgement *judgement)
{
	enum vantage vantage = judgement->verdict->vantage;
	return vantage == VANTAGE_SERVER || vantage == VANTAGE_BOTH;
}

/* Other attempts to the same port were answered: then it listens, and nothing drops everything. */
static void
explain_silent_now(struct judgement *judgement)
{
	bool at_server = is_at_server(judgement);
	verdict_cause(judgement, CAUSE_ACCEPT_QUEUE_FULL);
	verdict_cause(judgement, at_server ? CAUSE_SYN_QUEUE_FULL : CAUSE_RETURN_PATH_LOSS);
	verdict_cause(judgement, at_server ? CAUSE_SERVER_FIREWALL_DROP : CAUSE_PATH_DROP);
	verdict_cause(judgement,
		      at_server ? CAUSE_SERVER_OUTPUT_DROP : CAUSE_SERVER_FIREWALL_DROP);
	if (!at_server)
		verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	verdict_advice(judgement, ADVICE_ACCEPT_QUEUE);
	if (at_server)
		verdict_advice(judgement, ADVICE_SYN_RECV);
	verdict_advice(judgement, ADVICE_SERVER_FIREWALL);
}

static void
explain_silent_server(struct judgement *judgement)
{
	verdict_cause(judgement, CAUSE_SERVER_FIREWALL_DROP);
	verdict_cause(judgement, CAUSE_SERVER_OUTPUT_DROP);
	verdict_cause(judgement, CAUSE_ACCEPT_QUEUE_FULL);
	verdict_cause(judgement, CAUSE_SYN_QUEUE_FULL);
	verdict_cause(judgement, CAUSE_RETURN_PATH_FILTER);
	verdict_advice(judgement, ADVICE_SERVER_FIREWALL);
	verdict_advice(judgement, ADVICE_ACCEPT_QUEUE);
	verdict_advice(judgement, ADVICE_SYN_RECV);
	verdict_advice(judgement, ADVICE_RP_FILTER_COUNTER);
}

static void
explain_silent_path(struct judgement *judgement)
{
	verdict_cause(judgement, CAUSE_PATH_DROP);
	verdict_cause(judgement, CAUSE_SERVER_FIREWALL_DROP);
	/* a host of which the capture has a SYN or SYN-ACK is there */
	bool alive = judgement->context->host_ttl[TO_CLIENT] != 0;
	if (!alive)
		verdict_cause(judgement, CAUSE_HOST_DOWN);
	verdict_cause(judgement, CAUSE_RETURN_PATH_LOSS);
	verdict_cause(judgement, CAUSE_ACCEPT_QUEUE_FULL);
	verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	verdict_advice(judgement, ADVICE_TRACE);
	if (!alive)
		verdict_advice(judgement, ADVICE_OTHER_PORT);
}

/* D20 */
static bool
syn_unanswered(struct judgement *judgement)
{
	const struct half *client = judgement->client;
	if (client->syn_count == 0 || flow_has_synack(judgement->flow) ||
	    judgement->detail->rst_seen > 0 ||
	    (judgement->server->has_ack && judgement->server->ack == client->isn + 1))
		return false;
	if (judgement->server->packets > 0)
		verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
	int64_t watched = watched_since(judgement, client->syn);
	unsigned count = client->syn_count;
	if (count == 1)
		verdict_reason(judgement, CONFIDENCE_SINGLE_SYN);
	else if (count == 2 && watched < clear_watch_us)
		verdict_reason(judgement, CONFIDENCE_TWO_SYNS);
	if (watched < us(judgement->context->limits->syn_ns))
		verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
	if (judgement->context->errors_hidden)
		verdict_reason(judgement, CONFIDENCE_ERRORS_HIDDEN);
	enum vantage vantage = judgement->verdict->vantage;
	if (vantage == VANTAGE_UNKNOWN)
		verdict_reason(judgement, CONFIDENCE_VANTAGE_UNKNOWN);
	verdict_suspect(judgement, is_at_server(judgement) ? SUSPECT_SERVER : SUSPECT_UNKNOWN);
	if (judgement->context->listener_known)
		explain_silent_now(judgement);
	else if (is_at_server(judgement))
		explain_silent_server(judgement);
	else
		explain_silent_path(judgement);
	judgement->verdict->waited_us = watched;
	cite_syns(judgement);
	return true;
}

/* D14: somebody answers, but nothing that the client may believe. */
static bool
syn_rst_bogus(struct judgement *judgement)
{
	if (judgement->server->rst_count == 0 || flow_has_synack(judgement->flow) ||
	    judgement->rst != NULL)
		return false;
	if (judgement->watched_us < us(judgement->context->limits->cut_ns))
		verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
	verdict_cause(judgement, CAUSE_GUESSED_RST);
	verdict_cause(judgement, CAUSE_OLD_CONNECTION_HELD);
	verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	cite_syns(judgement);
	verdict_evidence(judgement, judgement->server->rst, EVIDENCE_RST_IGNORED, TO_CLIENT,
			 judgement->server->rst_count);
	return true;
}

/* clang-format off */
const struct rule rules_connect[] = {
	{ VERDICT_REFUSED_BY_RST,             refused_by_rst, FACT_RST },
	{ VERDICT_REFUSED_BY_ICMP,            by_icmp, FACT_DETAIL },
	{ VERDICT_FILTERED_BY_ICMP,           by_icmp, FACT_DETAIL },
	{ VERDICT_UNREACHABLE_BY_ICMP,        by_icmp, FACT_DETAIL },
	{ VERDICT_SYN_ANSWERED_STALE_ACK,     syn_answered_stale_ack, FACT_DETAIL },
	{ VERDICT_CONNECT_ABORTED_BY_CLIENT,  aborted_before_answer, 0 },
	{ VERDICT_PROBE_CONNECT_RESET,        probe_reset_unacked, FACT_RST },
	{ VERDICT_CONNECT_ABORTED_BY_CLIENT,  aborted_by_late_synack, FACT_RST },
	{ VERDICT_HALF_OPEN_PROBE,            half_open_probe, FACT_RST },
	{ VERDICT_RESET_BEFORE_HANDSHAKE_ACK, reset_before_handshake_ack, FACT_RST },
	{ VERDICT_SYN_RST_BOGUS,              syn_rst_bogus, FACT_RST_SEEN },
	{ VERDICT_HANDSHAKE_CUT,              handshake_cut, 0 },
	{ VERDICT_SYNACK_UNACKED,             synack_unacked, 0 },
	{ VERDICT_SYN_UNANSWERED,             syn_unanswered, 0 },
};
const unsigned rules_connect_count = sizeof(rules_connect) / sizeof(rules_connect[0]);
/* clang-format on */

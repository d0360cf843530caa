/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for handshakes that the server did not take up, and for connections that fell silent. */
#include "analyzer/rules.h"

#include <stddef.h>

#include "analyzer/seq.h"

enum {
	PROBES_UNANSWERED = 3, /* keep-alive probes that must be missing an answer */
	PMTU_SUSPICIOUS = 1200, /* bytes; smaller segments fit every path in use */
};

/* A SYN-ACK first repeated this late was held back by deferred accept: its own timer fires at 1 s. */
static const int64_t deferred_us = INT64_C(2500000);
/* Receivers may hold an acknowledgement back this long (RFC 9293 3.8.6.3 allows 500 ms; Linux: 200). */
static const int64_t delayed_ack_us = INT64_C(200000);
/* A stall this young may be a moment's outage. */
static const int64_t outage_us = INT64_C(5000000);
/* A paused player or pager keeps its window closed this long and goes on. */
static const int64_t pause_us = INT64_C(60000000);
/* An RST this long after a silence ended was provoked by what ended the silence. */
static const int64_t provoked_us = INT64_C(3000000);

static int64_t
us(int64_t ns)
{
	return ns / NS_PER_US;
}

/* D21: the client believes in a connection that the server has not taken up. */
bool
handshake_ack_ignored(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct half *client = judgement->client, *server = judgement->server;
	const struct detail *detail = judgement->detail;
	/* anything but SYN-ACKs and RSTs from the server would be progress */
	if (detail->synack_after_ack_count == 0 || server->ttl != 0)
		return false;
	bool data = moment_happened(client->data_first);
	bool deferred = !data && moment_distance_us(server->syn, detail->synack_after_ack) >= deferred_us;
	bool at_server = judgement->verdict->vantage == VANTAGE_SERVER;
	if (!at_server)
		verdict_reason(judgement, CONFIDENCE_ACK_MAY_BE_LOST);
	if (!data)
		verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
	if (at_server && deferred)
		verdict_reason(judgement, CONFIDENCE_MAY_BE_DEFERRED);
	/* a lost ACK looks the same until the ACK of the repeated SYN-ACK has come */
	if (detail->synack_after_ack_count <= 2 &&
	    watched_since(judgement, server->syn_last) < us(judgement->context->limits->cut_ns))
		verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
	verdict_suspect(judgement, SUSPECT_SERVER);
	if (deferred)
		verdict_cause(judgement, CAUSE_DEFER_ACCEPT);
	verdict_cause(judgement, CAUSE_ACCEPT_QUEUE_FULL);
	verdict_cause(judgement, CAUSE_APPLICATION_NOT_ACCEPTING);
	if (!at_server)
		verdict_cause(judgement, CAUSE_HANDSHAKE_ACK_LOST);
	verdict_advice(judgement, ADVICE_ACCEPT_QUEUE);
	verdict_advice(judgement, ADVICE_THREADS);
	if (!at_server)
		verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	judgement->verdict->waited_us = watched_since(judgement, flow->handshake_ack);
	cite_syns(judgement);
	verdict_evidence(judgement, server->syn, EVIDENCE_SYNACK, TO_CLIENT, 1);
	verdict_evidence(judgement, flow->handshake_ack, EVIDENCE_HANDSHAKE_ACK, TO_SERVER, 1);
	verdict_evidence(judgement, detail->synack_after_ack, EVIDENCE_SYNACK_AFTER_ACK, TO_CLIENT,
			 detail->synack_after_ack_count);
	verdict_evidence(judgement, client->data_first, EVIDENCE_DATA_FIRST, TO_SERVER, 1);
	cite_rst(judgement);
	return true;
}

/* D23: nobody answered the probes; then the prober gave up, as it should. */
bool
reset_keepalive_timeout(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	if (rst == NULL || rst->form != RST_FORM_ACTIVE_ABORT ||
	    judgement->flow->half[rst->direction].unheard_keepalives < PROBES_UNANSWERED)
		return false;
	bool by_server = rst->direction == TO_CLIENT;
	verdict_suspect(judgement, by_server ? SUSPECT_CLIENT_PATH : SUSPECT_SERVER_PATH);
	verdict_cause(judgement, CAUSE_PEER_VANISHED);
	verdict_cause(judgement, CAUSE_IDLE_STATE_EXPIRED);
	verdict_cause(judgement, CAUSE_RETURN_PATH_LOSS);
	verdict_advice(judgement,
		       by_server ? ADVICE_CAPTURE_AT_CLIENT : ADVICE_CAPTURE_AT_SERVER);
	verdict_advice(judgement, ADVICE_CONNTRACK);
	cite_data(judgement);
	verdict_evidence(judgement, judgement->detail->keepalive[rst->direction], EVIDENCE_KEEPALIVE,
			 (enum direction)rst->direction,
			 judgement->flow->half[rst->direction].unheard_keepalives);
	cite_rst(judgement);
	return true;
}

/* D22: reset before anything was said. */
bool
reset_at_accept(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	const struct flow *flow = judgement->flow;
	if (rst == NULL || rst->direction != TO_CLIENT || flow->data_before_rst ||
	    flow->fin_before_rst)
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER);
	if (judgement->server->synack_win0) {
		/* somebody else shook hands for the server, and the server declined */
		verdict_suspect(judgement, SUSPECT_MIDDLEBOX);
		verdict_cause(judgement, CAUSE_SYN_PROXY);
		verdict_cause(judgement, CAUSE_NO_LISTENER);
	} else if (rst->form == RST_FORM_STATELESS_ACK) {
		verdict_cause(judgement, CAUSE_ACCEPT_QUEUE_FULL);
		verdict_cause(judgement, CAUSE_SYN_PROXY);
	} else {
		verdict_cause(judgement, CAUSE_DELIBERATE_ABORT);
		verdict_cause(judgement, CAUSE_SERVICE_RESTARTING);
	}
	verdict_advice(judgement, ADVICE_ACCEPT_QUEUE);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_syns(judgement);
	cite_synacks(judgement);
	verdict_evidence(judgement, flow->handshake_ack, EVIDENCE_HANDSHAKE_ACK, TO_SERVER, 1);
	cite_rst(judgement);
	return true;
}

/* D41 */
bool
zero_window_stall(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	for (int dir = 0; dir < 2; dir++) {
		const struct half *receiver = &flow->half[dir], *sender = &flow->half[!dir];
		if (!receiver->zero_window || judgement->rst != NULL ||
		    (sender->window_probes == 0 &&
		     judgement->detail->stall[!dir].transmissions == 0))
			continue;
		struct moment since = judgement->detail->zero_window[dir];
		int64_t lasted = watched_since(judgement, since);
		if (lasted < us(judgement->context->limits->stall_ns))
			continue;
		if (lasted < pause_us)
			verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
		/* a slow disk or a pause of the runtime is over by then */
		if (lasted < us(judgement->context->limits->response_ns))
			verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
		verdict_suspect(judgement, dir == TO_SERVER ? SUSPECT_CLIENT : SUSPECT_SERVER);
		verdict_cause(judgement, CAUSE_APPLICATION_HUNG);
		verdict_advice(judgement, ADVICE_THREADS);
		judgement->verdict->waited_us = lasted;
		cite_data(judgement);
		verdict_evidence(judgement, since, EVIDENCE_ZERO_WINDOW, (enum direction)dir, 1);
		return true;
	}
	return false;
}

/* The answer to the last transmission takes a round trip, and some delay on top. */
static int64_t
patience_us(const struct flow *flow)
{
	int64_t rtt = flow->handshake_rtt_us == UINT32_MAX ? 0 : flow->handshake_rtt_us;
	return rtt + delayed_ack_us;
}

/* A receiver whose buffer was full while the copies came had to throw them away. */
static bool
receiver_is_full(const struct judgement *judgement, int dir)
{
	struct moment closed = judgement->detail->zero_window[!dir];
	return judgement->flow->half[!dir].zero_window ||
	       (moment_happened(closed) &&
		moment_distance_us(judgement->detail->stall[dir].first, closed) > 0);
}

/* An empty ACK that came a round trip after the first copy shows that copies arrive: whatever holds the
 * data up, it is no black hole. */
static bool
copies_arrive(const struct judgement *judgement, int dir)
{
	const struct flow *flow = judgement->flow;
	int64_t ack_us = flow_moment_us(flow, judgement->detail->stall[dir].first) +
			 patience_us(flow);
	return flow->half[!dir].empty_ack_ns / NS_PER_US > ack_us;
}

/* Data of which half is stuck at the end of watching, as W_STALL asks; -1 none. */
static int
stalled(const struct judgement *judgement)
{
	const struct limits *limits = judgement->context->limits;
	for (int dir = 0; dir < 2 && judgement->rst == NULL; dir++) {
		const struct stall *stall = &judgement->detail->stall[dir];
		const struct half *receiver = &judgement->flow->half[!dir];
		bool acked = receiver->has_ack && seq_gt(receiver->ack, stall->seq);
		/* who has closed may be gone when the other's last words come: no harm done */
		bool last_words = moment_happened(receiver->fin) &&
				  moment_happened(judgement->flow->half[dir].fin);
		if (last_words)
			continue;
		/* the last copy counts only if its answer had time to come */
		bool hasty = watched_since(judgement, stall->last) < patience_us(judgement->flow);
		if (receiver_is_full(judgement, dir))
			continue;
		if (stall->transmissions - hasty >= limits->stall_count && !acked &&
		    watched_since(judgement, stall->first) >= us(limits->stall_ns) &&
		    moment_distance_us(stall->first, stall->last) >= us(limits->stall_ns) / 2)
			return dir;
	}
	return -1;
}

static void
cite_stall(struct judgement *judgement, int dir)
{
	const struct stall *stall = &judgement->detail->stall[dir];
	bool to_server = dir == TO_SERVER;
	if (watched_since(judgement, stall->first) < outage_us)
		verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
	verdict_suspect(judgement, to_server ? SUSPECT_SERVER_PATH : SUSPECT_CLIENT_PATH);
	verdict_advice(judgement,
		       to_server ? ADVICE_CAPTURE_AT_SERVER : ADVICE_CAPTURE_AT_CLIENT);
	judgement->verdict->waited_us = watched_since(judgement, stall->first);
	/* a device that says no by ICMP to what used to pass: its rules have changed */
	const struct icmp_record *icmp = &judgement->detail->icmp;
	if (moment_happened(icmp->at) && icmp->mtu == 0 &&
	    moment_distance_us(stall->first, icmp->at) >= 0) {
		verdict_suspect(judgement, SUSPECT_MIDDLEBOX);
		verdict_cause(judgement, CAUSE_ACL_PROHIBITED);
		verdict_advice(judgement, ADVICE_DEVICE);
		verdict_evidence(judgement, icmp->at, EVIDENCE_ICMP, !icmp->quoted, 1);
	}
	cite_syns(judgement);
	cite_data(judgement);
	verdict_evidence(judgement, stall->first, EVIDENCE_STALLED_FIRST, (enum direction)dir, 1);
	verdict_evidence(judgement, stall->last, EVIDENCE_STALLED_LAST, (enum direction)dir,
			 stall->transmissions);
}

/* D42 */
bool
pmtu_blackhole(struct judgement *judgement)
{
	int dir = stalled(judgement);
	if (dir < 0)
		return false;
	const struct half *sender = &judgement->flow->half[dir];
	const struct stall *stall = &judgement->detail->stall[dir];
	if (stall->length < PMTU_SUSPICIOUS || stall->length <= sender->acked_length)
		return false;
	bool sacked = sender->sacked_beyond && seq_gt(judgement->detail->sack_right[dir], stall->seq);
	if (!sacked && sender->acked_length == 0)
		return false;
	if (!sacked)
		verdict_reason(judgement, CONFIDENCE_NO_SACK_PROOF);
	cite_stall(judgement, dir);
	verdict_suspect(judgement, SUSPECT_PATH);
	verdict_cause(judgement, CAUSE_PATH_MTU);
	verdict_advice(judgement, ADVICE_MTU);
	return true;
}

/* D43 */
bool
blackholed_first_data(struct judgement *judgement)
{
	int dir = stalled(judgement);
	const struct half *client = judgement->client;
	if (dir != TO_SERVER || judgement->detail->stall[dir].seq != client->isn + 1 ||
	    copies_arrive(judgement, dir))
		return false;
	cite_stall(judgement, dir);
	verdict_cause(judgement, CAUSE_CONTENT_FILTER);
	verdict_cause(judgement, CAUSE_ACCEPT_QUEUE_FULL);
	verdict_cause(judgement, CAUSE_PATH_DROP);
	verdict_cause(judgement, CAUSE_PATH_MTU);
	verdict_advice(judgement, ADVICE_ACCEPT_QUEUE);
	return true;
}

bool
follows_silence(const struct judgement *judgement, struct moment at)
{
	const struct flow *flow = judgement->flow;
	struct moment from = judgement->detail->idle_from;
	/* shorter timers than this limit belong to applications, which close properly */
	if (!moment_happened(from) ||
	    (int64_t)flow->idle_max_us < us(judgement->context->limits->idle_ns))
		return false;
	int64_t since = moment_distance_us(from, at) - (int64_t)flow->idle_max_us;
	return since >= 0 && since <= provoked_us;
}

static void
explain_silence(struct judgement *judgement)
{
	judgement->verdict->waited_us = (int64_t)judgement->flow->idle_max_us;
	verdict_suspect(judgement, SUSPECT_MIDDLEBOX);
	verdict_cause(judgement, CAUSE_IDLE_STATE_EXPIRED);
	verdict_cause(judgement, CAUSE_PEER_LOST_STATE);
	verdict_advice(judgement, ADVICE_KEEPALIVE);
	verdict_advice(judgement, ADVICE_CONNTRACK);
	verdict_evidence(judgement, judgement->detail->idle_from, EVIDENCE_IDLE_FROM, TO_SERVER, 1);
}

/* D44 */
bool
blackholed_after_idle(struct judgement *judgement)
{
	int dir = stalled(judgement);
	if (dir < 0 || copies_arrive(judgement, dir) ||
	    !follows_silence(judgement, judgement->detail->stall[dir].first))
		return false;
	cite_stall(judgement, dir);
	explain_silence(judgement);
	return true;
}

/* D45 */
bool
blackholed_midflow(struct judgement *judgement)
{
	int dir = stalled(judgement);
	if (dir < 0 || copies_arrive(judgement, dir))
		return false;
	cite_stall(judgement, dir);
	verdict_cause(judgement, CAUSE_PEER_VANISHED);
	verdict_cause(judgement, CAUSE_PATH_DROP);
	return true;
}

/* D47 */
bool
reset_after_idle(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	if (rst == NULL || !follows_silence(judgement, rst->at))
		return false;
	const struct flow *flow = judgement->flow;
	int64_t since = moment_distance_us(judgement->detail->idle_from, rst->at) -
			(int64_t)flow->idle_max_us;
	/* an RST out of the blue while an answer was due is impatience, no idle timer */
	if (since == 0 && rst->direction == TO_SERVER && flow->last_data == TO_SERVER)
		return false;
	bool own = rst->form == RST_FORM_ACTIVE_ABORT &&
		   judgement->verdict->rst_origin == RST_ORIGIN_ENDPOINT;
	cite_data(judgement);
	if (since == 0 && own)
		verdict_cause(judgement, CAUSE_IDLE_TIMER);
	explain_silence(judgement);
	if (own || (rst->direction == TO_CLIENT && rst->ttl == judgement->server->ttl))
		verdict_suspect(judgement, rst->direction == TO_CLIENT ? SUSPECT_SERVER
								       : SUSPECT_CLIENT);
	cite_rst(judgement);
	return true;
}

/* D48 */
bool
reset_on_first_data(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	const struct half *client = judgement->client;
	if (rst == NULL || rst->direction != TO_CLIENT || rst->form == RST_FORM_ACTIVE_ABORT ||
	    half_has_spoken(judgement->server) || !moment_happened(client->data_first) ||
	    seq_gt(judgement->server->ack, client->isn + 1) ||
	    moment_distance_us(client->data_first, rst->at) < 0)
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER_PATH);
	verdict_cause(judgement, CAUSE_PEER_LOST_STATE);
	verdict_cause(judgement, CAUSE_CONTENT_FILTER);
	verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_syns(judgement);
	cite_synacks(judgement);
	cite_data(judgement);
	cite_rst(judgement);
	return true;
}

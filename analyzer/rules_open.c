/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for connections that came about: how they were used and how they ended. */
#include "analyzer/idle.h"
#include "analyzer/rules.h"

#include <stddef.h>

#include "analyzer/application.h"
#include "analyzer/seq.h"
#include "dissect/payload.h"

static int64_t
us(int64_t ns)
{
	return ns / NS_PER_US;
}

static bool
fin_acked(const struct half *half)
{
	return half->state == HALF_FIN_ACKED;
}

/* D30 */
static bool
probe_connect_reset(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	if (rst == NULL || rst->direction != TO_SERVER || judgement->flow->data_before_rst ||
	    moment_happened(judgement->server->fin))
		return false;
	verdict_suspect(judgement, SUSPECT_NONE);
	verdict_cause(judgement, CAUSE_HEALTH_CHECK);
	verdict_cause(judgement, CAUSE_PORT_SCAN);
	verdict_cause(judgement, CAUSE_CONNECTION_RACE);
	cite_handshake(judgement);
	cite_rst(judgement);
	return true;
}

/* D31 */
static bool
probe_connect_close(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	if (flow_has_payload(flow) || !flow_has_fin(flow) || flow->first_fin != TO_SERVER)
		return false;
	verdict_suspect(judgement, SUSPECT_NONE);
	verdict_cause(judgement, CAUSE_HEALTH_CHECK);
	verdict_cause(judgement, CAUSE_PORT_SCAN);
	verdict_cause(judgement, CAUSE_CONNECTION_RACE);
	cite_handshake(judgement);
	cite_fins(judgement);
	return true;
}

/* A client that closes sooner than this after its request did not wait for an answer. */
static const int64_t waited_at_all_us = INT64_C(1000000);

/* How long the server had to answer the request that it acknowledged: until the client closed or
 * watching ended. */
static int64_t
answer_time(const struct judgement *judgement)
{
	const struct half *client = judgement->client;
	int64_t acked_us = (judgement->server->ack_ns - judgement->flow->first_ns) / NS_PER_US;
	int64_t asked_us = moment_distance_us((struct moment){ 0 }, client->data_last);
	if (moment_happened(client->fin))
		return moment_distance_us(client->data_last, client->fin);
	return watched_since(judgement, client->data_last) -
	       (acked_us > asked_us ? acked_us - asked_us : 0);
}

/* Protocols in which the client's first words demand an answer. */
static bool
asks_for_answer(const struct half *client)
{
	return client->payload_kind == PAYLOAD_HTTP_REQUEST ||
	       client->payload_kind == PAYLOAD_TLS_CLIENT_HELLO ||
	       client->payload_kind == PAYLOAD_SSH_BANNER;
}

/* D53: one request, taken in by the kernel, and no answer. A client that streams is no such case. */
static bool
server_no_response(struct judgement *judgement)
{
	const struct half *client = judgement->client, *server = judgement->server;
	int64_t limit = us(judgement->context->limits->response_ns);
	if (!moment_happened(client->data_first) || half_has_spoken(server) ||
	    !all_acked(client, server) || judgement->rst != NULL)
		return false;
	if (moment_happened(server->fin) && (!moment_happened(client->fin) ||
					     moment_distance_us(server->fin, client->fin) >= 0))
		return false;
	/* a server that does not even close after the client's FIN has not looked at it */
	bool deaf = moment_happened(client->fin) && !moment_happened(server->fin);
	int64_t waited = answer_time(judgement);
	if (moment_distance_us(client->data_first, client->data_last) >= limit ||
	    waited < (deaf ? waited_at_all_us : limit))
		return false;
	bool known = asks_for_answer(client);
	bool prompt_close = moment_happened(client->fin) && moment_happened(server->fin) &&
			    moment_distance_us(client->fin, server->fin) < waited_at_all_us;
	if (prompt_close && !known)
		return false; /* it took the data and closed when asked: a one-way transfer */
	if (!known)
		verdict_reason(judgement, CONFIDENCE_ONE_WAY);
	if (!moment_happened(client->fin))
		verdict_reason(judgement, CONFIDENCE_STILL_OPEN);
	else if (waited < limit)
		verdict_reason(judgement, CONFIDENCE_SHORT_WAIT);
	verdict_suspect(judgement, SUSPECT_APPLICATION);
	verdict_cause(judgement, CAUSE_APPLICATION_HUNG);
	verdict_cause(judgement, CAUSE_APPLICATION_NOT_ACCEPTING);
	verdict_cause(judgement, CAUSE_UPSTREAM_SLOW);
	verdict_advice(judgement, ADVICE_ACCEPT_QUEUE);
	verdict_advice(judgement, ADVICE_THREADS);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	judgement->verdict->waited_us = waited;
	cite_handshake(judgement);
	cite_data(judgement);
	cite_fins(judgement);
	return true;
}

/* D52 */
static bool
closed_by_server_no_data(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	if (!flow_has_fin(flow) || flow->first_fin != TO_CLIENT || flow_has_payload(flow))
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER);
	verdict_cause(judgement, CAUSE_ACCESS_LIST);
	verdict_cause(judgement, CAUSE_CONNECTION_LIMIT);
	verdict_cause(judgement, CAUSE_IDLE_TIMER);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_handshake(judgement);
	cite_fins(judgement);
	return true;
}

/* D54 */
static bool
closed_by_server_early(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct half *client = judgement->client, *server = judgement->server;
	if (!moment_happened(server->fin) || flow->first_fin != TO_CLIENT || half_has_spoken(server) ||
	    !moment_happened(client->data_first) ||
	    moment_distance_us(client->data_first, server->fin) < 0)
		return false;
	/* a stream needs no answer, and an end after a silence is a timer's */
	const struct limits *limits = judgement->context->limits;
	if (moment_distance_us(client->data_first, client->data_last) >= us(limits->response_ns) ||
	    moment_distance_us(client->data_last, server->fin) >= us(limits->idle_ns))
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER);
	verdict_cause(judgement, CAUSE_REQUEST_REJECTED);
	if (application_half_protocol(flow, TO_SERVER) == PROTOCOL_HTTP)
		verdict_cause(judgement, CAUSE_WRONG_PORT);
	verdict_cause(judgement, CAUSE_CONNECTION_LIMIT);
	verdict_cause(judgement, CAUSE_PROCESS_KILLED);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_handshake(judgement);
	cite_data(judgement);
	cite_fins(judgement);
	return true;
}

static bool
both_closed(const struct flow *flow)
{
	return moment_happened(flow->half[0].fin) && moment_happened(flow->half[1].fin);
}

/* D54: in the middle of what it had announced. A killed process ends just so: its kernel closes. */
static bool
closed_by_server_midway(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	bool ended = both_closed(flow) || (judgement->rst != NULL && flow->fin_before_rst);
	if (!ended || !moment_happened(judgement->server->fin) || flow->first_fin != TO_CLIENT ||
	    !response_truncated(judgement))
		return false;
	verdict_suspect(judgement, SUSPECT_SERVER);
	verdict_cause(judgement, CAUSE_PROCESS_KILLED);
	verdict_cause(judgement, CAUSE_UPSTREAM_SLOW);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	verdict_advice(judgement, ADVICE_KERNEL_LOG);
	cite_handshake(judgement);
	cite_data(judgement);
	verdict_evidence(judgement, judgement->server->data_last, EVIDENCE_DATA_LAST, TO_CLIENT, 1);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* The client, which has everything it asked for, throws its idle connection away by an RST of its own. */
static bool
aborted_by_owner(const struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	return rst != NULL && rst->direction == TO_SERVER && rst->form == RST_FORM_ACTIVE_ABORT &&
	       judgement->verdict->rst_score <= 0 && !judgement->flow->fin_before_rst &&
	       all_acked(judgement->client, judgement->server);
}

/* D55: nothing was outstanding, then a long silence, then the first FIN. */
static bool
closed_after_idle(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	if (!flow_has_payload(flow) || flow->last_data != TO_CLIENT)
		return false;
	struct moment last = judgement->server->data_last, end = flow->half[flow->first_fin].fin;
	if (aborted_by_owner(judgement))
		end = judgement->rst->at;
	else if (!both_closed(flow) || judgement->rst != NULL)
		return false;
	int64_t silence = moment_distance_us(last, end);
	if (silence < us(judgement->context->limits->idle_ns) && !idle_timer_known(silence))
		return false;
	verdict_suspect(judgement, SUSPECT_NONE);
	verdict_cause(judgement, CAUSE_IDLE_TIMER);
	judgement->verdict->waited_us = silence;
	verdict_evidence(judgement, last, EVIDENCE_IDLE_FROM, TO_CLIENT, 1);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* D51 */
static bool
closed_normal(struct judgement *judgement)
{
	if (!both_closed(judgement->flow))
		return false;
	const struct stall *stalls = judgement->detail->stall;
	if (stalls[0].transmissions + stalls[1].transmissions >= judgement->context->limits->stall_count)
		verdict_reason(judgement, CONFIDENCE_UNANSWERED_DATA);
	verdict_suspect(judgement, SUSPECT_NONE);
	cite_handshake(judgement);
	cite_data(judgement);
	cite_fins(judgement);
	return true;
}

/* The half that alone has sent a FIN, NULL none. */
static const struct half *
lone_closer(const struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	return flow_has_fin(flow) ? &flow->half[flow->first_fin] : NULL;
}

/* D57 */
static bool
fin_unanswered(struct judgement *judgement)
{
	const struct half *closer = lone_closer(judgement);
	if (closer == NULL || fin_acked(closer) ||
	    closer->fin_count < judgement->context->limits->stall_count)
		return false;
	verdict_suspect(judgement, SUSPECT_UNKNOWN);
	verdict_cause(judgement, CAUSE_PEER_VANISHED);
	verdict_cause(judgement, CAUSE_PATH_DROP);
	verdict_advice(judgement, judgement->flow->first_fin == TO_CLIENT
					  ? ADVICE_CAPTURE_AT_CLIENT
					  : ADVICE_CAPTURE_AT_SERVER);
	cite_handshake(judgement);
	cite_fins(judgement);
	return true;
}

/* D57, fewer transmissions: it may have been answered after the end. */
static bool
close_cut(struct judgement *judgement)
{
	const struct half *closer = lone_closer(judgement);
	if (closer == NULL || fin_acked(closer))
		return false;
	verdict_suspect(judgement, SUSPECT_CAPTURE);
	verdict_advice(judgement, ADVICE_CAPTURE_LONGER);
	cite_fins(judgement);
	return true;
}

/* D56 */
static bool
half_closed_open(struct judgement *judgement)
{
	const struct half *closer = lone_closer(judgement);
	if (closer == NULL)
		return false;
	enum direction open = !judgement->flow->first_fin;
	int64_t watched = watched_since(judgement, closer->fin);
	verdict_suspect(judgement, SUSPECT_NONE);
	judgement->verdict->waited_us = watched;
	/* an unseen byte of the other side may be the FIN that seems to be missing */
	if (watched > us(judgement->context->limits->finwait_ns) &&
	    judgement->flow->half[open].unseen == 0) {
		verdict_suspect(judgement, suspect_side(open));
		verdict_cause(judgement, CAUSE_CLOSE_WAIT_LEAK);
		verdict_advice(judgement, ADVICE_CLOSE_WAIT);
	}
	cite_handshake(judgement);
	cite_fins(judgement);
	return true;
}

/* D58 */
static bool
client_no_request(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	if (flow_has_payload(flow))
		return false;
	int64_t watched = watched_since(judgement, flow->handshake_ack);
	if (watched < us(judgement->context->limits->response_ns))
		return false;
	verdict_suspect(judgement, SUSPECT_UNKNOWN);
	verdict_cause(judgement, CAUSE_SERVER_WAITS_FIRST);
	verdict_cause(judgement, CAUSE_SYN_COOKIE_ACK_LOST);
	verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	judgement->verdict->waited_us = watched;
	cite_handshake(judgement);
	return true;
}

/* D59 */
static bool
open_at_end(struct judgement *judgement)
{
	verdict_suspect(judgement, SUSPECT_NONE);
	for (int dir = 0; dir < 2; dir++) {
		const struct stall *stall = &judgement->detail->stall[dir];
		if (stall->transmissions < judgement->context->limits->stall_count)
			continue;
		/* the rules for stalls come before this one; what is left is too short for them */
		verdict_reason(judgement, CONFIDENCE_UNANSWERED_DATA);
		verdict_evidence(judgement, stall->first, EVIDENCE_STALLED_FIRST,
				 (enum direction)dir, 1);
		verdict_evidence(judgement, stall->last, EVIDENCE_STALLED_LAST,
				 (enum direction)dir, stall->transmissions);
	}
	cite_handshake(judgement);
	cite_data(judgement);
	verdict_evidence(judgement, judgement->flow->last_moment, EVIDENCE_LAST_FRAME, TO_SERVER, 1);
	return true;
}

/* clang-format off */
const struct rule rules_open[] = {
	{ VERDICT_HANDSHAKE_ACK_IGNORED,        handshake_ack_ignored, FACT_DETAIL },
	{ VERDICT_RESET_KEEPALIVE_TIMEOUT,      reset_keepalive_timeout, FACT_RST },
	{ VERDICT_RESET_AT_ACCEPT,              reset_at_accept, FACT_RST },
	{ VERDICT_PROBE_CONNECT_RESET,          probe_connect_reset, FACT_RST },
	{ VERDICT_PROBE_CONNECT_CLOSE,          probe_connect_close, FACT_FIN },
	{ VERDICT_RESET_INJECTED,               reset_injected, FACT_RST },
	{ VERDICT_TLS_ALERT_SERVER,             tls_alert, FACT_APPLICATION },
	{ VERDICT_TLS_ALERT_CLIENT,             tls_alert, FACT_APPLICATION },
	{ VERDICT_TLS13_SERVER_ALERT_SUSPECTED, tls13_server_alert_suspected, FACT_APPLICATION },
	{ VERDICT_TLS_NO_SERVER_HELLO,          tls_no_server_hello, FACT_APPLICATION },
	{ VERDICT_TLS_TO_PLAINTEXT_PORT,        tls_to_plaintext_port, FACT_APPLICATION },
	{ VERDICT_PLAINTEXT_TO_TLS_PORT,        plaintext_to_tls_port, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_KEX,            ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_HOSTKEY,        ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_CIPHER_C2S,     ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_CIPHER_S2C,     ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_MAC_C2S,        ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_MAC_S2C,        ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_NO_COMMON_COMP,           ssh_no_common, FACT_APPLICATION },
	{ VERDICT_SSH_REFUSED_BANNER,           ssh_refused_banner, FACT_APPLICATION },
	{ VERDICT_SSH_PREAUTH_TIMEOUT,          ssh_preauth_timeout, FACT_APPLICATION },
	{ VERDICT_ZERO_WINDOW_STALL,            zero_window_stall, FACT_ZERO_WINDOW },
	{ VERDICT_PMTU_BLACKHOLE,               pmtu_blackhole, FACT_STALL },
	{ VERDICT_BLACKHOLED_FIRST_DATA,        blackholed_first_data, FACT_STALL },
	{ VERDICT_BLACKHOLED_AFTER_IDLE,        blackholed_after_idle, FACT_STALL },
	{ VERDICT_BLACKHOLED_MIDFLOW,           blackholed_midflow, FACT_STALL },
	{ VERDICT_CLOSED_BY_SERVER_EARLY,       closed_by_server_early, FACT_FIN },
	{ VERDICT_CLOSED_BY_SERVER_MIDWAY,      closed_by_server_midway, FACT_FIN | FACT_APPLICATION },
	{ VERDICT_CLOSED_FIN_THEN_RST,          closed_fin_then_rst, FACT_RST },
	{ VERDICT_CLOSED_AFTER_IDLE,            closed_after_idle, 0 },
	{ VERDICT_RESET_AFTER_IDLE,             reset_after_idle, FACT_RST },
	{ VERDICT_RESET_ON_FIRST_DATA,          reset_on_first_data, FACT_RST },
	{ VERDICT_RESET_BY_SERVER,              reset_by, FACT_RST },
	{ VERDICT_RESET_BY_CLIENT,              reset_by, FACT_RST },
	{ VERDICT_SERVER_NO_RESPONSE,           server_no_response, 0 },
	{ VERDICT_CLOSED_BY_SERVER_NO_DATA,     closed_by_server_no_data, FACT_FIN },
	{ VERDICT_CLOSED_NORMAL,                closed_normal, FACT_FIN },
	{ VERDICT_FIN_UNANSWERED,               fin_unanswered, FACT_FIN },
	{ VERDICT_CLOSE_CUT,                    close_cut, FACT_FIN },
	{ VERDICT_HALF_CLOSED_OPEN,             half_closed_open, FACT_FIN },
	{ VERDICT_CLIENT_NO_REQUEST,            client_no_request, 0 },
	{ VERDICT_OPEN_AT_END,                  open_at_end, 0 },
};
/* clang-format on */
const unsigned rules_open_count = sizeof(rules_open) / sizeof(rules_open[0]);

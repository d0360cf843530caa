/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for connections that TCP carried well and whose sides did not speak the same protocol. */
#include "analyzer/rules_application.h"

#include <stddef.h>

#include "analyzer/seq.h"

/* An empty record stands in where nothing was readable. */
static const struct application no_application;

const struct application_half *
application_of(const struct judgement *judgement, enum direction dir)
{
	const struct application *application = judgement->flow->application;
	return &(application != NULL ? application : &no_application)->half[dir];
}

bool
speaks(const struct judgement *judgement, enum direction dir, enum protocol protocol)
{
	return application_half_protocol(judgement->flow, dir) == protocol;
}

bool
sent_hello(const struct judgement *judgement)
{
	return speaks(judgement, TO_SERVER, PROTOCOL_TLS) &&
	       application_of(judgement, TO_SERVER)->tls.hello;
}

/* Nothing at all was said by this half, and nothing of it was missed. */
static bool
is_silent(const struct half *half)
{
	return half->span == 0 && half->payload == 0 && half->unseen == 0;
}

bool
ended_by(const struct judgement *judgement, enum direction dir)
{
	const struct flow *flow = judgement->flow;
	if (judgement->rst != NULL && !flow->fin_before_rst)
		return judgement->rst->direction == dir;
	return flow_has_fin(flow) && flow->first_fin == dir;
}

/* A client that closes sooner than this after its hello did not wait for an answer. */
static const int64_t waited_at_all_us = INT64_C(1000000);

/* The server has nothing to say to the hello; a client that just changes its mind is no failure. */
static bool
hello_unanswered(struct judgement *judgement)
{
	const struct half *client = judgement->client, *server = judgement->server;
	const struct application_half *answer = application_of(judgement, TO_CLIENT);
	bool other_records = speaks(judgement, TO_CLIENT, PROTOCOL_TLS) && !answer->tls.hello &&
			     !answer->gap && !answer->lost && answer->tls.encrypted == 0;
	if (!is_silent(server) && !other_records)
		return false;
	if (ended_by(judgement, TO_CLIENT))
		return true;
	struct moment end = judgement->rst != NULL ? judgement->rst->at : client->fin;
	bool acked = server->has_ack && seq_gt(server->ack, client->isn + 1);
	if (!ended_by(judgement, TO_SERVER) || !acked)
		return false;
	int64_t waited = moment_distance_us(client->data_last, end);
	if (waited < waited_at_all_us)
		return false;
	if (waited < judgement->context->limits->response_ns / NS_PER_US)
		verdict_reason(judgement, CONFIDENCE_SHORT_WATCH);
	judgement->verdict->waited_us = waited;
	return true;
}

/* D36 */
bool
tls_no_server_hello(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	if (!sent_hello(judgement) || !hello_unanswered(judgement))
		return false;
	bool reset = rst != NULL && rst->direction == TO_CLIENT;
	bool waited = ended_by(judgement, TO_SERVER);
	verdict_suspect(judgement, waited ? SUSPECT_APPLICATION : SUSPECT_SERVER);
	if (waited) {
		verdict_cause(judgement, CAUSE_APPLICATION_HUNG);
		verdict_cause(judgement, CAUSE_UPSTREAM_SLOW);
	} else if (reset) {
		verdict_cause(judgement, rst->form == RST_FORM_ACTIVE_ABORT
						 ? CAUSE_UNREAD_DATA_AT_CLOSE
						 : CAUSE_PEER_LOST_STATE);
		verdict_cause(judgement, CAUSE_CONTENT_FILTER);
		verdict_cause(judgement, CAUSE_PROCESS_KILLED);
	} else {
		verdict_cause(judgement, CAUSE_NO_BACKEND);
		verdict_cause(judgement, CAUSE_ACCESS_LIST);
		verdict_cause(judgement, CAUSE_CONNECTION_LIMIT);
	}
	verdict_advice(judgement, ADVICE_TLS_TRY);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	if (reset && judgement->verdict->vantage != VANTAGE_SERVER)
		verdict_advice(judgement, ADVICE_CAPTURE_AT_SERVER);
	verdict_evidence(judgement, application_of(judgement, TO_SERVER)->begin, EVIDENCE_TLS_HELLO,
			 TO_SERVER, 1);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* D37 */
bool
tls_to_plaintext_port(struct judgement *judgement)
{
	const struct application_half *client = application_of(judgement, TO_SERVER);
	enum protocol answer = application_half_protocol(judgement->flow, TO_CLIENT);
	bool readable =
		answer == PROTOCOL_HTTP || answer == PROTOCOL_TEXT || answer == PROTOCOL_SSH;
	bool ended = flow_has_fin(judgement->flow) || judgement->rst != NULL;
	/* a client that went on after its hello was understood */
	if (!sent_hello(judgement) || client->tls.change_cipher || client->tls.encrypted > 0 ||
	    !(readable || (answer == PROTOCOL_OTHER && ended)))
		return false;
	if (!readable)
		verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
	verdict_suspect(judgement, SUSPECT_CLIENT);
	verdict_cause(judgement, CAUSE_WRONG_PORT);
	verdict_cause(judgement, CAUSE_TLS_NOT_ENABLED);
	verdict_advice(judgement, ADVICE_HTTP_TRY);
	verdict_advice(judgement, ADVICE_TLS_TRY);
	verdict_evidence(judgement, client->begin, EVIDENCE_TLS_HELLO, TO_SERVER, 1);
	verdict_evidence(judgement, judgement->server->data_first,
			 readable ? EVIDENCE_TEXT : EVIDENCE_DATA_FIRST, TO_CLIENT, 1);
	cite_fins(judgement);
	return true;
}

/* Ports whose services expect TLS from the first byte (IANA). */
static bool
is_tls_port(uint16_t port)
{
	static const uint16_t ports[] = { 443, 465, 563,  636,	853,  989,  990,  992, 993,
					  994, 995, 5061, 5671, 6443, 8443, 8883, 9443 };
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* D38 */
bool
plaintext_to_tls_port(struct judgement *judgement)
{
	const struct application_half *server = application_of(judgement, TO_CLIENT);
	enum protocol request = application_half_protocol(judgement->flow, TO_SERVER);
	bool plain =
		request == PROTOCOL_HTTP || request == PROTOCOL_TEXT || request == PROTOCOL_SSH;
	bool alert = speaks(judgement, TO_CLIENT, PROTOCOL_TLS) && server->tls.has_alert &&
		     !server->tls.hello;
	bool says_so = request == PROTOCOL_HTTP && speaks(judgement, TO_CLIENT, PROTOCOL_HTTP) &&
		       server->http.wants_tls;
	bool expected = judgement->context->listener_protocol == PROTOCOL_TLS ||
			is_tls_port(judgement->flow->server_port);
	/* any other RST says more about who sent it than about the request */
	bool aborted = judgement->rst != NULL && judgement->rst->form != RST_FORM_ACTIVE_ABORT;
	bool closed = request == PROTOCOL_HTTP && is_silent(judgement->server) && expected &&
		      ended_by(judgement, TO_CLIENT) && !aborted;
	if (!plain || !(alert || says_so || closed))
		return false;
	if (closed)
		verdict_reason(judgement, CONFIDENCE_PORT_HINT);
	verdict_suspect(judgement, SUSPECT_CLIENT);
	verdict_cause(judgement, CAUSE_WRONG_PORT);
	if (closed)
		verdict_cause(judgement, CAUSE_REQUEST_REJECTED);
	verdict_advice(judgement, ADVICE_HTTP_TRY);
	if (closed)
		verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_data(judgement);
	if (alert)
		verdict_evidence(judgement, server->alert, EVIDENCE_TLS_ALERT, TO_CLIENT, 1);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* Only the first answer of a connection, and only when its length is given plainly. */
bool
response_truncated(const struct judgement *judgement)
{
	const struct application_half *client = application_of(judgement, TO_SERVER);
	const struct application_half *server = application_of(judgement, TO_CLIENT);
	if (!speaks(judgement, TO_SERVER, PROTOCOL_HTTP) ||
	    !speaks(judgement, TO_CLIENT, PROTOCOL_HTTP) || client->http.head ||
	    server->http.header_end == 0 || server->http.chunked ||
	    server->http.content_length < 0 || server->http.status < 200 ||
	    server->http.status == 204 || server->http.status == 304)
		return false;
	bool ended = moment_happened(judgement->server->fin) || judgement->rst != NULL;
	uint64_t length = server->http.header_end + (uint64_t)server->http.content_length;
	return ended && judgement->server->span < length;
}

void
tag_application(struct judgement *judgement)
{
	struct verdict *verdict = judgement->verdict;
	const struct application_half *client = application_of(judgement, TO_SERVER);
	bool hello = sent_hello(judgement);
	bool lost = verdict->code == VERDICT_BLACKHOLED_FIRST_DATA ||
		    verdict->code == VERDICT_PMTU_BLACKHOLE;
	if (hello && client->tls.hello_complete && !client->tls.has_name)
		verdict->tags |= UINT64_C(1) << TAG_SNI_ABSENT;
	if (hello && lost && judgement->server->span == 0)
		verdict->tags |= UINT64_C(1) << TAG_CLIENTHELLO_BLACKHOLED;
	if (response_truncated(judgement))
		verdict->tags |= UINT64_C(1) << TAG_RESPONSE_TRUNCATED;
}

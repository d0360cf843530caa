/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for TLS handshakes that one side ended by an alert, readable or not. */
#include "analyzer/rules_application.h"

#include <stddef.h>

enum {
	ALERT_FATAL = 2,
	ENCRYPTED_ALERT_LENGTH = 19, /* alert, type and tag of TLS 1.3 (RFC 8446 5.2) */
	/* TLS 1.3 Finished records by hash, with type and tag; and with an empty Certificate in the
	 * same record. An empty Certificate alone has 25 bytes. */
	FINISHED_SHA256 = 53,
	FINISHED_SHA384 = 69,
	EMPTY_CERTIFICATE = 25,
	EMPTY_CERTIFICATE_LENGTH = 8,
	TLS_1_3 = 0x0304,
};

/* Numbers of RFC 8446 6.2 and RFC 5246 7.2 that rules tell apart. */
enum alert {
	ALERT_CLOSE_NOTIFY = 0,
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_BAD_CERTIFICATE = 42,
	ALERT_UNSUPPORTED_CERTIFICATE = 43,
	ALERT_CERTIFICATE_REVOKED = 44,
	ALERT_CERTIFICATE_EXPIRED = 45,
	ALERT_CERTIFICATE_UNKNOWN = 46,
	ALERT_UNKNOWN_CA = 48,
	ALERT_ACCESS_DENIED = 49,
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INSUFFICIENT_SECURITY = 71,
	ALERT_INAPPROPRIATE_FALLBACK = 86,
	ALERT_USER_CANCELED = 90,
	ALERT_UNRECOGNIZED_NAME = 112,
	ALERT_CERTIFICATE_REQUIRED = 116,
	ALERT_NO_APPLICATION_PROTOCOL = 120,
};

/* After a warning both may go on; where nobody did, it was meant. */
static bool
is_failure(const struct judgement *judgement, enum direction dir)
{
	const struct application_half *half = application_of(judgement, dir);
	const struct application_half *other = application_of(judgement, !dir);
	const struct tls_half *tls = &half->tls;
	if (half->protocol != PROTOCOL_TLS || !tls->has_alert || tls->alert == ALERT_CLOSE_NOTIFY ||
	    tls->alert == ALERT_USER_CANCELED)
		return false;
	bool went_on = tls->encrypted > 0 || (dir == TO_CLIENT && tls->hello) ||
		       (other->protocol == PROTOCOL_TLS && other->tls.encrypted > 0);
	bool ended = flow_has_fin(judgement->flow) || judgement->rst != NULL;
	return tls->alert_level == ALERT_FATAL || (ended && !went_on);
}

/* What an alert is about: its causes, most likely first, and whose side has to act. From the client
 * the certificate is the server's, from the server it is the client's. */
static const struct alert_meaning {
	uint8_t alert;
	bool certificate; /* the suspect is the side whose certificate it is */
	enum cause from_server[2], from_client[2];
} meanings[] = {
	{ ALERT_HANDSHAKE_FAILURE,
	  false,
	  { CAUSE_NO_COMMON_CIPHER, CAUSE_CLIENT_CERTIFICATE_MISSING },
	  { CAUSE_NO_COMMON_CIPHER, CAUSE_CERTIFICATE_BAD } },
	{ ALERT_BAD_CERTIFICATE,
	  true,
	  { CAUSE_CLIENT_CERTIFICATE_REJECTED, CAUSE_CERTIFICATE_BAD },
	  { CAUSE_CERTIFICATE_BAD, CAUSE_TLS_INTERCEPTED } },
	{ ALERT_UNSUPPORTED_CERTIFICATE,
	  true,
	  { CAUSE_CLIENT_CERTIFICATE_REJECTED, CAUSE_CERTIFICATE_BAD },
	  { CAUSE_CERTIFICATE_BAD, CAUSE_OLD_SOFTWARE } },
	{ ALERT_CERTIFICATE_REVOKED,
	  true,
	  { CAUSE_CERTIFICATE_REVOKED, CAUSE_CLIENT_CERTIFICATE_REJECTED },
	  { CAUSE_CERTIFICATE_REVOKED, CAUSE_CERTIFICATE_REVOKED } },
	{ ALERT_CERTIFICATE_EXPIRED,
	  true,
	  { CAUSE_CERTIFICATE_EXPIRED, CAUSE_CLIENT_CERTIFICATE_REJECTED },
	  { CAUSE_CERTIFICATE_EXPIRED, CAUSE_CERTIFICATE_EXPIRED } },
	{ ALERT_CERTIFICATE_UNKNOWN,
	  false,
	  { CAUSE_CLIENT_CERTIFICATE_REJECTED, CAUSE_CERTIFICATE_UNTRUSTED },
	  { CAUSE_CERTIFICATE_UNTRUSTED, CAUSE_CERTIFICATE_BAD } },
	{ ALERT_UNKNOWN_CA,
	  false,
	  { CAUSE_CERTIFICATE_UNTRUSTED, CAUSE_CLIENT_CERTIFICATE_REJECTED },
	  { CAUSE_CERTIFICATE_UNTRUSTED, CAUSE_CERTIFICATE_CHAIN } },
	{ ALERT_ACCESS_DENIED,
	  false,
	  { CAUSE_CLIENT_CERTIFICATE_REJECTED, CAUSE_ACCESS_LIST },
	  { CAUSE_CERTIFICATE_UNTRUSTED, CAUSE_TLS_INTERCEPTED } },
	{ ALERT_PROTOCOL_VERSION,
	  false,
	  { CAUSE_TLS_VERSION, CAUSE_OLD_SOFTWARE },
	  { CAUSE_TLS_VERSION, CAUSE_OLD_SOFTWARE } },
	{ ALERT_INSUFFICIENT_SECURITY,
	  false,
	  { CAUSE_NO_COMMON_CIPHER, CAUSE_CRYPTO_POLICY },
	  { CAUSE_CRYPTO_POLICY, CAUSE_OLD_SOFTWARE } },
	{ ALERT_INAPPROPRIATE_FALLBACK,
	  false,
	  { CAUSE_TLS_VERSION, CAUSE_TLS_STACK_ERROR },
	  { CAUSE_TLS_VERSION, CAUSE_TLS_STACK_ERROR } },
	{ ALERT_UNRECOGNIZED_NAME,
	  false,
	  { CAUSE_NAME_NOT_SERVED, CAUSE_NO_BACKEND },
	  { CAUSE_TLS_STACK_ERROR, CAUSE_TLS_INTERCEPTED } },
	{ ALERT_CERTIFICATE_REQUIRED,
	  true,
	  { CAUSE_CLIENT_CERTIFICATE_MISSING, CAUSE_CLIENT_CERTIFICATE_MISSING },
	  { CAUSE_TLS_STACK_ERROR, CAUSE_TLS_STACK_ERROR } },
	{ ALERT_NO_APPLICATION_PROTOCOL,
	  false,
	  { CAUSE_NO_COMMON_ALPN, CAUSE_NO_COMMON_ALPN },
	  { CAUSE_NO_COMMON_ALPN, CAUSE_NO_COMMON_ALPN } },
};

static const struct alert_meaning *
meaning_of(uint8_t alert)
{
	static const struct alert_meaning unknown = {
		.from_server = { CAUSE_TLS_STACK_ERROR, CAUSE_TLS_INTERCEPTED },
		.from_client = { CAUSE_TLS_STACK_ERROR, CAUSE_TLS_INTERCEPTED },
	};
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].alert == alert)
			return &meanings[i];
	return &unknown;
}

static void
explain_alert(struct judgement *judgement, enum direction dir)
{
	const struct alert_meaning *meaning = meaning_of(application_of(judgement, dir)->tls.alert);
	enum direction side = meaning->certificate ? !dir : dir;
	verdict_suspect(judgement, side == TO_SERVER ? SUSPECT_CLIENT : SUSPECT_SERVER);
	const enum cause *causes = dir == TO_CLIENT ? meaning->from_server : meaning->from_client;
	verdict_cause(judgement, causes[0]);
	if (causes[1] != causes[0])
		verdict_cause(judgement, causes[1]);
	if (causes[0] == CAUSE_CERTIFICATE_UNTRUSTED && dir == TO_SERVER)
		verdict_cause(judgement, CAUSE_TLS_INTERCEPTED);
	verdict_advice(judgement, dir == TO_SERVER ? ADVICE_TLS_CERTIFICATE : ADVICE_TLS_TRY);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
}

/* In TLS 1.3 a client may encrypt its alert. The first thing that it encrypts is its Certificate
 * or Finished otherwise, and both are longer: it gave up on the handshake. Which alert it was
 * cannot be read. */
static bool
client_gave_up(const struct judgement *judgement)
{
	const struct application_half *client = application_of(judgement, TO_SERVER);
	const struct application_half *server = application_of(judgement, TO_CLIENT);
	return speaks(judgement, TO_CLIENT, PROTOCOL_TLS) && server->tls.hello &&
	       server->tls.version == TLS_1_3 && !client->gap && !client->lost &&
	       !client->tls.has_alert && client->tls.encrypted == 1 &&
	       client->tls.last_length == ENCRYPTED_ALERT_LENGTH &&
	       (flow_has_fin(judgement->flow) || judgement->rst != NULL);
}

static void
explain_encrypted_alert(struct judgement *judgement)
{
	verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
	verdict_suspect(judgement, SUSPECT_CLIENT);
	verdict_cause(judgement, CAUSE_CERTIFICATE_UNTRUSTED);
	verdict_cause(judgement, CAUSE_CERTIFICATE_EXPIRED);
	verdict_cause(judgement, CAUSE_CERTIFICATE_BAD);
	verdict_cause(judgement, CAUSE_TLS_INTERCEPTED);
	verdict_advice(judgement, ADVICE_TLS_CERTIFICATE);
	verdict_evidence(judgement, application_of(judgement, TO_SERVER)->second,
			 EVIDENCE_TLS_SHORT_RECORD, TO_SERVER, 1);
}

static void
cite_hellos(struct judgement *judgement)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		const struct application_half *half =
			application_of(judgement, (enum direction)dir);
		if (half->protocol == PROTOCOL_TLS && half->tls.hello)
			verdict_evidence(judgement, half->begin, EVIDENCE_TLS_HELLO,
					 (enum direction)dir, 1);
	}
}

/* D33, D34 */
bool
tls_alert(struct judgement *judgement)
{
	enum direction dir =
		judgement->verdict->code == VERDICT_TLS_ALERT_CLIENT ? TO_SERVER : TO_CLIENT;
	const struct application_half *half = application_of(judgement, dir);
	const struct application_half *other = application_of(judgement, !dir);
	/* a client that complains about an answer in plain text has met the wrong port */
	if (!sent_hello(judgement) ||
	    (other->protocol != PROTOCOL_TLS && other->protocol != PROTOCOL_UNKNOWN))
		return false;
	bool hidden = dir == TO_SERVER && client_gave_up(judgement);
	if (!is_failure(judgement, dir) && !hidden)
		return false;
	/* of two alerts the earlier one is the reason for the other */
	if (is_failure(judgement, !dir) && moment_distance_us(other->alert, half->alert) > 0)
		return false;
	if (hidden)
		explain_encrypted_alert(judgement);
	else
		explain_alert(judgement, dir);
	cite_hellos(judgement);
	verdict_evidence(judgement, half->alert, EVIDENCE_TLS_ALERT, dir, 1);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* The client was asked for a certificate and had none. */
static bool
sent_empty_certificate(const struct tls_half *client)
{
	return client->first_length == EMPTY_CERTIFICATE ||
	       client->first_length == FINISHED_SHA256 + EMPTY_CERTIFICATE_LENGTH ||
	       client->first_length == FINISHED_SHA384 + EMPTY_CERTIFICATE_LENGTH;
}

/* D35: a server that closes politely sends a record of the same length: what came before tells
 * the two apart. */
bool
tls13_server_alert_suspected(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct application_half *client = application_of(judgement, TO_SERVER);
	const struct application_half *server = application_of(judgement, TO_CLIENT);
	if (!sent_hello(judgement) || !speaks(judgement, TO_CLIENT, PROTOCOL_TLS) ||
	    !server->tls.hello || server->tls.version != TLS_1_3 || server->gap || server->full ||
	    server->lost || client->tls.encrypted == 0 || judgement->server->unseen > 0)
		return false;
	if (server->tls.after_finished != 1 || server->tls.last_length != ENCRYPTED_ALERT_LENGTH)
		return false;
	bool closed = moment_happened(judgement->server->fin) ||
		      (judgement->rst != NULL && judgement->rst->direction == TO_CLIENT);
	bool empty = sent_empty_certificate(&client->tls);
	bool asked = client->tls.first_length != FINISHED_SHA256 &&
		     client->tls.first_length != FINISHED_SHA384;
	/* without a certificate in play, it is the server that has to break it off */
	bool first = !moment_happened(judgement->client->fin) ||
		     moment_distance_us(server->second, judgement->client->fin) > 0;
	/* the server objects within a round trip or two; what comes later closes an unused connection */
	const int64_t objection_us = INT64_C(5000000);
	bool late = moment_happened(judgement->server->fin) &&
		    moment_distance_us(judgement->client->data_last, judgement->server->fin) >
			    objection_us;
	if (!closed || late || !(empty || (first && asked) || (first && ended_by(judgement, TO_CLIENT))))
		return false;
	verdict_suspect(judgement, empty ? SUSPECT_CLIENT : SUSPECT_APPLICATION);
	verdict_cause(judgement,
		      empty ? CAUSE_CLIENT_CERTIFICATE_MISSING : CAUSE_CLIENT_CERTIFICATE_REJECTED);
	verdict_cause(judgement, CAUSE_TLS_STACK_ERROR);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	verdict_advice(judgement, ADVICE_TLS_TRY);
	cite_hellos(judgement);
	verdict_evidence(judgement, server->second, EVIDENCE_TLS_SHORT_RECORD, TO_CLIENT, 1);
	verdict_evidence(judgement, flow->half[TO_CLIENT].fin, EVIDENCE_FIN, TO_CLIENT, 1);
	cite_rst(judgement);
	return true;
}

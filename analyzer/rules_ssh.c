/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for connections that died in SSH before it became unreadable. */
#include "analyzer/rules_application.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "analyzer/seq.h"

enum { SSH_PORT = 22 };

/* A server that waits less than this for its client to speak is in a hurry for other reasons. */
static const int64_t grace_min_us = INT64_C(1500000);
/* How far from a login grace time the life of a flow may be: timers and closing take their time. */
static const int64_t grace_slack_us = INT64_C(2000000);

static const struct application_half *
ssh_half(const struct judgement *judgement, enum direction dir)
{
	if (application_half_protocol(judgement->flow, dir) != PROTOCOL_SSH)
		return NULL;
	return &judgement->flow->application->half[dir];
}

static void
cite_banners(struct judgement *judgement)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		const struct application_half *half = ssh_half(judgement, (enum direction)dir);
		if (half == NULL)
			continue;
		verdict_evidence(judgement, half->begin, EVIDENCE_SSH_BANNER, (enum direction)dir,
				 1);
		if (half->ssh.kexinit)
			verdict_evidence(judgement, half->second, EVIDENCE_SSH_KEXINIT,
					 (enum direction)dir, 1);
	}
}

/* D39 */
bool
ssh_no_common(struct judgement *judgement)
{
	static const enum verdict_code codes[SSH_LISTS] = {
		[SSH_KEX] = VERDICT_SSH_NO_COMMON_KEX,
		[SSH_HOSTKEY] = VERDICT_SSH_NO_COMMON_HOSTKEY,
		[SSH_CIPHER_C2S] = VERDICT_SSH_NO_COMMON_CIPHER_C2S,
		[SSH_CIPHER_S2C] = VERDICT_SSH_NO_COMMON_CIPHER_S2C,
		[SSH_MAC_C2S] = VERDICT_SSH_NO_COMMON_MAC_C2S,
		[SSH_MAC_S2C] = VERDICT_SSH_NO_COMMON_MAC_S2C,
		[SSH_COMPRESSION_C2S] = VERDICT_SSH_NO_COMMON_COMP,
		[SSH_COMPRESSION_S2C] = VERDICT_SSH_NO_COMMON_COMP,
	};
	const struct application_half *client = ssh_half(judgement, TO_SERVER);
	const struct application_half *server = ssh_half(judgement, TO_CLIENT);
	if (client == NULL || server == NULL || !judgement->flow->application->ssh_mismatch ||
	    codes[judgement->flow->application->ssh_list] != judgement->verdict->code ||
	    client->ssh.newkeys || server->ssh.newkeys)
		return false;
	verdict_suspect(judgement, SUSPECT_APPLICATION);
	verdict_cause(judgement, CAUSE_OLD_SOFTWARE);
	verdict_cause(judgement, CAUSE_CRYPTO_POLICY);
	verdict_advice(judgement, ADVICE_SSH_TRY);
	verdict_advice(judgement, ADVICE_SSHD_CONFIG);
	cite_banners(judgement);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* What OpenSSH says instead of its banner: when too many log in at once, and to those it
 * punishes. */
static bool
is_known_refusal(const struct application_half *server)
{
	static const char *const refusals[] = { "Exceeded MaxStartups",
						"Not allowed at this time" };
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		size_t length = strlen(refusals[i]);
		if (server->text_length >= length && memcmp(server->text, refusals[i], length) == 0)
			return true;
	}
	return false;
}

/* D40, first part */
bool
ssh_refused_banner(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	if (application_half_protocol(flow, TO_CLIENT) != PROTOCOL_TEXT ||
	    !ended_by(judgement, TO_CLIENT))
		return false;
	assert(flow->application != NULL); /* that the half has a protocol says so */
	const struct application_half *server = &flow->application->half[TO_CLIENT];
	bool client_speaks = ssh_half(judgement, TO_SERVER) != NULL;
	bool known = is_known_refusal(server);
	bool expected = flow->server_port == SSH_PORT ||
			judgement->context->listener_protocol == PROTOCOL_SSH;
	bool client_silent = judgement->client->span == 0;
	if (server->gap || !(client_speaks || (client_silent && (known || expected))))
		return false;
	if (!client_speaks && !known)
		verdict_reason(judgement, CONFIDENCE_PORT_HINT);
	verdict_suspect(judgement, SUSPECT_SERVER);
	verdict_cause(judgement, CAUSE_MAX_STARTUPS);
	if (!known || server->text[0] == 'N')
		verdict_cause(judgement, CAUSE_ACCESS_LIST);
	if (!known)
		verdict_cause(judgement, CAUSE_WRONG_PORT);
	verdict_advice(judgement, ADVICE_SSHD_CONFIG);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	cite_banners(judgement);
	verdict_evidence(judgement, judgement->server->data_first, EVIDENCE_TEXT, TO_CLIENT, 1);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* Whether the flow lived about as long as login grace times in use. */
static bool
is_usual_grace(const struct judgement *judgement, int64_t life_us)
{
	const int64_t usual_us[] = { INT64_C(30000000), INT64_C(60000000), INT64_C(120000000),
				     INT64_C(600000000),
				     judgement->context->limits->ssh_grace_ns / NS_PER_US };
	for (size_t i = 0; i < sizeof(usual_us) / sizeof(usual_us[0]); i++) {
		int64_t slack =
			usual_us[i] / 50 > grace_slack_us ? usual_us[i] / 50 : grace_slack_us;
		if (life_us >= usual_us[i] - slack && life_us <= usual_us[i] + slack)
			return true;
	}
	return false;
}

static bool
acknowledged(const struct half *sender, const struct half *receiver, bool fin)
{
	return sender->span == 0 ||
	       (receiver->has_ack && seq_geq(receiver->ack, sender->next_seq - fin));
}

/* D40, second part: the client fell silent before it encrypted anything (the server may have
 * begun to: the client's user is asked about the host key then), and the server lost patience. */
bool
ssh_preauth_timeout(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct half *client = judgement->client, *server = judgement->server;
	const struct application_half *theirs = ssh_half(judgement, TO_CLIENT);
	const struct application_half *ours = ssh_half(judgement, TO_SERVER);
	if (theirs == NULL || !theirs->ssh.banner || theirs->gap || theirs->lost ||
	    theirs->ssh.refused || !ended_by(judgement, TO_CLIENT) || !moment_happened(server->fin))
		return false;
	if (ours == NULL ? client->span > 0
			 : ours->gap || ours->lost || ours->ssh.newkeys || ours->ssh.refused)
		return false;
	struct moment last = server->data_last;
	if (moment_happened(client->data_last) && moment_distance_us(last, client->data_last) > 0)
		last = client->data_last;
	int64_t silence = moment_distance_us(last, server->fin);
	int64_t life = moment_distance_us(flow->handshake_ack, server->fin);
	/* what was lost on the way would look the same */
	if (silence < grace_min_us || silence < life / 2 || !acknowledged(client, server, false) ||
	    !acknowledged(server, client, true))
		return false;
	if (!is_usual_grace(judgement, life))
		verdict_reason(judgement, CONFIDENCE_OTHER_CAUSES_FIT);
	verdict_suspect(judgement, SUSPECT_CLIENT);
	verdict_cause(judgement, CAUSE_LOGIN_GRACE);
	verdict_cause(judgement, CAUSE_CLIENT_HANGS);
	verdict_cause(judgement, CAUSE_PORT_SCAN);
	verdict_advice(judgement, ADVICE_SSHD_CONFIG);
	verdict_advice(judgement, ADVICE_SSH_TRY);
	judgement->verdict->waited_us = silence;
	cite_banners(judgement);
	cite_fins(judgement);
	return true;
}

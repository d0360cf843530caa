/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for captures that cannot tell: they come first, and blame nobody. */
#include "analyzer/rules.h"

#include <stddef.h>

static const struct half *
half_of(const struct judgement *judgement, enum direction dir)
{
	return &judgement->flow->half[dir];
}

/* D01 */
static bool
invalid_flags_probe(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	uint32_t packets = flow->half[0].packets + flow->half[1].packets;
	uint32_t resets = (uint32_t)flow->half[0].rst_count + flow->half[1].rst_count;
	uint32_t copies = (uint32_t)flow->half[0].duplicates + flow->half[1].duplicates;
	if (flow->invalid == 0 || flow_has_synack(flow) || judgement->client->isn_known ||
	    packets - copies > flow->invalid + resets)
		return false;
	verdict_suspect(judgement, SUSPECT_CLIENT);
	verdict_cause(judgement, CAUSE_PORT_SCAN);
	verdict_evidence(judgement, flow->last_moment, EVIDENCE_LAST_FRAME, TO_SERVER, 1);
	return true;
}

static void
explain_late_start(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	verdict_suspect(judgement, SUSPECT_CAPTURE);
	verdict_cause(judgement, CAUSE_CAPTURE_STARTED_LATE);
	/* seconds after the beginning of the capture other explanations are as good */
	if (flow->first_ns - judgement->context->first_ns > 2 * NS_PER_S) {
		verdict_cause(judgement, CAUSE_SYN_NOT_CAPTURED);
		verdict_cause(judgement, CAUSE_ASYMMETRIC_ROUTING);
	}
	struct moment first = { .frame = flow->first_frame, .source = flow->source };
	verdict_evidence(judgement, first, EVIDENCE_FIRST_FRAME, TO_SERVER, 1);
}

static bool
is_midstream(const struct judgement *judgement)
{
	return !judgement->client->isn_known && !judgement->server->isn_known;
}

/* D03 */
static bool
midstream_reset(struct judgement *judgement)
{
	if (!is_midstream(judgement) || judgement->rst == NULL ||
	    judgement->flow->fin_before_rst)
		return false;
	explain_late_start(judgement);
	judgement->verdict->cause_count = 0;
	verdict_suspect(judgement, judgement->rst->direction == TO_SERVER ? SUSPECT_CLIENT
									  : SUSPECT_SERVER);
	bool stateless = judgement->rst->form == RST_FORM_STATELESS_ACK;
	verdict_cause(judgement, stateless ? CAUSE_PEER_LOST_STATE : CAUSE_DELIBERATE_ABORT);
	verdict_cause(judgement, CAUSE_IDLE_STATE_EXPIRED);
	verdict_advice(judgement, ADVICE_SERVICE_LOG);
	verdict_advice(judgement, ADVICE_CAPTURE_LONGER);
	cite_rst(judgement);
	return true;
}

/* D02 */
static bool
midstream_closed(struct judgement *judgement)
{
	if (!is_midstream(judgement) || !flow_has_fin(judgement->flow))
		return false;
	explain_late_start(judgement);
	cite_fins(judgement);
	cite_rst(judgement);
	return true;
}

/* D02 */
static bool
midstream_open(struct judgement *judgement)
{
	if (!is_midstream(judgement))
		return false;
	explain_late_start(judgement);
	verdict_evidence(judgement, judgement->flow->last_moment, EVIDENCE_LAST_FRAME, TO_SERVER, 1);
	return true;
}

/* D04: what is missing is one direction, not the other host. */
static bool
one_sided_capture(struct judgement *judgement)
{
	enum direction seen = judgement->client->packets > 0 ? TO_SERVER : TO_CLIENT;
	const struct half *half = half_of(judgement, seen);
	if (!judgement->one_direction || judgement->rst != NULL)
		return false;
	bool proves = half->ack_moved || (seen == TO_SERVER ? half->has_ack && half->ttl != 0
							    : half->payload > 0 || half->ttl != 0);
	if (!proves)
		return false;
	verdict_suspect(judgement, SUSPECT_CAPTURE);
	verdict_cause(judgement, CAUSE_ASYMMETRIC_ROUTING);
	verdict_cause(judgement, CAUSE_CAPTURE_ONE_DIRECTION);
	verdict_advice(judgement, ADVICE_CAPTURE_ANY);
	verdict_advice(judgement, ADVICE_ROUTES);
	cite_syns(judgement);
	cite_synacks(judgement);
	verdict_evidence(judgement, judgement->flow->handshake_ack, EVIDENCE_HANDSHAKE_ACK, seen, 1);
	cite_data(judgement);
	verdict_evidence(judgement, judgement->flow->last_moment, EVIDENCE_LAST_FRAME, seen, 1);
	return true;
}

/* D06 */
static bool
synack_unsolicited(struct judgement *judgement)
{
	const struct half *client = judgement->client, *server = judgement->server;
	if (server->synack_count == 0 || client->syn_count > 0 ||
	    (uint32_t)(client->packets - client->duplicates) > client->rst_count)
		return false;
	verdict_suspect(judgement, SUSPECT_CAPTURE);
	if (judgement->flow->first_ns - judgement->context->first_ns <
	    judgement->context->limits->cut_ns)
		verdict_reason(judgement, CONFIDENCE_LATE_START);
	verdict_cause(judgement, CAUSE_BACKSCATTER);
	verdict_cause(judgement, CAUSE_ASYMMETRIC_ROUTING);
	verdict_cause(judgement, CAUSE_SYN_NOT_CAPTURED);
	verdict_advice(judgement, ADVICE_CAPTURE_ANY);
	verdict_advice(judgement, ADVICE_ROUTES);
	if (client->rst_count > 0)
		judgement->verdict->tags |= UINT64_C(1) << TAG_RST_BY_NONEXISTENT_CLIENT;
	cite_synacks(judgement);
	cite_rst(judgement);
	return true;
}

/* clang-format off */
const struct rule rules_incomplete[] = {
	{ VERDICT_INVALID_FLAGS_PROBE, invalid_flags_probe, FACT_INVALID },
	{ VERDICT_MIDSTREAM_RESET,     midstream_reset, FACT_MIDSTREAM | FACT_RST },
	{ VERDICT_MIDSTREAM_CLOSED,    midstream_closed, FACT_MIDSTREAM | FACT_FIN },
	{ VERDICT_MIDSTREAM_OPEN,      midstream_open, FACT_MIDSTREAM },
	{ VERDICT_ONE_SIDED_CAPTURE,   one_sided_capture, FACT_ONE_DIRECTION },
	{ VERDICT_SYNACK_UNSOLICITED,  synack_unsolicited, FACT_NO_SYN },
};
const unsigned rules_incomplete_count = sizeof(rules_incomplete) / sizeof(rules_incomplete[0]);
/* clang-format on */

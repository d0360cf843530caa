/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for connections that ended with an RST, where nothing said before explains it. */
#include "analyzer/attribution.h"
#include "analyzer/rules.h"

#include <stddef.h>

static int64_t
us(int64_t ns)
{
	return ns / NS_PER_US;
}

/* D32 */
bool
reset_injected(struct judgement *judgement)
{
	if (judgement->rst == NULL || judgement->verdict->rst_score < ATTRIBUTION_FORGED ||
	    judgement->verdict->rst_origin != RST_ORIGIN_ON_PATH_INJECTOR)
		return false;
	verdict_suspect(judgement, SUSPECT_MIDDLEBOX);
	verdict_cause(judgement, CAUSE_INJECTED);
	verdict_cause(judgement, CAUSE_PATH_FIREWALL_REJECT);
	verdict_advice(judgement, judgement->rst->direction == TO_CLIENT
					  ? ADVICE_CAPTURE_AT_SERVER
					  : ADVICE_CAPTURE_AT_CLIENT);
	verdict_advice(judgement, ADVICE_TRACE);
	cite_handshake(judgement);
	cite_data(judgement);
	cite_rst(judgement);
	return true;
}

/* D46 */
bool
closed_fin_then_rst(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct rst_record *rst = judgement->rst;
	if (rst == NULL || !flow->fin_before_rst)
		return false;
	const struct half *resetter = &flow->half[rst->direction];
	const struct half *other = &flow->half[!rst->direction];
	/* asked, half-closed, and thrown out without a word: that is no closing */
	if (!moment_happened(resetter->fin) && !half_has_spoken(resetter) &&
	    half_has_spoken(other) && rst->direction == TO_CLIENT)
		return false;
	verdict_suspect(judgement, SUSPECT_NONE);
	/* an RST for data that came after the closing: that data is lost */
	bool late = moment_happened(resetter->fin) && moment_happened(other->data_last) &&
		    moment_distance_us(resetter->fin, other->data_last) > 0;
	bool expired = moment_happened(resetter->fin) && moment_happened(other->fin) &&
		       moment_distance_us(resetter->fin, other->fin) >=
			       us(judgement->context->limits->finwait_ns);
	if (late)
		verdict_cause(judgement, CAUSE_LATE_DATA);
	else if (expired)
		verdict_cause(judgement, CAUSE_FIN_WAIT_EXPIRED);
	else
		verdict_cause(judgement, CAUSE_UNREAD_DATA_AT_CLOSE);
	if (late) {
		judgement->verdict->tags |= UINT64_C(1) << TAG_LATE_DATA_LOST;
		verdict_advice(judgement, ADVICE_SERVICE_LOG);
	}
	cite_data(judgement);
	cite_fins(judgement);
	if (late)
		verdict_evidence(judgement, other->data_last, EVIDENCE_DATA_LAST, !rst->direction, 1);
	cite_rst(judgement);
	return true;
}

/* Data this short before an abort is a parting word, such as a TLS close_notify, not a request. */
static const int64_t parting_us = INT64_C(100000);

/* D49, D50 */
bool
reset_by(struct judgement *judgement)
{
	const struct rst_record *rst = judgement->rst;
	enum direction dir =
		judgement->verdict->code == VERDICT_RESET_BY_CLIENT ? TO_SERVER : TO_CLIENT;
	if (rst == NULL || rst->direction != dir)
		return false;
	verdict_suspect(judgement, suspect_side(dir));
	/* Browsers and checkers throw connections away like this when they have got all. */
	const struct flow *flow = judgement->flow;
	bool waits = flow->last_data == TO_SERVER &&
		     moment_distance_us(judgement->client->data_last, rst->at) > parting_us;
	if (dir == TO_SERVER && !waits && half_has_spoken(judgement->server) &&
	    rst->form == RST_FORM_ACTIVE_ABORT && all_acked(judgement->server, judgement->client) &&
	    !response_truncated(judgement))
		verdict_reason(judgement, CONFIDENCE_NOTHING_OUTSTANDING);
	if (rst->effect != RST_EFFECTIVE)
		verdict_reason(judgement, CONFIDENCE_DATA_MISSING);
	else if (rst->form == RST_FORM_OUT_OF_WINDOW)
		verdict_reason(judgement, CONFIDENCE_RST_MAYBE_IGNORED);
	if (judgement->verdict->rst_score >= ATTRIBUTION_OTHER_DEVICE) {
		verdict_reason(judgement, CONFIDENCE_ORIGIN_DOUBTFUL);
		verdict_suspect(judgement, SUSPECT_MIDDLEBOX);
		verdict_cause(judgement, CAUSE_PATH_FIREWALL_REJECT);
		verdict_cause(judgement, CAUSE_IDLE_STATE_EXPIRED);
		verdict_advice(judgement, dir == TO_CLIENT ? ADVICE_CAPTURE_AT_SERVER
							   : ADVICE_CAPTURE_AT_CLIENT);
		verdict_advice(judgement, ADVICE_CONNTRACK);
	} else if (rst->form == RST_FORM_STATELESS_ACK) {
		verdict_cause(judgement, CAUSE_PEER_LOST_STATE);
		verdict_cause(judgement, CAUSE_PROCESS_KILLED);
		verdict_cause(judgement, CAUSE_IDLE_STATE_EXPIRED);
		/* a socket that a forged RST has killed answers just so */
		verdict_cause(judgement, CAUSE_INJECTED);
		verdict_advice(judgement, dir == TO_CLIENT ? ADVICE_SERVICE_LOG
							   : ADVICE_CAPTURE_AT_CLIENT);
		verdict_advice(judgement, ADVICE_CONNTRACK);
	} else if (rst->form == RST_FORM_ACTIVE_ABORT) {
		verdict_cause(judgement, CAUSE_UNREAD_DATA_AT_CLOSE);
		verdict_cause(judgement, CAUSE_DELIBERATE_ABORT);
		verdict_cause(judgement, CAUSE_PROCESS_KILLED);
		verdict_advice(judgement, dir == TO_CLIENT ? ADVICE_SERVICE_LOG
							   : ADVICE_CAPTURE_AT_CLIENT);
		verdict_advice(judgement, ADVICE_ABORT_COUNTERS);
	} else {
		verdict_cause(judgement, CAUSE_DELIBERATE_ABORT);
		verdict_cause(judgement, CAUSE_INJECTED);
		verdict_advice(judgement, dir == TO_CLIENT ? ADVICE_CAPTURE_AT_SERVER
							   : ADVICE_CAPTURE_AT_CLIENT);
	}
	verdict_advice(judgement, ADVICE_KERNEL_LOG);
	cite_handshake(judgement);
	cite_data(judgement);
	cite_rst(judgement);
	return true;
}

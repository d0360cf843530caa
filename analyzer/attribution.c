/* SPDX-License-Identifier: BSD-2-Clause */
/* Features of RSTs and their points (doc/verdicts.md, section C). Each feature compares with what the
 * same endpoint's other packets look like here, so none needs a database. */
#include "analyzer/attribution.h"

#include <stddef.h>

#include "analyzer/seq.h"

enum {
	SEQUENCE_SLACK = 2, /* a sender may be off by SYN or FIN (Weaver, NDSS 2009) */
	IP_ID_JUMP = 64,
	TTL_NEAR = 1,
	TTL_OFF = 4,
	RTT_TELLING_US = 1000, /* half of a shorter round trip is within a host's own delays */
};

/* RSTs further apart than this belong to different events. */
static const int64_t burst_us = INT64_C(2000000);

static void
add(struct attribution *attribution, enum rst_feature feature)
{
	attribution->features |= UINT32_C(1) << feature;
	attribution->score += rst_feature_infos[feature].points;
}

static void
compare_ttl(struct attribution *attribution, const struct half *sender,
	    const struct rst_record *rst, uint8_t elsewhere)
{
	if (rst->ttl == sender->ttl || rst->ttl == sender->ttl_other ||
	    (sender->ttl == 0 && rst->ttl == sender->ttl_syn)) {
		add(attribution, RST_FEATURE_TTL_SEEN);
		return;
	}
	uint8_t usual = sender->ttl != 0 ? sender->ttl
					 : sender->ttl_syn != 0 ? sender->ttl_syn : elsewhere;
	if (usual == 0)
		return;
	int distance = rst->ttl > usual ? rst->ttl - usual : usual - rst->ttl;
	if (distance == 0)
		add(attribution, RST_FEATURE_TTL_SEEN);
	else if (distance <= TTL_NEAR)
		add(attribution, RST_FEATURE_TTL_NEAR);
	else
		add(attribution, distance <= TTL_OFF ? RST_FEATURE_TTL_OFF : RST_FEATURE_TTL_FAR);
}

static void
compare_ip_id(struct attribution *attribution, const struct rst_record *rst)
{
	if (!rst->ip_id_counts)
		return;
	bool stateless =
		rst->form == RST_FORM_STATELESS_ACK || rst->form == RST_FORM_STATELESS_SYN;
	if (rst->ip_id != 0 && rst->ip_id_gap >= 1 && rst->ip_id_gap <= rst->wire_segments + 2)
		add(attribution, RST_FEATURE_IP_ID_FITS);
	else if (rst->ip_id_gap > IP_ID_JUMP && !(rst->ip_id == 0 && stateless))
		add(attribution, RST_FEATURE_IP_ID_JUMPS);
}

static void
look_at_form(struct attribution *attribution, const struct flow *flow,
	     const struct rst_record *rst)
{
	switch ((enum rst_form)rst->form) {
	case RST_FORM_ACTIVE_ABORT:
		add(attribution, RST_FEATURE_ACTIVE_ABORT);
		break;
	case RST_FORM_EXACT_OTHER:
		add(attribution, RST_FEATURE_OTHER_FIELDS);
		break;
	case RST_FORM_IN_WINDOW_GUESS:
		add(attribution, RST_FEATURE_IN_WINDOW_GUESS);
		break;
	case RST_FORM_OUT_OF_WINDOW:
		add(attribution, RST_FEATURE_OUT_OF_WINDOW);
		break;
	case RST_FORM_NONE:
	case RST_FORM_STATELESS_ACK:
	case RST_FORM_STATELESS_SYN:
	case RST_FORMS:
		break;
	}
	bool negotiated =
		(flow->half[0].options & flow->half[1].options & TCP_HAS_TIMESTAMP) != 0;
	bool expects = rst->flags & TCP_ACK && rst->form != RST_FORM_ACTIVE_ABORT &&
		       rst->form != RST_FORM_STATELESS_SYN;
	if (negotiated && expects && !rst->has_timestamp)
		add(attribution, RST_FEATURE_NO_TIMESTAMP);
	if (rst->payload_length > 0)
		add(attribution, RST_FEATURE_PAYLOAD);
}

static bool
same_burst(const struct rst_record *a, const struct rst_record *b)
{
	int64_t distance = moment_distance_us(a->at, b->at);
	return a != b && moment_happened(b->at) && a->direction == b->direction &&
	       distance <= burst_us && distance >= -burst_us;
}

/* Whether an acknowledgement is one that this endpoint can have sent. */
static bool
ack_fits(const struct half *peer, uint32_t ack)
{
	return seq_gt(ack, peer->isn) && seq_leq(ack, peer->next_seq);
}

static void
look_at_company(struct attribution *attribution, const struct flow *flow,
		const struct rst_record *rst)
{
	const struct half *receiver = &flow->half[!rst->direction];
	bool seq_changes = false, ack_changes = false;
	for (int i = 0; i < FLOW_RST_MAX; i++) {
		const struct rst_record *other = &flow->detail->rst[i];
		if (!same_burst(rst, other))
			continue;
		const struct rst_record *first = rst, *second = other;
		if (seq_lt(second->seq, first->seq)) {
			first = other;
			second = rst;
		}
		/* a stack that lost its state answers with the peer's numbers: never beyond its data */
		bool beyond = !receiver->has_ack ||
			      seq_gt(second->seq, receiver->ack + SEQUENCE_SLACK);
		/* a dead socket answers the challenge to its own abort with the peer's number */
		bool aftermath = rst->form == RST_FORM_STATELESS_ACK ||
				 other->form == RST_FORM_STATELESS_ACK;
		if (aftermath)
			continue;
		bool both = (rst->flags & TCP_ACK) && (other->flags & TCP_ACK);
		if (seq_gt(second->seq, first->seq + SEQUENCE_SLACK) && beyond &&
		    seq_gt(second->seq, first->next_seq) && !flow->fin_before_rst)
			seq_changes = true;
		if (both && rst->ack != other->ack && !ack_fits(receiver, rst->ack) &&
		    !ack_fits(receiver, other->ack))
			ack_changes = true;
	}
	if (seq_changes)
		add(attribution, RST_FEATURE_SEQUENCE_CHANGES);
	if (ack_changes)
		add(attribution, RST_FEATURE_ACK_CHANGES);
	if (rst->data_after && rst->form != RST_FORM_OUT_OF_WINDOW)
		add(attribution, RST_FEATURE_DATA_AFTER);
	else if (rst->ack_after)
		add(attribution, RST_FEATURE_ACK_AFTER);
	/* a stack without state takes its number from the packet that it answers */
	if (rst->data_before && rst->form != RST_FORM_STATELESS_ACK)
		add(attribution, RST_FEATURE_DATA_BEFORE);
	bool copied_capture = flow->half[0].duplicates + flow->half[1].duplicates > rst->copies;
	if (rst->copies > 0 && rst->ip_id != 0 && !copied_capture)
		add(attribution, RST_FEATURE_COPIES);
}

/* An answer takes at least the round trip that the handshake took; half of it leaves room for luck.
 * An abort out of the blue answers nothing, so this is no test for it. */
static void
look_at_time(struct attribution *attribution, const struct flow *flow, const struct rst_record *rst)
{
	bool answers = rst->form == RST_FORM_STATELESS_ACK || rst->form == RST_FORM_STATELESS_SYN;
	uint32_t rtt = rst->direction == TO_CLIENT ? flow->server_rtt_us : flow->client_rtt_us;
	if (rtt == UINT32_MAX || rtt < RTT_TELLING_US || rst->after_us < 0 ||
	    !answers)
		return;
	if (rst->after_us * 2 < (int64_t)rtt)
		add(attribution, RST_FEATURE_TOO_EARLY);
}

static enum rst_origin
origin_of(const struct flow *flow, const struct rst_record *rst, int score)
{
	const struct half *sender = &flow->half[rst->direction];
	if (score >= ATTRIBUTION_FORGED)
		return RST_ORIGIN_ON_PATH_INJECTOR;
	if (score >= ATTRIBUTION_OTHER_DEVICE) {
		bool shook_hands = sender->ttl_syn == rst->ttl && sender->ttl != 0 &&
				   sender->ttl != sender->ttl_syn;
		return sender->synack_win0 || shook_hands ? RST_ORIGIN_PROXY
							  : RST_ORIGIN_IN_PATH_DEVICE;
	}
	if (score > 0)
		return RST_ORIGIN_UNKNOWN;
	bool stateless =
		rst->form == RST_FORM_STATELESS_ACK || rst->form == RST_FORM_STATELESS_SYN;
	return stateless ? RST_ORIGIN_KERNEL_WITHOUT_STATE : RST_ORIGIN_ENDPOINT;
}

struct attribution
rst_attribute(const struct flow *flow, const struct rst_record *rst, const uint8_t host_ttl[2])
{
	struct attribution attribution = { .score = 0 };
	const struct half *sender = &flow->half[rst->direction];
	compare_ttl(&attribution, sender, rst, host_ttl[rst->direction]);
	compare_ip_id(&attribution, rst);
	look_at_form(&attribution, flow, rst);
	look_at_company(&attribution, flow, rst);
	look_at_time(&attribution, flow, rst);
	attribution.origin = origin_of(flow, rst, attribution.score);
	return attribution;
}

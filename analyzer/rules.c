/* SPDX-License-Identifier: BSD-2-Clause */
/* The decision list as a whole: facts first, then the rules in order, then tags and confidence. */
#include "analyzer/rules.h"

#include <stddef.h>

#include "analyzer/attribution.h"
#include "analyzer/seq.h"

static const struct detail no_detail;
enum {
	SYN_GAP_MS = 1000, /* the first retransmission of nearly every stack */
	SYN_GAP_SLACK_MS = 100,
	LEAST_SCALE = 16, /* a window that shrinks this much at once was scaled on its way */
};

/* RSTs closer than this are one event. */
static const int64_t burst_us = INT64_C(2000000);

void
verdict_evidence(struct judgement *judgement, struct moment at, enum evidence_kind kind,
		 enum direction dir, unsigned count)
{
	struct verdict *verdict = judgement->verdict;
	if (!moment_happened(at) || verdict->evidence_count == VERDICT_EVIDENCE_MAX)
		return;
	for (unsigned i = 0; i < verdict->evidence_count; i++)
		if (verdict->evidence[i].at.frame == at.frame &&
		    verdict->evidence[i].at.source == at.source && verdict->evidence[i].kind == kind)
			return;
	/* kept in the order of time */
	unsigned place = verdict->evidence_count++;
	while (place > 0 && moment_distance_us(verdict->evidence[place - 1].at, at) < 0) {
		verdict->evidence[place] = verdict->evidence[place - 1];
		place--;
	}
	verdict->evidence[place] = (struct evidence){
		.at = at,
		.kind = (uint8_t)kind,
		.direction = (uint8_t)dir,
		.count = (uint16_t)(count > UINT16_MAX ? UINT16_MAX : count),
	};
}

void
verdict_suspect(struct judgement *judgement, enum suspect suspect)
{
	judgement->verdict->suspect = (uint8_t)suspect;
}

void
verdict_cause(struct judgement *judgement, enum cause cause)
{
	struct verdict *verdict = judgement->verdict;
	if (verdict->cause_count < VERDICT_CAUSE_MAX)
		verdict->causes[verdict->cause_count++] = (uint8_t)cause;
}

void
verdict_advice(struct judgement *judgement, enum advice advice)
{
	struct verdict *verdict = judgement->verdict;
	/* no capture is longer than the table that it did not fit into */
	if (advice == ADVICE_CAPTURE_LONGER && judgement->flow->evicted)
		advice = ADVICE_MORE_ROOM;
	if (verdict->advice_count < VERDICT_ADVICE_MAX)
		verdict->advice[verdict->advice_count++] = (uint8_t)advice;
}

void
verdict_reason(struct judgement *judgement, enum confidence_reason reason)
{
	struct verdict *verdict = judgement->verdict;
	if (verdict->reason_count < VERDICT_REASON_MAX)
		verdict->reasons[verdict->reason_count++] = (uint8_t)reason;
}

static void
cite_half_syns(struct judgement *judgement, enum direction dir, unsigned count, bool synack)
{
	const struct half *half = &judgement->flow->half[dir];
	verdict_evidence(judgement, half->syn, synack ? EVIDENCE_SYNACK : EVIDENCE_SYN, dir, 1);
	if (count > 1 && half->syn_last.frame != half->syn.frame)
		verdict_evidence(judgement, half->syn_last,
				 synack ? EVIDENCE_SYNACK_LAST : EVIDENCE_SYN_LAST, dir, count);
}

void
cite_syns(struct judgement *judgement)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		const struct half *half = &judgement->flow->half[dir];
		if (half->syn_count > 0)
			cite_half_syns(judgement, (enum direction)dir, half->syn_count, false);
	}
}

void
cite_synacks(struct judgement *judgement)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		const struct half *half = &judgement->flow->half[dir];
		if (half->synack_count > 0 && half->syn_count == 0)
			cite_half_syns(judgement, (enum direction)dir, half->synack_count, true);
	}
}

void
cite_data(struct judgement *judgement)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		const struct half *half = &judgement->flow->half[dir];
		verdict_evidence(judgement, half->data_first, EVIDENCE_DATA_FIRST,
				 (enum direction)dir, 1);
	}
}

void
cite_fins(struct judgement *judgement)
{
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		const struct half *half = &judgement->flow->half[dir];
		verdict_evidence(judgement, half->fin, EVIDENCE_FIN, (enum direction)dir, 1);
		if (half->fin_count > 1)
			verdict_evidence(judgement, judgement->detail->fin_last[dir],
					 EVIDENCE_FIN_LAST, (enum direction)dir, half->fin_count);
	}
}

void
cite_rst(struct judgement *judgement)
{
	if (judgement->rst != NULL)
		verdict_evidence(judgement, judgement->rst->at, EVIDENCE_RST,
				 (enum direction)judgement->rst->direction, 1);
}

bool
all_acked(const struct half *sender, const struct half *receiver)
{
	return receiver->has_ack && seq_geq(receiver->ack, sender->next_seq);
}

void
cite_handshake(struct judgement *judgement)
{
	cite_syns(judgement);
	cite_synacks(judgement);
	verdict_evidence(judgement, judgement->flow->handshake_ack, EVIDENCE_HANDSHAKE_ACK,
			 TO_SERVER, 1);
}

enum suspect
suspect_side(enum direction dir)
{
	return dir == TO_SERVER ? SUSPECT_CLIENT : SUSPECT_SERVER;
}

int64_t
watched_since(const struct judgement *judgement, struct moment moment)
{
	const struct flow *flow = judgement->flow;
	int64_t end_ns = judgement->context->last_ns;
	if (flow->superseded && flow->superseded_ns < end_ns)
		end_ns = flow->superseded_ns;
	/* late segments may come after that */
	int64_t watched = end_ns / NS_PER_US - flow_moment_us(flow, moment);
	return watched > 0 ? watched : 0;
}

/* An RST ahead of all that we saw may be exact for its receiver, who saw more: if it has all the marks
 * of its sender, or if the capture is known to lack bytes and nobody contradicted. */
static bool
ends_beyond_gap(const struct flow *flow, const struct rst_record *rst)
{
	if (!moment_happened(rst->at) || rst->effect != RST_IN_WINDOW || rst->data_after)
		return false;
	const struct detail *detail = flow->detail;
	bool silent = detail->after_reset[0] == 0 && detail->after_reset[1] == 0;
	bool lossy = flow->half[0].unseen + flow->half[1].unseen > 0;
	return rst->form == RST_FORM_ACTIVE_ABORT || (silent && lossy);
}

/* The RST that ended the flow: the first that had to be believed, or that we must take for it. */
static const struct rst_record *
ending_rst(const struct flow *flow)
{
	const struct rst_record *rst = flow_effective_rst(flow);
	if (flow->detail == NULL)
		return rst;
	const struct rst_record *first = &flow->detail->rst[0];
	if (ends_beyond_gap(flow, first) &&
	    (rst == NULL || rst->form == RST_FORM_STATELESS_ACK))
		return first;
	return rst;
}

static void
set_tag(struct verdict *verdict, enum tag tag, bool condition)
{
	if (condition)
		verdict->tags |= UINT64_C(1) << tag;
}

/* SYNs one second apart come from Linux since 6.5; doubling gaps from everything older and most others. */
static void
tag_schedule(struct judgement *judgement)
{
	const uint32_t *gaps = judgement->detail->syn_gap_ms;
	if (gaps[0] < SYN_GAP_MS - SYN_GAP_SLACK_MS || gaps[1] == 0)
		return;
	bool same = gaps[1] < gaps[0] + gaps[0] / 4 && gaps[0] < gaps[1] + gaps[1] / 4;
	bool twice = gaps[1] > gaps[0] + gaps[0] / 2 && gaps[1] < gaps[0] * 3;
	set_tag(judgement->verdict, TAG_SYN_SCHEDULE_LINEAR,
		same && gaps[0] < SYN_GAP_MS + SYN_GAP_SLACK_MS);
	set_tag(judgement->verdict, TAG_SYN_SCHEDULE_CLASSIC, twice);
}

static void
tag_handshake(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct half *client = judgement->client, *server = judgement->server;
	struct verdict *verdict = judgement->verdict;
	set_tag(verdict, TAG_SYN_RETRANSMITTED, client->syn_count > 1);
	set_tag(verdict, TAG_SYNACK_RETRANSMITTED, server->synack_count > 1);
	set_tag(verdict, TAG_SINGLE_SYN,
		client->syn_count == 1 && verdict->code == VERDICT_SYN_UNANSWERED);
	set_tag(verdict, TAG_SYN_CHALLENGED, flow->syn_challenged);
	set_tag(verdict, TAG_TIMEWAIT_REOPENED,
		flow->time_wait_based && server->isn_known &&
			server->isn == flow->time_wait_base + 65537);
	set_tag(verdict, TAG_PORT_REUSED, flow->previous_number != 0);
	set_tag(verdict, TAG_SIMULTANEOUS_OPEN, flow->simultaneous);
	set_tag(verdict, TAG_TFO_USED, flow->fast_open);
	set_tag(verdict, TAG_TFO_IGNORED, flow->fast_open_ignored);
	set_tag(verdict, TAG_MPTCP, flow->mptcp);
	set_tag(verdict, TAG_SYNACK_AFTER_ACK, judgement->detail->synack_after_ack_count > 0);
	set_tag(verdict, TAG_HANDSHAKE_STALLED,
		judgement->detail->synack_after_ack_count > 0 && server->ttl != 0);
	set_tag(verdict, TAG_SYNACK_WIN0, server->synack_count > 0 && server->synack_win0);
	set_tag(verdict, TAG_SYNACK_TTL_DIFFERS,
		server->synack_count > 0 && server->ttl != 0 && server->ttl != server->ttl_syn);
	bool without = client->isn_known && server->synack_count > 0 && client->has_wscale &&
		       !server->has_wscale;
	set_tag(verdict, TAG_SYNACK_WITHOUT_WSCALE, without);
	/* the server scales although its SYN-ACK, as it arrived here, did not say so */
	set_tag(verdict, TAG_WINDOW_SCALE_MISMATCH,
		without && server->ttl != 0 && server->window != 0 &&
			(uint32_t)server->window * LEAST_SCALE < server->syn_window);
	tag_schedule(judgement);
}

static void
tag_transfer(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct detail *detail = judgement->detail;
	struct verdict *verdict = judgement->verdict;
	static const struct {
		enum retransmission kind;
		enum tag tag;
	} kinds[] = {
		{ RETRANSMISSION_FAST, TAG_RETRANSMISSION_FAST },
		{ RETRANSMISSION_RTO, TAG_RETRANSMISSION_RTO },
		{ RETRANSMISSION_SPURIOUS, TAG_RETRANSMISSION_SPURIOUS },
		{ RETRANSMISSION_TLP, TAG_RETRANSMISSION_TLP },
	};
	for (int dir = 0; dir < 2; dir++) {
		const struct half *half = &flow->half[dir];
		set_tag(verdict, TAG_OUT_OF_ORDER, half->out_of_order > 0);
		set_tag(verdict, TAG_DUP_CAPTURE, half->duplicates > 0);
		set_tag(verdict, TAG_CAPTURE_LOSS, half->unseen > 0);
		set_tag(verdict, TAG_KEEPALIVE, half->keepalives > 0);
		set_tag(verdict, TAG_OFFLOAD,
			half->over_mss || half->checksums & (1U << CHECKSUM_PARTIAL));
		set_tag(verdict, TAG_CHALLENGE_ACK, half->challenge_acks > 0);
	}
	set_tag(verdict, TAG_SNAPLEN, flow->truncated > 0);
	set_tag(verdict, TAG_FRAGMENTED, flow->reassembled);
	set_tag(verdict, TAG_EVICTED, flow->evicted);
	if (flow->detail == NULL)
		return;
	for (int dir = 0; dir < 2; dir++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			set_tag(verdict, kinds[i].tag,
				detail->retransmission[dir][kinds[i].kind] > 0);
		set_tag(verdict, TAG_ZERO_WINDOW, moment_happened(detail->zero_window[dir]));
		set_tag(verdict, TAG_UNACKED_AT_END, detail->stall[dir].transmissions > 1);
	}
	bool icmp = moment_happened(detail->icmp.at);
	set_tag(verdict, TAG_FRAG_NEEDED_SEEN, icmp && detail->icmp.mtu != 0);
	set_tag(verdict, TAG_ICMP_SOFT, icmp && detail->icmp.mtu == 0 && flow->established);
	bool exceeded = detail->icmp.ip_version == 6 ? detail->icmp.type == 3
						     : detail->icmp.type == 11;
	set_tag(verdict, TAG_TTL_EXCEEDED, icmp && exceeded);
	for (int i = 0; i < FLOW_RST_MAX; i++) {
		const struct rst_record *rst = &detail->rst[i];
		if (!moment_happened(rst->at) || rst == judgement->rst)
			continue;
		set_tag(verdict, TAG_RST_BAD_CHECKSUM, rst->effect == RST_BAD_CHECKSUM);
		set_tag(verdict, TAG_FORGED_RST_ATTEMPT,
			rst->effect == RST_IN_WINDOW && flow->established &&
				rst->form != RST_FORM_ACTIVE_ABORT);
	}
}

/* Deductions that hold for every verdict; the rules have added their own. */
static void
deduct(struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	bool blames_nobody =
		verdict_infos[judgement->verdict->code].verdict_class == CLASS_INCOMPLETE;
	if (flow->half[0].unseen + flow->half[1].unseen > 0 && !blames_nobody) {
		enum direction lost = flow->half[TO_SERVER].unseen > 0 ? TO_SERVER : TO_CLIENT;
		verdict_reason(judgement, CONFIDENCE_CAPTURE_LOSS);
		verdict_evidence(judgement, judgement->detail->loss, EVIDENCE_CAPTURE_LOSS, !lost, 1);
	}
	if (flow->role == ROLE_INFERRED && !blames_nobody)
		verdict_reason(judgement, CONFIDENCE_ROLE_INFERRED);
	if (flow->half[0].options_cut || flow->half[1].options_cut) {
		verdict_reason(judgement, CONFIDENCE_TRUNCATED);
		verdict_advice(judgement, ADVICE_CAPTURE_FULL_SNAPLEN);
	}
	if (flow->evicted)
		verdict_reason(judgement, CONFIDENCE_EVICTED);
	/* what an RST or an ICMP error says is said, whatever else was lost */
	bool said = judgement->rst != NULL || moment_happened(judgement->detail->icmp.at);
	if (judgement->context->drops > 0 && !said && !blames_nobody)
		verdict_reason(judgement, CONFIDENCE_DROPPED);
	if (judgement->one_direction && flow_has_payload(flow) && !blames_nobody)
		verdict_reason(judgement, CONFIDENCE_ONE_DIRECTION);
}

static void
add_up(struct verdict *verdict)
{
	int confidence = verdict_infos[verdict->code].base;
	for (unsigned i = 0; i < verdict->reason_count; i++)
		confidence += confidence_reason_infos[verdict->reasons[i]].points;
	verdict->confidence = (uint8_t)(confidence < 0 ? 0 : confidence > 100 ? 100 : confidence);
}

static bool
decide_by(struct judgement *judgement, const struct rule *rules, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (rules[i].applies == NULL || (rules[i].needs & ~judgement->facts) != 0)
			continue;
		judgement->verdict->code = (uint8_t)rules[i].code;
		if (rules[i].applies(judgement))
			return true;
	}
	return false;
}

static unsigned
facts_of(const struct judgement *judgement)
{
	const struct flow *flow = judgement->flow;
	const struct half *client = judgement->client, *server = judgement->server;
	unsigned facts = 0;
	if (judgement->rst != NULL)
		facts |= FACT_RST;
	if (client->rst_count + server->rst_count > 0)
		facts |= FACT_RST_SEEN;
	if (flow->detail != NULL)
		facts |= FACT_DETAIL;
	if (judgement->detail->stall[0].transmissions + judgement->detail->stall[1].transmissions > 0)
		facts |= FACT_STALL;
	if (client->zero_window || server->zero_window)
		facts |= FACT_ZERO_WINDOW;
	if (flow_has_fin(flow) || moment_happened(client->fin) || moment_happened(server->fin))
		facts |= FACT_FIN;
	if (flow->application != NULL)
		facts |= FACT_APPLICATION;
	if (flow->invalid > 0)
		facts |= FACT_INVALID;
	if (!client->isn_known && !server->isn_known)
		facts |= FACT_MIDSTREAM;
	if (judgement->one_direction)
		facts |= FACT_ONE_DIRECTION;
	if (client->syn_count == 0)
		facts |= FACT_NO_SYN;
	return facts;
}

/* Attributes the ending RST by the strongest case among the RSTs of its burst: one forged packet gives
 * the others away. Not so if the endpoint's own RST came first: then a device on the way, which saw
 * that RST too, speaks for it when more packets come. */
static void
attribute(struct judgement *judgement)
{
	const struct rst_record *ending = judgement->rst;
	struct verdict *verdict = judgement->verdict;
	struct attribution best =
		rst_attribute(judgement->flow, ending, judgement->context->host_ttl);
	for (int i = 0; i < FLOW_RST_MAX && best.score > 0; i++) {
		const struct rst_record *rst = &judgement->detail->rst[i];
		int64_t distance = moment_distance_us(ending->at, rst->at);
		if (!moment_happened(rst->at) || rst->direction != ending->direction ||
		    distance > burst_us || distance < -burst_us)
			continue;
		struct attribution other =
			rst_attribute(judgement->flow, rst, judgement->context->host_ttl);
		if (other.score >= ATTRIBUTION_FORGED && other.score > best.score)
			best = other;
	}
	bool only_looks = (best.features & RST_FEATURES_OF_COMPANY) == 0;
	if (best.score >= ATTRIBUTION_FORGED && only_looks && follows_silence(judgement, ending->at)) {
		/* who keeps state that expires is in the path, not beside it */
		best.origin = RST_ORIGIN_IN_PATH_DEVICE;
	}
	verdict->rst_form = ending->form;
	verdict->rst_from = ending->direction;
	verdict->rst_score = (int16_t)best.score;
	verdict->rst_features = best.features;
	verdict->rst_origin = (uint8_t)best.origin;
}

void
verdict_siblings_agree(struct verdict *verdict)
{
	if (verdict->reason_count == VERDICT_REASON_MAX)
		return;
	verdict->reasons[verdict->reason_count++] = CONFIDENCE_SIBLINGS_AGREE;
	add_up(verdict);
}

void
flow_judge(const struct flow *flow, const struct rule_context *context, struct verdict *ret_verdict)
{
	*ret_verdict = (struct verdict){ .suspect = SUSPECT_UNKNOWN };
	struct judgement judgement = {
		.flow = flow,
		.context = context,
		.client = &flow->half[TO_SERVER],
		.server = &flow->half[TO_CLIENT],
		.detail = flow->detail != NULL ? flow->detail : &no_detail,
		.rst = ending_rst(flow),
		.one_direction = flow->half[0].packets == 0 || flow->half[1].packets == 0,
		.verdict = ret_verdict,
	};
	judgement.facts = facts_of(&judgement);
	judgement.watched_us = watched_since(&judgement, flow->last_moment);
	ret_verdict->watched_us = judgement.watched_us;
	ret_verdict->drops =
		context->drops < UINT32_MAX ? (uint32_t)context->drops : UINT32_MAX;
	verdict_infer_vantage(flow, context->host_ttl, ret_verdict);
	if (judgement.rst != NULL)
		attribute(&judgement);
	if (!decide_by(&judgement, rules_incomplete, rules_incomplete_count) &&
	    !(!flow->established &&
	      decide_by(&judgement, rules_connect, rules_connect_count)) &&
	    !decide_by(&judgement, rules_open, rules_open_count))
		ret_verdict->code = VERDICT_UNCLASSIFIED;
	tag_handshake(&judgement);
	tag_transfer(&judgement);
	if (flow->application != NULL)
		tag_application(&judgement);
	deduct(&judgement);
	add_up(ret_verdict);
}

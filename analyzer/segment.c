/* SPDX-License-Identifier: BSD-2-Clause */
/* What a segment without SYN and RST does to its flow; counters; acknowledgements. */
#include "analyzer/segment.h"

#include "analyzer/application.h"
#include "analyzer/compat.h"
#include "analyzer/handshake.h"
#include "analyzer/segclass.h"
#include "analyzer/segment_parts.h"
#include "analyzer/seq.h"
#include "analyzer/state.h"
#include "dissect/payload.h"

enum {
	/* Acknowledged bytes that we lack are our loss up to here; beyond, the number is nonsense. */
	UNSEEN_MAX = 1 << 24,
};

bool
segment_flags_valid(uint8_t flags)
{
	switch (flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) {
	case TCP_SYN:
	case TCP_SYN | TCP_ACK:
	case TCP_RST:
	case TCP_RST | TCP_ACK:
	case TCP_FIN | TCP_ACK:
	case TCP_ACK:
		return true;
	default:
		return false;
	}
}

static bool
near(uint32_t a, uint32_t b)
{
	int32_t distance = seq_diff(a, b);
	return distance <= SEGMENT_FIT_MAX && distance >= -SEGMENT_FIT_MAX;
}

bool
segment_fits(const struct flow *flow, const struct packet *packet, enum direction dir, bool strict)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	bool ack = packet->flags & TCP_ACK;
	if (packet->flags & TCP_SYN && half->isn_known && packet->seq != half->isn)
		return false;
	bool seq_proves = half->seq_known, ack_proves = ack && peer->seq_known;
	if (seq_proves && !near(packet->seq, half->next_seq) && packet->seq != half->isn)
		return false;
	if (ack_proves && !near(packet->ack, peer->next_seq))
		return false;
	if (ack_proves && peer->isn_known && seq_leq(packet->ack, peer->isn) &&
	    seq_diff(peer->isn, packet->ack) < SEGMENT_FIT_MAX)
		return false; /* acknowledges what came before the SYN */
	if (!strict)
		return true;
	if (packet->flags & TCP_SYN)
		return ack_proves && packet->ack == peer->next_seq;
	return ack_proves && seq_proves;
}

/* Our own loss: the peer acknowledged what the capture lacks. */
static void
note_unseen(struct segment_context *context, struct flow *flow, const struct packet *packet,
	    enum direction dir, uint32_t bytes)
{
	struct half *half = &flow->half[dir];
	half->unseen += bytes;
	context->stats->unseen_bytes += bytes;
	compat_gap(flow, dir, 1);
	struct detail *detail = flowtab_detail(context->table, flow);
	if (detail != NULL && !moment_happened(detail->loss))
		detail->loss = flow_moment(flow, packet);
}

/* Holes that the peer acknowledged anyway were never lost on the network. */
static void
settle_holes(struct segment_context *context, struct flow *flow, const struct packet *packet,
	     enum direction dir)
{
	struct detail *detail = flow->detail;
	uint32_t ack = flow->half[!dir].ack;
	while (detail != NULL && detail->hole_count[dir] > 0 &&
	       seq_lt(detail->hole[dir][0].left, ack)) {
		uint32_t left = detail->hole[dir][0].left;
		uint32_t missing, filled = hole_fill(detail, dir, left, ack, &missing);
		if (filled == 0)
			break;
		if (missing > 0)
			note_unseen(context, flow, packet, dir, missing);
	}
}

static void
note_window(struct segment_context *context, struct flow *flow, const struct packet *packet,
	    enum direction dir)
{
	struct half *half = &flow->half[dir];
	bool both = half->has_wscale && flow->half[!dir].has_wscale;
	unsigned shift = both ? half->wscale : half->isn_known ? 0 : 14;
	uint32_t window = packet->flags & TCP_SYN ? packet->window
						  : (uint32_t)packet->window << shift;
	half->window = packet->window;
	if (half->isn_known || !(packet->flags & TCP_SYN))
		half->max_window = window > half->max_window ? window : half->max_window;
	uint32_t edge = packet->ack + window;
	if (!half->has_ack || seq_gt(edge, half->edge))
		half->edge = edge;
	if (packet->flags & TCP_SYN)
		return;
	if (packet->window == 0 && !half->zero_window) {
		half->zero_window = true;
		struct detail *detail = flowtab_detail(context->table, flow);
		if (detail != NULL)
			detail->zero_window[dir] = flow_moment(flow, packet);
	} else if (packet->window != 0 && half->zero_window) {
		half->zero_window = false;
		struct detail *detail = flow->detail;
		if (detail != NULL) {
			int64_t us = moment_distance_us(detail->zero_window[dir],
							flow_moment(flow, packet));
			if (us > (int64_t)detail->zero_window_us[dir])
				detail->zero_window_us[dir] = (uint64_t)us;
		}
	}
}

static void
acknowledge_new(struct segment_context *context, struct flow *flow, const struct packet *packet,
		enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (half->has_ack)
		half->ack_moved = true;
	half->ack = packet->ack;
	half->ack_ns = packet->ts_ns;
	half->dup_acks = 0;
	if (peer->cut_payload) {
		peer->cut_payload = false;
		compat_gap(flow, !dir, 1);
	}
	if (peer->has_holes)
		settle_holes(context, flow, packet, !dir);
	if (peer->retransmissions > 0 && flow->detail != NULL) {
		struct stall *stall = &flow->detail->stall[!dir];
		if (stall->transmissions > 0 && seq_gt(packet->ack, stall->seq))
			stall->transmissions = 0;
	}
}

static void
note_sack(struct segment_context *context, struct flow *flow, const struct packet *packet,
	  enum direction dir)
{
	struct detail *detail = flowtab_detail(context->table, flow);
	struct half *peer = &flow->half[!dir];
	for (unsigned i = 0; detail != NULL && i < packet->sack_count; i++) {
		uint32_t right = packet->sack[i].right;
		if (seq_leq(right, packet->ack) || seq_gt(right, peer->next_seq))
			continue; /* a duplicate report (RFC 2883), or nonsense */
		if (!peer->sacked_beyond || seq_gt(right, detail->sack_right[!dir]))
			detail->sack_right[!dir] = right;
		peer->sacked_beyond = true;
	}
}

void
segment_acknowledge(struct segment_context *context, struct flow *flow, const struct packet *packet,
		    enum direction dir, enum segment_class class)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (!peer->seq_known) {
		/* the peer has not been captured: what is acknowledged tells where it stands */
		peer->isn = packet->ack - 1;
		peer->next_seq = packet->ack;
		peer->seq_known = true;
	}
	int32_t beyond = seq_diff(packet->ack, peer->next_seq);
	if (beyond > UNSEEN_MAX && peer->packets > 0)
		return;
	if (beyond > 0) {
		if (peer->packets > 0)
			note_unseen(context, flow, packet, !dir, (uint32_t)beyond);
		peer->span += (uint32_t)beyond;
		peer->next_seq = packet->ack;
		peer->next_ns = packet->ts_ns;
	}
	bool window_same = packet->window == half->window || (packet->options & TCP_HAS_SACK);
	bool window_closed = half->zero_window;
	note_window(context, flow, packet, dir);
	if (!half->has_ack || seq_gt(packet->ack, half->ack)) {
		acknowledge_new(context, flow, packet, dir);
	} else if (packet->ack == half->ack && class == SEGMENT_EMPTY && packet->window != 0 &&
		   window_same && !window_closed && packet->seq == half->next_seq &&
		   seq_lt(half->ack, peer->next_seq) && half->dup_acks < UINT8_MAX) {
		half->dup_acks++;
	}
	if (packet->flags == TCP_ACK && packet->payload_length == 0)
		half->empty_ack_ns = packet->ts_ns;
	half->has_ack = true;
	if (packet->sack_count > 0)
		note_sack(context, flow, packet, dir);
	if (half->ack == peer->next_seq)
		peer->acked_length = peer->sent_length;
	if (peer->fin_count > 0 && seq_geq(packet->ack, peer->fin_end))
		peer->state = (uint8_t)half_step(peer->state, EVENT_FIN_ACKED);
}

/* Ten of them in ten seconds: a Linux timer alone needs more than 200 s for that. */
static const int64_t storm_window_us = INT64_C(10000000);

static void
note_storm(struct storm *storm, struct moment now)
{
	bool over = storm->count == 0 ||
		    moment_distance_us(storm->raging ? storm->last : storm->from, now) >
			    storm_window_us;
	if (over) {
		storm->from = now;
		storm->count = 0;
		storm->raging = false;
	}
	storm->count++;
	if (storm->raging) {
		storm->last = now;
		storm->storm_count = storm->count;
	} else if (storm->count == STORM_COUNT && !moment_happened(storm->first)) {
		storm->first = storm->from;
		storm->last = now;
		storm->storm_count = storm->count;
		storm->raging = true;
	}
}

static void
note_retransmission(struct segment_context *context, struct flow *flow, const struct packet *packet,
		    enum direction dir, enum retransmission kind)
{
	struct half *half = &flow->half[dir];
	if (half->retransmissions < UINT32_MAX)
		half->retransmissions++;
	struct detail *detail = flowtab_detail(context->table, flow);
	if (detail == NULL)
		return;
	uint32_t end = packet->seq + packet->payload_length;
	detail->retransmission[dir][kind]++;
	if (kind == RETRANSMISSION_FIN)
		detail->fin_last[dir] = flow_moment(flow, packet);
	if (packet->payload_length > 0)
		hole_fill(detail, dir, packet->seq, end, NULL);
	if (kind == RETRANSMISSION_SPURIOUS || kind == RETRANSMISSION_FIN)
		return;
	if (kind != RETRANSMISSION_TLP)
		note_storm(&detail->storm[dir], flow_moment(flow, packet));
	struct stall *stall = &detail->stall[dir];
	struct moment now = flow_moment(flow, packet);
	if (stall->transmissions == 0 || stall->seq != packet->seq) {
		*stall = (struct stall){
			.seq = packet->seq,
			.length = packet->payload_length,
			.transmissions = 1,
			.first = half->last_seq == packet->seq ? half->data_last : now,
		};
	}
	if (stall->transmissions < UINT16_MAX)
		stall->transmissions++;
	stall->last = now;
}

/* A half is met in mid-stream: its first sequence number stands for the ISN. */
static void
presume(struct half *half, const struct packet *packet)
{
	half->isn = packet->seq - 1;
	half->next_seq = packet->seq;
	half->next_ns = packet->ts_ns;
	half->seq_known = true;
	half->presumed = true;
}

static void
extend(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir];
	bool fin = packet->flags & TCP_FIN;
	uint32_t end = packet->seq + packet->payload_length + fin;
	uint32_t fresh = end - half->next_seq;
	half->span += fin ? fresh - 1 : fresh;
	half->next_seq = end;
	half->next_ns = packet->ts_ns;
	half->last_seq = packet->seq;
}

/* An answer that we see need not have reached the prober. Its timestamp echo tells: as long as it
 * stays the same, the prober has heard nothing new (RFC 7323 4.3). */
static void
note_keepalive(struct segment_context *context, struct flow *flow, const struct packet *packet,
	       enum direction dir)
{
	struct half *half = &flow->half[dir];
	struct detail *detail = flowtab_detail(context->table, flow);
	counter_add(&half->keepalives);
	if (detail != NULL && (packet->options & TCP_HAS_TIMESTAMP)) {
		if (half->keepalives > 1 && detail->keepalive_tsecr[dir] != packet->tsecr)
			half->unheard_keepalives = 0;
		detail->keepalive_tsecr[dir] = packet->tsecr;
	}
	if (detail != NULL && half->unheard_keepalives == 0)
		detail->keepalive[dir] = flow_moment(flow, packet);
	if (half->unheard_keepalives < UINT8_MAX)
		half->unheard_keepalives++;
}

/* Moves sequence space by class; the payload is noted if any of it is new. */
static void
take_in(struct segment_context *context, struct flow *flow, const struct packet *packet,
	enum direction dir, enum segment_class class, enum retransmission kind)
{
	struct half *half = &flow->half[dir];
	uint32_t left = half->next_seq;
	struct detail *detail = NULL;
	switch (class) {
	case SEGMENT_AHEAD:
		detail = flowtab_detail(context->table, flow);
		if (detail != NULL)
			hole_add(detail, dir, left, packet->seq);
		half->has_holes = true;
		break;
	case SEGMENT_REORDERED:
		half->out_of_order++;
		if (flow->detail != NULL)
			hole_fill(flow->detail, dir, packet->seq,
				  packet->seq + packet->payload_length, NULL);
		break;
	case SEGMENT_RETRANSMISSION:
		note_retransmission(context, flow, packet, dir, kind);
		break;
	case SEGMENT_KEEPALIVE:
		note_keepalive(context, flow, packet, dir);
		break;
	case SEGMENT_WINDOW_PROBE:
		counter_add(&half->window_probes);
		break;
	case SEGMENT_EMPTY:
	case SEGMENT_NEW:
	case SEGMENT_OUT_OF_WINDOW:
		break;
	}
	bool fin = packet->flags & TCP_FIN;
	if (seq_gt(packet->seq + packet->payload_length + fin, left))
		extend(flow, packet, dir);
	if (packet->payload_length == 0 || class == SEGMENT_KEEPALIVE ||
	    class == SEGMENT_WINDOW_PROBE)
		return;
	application_feed(context->table, flow, packet, dir);
	if (class != SEGMENT_RETRANSMISSION || !moment_happened(half->data_first))
		segment_note_payload(flow, packet, dir);
}

/* Two pieces of data in a row that fit each other, far away from all before: the capture has a gap of
 * many megabytes, or it is we who are wrong. */
static bool
goes_on_elsewhere(struct half *half, const struct packet *packet)
{
	bool goes_on = packet->payload_length > 0 && packet->seq == half->odd_end;
	if (packet->payload_length > 0)
		half->odd_end = packet->seq + packet->payload_length;
	if (!goes_on)
		return false;
	half->span += packet->seq - half->next_seq;
	half->next_seq = packet->seq;
	return true;
}

static bool
acknowledges_nonsense(const struct half *peer, const struct packet *packet)
{
	return (packet->flags & TCP_ACK) && peer->packets > 0 && peer->seq_known &&
	       seq_diff(packet->ack, peer->next_seq) > UNSEEN_MAX;
}

void
segment_transfer(struct segment_context *context, struct flow *flow, const struct packet *packet,
		 enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (handshake_is_stale_ack(flow, packet, dir)) {
		handshake_stale_ack(context, flow, packet, dir);
		return;
	}
	enum retransmission kind = RETRANSMISSION_RTO;
	enum segment_class class = segment_classify(flow, packet, dir, &kind);
	if (class == SEGMENT_OUT_OF_WINDOW && goes_on_elsewhere(half, packet))
		class = SEGMENT_NEW;
	if (class == SEGMENT_OUT_OF_WINDOW || acknowledges_nonsense(peer, packet)) {
		counter_add(&half->challenge_acks);
		return;
	}
	if (!half->seq_known)
		presume(half, packet);
	take_in(context, flow, packet, dir, class, kind);
	if (packet->flags & TCP_FIN) {
		if (half->fin_count == 1 || !moment_happened(half->fin)) {
			if (!moment_happened(peer->fin))
				flow->first_fin = (uint8_t)dir;
			half->fin = flow_moment(flow, packet);
			half->fin_end = packet->seq + packet->payload_length + 1;
		}
		half->state = (uint8_t)half_step(half->state, EVENT_FIN);
	} else {
		half->state = (uint8_t)half_step(half->state, EVENT_ACK);
	}
	handshake_progress(flow, packet, dir);
	segment_acknowledge(context, flow, packet, dir, class);
}

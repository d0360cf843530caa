/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which a segment touches its flow: counters, belief, RST, SYN, the rest. */
#include "analyzer/compat.h"
#include "analyzer/handshake.h"
#include "analyzer/reset.h"
#include "analyzer/segment.h"
#include "analyzer/segment_parts.h"
#include "analyzer/seq.h"
#include "analyzer/state.h"
#include "dissect/frame.h"

/* What follows an RST within this time was on its way with it (Weaver, NDSS 2009). */
static const int64_t continuation_us = INT64_C(2000000);

static void
count_flags(struct half *half, const struct packet *packet)
{
	if (packet->flags & TCP_SYN)
		counter_add(packet->flags & TCP_ACK ? &half->synack_count : &half->syn_count);
	if (packet->flags & TCP_FIN)
		counter_add(&half->fin_count);
	if (packet->flags & TCP_RST)
		counter_add(&half->rst_count);
}

/* A wrong checksum is no reason for disbelief where the sender's card fills checksums in: those of
 * all its packets look wrong. One that is wrong among good ones was damaged and is thrown away by
 * its receiver. */
static bool
is_believed(const struct half *half, const struct packet *packet)
{
	return packet->checksum != CHECKSUM_BAD ||
	       !(half->checksums & (1U << CHECKSUM_GOOD)) ||
	       (half->checksums & (1U << CHECKSUM_PARTIAL));
}

static struct rst_record *
rst_slot(struct detail *detail)
{
	unsigned index = detail->rst_seen < FLOW_RST_MAX ? detail->rst_seen : FLOW_RST_MAX - 1;
	counter_add(&detail->rst_seen);
	return &detail->rst[index];
}

/* A card may have cut the last packet into this many: the IP ID moved on by as much. */
static uint16_t
wire_segments(const struct flow *flow, enum direction dir)
{
	uint16_t mss = flow->half[!dir].mss, length = flow->half[dir].last_length;
	return (uint16_t)(mss == 0 ? 1 : length / mss + 1);
}

static void
take_rst(struct segment_context *context, struct flow *flow, const struct packet *packet,
	 enum direction dir, bool believed)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	enum rst_effect effect = RST_BAD_CHECKSUM;
	if (believed)
		effect = reset_effect(flow, packet, dir, context->limits->reset_window);
	if (!moment_happened(half->rst))
		half->rst = flow_moment(flow, packet);
	struct detail *detail = flowtab_detail(context->table, flow);
	if (detail != NULL) {
		*rst_slot(detail) = (struct rst_record){
			.at = flow_moment(flow, packet),
			.seq = packet->seq,
			.ack = packet->ack,
			.next_seq = half->next_seq,
			.payload_length = packet->payload_length,
			.window = packet->window,
			.ip_id = packet->ip_id,
			.flags = packet->flags,
			.ttl = packet->ttl,
			.tos = packet->tos,
			.direction = (uint8_t)dir,
			.effect = (uint8_t)effect,
			.form = (uint8_t)reset_form(flow, packet, dir),
			.data_before = moment_happened(half->data_first) &&
				       seq_gt(half->seen_end - (half->fin_count > 0), packet->seq),
			.ip_id_counts = half->ip_id_steps >= 2,
			.ip_id_gap = (uint16_t)(packet->ip_id - half->ip_id),
			.wire_segments = wire_segments(flow, dir),
			.after_us = peer->packets > 0 && peer->last_ns != 0
					    ? (packet->ts_ns - peer->last_ns) / NS_PER_US
					    : -1,
			.has_options = packet->options != 0,
			.has_timestamp = (packet->options & TCP_HAS_TIMESTAMP) != 0,
		};
	}
	bool first = half->state != HALF_RESET && half->state != HALF_DEAD;
	if (first && (effect == RST_EFFECTIVE || effect == RST_IN_WINDOW)) {
		flow->data_before_rst = half_has_spoken(half) || half_has_spoken(peer);
		flow->fin_before_rst = moment_happened(half->fin) || moment_happened(peer->fin);
	}
	if (effect != RST_EFFECTIVE)
		return;
	if (peer->syn_count == 1 && peer->state == HALF_SYN_SENT && dir == TO_CLIENT) {
		/* the time to "no" is a round trip as good as any */
		int64_t us = moment_distance_us(peer->syn, half->rst);
		if (us >= 0 && us < UINT32_MAX)
			flow->handshake_rtt_us = flow->server_rtt_us = (uint32_t)us;
	}
	half->state = (uint8_t)half_step(half->state, EVENT_RST);
	peer->state = (uint8_t)half_step(peer->state, EVENT_RST_GIVEN);
}

/* Who has reset a connection has no more data for it. */
static void
note_continuation(const struct flow *flow, struct rst_record *rst, const struct packet *packet)
{
	if (moment_distance_us(rst->at, flow_moment(flow, packet)) > continuation_us)
		return;
	bool data = packet->payload_length > 0 || (packet->flags & TCP_FIN);
	if (data && seq_geq(packet->seq, rst->seq))
		rst->data_after = true;
	else if (!data && packet->flags == TCP_ACK)
		rst->ack_after = true;
}

/* Whoever goes on after an RST that was meant for it did not believe it. */
static void
note_disbelief(struct flow *flow, const struct packet *packet, enum direction dir)
{
	/* asked of the halves, which are at hand, before the detail is fetched */
	if (flow->half[0].rst_count + flow->half[1].rst_count == 0 || (packet->flags & TCP_RST))
		return;
	struct detail *detail = flow->detail;
	if (detail == NULL)
		return;
	detail->after_reset[dir]++;
	for (int i = 0; i < FLOW_RST_MAX; i++) {
		struct rst_record *rst = &detail->rst[i];
		if (!moment_happened(rst->at))
			continue;
		if (rst->direction == dir) {
			note_continuation(flow, rst, packet);
			continue;
		}
		/* an empty ACK at once is the challenge that RFC 5961 3.2 asks for */
		if (rst->effect == RST_IN_WINDOW && !rst->answered &&
		    packet->payload_length == 0 && packet->flags == TCP_ACK)
			counter_add(&flow->half[dir].challenge_acks);
		rst->answered = true;
	}
}

static void
note_copy(struct flow *flow, const struct packet *packet, enum direction dir)
{
	for (int i = 0; flow->detail != NULL && i < FLOW_RST_MAX; i++) {
		struct rst_record *rst = &flow->detail->rst[i];
		if (moment_happened(rst->at) && rst->direction == dir && rst->seq == packet->seq &&
		    rst->copies < UINT8_MAX)
			rst->copies++;
	}
}

void
segment_apply(struct segment_context *context, struct flow *flow, const struct packet *packet,
	      enum direction dir, bool duplicate)
{
	struct half *half = &flow->half[dir];
	if (duplicate) {
		/* Zeek knows no copies and takes them for retransmissions */
		compat_packet(context->table, flow, packet, dir, true);
		segment_count(context, flow, packet, dir);
		counter_add(&half->duplicates);
		if (packet->flags & TCP_RST)
			note_copy(flow, packet, dir);
		return;
	}
	bool believed = is_believed(half, packet);
	/* with timestamps the prober's own echo says more, see note_keepalive() */
	if (!(packet->options & TCP_HAS_TIMESTAMP) || packet->payload_length > 0)
		flow->half[!dir].unheard_keepalives = 0;
	compat_packet(context->table, flow, packet, dir, believed);
	segment_count(context, flow, packet, dir);
	count_flags(half, packet);
	note_disbelief(flow, packet, dir);
	if (!believed)
		context->stats->bad_checksums++;
	if (!segment_flags_valid(packet->flags)) {
		counter_add(&flow->invalid);
		segment_remember(half, packet);
		return;
	}
	if (packet->flags & TCP_RST)
		take_rst(context, flow, packet, dir, believed);
	else if (!believed)
		return;
	else if (packet->flags & TCP_SYN) {
		/* the timestamp of this SYN must be known before its SYN-ACK echoes it */
		segment_remember(half, packet);
		handshake_apply(context, flow, packet, dir);
	} else {
		segment_transfer(context, flow, packet, dir);
	}
	segment_remember(half, packet);
}

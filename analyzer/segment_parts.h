/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of segment_apply(), shared by segment.c, handshake.c, apply.c and predict.c only. */
#ifndef TCPWHY_SEGMENT_PARTS_H
#define TCPWHY_SEGMENT_PARTS_H

#include "analyzer/segclass.h"
#include "analyzer/segment.h"
#include "dissect/frame.h"
#include "dissect/payload.h"

enum {
	/* How far a segment may be from its half's position and still belong to this incarnation. */
	SEGMENT_FIT_MAX = 1 << 22,
	SEGMENT_IP_ID_STEP_MAX = 64, /* between packets of one flow, for a counter per host */
};

/* A segment with neither SYN nor RST. */
void segment_transfer(struct segment_context *context, struct flow *flow,
		      const struct packet *packet, enum direction dir);

/* The acknowledgement and window of a segment that was found acceptable. */
void segment_acknowledge(struct segment_context *context, struct flow *flow,
			 const struct packet *packet, enum direction dir, enum segment_class class);

/* Counts a frame of the flow, whatever it holds. */
static inline void
segment_count(struct segment_context *context, struct flow *flow, const struct packet *packet,
	      enum direction dir)
{
	struct half *half = &flow->half[dir];
	half->packets++;
	half->payload += packet->payload_length;
	if (packet->ts_ns > flow->last_ns) {
		uint64_t silence = (uint64_t)(packet->ts_ns - flow->last_ns) / NS_PER_US;
		if (silence > flow->idle_max_us) {
			flow->idle_max_us = silence;
			if (silence * NS_PER_US > (uint64_t)context->limits->idle_ns) {
				struct detail *detail = flowtab_detail(context->table, flow);
				if (detail != NULL)
					detail->idle_from = flow->last_moment;
			}
		}
		flow->last_ns = packet->ts_ns;
	}
	flow->last_moment = flow_moment(flow, packet);
	if (packet->defects & (DEFECT_SNAPPED | DEFECT_OPTIONS_CUT))
		counter_add(&flow->truncated);
	if (packet->defects & DEFECT_OPTIONS_CUT)
		half->options_cut = true;
	if (packet->defects & DEFECT_REASSEMBLED)
		flow->reassembled = true;
	if (packet->direction == FRAME_OUTBOUND)
		half->outbound = true;
	else if (packet->direction == FRAME_INBOUND)
		half->inbound = true;
}

/* Keeps in mind what later segments are compared with. */
static inline void
segment_remember(struct half *half, const struct packet *packet)
{
	half->checksums |= (uint8_t)(1U << packet->checksum);
	if (packet->options & TCP_HAS_TIMESTAMP)
		half->tsval = packet->tsval;
	if (packet->flags & TCP_RST)
		return;
	if (packet->has_ip_id && packet->ip_id != 0) {
		uint16_t step = (uint16_t)(packet->ip_id - half->ip_id);
		bool counts = half->ip_id != 0 && step >= 1 && step <= SEGMENT_IP_ID_STEP_MAX;
		half->ip_id_steps = !counts ? 0 : half->ip_id_steps < UINT8_MAX
							  ? (uint8_t)(half->ip_id_steps + 1)
							  : UINT8_MAX;
		half->ip_id = packet->ip_id;
	}
	half->last_ns = packet->ts_ns;
	half->last_length = packet->payload_length < UINT16_MAX ? (uint16_t)packet->payload_length
								: UINT16_MAX;
	if (packet->flags & TCP_SYN)
		return;
	if (half->ttl != 0 && half->ttl != packet->ttl)
		half->ttl_other = half->ttl;
	half->ttl = packet->ttl;
}

/* Payload of which at least a part is new. */
static inline void
segment_note_payload(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir];
	struct moment now = flow_moment(flow, packet);
	flow->last_data = (uint8_t)dir;
	half->data_last = now;
	if (packet->payload_captured < packet->payload_length)
		half->cut_payload = true;
	if (packet->payload_length > half->sent_length)
		half->sent_length = packet->payload_length < UINT16_MAX
					    ? (uint16_t)packet->payload_length
					    : UINT16_MAX;
	uint32_t mss = flow->half[!dir].mss;
	if (mss != 0 && packet->payload_length > mss)
		half->over_mss = true;
	if (moment_happened(half->data_first))
		return;
	half->data_first = now;
	struct payload payload = payload_classify(packet->payload, packet->payload_captured);
	half->payload_kind = (uint8_t)payload.kind;
}

#endif

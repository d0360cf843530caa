/* SPDX-License-Identifier: BSD-2-Clause */
/* What segment_apply() does with a segment that brings no surprise, and nothing more. Each condition
 * rules out one of its branches; tests/properties.c compares both ways over every capture at hand. */
#include "analyzer/predict.h"

#include "analyzer/application.h"
#include "analyzer/compat.h"
#include "analyzer/handshake.h"
#include "analyzer/segment_parts.h"
#include "analyzer/seq.h"
#include "dissect/frame.h"

/* An acknowledgement, perhaps with data or a FIN. */
static inline bool
is_plain(const struct packet *packet)
{
	const unsigned flags = packet->flags & ~(unsigned)(TCP_PSH | TCP_FIN);
	const uint32_t odd = packet->defects & ~(uint32_t)DEFECT_SNAPPED;
	return flags == TCP_ACK && odd == 0 && packet->sack_count == 0 && packet->window != 0 &&
	       packet->checksum != CHECKSUM_BAD;
}

/* The server has answered and the client is about to complete the handshake. */
static inline bool
is_opening(const struct flow *flow, const struct half *half, const struct half *peer,
	   const struct packet *packet)
{
	return !flow->simultaneous && half->state == HALF_OPEN && half->isn_known &&
	       half->syn_count > 0 && peer->state == HALF_SYN_RCVD && peer->isn_known &&
	       peer->synack_count > 0 && packet->ack == peer->isn + 1;
}

static inline bool
is_live(const struct flow *flow, const struct half *half, const struct half *peer,
	const struct packet *packet)
{
	if (!half->seq_known || !peer->seq_known || !half->has_context || half->packets == 0 ||
	    flow->list == LIST_SUPERSEDED)
		return false;
	if (!flow->established)
		return is_opening(flow, half, peer, packet);
	return half->state >= HALF_OPEN && half->state <= HALF_FIN_ACKED &&
	       peer->state >= HALF_OPEN && peer->state <= HALF_FIN_ACKED && half->has_ack;
}

/* Nothing happened that the next segment could settle or make worse. */
static inline bool
is_calm(const struct flow *flow, const struct half *half, const struct half *peer)
{
	return !half->zero_window && !peer->zero_window && !peer->has_holes &&
	       peer->retransmissions == 0 && (half->rst_count | peer->rst_count) == 0 &&
	       (flow->detail == NULL || !moment_happened(flow->detail->stale_ack));
}

/* It continues what was sent, and acknowledges what was sent. Behind a FIN nothing continues. */
static inline bool
is_next(const struct half *half, const struct half *peer, const struct packet *packet)
{
	const bool more = packet->payload_length > 0 || (packet->flags & TCP_FIN) != 0;
	return packet->seq == half->next_seq && packet->context == half->context &&
	       (!half->has_ack || seq_geq(packet->ack, half->ack)) &&
	       seq_leq(packet->ack, peer->next_seq) && seq_gt(packet->ack, peer->isn) &&
	       seq_diff(peer->next_seq, packet->ack) <= SEGMENT_FIT_MAX &&
	       !(more && (half->fin_count > 0 || moment_happened(half->fin)));
}

static inline void
take_data(struct segment_context *context, struct flow *flow, const struct packet *packet,
	  enum direction dir)
{
	struct half *half = &flow->half[dir];
	const bool fin = (packet->flags & TCP_FIN) != 0;
	half->span += packet->payload_length;
	half->next_seq += packet->payload_length + fin;
	half->next_ns = packet->ts_ns;
	half->last_seq = packet->seq;
	if (packet->payload_length == 0)
		return;
	if (flow->application != NULL || !moment_happened(half->data_first))
		application_feed(context->table, flow, packet, dir);
	segment_note_payload(flow, packet, dir);
}

static inline void
take_fin(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir];
	if (!moment_happened(flow->half[!dir].fin))
		flow->first_fin = (uint8_t)dir;
	half->fin_count = 1;
	half->fin = flow_moment(flow, packet);
	half->fin_end = half->next_seq;
	half->state = HALF_FIN_SENT;
}

static inline void
take_ack(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	const bool both = half->has_wscale && peer->has_wscale;
	const unsigned shift = both ? half->wscale : half->isn_known ? 0 : 14;
	const uint32_t window = (uint32_t)packet->window << shift;
	const bool window_same =
		packet->window == half->window || (packet->options & TCP_HAS_SACK) != 0;
	const bool empty = packet->payload_length == 0;
	half->window = packet->window;
	half->max_window = window > half->max_window ? window : half->max_window;
	if (!half->has_ack || seq_gt(packet->ack + window, half->edge))
		half->edge = packet->ack + window;
	if (!half->has_ack || packet->ack != half->ack) {
		half->ack_moved |= half->has_ack;
		half->ack = packet->ack;
		half->ack_ns = packet->ts_ns;
		half->dup_acks = 0;
		if (peer->cut_payload) {
			peer->cut_payload = false;
			compat_gap(flow, !dir, 1);
		}
	} else if (empty && !(packet->flags & TCP_FIN) && window_same &&
		   seq_lt(half->ack, peer->next_seq) && half->dup_acks < UINT8_MAX) {
		half->dup_acks++;
	}
	half->has_ack = true;
	if (packet->flags == TCP_ACK && empty)
		half->empty_ack_ns = packet->ts_ns;
	if (half->ack == peer->next_seq)
		peer->acked_length = peer->sent_length;
	if (peer->state == HALF_FIN_SENT && peer->fin_count > 0 &&
	    seq_geq(packet->ack, peer->fin_end))
		peer->state = HALF_FIN_ACKED;
}

bool
segment_predicted(struct segment_context *context, struct flow *flow, const struct packet *packet,
		  enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (!is_plain(packet) || !is_live(flow, half, peer, packet) ||
	    !is_next(half, peer, packet) || !is_calm(flow, half, peer) ||
	    !compat_predicts(flow, half, peer, packet))
		return false;
	if (!(packet->options & TCP_HAS_TIMESTAMP) || packet->payload_length > 0)
		peer->unheard_keepalives = 0;
	compat_in_order(flow, packet, dir);
	segment_count(context, flow, packet, dir);
	if (packet->payload_length > 0 || (packet->flags & TCP_FIN))
		take_data(context, flow, packet, dir);
	if (packet->flags & TCP_FIN)
		take_fin(flow, packet, dir);
	if (!flow->established)
		handshake_progress(flow, packet, dir);
	take_ack(flow, packet, dir);
	segment_remember(half, packet);
	return true;
}

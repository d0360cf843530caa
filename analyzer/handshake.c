/* SPDX-License-Identifier: BSD-2-Clause */
/* The opening of a flow: first and repeated SYNs and SYN-ACKs, round-trip times, fast open. */
#include "analyzer/handshake.h"

#include "analyzer/application.h"
#include "analyzer/segment_parts.h"
#include "analyzer/seq.h"
#include "analyzer/state.h"

/* A SYN-ACK this soon after a repeated SYN answers it; a later one is the server's own timer. */
static const int64_t triggered_ns = 5 * NS_PER_MS;

enum { ESTABLISHED_MAX = 1 << 24 /* bytes that may be acknowledged at first sight */ };

static void
first_syn(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir];
	bool deduced = half->seq_known; /* the SYN-ACK stood before the SYN in the capture */
	if (deduced && !(packet->flags & TCP_ACK) && flow->half[!dir].synack_count > 0)
		flow->synack_first = true;
	half->isn = packet->seq;
	half->isn_known = true;
	uint32_t end = packet->seq + 1 + packet->payload_length;
	if (!deduced || seq_gt(end, half->next_seq)) {
		half->next_seq = end;
		half->next_ns = packet->ts_ns;
		half->span += packet->payload_length;
	}
	half->seq_known = true;
	half->syn_window = packet->window;
	half->syn_length = packet->payload_length < UINT16_MAX ? (uint16_t)packet->payload_length
							       : UINT16_MAX;
	half->mss = packet->mss;
	half->options = packet->options;
	half->has_wscale = (packet->options & TCP_HAS_WSCALE) != 0;
	half->wscale = packet->wscale > 14 ? 14 : packet->wscale;
	half->syn_tsval = packet->tsval;
	half->ttl_syn = packet->ttl;
	half->tos_syn = packet->tos;
	half->window = packet->window;
	half->syn = half->syn_last = flow_moment(flow, packet);
	if (packet->options & TCP_HAS_MPTCP)
		flow->mptcp = true;
}

static void
count_retransmission(struct segment_context *context, struct flow *flow, enum direction dir,
		     enum retransmission kind)
{
	flow->half[dir].retransmissions++;
	struct detail *detail = flowtab_detail(context->table, flow);
	if (detail != NULL)
		detail->retransmission[dir][kind]++;
}

static void
take_syn(struct segment_context *context, struct flow *flow, const struct packet *packet,
	 enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (!half->isn_known) {
		first_syn(flow, packet, dir);
		if (packet->payload_length > 0)
			application_feed(context->table, flow, packet, dir);
		if (peer->syn_count > 0 && peer->state == HALF_SYN_SENT)
			flow->simultaneous = true;
		if (flow->synack_first) {
			/* its SYN-ACK has been through already */
			int64_t us = moment_distance_us(half->syn, peer->syn);
			if (us > 0 && us < UINT32_MAX)
				flow->server_rtt_us = (uint32_t)us;
			half->state = HALF_OPEN;
			return;
		}
	} else {
		int64_t gap_us = moment_distance_us(half->syn_last, flow_moment(flow, packet));
		half->syn_last = flow_moment(flow, packet);
		count_retransmission(context, flow, dir, RETRANSMISSION_SYN);
		/* a side whose SYN-ACK told its number may send its first SYN only now */
		if (flow->detail != NULL && half->syn_count >= 2 && half->syn_count <= 3 &&
		    gap_us > 0 && gap_us < UINT32_MAX)
			flow->detail->syn_gap_ms[half->syn_count - 2] = (uint32_t)(gap_us / 1000);
	}
	if (half->state <= HALF_SYN_SENT || half->state == HALF_DEAD)
		half->state = (uint8_t)half_step(half->state, EVENT_SYN);
}

/* Round-trip times count only if it is clear which SYN was answered (Karn); a timestamp echo makes
 * it clear again (RFC 7323 4.1). */
static void
measure_server(struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *client = &flow->half[!dir];
	if (!client->isn_known)
		return;
	bool echoes = (packet->options & TCP_HAS_TIMESTAMP) &&
		      (client->options & TCP_HAS_TIMESTAMP) && packet->tsecr == client->tsval;
	if (client->syn_count > 1 && !echoes)
		return;
	int64_t us = moment_distance_us(client->syn_last, flow_moment(flow, packet));
	if (us >= 0 && us < UINT32_MAX)
		flow->server_rtt_us = (uint32_t)us;
}

static void
repeated_synack(struct segment_context *context, struct flow *flow, const struct packet *packet,
		enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	struct moment now = flow_moment(flow, packet);
	int64_t after_syn = moment_distance_us(peer->syn_last, now);
	bool triggered = peer->syn_count > 1 && after_syn >= 0 &&
			 after_syn * NS_PER_US <= triggered_ns &&
			 moment_distance_us(half->syn_last, peer->syn_last) > 0;
	count_retransmission(context, flow, dir,
			     triggered ? RETRANSMISSION_SYNACK_TRIGGERED
				       : RETRANSMISSION_SYNACK_TIMER);
	half->syn_last = now;
	/* one that left before the ACK could arrive has only crossed it */
	int64_t after_ack = moment_distance_us(flow->handshake_ack, now);
	bool crossed = flow->server_rtt_us != UINT32_MAX && after_ack < flow->server_rtt_us;
	if (flow->established && !triggered && !crossed && flow->detail != NULL) {
		if (flow->detail->synack_after_ack_count++ == 0)
			flow->detail->synack_after_ack = now;
	}
}

static void
first_synack(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	first_syn(flow, packet, dir);
	half->synack_win0 = packet->window == 0;
	measure_server(flow, packet, dir);
	if (peer->isn_known && peer->syn_length > 0) {
		/* data on the SYN: taken or to be sent again (RFC 7413 4.2) */
		if (packet->ack == peer->next_seq) {
			flow->fast_open = true;
		} else {
			flow->fast_open_ignored = true;
			if (peer->next_seq == peer->isn + 1 + peer->syn_length) {
				peer->span = 0;
				peer->next_seq = packet->ack;
			}
		}
	}
	half->state = (uint8_t)half_step(half->state, EVENT_SYNACK);
}

static bool
synack_fits(const struct half *client, const struct packet *packet)
{
	return !client->seq_known || (seq_gt(packet->ack, client->isn) &&
				      seq_leq(packet->ack, client->next_seq));
}

static void
take_synack(struct segment_context *context, struct flow *flow, const struct packet *packet,
	    enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (!synack_fits(peer, packet)) {
		handshake_stale_ack(context, flow, packet, dir);
		return;
	}
	if (!half->isn_known) {
		first_synack(flow, packet, dir);
	} else if (half->syn_count > 0 && half->synack_count == 1) {
		flow->simultaneous = true; /* SYN first, SYN-ACK now: RFC 9293 figure 8 */
		half->state = (uint8_t)half_step(half->state, EVENT_SYNACK);
	} else if (packet->seq != half->isn) {
		/* another ISN for the same SYN: SYN cookies, or another server behind the address */
		if (!flow->established) {
			half->isn = packet->seq;
			half->next_seq = packet->seq + 1;
		}
		count_retransmission(context, flow, dir, RETRANSMISSION_SYNACK_TRIGGERED);
		half->syn_last = flow_moment(flow, packet);
	} else {
		repeated_synack(context, flow, packet, dir);
	}
	if (half->state == HALF_RESET)
		half->state = (uint8_t)half_step(half->state, EVENT_SYNACK);
	if (!flow->established || peer->state == HALF_SYN_SENT)
		peer->state = (uint8_t)half_step(peer->state, EVENT_SYN_ACKED);
	if (flow->detail != NULL && moment_happened(flow->detail->stale_ack))
		flow->syn_challenged = true;
	if (flow->simultaneous && half->synack_count > 0 && peer->synack_count > 0) {
		flow->established = true;
		if (!moment_happened(flow->handshake_ack))
			flow->handshake_ack = flow_moment(flow, packet);
		half->state = (uint8_t)half_step(half->state, EVENT_SYN_ACKED);
	}
	segment_acknowledge(context, flow, packet, dir, SEGMENT_NEW);
}

void
handshake_apply(struct segment_context *context, struct flow *flow, const struct packet *packet,
		enum direction dir)
{
	if (packet->flags & TCP_ACK)
		take_synack(context, flow, packet, dir);
	else
		take_syn(context, flow, packet, dir);
}

bool
handshake_is_stale_ack(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	return peer->isn_known && peer->syn_count > 0 && peer->synack_count == 0 &&
	       !half->isn_known && !half->seq_known && packet->payload_length == 0 &&
	       !(packet->flags & TCP_FIN) && (packet->flags & TCP_ACK) &&
	       packet->ack != peer->isn + 1 && packet->ack != peer->next_seq;
}

void
handshake_stale_ack(struct segment_context *context, struct flow *flow, const struct packet *packet,
		    enum direction dir)
{
	counter_add(&flow->half[dir].challenge_acks);
	struct detail *detail = flowtab_detail(context->table, flow);
	if (detail == NULL || moment_happened(detail->stale_ack))
		return;
	detail->stale_ack = flow_moment(flow, packet);
	detail->stale_ack_value = packet->ack;
}

static void
measure_client(struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *server = &flow->half[!dir];
	if (server->synack_count != 1)
		return;
	int64_t us = moment_distance_us(server->syn, flow_moment(flow, packet));
	if (us < 0 || us >= UINT32_MAX)
		return;
	flow->client_rtt_us = (uint32_t)us;
	if (flow->server_rtt_us != UINT32_MAX)
		flow->handshake_rtt_us = flow->client_rtt_us + flow->server_rtt_us;
}

void
handshake_progress(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (!(packet->flags & TCP_ACK))
		return;
	if (peer->isn_known && !flow->established) {
		int32_t acked = seq_diff(packet->ack, peer->isn);
		bool synack = peer->synack_count > 0 || flow->simultaneous;
		if (synack && acked >= 1 && acked < ESTABLISHED_MAX) {
			peer->state = (uint8_t)half_step(peer->state, EVENT_SYN_ACKED);
			flow->established = true;
			flow->handshake_ack = flow_moment(flow, packet);
			measure_client(flow, packet, dir);
		} else if (acked >= 1 && acked < ESTABLISHED_MAX) {
			/* the SYN is acknowledged by something else: the SYN-ACK was not captured */
			peer->state = (uint8_t)half_step(peer->state, EVENT_SYN_ACKED);
			if (packet->payload_length > 0 || half->packets > 1)
				flow->established = true;
		}
	}
	/* only one side captured: SYN, then an ACK of the SYN-ACK that we lack */
	if (half->isn_known && !flow->established && !peer->isn_known && half->syn_count > 0) {
		flow->established = true;
		flow->handshake_ack = flow_moment(flow, packet);
		int64_t us = moment_distance_us(half->syn, flow->handshake_ack);
		if (half->syn_count == 1 && us < UINT32_MAX)
			flow->handshake_rtt_us = (uint32_t)us; /* of which nothing is known by half */
	}
	if (flow->detail != NULL && moment_happened(flow->detail->stale_ack) && flow->established)
		flow->syn_challenged = true;
}

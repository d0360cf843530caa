/* SPDX-License-Identifier: BSD-2-Clause */
/* The same flow in the words of other tools: Zeek's conn_state and history, tshark's completeness.
 *
 * Both tools look at flags without validating sequence numbers, so this is kept apart from our own
 * state machine and never decides a verdict. Where a flow ends is our decision, not theirs: Zeek's
 * timers (5 s for an attempt, 5 min of silence) do not split it (doc/compatibility.md). */
#ifndef TCPWHY_COMPAT_H
#define TCPWHY_COMPAT_H

#include "analyzer/flow.h"
#include "analyzer/flowtab.h"

/* tshark's tcp.completeness bits. */
enum completeness {
	COMPLETENESS_SYN = 1,
	COMPLETENESS_SYNACK = 2,
	COMPLETENESS_ACK = 4,
	COMPLETENESS_DATA = 8,
	COMPLETENESS_FIN = 16,
	COMPLETENESS_RST = 32,
};

/* Zeek's states of an endpoint. */
enum zeek_state {
	ZEEK_INACTIVE,
	ZEEK_SYN_SENT,
	ZEEK_SYN_ACK_SENT,
	ZEEK_PARTIAL,
	ZEEK_ESTABLISHED,
	ZEEK_CLOSED,
	ZEEK_RESET,
};

/* Letters that appear once per direction. */
enum zeek_seen {
	SEEN_SYN = 1,
	SEEN_FIN = 2,
	SEEN_RST = 4,
	SEEN_ACK = 8,
	SEEN_DATA = 16,
	SEEN_INVALID = 32,
	SEEN_QUESTION = 64,
};

/* To be called for the packet that makes the flow, before compat_packet(). */
void compat_begin(struct flow *flow, const struct packet *packet, enum direction dir);

/* To be called for every packet of the flow, before our own state machine has seen it.
 * believed: its checksum is no reason to throw it away. */
void compat_packet(struct flowtab *table, struct flow *flow, const struct packet *packet,
		   enum direction dir, bool believed);

/* To be called when the peer acknowledged bytes of half[dir] that the capture lacks: count gaps. */
void compat_gap(struct flow *flow, enum direction dir, unsigned count);

/* A letter of the history, upper case for what the originator sent. */
void compat_letter(struct flow *flow, enum direction dir, enum zeek_seen bit, char letter);

static inline bool
compat_is_open(const struct half *half)
{
	return half->zeek_state == ZEEK_ESTABLISHED || half->zeek_state == ZEEK_CLOSED;
}

/* Whether a segment with ACK and perhaps FIN, in order, is plain to both tools: compat_packet() would
 * do what compat_in_order() does, which is to be called then. Its window must not be 0. */
static inline bool
compat_predicts(const struct flow *flow, const struct half *half, const struct half *peer,
		const struct packet *packet)
{
	const bool fin = (packet->flags & TCP_FIN) != 0;
	const uint32_t end = packet->seq + packet->payload_length + fin;
	return compat_is_open(half) && compat_is_open(peer) &&
	       !(fin && half->zeek_state == ZEEK_CLOSED) &&
	       !(flow->history_length == 1 && flow->history[0] == 'H') &&
	       (packet->payload_length == 0 || (int32_t)(end - half->seen_end) > 0);
}

static inline void
compat_in_order(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir];
	const bool data = packet->payload_length > 0, fin = (packet->flags & TCP_FIN) != 0;
	const uint32_t end = packet->seq + packet->payload_length + fin;
	const enum zeek_seen bit = fin ? SEEN_FIN : data ? SEEN_DATA : SEEN_ACK;
	if (fin) {
		if (packet->seq + packet->payload_length != half->zeek_fin)
			half->zeek_seen &= (uint8_t)~SEEN_FIN;
		half->zeek_fin = packet->seq + packet->payload_length;
	}
	if (!(half->zeek_seen & bit))
		compat_letter(flow, dir, bit, fin ? 'F' : data ? 'D' : 'A');
	if ((int32_t)(end - half->seen_end) > 0)
		half->seen_end = end;
	if (fin) {
		half->zeek_before = half->zeek_state;
		half->zeek_state = ZEEK_CLOSED;
	}
	flow->completeness |= (uint8_t)((data ? COMPLETENESS_DATA : COMPLETENESS_ACK) |
					(fin ? COMPLETENESS_FIN : 0));
}

#endif

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

/* To be called for the packet that makes the flow, before compat_packet(). */
void compat_begin(struct flow *flow, const struct packet *packet, enum direction dir);

/* To be called for every packet of the flow, before our own state machine has seen it.
 * believed: its checksum is no reason to throw it away. */
void compat_packet(struct flowtab *table, struct flow *flow, const struct packet *packet,
		   enum direction dir, bool believed);

/* To be called when the peer acknowledged bytes of half[dir] that the capture lacks: count gaps. */
void compat_gap(struct flow *flow, enum direction dir, unsigned count);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* SYN, SYN-ACK and what completes or misses them. */
#ifndef TCPWHY_HANDSHAKE_H
#define TCPWHY_HANDSHAKE_H

#include "analyzer/segment.h"

/* Takes a SYN or SYN-ACK into the flow. */
void handshake_apply(struct segment_context *context, struct flow *flow,
		     const struct packet *packet, enum direction dir);

/* Whether this is a pure ACK that answers a SYN with something other than its acknowledgement: a
 * challenge ACK of an older connection, or of TIME-WAIT (RFC 5961 4, RFC 9293 3.10.7.4). */
bool handshake_is_stale_ack(const struct flow *flow, const struct packet *packet,
			    enum direction dir);
void handshake_stale_ack(struct segment_context *context, struct flow *flow,
			 const struct packet *packet, enum direction dir);

/* Notes when a segment that is neither SYN nor RST completes the handshake. */
void handshake_progress(struct flow *flow, const struct packet *packet, enum direction dir);

#endif

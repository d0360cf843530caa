/* SPDX-License-Identifier: BSD-2-Clause */
/* The short way for the segments that most of TCP consists of. */
#ifndef TCPWHY_PREDICT_H
#define TCPWHY_PREDICT_H

#include "analyzer/segment.h"

/* If the segment is the one that its flow expects next - the ACK that completes the handshake, data in
 * order, an empty ACK, the FIN, with nothing lost or repeated outstanding - takes it in and returns
 * true; else changes nothing and returns false, and the segment goes through segment_apply(), which
 * would have done exactly the same. The idea is that of header prediction
 * (Van Jacobson, 1990): it decides nothing, it only saves asking.
 * The packet must be no duplicate, and its endpoints must be those of the flow. */
bool segment_predicted(struct segment_context *context, struct flow *flow,
		       const struct packet *packet, enum direction dir);

#endif

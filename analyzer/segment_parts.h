/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of segment_apply(), shared by segment.c, handshake.c and apply.c only. */
#ifndef TCPWHY_SEGMENT_PARTS_H
#define TCPWHY_SEGMENT_PARTS_H

#include "analyzer/segclass.h"
#include "analyzer/segment.h"

/* A segment with neither SYN nor RST. */
void segment_transfer(struct segment_context *context, struct flow *flow,
		      const struct packet *packet, enum direction dir);

/* The acknowledgement and window of a segment that was found acceptable. */
void segment_acknowledge(struct segment_context *context, struct flow *flow,
			 const struct packet *packet, enum direction dir, enum segment_class class);

#endif

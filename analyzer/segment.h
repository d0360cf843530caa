/* SPDX-License-Identifier: BSD-2-Clause */
/* One segment of a known flow: counts it, classifies it and moves the state of both halves. */
#ifndef TCPWHY_SEGMENT_H
#define TCPWHY_SEGMENT_H

#include "analyzer/flow.h"
#include "analyzer/flowtab.h"
#include "analyzer/limits.h"
#include "analyzer/tracker.h"

/* What applying a segment needs beside flow and packet. */
struct segment_context {
	struct flowtab *table; /* for details */
	const struct limits *limits;
	struct tracker_stats *stats;
};

/* Takes the segment into the flow. duplicate: the same packet was captured just before, so it counts
 * as a frame and changes nothing else. */
void segment_apply(struct segment_context *context, struct flow *flow, const struct packet *packet,
		   enum direction dir, bool duplicate);

/* Whether the segment's numbers fit this flow: for telling incarnations and parallel networks apart.
 * strict: both sequence and acknowledgement number have to prove it. */
bool segment_fits(const struct flow *flow, const struct packet *packet, enum direction dir,
		  bool strict);

/* Whether both numbers together can be sent by a TCP at all (SYN+FIN and the like cannot). */
bool segment_flags_valid(uint8_t flags);

#endif

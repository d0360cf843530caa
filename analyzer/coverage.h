/* SPDX-License-Identifier: BSD-2-Clause */
/* When somebody was watching: several files of one input may lie hours apart. */
#ifndef TCPWHY_COVERAGE_H
#define TCPWHY_COVERAGE_H

#include <stdint.h>

#include "dissect/packet.h"

enum { COVERAGE_BREAKS = 64 /* gaps that are remembered, the latest */ };

struct coverage {
	int64_t breaks[COVERAGE_BREAKS]; /* time of the last packet before each gap */
	uint32_t break_count;
	uint16_t source; /* of the packet before */
};

/* Takes notice of a packet; now_ns: the time of the one before. A packet of another file that is more
 * than gap_ns later begins a new stretch. */
void coverage_note(struct coverage *coverage, const struct packet *packet, int64_t now_ns,
		   int64_t gap_ns);

/* When watching ended for what last happened at last_ns: at the first gap after it, else now. */
int64_t coverage_end(const struct coverage *coverage, int64_t last_ns, int64_t now_ns);

#endif

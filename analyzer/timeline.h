/* SPDX-License-Identifier: BSD-2-Clause */
/* How many events when: counts per stretch of time, which doubles when the capture outgrows them. Exact
 * sums in any order; what lies partly in a question counts in part. */
#ifndef TCPWHY_TIMELINE_H
#define TCPWHY_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMELINE_CELLS = 128 };

struct timeline {
	uint8_t shift; /* a cell is one second << shift long */
	bool started;  /* base is valid */
	int64_t base;  /* number of the first cell, counted in cells since 1970 */
	uint32_t count[TIMELINE_CELLS];
};

void timeline_add(struct timeline *timeline, int64_t at_ns);
void timeline_merge(struct timeline *timeline, const struct timeline *from);
uint64_t timeline_within(const struct timeline *timeline, int64_t first_ns, int64_t last_ns);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of the latest gaps. */
#include "analyzer/coverage.h"

#include <stdbool.h>

void
coverage_note(struct coverage *coverage, const struct packet *packet, int64_t now_ns, int64_t gap_ns)
{
	bool next_file = packet->source != coverage->source;
	coverage->source = packet->source;
	if (next_file && packet->ts_ns - now_ns > gap_ns)
		coverage->breaks[coverage->break_count++ % COVERAGE_BREAKS] = now_ns;
}

int64_t
coverage_end(const struct coverage *coverage, int64_t last_ns, int64_t now_ns)
{
	int64_t end = now_ns;
	uint32_t kept = coverage->break_count < COVERAGE_BREAKS ? coverage->break_count
								: COVERAGE_BREAKS;
	for (uint32_t i = 0; i < kept; i++)
		if (coverage->breaks[i] >= last_ns && coverage->breaks[i] < end)
			end = coverage->breaks[i];
	return end;
}

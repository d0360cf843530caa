/* SPDX-License-Identifier: BSD-2-Clause */
/* Workloads for `make bench`. */
#ifndef TCPWHY_BENCH_H
#define TCPWHY_BENCH_H

#include <stdbool.h>
#include <stdint.h>

struct workload {
	const char *name, *what;
	uint64_t packets;
	uint32_t at_once; /* flows alive at the same time */
	uint32_t snaplen;
	unsigned flood_percent; /* of flows: one SYN of a forged address to one listener */
	bool bulk;		/* full-size segments without end */
};

/* Writes the workload as a capture to path. Returns false, with errno, if that fails. */
bool bench_make(const struct workload *workload, const char *path, uint64_t *ret_packets,
		uint64_t *ret_flows);

#endif

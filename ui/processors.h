/* SPDX-License-Identifier: BSD-2-Clause */
/* How many processors this process may use. */
#ifndef TCPWHY_PROCESSORS_H
#define TCPWHY_PROCESSORS_H

#include <sched.h>
#include <unistd.h>

/* At least 1. */
static inline unsigned
processors_usable(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	return count > 0 ? (unsigned)count : 1;
}

#endif

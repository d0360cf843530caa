/* SPDX-License-Identifier: BSD-2-Clause */
/* How many threads this process has: some limits hold for one thread only. */
#ifndef TCPWHY_THREADS_H
#define TCPWHY_THREADS_H

#include <sys/stat.h>

/* 0: unknown, as /proc is not there. */
static inline unsigned
threads_running(void)
{
	/* proc(5): the link count of the directory is 2 and one for each thread. */
	struct stat status;
	if (stat("/proc/self/task", &status) != 0 || status.st_nlink < 2)
		return 0;
	return (unsigned)status.st_nlink - 2;
}

#endif

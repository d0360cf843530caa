/* SPDX-License-Identifier: BSD-2-Clause */
/* Judged flows from the thread that reads and tracks to one that reports, in order. The second thread
 * sees what the first would have seen: reports do not depend on how many there are. */
#ifndef TCPWHY_HANDOVER_H
#define TCPWHY_HANDOVER_H

#include "analyzer/tracker.h"

struct handover;

/* Starts a thread that calls fn with each flow that is put, in the order in which they were. Signals
 * stay with the threads that exist already. NULL when memory or threads are short. Free with
 * handover_free(). */
struct handover *handover_new(tracker_flow_fn *fn, void *user);

/* Copies flow and verdict; waits while the other thread is far behind. One thread alone may put. */
void handover_put(struct handover *handover, const struct flow *flow,
		  const struct verdict *verdict);

/* Returns when fn has returned for all that was put: what fn writes can be read until the next put. */
void handover_wait(struct handover *handover);

/* Waits likewise, and ends the thread. NULL is allowed. */
void handover_free(struct handover *handover);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A judged flow that outlives the tracker's: all that a report or a screen says of it is in here. */
#ifndef TCPWHY_FLOW_COPY_H
#define TCPWHY_FLOW_COPY_H

#include <stddef.h>

#include "analyzer/application.h"
#include "analyzer/flow.h"
#include "analyzer/verdict.h"

/* The pointers of flow and application point into the copy after flow_copy_connect() only: it may be
 * moved before, and connected anew after. */
struct flow_copy {
	struct flow flow;
	struct verdict verdict;
	struct detail detail;		/* valid if flow.detail */
	struct application application; /* valid if flow.application */
	struct ssh_offers offers;	/* valid if application.offers */
};

void flow_copy_fill(struct flow_copy *copy, const struct flow *flow, const struct verdict *verdict);
void flow_copy_connect(struct flow_copy *copy);

/* The same on the heap, connected, and no larger than what the flow has. *ret_bytes is its size.
 * NULL when memory is short. Freed with free(). */
struct flow_copy *flow_copy_new(const struct flow *flow, const struct verdict *verdict,
				size_t *ret_bytes);

#endif

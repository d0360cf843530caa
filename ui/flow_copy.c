/* SPDX-License-Identifier: BSD-2-Clause */
/* What a flow points to is copied with it. */
#include "ui/flow_copy.h"

#include <stdlib.h>

void
flow_copy_fill(struct flow_copy *copy, const struct flow *flow, const struct verdict *verdict)
{
	copy->flow = *flow;
	copy->verdict = *verdict;
	if (flow->detail != NULL)
		copy->detail = *flow->detail;
	if (flow->application == NULL)
		return;
	copy->application = *flow->application;
	if (copy->application.offers != NULL)
		copy->offers = *copy->application.offers;
}

void
flow_copy_connect(struct flow_copy *copy)
{
	if (copy->flow.detail != NULL)
		copy->flow.detail = &copy->detail;
	if (copy->flow.application == NULL)
		return;
	if (copy->application.offers != NULL)
		copy->application.offers = &copy->offers;
	copy->flow.application = &copy->application;
}

/* How much of the structure is in use: members that only odd flows need stand at its end. */
static size_t
bytes_in_use(const struct flow *flow)
{
	if (flow->application != NULL && flow->application->offers != NULL)
		return sizeof(struct flow_copy);
	if (flow->application != NULL)
		return offsetof(struct flow_copy, offers);
	if (flow->detail != NULL)
		return offsetof(struct flow_copy, application);
	return offsetof(struct flow_copy, detail);
}

struct flow_copy *
flow_copy_new(const struct flow *flow, const struct verdict *verdict, size_t *ret_bytes)
{
	size_t bytes = bytes_in_use(flow);
	struct flow_copy *copy = malloc(bytes);
	if (copy == NULL)
		return NULL;
	flow_copy_fill(copy, flow, verdict);
	flow_copy_connect(copy);
	*ret_bytes = bytes;
	return copy;
}

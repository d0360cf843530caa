/* SPDX-License-Identifier: BSD-2-Clause */
/* Moments, and the questions that rules ask of a flow. */
#include "analyzer/flow.h"

#include <stddef.h>

#include "analyzer/limits.h"

unsigned
flow_syn_count(const struct flow *flow)
{
	return (unsigned)flow->half[TO_SERVER].syn_count + flow->half[TO_CLIENT].syn_count;
}

bool
flow_has_syn(const struct flow *flow)
{
	return flow_syn_count(flow) > 0;
}

bool
flow_has_synack(const struct flow *flow)
{
	return flow->half[TO_SERVER].synack_count + flow->half[TO_CLIENT].synack_count > 0;
}

bool
half_has_spoken(const struct half *half)
{
	/* one unseen byte may be its FIN */
	return half->payload > 0 || half->unseen > 1;
}

bool
flow_has_payload(const struct flow *flow)
{
	return half_has_spoken(&flow->half[TO_SERVER]) || half_has_spoken(&flow->half[TO_CLIENT]);
}

bool
flow_has_fin(const struct flow *flow)
{
	return flow->half[TO_SERVER].fin_count + flow->half[TO_CLIENT].fin_count > 0;
}

const struct rst_record *
flow_effective_rst(const struct flow *flow)
{
	if (flow->detail == NULL)
		return NULL;
	for (int i = 0; i < FLOW_RST_MAX; i++) {
		const struct rst_record *rst = &flow->detail->rst[i];
		/* a refusal that was followed by a SYN-ACK is history */
		bool outlived = flow_has_synack(flow) &&
				moment_distance_us(rst->at, flow->half[TO_CLIENT].syn) > 0;
		if (moment_happened(rst->at) && rst->effect == RST_EFFECTIVE && !outlived)
			return rst;
	}
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to each judged flow of a live run. */
#include "ui/live_parts.h"

/* What is remembered of a flow as told: nothing as long as it does not look like a failure. */
static uint8_t
telling(const struct verdict *verdict)
{
	return verdict_is_failure(verdict) ? (uint8_t)(verdict->code + 1) : 0;
}

/* From its first failure on the packets of a flow are kept, and those from before. */
static void
record(struct live *live, const struct flow *flow, const struct verdict *verdict)
{
	const struct recorder_key key = {
		.client = flow->client,
		.server = flow->server,
		.client_port = flow->client_port,
		.server_port = flow->server_port,
	};
	if (live->recorder != NULL && flow->told == 0 && telling(verdict) != 0)
		recorder_mark(live->recorder, &key, flow->first_ns);
}

void
live_take_ended(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct live *live = user;
	live->changed = true;
	report_count_flow(&live->totals, flow, verdict);
	if (live->conclusions.ended != NULL)
		findings_take(live->conclusions.ended, flow, verdict);
	if (live->journal != NULL)
		journal_take(live->journal, flow, verdict, 0);
	record(live, flow, verdict);
	outputs_flow(&live->outputs, flow, verdict);
}

uint8_t
live_take_review(void *user, const struct flow *flow, const struct verdict *verdict, uint32_t handle)
{
	struct live *live = user;
	live->changed = true;
	if (live->journal != NULL)
		journal_take(live->journal, flow, verdict, handle);
	record(live, flow, verdict);
	if (telling(verdict) != flow->told)
		outputs_provisional(&live->outputs, flow, verdict);
	return telling(verdict);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The findings of ended flows are copied, those of open flows added to the copy. */
#include "ui/conclusions.h"

#include <time.h>

void
conclusions_init(struct conclusions *conclusions, const struct limits *limits)
{
	*conclusions = (struct conclusions){ .limits = limits, .ended = findings_new(limits) };
}

void
conclusions_release(struct conclusions *conclusions)
{
	findings_free(conclusions->ended);
	findings_report_free(conclusions->report);
}

/* One drawing of conclusions. */
struct drawing {
	struct findings *findings;
	struct report_totals *totals;
};

static uint8_t
take_open(void *user, const struct flow *flow, const struct verdict *verdict, uint32_t handle)
{
	struct drawing *drawing = user;
	(void)handle;
	report_count_flow(drawing->totals, flow, verdict);
	if (drawing->findings != NULL)
		findings_take(drawing->findings, flow, verdict);
	return flow->told;
}

static int64_t
cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

void
conclusions_draw(struct conclusions *conclusions, struct tracker *tracker,
		 const struct report_totals *ended, int64_t now_ns)
{
	int64_t began_ns = cpu_ns();
	struct capture_facts facts = { .stats = ended->stats };
	struct drawing drawing = { .totals = &conclusions->totals };
	conclusions->totals = *ended;
	if (conclusions->ended != NULL)
		drawing.findings = findings_new(conclusions->limits);
	if (drawing.findings != NULL)
		findings_merge(drawing.findings, conclusions->ended);
	tracker_each(tracker, now_ns, take_open, &drawing);
	findings_report_free(conclusions->report);
	conclusions->report = NULL;
	report_drops(ended, &facts.kernel_drops, &facts.interface_drops);
	facts.kernel_drops += report_ring_drops(ended);
	if (drawing.findings != NULL)
		conclusions->report = findings_conclude(drawing.findings, &facts);
	findings_free(drawing.findings);
	conclusions->totals.findings = conclusions->report;
	conclusions->cost_ns = cpu_ns() - began_ns;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder of a flow whose packets are gone: what the flow itself remembers of its frames. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ladder_parts.h"

struct collector {
	const struct flow *flow;
	int64_t before_us;
	size_t count;
	struct step *steps;
};

/* The step of a moment, NULL if it never happened, is too late, or has a step already. Those that tell
 * most come first. */
static struct step *
add(struct collector *collector, struct moment at, enum direction dir, enum ladder_kind kind)
{
	if (!moment_happened(at) || collector->count == STEPS_OF_MOMENTS)
		return NULL;
	int64_t us = flow_moment_us(collector->flow, at);
	if (us >= collector->before_us)
		return NULL;
	for (size_t i = 0; i < collector->count; i++)
		if (collector->steps[i].frame == at.frame &&
		    collector->steps[i].source == at.source)
			return NULL;
	struct step *step = &collector->steps[collector->count++];
	*step = (struct step){
		.us = us,
		.frame = at.frame,
		.source = at.source,
		.kind = (uint8_t)kind,
		.from = dir == TO_SERVER ? FROM_CLIENT : FROM_SERVER,
		.notable = true,
	};
	return step;
}

static void
add_plain(struct collector *collector, struct moment at, enum direction dir, enum ladder_kind kind,
	  const char *label)
{
	struct step *step = add(collector, at, dir, kind);
	if (step != NULL)
		snprintf(step->label, sizeof(step->label), "%s", label);
}

static void
add_opening(struct collector *collector, enum direction dir)
{
	const struct half *half = &collector->flow->half[dir];
	const char *what = half->syn_count > 0 ? "SYN" : "SYN-ACK";
	unsigned count = half->syn_count > 0 ? half->syn_count : half->synack_count;
	struct step *step = add(collector, half->syn, dir, LADDER_OPENING);
	if (step != NULL)
		snprintf(step->label, sizeof(step->label), "%s seq=%" PRIu32, what, half->isn);
	step = count > 1 ? add(collector, half->syn_last, dir, LADDER_AGAIN) : NULL;
	if (step == NULL)
		return;
	step->again = true;
	snprintf(step->label, sizeof(step->label), "%s again %u", what, count - 1);
}

static void
add_resets(struct collector *collector)
{
	const struct detail *detail = collector->flow->detail;
	for (unsigned i = 0; detail != NULL && i < FLOW_RST_MAX; i++) {
		const struct rst_record *rst = &detail->rst[i];
		const struct half *half = &collector->flow->half[rst->direction];
		struct step *step = add(collector, rst->at, rst->direction, LADDER_RESET);
		if (step == NULL)
			continue;
		if (half->seq_known && rst->seq != 0)
			snprintf(step->label, sizeof(step->label), "RST (seq %" PRIu32 ")",
				 rst->seq - half->isn);
		else
			snprintf(step->label, sizeof(step->label), "RST seq=%" PRIu32, rst->seq);
	}
	for (unsigned dir = 0; dir < 2; dir++)
		add_plain(collector, collector->flow->half[dir].rst, dir, LADDER_RESET, "RST");
}

static void
add_stall(struct collector *collector, enum direction dir)
{
	const struct half *half = &collector->flow->half[dir];
	const struct stall *stall = &collector->flow->detail->stall[dir];
	uint32_t seq = half->seq_known ? stall->seq - half->isn : stall->seq;
	if (stall->transmissions < 2)
		return;
	struct step *step = add(collector, stall->first, dir, LADDER_ORDINARY);
	if (step != NULL)
		snprintf(step->label, sizeof(step->label), "%" PRIu32 " bytes (seq %" PRIu32 ")",
			 stall->length, seq);
	step = add(collector, stall->last, dir, LADDER_AGAIN);
	if (step == NULL)
		return;
	step->again = true;
	snprintf(step->label, sizeof(step->label), "%" PRIu32 " bytes (seq %" PRIu32 ") again %u",
		 stall->length, seq, stall->transmissions - 1U);
}

static void
add_detail(struct collector *collector)
{
	const struct flow *flow = collector->flow;
	const struct detail *detail = flow->detail;
	const struct icmp_record *icmp = &detail->icmp;
	struct step *step = add(collector, icmp->at, TO_CLIENT, LADDER_ERROR);
	if (step != NULL)
		step_of_error(flow, icmp->ip_version, icmp->type, icmp->code, icmp->from,
			      icmp->quoted, step);
	for (unsigned dir = 0; dir < 2; dir++) {
		add_stall(collector, dir);
		add_plain(collector, detail->zero_window[dir], dir, LADDER_PROBE, "window 0");
		add_plain(collector, detail->keepalive[dir], dir, LADDER_PROBE, "keep-alive");
		step = flow->half[dir].fin_count > 1
			       ? add(collector, detail->fin_last[dir], dir, LADDER_AGAIN)
			       : NULL;
		if (step == NULL)
			continue;
		step->again = true;
		snprintf(step->label, sizeof(step->label), "FIN again %u",
			 flow->half[dir].fin_count - 1U);
	}
	add_plain(collector, detail->stale_ack, TO_CLIENT, LADDER_OPENING, "ACK, not of this SYN");
	step = add(collector, detail->synack_after_ack, TO_CLIENT, LADDER_AGAIN);
	if (step != NULL) {
		step->again = true;
		snprintf(step->label, sizeof(step->label), "SYN-ACK again");
	}
}

static int
compare_steps(const void *left, const void *right)
{
	const struct step *a = left, *b = right;
	if (a->us != b->us)
		return a->us < b->us ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

size_t
steps_of_moments(const struct flow *flow, const struct verdict *verdict, int64_t before_us,
		 struct step steps[STEPS_OF_MOMENTS])
{
	struct collector collector = { .flow = flow, .before_us = before_us, .steps = steps };
	add_opening(&collector, TO_SERVER);
	add_opening(&collector, TO_CLIENT);
	add_resets(&collector);
	if (flow->detail != NULL)
		add_detail(&collector);
	for (unsigned dir = 0; dir < 2; dir++)
		add_plain(&collector, flow->half[dir].fin, dir, LADDER_CLOSING, "FIN");
	for (unsigned dir = 0; dir < 2; dir++) {
		add_plain(&collector, flow->half[dir].data_first, dir, LADDER_ORDINARY,
			  "first data");
		add_plain(&collector, flow->half[dir].data_last, dir, LADDER_ORDINARY, "last data");
	}
	add_plain(&collector, flow->handshake_ack, TO_SERVER, LADDER_OPENING, "ACK");
	for (unsigned i = 0; i < verdict->evidence_count; i++)
		add_plain(&collector, verdict->evidence[i].at, verdict->evidence[i].direction,
			  LADDER_ORDINARY, "segment");
	qsort(steps, collector.count, sizeof(*steps), compare_steps);
	return collector.count;
}

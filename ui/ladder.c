/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses which steps get a line of their own, and what is written beside them. */
#include "ui/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/explain.h"
#include "ui/format.h"
#include "ui/ladder_draw.h"
#include "ui/ladder_parts.h"
#include "ui/phrases.h"

enum {
	HEAD = 6, /* ordinary segments that are shown at the beginning, and at the end */
	TAIL = 4,
	RUN_MIN = 3, /* a fold that saves less than two lines is none */
};

/* How hard to fold: from all that is notable down to what proves the verdict. */
enum level { LEVEL_NOTABLE, LEVEL_NO_REPETITION, LEVEL_EVIDENCE, LEVELS };

struct ladder {
	const struct flow *flow;
	const struct verdict *verdict;
	struct canvas canvas;
	struct step *steps;
	size_t count;
	size_t given_up; /* steps before this one are moments of packets that are no longer held */
	uint64_t lost;	 /* packets between them and the rest */
};

/* Whether the label of a step says already what its evidence would. */
static bool
is_obvious(enum evidence_kind kind)
{
	return (UINT32_C(1) << kind &
		(1U << EVIDENCE_SYN | 1U << EVIDENCE_SYN_LAST | 1U << EVIDENCE_SYNACK |
		 1U << EVIDENCE_SYNACK_LAST | 1U << EVIDENCE_RST | 1U << EVIDENCE_FIN |
		 1U << EVIDENCE_FIN_LAST | 1U << EVIDENCE_ICMP | 1U << EVIDENCE_DATA_FIRST |
		 1U << EVIDENCE_STALLED_LAST | 1U << EVIDENCE_ZERO_WINDOW)) != 0;
}

static void
add_note(struct step *step, const char *text)
{
	size_t used = strlen(step->note);
	if (text != NULL && text[0] != '\0')
		snprintf(step->note + used, sizeof(step->note) - used, "%s%s", used > 0 ? "; " : "",
			 text);
}

static void
note_evidence(const struct ladder *ladder, struct step *step)
{
	const struct verdict *verdict = ladder->verdict;
	char text[EXPLAIN_SIZE] = "";
	if (step->evidence == NULL)
		return;
	enum evidence_kind kind = step->evidence->kind;
	bool forged = kind == EVIDENCE_RST &&
		      verdict_infos[verdict->code].verdict_class == CLASS_INJECTED;
	if (!is_obvious(kind) || forged)
		explain_evidence(ladder->flow, verdict, step->evidence, text, sizeof(text));
	add_note(step, text);
	if (kind == EVIDENCE_RST && verdict->rst_form != RST_FORM_NONE)
		add_note(step, rst_form_phrases[verdict->rst_form]);
}

/* The first repetition of the SYN tells whose timers these are. */
static void
note_schedule(const struct ladder *ladder, struct step *step)
{
	if (ladder->verdict->tags >> TAG_SYN_SCHEDULE_LINEAR & 1)
		add_note(step, "1 s apart: Linux 6.5 or newer");
	else if (ladder->verdict->tags >> TAG_SYN_SCHEDULE_CLASSIC & 1)
		add_note(step, "gaps that double");
}

static void
annotate(struct ladder *ladder)
{
	const struct verdict *verdict = ladder->verdict;
	bool schedule = false;
	for (size_t i = 0; i < ladder->count; i++) {
		struct step *step = &ladder->steps[i];
		for (unsigned j = 0; j < verdict->evidence_count; j++)
			if (verdict->evidence[j].at.frame == step->frame &&
			    verdict->evidence[j].at.source == step->source)
				step->evidence = &verdict->evidence[j];
		note_evidence(ladder, step);
		if (!schedule && strncmp(step->label, "SYN again", 9) == 0) {
			note_schedule(ladder, step);
			schedule = true;
		}
	}
}

static bool
repeats(const struct step *step)
{
	return step->kind == LADDER_AGAIN || step->kind == LADDER_PROBE;
}

/* Whether a step is shown at that level whatever stands around it; before and after: how many steps
 * that repeat something there are on either side. */
static bool
is_kept(const struct ladder *ladder, size_t index, enum level level, size_t before, size_t after)
{
	const struct step *step = &ladder->steps[index];
	size_t head = level == LEVEL_NOTABLE ? HEAD : HEAD / 2;
	size_t tail = level == LEVEL_NOTABLE ? TAIL : TAIL / 2;
	if (step->evidence != NULL || index < head || index + tail >= ladder->count)
		return true;
	if (level == LEVEL_EVIDENCE || !step->notable)
		return false;
	return level == LEVEL_NOTABLE || !repeats(step) || before < head || after < tail;
}

/* Chooses and returns how many lines that makes. */
static size_t
choose(struct ladder *ladder, enum level level)
{
	size_t before = 0, after = 0, lines = 0, run = 0;
	for (size_t i = 0; i < ladder->count; i++)
		after += repeats(&ladder->steps[i]);
	for (size_t i = 0; i <= ladder->count; i++) {
		struct step *step = &ladder->steps[i];
		bool end = i == ladder->count;
		if (!end) {
			after -= repeats(step);
			step->kept = is_kept(ladder, i, level, before, after);
			before += repeats(step);
		}
		if (!end && !step->kept) {
			run++;
			continue;
		}
		for (size_t j = i - run; run < RUN_MIN && j < i; j++) {
			ladder->steps[j].kept = true;
			lines += canvas_lines(&ladder->canvas, &ladder->steps[j]);
		}
		lines += run >= RUN_MIN;
		run = 0;
		if (!end)
			lines += canvas_lines(&ladder->canvas, step);
	}
	return lines;
}

static void
draw_fold(struct ladder *ladder, size_t from, size_t to)
{
	char count[FORMAT_COUNT_SIZE], bytes[FORMAT_AMOUNT_SIZE], time[FORMAT_TIME_SIZE];
	char text[STEP_NOTE_SIZE];
	uint64_t payload = 0;
	size_t again = 0;
	for (size_t i = from; i < to; i++) {
		payload += ladder->steps[i].payload;
		again += ladder->steps[i].again;
	}
	format_count(to - from, "segment", count, sizeof(count));
	format_bytes(payload, bytes, sizeof(bytes));
	format_duration(ladder->steps[to - 1].us - ladder->steps[from].us, time, sizeof(time));
	snprintf(text, sizeof(text), "%s%s%s, %s", count, payload > 0 ? ", " : "",
		 payload > 0 ? bytes : "", time);
	if (again > 0) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "; %zu again", again);
	}
	canvas_fold(&ladder->canvas, text);
	canvas_pass(&ladder->canvas, ladder->steps[to - 1].us);
}

/* Between what the flow remembers and what is held. */
static void
draw_gap(struct ladder *ladder)
{
	char count[FORMAT_COUNT_SIZE], text[STEP_NOTE_SIZE];
	format_count(ladder->lost, "packet", count, sizeof(count));
	snprintf(text, sizeof(text), "%s no longer held", count);
	canvas_fold(&ladder->canvas, text);
}

static void
draw(struct ladder *ladder)
{
	size_t folded_from = 0;
	canvas_heading(&ladder->canvas, ladder->flow);
	for (size_t i = 0; i < ladder->count; i++) {
		if (i == ladder->given_up && ladder->lost > 0)
			draw_gap(ladder);
		if (!ladder->steps[i].kept)
			continue;
		if (folded_from < i)
			draw_fold(ladder, folded_from, i);
		folded_from = i + 1;
		canvas_step(&ladder->canvas, &ladder->steps[i]);
	}
	if (ladder->given_up == ladder->count && ladder->lost > 0)
		draw_gap(ladder);
}

/* The steps: of frames if there are any, before them and without them of moments. */
static void
collect(struct ladder *ladder, const struct recorder_frame *frames, size_t count)
{
	const struct flow *flow = ladder->flow;
	struct step *held = ladder->steps + STEPS_OF_MOMENTS;
	size_t held_count = steps_of_frames(flow, frames, count, held);
	int64_t before_us = held_count > 0 ? held[0].us : INT64_MAX;
	/* what is held from the first frame on needs no help */
	size_t given_up =
		held_count > 0 && held[0].frame == flow->first_frame
			? 0
			: steps_of_moments(flow, ladder->verdict, before_us, ladder->steps);
	uint64_t all = (uint64_t)flow->half[TO_SERVER].packets + flow->half[TO_CLIENT].packets;
	if (flow->detail != NULL)
		all += flow->detail->icmp_seen;
	memmove(ladder->steps + given_up, held, held_count * sizeof(*held));
	ladder->given_up = given_up;
	ladder->count = given_up + held_count;
	if (given_up > 0 && all > ladder->count)
		ladder->lost = all - ladder->count;
}

size_t
ladder_lines(const struct flow *flow, const struct verdict *verdict,
	     const struct recorder_frame *frames, size_t count,
	     const struct ladder_settings *settings, struct ladder_line *lines, size_t max)
{
	struct ladder ladder = { .flow = flow, .verdict = verdict };
	ladder.steps = calloc(count + STEPS_OF_MOMENTS + 1, sizeof(struct step));
	if (ladder.steps == NULL)
		return 0;
	canvas_init(&ladder.canvas, settings, lines, max);
	collect(&ladder, frames, count);
	annotate(&ladder);
	/* the headings and the gap come on top */
	for (enum level level = LEVEL_NOTABLE; level < LEVELS; level++)
		if (choose(&ladder, level) + 3 <= max)
			break;
	draw(&ladder);
	free(ladder.steps);
	return ladder.canvas.count;
}

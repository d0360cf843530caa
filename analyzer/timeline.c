/* SPDX-License-Identifier: BSD-2-Clause */
/* Cells begin at multiples of their length, so that two of them make exactly one of the next size. */
#include "analyzer/timeline.h"

#include <string.h>

#include "analyzer/limits.h"

enum { SHIFT_MAX = 33 };

static int64_t
cell_of(int64_t ns, int64_t length_ns)
{
	return ns / length_ns - (ns % length_ns < 0);
}

static int64_t
length_of(const struct timeline *timeline)
{
	return NS_PER_S << timeline->shift;
}

static int64_t
half(int64_t cell)
{
	return cell >= 0 ? cell / 2 : -((1 - cell) / 2);
}

static void
coarsen(struct timeline *timeline)
{
	uint32_t coarse[TIMELINE_CELLS] = { 0 };
	int64_t base = half(timeline->base);
	for (int64_t i = 0; i < TIMELINE_CELLS; i++)
		coarse[half(timeline->base + i) - base] += timeline->count[i];
	memcpy(timeline->count, coarse, sizeof(coarse));
	timeline->base = base;
	timeline->shift++;
}

/* The first and last cell that hold anything; false if none does. */
static bool
extent(const struct timeline *timeline, int64_t *ret_first, int64_t *ret_last)
{
	bool any = false;
	for (int64_t i = 0; i < TIMELINE_CELLS; i++) {
		if (timeline->count[i] == 0)
			continue;
		if (!any)
			*ret_first = timeline->base + i;
		*ret_last = timeline->base + i;
		any = true;
	}
	return any;
}

/* Moves the window of cells so that it begins with base; nothing may fall out of it. */
static void
rebase(struct timeline *timeline, int64_t base)
{
	uint32_t moved[TIMELINE_CELLS] = { 0 };
	for (int64_t i = 0; i < TIMELINE_CELLS; i++)
		if (timeline->count[i] != 0)
			moved[timeline->base + i - base] = timeline->count[i];
	memcpy(timeline->count, moved, sizeof(moved));
	timeline->base = base;
}

static void
add(struct timeline *timeline, int64_t at_ns, uint32_t count)
{
	if (!timeline->started) {
		timeline->started = true;
		timeline->base = cell_of(at_ns, length_of(timeline));
	}
	for (;;) {
		int64_t cell = cell_of(at_ns, length_of(timeline)), first = cell, last = cell;
		if (cell >= timeline->base && cell - timeline->base < TIMELINE_CELLS) {
			timeline->count[cell - timeline->base] += count;
			return;
		}
		if (extent(timeline, &first, &last)) {
			first = cell < first ? cell : first;
			last = cell > last ? cell : last;
		}
		if (last - first < TIMELINE_CELLS)
			rebase(timeline, first);
		else if (timeline->shift < SHIFT_MAX)
			coarsen(timeline);
		else
			return;
	}
}

void
timeline_add(struct timeline *timeline, int64_t at_ns)
{
	add(timeline, at_ns, 1);
}

void
timeline_merge(struct timeline *timeline, const struct timeline *from)
{
	while (from->started && timeline->shift < from->shift)
		coarsen(timeline);
	for (int64_t i = 0; from->started && i < TIMELINE_CELLS; i++)
		if (from->count[i] != 0)
			add(timeline, (from->base + i) * length_of(from), from->count[i]);
}

uint64_t
timeline_within(const struct timeline *timeline, int64_t first_ns, int64_t last_ns)
{
	int64_t length = length_of(timeline);
	double total = 0;
	for (int64_t i = 0; timeline->started && i < TIMELINE_CELLS; i++) {
		int64_t begin = (timeline->base + i) * length, end = begin + length;
		if (timeline->count[i] == 0 || end <= first_ns || begin > last_ns)
			continue;
		int64_t left = begin > first_ns ? begin : first_ns;
		int64_t right = end < last_ns ? end : last_ns;
		double share = (double)(right - left) / (double)length;
		total += share * timeline->count[i];
	}
	return (uint64_t)(total + 0.5);
}

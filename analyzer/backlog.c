/* SPDX-License-Identifier: BSD-2-Clause */
/* Differences at samples: a stay costs two additions, and coarsening is exact, since a stay covers a
 * sample or it does not. */
#include "analyzer/backlog.h"

#include <string.h>

#include "analyzer/limits.h"

static const int64_t finest_ns = 250 * (int64_t)NS_PER_MS;

enum { SHIFT_MAX = 34 /* 136 years */ };

/* The upper ends of the classes of ages: the times of Linux' SYN-ACK retransmissions (tcp(7),
 * tcp_synack_retries), as they were measured. */
static const int64_t age_ends_s[BACKLOG_AGES] = { 1, 3, 7, 15, 31, 63, 127, INT64_MAX };

static int64_t
step_of(const struct backlog *backlog)
{
	return finest_ns << backlog->shift;
}

/* The first sample at or after a time. */
static int64_t
sample_at(int64_t ns, int64_t step_ns)
{
	return ns / step_ns + (ns % step_ns > 0);
}

/* Halves the number of samples: a change at an odd one shows at the next even one. */
static void
coarsen(struct backlog *backlog)
{
	int64_t base = backlog->base >= 0 ? (backlog->base + 1) / 2 : backlog->base / 2;
	for (int kind = 0; kind < BACKLOG_KINDS; kind++) {
		int32_t *change = backlog->change[kind];
		int32_t coarse[BACKLOG_SAMPLES] = { 0 };
		for (int64_t i = 0; i < BACKLOG_SAMPLES; i++) {
			int64_t fine = backlog->base + i;
			int64_t at = fine >= 0 ? (fine + 1) / 2 : fine / 2;
			coarse[at - base] += change[i];
		}
		memcpy(change, coarse, sizeof(coarse));
	}
	backlog->base = base;
	backlog->shift++;
}

/* Makes room at the front, if there is enough free at the back. */
static bool
shift_base(struct backlog *backlog, int64_t base)
{
	int64_t distance = backlog->base - base;
	if (distance >= BACKLOG_SAMPLES)
		return false;
	for (int kind = 0; kind < BACKLOG_KINDS; kind++)
		for (int64_t i = BACKLOG_SAMPLES - distance; i < BACKLOG_SAMPLES; i++)
			if (backlog->change[kind][i] != 0)
				return false;
	for (int kind = 0; kind < BACKLOG_KINDS; kind++) {
		int32_t *change = backlog->change[kind];
		memmove(change + distance, change,
			(size_t)(BACKLOG_SAMPLES - distance) * sizeof(*change));
		memset(change, 0, (size_t)distance * sizeof(*change));
	}
	backlog->base = base;
	return true;
}

/* Makes the samples from first to last representable. */
static bool
make_room(struct backlog *backlog, int64_t from_ns, int64_t to_ns)
{
	for (;;) {
		int64_t step = step_of(backlog);
		int64_t first = sample_at(from_ns, step), last = sample_at(to_ns, step);
		if (!backlog->started) {
			backlog->started = true;
			backlog->base = first;
		}
		bool fits = first >= backlog->base || shift_base(backlog, first);
		if (fits && last - backlog->base < BACKLOG_SAMPLES)
			return true;
		if (backlog->shift >= SHIFT_MAX)
			return false;
		coarsen(backlog);
	}
}

static void
change_at(struct backlog *backlog, enum backlog_kind kind, int64_t ns, int32_t by)
{
	backlog->change[kind][sample_at(ns, step_of(backlog)) - backlog->base] += by;
}

void
backlog_add(struct backlog *backlog, enum backlog_kind kind, int64_t from_ns, int64_t to_ns)
{
	if (to_ns <= from_ns || !make_room(backlog, from_ns, to_ns))
		return;
	change_at(backlog, kind, from_ns, 1);
	change_at(backlog, kind, to_ns, -1);
	if (kind != BACKLOG_HALF_OPEN)
		return;
	int age = 0;
	while (age < BACKLOG_AGES - 1 && (to_ns - from_ns) / NS_PER_MS > age_ends_s[age] * 1000)
		age++;
	backlog->ages[age]++;
	backlog->stays++;
}

void
backlog_merge(struct backlog *backlog, const struct backlog *from)
{
	struct backlog other = *from;
	if (!other.started)
		return;
	if (!backlog->started) {
		*backlog = other;
		return;
	}
	for (int i = 0; i < BACKLOG_AGES; i++)
		backlog->ages[i] += other.ages[i];
	backlog->stays += other.stays;
	while (other.shift < backlog->shift)
		coarsen(&other);
	for (;;) {
		while (backlog->shift < other.shift)
			coarsen(backlog);
		while (other.shift < backlog->shift)
			coarsen(&other);
		int64_t step = step_of(backlog);
		int64_t last = -1;
		for (int64_t i = 0; i < BACKLOG_SAMPLES; i++)
			if (other.change[0][i] != 0 || other.change[1][i] != 0)
				last = i;
		if (last < 0)
			return;
		if (!make_room(backlog, other.base * step, (other.base + last) * step))
			return;
		if (backlog->shift == other.shift)
			break;
	}
	for (int kind = 0; kind < BACKLOG_KINDS; kind++)
		for (int64_t i = 0; i < BACKLOG_SAMPLES; i++)
			if (other.change[kind][i] != 0)
				backlog->change[kind][other.base + i - backlog->base] +=
					other.change[kind][i];
}

/* How many samples lie within the capture and matter. */
static uint32_t
samples_until(const struct backlog *backlog, int64_t end_ns)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < BACKLOG_SAMPLES; i++) {
		if ((backlog->base + i) * step_of(backlog) > end_ns)
			break;
		if (backlog->change[0][i] != 0 || backlog->change[1][i] != 0)
			used = i + 1;
	}
	/* what is still there when the capture ends stays until then */
	int64_t end = end_ns / step_of(backlog) - backlog->base + 1;
	int64_t level = 0;
	for (uint32_t i = 0; i < used; i++)
		level += backlog->change[0][i] + backlog->change[1][i];
	if (level > 0 && end > used)
		used = end < BACKLOG_SAMPLES ? (uint32_t)end : BACKLOG_SAMPLES;
	return used;
}

static int64_t
sample_ns(const struct backlog *backlog, uint32_t index)
{
	return (backlog->base + index) * step_of(backlog);
}

static int64_t
age_quantile_us(const struct backlog *backlog, unsigned percent)
{
	uint64_t seen = 0;
	for (int i = 0; i < BACKLOG_AGES; i++) {
		uint64_t in_class = backlog->ages[i];
		uint64_t wanted = backlog->stays * percent;
		if (in_class > 0 && (seen + in_class) * 100 >= wanted) {
			int64_t low = i > 0 ? age_ends_s[i - 1] : 0;
			int64_t high = i < BACKLOG_AGES - 1 ? age_ends_s[i] : low * 2;
			int64_t share = (int64_t)((wanted - seen * 100) * 1000 / (in_class * 100));
			return (low * 1000 + (high - low) * share) * 1000;
		}
		seen += in_class;
	}
	return 0;
}

void
backlog_summarize(const struct backlog *backlog, int64_t end_ns,
		  struct backlog_summary *ret_summary)
{
	*ret_summary = (struct backlog_summary){ .peak = 0 };
	if (!backlog->started)
		return;
	uint32_t count = samples_until(backlog, end_ns);
	int64_t open = 0, waiting = 0;
	for (uint32_t i = 0; i < count; i++) {
		open += backlog->change[BACKLOG_HALF_OPEN][i];
		waiting += backlog->change[BACKLOG_WAITING][i];
		if (open > (int64_t)ret_summary->peak) {
			ret_summary->peak = (uint32_t)open;
			ret_summary->peak_ns = sample_ns(backlog, i);
		}
		if (waiting > (int64_t)ret_summary->waiters_peak)
			ret_summary->waiters_peak = (uint32_t)waiting;
	}
	/* the longest time within 1 of one level, at the top: of a level that the peak does not exceed
	 * by more than 2 */
	int64_t floor = (int64_t)ret_summary->peak - 2;
	uint32_t begin = 0, best = 0, run = 0;
	open = 0;
	for (uint32_t i = 0; i < count; i++) {
		open += backlog->change[BACKLOG_HALF_OPEN][i];
		if (open >= floor && open > 0) {
			if (run++ == 0)
				begin = i;
		} else {
			run = 0;
		}
		if (run > best) {
			best = run;
			ret_summary->plateau_first_ns = sample_ns(backlog, begin);
			ret_summary->plateau_last_ns = sample_ns(backlog, i);
		}
	}
	ret_summary->plateau = best > 1 ? ret_summary->peak : 0;
	ret_summary->age_median_us = age_quantile_us(backlog, 50);
	ret_summary->age_high_us = age_quantile_us(backlog, 90);
}

uint32_t
backlog_draw(const struct backlog *backlog, int64_t end_ns, uint32_t count,
	     uint32_t *ret_half_open, uint32_t *ret_waiting, int64_t *ret_start_ns,
	     int64_t *ret_step_ns)
{
	if (!backlog->started)
		return 0;
	uint32_t samples = samples_until(backlog, end_ns);
	uint32_t per_point = (samples + count - 1) / count;
	if (samples == 0)
		return 0;
	int64_t open = 0, waiting = 0;
	uint32_t points = (samples + per_point - 1) / per_point;
	memset(ret_half_open, 0, points * sizeof(*ret_half_open));
	memset(ret_waiting, 0, points * sizeof(*ret_waiting));
	for (uint32_t i = 0; i < samples; i++) {
		open += backlog->change[BACKLOG_HALF_OPEN][i];
		waiting += backlog->change[BACKLOG_WAITING][i];
		uint32_t *half_open = &ret_half_open[i / per_point];
		uint32_t *waiters = &ret_waiting[i / per_point];
		if (open > (int64_t)*half_open)
			*half_open = (uint32_t)open;
		if (waiting > (int64_t)*waiters)
			*waiters = (uint32_t)waiting;
	}
	*ret_start_ns = sample_ns(backlog, 0);
	*ret_step_ns = step_of(backlog) * per_point;
	return points;
}

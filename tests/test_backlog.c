/* SPDX-License-Identifier: BSD-2-Clause */
/* The half-open backlog: peaks, plateaus and ages, however long the capture and in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/backlog.h"
#include "analyzer/limits.h"

static const int64_t start_ns = INT64_C(1700000000) * NS_PER_S;

static void
stay(struct backlog *backlog, double from_s, double to_s)
{
	backlog_add(backlog, BACKLOG_HALF_OPEN, start_ns + (int64_t)(from_s * 1e9),
		    start_ns + (int64_t)(to_s * 1e9));
}

static struct backlog_summary
summary_at(const struct backlog *backlog, double end_s)
{
	struct backlog_summary summary;
	backlog_summarize(backlog, start_ns + (int64_t)(end_s * 1e9), &summary);
	return summary;
}

static void
a_queue_of_four_is_a_plateau_of_four(void **state)
{
	(void)state;
	static struct backlog backlog;
	memset(&backlog, 0, sizeof(backlog));
	for (int i = 0; i < 4; i++)
		stay(&backlog, 0.05 * i, 63);
	struct backlog_summary summary = summary_at(&backlog, 20);
	assert_int_equal(summary.peak, 4);
	assert_int_equal(summary.plateau, 4);
	assert_true(summary.plateau_last_ns - summary.plateau_first_ns >= 19 * NS_PER_S);
	assert_in_range(summary.age_median_us, 31000000, 63000000);
}

static void
short_stays_overlap_as_they_do(void **state)
{
	(void)state;
	static struct backlog backlog;
	memset(&backlog, 0, sizeof(backlog));
	stay(&backlog, 10, 13);
	stay(&backlog, 11, 14);
	stay(&backlog, 13.1, 15);
	struct backlog_summary summary = summary_at(&backlog, 100);
	assert_int_equal(summary.peak, 2);
	assert_true(summary.peak_ns >= start_ns + 11 * NS_PER_S &&
		    summary.peak_ns < start_ns + 14 * NS_PER_S);
}

static void
what_is_longer_than_the_samples_becomes_coarser(void **state)
{
	(void)state;
	static struct backlog backlog;
	memset(&backlog, 0, sizeof(backlog));
	/* eight hours; every minute ten requests for 63 s, once a hundred */
	for (int minute = 0; minute < 480; minute++)
		for (int i = 0; i < (minute == 200 ? 100 : 10); i++)
			stay(&backlog, minute * 60, minute * 60 + 63);
	struct backlog_summary summary = summary_at(&backlog, 480 * 60);
	assert_in_range(summary.peak, 100, 110);
	assert_true(summary.peak_ns >= start_ns + 200 * 60 * NS_PER_S &&
		    summary.peak_ns <= start_ns + 202 * 60 * NS_PER_S);
}

static void
order_and_parts_do_not_matter(void **state)
{
	(void)state;
	static struct backlog forward, backward, part[2];
	memset(&forward, 0, sizeof(forward));
	memset(&backward, 0, sizeof(backward));
	memset(part, 0, sizeof(part));
	for (int i = 0; i < 2000; i++) {
		double from = i * 1.7, to = from + 1 + i % 9;
		int j = 1999 - i;
		stay(&forward, from, to);
		stay(&backward, j * 1.7, j * 1.7 + 1 + j % 9);
		stay(&part[i % 3 == 0], from, to);
	}
	backlog_merge(&part[0], &part[1]);
	for (int step = 0; step < 40; step++) {
		struct backlog_summary a = summary_at(&forward, step * 100),
				       b = summary_at(&backward, step * 100),
				       c = summary_at(&part[0], step * 100);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_memory_equal(&a, &c, sizeof(a));
	}
	assert_true(summary_at(&forward, 4000).peak > 2);
}

static void
a_graph_shows_the_peak(void **state)
{
	(void)state;
	static struct backlog backlog;
	uint32_t open[16], waiting[16], most = 0;
	int64_t from, step;
	memset(&backlog, 0, sizeof(backlog));
	for (int i = 0; i < 30; i++)
		stay(&backlog, 100, 102);
	stay(&backlog, 0, 60);
	stay(&backlog, 200, 260);
	uint32_t points =
		backlog_draw(&backlog, start_ns + 300 * NS_PER_S, 16, open, waiting, &from, &step);
	assert_in_range(points, 8, 16);
	for (uint32_t i = 0; i < points; i++)
		most = open[i] > most ? open[i] : most;
	assert_int_equal(most, 30);
	assert_int_equal(from, start_ns);
}

static void
absurd_times_do_no_harm(void **state)
{
	(void)state;
	static struct backlog backlog;
	memset(&backlog, 0, sizeof(backlog));
	backlog_add(&backlog, BACKLOG_HALF_OPEN, INT64_MIN / 2, INT64_MIN / 2 + NS_PER_S);
	backlog_add(&backlog, BACKLOG_HALF_OPEN, INT64_MAX / 2, INT64_MAX / 2 + NS_PER_S);
	backlog_add(&backlog, BACKLOG_WAITING, 5, 4);
	(void)summary_at(&backlog, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_of_four_is_a_plateau_of_four),
		cmocka_unit_test(short_stays_overlap_as_they_do),
		cmocka_unit_test(what_is_longer_than_the_samples_becomes_coarser),
		cmocka_unit_test(order_and_parts_do_not_matter),
		cmocka_unit_test(a_graph_shows_the_peak),
		cmocka_unit_test(absurd_times_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts and presence over time: exact sums, any order, however long it lasts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/limits.h"
#include "analyzer/presence.h"
#include "analyzer/timeline.h"

static const int64_t start_ns = INT64_C(1714990288) * NS_PER_S;

enum { EVENTS = 4000 };

/* Every second for an hour and more, but not between 1800 and 1804. */
static int64_t
event_ns(int i)
{
	return start_ns + (i < 1800 ? i : i + 4) * NS_PER_S;
}

static int
shuffled(int i)
{
	return (int)((int64_t)i * 1237 % EVENTS);
}

static void
sums_are_exact_in_any_order(void **state)
{
	static struct timeline forward, backward, part[2];
	(void)state;
	for (int i = 0; i < EVENTS; i++) {
		timeline_add(&forward, event_ns(i));
		timeline_add(&backward, event_ns(EVENTS - 1 - i));
		timeline_add(&part[i % 3 == 0], event_ns(shuffled(i)));
	}
	timeline_merge(&part[0], &part[1]);
	assert_int_equal(timeline_within(&forward, start_ns - 99 * NS_PER_S, INT64_MAX), EVENTS);
	for (int64_t from = 0; from < 4000; from += 37) {
		uint64_t one = timeline_within(&forward, start_ns + from * NS_PER_S,
					       start_ns + (from + 300) * NS_PER_S);
		assert_int_equal(one, timeline_within(&backward, start_ns + from * NS_PER_S,
						      start_ns + (from + 300) * NS_PER_S));
		assert_int_equal(one, timeline_within(&part[0], start_ns + from * NS_PER_S,
						      start_ns + (from + 300) * NS_PER_S));
	}
}

static void
a_pause_is_seen_in_any_order(void **state)
{
	static struct presence forward, backward, part[2];
	int64_t before, after;
	(void)state;
	for (int i = 0; i < EVENTS; i++) {
		presence_add(&forward, event_ns(i));
		presence_add(&backward, event_ns(EVENTS - 1 - i));
		presence_add(&part[i % 3 == 0], event_ns(shuffled(i)));
	}
	presence_merge(&part[0], &part[1]);
	assert_true(presence_cell_ns(&forward) <= NS_PER_S);
	struct presence *const all[] = { &forward, &backward, &part[0] };
	for (int i = 0; i < 3; i++) {
		assert_false(presence_between(all[i], start_ns + 1799 * NS_PER_S,
					      start_ns + 1804 * NS_PER_S));
		assert_true(presence_between(all[i], start_ns + 1700 * NS_PER_S,
					     start_ns + 1706 * NS_PER_S));
		assert_true(presence_before(all[i], start_ns + 1802 * NS_PER_S, &before));
		assert_true(presence_after(all[i], start_ns + 1802 * NS_PER_S, &after));
		assert_true(before >= start_ns + 1799 * NS_PER_S &&
			    before < start_ns + 1800 * NS_PER_S);
		assert_true(after > start_ns + 1803 * NS_PER_S &&
			    after <= start_ns + 1804 * NS_PER_S);
	}
}

static void
what_lies_far_apart_is_kept_coarsely(void **state)
{
	static struct presence presence;
	static struct timeline timeline;
	static const int64_t years[] = { 40, 0, 3, -20, 39 };
	(void)state;
	for (int i = 0; i < 5; i++) {
		int64_t at = start_ns + years[i] * 365 * 86400 * NS_PER_S;
		presence_add(&presence, at);
		timeline_add(&timeline, at);
	}
	assert_int_equal(timeline_within(&timeline, INT64_MIN / 2, INT64_MAX / 2), 5);
	assert_true(presence_between(&presence, start_ns, start_ns + INT64_C(39) * 365 * 86400 *
								     NS_PER_S));
	assert_false(presence_between(&presence, start_ns + INT64_C(5) * 365 * 86400 * NS_PER_S,
				      start_ns + INT64_C(37) * 365 * 86400 * NS_PER_S));
	presence_add(&presence, INT64_MIN);
	presence_add(&presence, INT64_MAX);
	timeline_add(&timeline, INT64_MIN);
	timeline_add(&timeline, INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_exact_in_any_order),
		cmocka_unit_test(a_pause_is_seen_in_any_order),
		cmocka_unit_test(what_lies_far_apart_is_kept_coarsely),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

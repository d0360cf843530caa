/* SPDX-License-Identifier: BSD-2-Clause */
/* Stretches of time: exact ends, the widest silences kept, any order of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/episodes.h"

static void
add_all(struct episodes *episodes, const int64_t *values, size_t count, int64_t join)
{
	for (size_t i = 0; i < count; i++)
		episodes_add(episodes, values[i], join);
}

static void
events_that_are_close_are_one_episode(void **state)
{
	(void)state;
	struct episodes episodes = { .used = 0 };
	const int64_t values[] = { 100, 105, 110, 300, 305 };
	add_all(&episodes, values, 5, 10);
	assert_int_equal(episodes.used, 2);
	assert_int_equal(episodes.at[0].first, 100);
	assert_int_equal(episodes.at[0].last, 110);
	assert_int_equal(episodes.at[0].count, 3);
	assert_int_equal(episodes.at[1].first, 300);
	assert_int_equal(episodes_total(&episodes), 5);
}

static void
order_does_not_matter(void **state)
{
	(void)state;
	struct episodes forward = { .used = 0 }, backward = { .used = 0 }, mixed = { .used = 0 };
	const int64_t values[] = { 5, 10, 15, 100, 104, 250, 251, 260 };
	const size_t mixture[] = { 3, 0, 7, 2, 5, 1, 6, 4 };
	for (size_t i = 0; i < 8; i++) {
		episodes_add(&forward, values[i], 5);
		episodes_add(&backward, values[7 - i], 5);
		episodes_add(&mixed, values[mixture[i]], 5);
	}
	assert_int_equal(forward.used, 4);
	assert_memory_equal(&forward, &backward, sizeof(forward.used) + 4 * sizeof(struct episode));
	assert_memory_equal(&forward, &mixed, sizeof(forward.used) + 4 * sizeof(struct episode));
}

static void
the_widest_silence_survives_a_full_row(void **state)
{
	(void)state;
	struct episodes episodes = { .used = 0 };
	/* a thousand events ten apart, an outage of 500, and a thousand more */
	for (int64_t i = 0; i < 1000; i++)
		episodes_add(&episodes, i * 10 + i % 7, 0);
	for (int64_t i = 0; i < 1000; i++)
		episodes_add(&episodes, 10500 + i * 10 + i % 7, 0);
	assert_int_equal(episodes.used, EPISODES_MAX);
	assert_int_equal(episodes_total(&episodes), 2000);
	assert_false(episodes_touch(&episodes, 9995, 10500));
	assert_true(episodes_touch(&episodes, 9000, 10501));
	int64_t before = 0, after = 0;
	assert_true(episodes_before(&episodes, 10200, &before));
	assert_true(episodes_after(&episodes, 10200, &after));
	assert_int_equal(before, 9990 + 999 % 7);
	assert_int_equal(after, 10500);
}

static void
noise_is_blurred_before_what_is_dense(void **state)
{
	(void)state;
	/* single events 1000 apart, and among them two hundred within 200, forwards and backwards */
	for (int backwards = 0; backwards < 2; backwards++) {
		struct episodes episodes = { .used = 0 };
		for (int64_t i = 0; i < 300; i++) {
			int64_t at = backwards ? 299 - i : i;
			int64_t value = at < 50	   ? at * 1000
					: at < 250 ? 50000 + at - 50
						   : 51000 + (at - 250) * 1000;
			episodes_add(&episodes, value, 2);
		}
		uint32_t dense = 0;
		while (dense < episodes.used && episodes.at[dense].count < 200)
			dense++;
		assert_in_range(dense, 0, episodes.used - 1);
		assert_int_equal(episodes.at[dense].first, 50000);
		assert_int_equal(episodes.at[dense].last, 50199);
		assert_int_equal(episodes.at[dense].count, 200);
	}
}

static void
gaps_keep_the_widest_silences_whatever_is_beside_them(void **state)
{
	(void)state;
	struct episodes even = { .used = 0 }, odd = { .used = 0 }, all = { .used = 0 };
	/* lone events 300 apart, then a crowd with a hole of 200 */
	for (int64_t i = 0; i < 600; i++) {
		int64_t value = i < EPISODES_MAX - 2 ? i * 300 : 300000 + i * 10 + (i < 300 ? 0 : 200);
		gaps_add(&all, value, 0);
		gaps_add(i % 2 == 0 ? &even : &odd, value, 0);
	}
	assert_int_equal(all.used, EPISODES_MAX);
	assert_int_equal(all.at[EPISODES_MAX - 2].last, 302990);
	assert_int_equal(all.at[EPISODES_MAX - 1].first, 303200);
	gaps_merge(&even, &odd, 0);
	assert_memory_equal(&even, &all,
			    sizeof(all.used) + EPISODES_MAX * sizeof(struct episode));
}

static void
merging_equals_having_seen_both(void **state)
{
	(void)state;
	struct episodes all = { .used = 0 }, part[2] = { { .used = 0 }, { .used = 0 } };
	for (int64_t i = 0; i < 15; i++) {
		episodes_add(&all, i * i * 100, 250);
		episodes_add(&part[i % 2], i * i * 100, 250);
	}
	episodes_merge(&part[0], &part[1], 250);
	assert_int_equal(part[0].used, all.used);
	for (uint32_t i = 0; i < all.used; i++) {
		assert_int_equal(part[0].at[i].first, all.at[i].first);
		assert_int_equal(part[0].at[i].last, all.at[i].last);
		assert_int_equal(part[0].at[i].count, all.at[i].count);
	}
}

static void
a_part_of_an_episode_counts_in_part(void **state)
{
	(void)state;
	struct episodes episodes = { .used = 0 };
	for (int64_t i = 0; i <= 100; i++)
		episodes_add(&episodes, 1000 + i, 1);
	assert_int_equal(episodes_within(&episodes, 0, 5000), 101);
	assert_in_range(episodes_within(&episodes, 1000, 1050), 50, 51);
	assert_int_equal(episodes_within(&episodes, 1101, 5000), 0);
}

static void
extreme_values_do_not_overflow(void **state)
{
	(void)state;
	struct episodes episodes = { .used = 0 };
	episodes_add(&episodes, INT64_MAX, 10);
	episodes_add(&episodes, INT64_MIN, 10);
	episodes_add(&episodes, 0, 10);
	assert_int_equal(episodes.used, 3);
	for (int64_t i = 0; i < 100; i++)
		episodes_add(&episodes, i * (INT64_MAX / 100), 10);
	assert_int_equal(episodes_total(&episodes), 103);
	assert_int_equal(episodes.at[0].first, INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_that_are_close_are_one_episode),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(the_widest_silence_survives_a_full_row),
		cmocka_unit_test(noise_is_blurred_before_what_is_dense),
		cmocka_unit_test(gaps_keep_the_widest_silences_whatever_is_beside_them),
		cmocka_unit_test(merging_equals_having_seen_both),
		cmocka_unit_test(a_part_of_an_episode_counts_in_part),
		cmocka_unit_test(extreme_values_do_not_overflow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

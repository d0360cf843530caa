/* SPDX-License-Identifier: BSD-2-Clause */
/* When flows are due to be judged again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/agenda.h"

static struct agenda *
make(void)
{
	struct limits limits;
	limits_init(&limits);
	struct agenda *agenda = agenda_new(&limits);
	assert_non_null(agenda);
	return agenda;
}

static const int64_t ms = NS_PER_MS;

static void
a_change_is_due_soon_and_once(void **state)
{
	(void)state;
	struct agenda *agenda = make();
	assert_int_equal(agenda_next(agenda, 1000 * ms), 0);
	agenda_touch(agenda, 7, true, 1000 * ms);
	agenda_touch(agenda, 7, true, 1100 * ms);
	agenda_touch(agenda, 7, false, 1150 * ms);
	assert_int_equal(agenda_next(agenda, 1199 * ms), 0);
	assert_int_equal(agenda_next(agenda, 1200 * ms), 7);
	assert_int_equal(agenda_next(agenda, 1200 * ms), 0);
	agenda_free(agenda);
}

static void
urgent_goes_before_calm(void **state)
{
	(void)state;
	struct agenda *agenda = make();
	agenda_touch(agenda, 1, false, 0);
	agenda_touch(agenda, 2, false, 0);
	agenda_touch(agenda, 2, true, 100 * ms);
	assert_int_equal(agenda_next(agenda, 300 * ms), 2);
	assert_int_equal(agenda_next(agenda, 300 * ms), 0);
	assert_int_equal(agenda_next(agenda, 1000 * ms), 1);
	agenda_free(agenda);
}

/* Silence is looked at behind each time that a rule asks for, and in the end no more. */
static void
silence_is_judged_behind_each_mark(void **state)
{
	(void)state;
	struct agenda *agenda = make();
	struct limits limits;
	limits_init(&limits);
	const int64_t marks[] = { limits.stall_ns, limits.cut_ns, limits.syn_ns, limits.response_ns,
				  7 * NS_PER_S, 15 * NS_PER_S, limits.idle_ns, limits.finwait_ns,
				  limits.ssh_grace_ns, limits.unanswered_ns };
	unsigned seen = 0;
	agenda_touch(agenda, 3, true, 0);
	assert_int_equal(agenda_next(agenda, 200 * ms), 3);
	for (int64_t now_ns = 200 * ms; now_ns < 1000 * NS_PER_S; now_ns += 10 * ms) {
		if (agenda_next(agenda, now_ns) == 0)
			continue;
		assert_true(seen < sizeof(marks) / sizeof(marks[0]));
		assert_in_range(now_ns, marks[seen], marks[seen] + 70 * ms);
		seen++;
	}
	assert_int_equal(seen, sizeof(marks) / sizeof(marks[0]));
	agenda_free(agenda);
}

static void
what_is_dropped_is_never_due(void **state)
{
	(void)state;
	struct agenda *agenda = make();
	for (uint32_t id = 1; id <= 10000; id++)
		assert_true(agenda_touch(agenda, id, true, id * ms));
	for (uint32_t id = 1; id <= 10000; id += 2)
		agenda_drop(agenda, id);
	agenda_drop(agenda, 1000000); /* never heard of */
	for (uint32_t id = 2; id <= 10000; id += 2)
		assert_int_equal(agenda_next(agenda, 10200 * ms), id);
	agenda_free(agenda);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_due_soon_and_once),
		cmocka_unit_test(urgent_goes_before_calm),
		cmocka_unit_test(silence_is_judged_behind_each_mark),
		cmocka_unit_test(what_is_dropped_is_never_due),
	};
	return cmocka_run_group_tests_name("agenda", tests, NULL, NULL);
}

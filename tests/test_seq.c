/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence numbers are compared round the corner (RFC 9293 3.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/seq.h"

static const uint32_t places[] = { 0,	       1,	   1000,	   0x7fffffff,
				   0x80000000, 0x80000001, UINT32_MAX - 1, UINT32_MAX };

enum { PLACES = sizeof(places) / sizeof(places[0]) };

static void
a_number_is_neither_before_nor_after_itself(void **state)
{
	(void)state;
	for (int i = 0; i < PLACES; i++) {
		assert_int_equal(seq_diff(places[i], places[i]), 0);
		assert_false(seq_lt(places[i], places[i]));
		assert_false(seq_gt(places[i], places[i]));
		assert_true(seq_leq(places[i], places[i]));
		assert_true(seq_geq(places[i], places[i]));
	}
}

static void
what_is_added_is_ahead_wherever_it_begins(void **state)
{
	static const uint32_t steps[] = { 1, 2, 1460, 1 << 20, 0x7fffffff };

	(void)state;
	for (int i = 0; i < PLACES; i++) {
		for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
			uint32_t behind = places[i], ahead = places[i] + steps[j];
			assert_int_equal(seq_diff(ahead, behind), steps[j]);
			assert_true(seq_gt(ahead, behind));
			assert_true(seq_geq(ahead, behind));
			assert_true(seq_lt(behind, ahead));
			assert_true(seq_leq(behind, ahead));
			assert_false(seq_lt(ahead, behind));
			assert_false(seq_leq(ahead, behind));
			assert_int_equal(seq_max(ahead, behind), ahead);
			assert_int_equal(seq_max(behind, ahead), ahead);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_neither_before_nor_after_itself),
		cmocka_unit_test(what_is_added_is_ahead_wherever_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

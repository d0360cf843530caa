/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of time over several interfaces of a live capture, with the clock in hand. */
#include "dissect/capture_turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { TAPS = 3 };

static const int64_t ms = 1000000;
static const int64_t noon_ns = (int64_t)1790000000 * 1000000000;

static void
set_up(struct capture_tap taps[TAPS])
{
	memset(taps, 0, TAPS * sizeof(*taps));
	for (size_t i = 0; i < TAPS; i++)
		assert_true(capture_ring_init(&taps[i].ring, 4096));
}

static void
tear_down(struct capture_tap taps[TAPS])
{
	for (size_t i = 0; i < TAPS; i++)
		capture_ring_release(&taps[i].ring);
}

static void
add(struct capture_tap *tap, int64_t ts_ns)
{
	static const uint8_t data[60];
	const struct frame frame = { .ts_ns = ts_ns, .data = data, .caplen = sizeof(data) };

	assert_true(capture_ring_put(&tap->ring, &frame));
	capture_ring_publish(&tap->ring);
}

static void
nothing_is_found_where_nothing_is(void **state)
{
	struct capture_tap taps[TAPS];

	(void)state;
	set_up(taps);
	assert_false(turn_find(taps, TAPS, noon_ns, false).found);
	assert_false(turn_find(taps, TAPS, noon_ns, true).found);
	tear_down(taps);
}

static void
the_earliest_frame_is_next_up_to_the_second(void **state)
{
	struct capture_tap taps[TAPS];
	struct turn turn;

	(void)state;
	set_up(taps);
	add(&taps[0], noon_ns + 30);
	add(&taps[1], noon_ns + 10);
	add(&taps[2], noon_ns + 20);
	turn = turn_find(taps, TAPS, noon_ns, false);
	assert_true(turn.found);
	assert_false(turn.held);
	assert_int_equal(turn.index, 1);
	assert_int_equal(turn.limit_ns, noon_ns + 20);
	capture_ring_take(&taps[1].ring);
	turn = turn_find(taps, TAPS, noon_ns, true);
	assert_int_equal(turn.index, 2);
	assert_int_equal(turn.limit_ns, noon_ns + 30);
	tear_down(taps);
}

static void
a_frame_waits_for_interfaces_that_may_have_earlier_ones(void **state)
{
	struct capture_tap taps[TAPS];
	struct turn turn;

	(void)state;
	set_up(taps);
	add(&taps[0], noon_ns);
	add(&taps[2], noon_ns + 5 * ms);
	assert_true(turn_find(taps, TAPS, noon_ns, false).held);
	assert_true(turn_find(taps, TAPS, noon_ns + (TURN_HOLD_MS - 1) * ms, false).held);
	turn = turn_find(taps, TAPS, noon_ns + (TURN_HOLD_MS + 1) * ms, false);
	assert_false(turn.held);
	assert_int_equal(turn.index, 0);
	assert_int_equal(turn.limit_ns, noon_ns + 1 * ms);
	/* The one that was empty has an earlier one, so that nobody has to wait. */
	add(&taps[1], noon_ns - 5 * ms);
	turn = turn_find(taps, TAPS, noon_ns, false);
	assert_false(turn.held);
	assert_int_equal(turn.index, 1);
	assert_int_equal(turn.limit_ns, noon_ns);
	tear_down(taps);
}

static void
no_frame_waits_at_the_end(void **state)
{
	struct capture_tap taps[TAPS];
	struct turn turn;

	(void)state;
	set_up(taps);
	add(&taps[1], noon_ns);
	turn = turn_find(taps, TAPS, noon_ns, true);
	assert_true(turn.found);
	assert_false(turn.held);
	assert_int_equal(turn.limit_ns, INT64_MAX);
	tear_down(taps);
}

static void
a_frame_of_the_future_does_not_wait_for_it(void **state)
{
	struct capture_tap taps[TAPS];
	struct turn turn;

	(void)state;
	set_up(taps);
	add(&taps[1], noon_ns + 3600 * 1000 * ms);
	turn = turn_find(taps, TAPS, noon_ns, false);
	assert_true(turn.found);
	assert_false(turn.held);
	/* And does not keep others from being earlier. */
	assert_int_equal(turn.limit_ns, noon_ns + 3600 * 1000 * ms);
	tear_down(taps);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_nothing_is),
		cmocka_unit_test(the_earliest_frame_is_next_up_to_the_second),
		cmocka_unit_test(a_frame_waits_for_interfaces_that_may_have_earlier_ones),
		cmocka_unit_test(no_frame_waits_at_the_end),
		cmocka_unit_test(a_frame_of_the_future_does_not_wait_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

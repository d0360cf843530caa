/* SPDX-License-Identifier: BSD-2-Clause */
/* When the capture lost packets, and which verdicts must know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/losses.h"
#include "tests/feed.h"

static void
losses_count_where_they_touch(void **state)
{
	(void)state;
	struct losses losses = { .used = 0 };
	losses_note(&losses, 100, 200, 5);
	losses_note(&losses, 300, 400, 7);
	losses_note(&losses, 350, 450, 1); /* touches: one stretch */
	losses_note(&losses, 500, 600, 0); /* nothing */
	assert_int_equal(losses_between(&losses, 0, 99), 0);
	assert_int_equal(losses_between(&losses, 0, 100), 5);
	assert_int_equal(losses_between(&losses, 201, 299), 0);
	assert_int_equal(losses_between(&losses, 150, 420), 13);
	assert_int_equal(losses_between(&losses, 451, 1000), 0);
}

static void
old_losses_are_told_less_sharply(void **state)
{
	(void)state;
	struct losses losses = { .used = 0 };
	for (int i = 0; i < 1000; i++)
		losses_note(&losses, i * 10, i * 10 + 1, 1);
	assert_int_equal(losses_between(&losses, 0, 10000), 1000);
	assert_int_equal(losses_between(&losses, 9990, 10000), 1);
	assert_true(losses_between(&losses, 0, 0) > 1); /* never fewer than were lost */
}

/* The confidence of the first flow, with drops told at that time after the first SYN. */
static unsigned
confidence_with_drops(const char *answer, int64_t after_ns, uint32_t *ret_drops)
{
	struct watch watch;
	watch_init(&watch);
	watch_start(&watch);
	int64_t first_ns = watch.talk.now_ns;
	watch_play(&watch, "> S 0(0)", "+1000 > S 0(0)", "+2000 > S 0(0)", "+4000 > S 0(0)", NULL);
	if (answer != NULL)
		watch_play(&watch, answer, NULL);
	tracker_note_drops(watch.tracker, first_ns + after_ns, first_ns + after_ns + 1, 3);
	tracker_advance(watch.tracker, first_ns + 20 * NS_PER_S);
	watch_finish(&watch);
	unsigned confidence = watch.ended[0].verdict.confidence;
	*ret_drops = watch.ended[0].verdict.drops;
	watch_release(&watch);
	return confidence;
}

static void
silence_is_believed_less_after_a_loss(void **state)
{
	(void)state;
	uint32_t drops;
	unsigned before = confidence_with_drops(NULL, -5 * NS_PER_S, &drops);
	assert_int_equal(drops, 0);
	unsigned amid = confidence_with_drops(NULL, 3 * NS_PER_S, &drops);
	assert_int_equal(drops, 3);
	assert_int_equal(before - amid, 20);
}

static void
what_an_rst_said_stays_said(void **state)
{
	(void)state;
	uint32_t drops;
	unsigned before = confidence_with_drops("< R. 0(0) ack 1", -5 * NS_PER_S, &drops);
	unsigned amid = confidence_with_drops("< R. 0(0) ack 1", 3 * NS_PER_S, &drops);
	assert_int_equal(drops, 3);
	assert_int_equal(before, amid);
	/* long after its end a loss means nothing to it */
	confidence_with_drops("< R. 0(0) ack 1", 15 * NS_PER_S, &drops);
	assert_int_equal(drops, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_count_where_they_touch),
		cmocka_unit_test(old_losses_are_told_less_sharply),
		cmocka_unit_test(silence_is_believed_less_after_a_loss),
		cmocka_unit_test(what_an_rst_said_stays_said),
	};
	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which RSTs a receiver has to believe (RFC 9293 3.10.7, RFC 5961 3.2), and what form they have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/reset.h"
#include "tests/feed.h"

enum { GUESS_WINDOW = 1048576 };

static enum rst_effect
effect_of(struct scene *scene, const char *words)
{
	struct packet packet = talk_packet(&scene->talk, words);
	return reset_effect(scene->flow, &packet, packet_direction(&scene->talk, &packet),
			    GUESS_WINDOW);
}

static enum rst_form
form_of(struct scene *scene, const char *words)
{
	struct packet packet = talk_packet(&scene->talk, words);
	return reset_form(scene->flow, &packet, packet_direction(&scene->talk, &packet));
}

static void
in_syn_sent_only_the_acknowledgement_counts(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0)", NULL);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 1"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "< R. 777(0) ack 1"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 0"), RST_BAD_ACK);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 2"), RST_BAD_ACK);
	assert_int_equal(effect_of(&scene, "< R -5000(0)"), RST_BAD_ACK);
	assert_int_equal(effect_of(&scene, "< R 1(0)"), RST_BAD_ACK);
	scene_release(&scene);
}

/* With data on the SYN, any of it may be acknowledged (RFC 7413). */
static void
in_syn_sent_data_on_the_syn_may_be_acknowledged_or_not(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(100)", NULL);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 1"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 101"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 102"), RST_BAD_ACK);
	scene_release(&scene);
}

static void
a_stale_ack_does_not_change_what_refuses_the_syn(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0)", "< . 70000(0) ack 90000", NULL);
	assert_int_equal(effect_of(&scene, "< R. -5000(0) ack 1"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "< R. 70000(0) ack 90000"), RST_BAD_ACK);
	scene_release(&scene);
}

static void
the_client_may_take_its_syn_back(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0)", NULL);
	assert_int_equal(effect_of(&scene, "> R 1(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 0(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R -1(0)"), RST_OUT_OF_WINDOW);
	scene_play(&scene, "< S. 0(0) ack 1", NULL);
	assert_int_equal(effect_of(&scene, "> R 1(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 0(0)"), RST_OUT_OF_WINDOW);
	scene_release(&scene);
}

/* RFC 5961 3.2: exactly the next number resets, one in the window is challenged, others are
 * ignored. */
static void
only_the_exact_number_resets_an_open_connection(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	scene_play(&scene, "> P. 1(100) ack 1", "< . 1(0) ack 101 win 1000", NULL);
	assert_int_equal(effect_of(&scene, "> R 101(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 102(0)"), RST_IN_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 1100(0)"), RST_IN_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 1101(0)"), RST_OUT_OF_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 100(0)"), RST_OUT_OF_WINDOW);
	assert_int_equal(effect_of(&scene, "> R -900(0)"), RST_OUT_OF_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 1500000000(0)"), RST_OUT_OF_WINDOW);
	assert_int_equal(effect_of(&scene, "< R. 1(0) ack 101"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "< R. 2(0) ack 101"), RST_IN_WINDOW);
	assert_int_equal(effect_of(&scene, "< R. 0(0) ack 101"), RST_OUT_OF_WINDOW);
	scene_release(&scene);
}

static void
the_window_is_the_scaled_one(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0) wscale 7", "< S. 0(0) ack 1 wscale 7", "> . 1(0) ack 1",
		   "> P. 1(100) ack 1", "< . 1(0) ack 101 win 10", NULL);
	assert_int_equal(effect_of(&scene, "> R 1380(0)"), RST_IN_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 1381(0)"), RST_OUT_OF_WINDOW);
	scene_release(&scene);
}

/* Whether the last 100 bytes have arrived, only the receiver knows. */
static void
what_is_on_its_way_may_or_may_not_have_arrived(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	scene_play(&scene, "> P. 1(100) ack 1", "< . 1(0) ack 101", "> P. 101(100) ack 1", NULL);
	assert_int_equal(effect_of(&scene, "> R 100(0)"), RST_OUT_OF_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 101(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 201(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 202(0)"), RST_IN_WINDOW);
	scene_release(&scene);
}

static void
a_closed_window_still_takes_the_exact_number(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	scene_play(&scene, "> P. 1(1000) ack 1", "< . 1(0) ack 1001 win 0", NULL);
	assert_int_equal(effect_of(&scene, "> R 1001(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 1002(0)"), RST_OUT_OF_WINDOW);
	scene_release(&scene);
}

static void
after_a_fin_the_number_before_it_counts_too(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	scene_play(&scene, "> F. 1(0) ack 1", "< . 1(0) ack 2", NULL);
	assert_int_equal(effect_of(&scene, "> R 2(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 1(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 0(0)"), RST_OUT_OF_WINDOW);
	scene_release(&scene);
}

static void
numbers_wrap(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.talk.client_isn = UINT32_MAX - 50;
	scene_handshake(&scene);
	scene_play(&scene, "> P. 1(100) ack 1", "< . 1(0) ack 101 win 1000", NULL);
	assert_int_equal(effect_of(&scene, "> R 101(0)"), RST_EFFECTIVE);
	assert_int_equal(effect_of(&scene, "> R 200(0)"), RST_IN_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 20(0)"), RST_OUT_OF_WINDOW);
	assert_int_equal(effect_of(&scene, "> R 1101(0)"), RST_OUT_OF_WINDOW);
	scene_release(&scene);
}

static void
nothing_speaks_against_an_rst_of_an_unknown_sender(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	assert_int_equal(effect_of(&scene, "> R 123(0)"), RST_EFFECTIVE);
	scene_play(&scene, "> . 1(0) cut ack 0", NULL);
	assert_int_equal(effect_of(&scene, "> R 1(0)"), RST_EFFECTIVE);
	scene_release(&scene);
}

/* What lies far outside of the window moves nothing: the true RST is still the exact one. */
static void
an_unbelievable_segment_does_not_disarm_the_true_rst(void **state)
{
	static const char *const strays[] = {
		"> P. 500000000(10) ack 1",
		"> . 500000000(0) ack 1",
		"> F. 500000000(0) ack 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		struct scene scene;
		scene_init(&scene);
		scene_handshake(&scene);
		scene_play(&scene, strays[i], NULL);
		assert_int_equal(effect_of(&scene, "> R 1(0)"), RST_EFFECTIVE);
		assert_int_equal(effect_of(&scene, "> R 500000000(0)"), RST_OUT_OF_WINDOW);
		scene_release(&scene);
	}
}

static void
an_rst_that_is_not_believed_leaves_the_states(void **state)
{
	static const char *const strays[] = { "> R 900(0)", "> R 0(0)", "> R 1(0) bad" };

	(void)state;
	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		struct scene scene;
		scene_init(&scene);
		scene_handshake(&scene);
		scene_play(&scene, strays[i], NULL);
		assert_int_equal(scene.flow->half[TO_SERVER].state, HALF_OPEN);
		assert_int_equal(scene.flow->half[TO_CLIENT].state, HALF_OPEN);
		assert_null(flow_effective_rst(scene.flow));
		assert_int_equal(scene.flow->half[TO_SERVER].rst_count, 1);
		scene_play(&scene, "> R 1(0)", NULL);
		assert_int_equal(scene.flow->half[TO_SERVER].state, HALF_RESET);
		assert_int_equal(scene.flow->half[TO_CLIENT].state, HALF_DEAD);
		assert_non_null(flow_effective_rst(scene.flow));
		scene_release(&scene);
	}
}

static void
a_damaged_rst_is_told_from_one_of_an_offloading_card(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0) bad", "< S. 0(0) ack 1", "> . 1(0) ack 1 bad", "> R 1(0) bad",
		   NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].state, HALF_RESET);
	scene_release(&scene);
}

/* All RSTs are counted; the first five and the last are kept. */
static void
of_many_rsts_the_first_and_the_last_are_kept(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	for (int i = 0; i < 20; i++)
		scene_play(&scene, "> R 900(0)", NULL);
	const struct detail *detail = scene.flow->detail;
	assert_int_equal(detail->rst_seen, 20);
	for (unsigned i = 0; i < FLOW_RST_MAX; i++)
		assert_int_equal(detail->rst[i].at.frame, i == FLOW_RST_MAX - 1 ? 23 : 4 + i);
	scene_release(&scene);
}

static void
whoever_goes_on_has_not_believed(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	scene_play(&scene, "> R 900(0)", NULL);
	assert_false(scene.flow->detail->rst[0].answered);
	scene_play(&scene, "> P. 1(10) ack 1", NULL);
	assert_false(scene.flow->detail->rst[0].answered);
	scene_play(&scene, "< . 1(0) ack 11", NULL);
	assert_true(scene.flow->detail->rst[0].answered);
	assert_int_equal(scene.flow->detail->after_reset[TO_SERVER], 1);
	assert_int_equal(scene.flow->detail->after_reset[TO_CLIENT], 1);
	scene_release(&scene);
}

static void
the_forms_of_a_connection_with_timestamps(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0) ts 1", "< S. 0(0) ack 1 ts 2 ecr 1", "> . 1(0) ack 1 ts 3",
		   "> P. 1(100) ack 1 ts 4", "< . 1(0) ack 101 ts 5 win 1000", NULL);
	assert_int_equal(form_of(&scene, "> R. 101(0) ack 1 ts 6"), RST_FORM_ACTIVE_ABORT);
	assert_int_equal(form_of(&scene, "> R. 101(0) ack 1"), RST_FORM_EXACT_OTHER);
	/* Windows and the BSDs abort with window 0 */
	assert_int_equal(form_of(&scene, "> R. 101(0) ack 1 win 0 ts 6"), RST_FORM_ACTIVE_ABORT);
	assert_int_equal(form_of(&scene, "> R. 101(0) ack 0 ts 6"), RST_FORM_EXACT_OTHER);
	assert_int_equal(form_of(&scene, "< R 1(0) win 0"), RST_FORM_STATELESS_ACK);
	assert_int_equal(form_of(&scene, "< R 1(0) win 5"), RST_FORM_EXACT_OTHER);
	assert_int_equal(form_of(&scene, "< R 1(0) win 0 ts 9"), RST_FORM_EXACT_OTHER);
	assert_int_equal(form_of(&scene, "> R 500(0) win 0"), RST_FORM_IN_WINDOW_GUESS);
	assert_int_equal(form_of(&scene, "> R 5000(0) win 0"), RST_FORM_OUT_OF_WINDOW);
	assert_int_equal(form_of(&scene, "> R 50(0) win 0"), RST_FORM_OUT_OF_WINDOW);
	assert_int_equal(form_of(&scene, "< R. -5000(0) ack 101 win 0"), RST_FORM_STATELESS_SYN);
	scene_release(&scene);
}

static void
the_forms_of_a_connection_without_timestamps(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	assert_int_equal(form_of(&scene, "> R. 1(0) ack 1"), RST_FORM_ACTIVE_ABORT);
	assert_int_equal(form_of(&scene, "> R. 1(0) ack 1 ts 6"), RST_FORM_EXACT_OTHER);
	scene_release(&scene);
}

static void
a_closed_port_answers_the_syn_without_state(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0)", NULL);
	assert_int_equal(form_of(&scene, "< R. -5000(0) ack 1 win 0"), RST_FORM_STATELESS_SYN);
	scene_play(&scene, "< R. -5000(0) ack 1 win 0 tos 8 ttl 61", NULL);
	const struct rst_record *rst = flow_effective_rst(scene.flow);
	assert_non_null(rst);
	assert_int_equal(rst->form, RST_FORM_STATELESS_SYN);
	assert_int_equal(rst->direction, TO_CLIENT);
	assert_int_equal(rst->tos, 8);
	assert_int_equal(rst->ttl, 61);
	assert_int_equal(scene.flow->half[TO_CLIENT].ttl, 0);
	scene_release(&scene);
}

/* An ISN of 0xffffffff makes 0 the exact number: no sign of a stateless sender then. */
static void
sequence_number_zero_may_be_the_right_one(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.talk.server_isn = UINT32_MAX;
	scene_handshake(&scene);
	assert_int_equal(form_of(&scene, "< R. 1(0) ack 1"), RST_FORM_ACTIVE_ABORT);
	scene_release(&scene);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_syn_sent_only_the_acknowledgement_counts),
		cmocka_unit_test(in_syn_sent_data_on_the_syn_may_be_acknowledged_or_not),
		cmocka_unit_test(a_stale_ack_does_not_change_what_refuses_the_syn),
		cmocka_unit_test(the_client_may_take_its_syn_back),
		cmocka_unit_test(only_the_exact_number_resets_an_open_connection),
		cmocka_unit_test(the_window_is_the_scaled_one),
		cmocka_unit_test(what_is_on_its_way_may_or_may_not_have_arrived),
		cmocka_unit_test(a_closed_window_still_takes_the_exact_number),
		cmocka_unit_test(after_a_fin_the_number_before_it_counts_too),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(nothing_speaks_against_an_rst_of_an_unknown_sender),
		cmocka_unit_test(an_unbelievable_segment_does_not_disarm_the_true_rst),
		cmocka_unit_test(an_rst_that_is_not_believed_leaves_the_states),
		cmocka_unit_test(a_damaged_rst_is_told_from_one_of_an_offloading_card),
		cmocka_unit_test(of_many_rsts_the_first_and_the_last_are_kept),
		cmocka_unit_test(whoever_goes_on_has_not_believed),
		cmocka_unit_test(the_forms_of_a_connection_with_timestamps),
		cmocka_unit_test(the_forms_of_a_connection_without_timestamps),
		cmocka_unit_test(a_closed_port_answers_the_syn_without_state),
		cmocka_unit_test(sequence_number_zero_may_be_the_right_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

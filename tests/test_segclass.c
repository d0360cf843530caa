/* SPDX-License-Identifier: BSD-2-Clause */
/* Holes in sequence space, and what a segment is: new, late, resent, probing or unbelievable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/segclass.h"
#include "tests/feed.h"

static struct detail detail;

static void
assert_holes(const struct hole *expected, unsigned count)
{
	assert_int_equal(detail.hole_count[TO_SERVER], count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(detail.hole[TO_SERVER][i].left, expected[i].left);
		assert_int_equal(detail.hole[TO_SERVER][i].right, expected[i].right);
	}
}

static void
dig(uint32_t left, uint32_t right)
{
	hole_add(&detail, TO_SERVER, left, right);
}

static uint32_t
fill(uint32_t left, uint32_t right)
{
	return hole_fill(&detail, TO_SERVER, left, right, NULL);
}

static int
reset_holes(void **state)
{
	(void)state;
	memset(&detail, 0, sizeof(detail));
	return 0;
}

static void
a_hole_is_filled_from_both_ends(void **state)
{
	(void)state;
	dig(100, 200);
	assert_int_equal(fill(100, 130), 30);
	assert_holes(&(struct hole){ .left = 130, .right = 200 }, 1);
	assert_int_equal(fill(180, 250), 20);
	assert_holes(&(struct hole){ .left = 130, .right = 180 }, 1);
	assert_int_equal(fill(100, 300), 50);
	assert_holes(NULL, 0);
}

static void
what_does_not_touch_a_hole_fills_nothing(void **state)
{
	(void)state;
	dig(100, 200);
	assert_int_equal(fill(50, 100), 0);
	assert_int_equal(fill(200, 300), 0);
	assert_int_equal(fill(150, 150), 0);
	assert_int_equal(hole_fill(&detail, TO_CLIENT, 100, 200, NULL), 0);
	assert_holes(&(struct hole){ .left = 100, .right = 200 }, 1);
}

static void
one_segment_may_fill_several_holes(void **state)
{
	static const struct hole rest[] = { { .left = 100, .right = 150 }, { .left = 550, .right = 600 } };

	(void)state;
	dig(100, 200);
	dig(300, 400);
	dig(500, 600);
	assert_int_equal(fill(150, 550), 50 + 100 + 50);
	assert_holes(rest, 2);
}

static void
holes_cross_the_end_of_the_numbers(void **state)
{
	(void)state;
	dig(UINT32_MAX - 9, 10);
	assert_int_equal(fill(UINT32_MAX - 9, UINT32_MAX), 9);
	assert_holes(&(struct hole){ .left = UINT32_MAX, .right = 10 }, 1);
	assert_int_equal(fill(5, 20), 5);
	assert_int_equal(fill(UINT32_MAX, 5), 6);
	assert_holes(NULL, 0);
}

static void
what_lies_between_holes_that_became_one_is_not_called_missing(void **state)
{
	uint32_t missing = 0;

	(void)state;
	for (uint32_t i = 0; i <= FLOW_HOLE_MAX; i++)
		dig(20 * i, 20 * i + 10);
	assert_int_equal(detail.hole_count[TO_SERVER], FLOW_HOLE_MAX);
	assert_int_equal(detail.hole[TO_SERVER][0].left, 0);
	assert_int_equal(detail.hole[TO_SERVER][0].right, 30);
	assert_int_equal(detail.hole[TO_SERVER][1].left, 40);
	assert_int_equal(hole_fill(&detail, TO_SERVER, 0, 50, &missing), 40);
	assert_int_equal(missing, 10);
}

static enum segment_class
classify(struct scene *scene, const char *words, enum retransmission *ret_kind)
{
	struct packet packet = talk_packet(&scene->talk, words);
	return segment_classify(scene->flow, &packet, packet_direction(&scene->talk, &packet),
				ret_kind);
}

static enum segment_class
class_of(struct scene *scene, const char *words)
{
	enum retransmission kind;
	return classify(scene, words, &kind);
}

/* Retransmission of that kind? */
static void
assert_resent(struct scene *scene, const char *words, enum retransmission expected)
{
	enum retransmission kind = RETRANSMISSIONS;
	assert_int_equal(classify(scene, words, &kind), SEGMENT_RETRANSMISSION);
	assert_int_equal(kind, expected);
}

/* An open connection on which the client has sent 1..300, of which 1..200 are acknowledged. */
static void
scene_transfer(struct scene *scene)
{
	scene_init(scene);
	scene_handshake(scene);
	scene_play(scene, "> P. 1(100) ack 1", "> P. 101(100) ack 1", "< . 1(0) ack 201",
		   "> P. 201(100) ack 1", NULL);
}

static void
the_next_bytes_are_new(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	assert_int_equal(class_of(&scene, "> P. 301(100) ack 1"), SEGMENT_NEW);
	assert_int_equal(class_of(&scene, "> F. 301(0) ack 1"), SEGMENT_NEW);
	assert_int_equal(class_of(&scene, "> . 301(0) ack 1"), SEGMENT_EMPTY);
	assert_int_equal(class_of(&scene, "> P. 401(100) ack 1"), SEGMENT_AHEAD);
	assert_int_equal(class_of(&scene, "< P. 1(100) ack 301"), SEGMENT_NEW);
	scene_release(&scene);
}

static void
what_is_far_from_everything_is_not_believed(void **state)
{
	static const char *const strays[] = {
		"> P. 500000000(10) ack 1",
		"> F. 500000000(0) ack 1",
		"> . 500000000(0) ack 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		struct scene scene;
		scene_transfer(&scene);
		uint32_t next = scene.flow->half[TO_SERVER].next_seq;
		uint64_t span = scene.flow->half[TO_SERVER].span;
		scene_play(&scene, strays[i], NULL);
		assert_int_equal(scene.flow->half[TO_SERVER].next_seq, next);
		assert_int_equal(scene.flow->half[TO_SERVER].span, span);
		scene_release(&scene);
	}
}

static void
acknowledged_bytes_sent_again_are_spurious(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	assert_resent(&scene, "+300 > P. 101(100) ack 1", RETRANSMISSION_SPURIOUS);
	assert_resent(&scene, "+300 > P. 1(200) ack 1", RETRANSMISSION_SPURIOUS);
	scene_release(&scene);
}

static void
the_last_segment_again_soon_is_a_tail_loss_probe(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	assert_resent(&scene, "+20 > P. 201(100) ack 1", RETRANSMISSION_TLP);
	scene_release(&scene);
}

static void
after_the_smallest_timeout_it_is_a_timeout(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	assert_resent(&scene, "+199 > P. 201(100) ack 1", RETRANSMISSION_TLP);
	assert_resent(&scene, "+1 > P. 201(100) ack 1", RETRANSMISSION_RTO);
	scene_release(&scene);
}

static void
after_duplicate_acknowledgements_it_is_fast(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "> P. 301(100) ack 1", "> P. 401(100) ack 1", "> P. 501(100) ack 1",
		   "< . 1(0) ack 201", "< . 1(0) ack 201", "< . 1(0) ack 201", NULL);
	assert_int_equal(scene.flow->half[TO_CLIENT].dup_acks, 3);
	assert_resent(&scene, "> P. 201(100) ack 1", RETRANSMISSION_FAST);
	scene_play(&scene, "< . 1(0) ack 601", NULL);
	assert_int_equal(scene.flow->half[TO_CLIENT].dup_acks, 0);
	scene_release(&scene);
}

static void
an_acknowledgement_that_opens_the_window_is_no_duplicate(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "< . 1(0) ack 201 win 1100", "< . 1(0) ack 201 win 1200", NULL);
	assert_int_equal(scene.flow->half[TO_CLIENT].dup_acks, 0);
	scene_play(&scene, "< P. 1(10) ack 201 win 1200", NULL);
	assert_int_equal(scene.flow->half[TO_CLIENT].dup_acks, 0);
	scene_release(&scene);
}

static void
a_hole_filled_at_once_was_reordering(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "> P. 401(100) ack 1 id 42", NULL);
	assert_int_equal(class_of(&scene, "+1 > P. 301(100) ack 1 id 41"), SEGMENT_REORDERED);
	scene_play(&scene, "> P. 301(100) ack 1 id 41", NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].out_of_order, 1);
	assert_int_equal(scene.flow->half[TO_SERVER].retransmissions, 0);
	assert_int_equal(scene.flow->detail->hole_count[TO_SERVER], 0);
	scene_release(&scene);
}

/* Lost before the capture: the first copy never came by, and the IP ID has moved on. */
static void
a_hole_filled_late_was_loss(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "> P. 401(100) ack 1 id 42", NULL);
	assert_resent(&scene, "+50 > P. 301(100) ack 1 id 43", RETRANSMISSION_LOST_BEFORE);
	/* however late, the counter proves that it was sent before */
	assert_int_equal(class_of(&scene, "+50 > P. 301(100) ack 1 id 41"), SEGMENT_REORDERED);
	scene_release(&scene);
}

static void
a_fin_sent_again_is_of_its_own_kind(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "> F. 301(0) ack 1", NULL);
	assert_resent(&scene, "+300 > F. 301(0) ack 1", RETRANSMISSION_FIN);
	assert_resent(&scene, "+300 > F. 201(100) ack 1", RETRANSMISSION_RTO);
	scene_release(&scene);
}

static void
a_keepalive_repeats_the_last_byte_or_none(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "< . 1(0) ack 301", NULL);
	assert_int_equal(class_of(&scene, "+75000 > . 300(0) ack 1"), SEGMENT_KEEPALIVE);
	assert_int_equal(class_of(&scene, "+75000 > . 300(1) ack 1"), SEGMENT_KEEPALIVE);
	assert_int_equal(class_of(&scene, "+75000 < . 0(0) ack 301"), SEGMENT_KEEPALIVE);
	assert_resent(&scene, "+75000 > P. 299(2) ack 1", RETRANSMISSION_SPURIOUS);
	scene_play(&scene, "+75000 > . 300(0) ack 1", NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].keepalives, 1);
	assert_int_equal(scene.flow->half[TO_SERVER].retransmissions, 0);
	scene_release(&scene);
}

static void
a_byte_that_is_outstanding_is_no_keepalive(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_handshake(&scene);
	scene_play(&scene, "> P. 1(1) ack 1", NULL);
	assert_resent(&scene, "+300 > P. 1(1) ack 1", RETRANSMISSION_RTO);
	scene_release(&scene);
}

static void
a_closed_window_is_probed(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "< . 1(0) ack 301 win 0", NULL);
	assert_int_equal(class_of(&scene, "+300 > . 300(0) ack 1"), SEGMENT_WINDOW_PROBE);
	assert_int_equal(class_of(&scene, "+300 > . 301(1) ack 1"), SEGMENT_WINDOW_PROBE);
	scene_play(&scene, "< . 1(0) ack 301 win 500", NULL);
	assert_int_equal(class_of(&scene, "+300 > . 301(1) ack 1"), SEGMENT_NEW);
	scene_release(&scene);
}

static void
classes_do_not_see_the_numbers_wrap(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.talk.client_isn = UINT32_MAX - 150;
	scene_handshake(&scene);
	scene_play(&scene, "> P. 1(100) ack 1", "> P. 101(100) ack 1", "< . 1(0) ack 201",
		   "> P. 201(100) ack 1", NULL);
	assert_int_equal(class_of(&scene, "> P. 301(100) ack 1"), SEGMENT_NEW);
	assert_int_equal(class_of(&scene, "> P. 401(100) ack 1"), SEGMENT_AHEAD);
	assert_resent(&scene, "+300 > P. 101(100) ack 1", RETRANSMISSION_SPURIOUS);
	assert_int_equal(scene.flow->half[TO_SERVER].span, 300);
	scene_release(&scene);
}

static void
span_counts_every_byte_once(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "+300 > P. 201(100) ack 1", "> P. 401(100) ack 1", "> P. 301(100) ack 1",
		   "> P. 451(150) ack 1", "> F. 601(0) ack 1", NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].span, 600);
	assert_int_equal(scene.flow->half[TO_SERVER].payload, 750);
	scene_release(&scene);
}

static void
acknowledged_but_unseen_is_our_own_loss(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "> P. 401(100) ack 1", "< . 1(0) ack 501", NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].unseen, 100);
	scene_play(&scene, "< . 1(0) ack 601", NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].unseen, 200);
	assert_int_equal(scene.flow->half[TO_SERVER].span, 600);
	assert_int_equal(scene.stats.unseen_bytes, 200);
	scene_play(&scene, "< . 1(0) ack 500000000", NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].unseen, 200);
	scene_release(&scene);
}

static void
the_stall_is_the_longest_row_without_progress(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene_play(&scene, "+210 > P. 201(100) ack 1", "+400 > P. 201(100) ack 1", NULL);
	const struct stall *stall = &scene.flow->detail->stall[TO_SERVER];
	assert_int_equal(stall->transmissions, 3);
	assert_int_equal(stall->length, 100);
	assert_int_equal(moment_distance_us(stall->first, stall->last), 610000);
	scene_play(&scene, "< . 1(0) ack 301", NULL);
	assert_int_equal(stall->transmissions, 0);
	scene_release(&scene);
}

/* analyzer/flow.h: all counters of a half saturate. */
static void
counters_do_not_start_again(void **state)
{
	struct scene scene;

	(void)state;
	scene_transfer(&scene);
	scene.flow->half[TO_SERVER].keepalives = UINT16_MAX;
	scene.flow->half[TO_SERVER].window_probes = UINT16_MAX;
	scene.flow->half[TO_SERVER].challenge_acks = UINT16_MAX;
	scene_play(&scene, "< . 1(0) ack 301", "+75000 > . 300(0) ack 1",
		   "> P. 500000000(10) ack 1", "< . 1(0) ack 301 win 0", "+300 > . 300(0) ack 1",
		   NULL);
	assert_int_equal(scene.flow->half[TO_SERVER].keepalives, UINT16_MAX);
	assert_int_equal(scene.flow->half[TO_SERVER].window_probes, UINT16_MAX);
	assert_int_equal(scene.flow->half[TO_SERVER].challenge_acks, UINT16_MAX);
	scene_release(&scene);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_hole_is_filled_from_both_ends, reset_holes),
		cmocka_unit_test_setup(what_does_not_touch_a_hole_fills_nothing, reset_holes),
		cmocka_unit_test_setup(one_segment_may_fill_several_holes, reset_holes),
		cmocka_unit_test_setup(holes_cross_the_end_of_the_numbers, reset_holes),
		cmocka_unit_test_setup(what_lies_between_holes_that_became_one_is_not_called_missing,
				       reset_holes),
		cmocka_unit_test(the_next_bytes_are_new),
		cmocka_unit_test(what_is_far_from_everything_is_not_believed),
		cmocka_unit_test(acknowledged_bytes_sent_again_are_spurious),
		cmocka_unit_test(the_last_segment_again_soon_is_a_tail_loss_probe),
		cmocka_unit_test(after_the_smallest_timeout_it_is_a_timeout),
		cmocka_unit_test(after_duplicate_acknowledgements_it_is_fast),
		cmocka_unit_test(an_acknowledgement_that_opens_the_window_is_no_duplicate),
		cmocka_unit_test(a_hole_filled_at_once_was_reordering),
		cmocka_unit_test(a_hole_filled_late_was_loss),
		cmocka_unit_test(a_fin_sent_again_is_of_its_own_kind),
		cmocka_unit_test(a_keepalive_repeats_the_last_byte_or_none),
		cmocka_unit_test(a_byte_that_is_outstanding_is_no_keepalive),
		cmocka_unit_test(a_closed_window_is_probed),
		cmocka_unit_test(classes_do_not_see_the_numbers_wrap),
		cmocka_unit_test(span_counts_every_byte_once),
		cmocka_unit_test(acknowledged_but_unseen_is_our_own_loss),
		cmocka_unit_test(the_stall_is_the_longest_row_without_progress),
		cmocka_unit_test(counters_do_not_start_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

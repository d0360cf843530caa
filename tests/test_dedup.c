/* SPDX-License-Identifier: BSD-2-Clause */
/* The same packet captured twice is told from a segment sent twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/dedup.h"
#include "tests/feed.h"

static struct dedup dedup;
static struct limits limits;

/* Whether the second segment is taken for a copy of the first. */
static bool
is_copy(const char *first, const char *second)
{
	struct talk talk = talk_init();
	struct packet packet = talk_packet(&talk, first);

	memset(&dedup, 0, sizeof(dedup));
	limits_init(&limits);
	assert_false(dedup_seen(&dedup, &packet, &limits));
	packet = talk_packet(&talk, second);
	return dedup_seen(&dedup, &packet, &limits);
}

static void
a_mirrored_segment_is_a_copy(void **state)
{
	(void)state;
	assert_true(is_copy("> S 0(0) id 7", "+0 > S 0(0) id 7"));
	assert_true(is_copy("> P. 1(100) ack 1 id 7", "+1 > P. 1(100) ack 1 id 7"));
	assert_true(is_copy("> R 1(0) win 0 id 7", "+1 > R 1(0) win 0 id 7"));
	assert_true(is_copy("> . 1(0) ack 1 id 7", "+49 > . 1(0) ack 1 id 7"));
}

static void
a_copy_may_be_stamped_before_its_original(void **state)
{
	(void)state;
	assert_true(is_copy("> S 0(0) id 7", "-1 > S 0(0) id 7"));
	assert_false(is_copy("> S 0(0) id 7", "-51 > S 0(0) id 7"));
}

static void
a_routed_segment_is_a_copy_one_hop_on(void **state)
{
	(void)state;
	assert_true(is_copy("> S 0(0) id 7 ttl 64", "> S 0(0) id 7 ttl 63"));
	assert_true(is_copy("> S 0(0) id 7 ttl 63", "> S 0(0) id 7 ttl 64"));
	assert_false(is_copy("> S 0(0) id 7 ttl 64", "> S 0(0) id 7 ttl 62"));
	assert_false(is_copy("> S 0(0) id 7 ttl 64", "> S 0(0) id 7 ttl 128"));
	assert_true(is_copy("> S 0(0) id 7 ttl 64", "> S 0(0) id 7 ttl 63 vlan 5"));
}

static void
an_equal_segment_in_a_parallel_network_is_no_copy(void **state)
{
	(void)state;
	assert_false(is_copy("> S 0(0) id 7 vlan 4", "> S 0(0) id 7 vlan 5"));
	assert_true(is_copy("> S 0(0) id 7 vlan 4", "> S 0(0) id 7 vlan 4"));
}

static void
a_segment_sent_again_differs_in_its_id(void **state)
{
	(void)state;
	assert_false(is_copy("> S 0(0) id 7", "> S 0(0) id 8"));
	assert_false(is_copy("> P. 1(100) ack 1 id 7", "> P. 1(100) ack 1 id 8"));
}

static void
a_segment_sent_again_differs_in_its_timestamp(void **state)
{
	(void)state;
	assert_false(is_copy("> P. 1(100) ack 1 id 0 ts 4", "> P. 1(100) ack 1 id 0 ts 5"));
	assert_true(is_copy("> P. 1(100) ack 1 id 0 ts 4", "+49 > P. 1(100) ack 1 id 0 ts 4"));
	assert_false(
		is_copy("> P. 1(100) ack 1 id 7 ts 4 ecr 1", "> P. 1(100) ack 1 id 7 ts 4 ecr 2"));
}

static void
any_other_field_tells_two_segments_apart(void **state)
{
	static const char *const others[] = {
		"> P. 2(100) ack 1 id 7",	"> P. 1(101) ack 1 id 7",
		"> P. 1(100) ack 2 id 7",	"> . 1(100) ack 1 id 7",
		"> P. 1(100) ack 1 id 7 win 9", "> P. 1(100) ack 1 id 7 sum 9",
		"< P. 1(100) ack 1 id 7",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(is_copy("> P. 1(100) ack 1 id 7", others[i]));
}

static void
copies_are_close_in_time(void **state)
{
	(void)state;
	assert_true(is_copy("> S 0(0) id 7", "+50 > S 0(0) id 7"));
	assert_false(is_copy("> S 0(0) id 7", "+51 > S 0(0) id 7"));
}

/* A host that answers with IP ID 0 makes equal answers to equal questions. */
static void
without_an_id_copies_are_closer_still(void **state)
{
	(void)state;
	assert_true(is_copy("> S 0(0) id 0", "+5 > S 0(0) id 0"));
	assert_false(is_copy("> S 0(0) id 0", "+6 > S 0(0) id 0"));
	assert_true(is_copy("> F. 1(0) ack 1 id 0", "+5 > F. 1(0) ack 1 id 0"));
	assert_false(is_copy("> F. 1(0) ack 1 id 0", "+6 > F. 1(0) ack 1 id 0"));
}

static void
without_an_id_equal_answers_are_no_copies_but_routed_ones_are(void **state)
{
	static const char *const answers[] = { "+1 < S. 0(0) ack 1 id 0", "+1 < R. 0(0) ack 1 id 0",
					       "+1 < . 1(0) ack 1 id 0" };

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char routed[40];
		snprintf(routed, sizeof(routed), "%s ttl 63", answers[i]);
		assert_false(is_copy(answers[i], answers[i]));
		assert_true(is_copy(answers[i], routed));
	}
}

/* Where segments with a counter are proven to come twice, their answers do so as well. */
static void
amid_copies_an_equal_answer_is_a_copy_for_a_second(void **state)
{
	static const char *const words[] = {
		"> S 0(0) id 7",
		"> S 0(0) id 7",
		"< S. 0(0) ack 1 id 0",
		"< S. 0(0) ack 1 id 0",
		"+1200 < S. 0(0) ack 1 id 0",
		"< S. 0(0) ack 1 id 0",
	};
	static const bool copy[] = { false, true, false, true, false, false };
	struct talk talk = talk_init();

	(void)state;
	memset(&dedup, 0, sizeof(dedup));
	limits_init(&limits);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct packet packet = talk_packet(&talk, words[i]);
		assert_int_equal(dedup_seen(&dedup, &packet, &limits), copy[i]);
	}
}

static void
ipv6_has_no_id(void **state)
{
	struct talk talk = talk_init();
	struct packet packet;

	(void)state;
	memset(&dedup, 0, sizeof(dedup));
	limits_init(&limits);
	talk.ip_version = 6;
	packet = talk_packet(&talk, "> S 0(0) id 0");
	assert_false(dedup_seen(&dedup, &packet, &limits));
	packet = talk_packet(&talk, "+4 > S 0(0) id 0");
	assert_true(dedup_seen(&dedup, &packet, &limits));
	packet = talk_packet(&talk, "+6 > S 0(0) id 0");
	assert_false(dedup_seen(&dedup, &packet, &limits));
}

static void
every_copy_of_a_segment_is_one(void **state)
{
	struct talk talk = talk_init();

	(void)state;
	memset(&dedup, 0, sizeof(dedup));
	limits_init(&limits);
	for (int i = 0; i < 5; i++) {
		struct packet packet = talk_packet(&talk, "+10 > S 0(0) id 7");
		assert_int_equal(dedup_seen(&dedup, &packet, &limits), i > 0);
	}
}

/* A mirror port that delivers in bursts: copies come behind many other segments. */
static void
a_copy_is_found_behind_many_others(void **state)
{
	struct talk talk = talk_init();
	unsigned found = 0;

	(void)state;
	memset(&dedup, 0, sizeof(dedup));
	limits_init(&limits);
	for (int copy = 0; copy < 2; copy++) {
		for (uint16_t port = 0; port < 500; port++) {
			talk.client_port = port;
			struct packet packet = talk_packet(&talk, "+0.01 > S 0(0) id 7");
			found += dedup_seen(&dedup, &packet, &limits);
		}
	}
	/* the table is overwritten as it goes: a few are lost to others, none is invented */
	assert_in_range(found, 400, 500);
}

static void
a_flow_counts_copies_apart(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch_start(&watch);
	watch_play(&watch, "> S 0(0) id 7", "+0.1 > S 0(0) id 7 ttl 63", "< S. 0(0) ack 1 id 8",
		   "+0.1 < S. 0(0) ack 1 id 8 ttl 63", "> . 1(0) ack 1 id 9",
		   "+0.1 > . 1(0) ack 1 id 9 ttl 63", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	const struct flow *flow = &watch.ended[0].flow;
	assert_int_equal(flow->half[TO_SERVER].packets, 4);
	assert_int_equal(flow->half[TO_SERVER].duplicates, 2);
	assert_int_equal(flow->half[TO_SERVER].syn_count, 1);
	assert_int_equal(flow->half[TO_CLIENT].synack_count, 1);
	assert_int_equal(flow->half[TO_CLIENT].retransmissions, 0);
	assert_int_equal(tracker_stats(watch.tracker)->duplicates, 3);
	assert_true(watch.ended[0].verdict.tags >> TAG_DUP_CAPTURE & 1);
	watch_release(&watch);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mirrored_segment_is_a_copy),
		cmocka_unit_test(a_copy_may_be_stamped_before_its_original),
		cmocka_unit_test(a_routed_segment_is_a_copy_one_hop_on),
		cmocka_unit_test(an_equal_segment_in_a_parallel_network_is_no_copy),
		cmocka_unit_test(a_segment_sent_again_differs_in_its_id),
		cmocka_unit_test(a_segment_sent_again_differs_in_its_timestamp),
		cmocka_unit_test(any_other_field_tells_two_segments_apart),
		cmocka_unit_test(copies_are_close_in_time),
		cmocka_unit_test(without_an_id_copies_are_closer_still),
		cmocka_unit_test(without_an_id_equal_answers_are_no_copies_but_routed_ones_are),
		cmocka_unit_test(amid_copies_an_equal_answer_is_a_copy_for_a_second),
		cmocka_unit_test(ipv6_has_no_id),
		cmocka_unit_test(every_copy_of_a_segment_is_one),
		cmocka_unit_test(a_copy_is_found_behind_many_others),
		cmocka_unit_test(a_flow_counts_copies_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

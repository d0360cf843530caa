/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparison of two points, part by part: clocks, pairs, copies, strays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/compare_clock.h"
#include "analyzer/compare_fate.h"
#include "analyzer/compare_pair.h"
#include "analyzer/compare_stray.h"
#include "analyzer/limits.h"

enum { MANY = 400, SEGMENTS = 64, DELAY_MS = 10 };

/* --- clocks */

static struct clock_pair pairs[MANY];
static struct compare_clock found;

/* A segment each way every 100 ms, `delay` on the way; b's clock is ahead by offset(t). */
static void
tick(int64_t (*offset)(int64_t), unsigned ways)
{
	for (size_t i = 0; i < MANY; i++) {
		unsigned dir = ways == 2 ? i % 2 : TO_SERVER;
		int64_t sent = (int64_t)i * 100 * NS_PER_MS;
		int64_t arrived = sent + (DELAY_MS + (int64_t)(i % 7)) * NS_PER_MS;
		int64_t a = dir == TO_SERVER ? sent : arrived, b = dir == TO_SERVER ? arrived : sent;
		pairs[i] = (struct clock_pair){
			.a_ns = a,
			.b_ns = b + offset(b),
			.a_order = i,
			.b_order = i,
			.direction = (uint8_t)dir,
			.a_ttl = 64,
			.b_ttl = 64,
		};
	}
}

static int64_t
steady(int64_t ns)
{
	(void)ns;
	return INT64_C(12345) * NS_PER_MS;
}

static int64_t
fast(int64_t ns)
{
	return 7 * NS_PER_S + ns / 5000;
}

static int64_t
set_back(int64_t ns)
{
	return ns < 20 * NS_PER_S ? 0 : -2 * NS_PER_S;
}

static void
assert_within(int64_t value, int64_t wanted, int64_t bound)
{
	assert_true(value - wanted <= bound);
	assert_true(wanted - value <= bound);
}

static void
a_steady_clock_is_found_within_its_bound(void **state)
{
	(void)state;
	tick(steady, 2);
	assert_true(compare_clock_solve(pairs, MANY, &found));
	assert_int_equal(found.doubt, CLOCK_TRUSTED);
	assert_int_equal(found.count, 1);
	assert_within(found.piece[0].offset_ns, steady(0), found.piece[0].bound_ns);
	assert_true(found.piece[0].bound_ns <= (DELAY_MS + 1) * NS_PER_MS);
	assert_within(found.rtt_ns, 2 * DELAY_MS * NS_PER_MS, NS_PER_MS);
	assert_within(compare_clock_to_a(&found, 20 * NS_PER_S + steady(0), MANY), 20 * NS_PER_S,
		      found.piece[0].bound_ns);
}

static void
a_fast_clock_is_one_line(void **state)
{
	(void)state;
	tick(fast, 2);
	assert_true(compare_clock_solve(pairs, MANY, &found));
	assert_int_equal(found.doubt, CLOCK_TRUSTED);
	assert_int_equal(found.count, 1);
	assert_within(found.piece[0].offset_ns, fast(0), found.piece[0].bound_ns);
}

static void
a_clock_that_is_set_is_two_lines(void **state)
{
	(void)state;
	tick(set_back, 2);
	assert_true(compare_clock_solve(pairs, MANY, &found));
	assert_int_equal(found.doubt, CLOCK_TRUSTED);
	assert_int_equal(found.count, 2);
	assert_within(found.piece[0].offset_ns, 0, found.piece[0].bound_ns);
	assert_within(found.piece[1].offset_ns, -2 * NS_PER_S, found.piece[1].bound_ns);
}

static void
one_way_alone_bounds_nothing(void **state)
{
	(void)state;
	tick(steady, 1);
	assert_true(compare_clock_solve(pairs, MANY, &found));
	assert_int_equal(found.doubt, CLOCK_ONE_WAY);
	assert_true(compare_clock_solve(pairs, 0, &found));
	assert_int_equal(found.doubt, CLOCK_NO_PAIRS);
}

static void
who_is_nearer_to_the_client_shows(void **state)
{
	(void)state;
	tick(steady, 2);
	for (size_t i = 0; i < MANY; i++)
		pairs[i].direction = !pairs[i].direction;
	assert_true(compare_clock_solve(pairs, MANY, &found));
	assert_int_equal(found.sense, CLOCK_SENSE_SWAPPED);
}

static void
connections_from_both_sides_are_one_clock(void **state)
{
	(void)state;
	tick(steady, 2);
	for (size_t i = 0; i < MANY; i++) {
		bool to_server = pairs[i].direction == TO_SERVER;
		pairs[i].same_packet = true;
		*(to_server ? &pairs[i].b_ttl : &pairs[i].a_ttl) = 63;
		if (i % 10 < 2) /* its client is at the far point */
			pairs[i].direction = !pairs[i].direction;
	}
	assert_true(compare_clock_solve(pairs, MANY, &found));
	assert_true(found.mixed);
	assert_int_equal(found.sense, CLOCK_SENSE_AS_GIVEN);
	assert_int_equal(found.doubt, CLOCK_TRUSTED);
	assert_within(found.piece[0].offset_ns, steady(0), found.piece[0].bound_ns);
}

/* --- flows */

static struct compare_flow flows[8];

static int
clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
		compare_flow_release(&flows[i]);
	return 0;
}

static struct flow
known(uint16_t client_port)
{
	return (struct flow){
		.number = 1,
		.client = { 0, UINT64_C(0xffff0a000001) },
		.server = { 0, UINT64_C(0xffff0a000002) },
		.client_port = client_port,
		.server_port = 80,
		.ip_version = 4,
	};
}

static struct compare_segment
segment(enum direction dir, uint8_t flags, uint32_t seq, uint32_t length, int64_t ms)
{
	static uint32_t frame;
	return (struct compare_segment){
		.ts_ns = ms * NS_PER_MS,
		.at_ns = ms * NS_PER_MS,
		.frame = ++frame,
		.seq = seq,
		.ack = flags & TCP_ACK ? 1000 : 0,
		.length = length,
		.hashed = (uint16_t)length,
		.hash = length > 0 ? seq * 7 + 1 : 0,
		.flags = flags,
		.ttl = 64,
		.direction = dir,
	};
}

static void
add(struct compare_flow *flow, uint16_t port, struct compare_segment what)
{
	const struct flow of = known(port);
	assert_true(compare_flow_add(flow, &of, &what, SEGMENTS));
}

static void
pair_up(size_t a_count, size_t b_count, bool time_known, uint32_t *ret_partner)
{
	const struct compare_flow *a[4], *b[4];
	uint32_t back[4];
	const struct pairing pairing = { .time_known = time_known, .slack_ns = NS_PER_MS };
	for (size_t i = 0; i < 4; i++) {
		a[i] = &flows[i];
		b[i] = &flows[4 + i];
	}
	assert_true(compare_pair(a, a_count, b, b_count, &pairing, ret_partner, back));
}

static void
a_nat_does_not_hide_who_is_who(void **state)
{
	uint32_t partner[4];
	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		add(&flows[i], 40000 + i, segment(TO_SERVER, TCP_SYN, 5000000U * i, 0, 0));
		add(&flows[6 - i], 1024 + i, segment(TO_SERVER, TCP_SYN, 5000000U * i, 0, 5));
	}
	pair_up(3, 3, true, partner);
	assert_int_equal(partner[0], 3);
	assert_int_equal(partner[1], 2);
	assert_int_equal(partner[2], 1);
}

static void
what_fits_equally_well_stays_apart(void **state)
{
	uint32_t partner[4];
	(void)state;
	add(&flows[0], 40000, segment(TO_SERVER, TCP_SYN, 77, 0, 0));
	add(&flows[4], 1024, segment(TO_SERVER, TCP_SYN, 77, 0, 5));
	add(&flows[5], 1025, segment(TO_SERVER, TCP_SYN, 77, 0, 5));
	pair_up(1, 2, true, partner);
	assert_int_equal(partner[0], PAIR_AMBIGUOUS);
}

static void
a_port_that_is_used_again_is_another_flow(void **state)
{
	uint32_t partner[4];
	(void)state;
	add(&flows[0], 40000, segment(TO_SERVER, TCP_SYN, 77, 0, 0));
	add(&flows[4], 40000, segment(TO_SERVER, TCP_SYN, 4000000, 0, 90000));
	pair_up(1, 1, true, partner);
	assert_int_equal(partner[0], PAIR_NONE);
}

static void
a_syn_that_arrives_at_the_third_try_is_the_same(void **state)
{
	uint32_t partner[4];
	(void)state;
	add(&flows[0], 40000, segment(TO_SERVER, TCP_SYN, 77, 0, 0));
	add(&flows[4], 40000, segment(TO_SERVER, TCP_SYN, 77, 0, 7000));
	pair_up(1, 1, true, partner);
	assert_int_equal(partner[0], 1);
}

static void
add_stamped(struct compare_flow *flow, uint16_t port, uint32_t isn, uint32_t stamp)
{
	struct compare_segment syn = segment(TO_SERVER, TCP_SYN, isn, 0, 0);
	struct compare_segment synack = segment(TO_CLIENT, TCP_SYN | TCP_ACK, 3 * isn, 0, 10);
	syn.options = synack.options = TCP_HAS_TIMESTAMP;
	syn.tsval = stamp;
	synack.tsval = 5 * stamp;
	add(flow, port, syn);
	add(flow, port, synack);
}

/* NAT and rewritten numbers in both directions: timestamps are all that is left. */
static void
timestamps_pair_what_has_nothing_else(void **state)
{
	uint32_t partner[4];
	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		add_stamped(&flows[i], 40000 + i, 1000000U * (i + 1U), 900U + 7 * i);
		add_stamped(&flows[4 + i], 2000 + i, 7654321U * (i + 1U), 900U + 7 * i);
	}
	pair_up(3, 3, true, partner);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(partner[i], i + 1);
	add_stamped(&flows[3], 40003, 99, 900);
	add_stamped(&flows[7], 2003, 98, 900);
	pair_up(4, 4, true, partner);
	assert_int_equal(partner[0], PAIR_AMBIGUOUS); /* one clock for two flows */
	assert_int_equal(partner[1], 2);
}

static void
add_request(struct compare_flow *flow, uint16_t port, uint32_t isn, uint32_t hash)
{
	struct compare_segment request = segment(TO_SERVER, TCP_ACK, isn + 1, 100, 20);
	request.hash = hash;
	add(flow, port, segment(TO_SERVER, TCP_SYN, isn, 0, 0));
	add(flow, port, request);
}

static void
payload_alone_pairs_if_there_is_more_than_one(void **state)
{
	uint32_t partner[4];
	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		add_request(&flows[i], 40000 + i, 1000000U * i + 3, 900U + i);
		add_request(&flows[4 + i], 2000 + i, 7000000U * i + 99, 900U + i);
	}
	pair_up(1, 1, false, partner);
	assert_int_equal(partner[0], PAIR_NONE);
	pair_up(4, 4, false, partner);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(partner[i], i + 1);
}

/* --- copies */

static struct compare_result result;

static void
tell(bool time_known)
{
	const struct compare_pairing pairing = {
		.flow = { &flows[0], &flows[4] },
		.time_known = time_known,
		.slack_ns = NS_PER_MS,
	};
	const struct compare_watch watch[2] = {
		{ .any = true, .from_ns = -NS_PER_S, .until_ns = 1000 * NS_PER_S },
		{ .any = true, .from_ns = -NS_PER_S, .until_ns = 1000 * NS_PER_S },
	};
	compare_result_release(&result);
	assert_true(compare_tell(&pairing, watch, &result));
}

static int
clear_result(void **state)
{
	compare_result_release(&result);
	return clear(state);
}

static void
the_copy_that_arrived_is_the_partner(void **state)
{
	static const int64_t sent_ms[] = { 0, 200, 600 };
	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		struct compare_segment copy = segment(TO_SERVER, TCP_ACK, 500, 100, sent_ms[i]);
		copy.ip_id = 10 + i;
		add(&flows[0], 40000, copy);
		if (i != 1)
			continue;
		copy.at_ns += 5 * NS_PER_MS;
		add(&flows[4], 40000, copy);
	}
	tell(true);
	assert_int_equal(result.matches.match[0][0].partner, 0);
	assert_int_equal(result.matches.match[0][1].partner, 1);
	assert_int_equal(result.told[0][0].fate, FATE_LOST);
	assert_int_equal(result.told[0][1].fate, FATE_ARRIVED);
}

static void
acknowledgements_that_overtake_each_other_arrived(void **state)
{
	struct compare_segment ack[3], data = segment(TO_SERVER, TCP_ACK, 400, 100, 0);
	(void)state;
	data.ip_id = 9; /* IP IDs survive here */
	add(&flows[0], 40000, data);
	data.at_ns += 5 * NS_PER_MS;
	add(&flows[4], 40000, data);
	for (uint16_t i = 0; i < 3; i++) {
		ack[i] = segment(TO_SERVER, TCP_ACK, 500, 0, i);
		ack[i].ip_id = 10 + i;
		add(&flows[0], 40000, ack[i]);
	}
	for (int i = 2; i >= 0; i--) {
		ack[i].at_ns = (20 - i) * NS_PER_MS;
		add(&flows[4], 40000, ack[i]);
	}
	tell(true);
	assert_int_equal(result.counts[TO_SERVER].arrived, 4);
	assert_int_equal(result.counts[TO_SERVER].lost, 0);
	assert_int_equal(result.counts[TO_SERVER].injected, 0);
}

static void
timestamps_tell_acknowledgements_apart_where_ids_do_not(void **state)
{
	struct compare_segment ack[4];
	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		ack[i] = segment(TO_SERVER, TCP_ACK, 500, 0, 10 * i);
		ack[i].options = TCP_HAS_TIMESTAMP;
		ack[i].tsval = 7000 + 10U * i;
		add(&flows[0], 40000, ack[i]);
	}
	struct compare_segment data = segment(TO_SERVER, TCP_ACK, 500, 100, 50);
	data.options = TCP_HAS_TIMESTAMP;
	data.tsval = 7050;
	add(&flows[0], 40000, data);
	for (int i = 3; i >= 0; i--) {
		if (i == 2)
			continue; /* that one is lost */
		ack[i].at_ns = (60 - i) * NS_PER_MS;
		add(&flows[4], 40000, ack[i]);
	}
	data.at_ns = 70 * NS_PER_MS;
	add(&flows[4], 40000, data);
	tell(true);
	assert_int_equal(result.counts[TO_SERVER].arrived, 4);
	assert_int_equal(result.counts[TO_SERVER].lost, 1);
	assert_int_equal(result.told[0][2].fate, FATE_LOST);
	assert_int_equal(result.counts[TO_SERVER].injected, 0);
}

/* Delays of 15 to 25 ms; the capture at the server ends at 1000 ms. */
static void
what_was_sent_when_the_other_capture_had_ended_is_not_injected(void **state)
{
	const struct compare_pairing pairing = {
		.flow = { &flows[0], &flows[4] },
		.time_known = true,
		.slack_ns = NS_PER_MS,
	};
	const struct compare_watch watch[2] = {
		{ .any = true, .from_ns = -NS_PER_S, .until_ns = 1000 * NS_PER_S },
		{ .any = true, .from_ns = -NS_PER_S, .until_ns = NS_PER_S },
	};
	(void)state;
	for (uint32_t i = 0; i < 9; i++) {
		struct compare_segment data =
			segment(TO_CLIENT, TCP_ACK, 500 + 100 * i, 100, 20 * (int64_t)i);
		add(&flows[4], 40000, data);
		data.at_ns += (15 + i * 10 / 8) * (int64_t)NS_PER_MS;
		add(&flows[0], 40000, data);
	}
	/* sent at 1002 ms, and quicker than most */
	add(&flows[0], 40000, segment(TO_CLIENT, TCP_ACK, 1500, 100, 1018));
	compare_result_release(&result);
	assert_true(compare_tell(&pairing, watch, &result));
	assert_int_equal(result.counts[TO_CLIENT].arrived, 9);
	assert_int_equal(result.counts[TO_CLIENT].injected, 0);
	assert_int_equal(result.told[0][9].fate, FATE_UNJUDGED);
}

static void
bytes_in_other_segments_arrived(void **state)
{
	(void)state;
	add(&flows[0], 40000, segment(TO_SERVER, TCP_ACK, 500, 3000, 0));
	add(&flows[4], 40000, segment(TO_SERVER, TCP_ACK, 500, 1000, 5));
	add(&flows[4], 40000, segment(TO_SERVER, TCP_ACK, 1500, 1000, 5));
	add(&flows[4], 40000, segment(TO_SERVER, TCP_ACK, 2500, 1000, 5));
	tell(true);
	assert_int_equal(result.counts[TO_SERVER].arrived, 1);
	assert_int_equal(result.counts[TO_SERVER].lost, 0);
	assert_int_equal(result.counts[TO_SERVER].injected, 0);
}

static void
a_stream_of_many_gigabytes_is_one_line(void **state)
{
	(void)state;
	/* 30 steps of 1 GB, over the wrap of the numbers and past it */
	for (uint32_t i = 0; i < 30; i++) {
		uint32_t seq = 3000000000U + 1000000000U * i;
		int64_t ms = (int64_t)i * 200;
		add(&flows[0], 40000, segment(TO_SERVER, TCP_ACK, seq, 2000, ms));
		add(&flows[4], 40000, segment(TO_SERVER, TCP_ACK, seq, 1000, ms + 5));
		add(&flows[4], 40000, segment(TO_SERVER, TCP_ACK, seq + 1000, 1000, ms + 5));
	}
	tell(true);
	assert_int_equal(result.counts[TO_SERVER].arrived, 30);
	assert_int_equal(result.counts[TO_SERVER].lost, 0);
	assert_int_equal(result.counts[TO_SERVER].injected, 0);
}

static void
alike_answers_do_not_shift_the_numbers(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		struct compare_segment answer =
			segment(TO_CLIENT, TCP_ACK, 5000 + 100 * i, 100, 10 * (int64_t)i);
		answer.hash = 42;
		if (i >= 2)
			add(&flows[4], 40000, answer);
		answer.at_ns += 5 * NS_PER_MS;
		add(&flows[0], 40000, answer);
	}
	tell(true);
	assert_int_equal(result.matches.shift[TO_CLIENT], 0);
	assert_int_equal(result.matches.pairs[TO_CLIENT], 4);
}

/* --- strays */

static void
a_stray_flow_is_known_by_two_segments(void **state)
{
	const struct compare_flow *all[] = { &flows[0], &flows[1] };
	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		add(&flows[0], 40000, segment(TO_SERVER, TCP_ACK, 1000 + 100 * i, 100, i));
		add(&flows[1], 40001, segment(TO_SERVER, TCP_ACK, 9000 + 100 * i, 100, i));
	}
	add(&flows[4], 1024, segment(TO_SERVER, TCP_ACK, 9100, 100, 9));
	struct stray_index *index = stray_index_new(all, 2);
	assert_non_null(index);
	assert_int_equal(stray_find(index, &flows[4]), -1);
	add(&flows[4], 1024, segment(TO_SERVER, TCP_ACK, 9200, 100, 9));
	assert_int_equal(stray_find(index, &flows[4]), 1);
	stray_index_free(index);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_clock_is_found_within_its_bound),
		cmocka_unit_test(a_fast_clock_is_one_line),
		cmocka_unit_test(a_clock_that_is_set_is_two_lines),
		cmocka_unit_test(one_way_alone_bounds_nothing),
		cmocka_unit_test(who_is_nearer_to_the_client_shows),
		cmocka_unit_test(connections_from_both_sides_are_one_clock),
		cmocka_unit_test_teardown(a_nat_does_not_hide_who_is_who, clear),
		cmocka_unit_test_teardown(what_fits_equally_well_stays_apart, clear),
		cmocka_unit_test_teardown(a_port_that_is_used_again_is_another_flow, clear),
		cmocka_unit_test_teardown(a_syn_that_arrives_at_the_third_try_is_the_same, clear),
		cmocka_unit_test_teardown(timestamps_pair_what_has_nothing_else, clear),
		cmocka_unit_test_teardown(payload_alone_pairs_if_there_is_more_than_one, clear),
		cmocka_unit_test_teardown(the_copy_that_arrived_is_the_partner, clear_result),
		cmocka_unit_test_teardown(acknowledgements_that_overtake_each_other_arrived,
					  clear_result),
		cmocka_unit_test_teardown(timestamps_tell_acknowledgements_apart_where_ids_do_not,
					  clear_result),
		cmocka_unit_test_teardown(
			what_was_sent_when_the_other_capture_had_ended_is_not_injected,
			clear_result),
		cmocka_unit_test_teardown(bytes_in_other_segments_arrived, clear_result),
		cmocka_unit_test_teardown(a_stream_of_many_gigabytes_is_one_line, clear_result),
		cmocka_unit_test_teardown(alike_answers_do_not_shift_the_numbers, clear_result),
		cmocka_unit_test_teardown(a_stray_flow_is_known_by_two_segments, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

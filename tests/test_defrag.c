/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments become one segment, in any order, and what never comes is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/defrag.h"
#include "tests/feed.h"

enum { LENGTH = 1220 }; /* of the IP payload: TCP header and 1200 bytes */

static struct defrag defrag;
static struct limits limits;
static uint8_t bytes[LENGTH];
static struct packet whole;
static uint64_t lost;
static uint32_t frame;

/* A segment from port 40000 to 9000, seq 7, ack 9, PSH and ACK, window 500. */
static int
begin(void **state)
{
	static const uint8_t header[20] = { 0x9c, 0x40, 0x23, 0x28, 0, 0,    0, 7, 0, 0,
					    0,	  9,	0x50, 0x18, 1, 0xf4, 0, 0, 0, 0 };

	(void)state;
	memset(&defrag, 0, sizeof(defrag));
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, header, sizeof(header));
	limits_init(&limits);
	lost = 0;
	frame = 0;
	return 0;
}

static struct packet
fragment(uint32_t left, uint32_t right, uint32_t id)
{
	frame++;
	return (struct packet){
		.kind = PACKET_FRAGMENT,
		.src = ipv4(0x0a000001),
		.dst = ipv4(0x0a000002),
		.ip_version = 4,
		.ttl = 60,
		.ts_ns = 1000 * NS_PER_S + frame * NS_PER_MS,
		.frame = frame,
		.fragment_id = id,
		.fragment_protocol = 6,
		.fragment_offset = (uint16_t)left,
		.fragment_length = (uint16_t)(right - left),
		.fragment_more = right < LENGTH,
		.payload = bytes + left,
		.payload_captured = right - left,
	};
}

static bool
add(struct packet packet)
{
	return defrag_add(&defrag, &packet, &limits, &whole, &lost);
}

static void
assert_whole(void)
{
	assert_int_equal(whole.kind, PACKET_TCP);
	assert_int_equal(whole.src_port, 40000);
	assert_int_equal(whole.dst_port, 9000);
	assert_int_equal(whole.seq, 7);
	assert_int_equal(whole.ack, 9);
	assert_int_equal(whole.flags, TCP_PSH | TCP_ACK);
	assert_int_equal(whole.payload_length, 1200);
	assert_int_equal(whole.ttl, 60);
	assert_true(whole.defects & DEFECT_REASSEMBLED);
	assert_int_equal(lost, 0);
}

static void
two_pieces_in_order(void **state)
{
	(void)state;
	assert_false(add(fragment(0, 600, 1)));
	assert_true(add(fragment(600, LENGTH, 1)));
	assert_whole();
	assert_int_equal(whole.frame, 2); /* the one that completed it */
	assert_int_equal(whole.payload_captured, DEFRAG_HEAD - 20);
}

static void
any_order_of_three_pieces(void **state)
{
	static const uint32_t cuts[] = { 0, 400, 800, LENGTH };
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					 { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		begin(state);
		for (int j = 0; j < 3; j++) {
			int piece = orders[i][j];
			assert_int_equal(add(fragment(cuts[piece], cuts[piece + 1], 1)), j == 2);
		}
		assert_whole();
	}
}

/* The TCP header itself may be cut, and older systems send the last piece first. */
static void
a_header_in_pieces_in_any_order(void **state)
{
	begin(state);
	assert_false(add(fragment(0, 8, 1)));
	assert_false(add(fragment(8, 24, 1)));
	assert_true(add(fragment(24, LENGTH, 1)));
	assert_whole();
	begin(state);
	assert_false(add(fragment(24, LENGTH, 1)));
	assert_false(add(fragment(8, 24, 1)));
	assert_true(add(fragment(0, 8, 1)));
	assert_whole();
}

static void
overlapping_and_repeated_pieces_do_no_harm(void **state)
{
	(void)state;
	assert_false(add(fragment(0, 600, 1)));
	assert_false(add(fragment(0, 600, 1)));
	assert_false(add(fragment(400, 800, 1)));
	assert_false(add(fragment(1000, LENGTH, 1)));
	assert_true(add(fragment(640, 1100, 1)));
	assert_whole();
}

static void
pieces_of_other_packets_are_kept_apart(void **state)
{
	struct packet other;

	(void)state;
	assert_false(add(fragment(0, 600, 1)));
	assert_false(add(fragment(600, LENGTH, 2)));
	other = fragment(600, LENGTH, 1);
	other.src = ipv4(0x0a000009);
	assert_false(add(other));
	other = fragment(600, LENGTH, 1);
	other.fragment_protocol = 17;
	assert_false(add(other));
	other = fragment(600, LENGTH, 1);
	other.context = 5;
	assert_false(add(other));
	assert_true(add(fragment(600, LENGTH, 1)));
	assert_whole();
}

static void
after_its_time_a_packet_is_given_up(void **state)
{
	struct packet late;

	(void)state;
	assert_false(add(fragment(0, 600, 1)));
	late = fragment(600, LENGTH, 1);
	late.ts_ns += limits.fragment_ns;
	assert_false(add(late));
	assert_int_equal(lost, 1);
}

static void
the_oldest_gives_way_when_there_are_too_many(void **state)
{
	(void)state;
	for (uint32_t id = 0; id <= DEFRAG_SLOTS; id++)
		assert_false(add(fragment(0, 600, id)));
	assert_int_equal(lost, 1);
	assert_true(add(fragment(600, LENGTH, DEFRAG_SLOTS)));
	assert_false(add(fragment(600, LENGTH, 0))); /* its first half is gone */
}

static void
too_many_pieces_are_given_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= DEFRAG_RANGES; i++)
		assert_false(add(fragment(16 * i, 16 * i + 8, 1)));
	assert_int_equal(lost, 1);
}

static void
at_the_end_the_first_piece_speaks_for_the_packet(void **state)
{
	struct packet packet;

	(void)state;
	assert_false(add(fragment(0, 600, 1)));
	assert_false(add(fragment(600, LENGTH, 2)));
	assert_true(defrag_give_up(&defrag, 0, &packet, &lost));
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.seq, 7);
	assert_true(packet.defects & DEFECT_FIRST_FRAGMENT);
	assert_int_equal(packet.frame, 1);
	assert_false(defrag_give_up(&defrag, 1, &packet, &lost));
	assert_false(defrag_give_up(&defrag, 2, &packet, &lost));
	assert_int_equal(lost, 2);
	assert_false(defrag_give_up(&defrag, 0, &packet, &lost));
	assert_int_equal(lost, 2);
}

static void
a_snapshot_that_cut_the_pieces_is_read_as_far_as_it_goes(void **state)
{
	struct packet first, last;

	(void)state;
	first = fragment(0, 600, 1);
	first.payload_captured = 40;
	last = fragment(600, LENGTH, 1);
	last.payload_captured = 0;
	last.payload = NULL;
	assert_false(add(first));
	assert_true(add(last));
	assert_whole();
	assert_int_equal(whole.payload_captured, 20);
}

static void
the_tracker_counts_fragments_and_what_they_made(void **state)
{
	struct watch watch;
	struct packet pieces[3];

	(void)state;
	watch_init(&watch);
	watch_start(&watch);
	pieces[0] = fragment(0, 600, 1);
	pieces[1] = fragment(600, LENGTH, 1);
	pieces[2] = fragment(600, LENGTH, 2);
	tracker_feed(watch.tracker, pieces, 3);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_true(watch.ended[0].flow.reassembled);
	const struct tracker_stats *stats = tracker_stats(watch.tracker);
	assert_int_equal(stats->fragments, 3);
	assert_int_equal(stats->reassembled, 1);
	assert_int_equal(stats->fragments_incomplete, 1);
	assert_int_equal(stats->segments, 1);
	watch_release(&watch);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(two_pieces_in_order, begin),
		cmocka_unit_test_setup(any_order_of_three_pieces, begin),
		cmocka_unit_test_setup(a_header_in_pieces_in_any_order, begin),
		cmocka_unit_test_setup(overlapping_and_repeated_pieces_do_no_harm, begin),
		cmocka_unit_test_setup(pieces_of_other_packets_are_kept_apart, begin),
		cmocka_unit_test_setup(after_its_time_a_packet_is_given_up, begin),
		cmocka_unit_test_setup(the_oldest_gives_way_when_there_are_too_many, begin),
		cmocka_unit_test_setup(too_many_pieces_are_given_up, begin),
		cmocka_unit_test_setup(at_the_end_the_first_piece_speaks_for_the_packet, begin),
		cmocka_unit_test_setup(a_snapshot_that_cut_the_pieces_is_read_as_far_as_it_goes,
				       begin),
		cmocka_unit_test_setup(the_tracker_counts_fragments_and_what_they_made, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

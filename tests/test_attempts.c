/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed SYNs come out as they went in, are found by both directions, and leave in the order of age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/attempts.h"
#include "analyzer/flowtab.h"
#include "tests/padding.h"

static const uint64_t key[2] = { UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) };

static struct packet
syn_of(uint32_t client, uint16_t port, unsigned ip_version)
{
	const bool wide = ip_version == 6;
	return (struct packet){
		.src = { wide ? UINT64_C(0x20010db8deadbeef) : 0,
			 wide ? UINT64_C(0x1234567800000000) + client
			      : UINT64_C(0xffff00000000) + client },
		.dst = { wide ? UINT64_C(0x20010db800000001) : 0,
			 wide ? 1 : UINT64_C(0xffff0a000001) },
		.context = packet_context_make((const uint16_t[]){ 7 }, 1, TUNNEL_NONE, 0),
		.src_port = port,
		.dst_port = 443,
		.seq = client * 3 + port,
		.window = 64240,
		.options = TCP_HAS_MSS | TCP_HAS_WSCALE | TCP_HAS_TIMESTAMP,
		.kind = PACKET_TCP,
		.flags = TCP_SYN | TCP_ECE | TCP_CWR,
		.checksum = CHECKSUM_GOOD,
		.ip_version = (uint8_t)ip_version,
		.ts_ns = INT64_C(1700000000123456789) + client,
		.frame = client + 1,
		.tsval = 0xcafe0000 + port,
		.source = 3,
		.interface = 2,
		.ip_id = port,
		.mss = 1460,
		.direction = 2,
		.ttl = 63,
		.tos = 0x48,
		.wscale = 255,
		.has_ip_id = !wide,
		.link_source = UINT64_C(0x020000000000) + client % 3,
	};
}

static uint32_t
hash_of(const struct packet *packet)
{
	return flowtab_hash_endpoints(key, packet->src, packet->src_port, packet->dst,
				      packet->dst_port);
}

static attempt_id
find(const struct attempts *attempts, const struct packet *packet, bool back)
{
	return back ? attempts_find(attempts, hash_of(packet), packet->dst, packet->dst_port,
				    packet->src, packet->src_port)
		    : attempts_find(attempts, hash_of(packet), packet->src, packet->src_port,
				    packet->dst, packet->dst_port);
}

static void
clear_padding(struct packet *packet)
{
	PADDING_CLEAR(struct packet, packet, dont_fragment, ifindex);
	PADDING_CLEAR(struct packet, packet, fragment_protocol, fragment_offset);
	PADDING_CLEAR(struct packet, packet, fragment_length, fragment_id);
	PADDING_CLEAR_END(struct packet, packet, fragment_id);
}

static void
a_syn_comes_out_as_it_went_in(void **state)
{
	struct attempts *attempts = attempts_new(10, 0, key);

	(void)state;
	for (unsigned version = 4; version <= 6; version += 2) {
		struct packet in = syn_of(5, 40000, version), out;
		uint32_t number;
		assert_true(attempts_can_take(&in));
		attempt_id id = attempts_take(attempts, &in, hash_of(&in), 77 + version);
		assert_int_not_equal(id, 0);
		attempts_unpack(attempts, id, &out, &number);
		assert_int_equal(number, 77 + version);
		clear_padding(&in);
		clear_padding(&out);
		assert_memory_equal(&in, &out, sizeof(in));
		assert_true(attempts_time(attempts, id) == in.ts_ns);
		assert_int_equal(attempts_number(attempts, id), number);
	}
	attempts_free(attempts);
}

static void
what_cannot_be_packed_without_loss_is_refused(void **state)
{
	struct packet packets[] = { syn_of(1, 1, 4), syn_of(1, 1, 4), syn_of(1, 1, 4),
				    syn_of(1, 1, 4), syn_of(1, 1, 4) };

	(void)state;
	packets[0].flags |= TCP_ACK;
	packets[1].payload_length = 1;
	packets[2].options |= TCP_HAS_FAST_OPEN;
	packets[3].defects = DEFECT_OPTIONS_CUT;
	packets[4].flags |= TCP_FIN;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		assert_false(attempts_can_take(&packets[i]));
}

static void
many_are_found_both_ways_and_leave_by_age(void **state)
{
	enum { MANY = 100000 };
	struct attempts *attempts = attempts_new(MANY, 0, key);

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		struct packet packet = syn_of(i, (uint16_t)(i * 7), i % 5 == 0 ? 6 : 4);
		assert_int_equal(find(attempts, &packet, false), 0);
		assert_int_not_equal(
			attempts_take(attempts, &packet, hash_of(&packet), i + 1), 0);
	}
	struct packet more = syn_of(MANY, 1, 4);
	assert_int_equal(attempts_take(attempts, &more, hash_of(&more), 1), 0);
	assert_int_equal(attempts_count(attempts), MANY);
	/* every third goes, from the middle of the list */
	for (uint32_t i = 0; i < MANY; i += 3) {
		struct packet packet = syn_of(i, (uint16_t)(i * 7), i % 5 == 0 ? 6 : 4);
		attempts_drop(attempts, find(attempts, &packet, true));
		assert_int_equal(find(attempts, &packet, false), 0);
	}
	attempt_id id = attempts_oldest(attempts);
	for (uint32_t i = 0; i < MANY; i++) {
		struct packet packet = syn_of(i, (uint16_t)(i * 7), i % 5 == 0 ? 6 : 4);
		if (i % 3 == 0)
			continue;
		assert_int_equal(find(attempts, &packet, false), id);
		assert_int_equal(find(attempts, &packet, true), id);
		assert_int_equal(attempts_number(attempts, id), i + 1);
		id = attempts_next(attempts, id);
	}
	assert_int_equal(id, 0);
	while (attempts_oldest(attempts) != 0)
		attempts_drop(attempts, attempts_oldest(attempts));
	assert_int_equal(attempts_count(attempts), 0);
	struct packet again = syn_of(1, 1, 6);
	id = attempts_take(attempts, &again, hash_of(&again), 9);
	assert_int_equal(attempts_oldest(attempts), id);
	assert_int_equal(attempts_next(attempts, id), 0);
	attempts_free(attempts);
}

static void
from_too_many_places_they_are_refused(void **state)
{
	struct attempts *attempts = attempts_new(100000, 0, key);
	unsigned refused = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct packet packet = syn_of(i, 1, 4);
		packet.link_source = i;
		refused += attempts_take(attempts, &packet, hash_of(&packet), i + 1) == 0;
	}
	assert_true(refused > 10000);
	for (attempt_id id = attempts_oldest(attempts); id != 0; id = attempts_next(attempts, id)) {
		struct packet out;
		uint32_t number;
		attempts_unpack(attempts, id, &out, &number);
		assert_true(out.link_source == number - 1);
	}
	attempts_free(attempts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_comes_out_as_it_went_in),
		cmocka_unit_test(what_cannot_be_packed_without_loss_is_refused),
		cmocka_unit_test(many_are_found_both_ways_and_leave_by_age),
		cmocka_unit_test(from_too_many_places_they_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

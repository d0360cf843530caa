/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow table: pool, hash, lists and details. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/flowtab.h"
#include "tests/feed.h"

static const uint64_t key[2] = { UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) };
static const uint64_t other_key[2] = { 7, 9 };

static struct flowtab *
table_of(uint32_t capacity)
{
	struct flowtab *table = flowtab_new(capacity, 0, key);
	assert_non_null(table);
	return table;
}

/* Whether the walk over a hash meets the flow. */
static bool
finds(const struct flowtab *table, uint32_t hash, flow_id wanted)
{
	for (flow_id id = flowtab_first(table, hash); id != 0;
	     id = flowtab_at(table, id)->hash_next)
		if (id == wanted)
			return true;
	return false;
}

static void
what_is_added_is_found_under_its_hash(void **state)
{
	struct flowtab *table = table_of(10);

	(void)state;
	assert_int_equal(flowtab_first(table, 77), 0);
	flow_id one = flowtab_add(table, 77, LIST_ATTEMPT);
	flow_id two = flowtab_add(table, 77, LIST_OPEN);
	flow_id three = flowtab_add(table, 78, LIST_OPEN);
	assert_true(one != 0 && two != 0 && three != 0);
	assert_true(finds(table, 77, one));
	assert_true(finds(table, 77, two));
	assert_false(finds(table, 78, two));
	assert_int_equal(flowtab_first(table, 77), two); /* newest first */
	assert_int_equal(flowtab_count(table), 3);
	assert_int_equal(flowtab_at(table, one)->hash, 77);
	assert_int_equal(flowtab_at(table, one)->list, LIST_ATTEMPT);
	flowtab_free(table);
}

static void
the_pool_ends_at_its_capacity(void **state)
{
	struct flowtab *table = table_of(3);

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_not_equal(flowtab_add(table, i, LIST_OPEN), 0);
	assert_int_equal(flowtab_add(table, 3, LIST_OPEN), 0);
	flowtab_release(table, flowtab_first(table, 1));
	assert_int_not_equal(flowtab_add(table, 3, LIST_OPEN), 0);
	assert_int_equal(flowtab_add(table, 4, LIST_OPEN), 0);
	assert_int_equal(flowtab_count(table), 3);
	flowtab_free(table);
}

static void
a_slot_that_is_used_again_is_empty(void **state)
{
	struct flowtab *table = table_of(1);
	static const struct flow empty;

	(void)state;
	flow_id id = flowtab_add(table, 5, LIST_OPEN);
	memset(flowtab_at(table, id)->half, 0xff, sizeof(flowtab_at(table, id)->half));
	flowtab_at(table, id)->previous = 9;
	flowtab_release(table, id);
	id = flowtab_add(table, 6, LIST_OPEN);
	assert_memory_equal(flowtab_at(table, id)->half, empty.half, sizeof(empty.half));
	assert_int_equal(flowtab_at(table, id)->previous, 0);
	assert_int_equal(flowtab_first(table, 5), 0);
	flowtab_free(table);
}

static void
a_hidden_flow_is_held_but_not_found(void **state)
{
	struct flowtab *table = table_of(4);

	(void)state;
	flow_id old = flowtab_add(table, 5, LIST_OPEN);
	flow_id new = flowtab_add(table, 5, LIST_OPEN);
	flowtab_hide(table, old);
	flowtab_move(table, old, LIST_SUPERSEDED);
	assert_false(finds(table, 5, old));
	assert_true(finds(table, 5, new));
	assert_int_equal(flowtab_oldest(table, LIST_SUPERSEDED), old);
	assert_int_equal(flowtab_count(table), 2);
	flowtab_release(table, old);
	assert_true(finds(table, 5, new));
	assert_int_equal(flowtab_oldest(table, LIST_SUPERSEDED), 0);
	assert_int_equal(flowtab_count(table), 1);
	flowtab_free(table);
}

static void
any_of_a_chain_can_be_released(void **state)
{
	(void)state;
	for (int gone = 0; gone < 3; gone++) {
		struct flowtab *table = table_of(3);
		flow_id ids[3];
		for (int i = 0; i < 3; i++)
			ids[i] = flowtab_add(table, 42, LIST_OPEN);
		flowtab_release(table, ids[gone]);
		for (int i = 0; i < 3; i++)
			assert_int_equal(finds(table, 42, ids[i]), i != gone);
		flowtab_free(table);
	}
}

static void
assert_list(struct flowtab *table, enum flow_list list, const flow_id *ids, size_t count)
{
	flow_id id = flowtab_oldest(table, list), before = 0;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(id, ids[i]);
		assert_int_equal(flowtab_at(table, id)->list_previous, before);
		before = id;
		id = flowtab_at(table, id)->list_next;
	}
	assert_int_equal(id, 0);
}

static void
lists_are_in_the_order_of_arrival(void **state)
{
	struct flowtab *table = table_of(4);
	flow_id ids[4];

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		ids[i] = flowtab_add(table, i, LIST_OPEN);
	assert_list(table, LIST_OPEN, ids, 4);
	flowtab_move(table, ids[0], LIST_OPEN); /* to the end of its own list */
	assert_list(table, LIST_OPEN, (flow_id[]){ ids[1], ids[2], ids[3], ids[0] }, 4);
	flowtab_move(table, ids[2], LIST_CLOSED);
	flowtab_move(table, ids[1], LIST_CLOSED);
	assert_list(table, LIST_OPEN, (flow_id[]){ ids[3], ids[0] }, 2);
	assert_list(table, LIST_CLOSED, (flow_id[]){ ids[2], ids[1] }, 2);
	flowtab_release(table, ids[0]);
	flowtab_release(table, ids[2]);
	assert_list(table, LIST_OPEN, &ids[3], 1);
	assert_list(table, LIST_CLOSED, &ids[1], 1);
	flowtab_release(table, ids[3]);
	assert_list(table, LIST_OPEN, NULL, 0);
	ids[2] = flowtab_add(table, 2, LIST_CLOSED);
	ids[3] = flowtab_add(table, 3, LIST_CLOSED);
	flowtab_release(table, ids[3]); /* the newest one */
	ids[3] = flowtab_add(table, 3, LIST_CLOSED);
	assert_list(table, LIST_CLOSED, &ids[1], 3);
	flowtab_free(table);
}

/* The table grows by one bucket per flow; nothing may get lost on the way. */
static void
a_hundred_thousand_flows_are_all_found(void **state)
{
	enum { MANY = 100000 };
	struct flowtab *table = table_of(MANY);

	(void)state;
	for (uint32_t i = 1; i <= MANY; i++) {
		uint32_t hash = i * UINT32_C(2654435761);
		flow_id id = flowtab_add(table, hash, LIST_OPEN);
		assert_int_not_equal(id, 0);
		flowtab_at(table, id)->number = i;
		/* one of those before, somewhere in the middle of its split */
		uint32_t probe = i / 2 + 1 <= i ? i / 2 + 1 : i;
		assert_true(finds(table, probe * UINT32_C(2654435761), probe));
	}
	assert_int_equal(flowtab_count(table), MANY);
	size_t longest = 0;
	for (uint32_t i = 1; i <= MANY; i++) {
		uint32_t hash = i * UINT32_C(2654435761);
		size_t length = 0;
		flow_id found = 0;
		for (flow_id id = flowtab_first(table, hash); id != 0; length++) {
			const struct flow *flow = flowtab_at(table, id);
			if (flow->hash == hash)
				found = id;
			id = flow->hash_next;
		}
		assert_int_not_equal(found, 0);
		assert_int_equal(flowtab_at(table, found)->number, i);
		longest = length > longest ? length : longest;
	}
	assert_true(longest < 32);
	for (uint32_t i = 1; i <= MANY; i += 2)
		flowtab_release(table, i);
	for (uint32_t i = 1; i <= MANY; i++) {
		uint32_t hash = i * UINT32_C(2654435761);
		assert_int_equal(finds(table, hash, i), i % 2 == 0);
		/* nor does any chain lead to what was released */
		flow_id id = flowtab_first(table, hash);
		for (; id != 0; id = flowtab_at(table, id)->hash_next)
			assert_int_equal(flowtab_at(table, id)->number % 2, 0);
	}
	flowtab_free(table);
}

static struct packet
between(struct ip_addr src, uint16_t src_port, struct ip_addr dst, uint16_t dst_port)
{
	return (struct packet){
		.kind = PACKET_TCP,
		.src = src,
		.dst = dst,
		.src_port = src_port,
		.dst_port = dst_port,
	};
}

static void
both_directions_have_one_hash(void **state)
{
	static const struct ip_addr v6[] = {
		{ UINT64_C(0x20010db800000000), 1 },
		{ UINT64_C(0x20010db800000001), 1 },
	};
	struct flowtab *table = table_of(1);

	(void)state;
	for (uint16_t port = 1; port < 1000; port++) {
		struct packet there = between(ipv4(1), port, ipv4(2), 80);
		struct packet back = between(ipv4(2), 80, ipv4(1), port);
		assert_int_equal(flowtab_hash(table, &there), flowtab_hash(table, &back));
		there = between(v6[0], port, v6[1], 80);
		back = between(v6[1], 80, v6[0], port);
		assert_int_equal(flowtab_hash(table, &there), flowtab_hash(table, &back));
	}
	flowtab_free(table);
}

static void
ports_belong_to_their_addresses(void **state)
{
	struct flowtab *table = table_of(1);
	struct packet one = between(ipv4(1), 1000, ipv4(2), 80);
	struct packet two = between(ipv4(1), 80, ipv4(2), 1000);

	(void)state;
	assert_int_not_equal(flowtab_hash(table, &one), flowtab_hash(table, &two));
	flowtab_free(table);
}

static void
every_part_of_an_endpoint_counts(void **state)
{
	struct flowtab *table = table_of(1);
	struct packet base = between((struct ip_addr){ 1, 1 }, 1, (struct ip_addr){ 1, 2 }, 2);
	uint32_t hash = flowtab_hash(table, &base);

	(void)state;
	for (int bit = 0; bit < 64; bit++) {
		struct packet other = base;
		other.src.lo ^= UINT64_C(1) << bit;
		assert_int_not_equal(flowtab_hash(table, &other), hash);
		other = base;
		other.dst.hi ^= UINT64_C(1) << bit;
		assert_int_not_equal(flowtab_hash(table, &other), hash);
		if (bit >= 16)
			continue;
		other = base;
		other.dst_port ^= (uint16_t)(1U << bit);
		assert_int_not_equal(flowtab_hash(table, &other), hash);
	}
	flowtab_free(table);
}

static void
the_hash_depends_on_the_key(void **state)
{
	struct flowtab *one = table_of(1), *two = flowtab_new(1, 0, other_key);
	unsigned equal = 0;

	(void)state;
	assert_non_null(two);
	for (uint16_t port = 1; port <= 1000; port++) {
		struct packet packet = between(ipv4(1), port, ipv4(2), 80);
		equal += flowtab_hash(one, &packet) == flowtab_hash(two, &packet);
	}
	assert_true(equal < 3);
	flowtab_free(one);
	flowtab_free(two);
}

/* Ports in a row must not fall into few buckets. */
static void
the_hash_spreads_neighbours(void **state)
{
	struct flowtab *table = table_of(1);
	static uint8_t hits[1024];
	unsigned most = 0, empty = 0;

	(void)state;
	memset(hits, 0, sizeof(hits));
	for (uint16_t port = 0; port < 8192; port++) {
		struct packet packet = between(ipv4(1), port, ipv4(2), 80);
		hits[flowtab_hash(table, &packet) & 1023]++;
	}
	for (size_t i = 0; i < sizeof(hits); i++) {
		most = hits[i] > most ? hits[i] : most;
		empty += hits[i] == 0;
	}
	assert_true(most < 32); /* 8 on average */
	assert_true(empty < 16);
	flowtab_free(table);
}

static void
an_icmp_error_has_the_hash_of_what_it_quotes(void **state)
{
	struct flowtab *table = table_of(1);
	struct packet segment = between(ipv4(1), 1000, ipv4(2), 80), icmp = segment;

	(void)state;
	icmp.kind = PACKET_ICMP_ERROR;
	icmp.src = ipv4(3);
	icmp.dst = ipv4(1);
	icmp.quoted_src = ipv4(1);
	icmp.quoted_dst = ipv4(2);
	assert_int_equal(flowtab_hash(table, &icmp), flowtab_hash(table, &segment));
	flowtab_free(table);
}

static void
details_are_empty_and_used_again(void **state)
{
	enum { FLOWS = 200 };
	struct flowtab *table = table_of(FLOWS);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < FLOWS; i++) {
			struct flow *flow = flowtab_at(table, flowtab_add(table, i, LIST_OPEN));
			struct detail *detail = flowtab_detail(table, flow);
			assert_non_null(detail);
			assert_ptr_equal(flowtab_detail(table, flow), detail);
			assert_int_equal(detail->rst_seen, 0);
			assert_int_equal(detail->hole_count[1], 0);
			detail->rst_seen = (uint16_t)(i + 1);
			detail->hole_count[1] = 1;
		}
		for (uint32_t i = 0; i < FLOWS; i++) {
			flow_id id = flowtab_first(table, i);
			struct flow *flow = flowtab_at(table, id);
			assert_int_equal(flow->detail->rst_seen, i + 1);
			flowtab_detail_release(table, flow);
			flowtab_detail_release(table, flow); /* having none is no error */
			assert_null(flow->detail);
			flowtab_release(table, id);
		}
	}
	flowtab_free(table);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_found_under_its_hash),
		cmocka_unit_test(the_pool_ends_at_its_capacity),
		cmocka_unit_test(a_slot_that_is_used_again_is_empty),
		cmocka_unit_test(a_hidden_flow_is_held_but_not_found),
		cmocka_unit_test(any_of_a_chain_can_be_released),
		cmocka_unit_test(lists_are_in_the_order_of_arrival),
		cmocka_unit_test(a_hundred_thousand_flows_are_all_found),
		cmocka_unit_test(both_directions_have_one_hash),
		cmocka_unit_test(ports_belong_to_their_addresses),
		cmocka_unit_test(every_part_of_an_endpoint_counts),
		cmocka_unit_test(the_hash_depends_on_the_key),
		cmocka_unit_test(the_hash_spreads_neighbours),
		cmocka_unit_test(an_icmp_error_has_the_hash_of_what_it_quotes),
		cmocka_unit_test(details_are_empty_and_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

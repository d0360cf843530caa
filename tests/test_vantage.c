/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a capture was taken, as one flow tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/feed.h"

/* A flow of which nothing is known, and what is concluded from it. */
struct place {
	struct flow flow;
	uint8_t host_ttl[2]; /* from other flows */
	struct verdict verdict;
};

static struct place
nowhere(void)
{
	return (struct place){
		.flow = {
			.client = ipv4(0x0a000001),
			.server = ipv4(0x0a000002),
			.ip_version = 4,
			.handshake_rtt_us = UINT32_MAX,
			.client_rtt_us = UINT32_MAX,
			.server_rtt_us = UINT32_MAX,
		},
	};
}

static void
assert_place(struct place *place, enum vantage vantage, unsigned reasons)
{
	verdict_infer_vantage(&place->flow, place->host_ttl, &place->verdict);
	assert_int_equal(place->verdict.vantage, vantage);
	assert_int_equal(place->verdict.vantage_reasons, reasons);
}

static struct place
with_ttls(uint8_t client, uint8_t server)
{
	struct place place = nowhere();
	place.flow.half[TO_SERVER].ttl_syn = client;
	place.flow.half[TO_CLIENT].ttl_syn = server;
	return place;
}

static struct place
with_rtts(uint32_t client_us, uint32_t server_us)
{
	struct place place = nowhere();
	place.flow.client_rtt_us = client_us;
	place.flow.server_rtt_us = server_us;
	place.flow.handshake_rtt_us = client_us + server_us;
	return place;
}

static void
without_any_sign_it_is_unknown(void **state)
{
	struct place place = nowhere();

	(void)state;
	assert_place(&place, VANTAGE_UNKNOWN, 0);
}

static void
what_the_capture_says_of_directions_comes_first(void **state)
{
	struct place place = with_ttls(60, 64);

	(void)state;
	place.flow.half[TO_SERVER].outbound = true;
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_DIRECTION);
	place.flow.half[TO_SERVER].outbound = false;
	place.flow.half[TO_CLIENT].outbound = true;
	assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_DIRECTION);
}

/* Between the network namespaces of a host checksums are not filled in, and cards join segments. */
static void
the_looks_of_what_only_arrives_prove_nothing(void **state)
{
	struct place place = nowhere();

	(void)state;
	place.flow.half[TO_SERVER].inbound = true;
	place.flow.half[TO_SERVER].checksums = 1U << CHECKSUM_PARTIAL;
	place.flow.half[TO_SERVER].over_mss = true;
	assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_DIRECTION);
	place.flow.half[TO_CLIENT].outbound = true;
	place.flow.half[TO_CLIENT].checksums = 1U << CHECKSUM_PARTIAL;
	assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_DIRECTION | VANTAGE_BY_CHECKSUM);
}

static void
both_directions_going_out_is_a_router(void **state)
{
	struct place place = nowhere();

	(void)state;
	place.flow.half[TO_SERVER].outbound = true;
	place.flow.half[TO_CLIENT].outbound = true;
	assert_place(&place, VANTAGE_BETWEEN, VANTAGE_BY_DIRECTION);
}

static void
unfinished_checksums_are_of_this_host(void **state)
{
	struct place place = nowhere();

	(void)state;
	place.flow.half[TO_CLIENT].checksums = 1U << CHECKSUM_PARTIAL;
	assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_CHECKSUM);
	place.flow.half[TO_CLIENT].checksums = 1U << CHECKSUM_BAD | 1U << CHECKSUM_GOOD;
	assert_place(&place, VANTAGE_UNKNOWN, 0);
}

static void
segments_beyond_the_mss_are_of_this_host(void **state)
{
	struct place place = nowhere();

	(void)state;
	place.flow.half[TO_SERVER].over_mss = true;
	place.flow.half[TO_SERVER].outbound = true;
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_OVERSIZE | VANTAGE_BY_DIRECTION);
}

static void
an_untouched_ttl_is_near_if_the_other_is_not(void **state)
{
	static const uint8_t untouched[] = { 32, 64, 128, 255 };

	(void)state;
	for (size_t i = 0; i < sizeof(untouched); i++) {
		struct place place = with_ttls(untouched[i], 51);
		assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_TTL);
		place = with_ttls(51, untouched[i]);
		assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_TTL);
		place = with_ttls(untouched[i], 64);
		assert_place(&place, VANTAGE_UNKNOWN, 0);
		place = with_ttls(untouched[i], 0);
		assert_place(&place, VANTAGE_UNKNOWN, 0);
	}
}

static void
two_touched_ttls_are_in_between(void **state)
{
	struct place place = with_ttls(63, 51);

	(void)state;
	assert_place(&place, VANTAGE_BETWEEN, VANTAGE_BY_TTL);
}

static void
without_a_syn_the_ttl_of_later_segments_counts(void **state)
{
	struct place place = nowhere();

	(void)state;
	place.flow.half[TO_SERVER].ttl = 57;
	place.flow.half[TO_CLIENT].ttl = 64;
	assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_TTL);
}

static void
other_flows_stand_in_for_a_silent_side(void **state)
{
	struct place place = with_ttls(64, 0);

	(void)state;
	place.host_ttl[TO_CLIENT] = 51;
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_TTL);
	place = with_ttls(64, 64);
	place.host_ttl[TO_CLIENT] = 51; /* what the flow itself shows goes first */
	assert_place(&place, VANTAGE_UNKNOWN, 0);
}

static void
the_delay_is_on_the_far_side(void **state)
{
	struct place place = with_rtts(100, 20000);

	(void)state;
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_RTT);
	place = with_rtts(20000, 100);
	assert_place(&place, VANTAGE_SERVER, VANTAGE_BY_RTT);
	place = with_rtts(10000, 10000);
	assert_place(&place, VANTAGE_UNKNOWN, 0);
	place = with_rtts(50, 950); /* exactly 5 percent is not below 5 percent */
	assert_place(&place, VANTAGE_UNKNOWN, 0);
	place = with_rtts(49, 951);
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_RTT);
}

static void
short_delays_say_nothing(void **state)
{
	struct place place = with_rtts(1, 498);

	(void)state;
	assert_place(&place, VANTAGE_UNKNOWN, 0);
	place = with_rtts(1, 499);
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_RTT);
}

static void
the_delay_tells_more_than_two_touched_ttls(void **state)
{
	struct place place = with_rtts(100, 20000);

	(void)state;
	place.flow.half[TO_SERVER].ttl_syn = 63;
	place.flow.half[TO_CLIENT].ttl_syn = 51;
	assert_place(&place, VANTAGE_CLIENT, VANTAGE_BY_RTT);
}

static void
loopback_is_both_sides(void **state)
{
	struct place place = nowhere();

	(void)state;
	place.flow.server = place.flow.client;
	assert_place(&place, VANTAGE_BOTH, VANTAGE_BY_LOOPBACK);
	place = nowhere();
	place.flow.client = ipv4(0x7f000001);
	place.flow.server = ipv4(0x7f000101);
	place.flow.half[TO_SERVER].outbound = true;
	assert_place(&place, VANTAGE_BOTH, VANTAGE_BY_LOOPBACK);
}

static void
a_played_handshake_is_measured(void **state)
{
	struct scene scene;
	struct verdict verdict = { 0 };
	static const uint8_t host_ttl[2];

	(void)state;
	scene_init(&scene);
	scene_play(&scene, "> S 0(0)", "+30 < S. 0(0) ack 1", "+0.2 > . 1(0) ack 1", NULL);
	verdict_infer_vantage(scene.flow, host_ttl, &verdict);
	assert_int_equal(scene.flow->server_rtt_us, 30000);
	assert_int_equal(scene.flow->client_rtt_us, 200);
	assert_int_equal(verdict.vantage, VANTAGE_CLIENT);
	scene_release(&scene);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_any_sign_it_is_unknown),
		cmocka_unit_test(what_the_capture_says_of_directions_comes_first),
		cmocka_unit_test(the_looks_of_what_only_arrives_prove_nothing),
		cmocka_unit_test(both_directions_going_out_is_a_router),
		cmocka_unit_test(unfinished_checksums_are_of_this_host),
		cmocka_unit_test(segments_beyond_the_mss_are_of_this_host),
		cmocka_unit_test(an_untouched_ttl_is_near_if_the_other_is_not),
		cmocka_unit_test(two_touched_ttls_are_in_between),
		cmocka_unit_test(without_a_syn_the_ttl_of_later_segments_counts),
		cmocka_unit_test(other_flows_stand_in_for_a_silent_side),
		cmocka_unit_test(the_delay_is_on_the_far_side),
		cmocka_unit_test(short_delays_say_nothing),
		cmocka_unit_test(the_delay_tells_more_than_two_touched_ttls),
		cmocka_unit_test(loopback_is_both_sides),
		cmocka_unit_test(a_played_handshake_is_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

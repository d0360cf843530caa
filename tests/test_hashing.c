/* SPDX-License-Identifier: BSD-2-Clause */
/* Nobody who does not know the key can choose endpoints that fall into one bucket of the flow table: what
 * collides under one key is spread by the next, and so are all regular patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/flowtab.h"

enum {
	BUCKETS = 1 << 12,
	COLLIDERS = 1024,  /* flows of an attacker who knows a key */
	PATTERN = BUCKETS, /* flows of a pattern: one a bucket on average */
	KEYS = 50,
	/* The fullest of 4096 buckets of a fair table with as many flows has 8 or 9, once in 10^5 such
	 * tables 12. */
	FULLEST = 13,
};

struct ends {
	struct ip_addr client, server;
	uint16_t client_port, server_port;
};

static uint64_t
draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned
bucket_of(const uint64_t key[2], const struct ends *ends)
{
	return flowtab_hash_endpoints(key, ends->client, ends->client_port, ends->server,
				      ends->server_port) &
	       (BUCKETS - 1);
}

/* How many flows the fullest bucket has. */
static unsigned
fullest(const uint64_t key[2], const struct ends *ends, size_t count)
{
	static unsigned counts[BUCKETS];
	unsigned most = 0;
	memset(counts, 0, sizeof(counts));
	for (size_t i = 0; i < count; i++) {
		unsigned in_bucket = ++counts[bucket_of(key, &ends[i])];
		most = in_bucket > most ? in_bucket : most;
	}
	return most;
}

static void
spreads_under_all_keys(const struct ends *ends, size_t count)
{
	uint64_t state = 42;
	for (unsigned i = 0; i < KEYS; i++) {
		const uint64_t key[2] = { draw(&state), draw(&state) };
		assert_in_range(fullest(key, ends, count), 1, FULLEST);
	}
}

static struct ends
ends_of(uint64_t client, uint16_t port)
{
	return (struct ends){
		.client = { .hi = 0, .lo = client },
		.server = { .hi = 0, .lo = 0x0a000001 },
		.client_port = port,
		.server_port = 443,
	};
}

static void
what_collides_under_one_key_is_spread_by_another(void **state)
{
	const uint64_t known[2] = { UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) };
	struct ends *ends = calloc(COLLIDERS, sizeof(*ends));
	size_t count = 0;
	(void)state;
	assert_non_null(ends);
	for (uint64_t i = 0; count < COLLIDERS; i++) {
		const struct ends candidate =
			ends_of(0x0b000000 + (i >> 15), (uint16_t)(i | 0x8000));
		if (bucket_of(known, &candidate) == 7)
			ends[count++] = candidate;
	}
	assert_int_equal(fullest(known, ends, COLLIDERS), COLLIDERS);
	spreads_under_all_keys(ends, COLLIDERS);
	free(ends);
}

static void
patterns_are_spread(void **state)
{
	struct ends *ends = calloc(PATTERN, sizeof(*ends));
	(void)state;
	assert_non_null(ends);
	for (unsigned step = 0; step < 24; step += 4) { /* addresses with a distance */
		for (uint32_t i = 0; i < PATTERN; i++)
			ends[i] = ends_of((uint64_t)i << step, 1000);
		spreads_under_all_keys(ends, PATTERN);
	}
	for (uint32_t i = 0; i < PATTERN; i++) /* ports */
		ends[i] = ends_of(0x0a000002, (uint16_t)(i * 16));
	spreads_under_all_keys(ends, PATTERN);
	for (uint32_t i = 0; i < PATTERN; i++) /* address and port grow against each other */
		ends[i] = ends_of(0x0a000002 + i, (uint16_t)(60000 - i));
	spreads_under_all_keys(ends, PATTERN);
	for (unsigned shift = 0; shift < 52; shift += 13) { /* networks of IPv6 */
		for (uint32_t i = 0; i < PATTERN; i++) {
			ends[i] = ends_of(1, 1000);
			ends[i].client.hi = (uint64_t)i << shift;
			ends[i].server.hi = 1;
		}
		spreads_under_all_keys(ends, PATTERN);
	}
	for (uint32_t i = 0; i < PATTERN; i++) { /* both ends change in the same way */
		ends[i] = ends_of(0x0a000002 + i, (uint16_t)(1000 + i));
		ends[i].server.lo = 0x0b000002 + i;
		ends[i].server_port = (uint16_t)(2000 + i);
	}
	spreads_under_all_keys(ends, PATTERN);
	free(ends);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_collides_under_one_key_is_spread_by_another),
		cmocka_unit_test(patterns_are_spread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers that are the same everywhere: splitmix64, from a seed. */
#ifndef TCPWHY_CROWD_RANDOM_H
#define TCPWHY_CROWD_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct crowd_random {
	uint64_t state;
};

static inline uint64_t
crowd_random_next(struct crowd_random *random)
{
	uint64_t mixed = random->state += UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

/* A number from 0 to bound - 1; 0 for a bound of 0. */
static inline uint64_t
crowd_random_below(struct crowd_random *random, uint64_t bound)
{
	uint64_t number = crowd_random_next(random);
	return bound == 0 ? 0 : number % bound;
}

/* Exponentially distributed with this mean, after John von Neumann (1951): comparisons alone, so
 * that no mathematical library has a say in the result. */
static inline int64_t
crowd_random_exponential(struct crowd_random *random, int64_t mean)
{
	const uint64_t unit = UINT64_C(1) << 32;
	for (uint64_t whole = 0;; whole++) {
		uint64_t first = crowd_random_below(random, unit), before = first;
		unsigned run = 1;
		for (uint64_t next = crowd_random_below(random, unit); next < before;
		     next = crowd_random_below(random, unit)) {
			before = next;
			run++;
		}
		if (run % 2 != 0)
			return (int64_t)whole * mean +
			       (int64_t)((double)first / (double)unit * (double)mean);
	}
}

/* The same bytes and seed, the same number. */
static inline uint64_t
crowd_random_hash(uint64_t seed, const void *bytes, size_t length)
{
	struct crowd_random random = { seed };
	const uint8_t *at = bytes;
	for (size_t i = 0; i < length; i++)
		random.state = crowd_random_next(&random) ^ at[i];
	return crowd_random_next(&random);
}

#endif

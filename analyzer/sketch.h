/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting in bounded memory: distinct addresses, the values that occur most, and what a share of a
 * sample proves. All of it adds up: merging equals having seen both. */
#ifndef TCPWHY_SKETCH_H
#define TCPWHY_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/packet.h"

/* Spreads 64 bits (the finalizer of splitmix64). Not keyed: what it decides shows in reports, which
 * must depend on the packets alone. */
static inline uint64_t
sketch_mix(uint64_t value)
{
	value ^= value >> 30;
	value *= UINT64_C(0xbf58476d1ce4e5b9);
	value ^= value >> 27;
	value *= UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static inline uint64_t
sketch_address(struct ip_addr address)
{
	return sketch_mix(address.lo ^ sketch_mix(address.hi));
}

/* The address with all bits behind the first length ones cleared; 32 bits or 128 long. */
struct ip_addr sketch_prefix(struct ip_addr address, unsigned ip_version, unsigned length);

/* What one calls a network of clients: a /24, or a /64. */
unsigned sketch_network_length(unsigned ip_version);

/* Smaller, equal or greater: an order for addresses. */
int sketch_compare(struct ip_addr a, struct ip_addr b);

/* How many different ones: HyperLogLog (Flajolet and others, 2007), 3.3 % standard error; few are
 * counted exactly. */
enum { DISTINCT_REGISTERS = 1024, DISTINCT_EXACT = 64 };

struct distinct {
	uint8_t known; /* of exact[]; DISTINCT_EXACT + 1: there were more */
	uint8_t registers[DISTINCT_REGISTERS];
	uint64_t exact[DISTINCT_EXACT]; /* hashes, in rising order: the smallest */
};

void distinct_add(struct distinct *distinct, uint64_t hash);
void distinct_merge(struct distinct *distinct, const struct distinct *from);
uint64_t distinct_count(const struct distinct *distinct);

/* The estimate that registers of a HyperLogLog give (Flajolet and others, 2007); each holds the longest
 * row of zeros of its part of the hashes, plus one; 0: it saw nothing. count: 128 or more. */
uint64_t registers_estimate(const uint8_t *registers, unsigned count);

/* The values that occur most, with how many flows that failed, that met silence, and that went well
 * had them. 128 bits of value; what a value means is the owner's business. */
enum { VALUES_MAX = 16 };

struct value {
	struct ip_addr key;
	uint32_t bad, silent, good; /* silent ones are bad, too */
};

struct values {
	uint32_t used;
	uint32_t others; /* flows whose value found no room, or lost it */
	struct value at[VALUES_MAX];
};

void values_add(struct values *values, struct ip_addr key, bool bad, bool silent);
void values_merge(struct values *values, const struct values *from);
const struct value *values_find(const struct values *values, struct ip_addr key);

/* The share that hits of total prove with 95 % confidence, in permille: the lower end of Wilson's
 * interval (Wilson 1927). 0 if total is 0. */
uint32_t sketch_proven_permille(uint64_t hits, uint64_t total);

#endif

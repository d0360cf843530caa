/* SPDX-License-Identifier: BSD-2-Clause */
/* Sketches that do not depend on the order in which things come, as long as they are not full. */
#include "analyzer/sketch.h"

#include <string.h>

struct ip_addr
sketch_prefix(struct ip_addr address, unsigned ip_version, unsigned length)
{
	unsigned bits = ip_version == 4 ? length + 96 : length;
	if (bits == 0)
		return (struct ip_addr){ 0, 0 };
	if (bits <= 64)
		return (struct ip_addr){ address.hi & UINT64_MAX << (64 - bits), 0 };
	if (bits >= 128)
		return address;
	return (struct ip_addr){ address.hi, address.lo & UINT64_MAX << (128 - bits) };
}

unsigned
sketch_network_length(unsigned ip_version)
{
	return ip_version == 4 ? 24 : 64;
}

int
sketch_compare(struct ip_addr a, struct ip_addr b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return (a.lo > b.lo) - (a.lo < b.lo);
}

/* Keeps the smallest hashes, so that it does not matter which came first. */
static void
keep_exact(struct distinct *distinct, uint64_t hash)
{
	unsigned known = distinct->known <= DISTINCT_EXACT ? distinct->known : DISTINCT_EXACT;
	unsigned index = known;
	while (index > 0 && distinct->exact[index - 1] > hash)
		index--;
	if (index > 0 && distinct->exact[index - 1] == hash)
		return;
	if (known == DISTINCT_EXACT) {
		distinct->known = DISTINCT_EXACT + 1;
		if (index == known)
			return;
		known--;
	} else {
		distinct->known++;
	}
	memmove(&distinct->exact[index + 1], &distinct->exact[index],
		(known - index) * sizeof(hash));
	distinct->exact[index] = hash;
}

void
distinct_add(struct distinct *distinct, uint64_t hash)
{
	uint8_t *reg = &distinct->registers[hash % DISTINCT_REGISTERS];
	uint64_t rest = hash / DISTINCT_REGISTERS;
	uint8_t zeros = 1;
	for (; rest % 2 == 0 && zeros < 57; rest /= 2)
		zeros++;
	if (zeros > *reg)
		*reg = zeros;
	keep_exact(distinct, hash);
}

void
distinct_merge(struct distinct *distinct, const struct distinct *from)
{
	for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
		if (from->registers[i] > distinct->registers[i])
			distinct->registers[i] = from->registers[i];
	for (unsigned i = 0; i < from->known && i < DISTINCT_EXACT; i++)
		keep_exact(distinct, from->exact[i]);
	if (from->known > DISTINCT_EXACT)
		distinct->known = DISTINCT_EXACT + 1;
}

uint64_t
registers_estimate(const uint8_t *registers, unsigned count)
{
	double sum = 0;
	unsigned empty = 0;
	for (unsigned i = 0; i < count; i++) {
		sum += 1.0 / (double)(UINT64_C(1) << registers[i]);
		empty += registers[i] == 0;
	}
	const double size = count;
	double estimate = 0.7213 / (1 + 1.079 / size) * size * size / sum;
	if (estimate > 2.5 * size || empty == 0)
		return (uint64_t)(estimate + 0.5);
	/* few: with k registers left empty the next new one takes size/k on average */
	estimate = 0;
	for (unsigned k = empty + 1; k <= count; k++)
		estimate += size / k;
	return (uint64_t)(estimate + 0.5);
}

uint64_t
distinct_count(const struct distinct *distinct)
{
	if (distinct->known <= DISTINCT_EXACT)
		return distinct->known;
	return registers_estimate(distinct->registers, DISTINCT_REGISTERS);
}

static uint32_t
weight(const struct value *value)
{
	return value->bad + value->good;
}

static void
add_value(struct values *values, const struct value *more)
{
	struct value *least = NULL;
	for (uint32_t i = 0; i < values->used; i++) {
		struct value *value = &values->at[i];
		if (ip_addr_equal(value->key, more->key)) {
			value->bad += more->bad;
			value->silent += more->silent;
			value->good += more->good;
			if (i > 0 && weight(value) > weight(value - 1)) {
				struct value other = value[-1]; /* the most frequent are found first */
				value[-1] = *value;
				*value = other;
			}
			return;
		}
		if (least == NULL || weight(value) <= weight(least))
			least = value;
	}
	if (values->used < VALUES_MAX) {
		values->at[values->used++] = *more;
		return;
	}
	/* whoever fails is what is looked for, so it takes the place of one that went well */
	bool takes_place = weight(more) > weight(least) ||
			   (more->bad > 0 && least->bad == 0 && weight(least) <= 2);
	values->others += takes_place ? weight(least) : weight(more);
	if (takes_place)
		*least = *more;
}

void
values_add(struct values *values, struct ip_addr key, bool bad, bool silent)
{
	const struct value one = { .key = key, .bad = bad, .silent = silent, .good = !bad };
	add_value(values, &one);
}

void
values_merge(struct values *values, const struct values *from)
{
	for (uint32_t i = 0; i < from->used; i++)
		add_value(values, &from->at[i]);
	values->others += from->others;
}

const struct value *
values_find(const struct values *values, struct ip_addr key)
{
	for (uint32_t i = 0; i < values->used; i++)
		if (ip_addr_equal(values->at[i].key, key))
			return &values->at[i];
	return NULL;
}

/* Newton's method: the analyzer needs no library for one square root. */
static double
root(double value)
{
	double guess = value > 1 ? value : 1;
	for (int i = 0; i < 64; i++) {
		double better = (guess + value / guess) / 2;
		if (better >= guess)
			break;
		guess = better;
	}
	return guess;
}

uint32_t
sketch_proven_permille(uint64_t hits, uint64_t total)
{
	const double z = 1.96, zz = z * z; /* 95 % */
	if (total == 0 || hits == 0)
		return 0;
	double n = (double)total, p = (double)(hits < total ? hits : total) / n;
	double low = (p + zz / (2 * n) - z * root(p * (1 - p) / n + zz / (4 * n * n))) /
		     (1 + zz / n);
	return low > 0 ? (uint32_t)(low * 1000) : 0;
}

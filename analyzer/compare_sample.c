/* SPDX-License-Identifier: BSD-2-Clause */
/* Bottom-k sampling: a buffer of twice the size is filled with what is below the threshold, then sorted
 * and cut in half, which lowers the threshold. */
#include "analyzer/compare_sample.h"

#include <stdlib.h>

struct mark {
	uint64_t hash;
	int64_t ts_ns;
	uint64_t order;
	uint8_t direction, ttl;
	bool twice; /* it occurred more than once: it says nothing */
};

struct sketch {
	size_t count;
	uint64_t threshold; /* marks at or above it are not kept */
	struct mark *marks; /* room for 2 * SAMPLE_MAX; NULL until the first */
	bool short_of_memory;
};

struct sample {
	struct sketch sketch[SAMPLE_KINDS];
};

struct sample *
sample_new(void)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	for (int kind = 0; sample != NULL && kind < SAMPLE_KINDS; kind++)
		sample->sketch[kind].threshold = UINT64_MAX;
	return sample;
}

void
sample_free(struct sample *sample)
{
	for (int kind = 0; sample != NULL && kind < SAMPLE_KINDS; kind++)
		free(sample->sketch[kind].marks);
	free(sample);
}

static int
compare_marks(const void *a, const void *b)
{
	const struct mark *left = a, *right = b;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

/* Sorts, makes one of equal ones, and keeps the lowest. */
static void
condense(struct sketch *sketch)
{
	size_t kept = 0;
	if (sketch->count == 0)
		return;
	qsort(sketch->marks, sketch->count, sizeof(*sketch->marks), compare_marks);
	for (size_t i = 1; i < sketch->count; i++) {
		if (sketch->marks[i].hash == sketch->marks[kept].hash)
			sketch->marks[kept].twice = true;
		else
			sketch->marks[++kept] = sketch->marks[i];
	}
	sketch->count = kept + 1;
	if (sketch->count > SAMPLE_MAX) {
		sketch->threshold = sketch->marks[SAMPLE_MAX].hash;
		sketch->count = SAMPLE_MAX;
	}
}

static void
put(struct sketch *sketch, uint64_t hash, const struct compare_segment *segment, uint64_t order)
{
	if (hash >= sketch->threshold)
		return;
	if (sketch->marks == NULL) {
		sketch->marks = malloc(2 * SAMPLE_MAX * sizeof(*sketch->marks));
		if (sketch->marks == NULL) {
			sketch->short_of_memory = true;
			return;
		}
	}
	sketch->marks[sketch->count++] = (struct mark){
		.hash = hash,
		.ts_ns = segment->ts_ns,
		.order = order,
		.direction = segment->direction,
		.ttl = segment->ttl,
	};
	if (sketch->count == 2 * SAMPLE_MAX)
		condense(sketch);
}

void
sample_add(struct sample *sample, const struct compare_segment *segment, const struct flow *flow,
	   uint64_t order)
{
	uint8_t flags = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
	uint64_t hash = compare_mix((uint64_t)segment->seq << 32 | segment->ack,
				    (uint64_t)segment->length << 8 | flags);
	bool stamped = segment->options & TCP_HAS_TIMESTAMP;
	if (flags & TCP_SYN && stamped)
		hash = compare_mix(hash, segment->tsval); /* tells the copies of a SYN apart */
	if (flags & TCP_RST)
		return; /* the one kind of segment that strangers make */
	put(&sample->sketch[SAMPLE_NUMBERS], hash, segment, order);
	if (segment->hashed >= COMPARE_PAYLOAD_MIN)
		put(&sample->sketch[SAMPLE_PAYLOAD],
		    compare_mix((uint64_t)segment->hash << 32 | segment->length, segment->hashed),
		    segment, order);
	/* a SYN-ACK may be a proxy's own, sooner than that of the server: the timestamp tells */
	if (flags & TCP_SYN && (stamped || !(flags & TCP_ACK))) {
		hash = compare_mix(flow->client.lo ^ flow->client.hi, flow->server.lo);
		hash = compare_mix(hash ^ flow->server.hi,
				   (uint64_t)flow->client_port << 24 |
					   (uint64_t)flow->server_port << 8 | flags);
		if (flags & TCP_ACK)
			hash = compare_mix(hash, segment->tsval);
		put(&sample->sketch[SAMPLE_ENDPOINTS], hash, segment, order);
	}
}

static int
compare_orders(const void *a, const void *b)
{
	const struct clock_pair *left = a, *right = b;
	return (left->a_order > right->a_order) - (left->a_order < right->a_order);
}

static size_t
join_kind(struct sketch *a, struct sketch *b, bool numbers, struct clock_pair *pairs,
	  size_t count[2])
{
	size_t used = 0;
	condense(a);
	condense(b);
	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		const struct mark *left = &a->marks[i], *right = &b->marks[j];
		if (left->hash != right->hash) {
			i += left->hash < right->hash;
			j += left->hash > right->hash;
			continue;
		}
		i++;
		j++;
		if (left->twice || right->twice || left->direction != right->direction)
			continue;
		pairs[used++] = (struct clock_pair){
			.a_ns = left->ts_ns,
			.b_ns = right->ts_ns,
			.a_order = left->order,
			.b_order = right->order,
			.direction = left->direction,
			.a_ttl = left->ttl,
			.b_ttl = right->ttl,
			.same_packet = numbers,
		};
		count[left->direction]++;
	}
	qsort(pairs, used, sizeof(*pairs), compare_orders);
	return used;
}

bool
sample_join(struct sample *a, struct sample *b, struct clock_pair **ret_pairs, size_t *ret_count)
{
	enum { ENOUGH = 3 };
	struct clock_pair *pairs = malloc(SAMPLE_MAX * sizeof(*pairs));
	int best = -1;
	size_t best_worth = 0, count[2];
	*ret_pairs = NULL;
	*ret_count = 0;
	if (pairs == NULL)
		return false;
	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		if (a->sketch[kind].short_of_memory || b->sketch[kind].short_of_memory) {
			free(pairs);
			return false;
		}
		count[0] = count[1] = 0;
		size_t used = join_kind(&a->sketch[kind], &b->sketch[kind],
					kind == SAMPLE_NUMBERS, pairs, count);
		size_t fewer = count[0] < count[1] ? count[0] : count[1];
		/* both directions count for more than any number of one */
		size_t worth = fewer > 0 ? SAMPLE_MAX + fewer : used;
		if (worth > best_worth) {
			best_worth = worth;
			best = kind;
		}
		if (fewer >= ENOUGH)
			break;
	}
	if (best < 0) {
		free(pairs);
		return true;
	}
	count[0] = count[1] = 0;
	*ret_pairs = pairs;
	*ret_count = join_kind(&a->sketch[best], &b->sketch[best], best == SAMPLE_NUMBERS, pairs,
			       count);
	return true;
}

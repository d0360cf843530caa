/* SPDX-License-Identifier: BSD-2-Clause */
/* A sorted table of what the data segments are; a stray flow asks for its first ones. */
#include "analyzer/compare_stray.h"

#include <stdlib.h>

enum {
	ASKED_MAX = 16,	  /* segments of a stray flow that are looked up */
	ALIKE_MAX = 64,	  /* a segment that more flows have tells nothing */
	VOTERS_MAX = 64,
	CERTAIN = 2,
};

struct entry {
	uint64_t hash;
	uint32_t flow, tsval;
};

struct stray_index {
	size_t count;
	struct entry entries[];
};

struct votes {
	uint32_t flow, count;
};

static bool
is_asked(const struct compare_segment *segment)
{
	return (segment->length > 0 || segment->flags & TCP_FIN) && !(segment->flags & TCP_RST);
}

static uint64_t
hash_of(const struct compare_segment *segment)
{
	return compare_mix((uint64_t)segment->seq << 32 | segment->ack,
			   (uint64_t)segment->length << 34 |
				   (uint64_t)(segment->flags & TCP_FIN) << 33 |
				   (uint64_t)segment->direction << 32 | segment->hash);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return (left->flow > right->flow) - (left->flow < right->flow);
}

struct stray_index *
stray_index_new(const struct compare_flow *const *flows, size_t count)
{
	size_t room = 0;
	for (size_t i = 0; i < count; i++)
		room += flows[i]->count;
	struct stray_index *index = malloc(sizeof(*index) + room * sizeof(struct entry));
	if (index == NULL)
		return NULL;
	index->count = 0;
	for (size_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < flows[i]->count; j++)
			if (is_asked(&flows[i]->segments[j]))
				index->entries[index->count++] = (struct entry){
					.hash = hash_of(&flows[i]->segments[j]),
					.flow = (uint32_t)i,
					.tsval = flows[i]->segments[j].tsval,
				};
	qsort(index->entries, index->count, sizeof(struct entry), compare_entries);
	return index;
}

void
stray_index_free(struct stray_index *index)
{
	free(index);
}

static size_t
lower_bound(const struct stray_index *index, uint64_t hash)
{
	size_t from = 0, to = index->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (index->entries[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void
vote(struct votes *votes, size_t *voters, uint32_t flow, uint32_t worth)
{
	size_t i = 0;
	while (i < *voters && votes[i].flow != flow)
		i++;
	if (i == VOTERS_MAX)
		return;
	if (i == *voters)
		votes[(*voters)++] = (struct votes){ .flow = flow };
	votes[i].count += worth;
}

int64_t
stray_find(const struct stray_index *index, const struct compare_flow *stray)
{
	struct votes votes[VOTERS_MAX];
	size_t voters = 0, asked = 0;
	for (uint32_t i = 0; i < stray->count && asked < ASKED_MAX; i++) {
		const struct compare_segment *segment = &stray->segments[i];
		if (!is_asked(segment))
			continue;
		uint64_t hash = hash_of(segment);
		size_t at = lower_bound(index, hash), end = at;
		while (end < index->count && index->entries[end].hash == hash && end - at <= ALIKE_MAX)
			end++;
		asked++;
		for (; end - at <= ALIKE_MAX && at < end; at++)
			vote(votes, &voters, index->entries[at].flow,
			     segment->options & TCP_HAS_TIMESTAMP &&
					     segment->tsval == index->entries[at].tsval
				     ? CERTAIN
				     : 1);
	}
	uint32_t most = 0;
	int64_t best = -1;
	for (size_t i = 0; i < voters; i++) {
		if (votes[i].count == most)
			best = -1;
		if (votes[i].count > most) {
			most = votes[i].count;
			best = votes[i].flow;
		}
	}
	return most >= CERTAIN ? best : -1;
}

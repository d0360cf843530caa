/* SPDX-License-Identifier: BSD-2-Clause */
/* Segmentation offload shows one large segment where the wire had several, before (TSO) or behind it
 * (LRO, GRO). Each arrival takes its bytes from the latest departures that can have brought them. */
#include "analyzer/compare_ranges.h"

#include <stdlib.h>

#include "analyzer/limits.h"
#include "analyzer/seq.h"

/* Crafted segments that overlap each other without end are given up. */
enum { STEPS_LEAST = 1 << 22, STEPS_EACH = 256 };
/* Longest time between a departure and an arrival that are still put together. */
static const int64_t apart_max_ns = 120 * NS_PER_S;

struct piece {
	uint32_t index;
	uint32_t seq, end; /* in the numbers of the client's point */
	int64_t at_ns;
};

static int
compare_pieces(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;
	if (left->seq != right->seq)
		return seq_diff(left->seq, right->seq);
	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Data segments of a direction without partner at one point, by number and time. */
static size_t
collect(const struct compare_pairing *pairing, int point, int dir,
	const struct compare_matches *matches, struct piece *pieces)
{
	const struct compare_flow *flow = pairing->flow[point];
	size_t count = 0;
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (segment->direction != dir || matches->match[point][i].partner != 0 ||
		    matches->match[point][i].resent || segment->length == 0)
			continue;
		uint32_t seq = compare_number(matches, point, dir, segment->seq);
		pieces[count++] = (struct piece){
			.index = i,
			.seq = seq,
			.end = seq + segment->length,
			.at_ns = segment->at_ns,
		};
	}
	qsort(pieces, count, sizeof(*pieces), compare_pieces);
	return count;
}

/* The latest departure that holds the byte and can have brought it to `arrival`. */
static const struct piece *
source_of(const struct compare_pairing *pairing, const struct piece *left, size_t from, size_t count,
	  uint32_t byte, const struct piece *arrival, uint64_t *steps)
{
	const struct piece *best = NULL;
	for (size_t i = from; i < count && seq_leq(left[i].seq, byte); i++) {
		++*steps;
		if (seq_leq(left[i].end, byte))
			continue;
		int64_t apart = arrival->at_ns - left[i].at_ns;
		if (pairing->time_known && (apart < -pairing->slack_ns || apart > apart_max_ns))
			continue;
		if (best == NULL || left[i].at_ns > best->at_ns)
			best = &left[i];
	}
	return best;
}

static void
take_bytes(const struct compare_pairing *pairing, int dir, const struct piece *left, size_t count,
	   size_t from, const struct piece *arrival, struct compare_matches *matches,
	   uint64_t *steps)
{
	int entry = compare_entry(dir);
	uint32_t byte = arrival->seq;
	while (seq_lt(byte, arrival->end)) {
		const struct piece *source =
			source_of(pairing, left, from, count, byte, arrival, steps);
		if (source == NULL) {
			/* on to the next departure that may hold more of it */
			uint32_t next = arrival->end;
			for (size_t i = from; i < count && seq_lt(left[i].seq, arrival->end); i++) {
				++*steps;
				if (seq_gt(left[i].seq, byte) && seq_lt(left[i].seq, next))
					next = left[i].seq;
			}
			byte = next;
			continue;
		}
		uint32_t until = seq_lt(source->end, arrival->end) ? source->end : arrival->end;
		matches->match[entry][source->index].covered += until - byte;
		matches->match[entry][source->index].recut = true;
		matches->match[!entry][arrival->index].covered += until - byte;
		matches->match[!entry][arrival->index].recut = true;
		byte = until;
	}
}

bool
compare_ranges(const struct compare_pairing *pairing, int dir, struct compare_matches *matches)
{
	int entry = compare_entry(dir);
	struct piece *left = malloc(((size_t)pairing->flow[entry]->count + 1) * sizeof(*left));
	struct piece *right = malloc(((size_t)pairing->flow[!entry]->count + 1) * sizeof(*right));
	bool well = left != NULL && right != NULL;
	if (well) {
		size_t left_count = collect(pairing, entry, dir, matches, left);
		size_t right_count = collect(pairing, !entry, dir, matches, right);
		uint32_t longest = 0;
		size_t from = 0;
		uint64_t steps = 0, most = STEPS_LEAST + STEPS_EACH * (uint64_t)(left_count + right_count);
		for (size_t i = 0; i < left_count; i++)
			if (left[i].end - left[i].seq > longest)
				longest = left[i].end - left[i].seq;
		for (size_t i = 0; i < right_count && steps < most; i++) {
			/* what begins further back than the longest one is long cannot reach here */
			while (from < left_count &&
			       seq_leq(left[from].seq + longest, right[i].seq))
				from++;
			take_bytes(pairing, dir, left, left_count, from, &right[i], matches, &steps);
		}
		matches->exhausted |= steps >= most;
	}
	free(left);
	free(right);
	return well;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Segmentation offload shows one large segment where the wire had several, before (TSO) or behind it
 * (LRO, GRO). Each arrival takes its bytes from the latest departures that can have brought them. */
#include "analyzer/compare_ranges.h"

#include <stdlib.h>

#include "analyzer/limits.h"
#include "analyzer/seq.h"

/* Crafted segments that overlap each other without end are given up. */
enum { STEPS_LEAST = 1 << 22, STEPS_EACH = 256 };
enum { NEAR = 1 << 30 }; /* bytes; no window is longer (RFC 7323) */
/* Longest time between a departure and an arrival that are still put together. */
static const int64_t apart_max_ns = 120 * NS_PER_S;

struct piece {
	uint32_t index;
	int64_t seq, end; /* bytes since the first one of the direction, which may be 4 GB and more */
	int64_t at_ns;
};

static int
compare_pieces(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;
	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Where positions are counted from: the number of the first data at the point where it came in. */
static bool
find_base(const struct compare_pairing *pairing, int dir, const struct compare_matches *matches,
	  uint32_t *ret_base)
{
	int entry = compare_entry(dir);
	const struct compare_flow *flow = pairing->flow[entry];
	for (uint32_t i = 0; i < flow->count; i++)
		if (flow->segments[i].direction == dir && flow->segments[i].length > 0) {
			*ret_base = compare_number(matches, entry, dir, flow->segments[i].seq);
			return true;
		}
	return false;
}

/* Data segments of a direction without partner at one point, by number and time. */
static size_t
collect(const struct compare_pairing *pairing, int point, int dir,
	const struct compare_matches *matches, uint32_t base, struct piece *pieces)
{
	const struct compare_flow *flow = pairing->flow[point];
	size_t count = 0;
	int64_t last = 0; /* position of the segment before, which the next one is not far from */
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (segment->direction != dir || segment->length == 0)
			continue;
		uint32_t seq = compare_number(matches, point, dir, segment->seq);
		int32_t ahead = seq_diff(seq, base + (uint32_t)last);
		int64_t at = last + ahead;
		if (ahead > -NEAR && ahead < NEAR)
			last = at; /* a forged number moves nothing but itself */
		if (matches->match[point][i].partner != 0 || matches->match[point][i].resent)
			continue;
		pieces[count++] = (struct piece){
			.index = i,
			.seq = at,
			.end = at + segment->length,
			.at_ns = segment->at_ns,
		};
	}
	qsort(pieces, count, sizeof(*pieces), compare_pieces);
	return count;
}

/* The latest departure that holds the byte and can have brought it to `arrival`. */
static const struct piece *
source_of(const struct compare_pairing *pairing, const struct piece *left, size_t from, size_t count,
	  int64_t byte, const struct piece *arrival, uint64_t *steps)
{
	const struct piece *best = NULL;
	for (size_t i = from; i < count && left[i].seq <= byte; i++) {
		++*steps;
		if (left[i].end <= byte)
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
	int64_t byte = arrival->seq;
	while (byte < arrival->end) {
		const struct piece *source =
			source_of(pairing, left, from, count, byte, arrival, steps);
		if (source == NULL) {
			/* on to the next departure that may hold more of it */
			int64_t next = arrival->end;
			for (size_t i = from; i < count && left[i].seq < arrival->end; i++) {
				++*steps;
				if (left[i].seq > byte && left[i].seq < next)
					next = left[i].seq;
			}
			byte = next;
			continue;
		}
		int64_t until = source->end < arrival->end ? source->end : arrival->end;
		matches->match[entry][source->index].covered += (uint32_t)(until - byte);
		matches->match[entry][source->index].recut = true;
		matches->match[!entry][arrival->index].covered += (uint32_t)(until - byte);
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
	uint32_t base;
	if (well && find_base(pairing, dir, matches, &base)) {
		size_t left_count = collect(pairing, entry, dir, matches, base, left);
		size_t right_count = collect(pairing, !entry, dir, matches, base, right);
		int64_t longest = 0;
		size_t from = 0;
		uint64_t steps = 0, most = STEPS_LEAST + STEPS_EACH * (uint64_t)(left_count + right_count);
		for (size_t i = 0; i < left_count; i++)
			if (left[i].end - left[i].seq > longest)
				longest = left[i].end - left[i].seq;
		for (size_t i = 0; i < right_count && steps < most; i++) {
			/* what begins further back than the longest one is long cannot reach here */
			while (from < left_count && left[from].seq + longest <= right[i].seq)
				from++;
			take_bytes(pairing, dir, left, left_count, from, &right[i], matches, &steps);
		}
		matches->exhausted |= steps >= most;
	}
	free(left);
	free(right);
	return well;
}

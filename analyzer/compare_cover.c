/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers become signed distances from the first one seen, so that they can be sorted. */
#include "analyzer/compare_cover.h"

#include <stdlib.h>

#include "analyzer/seq.h"

static int
compare_spans(const void *a, const void *b)
{
	const struct cover_span *left = a, *right = b;
	return (left->from > right->from) - (left->from < right->from);
}

static void
merge_spans(struct compare_cover *cover)
{
	size_t kept = 0;
	if (cover->span_count == 0)
		return;
	qsort(cover->spans, cover->span_count, sizeof(*cover->spans), compare_spans);
	for (size_t i = 1; i < cover->span_count; i++) {
		if (cover->spans[i].from <= cover->spans[kept].to) {
			if (cover->spans[i].to > cover->spans[kept].to)
				cover->spans[kept].to = cover->spans[i].to;
		} else {
			cover->spans[++kept] = cover->spans[i];
		}
	}
	cover->span_count = kept + 1;
}

static void
add_ack(struct compare_cover *cover, uint32_t ack, uint32_t index)
{
	if (!cover->any_ack) {
		cover->any_ack = true;
		cover->ack_base = ack;
	}
	int64_t upto = seq_diff(ack, cover->ack_base);
	if (cover->ack_count == 0 || upto > cover->acks[cover->ack_count - 1].upto)
		cover->acks[cover->ack_count++] = (struct cover_ack){ upto, index };
}

static void
add_span(struct compare_cover *cover, uint32_t seq, uint32_t span)
{
	if (!cover->any) {
		cover->any = true;
		cover->base = seq;
	}
	int64_t from = seq_diff(seq, cover->base);
	if (span > 0)
		cover->spans[cover->span_count++] = (struct cover_span){ from, from + span };
}

bool
cover_init(struct compare_cover *cover, const struct compare_flow *flow,
	   const struct compare_matches *matches, int point, int dir)
{
	size_t count = (size_t)flow->count + 1;
	*cover = (struct compare_cover){
		.spans = malloc(count * sizeof(*cover->spans)),
		.acks = malloc(count * sizeof(*cover->acks)),
	};
	if (cover->spans == NULL || cover->acks == NULL)
		return false;
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		cover->last_ns = segment->at_ns;
		if (matches->match[point][i].partner != 0) {
			if (!cover->has_pairs)
				cover->first_pair = i;
			cover->has_pairs = true;
			cover->last_pair = i;
		}
		if (segment->direction != dir || segment->flags & TCP_RST)
			continue;
		add_span(cover, compare_number(matches, point, dir, segment->seq),
			 compare_segment_span(segment));
		if (segment->flags & TCP_ACK)
			add_ack(cover, compare_number(matches, point, !dir, segment->ack), i);
	}
	merge_spans(cover);
	return true;
}

void
cover_release(struct compare_cover *cover)
{
	free(cover->spans);
	free(cover->acks);
	cover->spans = NULL;
	cover->acks = NULL;
}

/* The last span that begins at or before the number; NULL if none does. */
static const struct cover_span *
span_before(const struct compare_cover *cover, int64_t from)
{
	size_t low = 0, high = cover->span_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (cover->spans[middle].from <= from)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &cover->spans[low - 1] : NULL;
}

bool
cover_holds(const struct compare_cover *cover, uint32_t seq, uint32_t end)
{
	int64_t from = seq_diff(seq, cover->base);
	const struct cover_span *span = cover->any ? span_before(cover, from) : NULL;
	return span != NULL && span->to >= from + (int64_t)(end - seq);
}

bool
cover_touches(const struct compare_cover *cover, uint32_t seq, uint32_t end)
{
	int64_t from = seq_diff(seq, cover->base), to = from + (int64_t)(end - seq);
	const struct cover_span *span = cover->any ? span_before(cover, to - 1) : NULL;
	return span != NULL && span->to > from;
}

bool
cover_reaches_beyond(const struct compare_cover *cover, uint32_t end)
{
	int64_t upto = seq_diff(end, cover->base);
	return cover->any && cover->span_count > 0 &&
	       cover->spans[cover->span_count - 1].to > upto;
}

bool
cover_first_ack(const struct compare_cover *cover, uint32_t end, uint32_t *ret_index)
{
	int64_t upto = seq_diff(end, cover->ack_base);
	size_t low = 0, high = cover->ack_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (cover->acks[middle].upto < upto)
			low = middle + 1;
		else
			high = middle;
	}
	if (!cover->any_ack || low == cover->ack_count)
		return false;
	*ret_index = cover->acks[low].index;
	return true;
}

bool
cover_acknowledges(const struct compare_cover *cover, uint32_t end)
{
	uint32_t index;
	return cover_first_ack(cover, end, &index);
}

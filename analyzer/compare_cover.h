/* SPDX-License-Identifier: BSD-2-Clause */
/* What one point saw of one half: which numbers it sent, and up to where it acknowledged. */
#ifndef TCPWHY_COMPARE_COVER_H
#define TCPWHY_COMPARE_COVER_H

#include "analyzer/compare_match.h"

struct cover_span {
	int64_t from, to; /* relative to base */
};

struct cover_ack {
	int64_t upto;	/* highest acknowledgement so far, relative to base */
	uint32_t index; /* of the segment that brought it */
};

/* All numbers are those of the client's point. RSTs do not count. */
struct compare_cover {
	uint32_t base;	/* of what the half sends */
	uint32_t ack_base; /* of what it acknowledges */
	size_t span_count, ack_count;
	struct cover_span *spans; /* sorted, apart from each other */
	struct cover_ack *acks;	  /* rising */
	bool any, any_ack;
	bool has_pairs; /* of both halves: segments with a partner, from first_pair to last_pair */
	uint32_t first_pair, last_pair;
	int64_t last_ns; /* of the last segment of both halves */
};

bool cover_init(struct compare_cover *cover, const struct compare_flow *flow,
		const struct compare_matches *matches, int point, int dir);
void cover_release(struct compare_cover *cover);

/* Whether all of [seq, end) was sent; any of it; anything behind end. */
bool cover_holds(const struct compare_cover *cover, uint32_t seq, uint32_t end);
bool cover_touches(const struct compare_cover *cover, uint32_t seq, uint32_t end);
bool cover_reaches_beyond(const struct compare_cover *cover, uint32_t end);
/* Whether the half acknowledged up to end, a number of the other half. */
bool cover_acknowledges(const struct compare_cover *cover, uint32_t end);
/* The first segment that did. */
bool cover_first_ack(const struct compare_cover *cover, uint32_t end, uint32_t *ret_index);

#endif

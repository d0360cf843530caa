/* SPDX-License-Identifier: BSD-2-Clause */
/* Which flow of one point is which flow of the next one. */
#ifndef TCPWHY_COMPARE_PAIR_H
#define TCPWHY_COMPARE_PAIR_H

#include "analyzer/compare.h"

enum {
	PAIR_NONE = 0,
	PAIR_AMBIGUOUS = UINT32_MAX, /* more than one fits equally well */
};

struct pairing {
	bool time_known;   /* times of both points can be compared */
	int64_t slack_ns;  /* to this precision, and delays */
};

/* Pairs flows of a with flows of b: only those that are each other's best and better than the second.
 * ret_partner[i] is the index in b of the partner of a[i] plus 1, PAIR_NONE or PAIR_AMBIGUOUS;
 * ret_back[j] is the same for b[j].
 * Returns false when memory is short: then nothing is paired. Pure. */
bool compare_pair(const struct compare_flow *const *a, size_t a_count,
		  const struct compare_flow *const *b, size_t b_count,
		  const struct pairing *pairing, uint32_t *ret_partner, uint32_t *ret_back);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded sample of the segments of a capture, such that samples of two captures hold the same ones:
 * those whose fingerprints are lowest. */
#ifndef TCPWHY_COMPARE_SAMPLE_H
#define TCPWHY_COMPARE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/compare.h"
#include "analyzer/compare_clock.h"

/* What a fingerprint is made of. */
enum sample_kind {
	SAMPLE_NUMBERS,	 /* sequence and acknowledgement number, flags, length, payload */
	SAMPLE_PAYLOAD,	 /* payload alone: where numbers are rewritten */
	SAMPLE_ENDPOINTS, /* the endpoints of a SYN or SYN-ACK: where both of that is of no use */
	SAMPLE_KINDS
};

enum { SAMPLE_MAX = 1 << 17 }; /* kept of each kind */

struct sample;

/* NULL when memory is short. Memory is bounded by SAMPLE_MAX. Free with sample_free(). */
struct sample *sample_new(void);
void sample_free(struct sample *sample);

/* order: how many segments came before it at this point. */
void sample_add(struct sample *sample, const struct compare_segment *segment,
		const struct flow *flow, uint64_t order);

/* The segments that are in both samples once each, in the order of the first capture. Of several kinds
 * the surest is taken that gives enough of both directions. At most SAMPLE_MAX;
 * *ret_pairs is to be freed, NULL if there are none. Returns false when memory is short, or was while the
 * samples were taken. */
bool sample_join(struct sample *a, struct sample *b, struct clock_pair **ret_pairs, size_t *ret_count);

#endif

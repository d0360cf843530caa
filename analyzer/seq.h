/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence number arithmetic modulo 2^32 (RFC 9293 3.4; RFC 1982). */
#ifndef TCPWHY_SEQ_H
#define TCPWHY_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* How far a is ahead of b; meaningful while they are less than 2^31 apart. */
static inline int32_t
seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline bool
seq_lt(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) < 0;
}

static inline bool
seq_leq(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) <= 0;
}

static inline bool
seq_gt(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) > 0;
}

static inline bool
seq_geq(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) >= 0;
}

static inline uint32_t
seq_max(uint32_t a, uint32_t b)
{
	return seq_gt(a, b) ? a : b;
}

#endif

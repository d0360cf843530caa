/* SPDX-License-Identifier: BSD-2-Clause */
/* How the clock of one capture relates to that of another: offset, skew, steps, and how sure that is. */
#ifndef TCPWHY_COMPARE_CLOCK_H
#define TCPWHY_COMPARE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The same segment at both points. a is the one nearer to the client. */
struct clock_pair {
	int64_t a_ns, b_ns;	   /* each by its own clock */
	uint64_t a_order, b_order; /* segments before it at that point */
	uint8_t direction;	   /* enum direction */
	uint8_t a_ttl, b_ttl;
	bool same_packet; /* the numbers are the same: no proxy made another one of it */
};

enum {
	CLOCK_PIECES = 16,
	CLOCK_SKEW_MAX_PPM = 500,
	CLOCK_SPAN_S = 120, /* shorter captures show no skew unless it is needed to fit */
};

/* A stretch in which b = a + offset_ns + skew * (a - a_ns). */
struct clock_piece {
	int64_t a_ns;	     /* where the offset is told: its first pair */
	int64_t a_last_ns;
	int64_t offset_ns;
	double skew;
	int64_t bound_ns;    /* the true offset is within this of ours anywhere between a_ns and
				a_last_ns; -1: only one direction was seen, nothing bounds it */
	int64_t rtt_ns;	     /* smallest sum of both delays; -1 likewise */
	uint64_t a_order, b_order; /* it begins with these */
	int64_t b_ns;
	size_t pairs[2];     /* by direction */
};

/* Why time cannot be trusted. */
enum clock_doubt {
	CLOCK_TRUSTED,
	CLOCK_NO_PAIRS,	 /* nothing is in both captures: the offset is not known at all */
	CLOCK_ONE_WAY,	 /* all that is in both travels in one direction */
	CLOCK_VIOLATED,	 /* segments arrive before they are sent, whatever the clocks */
};

/* Which capture is nearer to the client, as far as the segments tell. */
enum clock_sense { CLOCK_SENSE_UNKNOWN, CLOCK_SENSE_AS_GIVEN, CLOCK_SENSE_SWAPPED, CLOCK_SENSE_SAME };

struct compare_clock {
	uint8_t doubt; /* enum clock_doubt */
	uint8_t sense; /* enum clock_sense */
	bool mixed;    /* connections are opened from both sides of the hop */
	size_t count;  /* of pieces; 0 only without any pair */
	struct clock_piece piece[CLOCK_PIECES];
	size_t pairs;	   /* that were used */
	size_t violations; /* pairs that fit no piece */
	int64_t rtt_ns;	   /* least sum of both delays; 0 unknown */
	int64_t slack_ns;  /* a segment may seem to arrive this much before it is sent */
};

/* pairs are in the order of a_order. Where connections are opened from both sides of the hop, the TTL
 * tells which way those of the minority travel: it only ever gets less. Returns false when memory is short: nothing is known then. Pure. */
bool compare_clock_solve(const struct clock_pair *pairs, size_t count,
			 struct compare_clock *ret_clock);

/* The time of b's clock by that of a. order: of the segment at b. */
int64_t compare_clock_to_a(const struct compare_clock *clock, int64_t b_ns, uint64_t order);
/* The same without a segment; where the clock steps, by the time alone. */
int64_t compare_clock_time_to_a(const struct compare_clock *clock, int64_t b_ns);

#endif

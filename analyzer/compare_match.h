/* SPDX-License-Identifier: BSD-2-Clause */
/* Which segment of a flow at one point is which at the other one. */
#ifndef TCPWHY_COMPARE_MATCH_H
#define TCPWHY_COMPARE_MATCH_H

#include "analyzer/compare.h"

/* A paired flow in a hop: index NEAR_CLIENT and NEAR_SERVER. */
struct compare_pairing {
	const struct compare_flow *flow[2];
	bool time_known;  /* else only order is */
	int64_t slack_ns; /* a segment may seem to arrive this much before it is sent */
	int64_t rtt_ns;	  /* least sum of the delays of both directions; 0 unknown */
};

/* What was found about one segment. */
struct compare_match {
	uint32_t partner;  /* index of the other point's segment plus 1; 0 none */
	uint32_t covered;  /* payload bytes that the other point has in segments cut differently */
	bool recut;	   /* it was found by byte ranges */
	bool resent;	   /* sent once more, which the other capture lacks */
	bool copy;	   /* the same as one that has a partner: it exists once more */
};

struct compare_matches {
	struct compare_match *match[2]; /* per segment, at each point */
	uint32_t shift[2];  /* what is added to a half's numbers on the way to the server's point */
	int64_t typical_ns[2]; /* usual delay by direction; 0 if there is none to measure */
	int64_t most_ns[2];    /* longest delay, likewise */
	bool delayed[2];       /* both are measured */
	uint32_t pairs[2];     /* segments with partner, by direction */
	bool exhausted;	       /* too entangled: what has no partner is not judged */
	bool ids_kept, stamps_kept; /* IP IDs and timestamp values survive the hop */
};

/* The point at which a direction enters the hop. */
static inline int
compare_entry(int dir)
{
	return dir == TO_SERVER ? NEAR_CLIENT : NEAR_SERVER;
}

/* A sequence number of half dir as the point nearer to the client has it. */
static inline uint32_t
compare_number(const struct compare_matches *matches, int point, int dir, uint32_t seq)
{
	return point == NEAR_SERVER ? seq - matches->shift[dir] : seq;
}

/* Returns false when memory is short. Release with compare_matches_release(). Pure. */
bool compare_match(const struct compare_pairing *pairing, struct compare_matches *ret_matches);
void compare_matches_release(struct compare_matches *matches);

#endif

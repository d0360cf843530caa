/* SPDX-License-Identifier: BSD-2-Clause */
/* One of the captures that are compared: its frames, its tracker, and the flows that are held for it. */
#ifndef TCPWHY_COMPARE_POINT_H
#define TCPWHY_COMPARE_POINT_H

#include "analyzer/compare.h"
#include "analyzer/compare_clock.h"
#include "analyzer/compare_fate.h"
#include "analyzer/compare_sample.h"
#include "analyzer/verdict.h"
#include "ui/intake.h"
#include "ui/options.h"
#include "ui/report.h"
#include "ui/sanitize.h"

/* A flow that waits for its partner, or for its own end. A flow takes part in two hops: the one behind
 * its point, towards the server [NEAR_CLIENT: there it is the end nearer to the client], and the one
 * before it [NEAR_SERVER]. */
struct held {
	struct compare_flow flow;
	struct verdict verdict; /* valid once it is decided */
	bool decided;
	struct held *partner[2];
	bool told[2];
	bool ambiguous[2];
	struct held *next, *previous;  /* in the order of first segments */
	struct held *next_in_bucket;
};

enum { HELD_BUCKETS = 1 << 14 };

struct point {
	const struct options *options;
	const char *path;
	char name[SANITIZED_SIZE]; /* the last part of the path, made safe */
	struct capture *capture;
	struct report_totals totals;
	struct intake intake;
	struct sample *sample; /* pass one, else NULL */
	uint64_t order;	       /* segments so far */
	bool ended;
	/* from pass one */
	bool any; /* there are frames */
	int64_t first_ns, last_ns; /* of its frames, by its own clock */
	struct {
		int64_t ns; /* by its own clock; valid if any */
		uint64_t order;
		bool any;
	} begin[2], end[2]; /* first and last segment by enum direction */
	uint64_t drops;
	uint64_t unseen_bytes; /* acknowledged, and not in the capture */
	bool lossy; /* they are many: frames were dropped without a word */
	uint64_t segments, frames, flows;
	/* pass two */
	const struct compare_clock *clock; /* that of the hop before it; NULL: it is the first */
	const struct point *before;	   /* the point that clock leads to */
	struct held *first, *last;
	struct held *bucket[HELD_BUCKETS];
	size_t held_count, held_peak;
	uint64_t held_segments;
	uint64_t left_out; /* segments that there was no room for */
	bool no_memory;
};

/* Opens the capture and a tracker for a pass; complains and returns false if that fails. */
bool point_open(struct point *point, bool sampling);
/* Reads a batch. Returns false at the end, when all flows are decided. */
bool point_read(struct point *point);
/* Ends a pass: what held flows refer to stays. */
void point_close(struct point *point);
void point_release(struct point *point);

/* A time of the point's clock by that of the first point. */
int64_t point_to_common(const struct point *point, int64_t ns, uint64_t order);
/* How far the point has been read. */
int64_t point_now(const struct point *point);

/* Gives a flow back. */
void point_drop(struct point *point, struct held *held);

#endif

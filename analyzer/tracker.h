/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in, judged flows out. No I/O, no clock: time is that of the packets. */
#ifndef TCPWHY_TRACKER_H
#define TCPWHY_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"
#include "analyzer/limits.h"
#include "analyzer/verdict.h"
#include "dissect/packet.h"

struct tracker;

/* Called once per flow when it is decided, in an order that depends on the packets alone.
 * flow and verdict are valid during the call only. */
typedef void tracker_flow_fn(void *user, const struct flow *flow, const struct verdict *verdict);

/* Called for each segment with the flow that took it in, in the order of the capture; dir is the
 * segment's direction in that flow. Not called for segments that were captured twice. */
typedef void tracker_segment_fn(void *user, const struct flow *flow, const struct packet *packet,
				enum direction dir);

struct tracker_options {
	bool live;	     /* keep a schedule for tracker_review() */
	bool unpredicted;    /* no short ways (analyzer/predict.h): for tests, which compare */
	size_t memory_bytes; /* most that flows and attempts may take, from 2^20; 0: any number */
	tracker_segment_fn *segment; /* may be NULL; needs unpredicted, as short ways skip it */
	struct limits limits;
	uint64_t hash_key[2]; /* secret against crafted collisions; does not change any output */
	tracker_flow_fn *flow_ended;
	void *user;
};

/* Counters over everything fed. Every loss is in here. */
struct tracker_stats {
	uint64_t segments;	       /* TCP segments seen */
	uint64_t duplicates;	       /* of them, captured twice */
	uint64_t icmp_errors;	       /* ICMP errors that quote TCP */
	uint64_t icmp_orphans;	       /* of them, about no flow that we hold */
	uint64_t fragments;	       /* fragments of IP packets that may hold TCP */
	uint64_t reassembled;	       /* packets put together from them */
	uint64_t fragments_incomplete; /* packets of which fragments never came */
	uint64_t snapped;	       /* segments whose payload the snapshot cut */
	uint64_t bad_checksums;
	uint64_t time_steps_back; /* packets older than the one before */
	uint64_t time_leaps;	  /* packets more than a year after the one before */
	uint64_t unseen_bytes;	  /* acknowledged bytes that the capture lacks */
	uint64_t evicted;	  /* flows judged early for lack of room */
	uint64_t unheld; /* segments of flows that began unseen, or were judged early: no room */
	uint64_t unallocated; /* packets or details lost for lack of memory */
	uint64_t flows;	      /* created */
	uint64_t flows_open;  /* held now */
	uint64_t flows_peak;
	uint64_t one_sided;	   /* flows judged of which one direction is missing */
	int64_t first_ns, last_ns; /* smallest and largest time; valid if segments > 0 */
};

/* Returns NULL when memory is short. The options are copied. Free with tracker_free(). */
struct tracker *tracker_new(const struct tracker_options *options);

/* Takes in packets in the order of the capture. Memory is bounded by limits.max_flows and
 * limits.max_attempts, or by memory_bytes: beyond them the oldest flows are judged early. */
void tracker_feed(struct tracker *tracker, const struct packet *packets, size_t count);

/* Tells the time when nothing arrives (live), or that frames without TCP did (offline): flows whose
 * waiting is over are decided. now_ns never counts backwards. */
void tracker_advance(struct tracker *tracker, int64_t now_ns);

/* The capture lost packets some time between first_ns and last_ns; told in the order of time. */
void tracker_note_drops(struct tracker *tracker, int64_t first_ns, int64_t last_ns,
			uint64_t packets);

/* ICMP errors were seen and are not handed over (a filter rejects them): from now on silence proves
 * less. */
void tracker_note_hidden_errors(struct tracker *tracker);

/* The capture has ended: every flow still held is decided, in the order of first frames. */
void tracker_finish(struct tracker *tracker);

/* Live: what can be said so far. Called with a flow that is still held and with the verdict that it
 * would get if the capture ended at now_ns. handle finds the flow again with tracker_flow(). What is
 * returned is found in flow->told later, for remembering what was said of the flow. */
typedef uint8_t tracker_review_fn(void *user, const struct flow *flow,
				  const struct verdict *verdict, uint32_t handle);

/* Judges the flows that changed since they were judged last, and those whose silence has become
 * longer than the next of the times after which it may mean something else; at most max of them,
 * oldest due first. Needs options.live. Returns how many were judged: max means that more may be
 * due. */
size_t tracker_review(struct tracker *tracker, int64_t now_ns, size_t max, tracker_review_fn *fn,
		      void *user);

/* All flows that are held, judged as of now_ns, in no order. */
void tracker_each(struct tracker *tracker, int64_t now_ns, tracker_review_fn *fn, void *user);

/* The held flow with that handle and number, judged as of now_ns; NULL if it is no longer held. */
const struct flow *tracker_flow(struct tracker *tracker, uint32_t handle, uint32_t number,
				int64_t now_ns, struct verdict *ret_verdict);

const struct tracker_stats *tracker_stats(const struct tracker *tracker);
void tracker_free(struct tracker *tracker);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What recorder.c and recorder_output.c share. */
#ifndef TCPWHY_RECORDER_PARTS_H
#define TCPWHY_RECORDER_PARTS_H

#include "ui/recorder.h"
#include "ui/recorder_file.h"
#include "ui/recorder_marks.h"
#include "ui/recorder_ring.h"

struct recorder {
	struct ring ring;
	uint64_t *buckets; /* newest position + RING_ALIGNMENT (0: none), and the count of marks */
	uint64_t bucket_mask;
	uint64_t hash_key[2];
	struct marks marks;
	const struct capture *capture;
	int64_t age_ns;
	int64_t now_ns;
	int64_t given_up_ns; /* latest time of what was given up */
	int64_t flushed_ns;
	uint32_t caplen_max;
	bool whole;
	bool gave_up;		   /* given_up_ns is valid */
	struct recorder_file file; /* file.writer NULL: none is open */
	struct recorder_stats stats;
};

/* How far apart two times are, whatever they are. */
static inline uint64_t
time_between(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

uint64_t recorder_hash(const struct recorder *recorder, const struct recorder_key *key);

/* The newest record in the chain of that hash. */
struct record *recorder_newest(const struct recorder *recorder, uint64_t hash, bool *ret_cut);

/* The record that a bucket or a record refers to, NULL if there is none or it was given up;
 * *ret_cut says which. */
struct record *recorder_follow(const struct recorder *recorder, uint64_t reference, bool *ret_cut);

struct frame record_frame(struct record *record);

/* Writes a marked record to the capture file, if one is open. */
void recorder_write(struct recorder *recorder, struct record *record);

#endif

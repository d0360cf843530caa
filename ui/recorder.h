/* SPDX-License-Identifier: BSD-2-Clause */
/* The flight recorder: the latest packets in bounded memory, found again by flow.
 *
 * Every frame that was dissected as TCP, or as an ICMP error about TCP, can be added. Records lie in
 * one block of memory in the order in which they came; the oldest make place for the newest, and
 * what is older than the age limit is given up too. Records of one flow (its two endpoints, in either
 * direction, ICMP errors that quote it included) are chained from the newest to the oldest.
 *
 * A flow that failed is marked: all its records that are held, and those that come later, are written
 * to the capture file when they leave the memory, or at the end. So the file is in the order of
 * time, each packet is in it once, and it begins before the failure. No clock is read: time is that of
 * the frames, and what recorder_advance() tells. */
#ifndef TCPWHY_RECORDER_H
#define TCPWHY_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/capture.h"
#include "dissect/frame.h"
#include "dissect/packet.h"

struct recorder;

/* What identifies a flow here. */
struct recorder_key {
	struct ip_addr client, server; /* either order finds the same records */
	uint16_t client_port, server_port;
};

struct recorder_options {
	size_t memory_bytes; /* of the records; the index comes on top, a tenth of it */
	int64_t age_ns; /* records older than this against the newest time are given up; 0: no limit */
	bool whole;	/* keep all captured bytes; else up to the end of the transport header */
	const struct capture
		*capture; /* names and drops of interfaces, or NULL; outlives all files */
};

/* One record. data is valid until the next recorder_add(). */
struct recorder_frame {
	struct frame frame; /* number, time, source, interface as they were added; caplen as kept */
	bool marked;
};

/* NULL when memory is short. */
struct recorder *recorder_new(const struct recorder_options *options);
void recorder_free(struct recorder *recorder);

/* Adds a frame and what dissect_frame() made of it. Frames of other kinds than PACKET_TCP and
 * PACKET_ICMP_ERROR are not recorded. Per call: no allocation, no search. */
void recorder_add(struct recorder *recorder, const struct frame *frame,
		  const struct packet *packet);

/* Tells the time, so that records age when nothing arrives. */
void recorder_advance(struct recorder *recorder, int64_t now_ns);

/* The latest max records of the flow that came at or after since_ns, oldest first. Returns how many
 * were filled; *ret_cut (may be NULL) tells whether older records of the flow were given up already
 * or did not fit max. */
size_t recorder_find(const struct recorder *recorder, const struct recorder_key *key,
		     int64_t since_ns, struct recorder_frame *frames, size_t max, bool *ret_cut);

/* From now on the flow's packets go to the capture file; those held from since_ns on as well. Marks
 * are bounded (65536 flows, the latest); each ends age_ns after the flow's last packet. */
void recorder_mark(struct recorder *recorder, const struct recorder_key *key, int64_t since_ns);

/* Counted losses, for reports. */
struct recorder_stats {
	uint64_t added, held;
	uint64_t written;    /* to capture files */
	uint64_t files;	     /* capture files begun */
	uint64_t unwritten;  /* marked records that should have been, and were lost to that error */
	uint64_t marks;	     /* flows marked at present */
	uint64_t marks_lost; /* marks given up for lack of room */
	int64_t oldest_ns;   /* of what is held, 0: nothing */
	int error; /* errno of the first failure to write, 0: none; nothing is written after it, unless
		    * recorder_reopen() mends that */
};
void recorder_stats(const struct recorder *recorder, struct recorder_stats *ret_stats);

/* Where marked packets go: pcapng, mode 0600, never through a symbolic link. With rotation the files
 * are called path, path.1, path.2 ... (path is always the one being written, path.1 the one before,
 * as logrotate names them); keep: how many old ones stay. A limit of 0 means none.
 * Returns 0 or the errno of what failed. */
struct recorder_output {
	const char *path;
	uint64_t rotate_bytes;
	int64_t rotate_ns;
	unsigned keep;
};
int recorder_open(struct recorder *recorder, const struct recorder_output *output);
/* Begins the file anew under its name (SIGHUP: logrotate may have taken the old one away). A file that
 * still stands there goes on; after a failure to write, a new section is begun behind what it has. */
int recorder_reopen(struct recorder *recorder);
/* Writes all marked records that are held, and the interfaces' drops, and closes. Returns 0 or the
 * errno of the first failure. */
int recorder_close(struct recorder *recorder);

/* Writes the flow's records that are held into a capture file of their own. Returns 0 or an errno
 * (ENOENT: none is held); *ret_frames tells how many were written. */
int recorder_export(const struct recorder *recorder, const struct recorder_key *key,
		    int64_t since_ns, const char *path, size_t *ret_frames);

#endif

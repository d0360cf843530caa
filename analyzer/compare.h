/* SPDX-License-Identifier: BSD-2-Clause */
/* What a comparison keeps of a flow at one point: its segments, and what it can be recognised by. */
#ifndef TCPWHY_COMPARE_H
#define TCPWHY_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"
#include "dissect/packet.h"

enum {
	NEAR_CLIENT = 0, /* index of the point of a hop that is nearer to the client */
	NEAR_SERVER = 1,
	COMPARE_PAYLOAD_MIN = 32, /* shorter payloads are too common to recognise anything by */
	COMPARE_HASHED_MAX = 1024, /* payload bytes that are hashed */
	COMPARE_OPTIONS_CUT = 1 << 15, /* among the options: some were not captured */
};

/* One segment as a point saw it. */
struct compare_segment {
	int64_t ts_ns; /* by the clock of its capture */
	int64_t at_ns; /* by the common clock */
	uint32_t frame;
	uint32_t seq, ack; /* as on the wire */
	uint32_t length;   /* of the payload */
	uint32_t hash;	   /* of its first `hashed` bytes */
	uint32_t tsval, tsecr; /* valid with TCP_HAS_TIMESTAMP */
	uint16_t source;
	uint16_t hashed;
	uint16_t window;
	uint16_t ip_id; /* 0: none */
	uint16_t options;
	uint16_t mss;
	uint8_t flags, ttl, tos, wscale;
	uint8_t direction; /* enum direction */
};

/* A flow at one point. Zeroed, it is empty; release it with compare_flow_release(). */
struct compare_flow {
	struct ip_addr client, server;
	uint16_t client_port, server_port;
	uint8_t ip_version;
	bool has_isn[2]; /* SYN or SYN-ACK of the half was seen */
	bool has_numbers[2]; /* first_seq and last_seq are valid */
	bool has_syn_tsval[2];
	uint32_t isn[2];
	uint32_t first_seq[2], last_seq[2]; /* range of the numbers seen of a half */
	uint32_t syn_tsval[2]; /* of the latest SYN, and SYN-ACK: earlier ones may have been lost */
	uint64_t payload[2];	  /* hash of the first payload of each half, 0: none that tells */
	uint32_t payload_seq[2];  /* where that begins */
	int64_t first_ns, last_ns; /* by the common clock */
	uint32_t number;	   /* of the flow at its point */
	uint32_t count, capacity;
	uint32_t moved_frame; /* from here on the client has another endpoint; 0: it keeps its own */
	uint32_t left_out; /* segments beyond the limit, or for which memory was short */
	struct compare_segment *segments;
};

/* Hash of bytes; never 0. */
uint64_t compare_hash(const void *bytes, size_t length, uint64_t seed);
/* The same of whole numbers. */
uint64_t compare_mix(uint64_t a, uint64_t b);

/* What is kept of a packet; at_ns is its time by the common clock. */
struct compare_segment compare_segment_of(const struct packet *packet, enum direction dir,
					  int64_t at_ns);

/* Takes in the next segment of the flow, unless max are kept already. Returns false when memory is short:
 * the segment is left out then, too. */
bool compare_flow_add(struct compare_flow *flow, const struct flow *known,
		      const struct compare_segment *segment, uint32_t max);

/* Takes in what another flow of the same point has: they are one, of which a device changed the client's
 * endpoint in mid-stream. Returns false, and leaves the flow as it was, when memory is short. */
bool compare_flow_merge(struct compare_flow *flow, const struct compare_flow *other);

void compare_flow_release(struct compare_flow *flow);

/* Sequence space that the segment takes: payload, SYN, FIN. */
uint32_t compare_segment_span(const struct compare_segment *segment);

#endif

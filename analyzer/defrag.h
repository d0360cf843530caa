/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts fragmented IP packets together as far as a TCP header and a length need it. */
#ifndef TCPWHY_DEFRAG_H
#define TCPWHY_DEFRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/limits.h"
#include "dissect/packet.h"

enum {
	DEFRAG_SLOTS = 64,   /* packets under assembly at once; the oldest gives way */
	DEFRAG_HEAD = 512,   /* first bytes that are kept: headers and the start of the payload */
	DEFRAG_RANGES = 16,  /* disjoint pieces per packet */
};

struct defrag_slot {
	struct packet packet; /* the first fragment seen, with its addresses and number */
	uint32_t total;	      /* length of the IP payload, 0 while the last piece is missing */
	uint16_t range_count;
	bool used;
	bool has_first;
	struct {
		uint32_t left, right;
	} ranges[DEFRAG_RANGES]; /* what has come, disjoint */
	uint8_t head[DEFRAG_HEAD];
	uint64_t head_blocks; /* bit per 8 bytes of head that were captured */
};

struct defrag {
	struct defrag_slot slots[DEFRAG_SLOTS];
	uint32_t next_victim;
};

/* Takes a PACKET_FRAGMENT. Returns true when its IP packet is complete: *ret_packet is then the whole
 * one (frame and time of the fragment that completed it, as Wireshark counts), its payload pointing
 * into the defrag until the next call. *ret_lost counts packets that were given up meanwhile. */
bool defrag_add(struct defrag *defrag, const struct packet *fragment, const struct limits *limits,
		struct packet *ret_packet, uint64_t *ret_lost);

/* At the end: gives up packet number index (0 .. DEFRAG_SLOTS-1). Returns true if something was there
 * and its first fragment shows enough to be judged: *ret_packet is the segment as far as known. */
bool defrag_give_up(struct defrag *defrag, uint32_t index, struct packet *ret_packet,
		    uint64_t *ret_lost);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Recognises the same packet captured twice: mirror ports, "any" on a router, bridges. */
#ifndef TCPWHY_DEDUP_H
#define TCPWHY_DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/limits.h"
#include "dissect/packet.h"

enum { DEDUP_SLOTS = 4096 };

/* A window over the latest packets; one slot per fingerprint, newer ones overwrite. */
struct dedup {
	int64_t proven_ns; /* when a copy was last told beyond doubt; valid if proven */
	bool proven;
	struct dedup_slot {
		uint64_t fingerprint;
		packet_context context;
		int64_t ts_ns;
		uint8_t ttl;
	} slots[DEDUP_SLOTS];
};

/* Whether this TCP segment is a second capture of one seen just before: same endpoints, sequence and
 * acknowledgement numbers, flags, window, length, IP ID, checksum and timestamp option, close in time,
 * and TTL equal or (routed between both captures) one apart. In another VLAN or tunnel only a routed
 * copy counts, since parallel networks may carry equal packets.
 * Remembers the segment. A resent segment differs: its IP ID or timestamp has moved on. */
bool dedup_seen(struct dedup *dedup, const struct packet *packet, const struct limits *limits);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fingerprints of the latest packets, in a table that is overwritten as it goes. */
#include "analyzer/dedup.h"

static uint64_t
stir(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash *= UINT64_C(0x9fb21c651e98df25);
	return hash ^ hash >> 32;
}

bool
dedup_seen(struct dedup *dedup, const struct packet *packet, const struct limits *limits)
{
	/* The TCP checksum covers the payload: it spares us reading it. */
	uint64_t hash = stir(UINT64_C(0x165667b19e3779f9),
			     (uint64_t)packet->seq << 32 | packet->ack);
	hash = stir(hash, (uint64_t)packet->src_port << 48 | (uint64_t)packet->dst_port << 32 |
				  (uint64_t)packet->checksum_field << 16 | packet->window);
	hash = stir(hash, (uint64_t)packet->payload_length << 32 |
				  (uint64_t)packet->ip_id << 16 | packet->flags);
	hash = stir(hash, packet->src.lo ^ packet->src.hi * 3);
	hash = stir(hash, packet->dst.lo ^ packet->dst.hi * 5);
	bool timestamp = (packet->options & TCP_HAS_TIMESTAMP) != 0;
	if (timestamp)
		hash = stir(hash, (uint64_t)packet->tsval << 32 | packet->tsecr);

	struct dedup_slot *slot = &dedup->slots[hash >> 20 & (DEDUP_SLOTS - 1)];
	bool counted = packet->has_ip_id && packet->ip_id != 0;
	bool strong = counted || (timestamp && packet->payload_length > 0);
	int64_t limit = strong ? limits->duplicate_ns : limits->duplicate_weak_ns;
	/* Without a counter two RSTs, pure ACKs or SYN-ACKs may honestly be equal: one for each segment
	 * that they answer. Their copies are told by a router's hand, or by being amid other copies. */
	bool repeatable = !counted && packet->payload_length == 0 && packet->flags != TCP_SYN &&
			  !(packet->flags & TCP_FIN);
	int64_t distance = packet->ts_ns - slot->ts_ns;
	int hops = packet->ttl - slot->ttl;
	bool same = slot->fingerprint == hash && distance <= limit && distance >= -limit;
	bool amid = dedup->proven && packet->ts_ns - dedup->proven_ns < NS_PER_S;
	bool copy = slot->context == packet->context
			    ? hops >= -1 && hops <= 1 && (hops != 0 || !repeatable || amid)
			    : hops == -1 || hops == 1;
	if (same && copy) {
		if (counted) {
			dedup->proven = true;
			dedup->proven_ns = packet->ts_ns;
		}
		/* the next router on the same host hands on this copy, not the first */
		slot->ttl = packet->ttl;
		slot->context = packet->context;
		return true;
	}
	*slot = (struct dedup_slot){
		.fingerprint = hash,
		.context = packet->context,
		.ts_ns = packet->ts_ns,
		.ttl = packet->ttl,
	};
	return false;
}

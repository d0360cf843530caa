/* SPDX-License-Identifier: BSD-2-Clause */
/* Fingerprints of the latest packets, in a table that is overwritten as it goes. */
#include "analyzer/dedup.h"

/* Two words at once: independent of the other pairs, so that they need not wait for each other. */
static inline uint64_t
stir(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)(a ^ UINT64_C(0x9fb21c651e98df25)) *
			      (b ^ UINT64_C(0xa0761d6478bd642f));
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

bool
dedup_seen(struct dedup *dedup, const struct packet *packet, const struct limits *limits)
{
	bool timestamp = (packet->options & TCP_HAS_TIMESTAMP) != 0;
	uint64_t clock = timestamp ? (uint64_t)packet->tsval << 32 | packet->tsecr : 0;
	/* The TCP checksum covers the payload: it spares us reading it. */
	uint64_t hash =
		stir((uint64_t)packet->seq << 32 | packet->ack,
		     (uint64_t)packet->src_port << 48 | (uint64_t)packet->dst_port << 32 |
			     (uint64_t)packet->checksum_field << 16 | packet->window) ^
		stir((uint64_t)packet->payload_length << 32 | (uint64_t)packet->ip_id << 16 |
			     packet->flags,
		     clock + UINT64_C(0xe7037ed1a0b428db)) * 3;
	hash ^= stir(packet->src.lo ^ packet->src.hi * 3, packet->dst.lo ^ packet->dst.hi * 5) * 5;

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

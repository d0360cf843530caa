/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows held at present: a pool, a hash over endpoints, and a list per reason to wait. */
#ifndef TCPWHY_FLOWTAB_H
#define TCPWHY_FLOWTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"

/* What a flow waits for; each list is ordered by the time it was put there, oldest first. */
enum flow_list {
	LIST_CLOSED,	 /* ended; kept for late segments */
	LIST_ATTEMPT,	 /* SYN without SYN-ACK */
	LIST_HALF_OPEN,	 /* SYN-ACK without ACK */
	LIST_OPEN,	 /* established or met in mid-stream */
	LIST_SUPERSEDED, /* ended, and its endpoints are in use again: not in the hash */
	FLOW_LISTS
};

/* A flow is named by its pool index + 1; 0 is no flow. Ids are used again after release. */
typedef uint32_t flow_id;

struct flowtab;

/* Returns NULL when memory is short. capacity: most flows held at once, at least 1. memory_bytes: most
 * that flows, their details and the hash may take; 0: any number. */
struct flowtab *flowtab_new(uint32_t capacity, size_t memory_bytes, const uint64_t hash_key[2]);
void flowtab_free(struct flowtab *table);

/* The flow with that id, which must be held. */
struct flow *flowtab_at(const struct flowtab *table, flow_id id);

/* Whether a flow with that id is held. */
bool flowtab_holds(const struct flowtab *table, flow_id id);

/* Symmetric keyed hash of the two endpoints of a packet. */
uint32_t flowtab_hash(const struct flowtab *table, const struct packet *packet);

/* The same of two endpoints, under the key of flowtab_new(). */
uint32_t flowtab_hash_endpoints(const uint64_t hash_key[2], struct ip_addr a, uint16_t a_port,
				struct ip_addr b, uint16_t b_port);

/* Fetch ahead what flowtab_first() will read, and then the flow that it will find: called for a whole
 * batch of packets one after the other, so that the batch waits for memory twice and not each packet. */
void flowtab_prefetch_bucket(const struct flowtab *table, uint32_t hash);
void flowtab_prefetch_flow(const struct flowtab *table, uint32_t hash, bool data);

/* Fetches ahead all of a flow that is soon to be judged; 0: none. */
void flowtab_prefetch_whole(const struct flowtab *table, flow_id id);

/* Walk over the flows of a hash, newest first: 0 at the end. The caller compares endpoints. */
flow_id flowtab_first(const struct flowtab *table, uint32_t hash);

/* The newest flow of a hash that has the endpoints of this packet, and which way the packet goes in it;
 * 0: none. VLANs and incarnations are the caller's business. */
flow_id flowtab_match(const struct flowtab *table, uint32_t hash, const struct packet *packet,
		      enum direction *ret_dir);

/* Takes a zeroed flow from the pool and enters it under hash and on a list.
 * Returns 0 when the pool is at its capacity or memory is short. */
flow_id flowtab_add(struct flowtab *table, uint32_t hash, enum flow_list list);

/* Puts the flow at the end of another list (or of its own). */
void flowtab_move(struct flowtab *table, flow_id id, enum flow_list list);

/* Takes the flow out of the hash; it stays held and listed. */
void flowtab_hide(struct flowtab *table, flow_id id);

/* Gives the flow back to the pool. Its detail is the caller's to release first. */
void flowtab_release(struct flowtab *table, flow_id id);

/* The oldest flow of a list, 0 if empty, and how many are on it. */
flow_id flowtab_oldest(const struct flowtab *table, enum flow_list list);
uint32_t flowtab_listed(const struct flowtab *table, enum flow_list list);

uint32_t flowtab_count(const struct flowtab *table);

/* The bounded memory is used up: a flow that turns odd would find no detail until another is released. */
bool flowtab_is_dry(const struct flowtab *table);

/* How often what odd flows need besides found no memory. */
uint64_t flowtab_refused(const struct flowtab *table);

/* Details come from the same kind of pool. NULL when memory is short. */
struct detail *flowtab_detail(struct flowtab *table, struct flow *flow);
void flowtab_detail_release(struct flowtab *table, struct flow *flow);

/* So do the records of applications, and the offers within them. */
struct application *flowtab_application(struct flowtab *table, struct flow *flow);
void flowtab_application_release(struct flowtab *table, struct flow *flow);
struct ssh_offers *flowtab_ssh_offers(struct flowtab *table, struct application *application);
void flowtab_ssh_offers_release(struct flowtab *table, struct application *application);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Pool in chunks that never move, and linear hashing: the table grows by one bucket per flow, never
 * by copying itself, so that no packet waits for a resize (Litwin, "Linear hashing", VLDB 1980). */
#include "analyzer/flowtab.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/application.h"
#include "analyzer/pool.h"

enum {
	CHUNK_BITS = 9, /* flows per chunk */
	CHUNK = 1 << CHUNK_BITS,
	SEGMENT_BITS = 12, /* buckets per segment */
	SEGMENT = 1 << SEGMENT_BITS,
	DETAIL_CHUNK = 64, /* items per chunk of the pools */
	APPLICATION_CHUNK = 64,
	OFFERS_CHUNK = 8,
	RESERVE_SHARE = 6, /* of the memory is left to details, and so on */
	STRIDE = (sizeof(struct flow) + FLOW_LINE - 1) / FLOW_LINE *
		 FLOW_LINE, /* from flow to flow */
	/* With each flow, its place in the order of tracker_finish(), and room to sort that. */
	CHUNK_BYTES = CHUNK * (STRIDE + 2 * (int)sizeof(uint64_t)),
	SEGMENT_BYTES = SEGMENT * (int)sizeof(flow_id),
};

struct list {
	flow_id oldest, newest;
	uint32_t count;
};

struct flowtab {
	uint8_t **chunks; /* of CHUNK flows, each at the beginning of a cache line */
	flow_id **segments;
	struct list lists[FLOW_LISTS];
	struct pool details, applications, offers;
	size_t left;	/* bytes that may still be taken; SIZE_MAX / 2 and more: any number */
	size_t reserve; /* of them, those that flows leave to their details */
	uint64_t key[2];
	uint32_t capacity, used, held, free_id;
	uint32_t chunk_max, chunk_count;
	uint32_t segment_max;
	uint32_t bucket_count, bucket_mask; /* mask: that of the last completed doubling */
	bool frozen; /* memory was short once: the hash stops growing, chains get longer */
};

static_assert(offsetof(struct flow, last_ns) == FLOW_LINE &&
		      offsetof(struct flow, half) == 2 * FLOW_LINE &&
		      sizeof(struct half) == 4 * FLOW_LINE &&
		      offsetof(struct half, data_last) + sizeof(struct moment) <= 3 * FLOW_LINE,
	      "flow.h says which lines hold what");

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Both endpoints are hashed with the secret and added, which makes the sum symmetric without letting
 * anybody who lacks the secret steer it. */
static uint64_t
endpoint_hash(const uint64_t key[2], struct ip_addr addr, uint16_t port)
{
	uint64_t low = mix(addr.lo ^ key[0], UINT64_C(0x9e3779b97f4a7c15) ^ port);
	uint64_t high = addr.hi == 0 ? key[1] : mix(addr.hi ^ key[1], UINT64_C(0xd6e8feb86659fd93));
	return mix(low ^ key[1], high | 1);
}

static inline uint32_t
hash_endpoints(const uint64_t key[2], struct ip_addr a, uint16_t a_port, struct ip_addr b,
	       uint16_t b_port)
{
	uint64_t sum = endpoint_hash(key, a, a_port) + endpoint_hash(key, b, b_port);
	return (uint32_t)(mix(sum, UINT64_C(0xbf58476d1ce4e5b9)) >> 16);
}

uint32_t
flowtab_hash(const struct flowtab *table, const struct packet *packet)
{
	if (packet->kind == PACKET_ICMP_ERROR)
		return hash_endpoints(table->key, packet->quoted_src, packet->src_port,
				      packet->quoted_dst, packet->dst_port);
	return hash_endpoints(table->key, packet->src, packet->src_port, packet->dst,
			      packet->dst_port);
}

uint32_t
flowtab_hash_endpoints(const uint64_t hash_key[2], struct ip_addr a, uint16_t a_port,
		       struct ip_addr b, uint16_t b_port)
{
	const uint64_t key[2] = { hash_key[0] | 1, hash_key[1] | 1 };
	return hash_endpoints(key, a, a_port, b, b_port);
}

static uint32_t
bucket_index(const struct flowtab *table, uint32_t hash)
{
	uint32_t index = hash & (table->bucket_mask * 2 + 1);
	return index < table->bucket_count ? index : index & table->bucket_mask;
}

static flow_id *
bucket(const struct flowtab *table, uint32_t index)
{
	return &table->segments[index >> SEGMENT_BITS][index & (SEGMENT - 1)];
}

struct flow *
flowtab_at(const struct flowtab *table, flow_id id)
{
	assert(id != 0 && id <= table->used);
	uint8_t *chunk = table->chunks[(id - 1) >> CHUNK_BITS];
	return (struct flow *)(void *)(chunk + ((id - 1) & (CHUNK - 1)) * STRIDE);
}

bool
flowtab_holds(const struct flowtab *table, flow_id id)
{
	return id != 0 && id <= table->used && flowtab_at(table, id)->list != FLOW_LISTS;
}

/* Takes what the flows of bounded tables need besides, so that an empty table is never dry. */
static bool
grow_pools(struct flowtab *table)
{
	return pool_grow(&table->details) && pool_grow(&table->applications);
}

struct flowtab *
flowtab_new(uint32_t capacity, size_t memory_bytes, const uint64_t hash_key[2])
{
	struct flowtab *table = calloc(1, sizeof(*table));
	if (table == NULL)
		return NULL;
	memcpy(table->key, hash_key, sizeof(table->key));
	table->key[0] |= 1;
	table->key[1] |= 1;
	table->left = memory_bytes != 0 ? memory_bytes : SIZE_MAX;
	table->reserve = memory_bytes / RESERVE_SHARE;
	pool_init(&table->details, sizeof(struct detail), DETAIL_CHUNK, &table->left);
	pool_init(&table->applications, sizeof(struct application), APPLICATION_CHUNK,
		  &table->left);
	pool_init(&table->offers, sizeof(struct ssh_offers), OFFERS_CHUNK, &table->left);
	table->capacity = capacity;
	table->chunk_max = capacity / CHUNK + 1;
	table->segment_max = capacity / SEGMENT * 2 + 2;
	table->chunks = calloc(table->chunk_max, sizeof(*table->chunks));
	table->segments = calloc(table->segment_max, sizeof(*table->segments));
	if (table->chunks != NULL && table->segments != NULL)
		table->segments[0] = calloc(SEGMENT, sizeof(flow_id));
	if (table->chunks == NULL || table->segments == NULL || table->segments[0] == NULL ||
	    (memory_bytes != 0 && !grow_pools(table))) {
		flowtab_free(table);
		return NULL;
	}
	table->bucket_count = SEGMENT;
	table->bucket_mask = SEGMENT - 1;
	return table;
}

void
flowtab_free(struct flowtab *table)
{
	if (table == NULL)
		return;
	for (uint32_t i = 0; table->chunks != NULL && i < table->chunk_count; i++)
		free(table->chunks[i]);
	for (uint32_t i = 0; table->segments != NULL && i < table->segment_max; i++)
		free(table->segments[i]);
	pool_release(&table->details);
	pool_release(&table->applications);
	pool_release(&table->offers);
	free(table->chunks);
	free(table->segments);
	free(table);
}

/* Splits one bucket: half of its flows move to the new last bucket. */
static void
grow(struct flowtab *table)
{
	uint32_t index = table->bucket_count;
	if (table->frozen || index >> SEGMENT_BITS >= table->segment_max)
		return;
	flow_id **segment = &table->segments[index >> SEGMENT_BITS];
	if (*segment == NULL && table->left >= SEGMENT_BYTES) {
		*segment = calloc(SEGMENT, sizeof(flow_id));
		table->left -= SEGMENT_BYTES;
	}
	if (*segment == NULL) {
		table->frozen = true;
		return;
	}
	table->bucket_count++;
	flow_id *from = bucket(table, index & table->bucket_mask), *to = bucket(table, index);
	while (*from != 0) {
		struct flow *flow = flowtab_at(table, *from);
		if ((flow->hash & (table->bucket_mask * 2 + 1)) != index) {
			from = &flow->hash_next;
			continue;
		}
		*to = *from;
		*from = flow->hash_next;
		flow->hash_next = 0;
		to = &flow->hash_next;
	}
	if (table->bucket_count == (table->bucket_mask + 1) * 2)
		table->bucket_mask = table->bucket_mask * 2 + 1;
}

void
flowtab_prefetch_bucket(const struct flowtab *table, uint32_t hash)
{
	__builtin_prefetch(bucket(table, bucket_index(table, hash)));
}

void
flowtab_prefetch_flow(const struct flowtab *table, uint32_t hash, bool data)
{
	flow_id id = *bucket(table, bucket_index(table, hash));
	if (id == 0)
		return;
	/* the lines that every segment needs; the third of a half is written by data */
	const char *flow = (const char *)flowtab_at(table, id);
	const size_t halves = offsetof(struct flow, half), half = sizeof(struct half);
	__builtin_prefetch(flow, 1);
	__builtin_prefetch(flow + FLOW_LINE, 1);
	__builtin_prefetch(flow + halves, 1);
	__builtin_prefetch(flow + halves + FLOW_LINE, 1);
	__builtin_prefetch(flow + halves + half, 1);
	__builtin_prefetch(flow + halves + half + FLOW_LINE, 1);
	if (data) {
		__builtin_prefetch(flow + halves + 2 * FLOW_LINE, 1);
		__builtin_prefetch(flow + halves + half + 2 * FLOW_LINE, 1);
	}
}

void
flowtab_prefetch_whole(const struct flowtab *table, flow_id id)
{
	if (id == 0)
		return;
	const char *flow = (const char *)flowtab_at(table, id);
	for (size_t line = 0; line < STRIDE; line += FLOW_LINE)
		__builtin_prefetch(flow + line);
}

flow_id
flowtab_first(const struct flowtab *table, uint32_t hash)
{
	return *bucket(table, bucket_index(table, hash));
}

static inline bool
connects(const struct flow *flow, const struct packet *packet, enum direction *ret_dir)
{
	if (flow->client_port == packet->src_port && flow->server_port == packet->dst_port &&
	    ip_addr_equal(flow->client, packet->src) && ip_addr_equal(flow->server, packet->dst)) {
		*ret_dir = TO_SERVER;
		return true;
	}
	if (flow->client_port == packet->dst_port && flow->server_port == packet->src_port &&
	    ip_addr_equal(flow->client, packet->dst) && ip_addr_equal(flow->server, packet->src)) {
		*ret_dir = TO_CLIENT;
		return true;
	}
	return false;
}

flow_id
flowtab_match(const struct flowtab *table, uint32_t hash, const struct packet *packet,
	      enum direction *ret_dir)
{
	flow_id id = *bucket(table, bucket_index(table, hash));
	while (id != 0) {
		const struct flow *flow = flowtab_at(table, id);
		if (flow->hash == hash && connects(flow, packet, ret_dir))
			return id;
		id = flow->hash_next;
	}
	return 0;
}

static void
list_append(struct flowtab *table, flow_id id, enum flow_list which)
{
	struct flow *flow = flowtab_at(table, id);
	struct list *list = &table->lists[which];
	flow->list = (uint8_t)which;
	flow->list_next = 0;
	flow->list_previous = list->newest;
	if (list->newest != 0)
		flowtab_at(table, list->newest)->list_next = id;
	else
		list->oldest = id;
	list->newest = id;
	list->count++;
}

static void
list_remove(struct flowtab *table, flow_id id)
{
	struct flow *flow = flowtab_at(table, id);
	struct list *list = &table->lists[flow->list];
	list->count--;
	if (flow->list_previous != 0)
		flowtab_at(table, flow->list_previous)->list_next = flow->list_next;
	else
		list->oldest = flow->list_next;
	if (flow->list_next != 0)
		flowtab_at(table, flow->list_next)->list_previous = flow->list_previous;
	else
		list->newest = flow->list_previous;
}

/* A pool slot that is free, 0 if there is none. */
static flow_id
take_slot(struct flowtab *table)
{
	if (table->free_id != 0) {
		flow_id id = table->free_id;
		table->free_id = flowtab_at(table, id)->hash_next;
		return id;
	}
	if (table->used == table->capacity)
		return 0;
	if ((table->used & (CHUNK - 1)) == 0) {
		/* pages are touched, and so used, only as flows come */
		uint8_t *chunk = NULL;
		if (table->left >= table->reserve + CHUNK_BYTES)
			chunk = aligned_alloc(FLOW_LINE, CHUNK * STRIDE);
		if (chunk == NULL)
			return 0;
		table->left -= CHUNK_BYTES;
		table->chunks[table->chunk_count++] = chunk;
	}
	return ++table->used;
}

flow_id
flowtab_add(struct flowtab *table, uint32_t hash, enum flow_list list)
{
	flow_id id = take_slot(table);
	if (id == 0)
		return 0;
	if (table->held * 2 >= table->bucket_count)
		grow(table);
	struct flow *flow = flowtab_at(table, id);
	memset(flow, 0, sizeof(*flow));
	flow->hash = hash;
	flow_id *head = bucket(table, bucket_index(table, hash));
	flow->hash_next = *head;
	*head = id;
	list_append(table, id, list);
	table->held++;
	return id;
}

void
flowtab_move(struct flowtab *table, flow_id id, enum flow_list list)
{
	list_remove(table, id);
	list_append(table, id, list);
}

void
flowtab_hide(struct flowtab *table, flow_id id)
{
	struct flow *flow = flowtab_at(table, id);
	flow_id *link = bucket(table, bucket_index(table, flow->hash));
	while (*link != 0 && *link != id)
		link = &flowtab_at(table, *link)->hash_next;
	if (*link == id)
		*link = flow->hash_next;
	flow->hash_next = 0;
}

void
flowtab_release(struct flowtab *table, flow_id id)
{
	struct flow *flow = flowtab_at(table, id);
	if (flow->list != LIST_SUPERSEDED)
		flowtab_hide(table, id);
	list_remove(table, id);
	flow->list = FLOW_LISTS;
	flow->hash_next = table->free_id;
	table->free_id = id;
	table->held--;
}

flow_id
flowtab_oldest(const struct flowtab *table, enum flow_list list)
{
	return table->lists[list].oldest;
}

uint32_t
flowtab_listed(const struct flowtab *table, enum flow_list list)
{
	return table->lists[list].count;
}

uint32_t
flowtab_count(const struct flowtab *table)
{
	return table->held;
}

bool
flowtab_is_dry(const struct flowtab *table)
{
	return pool_is_dry(&table->details) || pool_is_dry(&table->applications);
}

uint64_t
flowtab_refused(const struct flowtab *table)
{
	return table->details.refused + table->applications.refused + table->offers.refused;
}

struct detail *
flowtab_detail(struct flowtab *table, struct flow *flow)
{
	if (flow->detail == NULL)
		flow->detail = pool_take(&table->details);
	return flow->detail;
}

void
flowtab_detail_release(struct flowtab *table, struct flow *flow)
{
	pool_give(&table->details, flow->detail);
	flow->detail = NULL;
}

struct application *
flowtab_application(struct flowtab *table, struct flow *flow)
{
	if (flow->application == NULL)
		flow->application = pool_take(&table->applications);
	return flow->application;
}

void
flowtab_application_release(struct flowtab *table, struct flow *flow)
{
	if (flow->application == NULL)
		return;
	flowtab_ssh_offers_release(table, flow->application);
	pool_give(&table->applications, flow->application);
	flow->application = NULL;
}

struct ssh_offers *
flowtab_ssh_offers(struct flowtab *table, struct application *application)
{
	if (application->offers == NULL)
		application->offers = pool_take(&table->offers);
	return application->offers;
}

void
flowtab_ssh_offers_release(struct flowtab *table, struct application *application)
{
	pool_give(&table->offers, application->offers);
	application->offers = NULL;
}

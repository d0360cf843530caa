/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of one cache line (IPv6: a half more) in chunks that never move, found by linear hashing as
 * flows are (analyzer/flowtab.c), in a list by age. */
#include "analyzer/attempts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/flowtab.h"

enum {
	CHUNK_BITS = 12, /* records per chunk */
	CHUNK = 1 << CHUNK_BITS,
	SEGMENT_BITS = 14, /* buckets per segment */
	SEGMENT = 1 << SEGMENT_BITS,
	ORIGINS = 4096, /* a power of two */
	ORIGIN_STEPS = 16,
};

/* Bit of an id: its record stands in the pool for IPv6. */
static const attempt_id wide_bit = UINT32_C(1) << 30;

/* What the frames of one place have in common. */
struct origin {
	packet_context context;
	uint64_t link_source;
	uint16_t source, interface;
	uint8_t direction;
	bool used;
};

struct record {
	uint32_t ts_high, ts_low;
	attempt_id hash_next, older, newer; /* of a free record: hash_next is the next free one */
	uint32_t number, frame, seq, tsval;
	uint32_t src, dst; /* the low 32 bits of the addresses */
	uint16_t src_port, dst_port;
	uint16_t window, mss, options, ip_id, origin;
	uint8_t flags, ttl, tos;
	uint8_t wscale : 8;
	uint8_t checksum : 2;
	uint8_t has_ip_id : 1;
};

/* The rest of an IPv6 address behind its record. */
struct wide_record {
	struct record record;
	uint32_t src[3], dst[3];
};

static_assert(sizeof(struct record) <= 64, "a record fits a line of the cache");

struct pool {
	uint8_t **chunks;
	uint32_t chunk_count, used;
	attempt_id free;
	size_t size; /* of a record */
};

struct attempts {
	struct pool pools[2]; /* [1]: IPv6 */
	attempt_id **segments;
	attempt_id oldest, newest;
	uint32_t count, capacity;
	uint32_t segment_max, bucket_count, bucket_mask;
	bool frozen;
	size_t left; /* bytes that may still be taken */
	uint64_t key[2];
	uint16_t last_origin;
	struct origin origins[ORIGINS];
};

static inline struct record *
record_at(const struct attempts *attempts, attempt_id id)
{
	const struct pool *pool = &attempts->pools[(id & wide_bit) != 0];
	uint32_t index = (id & ~wide_bit) - 1;
	uint8_t *chunk = pool->chunks[index >> CHUNK_BITS];
	return (struct record *)(void *)(chunk + (index & (CHUNK - 1)) * pool->size);
}

static inline attempt_id *
bucket(const struct attempts *attempts, uint32_t hash)
{
	uint32_t index = hash & (attempts->bucket_mask * 2 + 1);
	if (index >= attempts->bucket_count)
		index &= attempts->bucket_mask;
	return &attempts->segments[index >> SEGMENT_BITS][index & (SEGMENT - 1)];
}

struct attempts *
attempts_new(uint32_t capacity, size_t memory_bytes, const uint64_t hash_key[2])
{
	struct attempts *attempts = calloc(1, sizeof(*attempts));
	if (attempts == NULL)
		return NULL;
	capacity = capacity < wide_bit ? capacity : wide_bit - 1;
	attempts->capacity = capacity;
	attempts->left = memory_bytes != 0 ? memory_bytes : SIZE_MAX;
	memcpy(attempts->key, hash_key, sizeof(attempts->key));
	attempts->pools[0].size = sizeof(struct record);
	attempts->pools[1].size = sizeof(struct wide_record);
	attempts->segment_max = capacity / SEGMENT + 2;
	attempts->segments = calloc(attempts->segment_max, sizeof(*attempts->segments));
	bool good = attempts->segments != NULL;
	for (int i = 0; i < 2; i++) {
		struct pool *pool = &attempts->pools[i];
		pool->chunks = calloc(capacity / CHUNK + 1, sizeof(*pool->chunks));
		good = good && pool->chunks != NULL;
	}
	if (good)
		attempts->segments[0] = calloc(SEGMENT, sizeof(attempt_id));
	if (!good || attempts->segments[0] == NULL) {
		attempts_free(attempts);
		return NULL;
	}
	attempts->bucket_count = SEGMENT;
	attempts->bucket_mask = SEGMENT - 1;
	return attempts;
}

void
attempts_free(struct attempts *attempts)
{
	if (attempts == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		struct pool *pool = &attempts->pools[i];
		for (uint32_t j = 0; pool->chunks != NULL && j < pool->chunk_count; j++)
			free(pool->chunks[j]);
		free(pool->chunks);
	}
	for (uint32_t i = 0; attempts->segments != NULL && i < attempts->segment_max; i++)
		free(attempts->segments[i]);
	free(attempts->segments);
	free(attempts);
}

bool
attempts_can_take(const struct packet *packet)
{
	const unsigned plain = TCP_HAS_MSS | TCP_HAS_WSCALE | TCP_HAS_SACK_PERMITTED |
			       TCP_HAS_TIMESTAMP | TCP_HAS_UNKNOWN;
	return (packet->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == TCP_SYN &&
	       packet->payload_length == 0 && packet->defects == 0 && packet->sack_count == 0 &&
	       (packet->options & ~plain) == 0;
}

/* The number of the packet's origin, ORIGINS when there is no room for it. */
static uint16_t
origin_of(struct attempts *attempts, const struct packet *packet)
{
	uint64_t hash = (packet->context ^ packet->link_source * 31 ^
			 (uint64_t)packet->source << 32 ^ packet->interface ^
			 (uint64_t)packet->direction << 50) *
			UINT64_C(0x9e3779b97f4a7c15);
	for (unsigned i = 0; i < ORIGIN_STEPS + 1; i++) {
		uint16_t at = (uint16_t)(i == 0 ? attempts->last_origin
						: ((hash >> 40) + i) % ORIGINS);
		struct origin *origin = &attempts->origins[at];
		if (i > 0 && !origin->used)
			*origin = (struct origin){
				.context = packet->context,
				.link_source = packet->link_source,
				.source = packet->source,
				.interface = packet->interface,
				.direction = packet->direction,
				.used = true,
			};
		if (origin->used && origin->context == packet->context &&
		    origin->link_source == packet->link_source &&
		    origin->source == packet->source && origin->interface == packet->interface &&
		    origin->direction == packet->direction)
			return attempts->last_origin = at;
	}
	return ORIGINS;
}

static attempt_id
take_slot(struct attempts *attempts, bool wide)
{
	struct pool *pool = &attempts->pools[wide];
	attempt_id id = pool->free;
	if (id != 0) {
		pool->free = record_at(attempts, id)->hash_next;
		return id;
	}
	if (pool->used == attempts->capacity)
		return 0;
	if (pool->used == pool->chunk_count << CHUNK_BITS) {
		size_t bytes = CHUNK * pool->size;
		uint8_t *chunk = NULL;
		if (attempts->left >= bytes)
			chunk = aligned_alloc(FLOW_LINE, CHUNK * pool->size);
		if (chunk == NULL)
			return 0;
		attempts->left -= bytes;
		pool->chunks[pool->chunk_count++] = chunk;
	}
	return ++pool->used | (wide ? wide_bit : 0);
}

static inline struct ip_addr
address(const struct record *record, bool wide, bool source)
{
	uint32_t low = source ? record->src : record->dst;
	if (!wide)
		return (struct ip_addr){ 0, UINT64_C(0xffff00000000) | low };
	const struct wide_record *whole = (const struct wide_record *)record;
	const uint32_t *rest = source ? whole->src : whole->dst;
	return (struct ip_addr){ (uint64_t)rest[0] << 32 | rest[1], (uint64_t)rest[2] << 32 | low };
}

static inline bool
is_wide(attempt_id id)
{
	return (id & wide_bit) != 0;
}

static uint32_t
hash_of(const struct attempts *attempts, attempt_id id)
{
	const struct record *record = record_at(attempts, id);
	bool wide = is_wide(id);
	return flowtab_hash_endpoints(attempts->key, address(record, wide, true), record->src_port,
				      address(record, wide, false), record->dst_port);
}

/* Splits one bucket, as flows do. */
static void
grow(struct attempts *attempts)
{
	uint32_t index = attempts->bucket_count;
	if (attempts->frozen || index >> SEGMENT_BITS >= attempts->segment_max)
		return;
	attempt_id **segment = &attempts->segments[index >> SEGMENT_BITS];
	const size_t bytes = SEGMENT * sizeof(attempt_id);
	if (*segment == NULL && attempts->left >= bytes) {
		*segment = calloc(SEGMENT, sizeof(attempt_id));
		attempts->left -= bytes;
	}
	if (*segment == NULL) {
		attempts->frozen = true;
		return;
	}
	uint32_t low = index & attempts->bucket_mask;
	attempt_id *from = &attempts->segments[low >> SEGMENT_BITS][low & (SEGMENT - 1)];
	attempt_id *to = &(*segment)[index & (SEGMENT - 1)];
	attempts->bucket_count++;
	while (*from != 0) {
		struct record *record = record_at(attempts, *from);
		if ((hash_of(attempts, *from) & (attempts->bucket_mask * 2 + 1)) != index) {
			from = &record->hash_next;
			continue;
		}
		*to = *from;
		*from = record->hash_next;
		record->hash_next = 0;
		to = &record->hash_next;
	}
	if (attempts->bucket_count == (attempts->bucket_mask + 1) * 2)
		attempts->bucket_mask = attempts->bucket_mask * 2 + 1;
}

static void
fill(struct record *record, const struct packet *packet, uint16_t origin, uint32_t number)
{
	record->ts_high = (uint32_t)((uint64_t)packet->ts_ns >> 32);
	record->ts_low = (uint32_t)packet->ts_ns;
	record->number = number;
	record->frame = packet->frame;
	record->seq = packet->seq;
	record->tsval = packet->tsval;
	record->src = (uint32_t)packet->src.lo;
	record->dst = (uint32_t)packet->dst.lo;
	record->src_port = packet->src_port;
	record->dst_port = packet->dst_port;
	record->window = packet->window;
	record->mss = packet->mss;
	record->options = packet->options;
	record->ip_id = packet->ip_id;
	record->origin = origin;
	record->flags = packet->flags;
	record->ttl = packet->ttl;
	record->tos = packet->tos;
	record->wscale = packet->wscale;
	record->checksum = packet->checksum & 3U;
	record->has_ip_id = packet->has_ip_id;
	if (packet->ip_version == 4)
		return;
	struct wide_record *whole = (struct wide_record *)record;
	const struct ip_addr src = packet->src, dst = packet->dst;
	whole->src[0] = (uint32_t)(src.hi >> 32);
	whole->src[1] = (uint32_t)src.hi;
	whole->src[2] = (uint32_t)(src.lo >> 32);
	whole->dst[0] = (uint32_t)(dst.hi >> 32);
	whole->dst[1] = (uint32_t)dst.hi;
	whole->dst[2] = (uint32_t)(dst.lo >> 32);
}

attempt_id
attempts_take(struct attempts *attempts, const struct packet *packet, uint32_t hash, uint32_t number)
{
	uint16_t origin = origin_of(attempts, packet);
	if (origin == ORIGINS || attempts->count >= attempts->capacity)
		return 0;
	attempt_id id = take_slot(attempts, packet->ip_version != 4);
	if (id == 0)
		return 0;
	if (attempts->count >= attempts->bucket_count)
		grow(attempts);
	struct record *record = record_at(attempts, id);
	fill(record, packet, origin, number);
	attempt_id *head = bucket(attempts, hash);
	record->hash_next = *head;
	*head = id;
	record->older = attempts->newest;
	record->newer = 0;
	if (attempts->newest != 0)
		record_at(attempts, attempts->newest)->newer = id;
	else
		attempts->oldest = id;
	attempts->newest = id;
	attempts->count++;
	return id;
}

attempt_id
attempts_find(const struct attempts *attempts, uint32_t hash, struct ip_addr a, uint16_t a_port,
	      struct ip_addr b, uint16_t b_port)
{
	attempt_id id = *bucket(attempts, hash);
	for (; id != 0; id = record_at(attempts, id)->hash_next) {
		const struct record *record = record_at(attempts, id);
		const bool wide = is_wide(id);
		struct ip_addr src = address(record, wide, true), dst = address(record, wide, false);
		if (record->src_port == a_port && record->dst_port == b_port &&
		    ip_addr_equal(src, a) && ip_addr_equal(dst, b))
			return id;
		if (record->src_port == b_port && record->dst_port == a_port &&
		    ip_addr_equal(src, b) && ip_addr_equal(dst, a))
			return id;
	}
	return 0;
}

void
attempts_prefetch(const struct attempts *attempts, uint32_t hash)
{
	__builtin_prefetch(bucket(attempts, hash), 1);
}

int64_t
attempts_time(const struct attempts *attempts, attempt_id id)
{
	const struct record *record = record_at(attempts, id);
	return (int64_t)((uint64_t)record->ts_high << 32 | record->ts_low);
}

uint32_t
attempts_number(const struct attempts *attempts, attempt_id id)
{
	return record_at(attempts, id)->number;
}

void
attempts_unpack(const struct attempts *attempts, attempt_id id, struct packet *ret_packet,
		uint32_t *ret_number)
{
	const struct record *record = record_at(attempts, id);
	const struct origin *origin = &attempts->origins[record->origin];
	const bool wide = is_wide(id);
	*ret_packet = (struct packet){
		.src = address(record, wide, true),
		.dst = address(record, wide, false),
		.context = origin->context,
		.src_port = record->src_port,
		.dst_port = record->dst_port,
		.seq = record->seq,
		.window = record->window,
		.options = record->options,
		.kind = PACKET_TCP,
		.flags = record->flags,
		.checksum = record->checksum,
		.ip_version = wide ? 6 : 4,
		.ts_ns = attempts_time(attempts, id),
		.frame = record->frame,
		.tsval = record->tsval,
		.source = origin->source,
		.interface = origin->interface,
		.ip_id = record->ip_id,
		.mss = record->mss,
		.direction = origin->direction,
		.ttl = record->ttl,
		.tos = record->tos,
		.wscale = record->wscale,
		.has_ip_id = record->has_ip_id,
		.link_source = origin->link_source,
	};
	*ret_number = record->number;
}

void
attempts_drop(struct attempts *attempts, attempt_id id)
{
	struct record *record = record_at(attempts, id);
	attempt_id *link = bucket(attempts, hash_of(attempts, id));
	while (*link != 0 && *link != id)
		link = &record_at(attempts, *link)->hash_next;
	assert(*link == id);
	*link = record->hash_next;
	if (record->older != 0)
		record_at(attempts, record->older)->newer = record->newer;
	else
		attempts->oldest = record->newer;
	if (record->newer != 0)
		record_at(attempts, record->newer)->older = record->older;
	else
		attempts->newest = record->older;
	struct pool *pool = &attempts->pools[is_wide(id)];
	record->hash_next = pool->free;
	pool->free = id;
	attempts->count--;
}

attempt_id
attempts_oldest(const struct attempts *attempts)
{
	return attempts->oldest;
}

attempt_id
attempts_next(const struct attempts *attempts, attempt_id id)
{
	return record_at(attempts, id)->newer;
}

uint32_t
attempts_count(const struct attempts *attempts)
{
	return attempts->count;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Records in a ring, a table of chains over them, and the set of marked flows.
 *
 * A bucket of the table holds the position of its newest record; each record knows the one before it
 * in its bucket. Nothing is taken out of a chain: where it leads to a position that is no longer held,
 * it ends. The low bits of a bucket count the marked flows in it, so that the packets of all others,
 * nearly all there are, need not be looked up in the marks. */
#include "ui/recorder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "analyzer/limits.h"
#include "ui/recorder_parts.h"

enum {
	MEMORY_MIN = 65536,
	INDEX_SHARE = 50,  /* the table is at most that part of the memory */
	RECORD_SHARE = 8,  /* no record is longer than that part of the memory */
	ERROR_BYTES = 256, /* kept of an ICMP error: it quotes what we need at its start */
	MARKED_MAX = RING_ALIGNMENT - 1, /* a count that stands for itself and more */
	FLUSH_NS = NS_PER_S,		 /* no more is lost if the program dies */
};

static size_t
bucket_count(size_t memory_bytes)
{
	size_t count = 256;
	while (2 * count * sizeof(uint64_t) <= memory_bytes / INDEX_SHARE)
		count *= 2;
	return count;
}

struct recorder *
recorder_new(const struct recorder_options *options)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	size_t memory = options->memory_bytes < MEMORY_MIN ? MEMORY_MIN : options->memory_bytes;
	if (recorder == NULL)
		return NULL;
	recorder->bucket_mask = bucket_count(memory) - 1;
	recorder->buckets = calloc(recorder->bucket_mask + 1, sizeof(*recorder->buckets));
	recorder->capture = options->capture;
	recorder->age_ns = options->age_ns;
	recorder->whole = options->whole;
	size_t longest = memory / RECORD_SHARE - sizeof(struct record) - RING_ALIGNMENT;
	recorder->caplen_max = (uint32_t)(longest < PCAPNG_FRAME_MAX ? longest : PCAPNG_FRAME_MAX);
	if (getrandom(recorder->hash_key, sizeof(recorder->hash_key), GRND_NONBLOCK) < 0)
		recorder->hash_key[0] = (uint64_t)getpid();
	bool room = ring_init(&recorder->ring, memory);
	if (!marks_init(&recorder->marks) || !room || recorder->buckets == NULL) {
		recorder_free(recorder);
		return NULL;
	}
	return recorder;
}

void
recorder_free(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	recorder_file_close(&recorder->file);
	marks_release(&recorder->marks);
	ring_release(&recorder->ring);
	free(recorder->buckets);
	free(recorder);
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
endpoint_hash(const struct recorder *recorder, struct ip_addr address, uint16_t port)
{
	uint64_t high =
		mix(address.hi ^ recorder->hash_key[1], UINT64_C(0x9e3779b97f4a7c15) ^ port);
	return mix(address.lo ^ recorder->hash_key[0], high | 1);
}

/* Keyed, so that nobody can make two flows look like one; a sum, so that either order is the same. */
static uint64_t
pair_hash(const struct recorder *recorder, struct ip_addr a, uint16_t a_port, struct ip_addr b,
	  uint16_t b_port)
{
	uint64_t sum = endpoint_hash(recorder, a, a_port) + endpoint_hash(recorder, b, b_port);
	return mix(sum ^ recorder->hash_key[1], UINT64_C(0xbf58476d1ce4e5b9));
}

uint64_t
recorder_hash(const struct recorder *recorder, const struct recorder_key *key)
{
	return pair_hash(recorder, key->client, key->client_port, key->server, key->server_port);
}

static uint64_t
packet_hash(const struct recorder *recorder, const struct packet *packet)
{
	bool error = packet->kind == PACKET_ICMP_ERROR;
	return pair_hash(recorder, error ? packet->quoted_src : packet->src, packet->src_port,
			 error ? packet->quoted_dst : packet->dst, packet->dst_port);
}

static uint64_t *
bucket(const struct recorder *recorder, uint64_t key)
{
	return &recorder->buckets[key & recorder->bucket_mask];
}

struct record *
recorder_follow(const struct recorder *recorder, uint64_t reference, bool *ret_cut)
{
	uint64_t position = reference - reference % RING_ALIGNMENT;
	*ret_cut = false;
	if (position == 0)
		return NULL;
	position -= RING_ALIGNMENT;
	*ret_cut = !ring_holds(&recorder->ring, position);
	return *ret_cut ? NULL : ring_at(&recorder->ring, position);
}

struct record *
recorder_newest(const struct recorder *recorder, uint64_t hash, bool *ret_cut)
{
	return recorder_follow(recorder, *bucket(recorder, hash), ret_cut);
}

struct frame
record_frame(struct record *record)
{
	return (struct frame){
		.ts_ns = record->ts_ns,
		.data = record_data(record),
		.number = record->number,
		.caplen = record->caplen,
		.wirelen = record->wirelen,
		.linktype = record->linktype,
		.source = record->source,
		.interface = record->interface,
		.direction = record->direction,
	};
}

void
recorder_write(struct recorder *recorder, struct record *record)
{
	const struct frame frame = record_frame(record);
	if (recorder->file.writer == NULL)
		return;
	if (recorder_file_write(&recorder->file, &frame))
		recorder->stats.written++;
	else
		recorder->stats.unwritten++;
	record->marked = false;
}

static void
give_up_oldest(struct recorder *recorder)
{
	struct record *record = ring_oldest(&recorder->ring);
	if (record->marked)
		recorder_write(recorder, record);
	if (!recorder->gave_up || record->ts_ns > recorder->given_up_ns)
		recorder->given_up_ns = record->ts_ns;
	recorder->gave_up = true;
	ring_drop(&recorder->ring);
}

/* Whether that time is out of reach: long ago, or, after the clock was set back, long ahead. */
static bool
has_aged(const struct recorder *recorder, int64_t ts_ns)
{
	return recorder->age_ns > 0 &&
	       time_between(recorder->now_ns, ts_ns) > (uint64_t)recorder->age_ns;
}

static void
remove_mark(struct recorder *recorder, struct mark *mark)
{
	uint64_t *head = bucket(recorder, mark->key);
	/* At the most that can be counted nobody knows how many there are: it stays. */
	if (*head % RING_ALIGNMENT < MARKED_MAX)
		--*head;
	marks_remove(&recorder->marks, mark);
}

static void
pass_time(struct recorder *recorder, int64_t now_ns)
{
	struct record *record;
	struct mark *mark;
	recorder->now_ns = now_ns;
	while ((record = ring_oldest(&recorder->ring)) != NULL && has_aged(recorder, record->ts_ns))
		give_up_oldest(recorder);
	while ((mark = marks_oldest(&recorder->marks)) != NULL && has_aged(recorder, mark->last_ns))
		remove_mark(recorder, mark);
}

/* How much of a frame is kept. */
static uint32_t
kept_length(const struct recorder *recorder, const struct frame *frame, const struct packet *packet)
{
	uint32_t length = frame->caplen;
	if (!recorder->whole && packet->kind == PACKET_ICMP_ERROR && length > ERROR_BYTES)
		length = ERROR_BYTES;
	if (!recorder->whole && packet->kind == PACKET_TCP && packet->payload != NULL &&
	    packet->payload >= frame->data && packet->payload < frame->data + frame->caplen)
		length = (uint32_t)(packet->payload - frame->data);
	return length < recorder->caplen_max ? length : recorder->caplen_max;
}

void
recorder_add(struct recorder *recorder, const struct frame *frame, const struct packet *packet)
{
	uint64_t position;
	if (packet->kind != PACKET_TCP && packet->kind != PACKET_ICMP_ERROR)
		return;
	uint64_t key = packet_hash(recorder, packet);
	uint64_t *head = bucket(recorder, key);
	__builtin_prefetch(head, 1);
	uint32_t caplen = kept_length(recorder, frame, packet);
	size_t length = record_length(caplen);
	pass_time(recorder, frame->ts_ns);
	while (!ring_has_room(&recorder->ring, length))
		give_up_oldest(recorder);
	struct record *record = ring_add(&recorder->ring, length, &position);
	record->key = key;
	record->ts_ns = frame->ts_ns;
	record->caplen = caplen;
	record->wirelen = frame->wirelen;
	record->number = frame->number;
	record->linktype = frame->linktype;
	record->source = frame->source;
	record->interface = frame->interface;
	record->direction = frame->direction;
	record->marked = false;
	memcpy(record_data(record), frame->data, caplen);
	uint64_t marks = *head % RING_ALIGNMENT;
	record->previous = *head - marks;
	*head = position + RING_ALIGNMENT + marks;
	recorder->stats.added++;
	struct mark *mark = marks > 0 ? marks_find(&recorder->marks, key) : NULL;
	if (mark != NULL) {
		record->marked = true;
		marks_touch(&recorder->marks, mark, frame->ts_ns);
	}
}

void
recorder_advance(struct recorder *recorder, int64_t now_ns)
{
	pass_time(recorder, now_ns);
	if (recorder->file.writer == NULL || time_between(now_ns, recorder->flushed_ns) < FLUSH_NS)
		return;
	recorder->flushed_ns = now_ns;
	recorder_file_flush(&recorder->file);
}

size_t
recorder_find(const struct recorder *recorder, const struct recorder_key *key, int64_t since_ns,
	      struct recorder_frame *frames, size_t max, bool *ret_cut)
{
	uint64_t hash = recorder_hash(recorder, key);
	size_t count = 0;
	bool cut;
	struct record *record = recorder_newest(recorder, hash, &cut);
	for (; record != NULL; record = recorder_follow(recorder, record->previous, &cut)) {
		if (record->key != hash || record->ts_ns < since_ns)
			continue;
		if (count == max)
			break;
		frames[max - ++count] =
			(struct recorder_frame){ record_frame(record), record->marked };
	}
	if (ret_cut !=
	    NULL) /* the chain has other flows too: what was given up must be late enough */
		*ret_cut = record != NULL || (cut && recorder->given_up_ns >= since_ns);
	if (count > 0 && count < max)
		memmove(frames, frames + max - count, count * sizeof(*frames));
	return count;
}

void
recorder_mark(struct recorder *recorder, const struct recorder_key *key, int64_t since_ns)
{
	uint64_t hash = recorder_hash(recorder, key);
	uint64_t *head = bucket(recorder, hash);
	struct mark *mark = marks_find(&recorder->marks, hash);
	bool cut;
	if (mark != NULL && mark->since_ns <= since_ns)
		return;
	if (mark != NULL) {
		mark->since_ns = since_ns;
	} else {
		if (recorder->marks.count == MARKS_MAX) {
			remove_mark(recorder, marks_oldest(&recorder->marks));
			recorder->stats.marks_lost++;
		}
		marks_add(&recorder->marks, hash, since_ns, recorder->now_ns);
		if (*head % RING_ALIGNMENT < MARKED_MAX)
			++*head;
	}
	struct record *record = recorder_newest(recorder, hash, &cut);
	for (; record != NULL; record = recorder_follow(recorder, record->previous, &cut))
		if (record->key == hash && record->ts_ns >= since_ns)
			record->marked = true;
}

void
recorder_stats(const struct recorder *recorder, struct recorder_stats *ret_stats)
{
	struct record *oldest = ring_oldest(&recorder->ring);
	*ret_stats = recorder->stats;
	ret_stats->held = recorder->ring.count;
	ret_stats->oldest_ns = oldest != NULL ? oldest->ts_ns : 0;
	ret_stats->marks = recorder->marks.count;
	if (recorder->file.writer != NULL) {
		ret_stats->files += recorder->file.files;
		ret_stats->error = recorder->file.error;
	}
}

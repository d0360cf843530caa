/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments are put down as they come. A log grows by doubling: most flows are short. */
#include "analyzer/compare.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/seq.h"

enum { LOG_FIRST = 8 };

uint64_t
compare_mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ (b * UINT64_C(0x9e3779b97f4a7c15))) + UINT64_C(0x632be59bd9b4e019);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return x != 0 ? x : 1;
}

uint64_t
compare_hash(const void *bytes, size_t length, uint64_t seed)
{
	const uint8_t *at = bytes;
	uint64_t hash = compare_mix(seed, length);
	for (; length >= 8; at += 8, length -= 8) {
		uint64_t word;
		memcpy(&word, at, 8);
		hash = compare_mix(hash, word);
	}
	uint64_t rest = 0;
	memcpy(&rest, at, length);
	return compare_mix(hash, rest);
}

struct compare_segment
compare_segment_of(const struct packet *packet, enum direction dir, int64_t at_ns)
{
	uint32_t captured = packet->payload != NULL ? packet->payload_captured : 0;
	uint32_t hashed = captured < COMPARE_HASHED_MAX ? captured : COMPARE_HASHED_MAX;
	return (struct compare_segment){
		.ts_ns = packet->ts_ns,
		.at_ns = at_ns,
		.frame = packet->frame,
		.seq = packet->seq,
		.ack = packet->flags & TCP_ACK ? packet->ack : 0,
		.length = packet->payload_length,
		.hash = hashed > 0 ? (uint32_t)compare_hash(packet->payload, hashed, 0) : 0,
		.tsval = packet->tsval,
		.tsecr = packet->tsecr,
		.source = packet->source,
		.hashed = (uint16_t)hashed,
		.window = packet->window,
		.ip_id = packet->has_ip_id ? packet->ip_id : 0,
		.options = (uint16_t)(packet->options |
				      (packet->defects & DEFECT_OPTIONS_CUT ? COMPARE_OPTIONS_CUT : 0)),
		.mss = packet->mss,
		.flags = packet->flags,
		.ttl = packet->ttl,
		.tos = packet->tos,
		.wscale = packet->wscale,
		.direction = (uint8_t)dir,
	};
}

uint32_t
compare_segment_span(const struct compare_segment *segment)
{
	return segment->length + ((segment->flags & TCP_SYN) != 0) +
	       ((segment->flags & TCP_FIN) != 0);
}

/* What the flow is recognised by, as far as this segment tells. */
static void
note_marks(struct compare_flow *flow, const struct compare_segment *segment)
{
	unsigned dir = segment->direction;
	if (segment->flags & TCP_RST)
		return; /* anybody may have made it */
	if (segment->flags & TCP_SYN && !flow->has_isn[dir]) {
		flow->has_isn[dir] = true;
		flow->isn[dir] = segment->seq;
	}
	if (segment->flags & TCP_SYN && segment->options & TCP_HAS_TIMESTAMP) {
		flow->has_syn_tsval[dir] = true;
		flow->syn_tsval[dir] = segment->tsval;
	}
	uint32_t end = segment->seq + compare_segment_span(segment);
	if (!flow->has_numbers[dir]) {
		flow->has_numbers[dir] = true;
		flow->first_seq[dir] = segment->seq;
		flow->last_seq[dir] = end;
	} else {
		if (seq_lt(segment->seq, flow->first_seq[dir]))
			flow->first_seq[dir] = segment->seq;
		flow->last_seq[dir] = seq_max(flow->last_seq[dir], end);
	}
	/* the earliest in the stream, not in time: the first one may have been lost before this point */
	if (segment->hashed >= COMPARE_PAYLOAD_MIN &&
	    (flow->payload[dir] == 0 || seq_lt(segment->seq, flow->payload_seq[dir]))) {
		flow->payload[dir] = compare_mix(segment->hash, COMPARE_PAYLOAD_MIN);
		flow->payload_seq[dir] = segment->seq;
	}
}

/* False when memory is short. */
static bool
make_room(struct compare_flow *flow, uint32_t max)
{
	if (flow->count < flow->capacity || flow->count >= max)
		return true;
	uint32_t capacity = flow->capacity == 0 ? LOG_FIRST : 2 * flow->capacity;
	capacity = capacity < max ? capacity : max;
	struct compare_segment *grown =
		realloc(flow->segments, (size_t)capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	flow->segments = grown;
	flow->capacity = capacity;
	return true;
}

bool
compare_flow_add(struct compare_flow *flow, const struct flow *known,
		 const struct compare_segment *segment, uint32_t max)
{
	if (flow->number == 0) {
		flow->number = known->number;
		flow->client = known->client;
		flow->server = known->server;
		flow->client_port = known->client_port;
		flow->server_port = known->server_port;
		flow->ip_version = known->ip_version;
		flow->first_ns = flow->last_ns = segment->at_ns;
	}
	if (segment->at_ns < flow->first_ns)
		flow->first_ns = segment->at_ns;
	if (segment->at_ns > flow->last_ns)
		flow->last_ns = segment->at_ns;
	note_marks(flow, segment);
	bool well = make_room(flow, max);
	if (well && flow->count < flow->capacity)
		flow->segments[flow->count++] = *segment;
	else
		flow->left_out++;
	return well;
}

static int
compare_frames(const void *a, const void *b)
{
	const struct compare_segment *left = a, *right = b;
	if (left->source != right->source)
		return left->source < right->source ? -1 : 1;
	return (left->frame > right->frame) - (left->frame < right->frame);
}

bool
compare_flow_merge(struct compare_flow *flow, const struct compare_flow *other)
{
	uint32_t count = flow->count + other->count;
	struct compare_segment *grown = realloc(flow->segments, (size_t)count * sizeof(*grown));
	if (grown == NULL)
		return false;
	memcpy(grown + flow->count, other->segments, other->count * sizeof(*grown));
	flow->segments = grown;
	flow->count = flow->capacity = count;
	flow->left_out += other->left_out;
	qsort(grown, count, sizeof(*grown), compare_frames);
	if (other->last_ns > flow->last_ns)
		flow->last_ns = other->last_ns;
	for (int dir = 0; dir < 2; dir++)
		if (other->has_numbers[dir] && flow->has_numbers[dir])
			flow->last_seq[dir] = seq_max(flow->last_seq[dir], other->last_seq[dir]);
	if (flow->moved_frame == 0)
		flow->moved_frame = other->segments[0].frame;
	return true;
}

void
compare_flow_release(struct compare_flow *flow)
{
	free(flow->segments);
	*flow = (struct compare_flow){ 0 };
}

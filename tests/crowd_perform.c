/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of traffic becomes frames: who, when, with which numbers. */
#include "tests/crowd_builder.h"

#include <stdlib.h>
#include <string.h>

#include "tests/crowd_wire.h"

enum {
	EPHEMERAL_FIRST = 32768, /* net.ipv4.ip_local_port_range of Linux */
	EPHEMERAL_LAST = 60999,
	TRIES_MAX = 200000, /* to find ports that were not used */
	CLOCK_RATE = 1000,  /* ticks of Linux's timestamps per second */
	ISN_US = 4,	    /* an ISN grows by one in so many microseconds (RFC 6528 3) */
};

/* What identifies a connection, for hashing. */
struct tuple {
	uint8_t addresses[2][16];
	uint8_t version;
	uint16_t client_port, server_port;
};

static uint64_t
tuple_hash(const struct clone *clone, uint16_t client_port, uint64_t seed)
{
	struct tuple tuple;
	memset(&tuple, 0, sizeof tuple); /* padding too */
	for (unsigned side = 0; side < 2; side++)
		memcpy(tuple.addresses[side], clone->address[side].bytes, 16);
	tuple.version = clone->address[0].version;
	tuple.client_port = client_port;
	tuple.server_port = client_port == 0 ? 0 : clone->server_port;
	return crowd_random_hash(seed, &tuple, sizeof tuple) | 1;
}

static void
tuples_grow(struct crowd_tuples *tuples)
{
	struct crowd_tuples larger = { .size = tuples->size == 0 ? 4096 : tuples->size * 2 };
	larger.hashes = calloc(larger.size, sizeof *larger.hashes);
	if (larger.hashes == NULL)
		abort();
	for (size_t i = 0; i < tuples->size; i++) {
		if (tuples->hashes[i] == 0)
			continue;
		size_t at = (size_t)(tuples->hashes[i] >> 1) & (larger.size - 1);
		while (larger.hashes[at] != 0)
			at = (at + 1) & (larger.size - 1);
		larger.hashes[at] = tuples->hashes[i];
		larger.count++;
	}
	free(tuples->hashes);
	*tuples = larger;
}

/* Returns whether it is new. */
static bool
tuples_add(struct crowd_tuples *tuples, uint64_t hash)
{
	if (tuples->count * 2 >= tuples->size)
		tuples_grow(tuples);
	size_t at = (size_t)(hash >> 1) & (tuples->size - 1);
	for (; tuples->hashes[at] != 0; at = (at + 1) & (tuples->size - 1))
		if (tuples->hashes[at] == hash)
			return false;
	tuples->hashes[at] = hash;
	tuples->count++;
	return true;
}

static uint16_t
random_port(struct traffic *traffic)
{
	uint64_t span = EPHEMERAL_LAST - EPHEMERAL_FIRST + 1;
	for (;;) {
		uint64_t port = EPHEMERAL_FIRST + crowd_random_below(&traffic->random, span);
		bool like = traffic->sport_modulus == 0 ||
			    port % traffic->sport_modulus == traffic->sport_rest;
		if (like != traffic->sport_unlike)
			return (uint16_t)port;
	}
}

static int
choose_ports(struct crowd_builder *builder, struct traffic *traffic, uint64_t index,
	     struct clone *clone)
{
	const struct play *play = traffic->play;
	uint64_t span = (uint64_t)(traffic->sport_last - traffic->sport_first) + 1;
	for (unsigned i = 0; i < play->client_port_count; i++) {
		if (traffic->sport_first != 0) {
			uint64_t turn = index * play->client_port_count + i;
			clone->client_ports[i] = (uint16_t)(traffic->sport_first + turn % span);
			tuples_add(&builder->tuples, tuple_hash(clone, clone->client_ports[i], 0));
			continue;
		}
		unsigned tries = 0;
		do {
			if (tries++ == TRIES_MAX)
				return crowd_fail(builder, "the client has no port left");
			clone->client_ports[i] = random_port(traffic);
		} while (!tuples_add(&builder->tuples,
				     tuple_hash(clone, clone->client_ports[i], 0)));
	}
	return 0;
}

/* Times that go on from clone to clone are kept in *at_ns. */
static int64_t
next_time(struct traffic *traffic, uint64_t index, int64_t *at_ns)
{
	struct crowd_random *random = &traffic->random;
	int64_t length = traffic->end_ns - traffic->begin_ns, count = (int64_t)traffic->count;
	int64_t turn = (int64_t)index;
	switch (traffic->pace) {
	case PACE_RANDOM:
		return traffic->begin_ns +
		       (int64_t)crowd_random_below(random, (uint64_t)length / 1000 + 1) * 1000;
	case PACE_EVEN:
		return traffic->begin_ns + length / count * turn;
	case PACE_POISSON:
		*at_ns += crowd_random_exponential(random, length / count) / 1000 * 1000;
		return traffic->begin_ns + *at_ns;
	case PACE_EVERY:
		return traffic->begin_ns + traffic->period_ns * turn - traffic->jitter_ns +
		       (int64_t)crowd_random_below(random, 2 * (uint64_t)traffic->jitter_ns + 1);
	case PACE_AT:
		return traffic->begin_ns +
		       (int64_t)crowd_random_below(random, (uint64_t)traffic->spread_ns + 1);
	}
	return 0;
}

/* When what comes after the longest silence happens. */
static int64_t
second_time(struct traffic *traffic, int64_t first_ns)
{
	const struct play *play = traffic->play;
	int64_t played = first_ns;
	if (play->silence_ns > 0)
		played += play->second_ns - play->start_ns;
	int64_t from = traffic->then_from_ns, to = traffic->then_to_ns;
	struct crowd_random *random = &traffic->random;
	switch (traffic->then) {
	case THEN_AS_PLAYED:
		return played;
	case THEN_AT:
		return from +
		       (int64_t)crowd_random_below(random, (uint64_t)traffic->then_spread_ns + 1);
	case THEN_AFTER:
		return played - play->silence_ns + from +
		       (int64_t)crowd_random_below(random, (uint64_t)(to - from) / 1000 + 1) * 1000;
	}
	return played;
}

/* Linux has one timestamp clock for each pair of addresses, since 4.10. */
static void
choose_clocks(struct crowd_builder *builder, struct traffic *traffic, uint64_t index,
	      struct clone *clone)
{
	uint64_t host = traffic->clocks == 0
				? index + 1
				: crowd_random_below(&traffic->random, traffic->clocks);
	for (unsigned side = 0; side < 2; side++) {
		uint64_t seed = builder->crowd->seed * 2 + side;
		if (side == PLAY_CLIENT)
			seed ^= host << 32;
		clone->clock[side] = (struct clone_clock){
			.value = (uint32_t)(tuple_hash(clone, 0, seed) >> 8),
			.rate = CLOCK_RATE,
		};
	}
	if (traffic->has_tsval)
		clone->clock[PLAY_CLIENT] = traffic->tsval;
}

/* ISNs of the same ports grow with the time, as RFC 6528 wants it. */
static void
choose_numbers(struct crowd_builder *builder, struct traffic *traffic, struct clone *clone)
{
	for (unsigned side = 0; side < 2; side++) {
		uint64_t hash = tuple_hash(clone, clone->client_ports[0],
					   ~(builder->crowd->seed * 2 + side));
		clone->seq_offset[side] =
			(uint32_t)(hash >> 16) + (uint32_t)(clone->first_ns / 1000 / ISN_US);
		clone->id_offset[side] = (uint16_t)crowd_random_next(&traffic->random);
		clone->ttl[side] = traffic->ttl[side];
		clone->mac[side] = traffic->has_mac[side] ? traffic->mac[side] : NULL;
	}
	clone->vlan = traffic->has_vlan ? &traffic->vlan : NULL;
	clone->router = traffic->router;
}

static void
add_frames(struct crowd_builder *builder, const struct play *play, const struct clone *clone)
{
	for (size_t i = 0; i < play->script->frame_count; i++) {
		const struct frame *frame = &play->script->frames[i];
		struct crowd_frame copy = { .frame = *frame };
		if (!play_performs(play, i))
			continue;
		uint8_t *data = malloc(frame->caplen + PLAY_FRAME_GROWTH);
		if (data == NULL)
			abort();
		copy.frame.caplen = play_perform(play, i, clone, data, &copy.side);
		copy.frame.wirelen += copy.frame.caplen - frame->caplen;
		copy.frame.ts_ns = builder->crowd->start_ns + play_time(play, clone, frame->ts_ns);
		copy.frame.data = data;
		crowd_add(builder, &copy);
	}
}

int
crowd_perform(struct crowd_builder *builder, struct traffic *traffic)
{
	const struct play *play = traffic->play;
	unsigned version = play->address[PLAY_CLIENT].version;
	uint64_t ports = (uint64_t)(traffic->port_last - traffic->port_first) + 1;
	int64_t at_ns = 0;
	for (uint64_t i = 0; i < traffic->count; i++) {
		struct clone clone = { .first_ns = 0 };
		clone.first_ns = next_time(traffic, i, &at_ns);
		clone.second_ns = second_time(traffic, clone.first_ns);
		clone.address[PLAY_CLIENT] =
			crowd_hosts_pick(&traffic->from, i, version, &traffic->random);
		clone.address[PLAY_SERVER] =
			crowd_hosts_pick(&traffic->to, i / ports, version, &traffic->random);
		clone.server_port = (uint16_t)(traffic->port_first + i % ports);
		choose_clocks(builder, traffic, i, &clone);
		if (choose_ports(builder, traffic, i, &clone) != 0)
			return -1;
		choose_numbers(builder, traffic, &clone);
		add_frames(builder, play, &clone);
	}
	return 0;
}

void
crowd_add(struct crowd_builder *builder, const struct crowd_frame *frame)
{
	if (builder->frame_count == builder->frame_max) {
		builder->frame_max = builder->frame_max * 2 + 1024;
		builder->frames =
			realloc(builder->frames, builder->frame_max * sizeof *builder->frames);
		if (builder->frames == NULL)
			abort();
	}
	builder->frames[builder->frame_count] = *frame;
	builder->frames[builder->frame_count].order = builder->frame_count;
	builder->frame_count++;
}

static int
compare_frames(const void *a, const void *b)
{
	const struct crowd_frame *frame_a = a, *frame_b = b;
	if (frame_a->frame.ts_ns != frame_b->frame.ts_ns)
		return frame_a->frame.ts_ns < frame_b->frame.ts_ns ? -1 : 1;
	return frame_a->order < frame_b->order ? -1 : 1;
}

/* Whether the capture has the frame. Chance is asked for every frame, whoever sent it. */
static bool
is_captured(struct crowd_builder *builder, const struct crowd_frame *frame,
	    struct crowd_random *random)
{
	int64_t at_ns = frame->frame.ts_ns - builder->crowd->start_ns;
	bool captured = at_ns >= builder->since_ns && at_ns <= builder->until_ns;
	for (size_t i = 0; i < builder->drop_count; i++) {
		const struct crowd_drop *drop = &builder->drops[i];
		bool lost = crowd_random_below(&random[i], 1000000) < drop->per_million;
		if (lost && at_ns >= drop->from_ns && at_ns <= drop->to_ns &&
		    (drop->side == -1 || drop->side == (int)frame->side))
			captured = false;
	}
	return captured;
}

void
crowd_finish(struct crowd_builder *builder)
{
	struct crowd *crowd = builder->crowd;
	struct crowd_random random[CROWD_DROPS_MAX];
	for (size_t i = 0; i < builder->drop_count; i++)
		random[i].state = builder->drops[i].seed;
	if (builder->frame_count > 0)
		qsort(builder->frames, builder->frame_count, sizeof *builder->frames,
		      compare_frames);
	crowd->frames = calloc(builder->frame_count + 1, sizeof *crowd->frames);
	if (crowd->frames == NULL)
		abort();
	for (size_t i = 0; i < builder->frame_count; i++) {
		struct frame *frame = &builder->frames[i].frame;
		if (!is_captured(builder, &builder->frames[i], random)) {
			free((void *)(uintptr_t)frame->data);
			continue;
		}
		if (builder->snap != 0 && frame->caplen > builder->snap)
			frame->caplen = builder->snap;
		frame->number = (uint32_t)crowd->frame_count + 1;
		crowd->frames[crowd->frame_count++] = *frame;
	}
	builder->frame_count = 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A record never wraps: where it does not fit before the end of memory, the rest of the lap is skipped. */
#include "ui/recorder_ring.h"

#include <assert.h>
#include <stdlib.h>

bool
ring_init(struct ring *ring, size_t size)
{
	*ring = (struct ring){ .size = size / RING_ALIGNMENT * RING_ALIGNMENT };
	ring->turn = ring->size;
	ring->memory =
		calloc(1, ring->size); /* of this size it is mapped, and touched as it fills */
	return ring->memory != NULL;
}

void
ring_release(struct ring *ring)
{
	free(ring->memory);
	ring->memory = NULL;
}

struct record *
ring_after(const struct ring *ring, const struct record *record)
{
	size_t offset = (size_t)((const uint8_t *)record - ring->memory) + record->length;
	if (offset == ring->turn)
		offset = 0;
	if (offset == ring->head_offset)
		return NULL;
	return (struct record *)(void *)(ring->memory + offset);
}

void
ring_drop(struct ring *ring)
{
	const struct record *record = ring_oldest(ring);
	ring->tail += record->length;
	ring->tail_offset += record->length;
	ring->count--;
	if (ring->tail_offset == ring->turn) {
		ring->tail += ring->size - ring->turn;
		ring->tail_offset = 0;
		ring->turn = ring->size;
	}
}

/* What lies between the head and the end of memory, if a record of that length does not fit there. */
static size_t
skipped(const struct ring *ring, size_t length)
{
	size_t left = ring->size - ring->head_offset;
	return left < length ? left : 0;
}

bool
ring_has_room(const struct ring *ring, size_t length)
{
	return ring->head - ring->tail + skipped(ring, length) + length <= ring->size;
}

struct record *
ring_add(struct ring *ring, size_t length, uint64_t *ret_position)
{
	size_t skip = skipped(ring, length);
	assert(ring_has_room(ring, length));
	if (skip > 0) {
		if (ring->count > 0) {
			ring->turn = ring->head_offset;
		} else {
			ring->tail += skip;
			ring->tail_offset = 0;
		}
		ring->head += skip;
		ring->head_offset = 0;
	}
	struct record *record = (struct record *)(void *)(ring->memory + ring->head_offset);
	record->length = (uint32_t)length;
	*ret_position = ring->head;
	ring->head += length;
	ring->head_offset += length;
	if (ring->head_offset == ring->size)
		ring->head_offset = 0;
	ring->count++;
	return record;
}

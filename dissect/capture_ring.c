/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of records of any length, for one producer and one consumer. */
#include "dissect/capture_ring.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_ALIGNMENT = 8 };

/* A record is never split: where it does not fit before the end, one that only fills goes there.
 * All sizes are multiples of 8, so that `size` and `fills` of that one always fit. */
struct record {
	uint32_t size; /* with this head and its padding */
	uint32_t fills;
	struct frame frame; /* its data point to what follows, in this very ring */
};

_Static_assert(sizeof(struct record) % RECORD_ALIGNMENT == 0, "data begin aligned");
_Static_assert(offsetof(struct record, frame) == RECORD_ALIGNMENT, "a filler is 8 bytes at least");

bool
capture_ring_init(struct capture_ring *ring, size_t bytes)
{
	size_t size = CAPTURE_RING_BYTES_MIN;

	while (size < bytes && size < CAPTURE_RING_BYTES_MAX)
		size *= 2;
	*ring = (struct capture_ring){ .size = size };
	ring->bytes = malloc(size);
	return ring->bytes != NULL;
}

void
capture_ring_release(struct capture_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

static struct record *
record_at(const struct capture_ring *ring, size_t position)
{
	return (struct record *)(void *)(ring->bytes + (position & (ring->size - 1)));
}

/* Is there room for so many bytes behind what was written? */
static bool
has_room(struct capture_ring *ring, size_t bytes)
{
	if (ring->written + bytes - ring->seen_released <= ring->size)
		return true;
	ring->seen_released = atomic_load_explicit(&ring->released, memory_order_acquire);
	return ring->written + bytes - ring->seen_released <= ring->size;
}

bool
capture_ring_put(struct capture_ring *ring, const struct frame *frame)
{
	size_t data =
		((size_t)frame->caplen + RECORD_ALIGNMENT - 1) & ~(size_t)(RECORD_ALIGNMENT - 1);
	size_t size = sizeof(struct record) + data;
	size_t left = ring->size - (ring->written & (ring->size - 1)); /* before the end */
	size_t filling = left < size ? left : 0;
	struct record *record = record_at(ring, ring->written);

	/* A fill and a record of a whole lap together are more than any size_t should be asked. */
	if (size > ring->size || !has_room(ring, filling + size))
		return false;
	if (filling > 0) {
		record->size = (uint32_t)filling;
		record->fills = true;
		record = record_at(ring, ring->written + filling);
	}
	record->size = (uint32_t)size;
	record->fills = false;
	record->frame = *frame;
	record->frame.data = memcpy(record + 1, frame->data, frame->caplen);
	ring->written += filling + size;
	return true;
}

bool
capture_ring_publish(struct capture_ring *ring)
{
	if (atomic_load_explicit(&ring->published, memory_order_relaxed) == ring->written)
		return false;
	atomic_store_explicit(&ring->published, ring->written, memory_order_release);
	return true;
}

const struct frame *
capture_ring_peek(struct capture_ring *ring)
{
	const struct record *record;

	if (ring->taken == ring->seen_published) {
		ring->seen_published = atomic_load_explicit(&ring->published, memory_order_acquire);
		if (ring->taken == ring->seen_published)
			return NULL;
	}
	record = record_at(ring, ring->taken);
	if (record->fills) {
		/* Never published without the record it makes way for. */
		ring->taken += record->size;
		record = record_at(ring, ring->taken);
	}
	return &record->frame;
}

void
capture_ring_take(struct capture_ring *ring)
{
	ring->taken += record_at(ring, ring->taken)->size;
}

void
capture_ring_give_back(struct capture_ring *ring)
{
	if (atomic_load_explicit(&ring->released, memory_order_relaxed) != ring->taken)
		atomic_store_explicit(&ring->released, ring->taken, memory_order_release);
}

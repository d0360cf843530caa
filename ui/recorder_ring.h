/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of variable size in one block of memory, in the order in which they came.
 *
 * A record is named by its position: how many bytes were taken before it since the beginning, room
 * that was skipped included. Positions never come again, so a position that is kept somewhere can
 * be told from one that was overwritten by looking at where the oldest record is now. */
#ifndef TCPWHY_RECORDER_RING_H
#define TCPWHY_RECORDER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Records begin at multiples of this; the low bits of a position are free for its keeper. */
enum { RING_ALIGNMENT = 8 };

/* What stands before the bytes of a frame. */
struct record {
	uint64_t previous; /* in its chain: position + RING_ALIGNMENT, 0: none */
	uint64_t key;	   /* hash of the endpoints: two flows of equal keys are one here */
	int64_t ts_ns;
	uint32_t length; /* of the whole record */
	uint32_t caplen; /* bytes of the frame that follow */
	uint32_t wirelen;
	uint32_t number;
	uint16_t linktype, source, interface;
	uint8_t direction;
	bool marked;
};

/* Members are read-only outside recorder_ring.c. */
struct ring {
	uint8_t *memory;
	size_t size;
	uint64_t head, tail; /* positions: of the next record, and of the oldest */
	size_t head_offset, tail_offset;
	size_t turn; /* where the records of the lap before end, if that is not at the end of memory */
	uint64_t count;
};

/* Returns false when memory is short. */
bool ring_init(struct ring *ring, size_t size);
void ring_release(struct ring *ring);

/* Bytes that a record with caplen bytes of a frame takes. */
static inline size_t
record_length(uint32_t caplen)
{
	return (sizeof(struct record) + caplen + RING_ALIGNMENT - 1) / RING_ALIGNMENT *
	       RING_ALIGNMENT;
}

static inline uint8_t *
record_data(struct record *record)
{
	return (uint8_t *)(record + 1);
}

/* The oldest record, NULL if there is none. */
static inline struct record *
ring_oldest(const struct ring *ring)
{
	return ring->count > 0 ? (struct record *)(void *)(ring->memory + ring->tail_offset) : NULL;
}

/* The record that came after this one, NULL behind the newest. */
struct record *ring_after(const struct ring *ring, const struct record *record);

/* Gives up the oldest record; there must be one. */
void ring_drop(struct ring *ring);

/* Whether a record of that length can be added without giving up others. */
bool ring_has_room(const struct ring *ring, size_t length);

/* Room for a record of that length (see record_length()), for which there must be room; length is
 * filled in, the rest is the caller's to fill. *ret_position is its name. */
struct record *ring_add(struct ring *ring, size_t length, uint64_t *ret_position);

static inline bool
ring_holds(const struct ring *ring, uint64_t position)
{
	return position >= ring->tail && position < ring->head;
}

/* The record at a position that is held. */
static inline struct record *
ring_at(const struct ring *ring, uint64_t position)
{
	return (struct record *)(void *)(ring->memory + position % ring->size);
}

#endif

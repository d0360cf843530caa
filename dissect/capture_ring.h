/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames on their way from one thread to one other: a bounded queue without locks. */
#ifndef TCPWHY_CAPTURE_RING_H
#define TCPWHY_CAPTURE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/frame.h"

enum {
	CAPTURE_RING_APART = 64,	  /* what two threads write must not share a cache line */
	CAPTURE_RING_BYTES_MIN = 4096,	  /* smaller ones are made this large */
	CAPTURE_RING_BYTES_MAX = 1 << 30, /* and larger ones this small */
};

/* Positions count bytes and only grow; they wrap as size_t does, of which size is a divisor.
 *
 * Order of memory. The producer writes records, then stores `published` with release; the consumer
 * loads it with acquire, so that it sees the records. The consumer has done with records, then
 * stores `released` with release; the producer loads it with acquire, so that it overwrites nothing
 * that is still being read. Everything else belongs to one side only. Each side keeps what it saw
 * last of the other's position and looks again only when that does not suffice. */
struct capture_ring {
	uint8_t *bytes;
	size_t size; /* a power of two */
	uint8_t apart_1[CAPTURE_RING_APART];
	size_t written;	      /* producer: where the next record goes */
	size_t seen_released; /* producer */
	uint8_t apart_2[CAPTURE_RING_APART];
	atomic_size_t published; /* by the producer: the consumer may read up to here */
	uint8_t apart_3[CAPTURE_RING_APART];
	size_t taken;	       /* consumer: where the next record is */
	size_t seen_published; /* consumer */
	uint8_t apart_4[CAPTURE_RING_APART];
	atomic_size_t released; /* by the consumer: the producer may write up to a lap beyond */
	uint8_t apart_5[CAPTURE_RING_APART];
};

/* Room for about so many bytes: the next power of two. False without memory. */
bool capture_ring_init(struct capture_ring *ring, size_t bytes);
void capture_ring_release(struct capture_ring *ring);

/* The producer. Copies the frame and its data; false, and nothing is done, when there is no room:
 * the caller counts it. What was put is not seen by the consumer before it is published, which is
 * meant to be done once for many frames. Publishing returns false when there was nothing new. */
bool capture_ring_put(struct capture_ring *ring, const struct frame *frame);
bool capture_ring_publish(struct capture_ring *ring);

/* The consumer. The oldest frame that was not taken, or NULL; its data lie in the ring. It and all
 * that were taken stay valid until capture_ring_give_back(). */
const struct frame *capture_ring_peek(struct capture_ring *ring);
/* Takes the frame that capture_ring_peek() has just returned. */
void capture_ring_take(struct capture_ring *ring);
/* All that was taken is done with: the producer may use its room. */
void capture_ring_give_back(struct capture_ring *ring);

#endif

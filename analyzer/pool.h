/* SPDX-License-Identifier: BSD-2-Clause */
/* Pools of equal items in chunks that never move: memory comes when it is first needed. */
#ifndef TCPWHY_POOL_H
#define TCPWHY_POOL_H

#include <stddef.h>

struct pool {
	size_t size;	/* of an item, rounded up */
	unsigned count; /* items per chunk */
	void *chunks;	/* each begins with the address of the next */
	void *free;	/* likewise */
	size_t refused; /* items that there was no memory for */
};

/* item_size is at least that of a pointer. */
void pool_init(struct pool *pool, size_t item_size, unsigned per_chunk);
/* Frees all items, taken or not. */
void pool_release(struct pool *pool);

/* An item of zero bytes; NULL when memory is short. */
void *pool_take(struct pool *pool);
/* Gives an item of this pool back. NULL is allowed. */
void pool_give(struct pool *pool, void *item);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Pools of equal items in chunks that never move: memory comes when it is first needed. */
#ifndef TCPWHY_POOL_H
#define TCPWHY_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool {
	size_t size;	/* of an item, rounded up */
	unsigned count; /* items per chunk */
	size_t *left;	/* bytes that it may still grow by, shared with others; NULL: any number */
	void *chunks;	/* each begins with the address of the next */
	void *free;	/* likewise */
	size_t refused; /* items that there was no memory for */
};

/* item_size is at least that of a pointer. left, which may be NULL, outlives the pool. */
void pool_init(struct pool *pool, size_t item_size, unsigned per_chunk, size_t *left);
/* Frees all items, taken or not. */
void pool_release(struct pool *pool);

/* An item of zero bytes; NULL when memory is short. */
void *pool_take(struct pool *pool);
/* Takes memory for items that are not needed yet. Returns false when memory is short. */
bool pool_grow(struct pool *pool);
/* No item is free, and there may be no more of them. */
bool pool_is_dry(const struct pool *pool);
/* Gives an item of this pool back. NULL is allowed. */
void pool_give(struct pool *pool, void *item);

#endif

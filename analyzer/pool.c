/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of free items runs through the chunks; the address of the next stands in the item
 * itself. */
#include "analyzer/pool.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16 };

static void *
next_of(const void *item)
{
	void *next;
	memcpy(&next, item, sizeof(next));
	return next;
}

static void
set_next(void *item, void *next)
{
	memcpy(item, &next, sizeof(next));
}

void
pool_init(struct pool *pool, size_t item_size, unsigned per_chunk, size_t *left)
{
	*pool = (struct pool){
		.size = (item_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
		.count = per_chunk,
		.left = left,
	};
}

void
pool_release(struct pool *pool)
{
	while (pool->chunks != NULL) {
		void *next = next_of(pool->chunks);
		free(pool->chunks);
		pool->chunks = next;
	}
	pool->free = NULL;
}

static size_t
chunk_bytes(const struct pool *pool)
{
	return ALIGNMENT + pool->size * pool->count;
}

static bool
has_room(const struct pool *pool)
{
	return pool->left == NULL || *pool->left >= chunk_bytes(pool);
}

bool
pool_grow(struct pool *pool)
{
	char *chunk = has_room(pool) ? malloc(chunk_bytes(pool)) : NULL;
	if (chunk == NULL)
		return false;
	if (pool->left != NULL)
		*pool->left -= chunk_bytes(pool);
	set_next(chunk, pool->chunks);
	pool->chunks = chunk;
	for (unsigned i = pool->count; i > 0; i--)
		pool_give(pool, chunk + ALIGNMENT + pool->size * (i - 1));
	return true;
}

bool
pool_is_dry(const struct pool *pool)
{
	return pool->free == NULL && !has_room(pool);
}

void *
pool_take(struct pool *pool)
{
	if (pool->free == NULL)
		pool_grow(pool);
	void *item = pool->free;
	if (item == NULL) {
		pool->refused++;
		return NULL;
	}
	pool->free = next_of(item);
	memset(item, 0, pool->size);
	return item;
}

void
pool_give(struct pool *pool, void *item)
{
	if (item == NULL)
		return;
	set_next(item, pool->free);
	pool->free = item;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Open addressing within a window; slots are never emptied, so a key is always found where it was put. */
#include "analyzer/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sketch.h"

bool
table_init(struct table *table, size_t slots, size_t item_size)
{
	assert(slots > 0 && (slots & (slots - 1)) == 0);
	*table = (struct table){ .slots = slots, .item_size = (item_size + 7) / 8 * 8 };
	table->cleared_size = table->item_size;
	table->slot = calloc(slots, sizeof(*table->slot));
	table->items = calloc(slots, table->item_size);
	table->doormen = calloc(TABLE_DOORMEN, sizeof(*table->doormen));
	return table->slot != NULL && table->items != NULL && table->doormen != NULL;
}

void
table_release(struct table *table)
{
	free(table->slot);
	free(table->items);
	free(table->doormen);
	*table = (struct table){ .slots = 0 };
}

static uint64_t
hash_key(const struct table_key *key)
{
	uint64_t rest = (uint64_t)key->port << 32 | (uint64_t)key->ip_version << 16 |
			(uint64_t)key->code << 8 | key->sub;
	uint64_t hash = sketch_mix(key->a.lo ^ rest * UINT64_C(0x9e3779b97f4a7c15));
	hash = sketch_mix(hash ^ key->a.hi);
	if (key->b.hi != 0 || key->b.lo != 0)
		hash = sketch_mix(hash ^ sketch_address(key->b));
	return hash;
}

static void *
item(const struct table *table, size_t index)
{
	return table->items + index * table->item_size;
}

static bool
is_there(const struct table *table, size_t index, uint32_t tag, const struct table_key *key)
{
	const struct table_key *other = item(table, index);
	return table->slot[index].tag == tag && ip_addr_equal(other->a, key->a) &&
	       ip_addr_equal(other->b, key->b) && other->port == key->port &&
	       other->code == key->code && other->sub == key->sub &&
	       other->ip_version == key->ip_version;
}

static void
add_weight(struct table_slot *slot, uint32_t weight)
{
	slot->weight = slot->weight < UINT32_MAX - weight ? slot->weight + weight : UINT32_MAX;
}

/* Whether a key that may never come again has come before. */
static bool
is_known_at_the_door(struct table *table, uint64_t hash)
{
	uint32_t tag = (uint32_t)(hash >> 32) | 1;
	uint32_t *doorman = &table->doormen[hash % TABLE_DOORMEN];
	bool known = *doorman == tag;
	*doorman = tag;
	return known;
}

/* Where the key stands, or the first empty slot of its window; SIZE_MAX: neither. */
static inline size_t
seek(const struct table *table, uint64_t hash, const struct table_key *key)
{
	const uint32_t tag = (uint32_t)(hash >> 32);
	const size_t window = table->slots < TABLE_WINDOW ? table->slots : TABLE_WINDOW;
	for (size_t i = 0; i < window; i++) {
		const size_t index = (hash + i) & (table->slots - 1);
		const struct table_slot slot = table->slot[index];
		if (slot.weight == 0 || (slot.tag == tag && is_there(table, index, tag, key)))
			return index;
	}
	return SIZE_MAX;
}

/* The slot with the least weight in the window. */
static size_t
least_of(const struct table *table, uint64_t hash)
{
	const size_t window = table->slots < TABLE_WINDOW ? table->slots : TABLE_WINDOW;
	size_t least = hash & (table->slots - 1);
	for (size_t i = 1; i < window; i++) {
		const size_t index = (hash + i) & (table->slots - 1);
		if (table->slot[index].weight < table->slot[least].weight)
			least = index;
	}
	return least;
}

void *
table_take(struct table *table, const struct table_key *key, uint32_t weight, bool passing)
{
	uint64_t hash = hash_key(key);
	size_t place = seek(table, hash, key);
	if (place != SIZE_MAX && table->slot[place].weight != 0) {
		add_weight(&table->slot[place], weight);
		return item(table, place);
	}
	if (place == SIZE_MAX) {
		if (passing && !is_known_at_the_door(table, hash)) {
			table->lost++;
			return NULL;
		}
		place = least_of(table, hash);
		table->lost += table->slot[place].weight;
		memset(item(table, place), 0, table->cleared_size);
		table->used--;
	}
	table->used++;
	table->slot[place] = (struct table_slot){ .tag = (uint32_t)(hash >> 32),
						  .weight = weight > 0 ? weight : 1 };
	memcpy(item(table, place), key, sizeof(*key));
	return item(table, place);
}

void *
table_find(const struct table *table, const struct table_key *key)
{
	size_t place = seek(table, hash_key(key), key);
	return place != SIZE_MAX && table->slot[place].weight != 0 ? item(table, place) : NULL;
}

const void *
table_at(const struct table *table, size_t index)
{
	return table->slot[index].weight != 0 ? item(table, index) : NULL;
}

uint32_t
table_weight(const struct table *table, size_t index)
{
	return table->slot[index].weight;
}

static int
compare_items(const void *left, const void *right)
{
	const struct table_key *a = *(const void *const *)left, *b = *(const void *const *)right;
	int order = sketch_compare(a->a, b->a);
	if (order == 0)
		order = (int)a->port - (int)b->port;
	if (order == 0)
		order = sketch_compare(a->b, b->b);
	if (order == 0)
		order = (int)a->code - (int)b->code;
	if (order == 0)
		order = (int)a->sub - (int)b->sub;
	return order != 0 ? order : (int)a->ip_version - (int)b->ip_version;
}

const void **
table_sorted(const struct table *table)
{
	const void **sorted = malloc((table->used + 1) * sizeof(*sorted));
	size_t count = 0;
	if (sorted == NULL)
		return NULL;
	for (size_t i = 0; i < table->slots; i++)
		if (table->slot[i].weight != 0)
			sorted[count++] = item(table, i);
	qsort(sorted, count, sizeof(*sorted), compare_items);
	return sorted;
}

size_t
table_memory(const struct table *table)
{
	return table->slots * (sizeof(*table->slot) + table->item_size) +
	       TABLE_DOORMEN * sizeof(*table->doormen);
}

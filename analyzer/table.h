/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyed records in bounded memory: when there is no more room, the record with the least weight in the
 * neighbourhood makes place, and what it held is counted as lost. */
#ifndef TCPWHY_TABLE_H
#define TCPWHY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/packet.h"

/* What records are found by; each kind of record uses what it needs and leaves the rest zero. Every
 * record begins with its key. */
struct table_key {
	struct ip_addr a, b;
	uint16_t port;
	uint8_t ip_version;
	uint8_t code, sub;
	uint8_t pad[3];
};

enum {
	TABLE_WINDOW = 32,  /* slots that a key may stand in */
	TABLE_DOORMEN = 4096,
};

struct table_slot {
	uint32_t tag;	 /* part of the hash */
	uint32_t weight; /* flows so far, saturating; 0: empty */
};

struct table {
	size_t slots, item_size;
	size_t cleared_size; /* of a record that is used again; the rest is as it was left */
	struct table_slot *slot;
	unsigned char *items;
	uint64_t used;
	uint64_t lost;	   /* flows whose record made place, or found none */
	uint32_t *doormen; /* tags of keys that lately found no room */
};

/* Room for that many records (a power of two), zeroed pages that are touched when they are first used.
 * Returns false when memory is short; table_release() is allowed in any case. */
bool table_init(struct table *table, size_t slots, size_t item_size);
void table_release(struct table *table);

/* The record of this key, a new one of zero bytes if there is none. Adds weight. passing: the key may
 * never come again (a forged address), so it displaces another record only when it comes twice.
 * NULL if there is no room for it. */
void *table_take(struct table *table, const struct table_key *key, uint32_t weight, bool passing);

/* The record of this key, or NULL. */
void *table_find(const struct table *table, const struct table_key *key);

/* The record in slot index, NULL if that is empty. */
const void *table_at(const struct table *table, size_t index);
uint32_t table_weight(const struct table *table, size_t index);

/* All records in the order of their keys, table->used of them; NULL when memory is short. free() it. */
const void **table_sorted(const struct table *table);

size_t table_memory(const struct table *table);

#endif

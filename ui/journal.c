/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows lie in slots that never move; lists through them say what is given up next. */
#include "ui/journal.h"

#include <stdlib.h>
#include <string.h>

enum {
	NO_SLOT = -1,
	ROWS_MOST = 1 << 30, /* slots are counted by int32_t */
};

/* Which list a row is on: the order in which lists are emptied. */
enum rank { RANK_ENDED_WELL, RANK_ENDED_BADLY, RANK_OPEN, RANKS };

/* A row is on the list of rows of its rank, and if it has a copy on that of copies, too. */
enum chain_kind { CHAIN_ROWS, CHAIN_COPIES, CHAIN_KINDS };

struct link {
	int32_t next, previous;
};

struct slot {
	struct journal_row row;
	struct link link[CHAIN_KINDS];
	int32_t hash_next;
	uint32_t place; /* in order[] */
	uint32_t copy_bytes;
	uint8_t rank; /* enum rank */
};

struct chain {
	int32_t first, last;
};

/* The rows in the order in which they came. What is removed leaves NO_SLOT behind until somebody
 * reads: so removal costs nothing, and reading puts the list in order once. */
struct order {
	int32_t *slots;
	size_t used, gaps;
};

struct journal {
	struct slot *slots;
	size_t rows, fresh; /* slots in all; those from fresh on were never used */
	size_t count;
	size_t copy_bytes, copy_bytes_most;
	int32_t *buckets;
	uint32_t bucket_mask;
	int32_t free_slot; /* chained by hash_next */
	struct order *order;
	struct chain chain[CHAIN_KINDS][RANKS];
	uint64_t version, lost;
	uint64_t by_class[CLASSES];
};

static void
chain_append(struct journal *journal, enum chain_kind kind, int32_t index)
{
	struct slot *slot = &journal->slots[index];
	struct chain *chain = &journal->chain[kind][slot->rank];
	slot->link[kind] = (struct link){ .next = NO_SLOT, .previous = chain->last };
	if (chain->last != NO_SLOT)
		journal->slots[chain->last].link[kind].next = index;
	else
		chain->first = index;
	chain->last = index;
}

static void
chain_remove(struct journal *journal, enum chain_kind kind, int32_t index)
{
	struct slot *slot = &journal->slots[index];
	struct chain *chain = &journal->chain[kind][slot->rank];
	const struct link link = slot->link[kind];
	if (link.previous != NO_SLOT)
		journal->slots[link.previous].link[kind].next = link.next;
	else
		chain->first = link.next;
	if (link.next != NO_SLOT)
		journal->slots[link.next].link[kind].previous = link.previous;
	else
		chain->last = link.previous;
}

/* The first of the list that is emptied first, NO_SLOT if there is nothing. */
static int32_t
oldest(const struct journal *journal, enum chain_kind kind)
{
	for (int rank = 0; rank < RANKS; rank++)
		if (journal->chain[kind][rank].first != NO_SLOT)
			return journal->chain[kind][rank].first;
	return NO_SLOT;
}

static void
drop_copy(struct journal *journal, int32_t index)
{
	struct slot *slot = &journal->slots[index];
	if (slot->row.copy == NULL)
		return;
	chain_remove(journal, CHAIN_COPIES, index);
	journal->copy_bytes -= slot->copy_bytes;
	free(slot->row.copy);
	slot->row.copy = NULL;
}

static int32_t *
bucket_of(const struct journal *journal, uint32_t number)
{
	/* flows are numbered in a row: no two neighbours share a bucket */
	return &journal->buckets[number & journal->bucket_mask];
}

static int32_t
find_slot(const struct journal *journal, uint32_t number)
{
	int32_t index = *bucket_of(journal, number);
	while (index != NO_SLOT && journal->slots[index].row.number != number)
		index = journal->slots[index].hash_next;
	return index;
}

static uint64_t *
class_counter(struct journal *journal, const struct slot *slot)
{
	return &journal->by_class[verdict_infos[slot->row.code].verdict_class];
}

static void
remove_row(struct journal *journal, int32_t index)
{
	struct slot *slot = &journal->slots[index];
	int32_t *at = bucket_of(journal, slot->row.number);
	drop_copy(journal, index);
	chain_remove(journal, CHAIN_ROWS, index);
	while (*at != index)
		at = &journal->slots[*at].hash_next;
	*at = slot->hash_next;
	journal->order->slots[slot->place] = NO_SLOT;
	journal->order->gaps++;
	(*class_counter(journal, slot))--;
	slot->hash_next = journal->free_slot;
	journal->free_slot = index;
	journal->count--;
}

static void
close_gaps(const struct journal *journal)
{
	struct order *order = journal->order;
	size_t kept = 0;
	if (order->gaps == 0)
		return;
	for (size_t i = 0; i < order->used; i++) {
		int32_t index = order->slots[i];
		if (index == NO_SLOT)
			continue;
		journal->slots[index].place = (uint32_t)kept;
		order->slots[kept++] = index;
	}
	order->used = kept;
	order->gaps = 0;
}

/* A slot that is free, whatever it takes. */
static int32_t
take_slot(struct journal *journal)
{
	if (journal->free_slot == NO_SLOT && journal->fresh < journal->rows)
		return (int32_t)journal->fresh++;
	if (journal->free_slot == NO_SLOT) {
		remove_row(journal, oldest(journal, CHAIN_ROWS));
		journal->lost++;
	}
	int32_t index = journal->free_slot;
	journal->free_slot = journal->slots[index].hash_next;
	return index;
}

static int32_t
add_row(struct journal *journal, uint32_t number)
{
	int32_t index = take_slot(journal);
	struct slot *slot = &journal->slots[index];
	int32_t *bucket = bucket_of(journal, number);
	if (journal->order->used == 2 * journal->rows)
		close_gaps(journal); /* at least every second entry is one: paid for by removals */
	memset(slot, 0, sizeof(*slot));
	slot->row.number = number;
	slot->rank = RANK_OPEN;
	slot->hash_next = *bucket;
	*bucket = index;
	slot->place = (uint32_t)journal->order->used;
	journal->order->slots[journal->order->used++] = index;
	journal->count++;
	chain_append(journal, CHAIN_ROWS, index);
	return index;
}

static void
fill_row(struct journal_row *row, const struct flow *flow, const struct verdict *verdict,
	 uint32_t handle)
{
	const struct half *client = &flow->half[TO_SERVER];
	const struct half *server = &flow->half[TO_CLIENT];
	unsigned syn_count = flow_syn_count(flow);
	row->client = flow->client;
	row->server = flow->server;
	row->client_port = flow->client_port;
	row->server_port = flow->server_port;
	row->ip_version = flow->ip_version;
	row->first_ns = flow->first_ns;
	row->last_ns = flow->last_ns;
	row->bytes_to_server = client->span;
	row->bytes_to_client = server->span;
	row->handle = handle;
	row->handshake_rtt_us = flow->handshake_rtt_us;
	row->retransmissions = client->retransmissions + server->retransmissions;
	row->packets = client->packets + server->packets;
	row->syn_count = syn_count < UINT16_MAX ? (uint16_t)syn_count : UINT16_MAX;
	row->code = verdict->code;
	row->confidence = verdict->confidence;
	row->suspect = verdict->suspect;
	row->final = handle == 0;
	row->history_length = flow->history_length;
	memcpy(row->history, flow->history, sizeof(row->history));
}

static enum rank
rank_of(const struct verdict *verdict, uint32_t handle)
{
	if (handle != 0)
		return RANK_OPEN;
	return verdict_infos[verdict->code].verdict_class > CLASS_INCOMPLETE ? RANK_ENDED_BADLY
									     : RANK_ENDED_WELL;
}

static void
keep_copy(struct journal *journal, int32_t index, const struct flow *flow,
	  const struct verdict *verdict)
{
	struct slot *slot = &journal->slots[index];
	size_t bytes;
	struct flow_copy *copy = flow_copy_new(flow, verdict, &bytes);
	if (copy == NULL)
		return;
	slot->row.copy = copy;
	slot->copy_bytes = (uint32_t)bytes;
	journal->copy_bytes += bytes;
	chain_append(journal, CHAIN_COPIES, index);
	while (journal->copy_bytes > journal->copy_bytes_most)
		drop_copy(journal, oldest(journal, CHAIN_COPIES));
}

void
journal_take(struct journal *journal, const struct flow *flow, const struct verdict *verdict,
	     uint32_t handle)
{
	int32_t index = find_slot(journal, flow->number);
	if (index == NO_SLOT)
		index = add_row(journal, flow->number);
	else
		(*class_counter(journal, &journal->slots[index]))--;
	struct slot *slot = &journal->slots[index];
	drop_copy(journal, index);
	fill_row(&slot->row, flow, verdict, handle);
	(*class_counter(journal, slot))++;
	if (slot->rank != rank_of(verdict, handle)) {
		chain_remove(journal, CHAIN_ROWS, index);
		slot->rank = (uint8_t)rank_of(verdict, handle);
		chain_append(journal, CHAIN_ROWS, index);
	}
	if (handle == 0)
		keep_copy(journal, index, flow, verdict);
	journal->version++;
}

size_t
journal_count(const struct journal *journal)
{
	return journal->count;
}

const struct journal_row *
journal_row(const struct journal *journal, size_t index)
{
	if (index >= journal->count)
		return NULL;
	close_gaps(journal);
	return &journal->slots[journal->order->slots[index]].row;
}

const struct journal_row *
journal_find(const struct journal *journal, uint32_t number)
{
	int32_t index = find_slot(journal, number);
	return index != NO_SLOT ? &journal->slots[index].row : NULL;
}

uint64_t
journal_version(const struct journal *journal)
{
	return journal->version;
}

uint64_t
journal_lost(const struct journal *journal)
{
	return journal->lost;
}

uint64_t
journal_class_count(const struct journal *journal, unsigned verdict_class)
{
	return verdict_class < CLASSES ? journal->by_class[verdict_class] : 0;
}

void
journal_clear(struct journal *journal)
{
	for (int rank = 0; rank < RANK_OPEN; rank++)
		while (journal->chain[CHAIN_ROWS][rank].first != NO_SLOT)
			remove_row(journal, journal->chain[CHAIN_ROWS][rank].first);
	journal->version++;
}

struct journal *
journal_new(size_t rows, size_t copy_bytes)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	size_t buckets = 1;
	if (rows == 0)
		rows = 1;
	if (journal == NULL || rows > ROWS_MOST) {
		free(journal);
		return NULL;
	}
	while (buckets < rows)
		buckets *= 2;
	journal->rows = rows;
	journal->copy_bytes_most = copy_bytes;
	journal->bucket_mask = (uint32_t)(buckets - 1);
	journal->free_slot = NO_SLOT;
	/* calloc(): of large blocks only what is used takes memory */
	journal->slots = calloc(rows, sizeof(*journal->slots));
	journal->order = calloc(1, sizeof(*journal->order));
	journal->buckets = malloc(buckets * sizeof(*journal->buckets));
	if (journal->order != NULL)
		journal->order->slots = calloc(2 * rows, sizeof(*journal->order->slots));
	if (journal->slots == NULL || journal->buckets == NULL || journal->order == NULL ||
	    journal->order->slots == NULL) {
		journal_free(journal);
		return NULL;
	}
	for (size_t i = 0; i < buckets; i++)
		journal->buckets[i] = NO_SLOT;
	for (int kind = 0; kind < CHAIN_KINDS; kind++)
		for (int rank = 0; rank < RANKS; rank++)
			journal->chain[kind][rank] = (struct chain){ NO_SLOT, NO_SLOT };
	return journal;
}

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	for (size_t i = 0; i < journal->fresh; i++)
		free(journal->slots[i].row.copy); /* NULL in slots that are free */
	if (journal->order != NULL)
		free(journal->order->slots);
	free(journal->order);
	free(journal->buckets);
	free(journal->slots);
	free(journal);
}

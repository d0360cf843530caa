/* SPDX-License-Identifier: BSD-2-Clause */
/* Each flow becomes two numbers that sort as it should, so that sorting looks at nothing else. */
#include "ui/flow_list.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"

enum {
	AT_ONCE_ROWS = 5000,	  /* so few are sorted whenever they change: below a millisecond */
	ROWS_PER_SECOND = 200000, /* more rows than that are sorted more seldom */
};

const char *const flow_order_names[FLOW_ORDER_COUNT] = {
#define ORDER(id, name) [ORDER_##id] = name,
	FLOW_ORDERS(ORDER)
#undef ORDER
};

/* What a reader wants to see first: failures, then what is odd, then the rest. */
static uint64_t
urgency(const struct journal_row *row)
{
	enum verdict_class verdict_class = verdict_infos[row->code].verdict_class;
	if (verdict_class > CLASS_INCOMPLETE)
		return 0;
	return verdict_class == CLASS_INFO ? 1 : 2;
}

/* Later times come first. */
static uint64_t
newest_first(int64_t ns)
{
	return UINT64_MAX - (uint64_t)ns;
}

static void
address_key(struct ip_addr address, uint16_t port, struct flow_entry *entry)
{
	/* the upper half of an IPv4 address says nothing, so its port finds room */
	entry->high = address.hi == 0 ? address.lo : address.hi;
	entry->low = address.hi == 0 ? port : address.lo;
}

/* Big numbers first, then the latest. */
static void
fill_key(struct flow_entry *entry, const struct journal_row *row, enum flow_order order)
{
	entry->high = 0;
	entry->low = newest_first(row->first_ns);
	switch (order) {
	case ORDER_FAILING:
		entry->high = urgency(row);
		if (entry->high == 0)
			entry->low = newest_first(row->last_ns);
		break;
	case ORDER_VERDICT:
		entry->high = urgency(row) << 32 | row->code;
		break;
	case ORDER_CLIENT:
		address_key(row->client, row->client_port, entry);
		break;
	case ORDER_SERVER:
		address_key(row->server, row->server_port, entry);
		break;
	case ORDER_SYN:
		entry->high = UINT64_MAX - row->syn_count;
		break;
	case ORDER_RETRANSMISSIONS:
		entry->high = UINT64_MAX - row->retransmissions;
		break;
	case ORDER_RTT:
		entry->high = row->handshake_rtt_us == UINT32_MAX
				      ? UINT64_MAX
				      : UINT32_MAX - row->handshake_rtt_us;
		break;
	case ORDER_AGE:
		entry->high = (uint64_t)row->first_ns;
		break;
	case ORDER_BYTES:
		entry->high = UINT64_MAX - row->bytes_to_server - row->bytes_to_client;
		break;
	case FLOW_ORDER_COUNT:
		break;
	}
}

static int
compare_entries(const void *a, const void *b)
{
	const struct flow_entry *left = a;
	const struct flow_entry *right = b;
	if (left->high != right->high)
		return left->high < right->high ? -1 : 1;
	if (left->low != right->low)
		return left->low < right->low ? -1 : 1;
	return left->number > right->number ? -1 : left->number < right->number;
}

static bool
make_room(struct flow_list *list, size_t rows)
{
	if (rows <= list->room)
		return true;
	size_t room = rows + rows / 2;
	struct flow_entry *entries = realloc(list->entries, room * sizeof(*entries));
	if (entries == NULL)
		return false;
	list->entries = entries;
	list->room = room;
	return true;
}

static void
collect(struct flow_list *list, const struct journal *journal)
{
	size_t rows = list->frozen != NULL ? list->frozen_count : journal_count(journal);
	bool all = flow_filter_is_empty(&list->filter);
	list->short_of_memory = !make_room(list, rows);
	list->total = rows;
	list->count = 0;
	for (size_t i = 0; i < rows && list->count < list->room; i++) {
		const struct journal_row *row =
			list->frozen != NULL ? &list->frozen[i] : journal_row(journal, i);
		if (!all && !flow_filter_matches(&list->filter, row))
			continue;
		struct flow_entry *entry = &list->entries[list->count++];
		entry->number = row->number;
		entry->index = (uint32_t)i;
		fill_key(entry, row, list->order);
		if (list->inverted) {
			entry->high = ~entry->high;
			entry->low = ~entry->low;
		}
	}
	if (list->count > 0)
		qsort(list->entries, list->count, sizeof(*list->entries), compare_entries);
}

/* The cursor goes where its flow went, and the flow stays on the same line of the screen. */
static void
follow(struct flow_list *list)
{
	struct scroll *scroll = &list->scroll;
	size_t line = scroll->at - scroll->top;
	if (list->held == 0) {
		scroll->at = scroll->top = 0;
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->entries[i].number != list->held)
			continue;
		scroll->at = i;
		scroll->top = i > line ? i - line : 0;
		return;
	}
	if (scroll->at >= list->count)
		scroll->at = list->count > 0 ? list->count - 1 : 0;
	list->held = flow_list_number(list, scroll->at);
}

static bool
is_due(const struct flow_list *list, const struct journal *journal, int64_t now_ns)
{
	size_t rows = journal_count(journal);
	int64_t wait_ns = NS_PER_S * (1 + (int64_t)(rows / ROWS_PER_SECOND));
	if (list->stale || list->entries == NULL)
		return true;
	if (list->frozen != NULL || list->version == journal_version(journal))
		return false;
	return rows <= AT_ONCE_ROWS || now_ns < list->sorted_ns ||
	       now_ns - list->sorted_ns >= wait_ns;
}

void
flow_list_update(struct flow_list *list, const struct journal *journal, int64_t now_ns)
{
	if (!is_due(list, journal, now_ns))
		return;
	list->version = journal_version(journal);
	list->sorted_ns = now_ns;
	list->stale = false;
	collect(list, journal);
	follow(list);
}

uint32_t
flow_list_number(const struct flow_list *list, size_t at)
{
	return at < list->count ? list->entries[at].number : 0;
}

const struct journal_row *
flow_list_row(const struct flow_list *list, const struct journal *journal, size_t at)
{
	if (at >= list->count)
		return NULL;
	if (list->frozen != NULL)
		return &list->frozen[list->entries[at].index];
	return journal_find(journal, list->entries[at].number);
}

void
flow_list_hold(struct flow_list *list)
{
	list->held = flow_list_number(list, list->scroll.at);
}

void
flow_list_show_all(struct flow_list *list)
{
	flow_list_hold(list);
	list->filter = (struct flow_filter){ 0 };
	list->stale = true;
}

void
flow_list_freeze(struct flow_list *list, const struct journal *journal)
{
	size_t rows = journal_count(journal);
	if (list->frozen != NULL)
		return;
	list->frozen = malloc((rows > 0 ? rows : 1) * sizeof(*list->frozen));
	if (list->frozen == NULL)
		return;
	for (size_t i = 0; i < rows; i++)
		list->frozen[i] = *journal_row(journal, i);
	list->frozen_count = rows;
	list->stale = true;
}

void
flow_list_thaw(struct flow_list *list)
{
	free(list->frozen);
	list->frozen = NULL;
	list->stale = true;
}

void
flow_list_release(struct flow_list *list)
{
	free(list->entries);
	free(list->frozen);
	*list = (struct flow_list){ 0 };
}

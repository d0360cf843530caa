/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal is counted through by listener. Watching live, each count adds a point to the graphs; of a
 * capture that was read to its end, the flows themselves say when they were half-open. */
#include "ui/listeners.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"

enum { SLOTS = 2 * LISTENERS_MOST };

/* Counting goes into a table of its own; what is shown stays until it is complete. */
struct counting {
	struct listener *items;
	size_t count;
	uint16_t slots[SLOTS]; /* index + 1 */
	uint64_t half_open, elsewhere;
};

static bool
is_listener(const struct listener *listener, const struct journal_row *row)
{
	return listener->port == row->server_port && listener->ip_version == row->ip_version &&
	       ip_addr_equal(listener->server, row->server);
}

static struct listener *
find_or_add(struct counting *counting, const struct journal_row *row)
{
	uint64_t hash = row->server.hi * UINT64_C(0x9e3779b97f4a7c15) ^ row->server.lo;
	hash = (hash ^ row->server_port) * UINT64_C(0xbf58476d1ce4e5b9);
	size_t at = (size_t)(hash >> 32) % SLOTS;
	for (; counting->slots[at] != 0; at = (at + 1) % SLOTS)
		if (is_listener(&counting->items[counting->slots[at] - 1], row))
			return &counting->items[counting->slots[at] - 1];
	if (counting->count == LISTENERS_MOST)
		return NULL;
	struct listener *listener = &counting->items[counting->count++];
	counting->slots[at] = (uint16_t)counting->count;
	listener->server = row->server;
	listener->port = row->server_port;
	listener->ip_version = row->ip_version;
	return listener;
}

/* Answered by SYN-ACK, and nothing came of it yet: Zeek's letters are upper case for the client. */
static bool
is_half_open(const struct journal_row *row)
{
	bool answered = false;
	for (unsigned i = 0; i < row->history_length; i++) {
		answered |= row->history[i] == 'h';
		if (strchr("ADFRadfr", row->history[i]) != NULL)
			return false;
	}
	return answered;
}

/* A flow of a capture that was read was half-open from its beginning to its last packet. */
static void
draw_stay(struct listener *listener, const struct journal_row *row, const struct screen_data *data,
	  int64_t step_ns)
{
	int64_t from = (row->first_ns - data->began_ns) / step_ns;
	int64_t to = (row->last_ns - data->began_ns) / step_ns;
	for (int64_t i = from < 0 ? 0 : from; i <= to && i < LISTENER_POINTS; i++)
		listener->points[i]++;
}

static void
count_row(struct counting *counting, const struct journal_row *row, const struct screen_data *data,
	  int64_t step_ns)
{
	struct listener *listener = find_or_add(counting, row);
	enum verdict_class verdict_class = verdict_infos[row->code].verdict_class;
	bool half_open = is_half_open(row) && (!data->live || row->handle != 0);
	counting->half_open += half_open;
	if (listener == NULL) {
		counting->elsewhere++;
		return;
	}
	listener->flows++;
	listener->failed += verdict_class > CLASS_INCOMPLETE;
	listener->refused += verdict_class == CLASS_REFUSED;
	listener->half_open += half_open;
	if (half_open && !data->live)
		draw_stay(listener, row, data, step_ns);
}

/* The points of a listener move on by so many seconds, and the newest is what was counted now. */
static void
add_point(struct listener *listener, const struct listener *before, int64_t seconds)
{
	if (before != NULL && seconds < LISTENER_POINTS)
		memcpy(listener->points, before->points + seconds,
		       (size_t)(LISTENER_POINTS - seconds) * sizeof(listener->points[0]));
	listener->points[LISTENER_POINTS - 1] =
		listener->half_open < UINT32_MAX ? (uint32_t)listener->half_open : UINT32_MAX;
}

static void
carry_on(struct counting *counting, const struct listeners *listeners, int64_t now_ns)
{
	int64_t seconds = (now_ns - listeners->counted_ns) / NS_PER_S;
	const struct listener *before[LISTENERS_MOST] = { NULL };
	for (size_t i = 0; i < listeners->count; i++) {
		const struct listener *listener = &listeners->items[i];
		const struct journal_row key = { .server = listener->server,
						 .server_port = listener->port,
						 .ip_version = listener->ip_version };
		struct listener *now = find_or_add(counting, &key);
		if (now != NULL)
			before[now - counting->items] = listener;
	}
	for (size_t i = 0; i < counting->count; i++)
		add_point(&counting->items[i], before[i], seconds > 0 ? seconds : 1);
}

static int
compare_listeners(const void *a, const void *b)
{
	const struct listener *left = a;
	const struct listener *right = b;
	if (left->failed != right->failed)
		return left->failed > right->failed ? -1 : 1;
	if (left->flows != right->flows)
		return left->flows > right->flows ? -1 : 1;
	if (left->server.hi != right->server.hi)
		return left->server.hi < right->server.hi ? -1 : 1;
	if (left->server.lo != right->server.lo)
		return left->server.lo < right->server.lo ? -1 : 1;
	return left->port < right->port ? -1 : left->port > right->port;
}

/* Whether anything is left to tell of it. */
static bool
is_telling(const struct listener *listener)
{
	return listener->flows > 0 || listener->peak > 0;
}

static void
finish(struct listeners *listeners, struct counting *counting)
{
	size_t kept = 0;
	for (size_t i = 0; i < counting->count; i++) {
		struct listener *listener = &counting->items[i];
		for (size_t j = 0; j < LISTENER_POINTS; j++)
			if (listener->points[j] > listener->peak)
				listener->peak = listener->points[j];
		if (is_telling(listener))
			counting->items[kept++] = *listener;
	}
	if (kept > 0)
		qsort(counting->items, kept, sizeof(*counting->items), compare_listeners);
	free(listeners->items);
	listeners->items = counting->items;
	listeners->count = kept;
	listeners->half_open = counting->half_open;
	listeners->elsewhere = counting->elsewhere;
}

static bool
is_due(const struct listeners *listeners, const struct screen_data *data)
{
	if (!listeners->counted || data->now_ns < listeners->counted_ns)
		return true;
	if (data->live)
		return data->now_ns - listeners->counted_ns >= NS_PER_S;
	return listeners->version != journal_version(data->journal);
}

void
listeners_update(struct listeners *listeners, const struct screen_data *data)
{
	if (!is_due(listeners, data))
		return;
	struct counting *counting = calloc(1, sizeof(*counting));
	if (counting != NULL)
		counting->items = calloc(LISTENERS_MOST, sizeof(*counting->items));
	if (counting == NULL || counting->items == NULL) {
		free(counting);
		return;
	}
	int64_t length_ns = data->now_ns - data->began_ns;
	int64_t step_ns = data->live ? NS_PER_S : length_ns / LISTENER_POINTS + 1;
	if (step_ns < 1)
		step_ns = 1;
	size_t rows = journal_count(data->journal);
	for (size_t i = 0; i < rows; i++)
		count_row(counting, journal_row(data->journal, i), data, step_ns);
	if (data->live)
		carry_on(counting, listeners, data->now_ns);
	finish(listeners, counting);
	listeners->step_ns = step_ns;
	listeners->version = journal_version(data->journal);
	listeners->counted_ns = data->now_ns;
	listeners->counted = true;
	free(counting);
}

void
listeners_release(struct listeners *listeners)
{
	free(listeners->items);
	*listeners = (struct listeners){ 0 };
}

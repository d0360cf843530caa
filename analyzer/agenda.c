/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues of flows that wait equally long. */
#include "analyzer/agenda.h"

#include <stdlib.h>

enum {
	CHUNK_BITS = 12, /* items per chunk */
	CHUNK = 1 << CHUNK_BITS,
	MARKS_MAX = 12,
	QUEUE_NONE = 0, /* the flow is in no queue */
	QUEUE_URGENT,
	QUEUE_CALM,
	QUEUE_MARKS, /* the first mark's */
	QUEUES = QUEUE_MARKS + MARKS_MAX,
};

/* A change is judged this long after it: a burst of segments is one change. */
static const int64_t urgent_ns = 200 * NS_PER_MS;
static const int64_t calm_ns = 1000 * NS_PER_MS;
/* A mark is passed by this much, so that what the rules compare has surely passed as well. */
static const int64_t slack_ns = 50 * NS_PER_MS;

/* Of a flow, by id. */
struct item {
	int64_t due_ns;
	uint32_t next, previous; /* ids, 0 none */
	uint8_t queue;
};

struct queue {
	uint32_t oldest, newest; /* ids, 0 none */
};

struct agenda {
	struct item **chunks;
	uint32_t chunk_count;
	unsigned mark_count;
	int64_t marks_ns[MARKS_MAX]; /* silences, ascending */
	struct queue queues[QUEUES];
};

/* Enters a mark in its place; equal ones are one. */
static void
add_mark(struct agenda *agenda, int64_t silence_ns)
{
	unsigned at = agenda->mark_count;
	if (silence_ns <= 0 || agenda->mark_count == MARKS_MAX)
		return;
	for (unsigned i = 0; i < agenda->mark_count; i++)
		if (agenda->marks_ns[i] == silence_ns)
			return;
	while (at > 0 && agenda->marks_ns[at - 1] > silence_ns) {
		agenda->marks_ns[at] = agenda->marks_ns[at - 1];
		at--;
	}
	agenda->marks_ns[at] = silence_ns;
	agenda->mark_count++;
}

struct agenda *
agenda_new(const struct limits *limits)
{
	struct agenda *agenda = calloc(1, sizeof(*agenda));
	if (agenda == NULL)
		return NULL;
	add_mark(agenda, limits->cut_ns);
	add_mark(agenda, limits->syn_ns);
	add_mark(agenda, limits->stall_ns);
	add_mark(agenda, limits->response_ns);
	add_mark(agenda, 7 * NS_PER_S); /* two SYNs are a clear case then (analyzer/rules_connect.c) */
	add_mark(agenda, 15 * NS_PER_S);
	add_mark(agenda, limits->idle_ns);
	add_mark(agenda, limits->finwait_ns);
	add_mark(agenda, limits->ssh_grace_ns);
	add_mark(agenda, limits->unanswered_ns);
	return agenda;
}

void
agenda_free(struct agenda *agenda)
{
	if (agenda == NULL)
		return;
	for (uint32_t i = 0; i < agenda->chunk_count; i++)
		free(agenda->chunks[i]);
	free(agenda->chunks);
	free(agenda);
}

static struct item *
item_at(const struct agenda *agenda, uint32_t id)
{
	return &agenda->chunks[(id - 1) >> CHUNK_BITS][(id - 1) & (CHUNK - 1)];
}

/* Room for that id. Ids are small and used again, so there are about as many chunks as it takes. */
static bool
make_room(struct agenda *agenda, uint32_t id)
{
	uint32_t needed = ((id - 1) >> CHUNK_BITS) + 1;
	while (agenda->chunk_count < needed) {
		struct item **chunks =
			realloc(agenda->chunks, (agenda->chunk_count + 1) * sizeof(*chunks));
		if (chunks == NULL)
			return false;
		agenda->chunks = chunks;
		chunks[agenda->chunk_count] = calloc(CHUNK, sizeof(struct item));
		if (chunks[agenda->chunk_count] == NULL)
			return false;
		agenda->chunk_count++;
	}
	return true;
}

static void
leave(struct agenda *agenda, uint32_t id)
{
	struct item *item = item_at(agenda, id);
	struct queue *queue = &agenda->queues[item->queue];
	if (item->queue == QUEUE_NONE)
		return;
	if (item->previous != 0)
		item_at(agenda, item->previous)->next = item->next;
	else
		queue->oldest = item->next;
	if (item->next != 0)
		item_at(agenda, item->next)->previous = item->previous;
	else
		queue->newest = item->previous;
	item->queue = QUEUE_NONE;
}

static void
enter(struct agenda *agenda, uint32_t id, unsigned number, int64_t due_ns)
{
	struct item *item = item_at(agenda, id);
	struct queue *queue = &agenda->queues[number];
	*item = (struct item){
		.due_ns = due_ns,
		.previous = queue->newest,
		.queue = (uint8_t)number,
	};
	if (queue->newest != 0)
		item_at(agenda, queue->newest)->next = id;
	else
		queue->oldest = id;
	queue->newest = id;
}

bool
agenda_touch(struct agenda *agenda, uint32_t id, bool urgent, int64_t now_ns)
{
	if (!make_room(agenda, id))
		return false;
	unsigned queue = item_at(agenda, id)->queue;
	if (queue == QUEUE_URGENT || (queue == QUEUE_CALM && !urgent))
		return true; /* it will be judged soon anyway */
	leave(agenda, id);
	enter(agenda, id, urgent ? QUEUE_URGENT : QUEUE_CALM,
	      now_ns + (urgent ? urgent_ns : calm_ns));
	return true;
}

/* How long a flow of that queue has been silent when it is due. */
static int64_t
silence_of(const struct agenda *agenda, unsigned queue)
{
	return queue == QUEUE_URGENT ? urgent_ns
	       : queue == QUEUE_CALM ? 0 /* its last segment may have come just now */
				     : agenda->marks_ns[queue - QUEUE_MARKS] + slack_ns;
}

/* The queue that is due first, of those that are due. */
static unsigned
due_queue(const struct agenda *agenda, int64_t now_ns)
{
	unsigned first = QUEUE_NONE;
	int64_t first_ns = now_ns;
	for (unsigned i = QUEUE_URGENT; i < QUEUE_MARKS + agenda->mark_count; i++) {
		uint32_t id = agenda->queues[i].oldest;
		if (id == 0 || item_at(agenda, id)->due_ns > first_ns)
			continue;
		first = i;
		first_ns = item_at(agenda, id)->due_ns;
	}
	return first;
}

uint32_t
agenda_next(struct agenda *agenda, int64_t now_ns)
{
	unsigned queue = due_queue(agenda, now_ns);
	if (queue == QUEUE_NONE)
		return 0;
	uint32_t id = agenda->queues[queue].oldest;
	int64_t silence_ns = silence_of(agenda, queue);
	unsigned mark = queue < QUEUE_MARKS ? 0 : queue - QUEUE_MARKS + 1;
	leave(agenda, id);
	while (mark < agenda->mark_count && agenda->marks_ns[mark] + slack_ns <= silence_ns)
		mark++;
	if (mark < agenda->mark_count)
		enter(agenda, id, QUEUE_MARKS + mark,
		      now_ns + agenda->marks_ns[mark] + slack_ns - silence_ns);
	return id;
}

void
agenda_drop(struct agenda *agenda, uint32_t id)
{
	if (((id - 1) >> CHUNK_BITS) < agenda->chunk_count)
		leave(agenda, id);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of copies with one writer and one reader. Each side keeps its own position and learns that
 * of the other only when it runs out of room or of flows; who waits for the other sleeps. */
#include "ui/handover.h"

#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "ui/flow_copy.h"

enum {
	/* Enough that neither side waits for a moment's delay of the other, and few enough that the
	 * copies are still in the cache when they are read. */
	SLOTS = 256,
	/* So many are told of at once: waking a thread costs as much as several flows. */
	BATCH = 32,
	HANDOVER_LINE = 64,
};

struct handover {
	tracker_flow_fn *fn;
	void *user;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t moved; /* put or taken went on, or the end was told */
	/* Positions count flows from the start; slot = position % SLOTS. */
	alignas(HANDOVER_LINE) atomic_uint_fast64_t put; /* told to the reader */
	uint64_t next;	/* of the writer: put without being told yet, next - put */
	uint64_t freed; /* what the writer knows of taken */
	alignas(HANDOVER_LINE) atomic_uint_fast64_t taken;
	alignas(HANDOVER_LINE) atomic_bool reader_sleeps;
	atomic_bool writer_sleeps;
	atomic_bool over;
	struct flow_copy slots[SLOTS];
};

/* Wakes the other side if it sleeps. Its flag was set before it looked a last time at what the caller
 * has just changed, both in one total order: one of the two sees the other. */
static void
wake(struct handover *handover, atomic_bool *sleeps)
{
	if (!atomic_load(sleeps))
		return;
	pthread_mutex_lock(&handover->mutex);
	pthread_cond_broadcast(&handover->moved);
	pthread_mutex_unlock(&handover->mutex);
}

static void
tell(struct handover *handover)
{
	atomic_store(&handover->put, handover->next);
	wake(handover, &handover->reader_sleeps);
}

/* Waits until no more than so many are in the ring. */
static void
wait_until(struct handover *handover, uint64_t held_most)
{
	pthread_mutex_lock(&handover->mutex);
	atomic_store(&handover->writer_sleeps, true);
	while (handover->next - (handover->freed = atomic_load(&handover->taken)) > held_most)
		pthread_cond_wait(&handover->moved, &handover->mutex);
	atomic_store(&handover->writer_sleeps, false);
	pthread_mutex_unlock(&handover->mutex);
}

void
handover_put(struct handover *handover, const struct flow *flow, const struct verdict *verdict)
{
	if (handover->next - handover->freed == SLOTS)
		handover->freed = atomic_load_explicit(&handover->taken, memory_order_acquire);
	if (handover->next - handover->freed == SLOTS)
		wait_until(handover, SLOTS / 2);
	flow_copy_fill(&handover->slots[handover->next % SLOTS], flow, verdict);
	if (++handover->next % BATCH == 0)
		tell(handover);
}

void
handover_wait(struct handover *handover)
{
	tell(handover);
	wait_until(handover, 0);
}

/* How far there are flows to be taken: beyond taken, or as far as taken at the end. */
static uint64_t
await(struct handover *handover, uint64_t taken)
{
	uint64_t put = atomic_load_explicit(&handover->put, memory_order_acquire);
	if (put != taken)
		return put;
	pthread_mutex_lock(&handover->mutex);
	atomic_store(&handover->reader_sleeps, true);
	while ((put = atomic_load(&handover->put)) == taken && !atomic_load(&handover->over))
		pthread_cond_wait(&handover->moved, &handover->mutex);
	atomic_store(&handover->reader_sleeps, false);
	pthread_mutex_unlock(&handover->mutex);
	return put;
}

static void *
run(void *data)
{
	struct handover *handover = data;
	uint64_t taken = 0, put;
	while ((put = await(handover, taken)) != taken) {
		while (taken < put) {
			struct flow_copy *copy = &handover->slots[taken % SLOTS];
			flow_copy_connect(copy);
			handover->fn(handover->user, &copy->flow, &copy->verdict);
			taken++;
			if (taken % BATCH == 0 || taken == put) {
				atomic_store(&handover->taken, taken);
				wake(handover, &handover->writer_sleeps);
			}
		}
	}
	return NULL;
}

static bool
start(struct handover *handover)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&handover->thread, NULL, run, handover);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

struct handover *
handover_new(tracker_flow_fn *fn, void *user)
{
	size_t bytes = (sizeof(struct handover) + HANDOVER_LINE - 1) & ~(size_t)(HANDOVER_LINE - 1);
	struct handover *handover = aligned_alloc(HANDOVER_LINE, bytes);
	if (handover == NULL)
		return NULL;
	handover->fn = fn;
	handover->user = user;
	handover->next = handover->freed = 0;
	atomic_init(&handover->put, 0);
	atomic_init(&handover->taken, 0);
	atomic_init(&handover->reader_sleeps, false);
	atomic_init(&handover->writer_sleeps, false);
	atomic_init(&handover->over, false);
	pthread_mutex_init(&handover->mutex, NULL);
	pthread_cond_init(&handover->moved, NULL);
	if (start(handover))
		return handover;
	pthread_cond_destroy(&handover->moved);
	pthread_mutex_destroy(&handover->mutex);
	free(handover);
	return NULL;
}

void
handover_free(struct handover *handover)
{
	if (handover == NULL)
		return;
	handover_wait(handover);
	pthread_mutex_lock(&handover->mutex);
	atomic_store(&handover->over, true);
	pthread_cond_broadcast(&handover->moved);
	pthread_mutex_unlock(&handover->mutex);
	pthread_join(handover->thread, NULL);
	pthread_cond_destroy(&handover->moved);
	pthread_mutex_destroy(&handover->mutex);
	free(handover);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader's side of a live capture: frames of all rings in time order, counters, states. */
#include "dissect/capture_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dissect/capture_thread.h"
#include "dissect/capture_turn.h"

struct capture_live {
	struct capture_tap *taps;
	struct capture_source *sources;	      /* one for each tap */
	struct capture_interface *interfaces; /* as well */
	size_t count;
	bool ended; /* the thread will bring no more frames */
	struct capture_thread thread;
};

static bool
is_repeated(const struct capture_options *options, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(options->interfaces[i], options->interfaces[index]) == 0)
			return true;
	}
	return false;
}

static int
add_tap(struct capture_live *live, const struct capture_options *options,
	const struct complaint *complaint)
{
	uint16_t index = (uint16_t)live->count;
	struct capture_tap *tap = &live->taps[index];
	const char *name = options->interfaces[index];
	int error;

	if (is_repeated(options, index))
		return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, name, "named twice");
	live->count++; /* to be closed in any case */
	error = tap_open(tap, name, index, options, complaint);
	if (error != CAPTURE_OK)
		return error;
	live->sources[index] =
		(struct capture_source){ .name = tap->name, .first_linktype = tap->linktype };
	live->interfaces[index] = (struct capture_interface){
		.name = tap->name,
		.source = index,
		.linktype = tap->linktype,
		.snaplen = tap->snaplen,
	};
	return CAPTURE_OK;
}

static int
fill(struct capture_live *live, const struct capture_options *options,
     const struct complaint *complaint)
{
	size_t count = options->interface_count;
	int error = CAPTURE_OK;

	live->taps = calloc(count, sizeof(*live->taps));
	live->sources = calloc(count, sizeof(*live->sources));
	live->interfaces = calloc(count, sizeof(*live->interfaces));
	if (!live->taps || !live->sources || !live->interfaces)
		return complain_errno(complaint, NULL, ENOMEM);
	for (size_t i = 0; i < count && error == CAPTURE_OK; i++)
		error = add_tap(live, options, complaint);
	if (error != CAPTURE_OK)
		return error;
	error = capture_thread_init(&live->thread, live->taps, count);
	return error == 0 ? CAPTURE_OK
			  : capture_complain(complaint, CAPTURE_ERROR_INTERFACE, NULL, strerror(error));
}

int
capture_live_open(struct capture_live **ret_live, const struct capture_options *options,
		  const struct complaint *complaint)
{
	struct capture_live *live;
	int error;

	if (options->interface_count > CAPTURE_LIVE_INTERFACES_MAX)
		return capture_complain(complaint, CAPTURE_ERROR_TOO_MANY, NULL,
				"more than 64 interfaces; \"any\" is all of them at once");
	live = calloc(1, sizeof(*live));
	if (!live)
		return complain_errno(complaint, NULL, ENOMEM);
	live->thread.wake_fd = live->thread.stop_fd = -1;
	error = fill(live, options, complaint);
	if (error != CAPTURE_OK) {
		capture_live_close(live);
		return error;
	}
	*ret_live = live;
	return CAPTURE_OK;
}

int
capture_live_start(struct capture_live *live)
{
	return live->ended ? EINVAL : capture_thread_start(&live->thread);
}

int
capture_live_wait_fd(const struct capture_live *live)
{
	return live->thread.wake_fd;
}

/* Takes frames of one interface as long as they are not later than limit_ns. */
static size_t
take(struct capture_live *live, size_t index, int64_t limit_ns, struct frame *frames, size_t max)
{
	struct capture_ring *ring = &live->taps[index].ring;
	struct capture_source *source = &live->sources[index];
	const struct frame *frame;
	size_t count = 0;

	while (count < max && (frame = capture_ring_peek(ring)) && frame->ts_ns <= limit_ns) {
		source->bytes += frame->caplen;
		frames[count++] = *frame;
		capture_ring_take(ring);
	}
	return count;
}

/* The time of day, as frames have it. */
static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static size_t
take_in_turn(struct capture_live *live, struct frame *frames, size_t max, bool *ret_held)
{
	size_t count = 0;
	struct turn turn;
	int64_t time_ns;

	if (live->count == 1)
		return take(live, 0, INT64_MAX, frames, max);
	time_ns = now_ns();
	while (count < max) {
		turn = turn_find(live->taps, live->count, time_ns, live->ended);
		*ret_held = turn.held;
		if (!turn.found || turn.held)
			break;
		count += take(live, turn.index, turn.limit_ns, frames + count, max - count);
	}
	return count;
}

size_t
capture_live_read(struct capture_live *live, struct frame *frames, size_t max)
{
	bool held = false;
	size_t count;

	for (size_t i = 0; i < live->count; i++)
		capture_ring_give_back(&live->taps[i].ring);
	count = take_in_turn(live, frames, max, &held);
	if (count > 0)
		return count;
	capture_thread_sleep(&live->thread, held ? READER_HOLDING : READER_ASLEEP);
	count = take_in_turn(live, frames, max, &held);
	if (count > 0)
		capture_thread_awake(&live->thread);
	else
		capture_live_update(live);
	return count;
}

/* A failure is told once; an outage is none. */
static void
update_failure(struct capture_source *source, const struct capture_tap *tap)
{
	if (source->damage != CAPTURE_INTACT ||
	    !atomic_load_explicit(&tap->counters.failed, memory_order_acquire))
		return;
	source->damage = CAPTURE_READ_ERROR;
	source->damages = 1;
	snprintf(source->text, sizeof(source->text), "%s", tap->text);
}

void
capture_live_update(struct capture_live *live)
{
	for (size_t i = 0; i < live->count; i++) {
		const struct tap_counters *counters = &live->taps[i].counters;
		struct capture_source *source = &live->sources[i];

		source->frames = atomic_load_explicit(&counters->frames, memory_order_relaxed);
		source->ring_drops =
			atomic_load_explicit(&counters->ring_drops, memory_order_relaxed);
		source->kernel_frames =
			atomic_load_explicit(&counters->kernel_frames, memory_order_relaxed);
		source->kernel_drops =
			atomic_load_explicit(&counters->kernel_drops, memory_order_relaxed);
		source->interface_drops =
			atomic_load_explicit(&counters->interface_drops, memory_order_relaxed);
		source->outages = atomic_load_explicit(&counters->outages, memory_order_relaxed);
		source->down = atomic_load_explicit(&counters->down, memory_order_relaxed);
		update_failure(source, &live->taps[i]);
	}
}

void
capture_live_stop(struct capture_live *live)
{
	capture_thread_stop(&live->thread);
	live->ended = true;
	capture_live_update(live);
}

void
capture_live_close(struct capture_live *live)
{
	if (!live)
		return;
	capture_thread_release(&live->thread);
	for (size_t i = 0; i < live->count; i++)
		tap_close(&live->taps[i]);
	free(live->taps);
	free(live->sources);
	free(live->interfaces);
	free(live);
}

size_t
capture_live_count(const struct capture_live *live)
{
	return live->count;
}

struct capture_source *
capture_live_source(const struct capture_live *live, size_t index)
{
	return &live->sources[index];
}

const struct capture_interface *
capture_live_interface(const struct capture_live *live, size_t index)
{
	return &live->interfaces[index];
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture thread: polls the interfaces, moves frames in batches, wakes the reader. */
#include "dissect/capture_thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "dissect/capture_live.h"
#include "dissect/capture_turn.h"

enum {
	CHECK_MS = 250,	   /* between looks at counters and at interfaces that are down */
	HOLD_TICK_MS = 50, /* between wake-ups of a reader that holds frames back */
	/* The last block of frames is handed over after two timeouts at the latest. */
	DRAIN_MS = 2 * TAP_BLOCK_TIMEOUT_MS + 50,
	DRAIN_TICK_MS = 10,
};

/* Milliseconds of a clock that never steps. */
static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* An eventfd whose counter is full is readable all the same: a write that fails loses nothing. */
static void
signal_event(int descriptor)
{
	const uint64_t one = 1;
	ssize_t written = write(descriptor, &one, sizeof(one));

	(void)written;
}

static void
wake(struct capture_thread *thread)
{
	int state = atomic_exchange_explicit(&thread->reader, READER_AWAKE, memory_order_acq_rel);

	if (state != READER_AWAKE)
		signal_event(thread->wake_fd);
}

/* One batch of each interface. False: no frame waits anywhere. */
static bool
move_all(struct capture_thread *thread)
{
	size_t moved = 0;
	bool changed = false;

	for (size_t i = 0; i < thread->count; i++) {
		struct capture_tap *tap = &thread->taps[i];

		if (tap->is_down)
			continue;
		moved += tap_move(tap);
		changed = changed || tap->is_down;
	}
	if (moved > 0 || changed)
		wake(thread);
	return moved > 0;
}

static void
check_all(struct capture_thread *thread)
{
	bool changed = false;

	for (size_t i = 0; i < thread->count; i++) {
		changed = tap_check(&thread->taps[i]) || changed;
		tap_count(&thread->taps[i]);
	}
	if (changed)
		wake(thread);
}

/* Waits for frames, or that the thread is stopped, or for so long. */
static void
wait_for_frames(struct capture_thread *thread, int timeout_ms)
{
	struct pollfd polled[1 + CAPTURE_LIVE_INTERFACES_MAX] = {
		{ .fd = thread->stop_fd, .events = POLLIN },
	};
	struct capture_tap *tap;

	for (size_t i = 0; i < thread->count; i++) {
		tap = &thread->taps[i];
		/* One that is down would be reported again and again. */
		polled[1 + i].fd = tap->is_down ? -1 : tap->descriptor;
		polled[1 + i].events = POLLIN;
	}
	if (poll(polled, 1 + thread->count, timeout_ms) <= 0)
		return;
	for (size_t i = 0; i < thread->count; i++) {
		if ((polled[1 + i].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0)
			continue;
		/* What it has caught until then comes first. */
		tap = &thread->taps[i];
		while (tap_move(tap) > 0)
			;
		tap_mark_down(tap);
		wake(thread);
	}
}

/* The kernel hands over its last, unfilled block after a while only. */
static void
drain(struct capture_thread *thread)
{
	const int64_t end_ms = now_ms() + DRAIN_MS;
	const struct timespec tick = { .tv_nsec = DRAIN_TICK_MS * 1000000 };
	bool empty;

	for (size_t i = 0; i < thread->count; i++)
		tap_shut(&thread->taps[i]);
	for (;;) {
		empty = true;
		for (size_t i = 0; i < thread->count; i++) {
			while (tap_move(&thread->taps[i]) > 0)
				;
			tap_count(&thread->taps[i]);
			empty = empty && tap_is_empty(&thread->taps[i]);
		}
		wake(thread);
		if (empty || now_ms() >= end_ms)
			return;
		nanosleep(&tick, NULL);
	}
}

static void *
run(void *context)
{
	struct capture_thread *thread = context;
	int64_t check_ms = 0; /* when to look at the interfaces again */
	int64_t moved_ms = 0; /* when frames came last */
	bool holding;

	while (!atomic_load_explicit(&thread->stopping, memory_order_relaxed)) {
		int64_t time_ms = now_ms();

		if (time_ms >= check_ms) {
			check_all(thread);
			check_ms = time_ms + CHECK_MS;
		}
		if (move_all(thread)) {
			moved_ms = time_ms;
			continue;
		}
		holding =
			thread->count > 1 && time_ms - moved_ms <= TURN_HOLD_MS + 2 * HOLD_TICK_MS;
		wait_for_frames(thread, holding ? HOLD_TICK_MS : (int)(check_ms - time_ms));
		if (atomic_load_explicit(&thread->reader, memory_order_relaxed) == READER_HOLDING)
			wake(thread);
	}
	drain(thread);
	return NULL;
}

int
capture_thread_init(struct capture_thread *thread, struct capture_tap *taps, size_t count)
{
	*thread = (struct capture_thread){ .taps = taps, .count = count };
	atomic_init(&thread->reader, READER_ASLEEP);
	thread->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	thread->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return thread->wake_fd < 0 || thread->stop_fd < 0 ? errno : 0;
}

/* Signals are the main thread's: a new thread inherits what is blocked. */
int
capture_thread_start(struct capture_thread *thread)
{
	sigset_t all, before;
	int error;

	if (thread->running)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread->thread, NULL, run, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	thread->running = error == 0;
	return error;
}

void
capture_thread_stop(struct capture_thread *thread)
{
	if (!thread->running)
		return;
	atomic_store_explicit(&thread->stopping, true, memory_order_relaxed);
	signal_event(thread->stop_fd);
	pthread_join(thread->thread, NULL);
	thread->running = false;
}

void
capture_thread_release(struct capture_thread *thread)
{
	capture_thread_stop(thread);
	if (thread->wake_fd >= 0)
		close(thread->wake_fd);
	if (thread->stop_fd >= 0)
		close(thread->stop_fd);
}

void
capture_thread_sleep(struct capture_thread *thread, enum reader_state state)
{
	uint64_t events;
	ssize_t got = read(thread->wake_fd, &events, sizeof(events));

	(void)got; /* nobody may have signalled */
	atomic_exchange_explicit(&thread->reader, (int)state, memory_order_acq_rel);
}

void
capture_thread_awake(struct capture_thread *thread)
{
	atomic_exchange_explicit(&thread->reader, READER_AWAKE, memory_order_acq_rel);
}

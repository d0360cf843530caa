/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread of a live capture: moves frames from the kernel into the rings of all interfaces. */
#ifndef TCPWHY_CAPTURE_THREAD_H
#define TCPWHY_CAPTURE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "dissect/capture_tap.h"

/* What the reader does. It and the thread exchange this with one another by acquire and release in
 * a single operation each. Of the two exchanges one comes first. If the thread's, the reader, which
 * then looks into the rings once more, sees all that was published before it; if the reader's, the
 * thread sees that it has to wake it. So no frame is left lying. */
enum reader_state {
	READER_AWAKE, /* or has been woken */
	READER_ASLEEP,
	READER_HOLDING, /* asleep, and frames wait for older ones that may come from elsewhere */
};

struct capture_thread {
	struct capture_tap *taps;
	size_t count;
	int stop_fd; /* eventfds; -1: none */
	int wake_fd;
	pthread_t thread;
	bool running; /* the thread is to be joined; of its starter */
	atomic_bool stopping;
	atomic_int reader; /* enum reader_state */
};

/* taps stay the caller's. Returns 0 or an errno. */
int capture_thread_init(struct capture_thread *thread, struct capture_tap *taps, size_t count);
int capture_thread_start(struct capture_thread *thread);
/* Moves what the kernel holds, ends the thread and waits for that: a third of a second at most. */
void capture_thread_stop(struct capture_thread *thread);
void capture_thread_release(struct capture_thread *thread);

/* The reader found nothing and is about to sleep: clears wake_fd. It has to look once more, and
 * call capture_thread_awake() if there is something now. */
void capture_thread_sleep(struct capture_thread *thread, enum reader_state state);
void capture_thread_awake(struct capture_thread *thread);

#endif

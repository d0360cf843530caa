/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose turn is it? The order of time over several interfaces, of which each brings its frames late. */
#ifndef TCPWHY_CAPTURE_TURN_H
#define TCPWHY_CAPTURE_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/capture_tap.h"

enum {
	/* A frame waits so long for older ones that may still come from an interface that has none
	 * now: two timeouts of the kernel's blocks, and time to move them. */
	TURN_HOLD_MS = 2 * TAP_BLOCK_TIMEOUT_MS + 50,
};

/* The interface whose frame is next, and up to when all of its frames are. */
struct turn {
	bool found; /* there is a frame at all */
	bool held;  /* but it has to wait */
	size_t index;
	int64_t limit_ns;
};

/* For the reader of the rings. now_ns: the time of day, as frames have it. ended: no more frames
 * will come. */
struct turn turn_find(struct capture_tap *taps, size_t count, int64_t now_ns, bool ended);

#endif

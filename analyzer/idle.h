/* SPDX-License-Identifier: BSD-2-Clause */
/* Idle timers of systems in the field, for telling a silence that was ended by one of them. */
#ifndef TCPWHY_IDLE_H
#define TCPWHY_IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idle_timer {
	uint32_t seconds;
	const char *name; /* product and setting */
};

/* Ordered by seconds. */
extern const struct idle_timer idle_timers[];
extern const size_t idle_timer_count;

/* Whether a silence of so many microseconds fits the timer: within 2 % or half a second. Several
 * timers may fit; that one does proves nothing, it tells where to look. */
bool idle_timer_fits(const struct idle_timer *timer, int64_t silence_us);

/* Whether any fits. */
bool idle_timer_known(int64_t silence_us);

#endif

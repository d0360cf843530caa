/* SPDX-License-Identifier: BSD-2-Clause */
/* Time stamps of pcapng interfaces as nanoseconds, exactly and without overflow. */
#ifndef TCPWHY_CAPTURE_CLOCK_H
#define TCPWHY_CAPTURE_CLOCK_H

#include <stdint.h>

/* All times lie between 0 and this (the year 2116), so that no difference and no sum of two of them
 * overflows. */
#define CAPTURE_TIME_MAX ((int64_t)1 << 62)

/* How an interface counts time (draft-ietf-opsawg-pcapng 4.2, if_tsresol and if_tsoffset). */
struct capture_clock {
	uint64_t multiplier; /* nanoseconds a tick, when that is whole; else 0 */
	uint64_t divisor;    /* ticks a nanosecond, for decimal resolutions; else 0 */
	unsigned shift;	     /* else a tick is 2^-shift seconds */
	int64_t offset_ns;
};

/* Microseconds, as for an interface that says nothing. */
extern const struct capture_clock capture_clock_default;

/* if_tsresol: a tick is 10 to the minus resolution seconds, or 2 when its top bit is set. */
void capture_clock_set_resolution(struct capture_clock *clock, uint8_t resolution);
void capture_clock_set_offset(struct capture_clock *clock, int64_t seconds);

/* Times out of bounds are clamped. */
int64_t capture_clock_ns(const struct capture_clock *clock, uint64_t ticks);

#endif

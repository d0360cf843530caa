/* SPDX-License-Identifier: BSD-2-Clause */
/* Time stamps of pcapng interfaces as nanoseconds, exactly and without overflow. */
#include "dissect/capture_clock.h"

const struct capture_clock capture_clock_default = { .multiplier = 1000 };

void
capture_clock_set_resolution(struct capture_clock *clock, uint8_t resolution)
{
	unsigned exponent = resolution & 0x7f;

	*clock = (struct capture_clock){ .offset_ns = clock->offset_ns };
	if (resolution & 0x80) {
		clock->shift = exponent;
		if (exponent == 0)
			clock->multiplier = 1000000000;
	} else if (exponent <= 9) {
		clock->multiplier = 1;
		for (; exponent < 9; exponent++)
			clock->multiplier *= 10;
	} else if (exponent <= 28) {
		clock->divisor = 1;
		for (; exponent > 9; exponent--)
			clock->divisor *= 10;
	} else {
		/* No 64 bit number of these is a nanosecond; nor of the binary ones. */
		clock->shift = 127;
	}
}

void
capture_clock_set_offset(struct capture_clock *clock, int64_t seconds)
{
	const int64_t limit = CAPTURE_TIME_MAX / 1000000000;

	if (seconds > limit)
		seconds = limit;
	if (seconds < -limit)
		seconds = -limit;
	clock->offset_ns = seconds * 1000000000;
}

/* Nanoseconds of ticks of 2^-shift seconds, exactly, in 64 bits; bounded. */
static uint64_t
binary_ns(uint64_t ticks, unsigned shift)
{
	uint64_t seconds = shift < 64 ? ticks >> shift : 0;
	uint64_t fraction = shift < 64 ? ticks - (seconds << shift) : ticks;
	uint64_t high = (fraction >> 32) * 1000000000;
	uint64_t low = (fraction & UINT32_MAX) * 1000000000;
	uint64_t ns;

	if (seconds > (uint64_t)CAPTURE_TIME_MAX / 1000000000)
		return (uint64_t)CAPTURE_TIME_MAX;
	if (shift >= 96)
		ns = 0;
	else if (shift >= 32)
		ns = (high + (low >> 32)) >> (shift - 32);
	else
		ns = low >> shift;
	return seconds * 1000000000 + ns;
}

int64_t
capture_clock_ns(const struct capture_clock *clock, uint64_t ticks)
{
	const uint64_t limit = (uint64_t)CAPTURE_TIME_MAX;
	uint64_t since;
	int64_t ns;

	if (clock->multiplier)
		since = ticks <= limit / clock->multiplier ? ticks * clock->multiplier : limit;
	else if (clock->divisor)
		since = ticks / clock->divisor;
	else
		since = binary_ns(ticks, clock->shift);
	if (since > limit)
		since = limit;
	ns = (int64_t)since + clock->offset_ns;
	if (ns < 0)
		return 0;
	return ns < CAPTURE_TIME_MAX ? ns : CAPTURE_TIME_MAX;
}

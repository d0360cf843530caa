/* SPDX-License-Identifier: BSD-2-Clause */
/* When the capture lost packets: a verdict that rests on silence must know. */
#ifndef TCPWHY_LOSSES_H
#define TCPWHY_LOSSES_H

#include <stdint.h>

enum { LOSSES = 64 /* stretches that are kept; the oldest become one */ };

/* Packets were lost some time between first_ns and last_ns. */
struct loss {
	int64_t first_ns, last_ns;
	uint64_t packets;
};

struct losses {
	struct loss at[LOSSES]; /* in the order of time */
	uint32_t used;
};

/* Stretches are told in the order of time; one that touches the last becomes part of it. */
void losses_note(struct losses *losses, int64_t first_ns, int64_t last_ns, uint64_t packets);

/* At most so many packets were lost between the two times. */
uint64_t losses_between(const struct losses *losses, int64_t first_ns, int64_t last_ns);

#endif

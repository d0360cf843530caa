/* SPDX-License-Identifier: BSD-2-Clause */
/* A short row of stretches. */
#include "analyzer/losses.h"

#include <string.h>

void
losses_note(struct losses *losses, int64_t first_ns, int64_t last_ns, uint64_t packets)
{
	struct loss *last = losses->used > 0 ? &losses->at[losses->used - 1] : NULL;
	if (packets == 0)
		return;
	if (last != NULL && first_ns <= last->last_ns) {
		last->last_ns = last_ns > last->last_ns ? last_ns : last->last_ns;
		last->packets += packets;
		return;
	}
	if (losses->used == LOSSES) {
		/* what is long past may be told less sharply */
		losses->at[1].first_ns = losses->at[0].first_ns;
		losses->at[1].packets += losses->at[0].packets;
		losses->used--;
		memmove(&losses->at[0], &losses->at[1], losses->used * sizeof(losses->at[0]));
	}
	losses->at[losses->used++] =
		(struct loss){ .first_ns = first_ns, .last_ns = last_ns, .packets = packets };
}

uint64_t
losses_between(const struct losses *losses, int64_t first_ns, int64_t last_ns)
{
	uint64_t packets = 0;
	for (uint32_t i = losses->used; i > 0 && losses->at[i - 1].last_ns >= first_ns; i--)
		if (losses->at[i - 1].first_ns <= last_ns)
			packets += losses->at[i - 1].packets;
	return packets;
}

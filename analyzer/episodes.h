/* SPDX-License-Identifier: BSD-2-Clause */
/* When something happened, in bounded memory: a few stretches with exact ends, between them the widest
 * silences. Values need not be times: silences that ended a flow are kept the same way. */
#ifndef TCPWHY_EPISODES_H
#define TCPWHY_EPISODES_H

#include <stdbool.h>
#include <stdint.h>

enum { EPISODES_MAX = 20 };

struct episode {
	int64_t first, last; /* of its events, both included */
	uint64_t count;
};

/* In rising order, never touching. All zero: nothing happened. */
struct episodes {
	uint32_t used;
	struct episode at[EPISODES_MAX];
};

/* Notes an event; events come in any order. Those that are no more than join apart are one episode
 * from the start; beyond EPISODES_MAX the two that are closest become one. */
void episodes_add(struct episodes *episodes, int64_t value, int64_t join);

/* The same as if all events of from had been added. */
void episodes_merge(struct episodes *episodes, const struct episodes *from, int64_t join);

/* Copies into ret_joined with episodes that are no more than join apart made one. */
void episodes_join(const struct episodes *episodes, int64_t join, struct episodes *ret_joined);

uint64_t episodes_total(const struct episodes *episodes);

/* How many events lie in [first, last]; of an episode that lies partly in it, the share of its length
 * that does. */
uint64_t episodes_within(const struct episodes *episodes, int64_t first, int64_t last);

/* Whether an event may lie in the open interval (after, before): one surely does if an episode begins
 * or ends there; one that covers the interval counts as well. */
bool episodes_touch(const struct episodes *episodes, int64_t after, int64_t before);

/* The last event at or before value, the first at or after it, as far as ends of episodes tell; an
 * episode that covers value gives value itself. Return false if there is none. */
bool episodes_before(const struct episodes *episodes, int64_t value, int64_t *ret_value);
bool episodes_after(const struct episodes *episodes, int64_t value, int64_t *ret_value);

#endif

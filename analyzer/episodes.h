/* SPDX-License-Identifier: BSD-2-Clause */
/* When something happened, in bounded memory: a few stretches with exact ends, between them the widest
 * silences. Values need not be times: silences that ended a flow are kept the same way. */
#ifndef TCPWHY_EPISODES_H
#define TCPWHY_EPISODES_H

#include <stdbool.h>
#include <stdint.h>

enum { EPISODES_MAX = 20, RUNS_MAX = 96 };

struct episode {
	int64_t first, last; /* of its events, both included */
	uint64_t count;
};

/* In rising order, never touching. All zero: nothing happened. The last place is only used in
 * between. */
struct episodes {
	uint32_t used;
	struct episode at[EPISODES_MAX + 1];
};

/* The same with more room, where single stretches count. */
struct runs {
	uint32_t used;
	struct episode at[RUNS_MAX + 1];
};

/* Notes an event; events come in any order. Those that are no more than join apart are one episode
 * from the start. Beyond EPISODES_MAX two neighbours become one: those that are close and hold few
 * events, so that noise is blurred before what is dense. Which ones may then depend on the order. */
void episodes_add(struct episodes *episodes, int64_t value, int64_t join);

/* The same as if all events of from had been added. */
void episodes_merge(struct episodes *episodes, const struct episodes *from, int64_t join);

/* The same where it matters when nothing happened: the narrowest gap closes, however much there is on
 * its sides. */
void gaps_add(struct episodes *episodes, int64_t value, int64_t join);
void gaps_merge(struct episodes *episodes, const struct episodes *from, int64_t join);

void runs_add(struct runs *runs, int64_t value, int64_t join);
void runs_merge(struct runs *runs, const struct runs *from, int64_t join);

/* Finds what is dense: stretches of events no more than gap apart of which at least least fall into
 * each window on average; then those that are no more than pause apart are made one. */
void episodes_bursts(const struct episodes *episodes, int64_t gap, int64_t window, uint64_t least,
		     int64_t pause, struct episodes *ret_bursts);

/* The stretch that holds nine tenths of the events in a quarter of the time between first and last, or
 * all of it if there is none such. */
struct episode episodes_core(const struct episodes *episodes);

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

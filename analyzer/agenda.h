/* SPDX-License-Identifier: BSD-2-Clause */
/* Live: which held flows are due to be judged again, because they changed or because their silence
 * has become long enough to mean something else.
 *
 * A changed flow is due shortly after the change. After that it is due each time its silence passes
 * one of a few marks, which lie just behind the times that the rules ask for (analyzer/limits.h). Each
 * mark has a queue, and all flows of a queue wait equally long: so the oldest is the first due, and
 * every step costs the same however many flows there are. */
#ifndef TCPWHY_AGENDA_H
#define TCPWHY_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/limits.h"

struct agenda;

/* NULL when memory is short. */
struct agenda *agenda_new(const struct limits *limits);
void agenda_free(struct agenda *agenda);

/* The flow changed at now_ns. urgent: its end or its beginning did, so that somebody may wait for the
 * verdict; else it is one of many segments. False when memory is short: it will not be reviewed. */
bool agenda_touch(struct agenda *agenda, uint32_t id, bool urgent, int64_t now_ns);

/* Takes the next flow that is due and puts it in the queue of its next mark. 0: none is due. */
uint32_t agenda_next(struct agenda *agenda, int64_t now_ns);

/* The flow is no longer held. */
void agenda_drop(struct agenda *agenda, uint32_t id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Good against bad: counts of what flows have in common, and whether the failing ones stand out. */
#ifndef TCPWHY_CONTRAST_H
#define TCPWHY_CONTRAST_H

#include "analyzer/application.h"
#include "analyzer/findings.h"
#include "analyzer/flow.h"
#include "analyzer/sketch.h"

enum { CONTRAST_NAMES = 8, CONTRAST_BUCKETS = 8, CONTRAST_SIZES = 4 };

/* Names that the clients asked for; counted by their first bytes. */
struct contrast_name {
	char name[CONTRAST_NAME_SIZE]; /* NUL-terminated */
	uint32_t bad, good;
};

/* Of the flows of one listener. Addresses are counted elsewhere, per pair. */
struct contrast_counts {
	uint32_t bad, good;
	uint32_t bucket[CONTRAST_BUCKETS][2]; /* [..][1]: bad */
	uint32_t size[CONTRAST_SIZES][2];
	struct values next_hop, ttl, context, options;
	struct contrast_name name[CONTRAST_NAMES];
};

void contrast_take(struct contrast_counts *counts, const struct flow *flow, bool bad);
void contrast_merge(struct contrast_counts *counts, const struct contrast_counts *from);

/* How many flows failed and how many went well that have a value, of how many. */
struct contrast_cell {
	uint64_t bad, bad_total, good, good_total;
};

/* Whether failing depends on it beyond doubt, although many things are looked at: then fills the
 * numbers of ret_contrast. */
bool contrast_judge(const struct contrast_cell *cell, struct contrast *ret_contrast);

/* Adds a contrast to the FINDING_CONTRAST_MAX most telling ones of a finding. */
void contrast_offer(struct finding *finding, const struct contrast *contrast);

/* Offers all that the counts show. */
void contrast_conclude(const struct contrast_counts *counts, struct finding *finding);

/* The name that the client asked for, NUL-terminated, cut to size; "" none. */
void contrast_server_name(const struct flow *flow, char *name, size_t size);

#endif

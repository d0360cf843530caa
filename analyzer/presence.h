/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether anything happened in a short time: a bit for each cell of time, whose length doubles when the
 * capture outgrows them. The same in any order; parts add up exactly. */
#ifndef TCPWHY_PRESENCE_H
#define TCPWHY_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { PRESENCE_CELLS = 8192 };

struct presence {
	uint8_t shift; /* a cell is 25 ms << shift long */
	bool started;  /* base is valid */
	int64_t base;  /* number of the first cell, counted in cells since 1970 */
	uint64_t bits[PRESENCE_CELLS / 64];
};

void presence_add(struct presence *presence, int64_t at_ns);
void presence_merge(struct presence *presence, const struct presence *from);

/* Length of a cell. */
int64_t presence_cell_ns(const struct presence *presence);

/* Whether something surely happened after after_ns and before before_ns: in a cell that lies wholly
 * between the cells of both. */
bool presence_between(const struct presence *presence, int64_t after_ns, int64_t before_ns);

/* The last cell with something in it before that of at_ns, and the first one behind it: their end and
 * their beginning. Return false if there is none. */
bool presence_before(const struct presence *presence, int64_t at_ns, int64_t *ret_ns);
bool presence_after(const struct presence *presence, int64_t at_ns, int64_t *ret_ns);

#endif

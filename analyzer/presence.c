/* SPDX-License-Identifier: BSD-2-Clause */
/* Cells begin at multiples of their length, so that two of them make exactly one of the next size. */
#include "analyzer/presence.h"

#include <assert.h>
#include <string.h>

#include "analyzer/limits.h"

enum { SHIFT_MAX = 36 };

static const int64_t finest_ns = 25 * (int64_t)NS_PER_MS;

int64_t
presence_cell_ns(const struct presence *presence)
{
	return finest_ns << presence->shift;
}

static int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
cell_of(const struct presence *presence, int64_t ns)
{
	return floor_divide(ns, presence_cell_ns(presence));
}

static bool
get(const struct presence *presence, int64_t cell)
{
	int64_t index = cell - presence->base;
	return index >= 0 && index < PRESENCE_CELLS &&
	       (presence->bits[index / 64] >> (index % 64) & 1) != 0;
}

static void
set(struct presence *presence, int64_t cell)
{
	int64_t index = cell - presence->base;
	assert(index >= 0 && index < PRESENCE_CELLS);
	presence->bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* The first and last cell that hold anything; false if none does. */
static bool
extent(const struct presence *presence, int64_t *ret_first, int64_t *ret_last)
{
	bool any = false;
	for (int64_t word = 0; word < PRESENCE_CELLS / 64; word++) {
		uint64_t bits = presence->bits[word];
		for (int64_t bit = 0; bits != 0; bit++, bits >>= 1) {
			if ((bits & 1) == 0)
				continue;
			if (!any)
				*ret_first = presence->base + word * 64 + bit;
			*ret_last = presence->base + word * 64 + bit;
			any = true;
		}
	}
	return any;
}

/* The same cells, doubled in length as often as said, counted from base. */
static void
rebuild(struct presence *presence, unsigned doublings, int64_t base)
{
	struct presence old = *presence;
	memset(presence->bits, 0, sizeof(presence->bits));
	presence->shift = (uint8_t)(old.shift + doublings);
	presence->base = base;
	for (int64_t i = 0; i < PRESENCE_CELLS; i++)
		if (get(&old, old.base + i))
			set(presence, floor_divide(old.base + i, INT64_C(1) << doublings));
}

/* Makes the cell of a time representable; false if it cannot be. */
static bool
make_room(struct presence *presence, int64_t at_ns)
{
	if (!presence->started) {
		presence->started = true;
		presence->base = cell_of(presence, at_ns);
		return true;
	}
	for (;;) {
		int64_t cell = cell_of(presence, at_ns), first = cell, last = cell;
		if (cell >= presence->base && cell - presence->base < PRESENCE_CELLS)
			return true;
		if (extent(presence, &first, &last)) {
			first = cell < first ? cell : first;
			last = cell > last ? cell : last;
		}
		if (last - first < PRESENCE_CELLS)
			rebuild(presence, 0, first);
		else if (presence->shift < SHIFT_MAX)
			rebuild(presence, 1, floor_divide(presence->base, 2));
		else
			return false;
	}
}

void
presence_add(struct presence *presence, int64_t at_ns)
{
	if (make_room(presence, at_ns))
		set(presence, cell_of(presence, at_ns));
}

void
presence_merge(struct presence *presence, const struct presence *from)
{
	if (!from->started)
		return;
	if (!presence->started) {
		*presence = *from;
		return;
	}
	if (presence->shift < from->shift)
		rebuild(presence, from->shift - presence->shift,
			floor_divide(presence->base,
				     INT64_C(1) << (from->shift - presence->shift)));
	for (int64_t i = 0; i < PRESENCE_CELLS; i++)
		if (get(from, from->base + i))
			presence_add(presence, (from->base + i) * presence_cell_ns(from));
}

bool
presence_between(const struct presence *presence, int64_t after_ns, int64_t before_ns)
{
	if (!presence->started)
		return false;
	int64_t first = cell_of(presence, after_ns) + 1, last = cell_of(presence, before_ns) - 1;
	first = first < presence->base ? presence->base : first;
	for (int64_t cell = first; cell <= last && cell - presence->base < PRESENCE_CELLS; cell++)
		if (get(presence, cell))
			return true;
	return false;
}

bool
presence_before(const struct presence *presence, int64_t at_ns, int64_t *ret_ns)
{
	int64_t cell = cell_of(presence, at_ns) - 1;
	if (!presence->started)
		return false;
	if (cell - presence->base >= PRESENCE_CELLS)
		cell = presence->base + PRESENCE_CELLS - 1;
	for (; cell >= presence->base; cell--) {
		if (!get(presence, cell))
			continue;
		*ret_ns = (cell + 1) * presence_cell_ns(presence) - 1;
		return true;
	}
	return false;
}

bool
presence_after(const struct presence *presence, int64_t at_ns, int64_t *ret_ns)
{
	int64_t cell = cell_of(presence, at_ns) + 1;
	if (!presence->started)
		return false;
	cell = cell < presence->base ? presence->base : cell;
	for (; cell - presence->base < PRESENCE_CELLS; cell++) {
		if (!get(presence, cell))
			continue;
		*ret_ns = cell * presence_cell_ns(presence);
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A sorted array of intervals; when it is full, the gap that is missed least closes. */
#include "analyzer/episodes.h"

#include <string.h>

/* Distance between two values, without overflow. */
static uint64_t
distance(int64_t left, int64_t right)
{
	return (uint64_t)right - (uint64_t)left;
}

enum keep { KEEP_DENSE, KEEP_GAPS };

/* A row of episodes, of either length. */
struct row {
	struct episode *at;
	uint32_t *used;
	uint32_t max;
	enum keep keep;
};

static void
remove_at(const struct row *row, uint32_t index)
{
	(*row->used)--;
	memmove(&row->at[index], &row->at[index + 1],
		(*row->used - index) * sizeof(row->at[0]));
}

/* Makes one of the episode at index and the next one. */
static void
unite(const struct row *row, uint32_t index)
{
	struct episode *left = &row->at[index], *right = &row->at[index + 1];
	if (right->last > left->last)
		left->last = right->last;
	left->count += right->count;
	remove_at(row, index + 1);
}

/* How much is lost when the episode at index and the next one become one. */
static double
cost(const struct row *row, uint32_t index)
{
	const struct episode *left = &row->at[index], *right = &row->at[index + 1];
	double gap = (double)distance(left->last, right->first);
	uint64_t more = left->count > right->count ? left->count : right->count;
	return row->keep == KEEP_DENSE ? gap * (double)more : gap;
}

/* Unites the two that are missed least; of equal ones the first. What is dense may have begun only
 * now: it is given time to grow. */
static void
unite_cheapest(const struct row *row, uint32_t newest)
{
	uint32_t cheapest = *row->used;
	double least = 0;
	for (uint32_t i = 0; i + 1 < *row->used; i++) {
		if (row->keep == KEEP_DENSE && (i == newest || i + 1 == newest))
			continue;
		double price = cost(row, i);
		if (cheapest == *row->used || price < least) {
			least = price;
			cheapest = i;
		}
	}
	unite(row, cheapest);
}

/* The first episode that ends at or behind value. */
static uint32_t
find_in(const struct episode *at, uint32_t used, int64_t value)
{
	uint32_t low = 0, high = used;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (at[middle].last < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t
find(const struct episodes *episodes, int64_t value)
{
	return find_in(episodes->at, episodes->used, value);
}

static void
insert(const struct row *row, struct episode episode, int64_t join)
{
	/* the last one is where events in order belong: look there first */
	uint32_t index = *row->used;
	if (index > 0 && episode.first <= row->at[index - 1].last)
		index = find_in(row->at, *row->used, episode.first);
	/* swallow what overlaps or is close */
	if (index > 0 && distance(row->at[index - 1].last, episode.first) <= (uint64_t)join)
		index--;
	while (index < *row->used &&
	       (row->at[index].first <= episode.last ||
		distance(episode.last, row->at[index].first) <= (uint64_t)join)) {
		const struct episode *other = &row->at[index];
		episode.first = other->first < episode.first ? other->first : episode.first;
		episode.last = other->last > episode.last ? other->last : episode.last;
		episode.count += other->count;
		remove_at(row, index);
	}
	memmove(&row->at[index + 1], &row->at[index],
		(*row->used - index) * sizeof(row->at[0]));
	row->at[index] = episode;
	if (++*row->used > row->max)
		unite_cheapest(row, index);
}

static void
add(const struct row *row, int64_t value, int64_t join)
{
	/* most events fall into the last episode */
	struct episode *last = *row->used > 0 ? &row->at[*row->used - 1] : NULL;
	if (last != NULL && value >= last->first &&
	    (value <= last->last || distance(last->last, value) <= (uint64_t)join)) {
		last->last = value > last->last ? value : last->last;
		last->count++;
		return;
	}
	insert(row, (struct episode){ .first = value, .last = value, .count = 1 }, join);
}

static void
add_all(const struct row *row, const struct episode *from, uint32_t count, int64_t join)
{
	for (uint32_t i = 0; i < count; i++)
		insert(row, from[i], join);
}

static struct row
row_of(struct episodes *episodes)
{
	return (struct row){ episodes->at, &episodes->used, EPISODES_MAX, KEEP_DENSE };
}

static struct row
row_of_gaps(struct episodes *episodes)
{
	return (struct row){ episodes->at, &episodes->used, EPISODES_MAX, KEEP_GAPS };
}

static struct row
row_of_runs(struct runs *runs)
{
	return (struct row){ runs->at, &runs->used, RUNS_MAX, KEEP_DENSE };
}

void
episodes_add(struct episodes *episodes, int64_t value, int64_t join)
{
	const struct row row = row_of(episodes);
	add(&row, value, join);
}

void
episodes_merge(struct episodes *episodes, const struct episodes *from, int64_t join)
{
	const struct row row = row_of(episodes);
	add_all(&row, from->at, from->used, join);
}

void
gaps_add(struct episodes *episodes, int64_t value, int64_t join)
{
	const struct row row = row_of_gaps(episodes);
	add(&row, value, join);
}

void
gaps_merge(struct episodes *episodes, const struct episodes *from, int64_t join)
{
	const struct row row = row_of_gaps(episodes);
	add_all(&row, from->at, from->used, join);
}

void
runs_add(struct runs *runs, int64_t value, int64_t join)
{
	const struct row row = row_of_runs(runs);
	add(&row, value, join);
}

void
runs_merge(struct runs *runs, const struct runs *from, int64_t join)
{
	const struct row row = row_of_runs(runs);
	add_all(&row, from->at, from->used, join);
}

void
episodes_join(const struct episodes *episodes, int64_t join, struct episodes *ret_joined)
{
	struct episodes joined = { .used = 0 };
	episodes_merge(&joined, episodes, join);
	*ret_joined = joined;
}

void
episodes_bursts(const struct episodes *episodes, int64_t gap, int64_t window, uint64_t least,
		int64_t pause, struct episodes *ret_bursts)
{
	struct episodes joined, bursts = { .used = 0 };
	const struct row row = row_of(&bursts);
	episodes_join(episodes, gap, &joined);
	for (uint32_t i = 0; i < joined.used; i++) {
		const struct episode *episode = &joined.at[i];
		double length = (double)distance(episode->first, episode->last);
		double windows = length > (double)window ? length / (double)window : 1;
		if ((double)episode->count >= (double)least * windows)
			insert(&row, *episode, pause);
	}
	*ret_bursts = bursts;
}

struct episode
episodes_core(const struct episodes *episodes)
{
	uint64_t total = episodes_total(episodes);
	struct episode all = { .first = episodes->at[0].first,
			       .last = episodes->at[episodes->used - 1].last,
			       .count = total };
	struct episode core = all;
	uint32_t begin = 0, end = episodes->used - 1;
	for (uint32_t i = 0; i < episodes->used; i++) {
		struct episode part = { .first = episodes->at[i].first, .count = 0 };
		uint32_t j;
		for (j = i; j < episodes->used; j++) {
			part.last = episodes->at[j].last;
			part.count += episodes->at[j].count;
			if (part.count * 10 >= total * 9)
				break;
		}
		if (part.count * 10 >= total * 9 &&
		    distance(part.first, part.last) < distance(core.first, core.last)) {
			core = part;
			begin = i;
			end = j;
		}
	}
	/* what is close to the core belongs to it */
	uint64_t close = distance(core.first, core.last) / 4;
	for (; begin > 0 && distance(episodes->at[begin - 1].last, core.first) <= close; begin--) {
		core.first = episodes->at[begin - 1].first;
		core.count += episodes->at[begin - 1].count;
	}
	for (; end + 1 < episodes->used &&
	       distance(core.last, episodes->at[end + 1].first) <= close;
	     end++) {
		core.last = episodes->at[end + 1].last;
		core.count += episodes->at[end + 1].count;
	}
	return distance(core.first, core.last) <= distance(all.first, all.last) / 4 ? core : all;
}

uint64_t
episodes_total(const struct episodes *episodes)
{
	uint64_t total = 0;
	for (uint32_t i = 0; i < episodes->used; i++)
		total += episodes->at[i].count;
	return total;
}

uint64_t
episodes_within(const struct episodes *episodes, int64_t first, int64_t last)
{
	uint64_t total = 0;
	for (uint32_t i = 0; i < episodes->used; i++) {
		const struct episode *episode = &episodes->at[i];
		if (episode->last < first || episode->first > last)
			continue;
		if (episode->first >= first && episode->last <= last) {
			total += episode->count;
			continue;
		}
		int64_t left = episode->first > first ? episode->first : first;
		int64_t right = episode->last < last ? episode->last : last;
		double share = (double)distance(left, right) /
			       (double)distance(episode->first, episode->last);
		total += (uint64_t)(share * (double)episode->count + 0.5);
	}
	return total;
}

bool
episodes_touch(const struct episodes *episodes, int64_t after, int64_t before)
{
	for (uint32_t i = 0; i < episodes->used; i++) {
		const struct episode *episode = &episodes->at[i];
		if (episode->first < before && episode->last > after)
			return true;
	}
	return false;
}

bool
episodes_before(const struct episodes *episodes, int64_t value, int64_t *ret_value)
{
	bool found = false;
	for (uint32_t i = 0; i < episodes->used && episodes->at[i].first <= value; i++) {
		*ret_value = episodes->at[i].last < value ? episodes->at[i].last : value;
		found = true;
	}
	return found;
}

bool
episodes_after(const struct episodes *episodes, int64_t value, int64_t *ret_value)
{
	uint32_t index = find(episodes, value);
	if (index == episodes->used)
		return false;
	*ret_value = episodes->at[index].first > value ? episodes->at[index].first : value;
	return true;
}

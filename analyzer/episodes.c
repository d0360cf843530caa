/* SPDX-License-Identifier: BSD-2-Clause */
/* A sorted array of intervals; when it is full, the narrowest gap closes. */
#include "analyzer/episodes.h"

#include <string.h>

/* Distance between two values, without overflow. */
static uint64_t
distance(int64_t left, int64_t right)
{
	return (uint64_t)right - (uint64_t)left;
}

static void
remove_at(struct episodes *episodes, uint32_t index)
{
	episodes->used--;
	memmove(&episodes->at[index], &episodes->at[index + 1],
		(episodes->used - index) * sizeof(episodes->at[0]));
}

/* Makes one of the episode at index and the next one. */
static void
unite(struct episodes *episodes, uint32_t index)
{
	struct episode *left = &episodes->at[index], *right = &episodes->at[index + 1];
	if (right->last > left->last)
		left->last = right->last;
	left->count += right->count;
	remove_at(episodes, index + 1);
}

/* Closes the narrowest gap; of equal ones the first. */
static void
unite_closest(struct episodes *episodes)
{
	uint32_t closest = 0;
	uint64_t least = UINT64_MAX;
	for (uint32_t i = 0; i + 1 < episodes->used; i++) {
		uint64_t gap = distance(episodes->at[i].last, episodes->at[i + 1].first);
		if (gap < least) {
			least = gap;
			closest = i;
		}
	}
	unite(episodes, closest);
}

/* The first episode that ends at or behind value. */
static uint32_t
find(const struct episodes *episodes, int64_t value)
{
	uint32_t low = 0, high = episodes->used;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (episodes->at[middle].last < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
insert(struct episodes *episodes, struct episode episode, int64_t join)
{
	/* the last one is where events in order belong: look there first */
	uint32_t index = episodes->used;
	if (index > 0 && episode.first <= episodes->at[index - 1].last)
		index = find(episodes, episode.first);
	/* swallow what overlaps or is close */
	if (index > 0 && distance(episodes->at[index - 1].last, episode.first) <= (uint64_t)join)
		index--;
	while (index < episodes->used &&
	       (episodes->at[index].first <= episode.last ||
		distance(episode.last, episodes->at[index].first) <= (uint64_t)join)) {
		const struct episode *other = &episodes->at[index];
		episode.first = other->first < episode.first ? other->first : episode.first;
		episode.last = other->last > episode.last ? other->last : episode.last;
		episode.count += other->count;
		remove_at(episodes, index);
	}
	if (episodes->used == EPISODES_MAX) {
		/* room for one more: either a gap of ours is narrower than both of its gaps, or it
		 * belongs to its closer neighbour */
		uint64_t before = index > 0 ? distance(episodes->at[index - 1].last, episode.first)
					    : UINT64_MAX;
		uint64_t behind = index < episodes->used
					  ? distance(episode.last, episodes->at[index].first)
					  : UINT64_MAX;
		uint64_t least = UINT64_MAX;
		for (uint32_t i = 0; i + 1 < episodes->used; i++) {
			uint64_t gap = distance(episodes->at[i].last, episodes->at[i + 1].first);
			/* the gap that it falls into is about to be divided */
			if (i + 1 != index && gap < least)
				least = gap;
		}
		if (before <= least && before <= behind) {
			episodes->at[index - 1].last = episode.last;
			episodes->at[index - 1].count += episode.count;
			return;
		}
		if (behind <= least) {
			episodes->at[index].first = episode.first;
			episodes->at[index].count += episode.count;
			return;
		}
		unite_closest(episodes);
		index = find(episodes, episode.first);
	}
	memmove(&episodes->at[index + 1], &episodes->at[index],
		(episodes->used - index) * sizeof(episodes->at[0]));
	episodes->at[index] = episode;
	episodes->used++;
}

void
episodes_add(struct episodes *episodes, int64_t value, int64_t join)
{
	/* most events fall into the last episode */
	struct episode *last = episodes->used > 0 ? &episodes->at[episodes->used - 1] : NULL;
	if (last != NULL && value >= last->first &&
	    (value <= last->last || distance(last->last, value) <= (uint64_t)join)) {
		last->last = value > last->last ? value : last->last;
		last->count++;
		return;
	}
	insert(episodes, (struct episode){ .first = value, .last = value, .count = 1 }, join);
}

void
episodes_merge(struct episodes *episodes, const struct episodes *from, int64_t join)
{
	for (uint32_t i = 0; i < from->used; i++)
		insert(episodes, from->at[i], join);
}

void
episodes_join(const struct episodes *episodes, int64_t join, struct episodes *ret_joined)
{
	struct episodes joined = { .used = 0 };
	for (uint32_t i = 0; i < episodes->used; i++)
		insert(&joined, episodes->at[i], join);
	*ret_joined = joined;
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

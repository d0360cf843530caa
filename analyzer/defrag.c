/* SPDX-License-Identifier: BSD-2-Clause */
/* Length-only reassembly: of all payload only the first bytes are kept, of the rest just which byte
 * ranges have come. Bounded, no allocation. */
#include "analyzer/defrag.h"

#include <string.h>

#include "dissect/dissect.h"

static bool
same_packet(const struct packet *a, const struct packet *b)
{
	return a->fragment_id == b->fragment_id && a->context == b->context &&
	       a->ip_version == b->ip_version && ip_addr_equal(a->src, b->src) &&
	       ip_addr_equal(a->dst, b->dst) &&
	       (a->ip_version == 6 || a->fragment_protocol == b->fragment_protocol);
}

static struct defrag_slot *
find_slot(struct defrag *defrag, const struct packet *fragment, const struct limits *limits,
	  uint64_t *ret_lost)
{
	struct defrag_slot *unused = NULL;
	for (uint32_t i = 0; i < DEFRAG_SLOTS; i++) {
		struct defrag_slot *slot = &defrag->slots[i];
		if (slot->used && fragment->ts_ns - slot->packet.ts_ns > limits->fragment_ns) {
			slot->used = false;
			(*ret_lost)++;
		}
		if (slot->used && same_packet(&slot->packet, fragment))
			return slot;
		if (!slot->used && unused == NULL)
			unused = slot;
	}
	if (unused == NULL) {
		unused = &defrag->slots[defrag->next_victim++ % DEFRAG_SLOTS];
		(*ret_lost)++;
	}
	unused->packet = *fragment;
	unused->total = 0;
	unused->range_count = 0;
	unused->head_length = 0;
	unused->has_first = false;
	unused->used = true;
	return unused;
}

/* Adds [left, right) to the ranges; overlaps melt. Returns false when there are too many pieces. */
static bool
add_range(struct defrag_slot *slot, uint32_t left, uint32_t right)
{
	uint16_t kept = 0;
	for (uint16_t i = 0; i < slot->range_count; i++) {
		uint32_t l = slot->ranges[i].left, r = slot->ranges[i].right;
		if (l <= right && left <= r) {
			left = l < left ? l : left;
			right = r > right ? r : right;
			continue;
		}
		slot->ranges[kept++] = slot->ranges[i];
	}
	if (kept == DEFRAG_RANGES)
		return false;
	slot->ranges[kept].left = left;
	slot->ranges[kept].right = right;
	slot->range_count = (uint16_t)(kept + 1);
	return true;
}

static void
keep_head(struct defrag_slot *slot, const struct packet *fragment)
{
	if (fragment->fragment_offset >= DEFRAG_HEAD || fragment->payload == NULL)
		return;
	uint32_t room = DEFRAG_HEAD - fragment->fragment_offset;
	uint32_t length = fragment->payload_captured < room ? fragment->payload_captured : room;
	if (length > fragment->fragment_length)
		length = fragment->fragment_length;
	memcpy(slot->head + fragment->fragment_offset, fragment->payload, length);
	/* a snapshot may leave holes in the head: trust what is contiguous from the start */
	if (fragment->fragment_offset <= slot->head_length &&
	    fragment->fragment_offset + length > slot->head_length)
		slot->head_length = fragment->fragment_offset + length;
}

bool
defrag_add(struct defrag *defrag, const struct packet *fragment, const struct limits *limits,
	   struct packet *ret_packet, uint64_t *ret_lost)
{
	struct defrag_slot *slot = find_slot(defrag, fragment, limits, ret_lost);
	uint32_t left = fragment->fragment_offset;
	uint32_t right = left + fragment->fragment_length;
	if (left == 0) {
		slot->has_first = true;
		slot->packet.ttl = fragment->ttl;
		slot->packet.fragment_protocol = fragment->fragment_protocol;
	}
	keep_head(slot, fragment);
	if (!fragment->fragment_more)
		slot->total = right;
	if (!add_range(slot, left, right)) {
		slot->used = false;
		(*ret_lost)++;
		return false;
	}
	if (slot->total == 0 || slot->range_count != 1 || slot->ranges[0].left != 0 ||
	    slot->ranges[0].right < slot->total)
		return false;
	*ret_packet = slot->packet;
	ret_packet->ts_ns = fragment->ts_ns;
	ret_packet->frame = fragment->frame;
	ret_packet->source = fragment->source;
	slot->used = false;
	return dissect_reassembled(ret_packet, slot->head, slot->head_length, slot->total) ==
	       DISSECT_OK;
}

bool
defrag_give_up(struct defrag *defrag, uint32_t index, struct packet *ret_packet, uint64_t *ret_lost)
{
	struct defrag_slot *slot = &defrag->slots[index];
	if (!slot->used)
		return false;
	slot->used = false;
	(*ret_lost)++;
	if (!slot->has_first)
		return false;
	*ret_packet = slot->packet;
	uint32_t length = slot->ranges[0].right;
	for (uint16_t i = 0; i < slot->range_count; i++)
		if (slot->ranges[i].right > length)
			length = slot->ranges[i].right;
	if (dissect_reassembled(ret_packet, slot->head, slot->head_length, length) != DISSECT_OK)
		return false;
	ret_packet->defects |= DEFECT_FIRST_FRAGMENT;
	return true;
}

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
	unused->head_blocks = 0;
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

/* Fragments begin at multiples of 8 (RFC 791 3.1): a bit per such block tells what is in the head. */
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
	/* the last fragment may end within a block; a snapshot may too, and then the block is torn */
	bool whole = length == fragment->fragment_length && !fragment->fragment_more;
	uint32_t blocks = (length + (whole ? 7 : 0)) / 8;
	for (uint32_t i = 0; i < blocks; i++)
		slot->head_blocks |= UINT64_C(1) << (fragment->fragment_offset / 8 + i);
}

/* Bytes of the head that are there from its beginning on. */
static uint32_t
head_length(const struct defrag_slot *slot, uint32_t total)
{
	uint32_t blocks = 0;
	while (blocks < 64 && (slot->head_blocks >> blocks & 1))
		blocks++;
	return blocks * 8 < total ? blocks * 8 : total;
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
	return dissect_reassembled(ret_packet, slot->head,
				   head_length(slot, slot->total), slot->total) ==
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
	ret_packet->defects |= DEFECT_FIRST_FRAGMENT;
	return dissect_reassembled(ret_packet, slot->head, head_length(slot, length), length) ==
	       DISSECT_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The way in: sets up a packet for a frame and lets the layers fill it. */
#include "dissect/dissect.h"

#include <assert.h>

#include "dissect/layers.h"

/* Everything in front of the link address is cleared for each frame, and that as well; the
 * members behind belong to kinds or counts that say so, and are written with them. */
enum { PACKET_CLEARED = offsetof(struct packet, link_source), CACHE_LINE = 64 };

static_assert(PACKET_CLEARED <= 2 * CACHE_LINE, "what every segment has fits two cache lines");

/* In two pieces, each small enough for the compiler to write it out as a few stores. */
static void
clear(struct packet *packet)
{
	memset(packet, 0, CACHE_LINE);
	memset((uint8_t *)packet + CACHE_LINE, 0, PACKET_CLEARED - CACHE_LINE);
	packet->link_source = 0;
}

static void
set_context(struct packet *packet, const struct layers *layers)
{
	unsigned kept = layers->vlan_count < PACKET_VLAN_MAX ? layers->vlan_count : PACKET_VLAN_MAX;

	packet->vlan_count = layers->vlan_count;
	packet->context =
		packet_context_make(layers->vlan, kept, layers->tunnel, layers->tunnel_id);
}

enum dissect_status
dissect_frame(const struct frame *frame, struct packet *ret_packet)
{
	struct layers layers = {
		.packet = ret_packet,
		.bytes = bytes_make(frame->data, frame->caplen, frame->wirelen),
	};
	enum dissect_status status;

	clear(ret_packet);
	ret_packet->ts_ns = frame->ts_ns;
	ret_packet->frame = frame->number;
	ret_packet->source = frame->source;
	ret_packet->interface = frame->interface;
	ret_packet->direction = frame->direction;

	status = linktype_dissect(&layers, frame->linktype);
	if (status != DISSECT_OK) {
		ret_packet->kind = PACKET_NOT_TCP;
		return status;
	}
	if ((layers.vlan_count | layers.tunnel) != 0)
		set_context(ret_packet, &layers);
	return DISSECT_OK;
}

/* Takes up the context again that the fragments were found in. */
static void
restore_context(struct layers *layers, packet_context context, uint16_t vlan_count)
{
	layers->vlan[0] = (uint16_t)(context >> 36 & 0xfff);
	layers->vlan[1] = (uint16_t)(context >> 49 & 0xfff);
	layers->vlan_count = vlan_count;
	layers->tunnel = (uint8_t)(context >> 32 & 0xf);
	layers->tunnel_id = (uint32_t)context;
}

enum dissect_status
dissect_reassembled(struct packet *packet, const uint8_t *bytes, uint32_t captured, uint32_t length)
{
	struct layers layers = {
		.packet = packet,
		.bytes = bytes_make(bytes, captured, length),
		.ip_claimed = length,
	};
	enum dissect_status status;

	restore_context(&layers, packet->context, packet->vlan_count);
	packet->kind = PACKET_NOT_TCP;
	packet->payload = NULL;
	packet->payload_captured = 0;
	if ((packet->defects & DEFECT_FIRST_FRAGMENT) == 0)
		packet->defects |= DEFECT_REASSEMBLED;
	status = ip_payload(&layers, packet->fragment_protocol);
	if (status != DISSECT_OK) {
		packet->kind = PACKET_NOT_TCP;
		return status;
	}
	set_context(packet, &layers);
	return DISSECT_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: any bytes as a frame of any link type, as a reassembled packet and as a payload. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/dissect.h"
#include "dissect/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINKTYPE_BYTES = 2, WIRE_BEYOND = 1500 };

/* Text must lie within the bytes that were classified. */
static void
check_payload(const uint8_t *bytes, uint32_t length)
{
	struct payload payload = payload_classify(bytes, length);

	if (payload.text == NULL)
		assert(payload.text_length == 0);
	else
		assert(payload.text >= bytes &&
		       payload.text + payload.text_length <= bytes + length);
}

/* What the tracker takes for granted about a packet that was dissected. */
static void
check_packet(const struct packet *packet, const uint8_t *bytes, uint32_t length)
{
	assert(packet->kind <= PACKET_FRAGMENT);
	assert(packet->sack_count <= PACKET_SACK_MAX);
	assert(packet->checksum <= CHECKSUM_BAD);
	if (packet->kind == PACKET_NOT_TCP)
		return;
	assert(packet->ip_version == 4 || packet->ip_version == 6);
	if (packet->payload == NULL) {
		assert(packet->payload_captured == 0);
		return;
	}
	assert(packet->payload_captured > 0);
	assert(packet->payload >= bytes &&
	       packet->payload + packet->payload_captured <= bytes + length);
	if (packet->kind == PACKET_TCP)
		assert(packet->payload_captured <= packet->payload_length);
	check_payload(packet->payload, packet->payload_captured);
}

static void
check_frame(struct frame *frame, uint32_t wirelen)
{
	struct packet packet;
	enum dissect_status status;

	frame->wirelen = wirelen;
	memset(&packet, 0xa5, sizeof(packet));
	status = dissect_frame(frame, &packet);
	if (wirelen == frame->caplen)
		assert(status != DISSECT_TRUNCATED);
	if (!dissect_linktype_known(frame->linktype))
		assert(status == DISSECT_UNSUPPORTED);
	if (status != DISSECT_OK) {
		assert(packet.kind == PACKET_NOT_TCP);
		return;
	}
	check_packet(&packet, frame->data, frame->caplen);
	if (packet.kind != PACKET_FRAGMENT)
		return;
	if (dissect_reassembled(&packet, frame->data, frame->caplen, wirelen) == DISSECT_OK)
		check_packet(&packet, frame->data, frame->caplen);
	else
		assert(packet.kind == PACKET_NOT_TCP);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame = { .number = 1 };
	uint8_t *copy;

	if (size < LINKTYPE_BYTES)
		return 0;
	/* in a block of its own, so that the first byte read beyond is seen */
	frame.caplen = (uint32_t)(size - LINKTYPE_BYTES);
	copy = malloc(frame.caplen > 0 ? frame.caplen : 1);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + LINKTYPE_BYTES, frame.caplen);
	frame.data = copy;
	frame.linktype = (uint16_t)(data[0] << 8 | data[1]);
	check_frame(&frame, frame.caplen);
	check_frame(&frame, frame.caplen + WIRE_BEYOND);
	check_payload(copy, frame.caplen);
	free(copy);
	return 0;
}

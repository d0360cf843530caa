/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames are changed as bytes where a link or IP header is at stake, packets where addresses are. */
#include "tests/property_change.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_RAW = 101,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_LINUX_SLL2 = 276,
};

enum {
	ETHERNET_ADDRESSES = 12, /* bytes before the ethertype */
	ETHERNET_HEADER = 14,
	SLL_HEADER = 16,
	SLL2_HEADER = 20,
	ETHERTYPE_IP4 = 0x0800,
	ETHERTYPE_IP6 = 0x86dd,
	COPY_NS = 20000, /* from a frame to its copy */
	CHANGED_MAX = 65536 + 64,
};

static unsigned
load16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static void
store16(uint8_t *bytes, unsigned value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static bool
is_tag(unsigned ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

/* Where the outer IP header begins, or caplen if there is none. */
static uint32_t
ip_offset(const struct frame *frame)
{
	uint32_t offset = frame->caplen;
	switch (frame->linktype) {
	case LINKTYPE_ETHERNET:
		offset = ETHERNET_ADDRESSES;
		while (offset + 2 <= frame->caplen && is_tag(load16(frame->data + offset)))
			offset += 4;
		if (offset + 2 > frame->caplen)
			return frame->caplen;
		unsigned ethertype = load16(frame->data + offset);
		offset += 2;
		return ethertype == ETHERTYPE_IP4 || ethertype == ETHERTYPE_IP6 ? offset
										: frame->caplen;
	case LINKTYPE_RAW:
		return 0;
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		offset = 4;
		break;
	case LINKTYPE_LINUX_SLL:
		offset = SLL_HEADER;
		break;
	case LINKTYPE_LINUX_SLL2:
		offset = SLL2_HEADER;
		break;
	}
	return offset < frame->caplen ? offset : frame->caplen;
}

/* One's complement sum, folded. */
static unsigned
folded(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned)sum;
}

/* A router's hand on an IPv4 header. */
static void
forward(uint8_t *header, uint32_t captured)
{
	uint32_t length = (header[0] & 0x0fU) * 4;
	uint64_t sum = 0;
	header[8]--;
	store16(header + 10, 0);
	for (uint32_t i = 0; i < length && i + 2 <= captured; i += 2)
		sum += load16(header + i);
	store16(header + 10, ~folded(sum) & 0xffff);
}

/* Adds the copy of frame i, as it is or as a router forwards it, COPY_NS later but not later than the
 * next one. */
static bool
add_copy(const struct sample *sample, size_t i, bool routed, struct sample *ret_sample)
{
	static uint8_t bytes[CHANGED_MAX];
	struct frame copy = sample->frames[i];
	int64_t distance = COPY_NS;
	if (i + 1 < sample->count && sample->frames[i + 1].ts_ns - copy.ts_ns < distance)
		distance = sample->frames[i + 1].ts_ns - copy.ts_ns;
	copy.ts_ns += distance > 0 ? distance : 0;
	if (routed) {
		uint32_t offset = ip_offset(&copy);
		if (offset + 20 > copy.caplen || copy.data[offset] >> 4 != 4 ||
		    copy.data[offset + 8] < 2 || copy.caplen > sizeof(bytes))
			return false;
		memcpy(bytes, copy.data, copy.caplen);
		copy.data = bytes;
		forward(bytes + offset, copy.caplen - offset);
	}
	copy.number = (uint32_t)ret_sample->count + 1;
	sample_add(ret_sample, &copy);
	return true;
}

static bool
copied(const struct sample *sample, bool routed, struct sample *ret_sample)
{
	bool any = false;
	sample_init(ret_sample, sample);
	for (size_t i = 0; i < sample->count; i++) {
		struct frame original = sample->frames[i];
		original.number = (uint32_t)ret_sample->count + 1;
		sample_add(ret_sample, &original);
		any = add_copy(sample, i, routed, ret_sample) || any;
	}
	if (!any)
		sample_release(ret_sample);
	return any;
}

bool
change_copy(const struct sample *sample, struct sample *ret_sample)
{
	return copied(sample, false, ret_sample);
}

bool
change_routed_copy(const struct sample *sample, struct sample *ret_sample)
{
	return copied(sample, true, ret_sample);
}

static bool
shifted(const struct sample *sample, int64_t ns, struct sample *ret_sample)
{
	sample_init(ret_sample, sample);
	for (size_t i = 0; i < sample->count; i++) {
		struct frame frame = sample->frames[i];
		frame.ts_ns += ns;
		sample_add(ret_sample, &frame);
	}
	return true;
}

bool
change_day(const struct sample *sample, struct sample *ret_sample)
{
	return shifted(sample, INT64_C(86400) * NS_PER_S, ret_sample);
}

bool
change_fraction(const struct sample *sample, struct sample *ret_sample)
{
	return shifted(sample, INT64_C(345678901), ret_sample);
}

/* The opposite in value of every address of its kind; a loopback address stays one. */
static struct ip_addr
opposite(struct ip_addr addr)
{
	bool ip4 = addr.hi == 0 && addr.lo >> 32 == 0xffff;
	if (ip4 && (addr.lo >> 24 & 0xff) == 127)
		return (struct ip_addr){ .lo = addr.lo ^ 0x00ffffff };
	if (ip4)
		return (struct ip_addr){ .lo = addr.lo ^ 0xffffffff };
	return (struct ip_addr){ .hi = ~addr.hi, .lo = ~addr.lo };
}

static uint64_t
address_sum(struct ip_addr addr)
{
	bool ip4 = addr.hi == 0 && addr.lo >> 32 == 0xffff;
	uint64_t low = (addr.lo & 0xffff) + (addr.lo >> 16 & 0xffff);
	if (ip4)
		return low;
	return low + (addr.lo >> 32 & 0xffff) + (addr.lo >> 48) + (addr.hi & 0xffff) +
	       (addr.hi >> 16 & 0xffff) + (addr.hi >> 32 & 0xffff) + (addr.hi >> 48);
}

/* The TCP checksum of a packet in fragments is looked at only when they are put together. */
static void
mend_checksum(const struct packet *packet, uint64_t before, uint64_t after)
{
	enum { PROTOCOL_TCP = 6, CHECKSUM_AT = 16 };
	if (packet->kind != PACKET_FRAGMENT || packet->fragment_protocol != PROTOCOL_TCP ||
	    packet->fragment_offset != 0 || packet->payload_captured < CHECKSUM_AT + 2)
		return;
	uint8_t *field = (uint8_t *)(uintptr_t)packet->payload + CHECKSUM_AT;
	unsigned old = ~load16(field) & 0xffff;
	unsigned minus = ~folded(before) & 0xffff;
	store16(field, ~folded((uint64_t)old + minus + folded(after)) & 0xffff);
}

bool
change_addresses(const struct sample *sample, struct sample *ret_sample)
{
	sample_init(ret_sample, sample);
	for (size_t i = 0; i < sample->count; i++) {
		sample_add(ret_sample, &sample->frames[i]);
		struct packet *packet = &ret_sample->packets[i];
		uint64_t before = address_sum(packet->src) + address_sum(packet->dst);
		packet->src = opposite(packet->src);
		packet->dst = opposite(packet->dst);
		if (packet->kind == PACKET_ICMP_ERROR) {
			packet->quoted_src = opposite(packet->quoted_src);
			packet->quoted_dst = opposite(packet->quoted_dst);
		}
		mend_checksum(packet, before, address_sum(packet->src) + address_sum(packet->dst));
	}
	return true;
}

/* How many VLAN tags the Ethernet frame has. */
static unsigned
tag_count(const struct frame *frame)
{
	unsigned count = 0;
	uint32_t offset = ETHERNET_ADDRESSES;
	while (offset + 2 <= frame->caplen && is_tag(load16(frame->data + offset))) {
		offset += 4;
		count++;
	}
	return count;
}

/* Another header instead of the Ethernet header of every frame. */
struct relink {
	uint16_t linktype;
	uint32_t length; /* of the header */
	uint8_t header[SLL2_HEADER];
	bool type_first, type_last; /* its first or last two bytes are the old ethertype */
	unsigned tags_max;	    /* no frame may have more VLAN tags */
};

static bool
relinked(const struct sample *sample, const struct relink *relink, struct sample *ret_sample)
{
	static uint8_t bytes[CHANGED_MAX];
	for (size_t i = 0; i < sample->count; i++) {
		const struct frame *frame = &sample->frames[i];
		if (frame->linktype != LINKTYPE_ETHERNET || frame->caplen < ETHERNET_HEADER ||
		    frame->caplen + relink->length > sizeof(bytes) ||
		    tag_count(frame) > relink->tags_max)
			return false;
	}
	sample_init(ret_sample, sample);
	for (size_t i = 0; i < sample->count; i++) {
		struct frame frame = sample->frames[i];
		memcpy(bytes, relink->header, relink->length);
		if (relink->type_first)
			memcpy(bytes, frame.data + ETHERNET_ADDRESSES, 2);
		if (relink->type_last)
			memcpy(bytes + relink->length - 2, frame.data + ETHERNET_ADDRESSES, 2);
		memcpy(bytes + relink->length, frame.data + ETHERNET_HEADER,
		       frame.caplen - ETHERNET_HEADER);
		frame.data = bytes;
		frame.caplen = frame.caplen - ETHERNET_HEADER + relink->length;
		frame.wirelen = frame.wirelen - ETHERNET_HEADER + relink->length;
		frame.linktype = relink->linktype;
		sample_add(ret_sample, &frame);
	}
	return true;
}

bool
change_to_cooked(const struct sample *sample, struct sample *ret_sample)
{
	const struct relink relink = {
		.linktype = LINKTYPE_LINUX_SLL2,
		.length = SLL2_HEADER,
		/* interface 2, Ethernet, sent by one other host to another: tells no direction */
		.header = { 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 3, 6 },
		.type_first = true,
	};
	return relinked(sample, &relink, ret_sample);
}

bool
change_to_raw(const struct sample *sample, struct sample *ret_sample)
{
	const struct relink relink = {
		.linktype = LINKTYPE_RAW,
	};
	return relinked(sample, &relink, ret_sample);
}

bool
change_to_vlan(const struct sample *sample, struct sample *ret_sample)
{
	const struct relink relink = {
		.linktype = LINKTYPE_ETHERNET,
		.length = ETHERNET_HEADER + 4,
		.header = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 42 },
		.type_last = true,
		.tags_max = 1,
	};
	return relinked(sample, &relink, ret_sample);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding headers and keeping checksums. The frames are our own, so only their length is doubted: a
 * scenario may cut them. */
#include "tests/crowd_wire.h"

#include "dissect/bytes.h"

enum {
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	IP4_LENGTH = 20,
	IP6_LENGTH = 40,
	IP6_FRAGMENT = 44, /* next header */
	IP6_FRAGMENT_LENGTH = 8,
	IP4_OFFSET_MASK = 0x1fff,
	IP6_OFFSET_MASK = 0xfff8,
};

static bool
read_ip4(const uint8_t *data, struct wire_ip *ip)
{
	if (ip->end - ip->at < IP4_LENGTH)
		return false;
	const uint8_t *header = data + ip->at;
	uint32_t header_length = (header[0] & 0xfU) * 4, total = load_be16(header + 2);
	ip->transport = ip->at + header_length;
	if (total == 0) /* segmentation offload left it open */
		total = ip->end - ip->at;
	ip->length = total > header_length ? total - header_length : 0;
	ip->protocol = header[9];
	ip->later_fragment = (load_be16(header + 6) & IP4_OFFSET_MASK) != 0;
	return ip->transport <= ip->end;
}

static bool
read_ip6(const uint8_t *data, struct wire_ip *ip)
{
	if (ip->end - ip->at < IP6_LENGTH)
		return false;
	const uint8_t *header = data + ip->at;
	ip->transport = ip->at + IP6_LENGTH;
	ip->length = load_be16(header + 4);
	ip->protocol = header[6];
	if (ip->protocol != IP6_FRAGMENT)
		return true;
	if (ip->end - ip->transport < IP6_FRAGMENT_LENGTH)
		return false;
	ip->fragment = ip->transport;
	ip->protocol = data[ip->fragment];
	ip->later_fragment = (load_be16(data + ip->fragment + 2) & IP6_OFFSET_MASK) != 0;
	ip->transport += IP6_FRAGMENT_LENGTH;
	ip->length -= IP6_FRAGMENT_LENGTH;
	return true;
}

bool
wire_ip_at(const uint8_t *data, uint32_t at, uint32_t end, struct wire_ip *ret_ip)
{
	struct wire_ip ip = { .at = at, .end = end };
	if (at >= end)
		return false;
	ip.version = data[at] >> 4;
	if (!(ip.version == 4 ? read_ip4(data, &ip) : ip.version == 6 && read_ip6(data, &ip)))
		return false;
	if (ip.end - ip.transport > ip.length) /* the rest is padding */
		ip.end = ip.transport + ip.length;
	*ret_ip = ip;
	return true;
}

bool
wire_find(const uint8_t *data, uint32_t caplen, struct wire_ip *ret_ip)
{
	uint32_t at = WIRE_ETHERNET_LENGTH;
	while (at <= caplen) {
		uint16_t type = load_be16(data + at - 2);
		if (type != TYPE_VLAN && type != TYPE_QINQ)
			return wire_ip_at(data, at, caplen, ret_ip);
		at += WIRE_VLAN_LENGTH;
	}
	return false;
}

uint32_t
wire_addresses(const struct wire_ip *ip)
{
	return ip->at + (ip->version == 4 ? 12 : 8);
}

uint32_t
wire_address_length(const struct wire_ip *ip)
{
	return ip->version == 4 ? 4 : 16;
}

uint64_t
wire_sum(const uint8_t *data, uint32_t from, uint32_t to)
{
	uint64_t sum = 0;
	for (; from + 1 < to; from += 2)
		sum += load_be16(data + from);
	return from < to ? sum + ((uint64_t)data[from] << 8) : sum;
}

uint64_t
wire_pseudo_sum(const uint8_t *data, const struct wire_ip *ip)
{
	uint32_t at = wire_addresses(ip);
	return wire_sum(data, at, at + 2 * wire_address_length(ip)) + ip->length + ip->protocol;
}

uint16_t
wire_fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

void
wire_follow(uint8_t *data, uint32_t at, uint64_t before, uint64_t after)
{
	uint16_t field = load_be16(data + at);
	uint64_t sum = (uint64_t)(uint16_t)~field + (uint16_t)~wire_fold(before) + after;
	wire_put16(data + at, (uint16_t)~wire_fold(sum));
}

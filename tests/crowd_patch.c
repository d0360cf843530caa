/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame of a play as one clone sends it: every field that depends on who speaks, and when. */
#include "tests/crowd_play.h"

#include <string.h>

#include "dissect/bytes.h"
#include "dissect/packet.h"
#include "tests/crowd_wire.h"

enum {
	OPTION_EOL = 0,
	OPTION_NOP = 1,
	OPTION_SACK = 5,
	OPTION_TIMESTAMP = 8,
	HEADER_CHECKSUM_AT = 10,
	TCP_CHECKSUM_AT = 16,
};

/* A frame under change. */
struct patch {
	const struct play *play;
	const struct clone *clone;
	uint8_t *data;
};

int64_t
play_time(const struct play *play, const struct clone *clone, int64_t ts_ns)
{
	if (ts_ns >= play->second_ns)
		return clone->second_ns + (ts_ns - play->second_ns);
	return clone->first_ns + (ts_ns - play->start_ns);
}

/* Numbers that were written as 0 mean that there is no number: they stay so. */
static void
add_offset(uint8_t *at, uint32_t offset)
{
	uint32_t value = load_be32(at);
	if (value != 0)
		wire_put32(at, value + offset);
}

/* A timestamp value of a side, sent or echoed, as the clone's clock shows it at that time. */
static void
patch_clock(const struct patch *patch, unsigned side, uint8_t *at)
{
	const struct play *play = patch->play;
	const struct clone_clock *clock = &patch->clone->clock[side];
	uint32_t value = load_be32(at);
	if (value == 0 || !play->has_clock[side])
		return;
	int64_t ms = (int32_t)(value - play->clock_value[side]);
	int64_t at_ns = play_time(play, patch->clone, play->clock_ns[side] + ms * 1000000);
	wire_put32(at, clock->value + (uint32_t)(at_ns / 1000 * clock->rate / 1000000));
}

static void
patch_options(const struct patch *patch, unsigned side, uint32_t at, uint32_t end)
{
	uint8_t *data = patch->data;
	while (at < end && data[at] != OPTION_EOL) {
		if (data[at] == OPTION_NOP) {
			at++;
			continue;
		}
		uint32_t length = at + 1 < end ? data[at + 1] : 0;
		if (length < 2 || at + length > end)
			return;
		if (data[at] == OPTION_TIMESTAMP && length == 10) {
			patch_clock(patch, side, data + at + 2);
			patch_clock(patch, !side, data + at + 6);
		}
		for (uint32_t edge = 2; data[at] == OPTION_SACK && edge + 4 <= length; edge += 4)
			add_offset(data + at + edge, patch->clone->seq_offset[!side]);
		at += length;
	}
}

/* Who sent a segment whose IP header is at ip: the side whose port and address it has. */
static unsigned
sender(const struct patch *patch, const struct wire_ip *ip)
{
	const struct play *play = patch->play;
	const uint8_t *source = patch->data + wire_addresses(ip);
	size_t length = wire_address_length(ip);
	bool server = memcmp(source, play->address[PLAY_SERVER].bytes, length) == 0;
	bool client = memcmp(source, play->address[PLAY_CLIENT].bytes, length) == 0;
	if (server != client)
		return server ? PLAY_SERVER : PLAY_CLIENT;
	bool port = !ip->later_fragment && ip->end - ip->transport >= 2 &&
		    load_be16(patch->data + ip->transport) == play->server_port;
	return port ? PLAY_SERVER : PLAY_CLIENT;
}

static uint16_t
client_port(const struct patch *patch, uint16_t port)
{
	for (unsigned i = 0; i < patch->play->client_port_count; i++)
		if (patch->play->client_ports[i] == port)
			return patch->clone->client_ports[i];
	return port;
}

/* Ports, numbers and options of a segment from a side, as far as it was captured or quoted. */
static void
patch_segment(const struct patch *patch, unsigned side, const struct wire_ip *ip)
{
	uint8_t *segment = patch->data + ip->transport;
	uint32_t have = ip->end - ip->transport;
	if (have < 8)
		return;
	uint8_t *own = segment + (side == PLAY_SERVER ? 2 : 0); /* the client's port */
	uint8_t *other = segment + (side == PLAY_SERVER ? 0 : 2);
	wire_put16(own, client_port(patch, load_be16(own)));
	wire_put16(other, patch->clone->server_port);
	add_offset(segment + 4, patch->clone->seq_offset[side]);
	if (have < 12)
		return;
	add_offset(segment + 8, patch->clone->seq_offset[!side]);
	if (have < 13)
		return;
	uint32_t header = (uint32_t)(segment[12] >> 4) * 4;
	uint32_t end = ip->transport + (header < have ? header : have);
	if (end > ip->transport + WIRE_TCP_LENGTH)
		patch_options(patch, side, ip->transport + WIRE_TCP_LENGTH, end);
}

static void
patch_address(const struct patch *patch, const struct wire_ip *ip, unsigned index, unsigned side)
{
	uint32_t length = wire_address_length(ip);
	memcpy(patch->data + wire_addresses(ip) + index * length, patch->clone->address[side].bytes,
	       length);
}

/* An ID of 0 stays: a host that sends it sends nothing else. */
static void
patch_id(const struct patch *patch, const struct wire_ip *ip, unsigned side)
{
	uint16_t offset = patch->clone->id_offset[side];
	uint8_t *at = patch->data + ip->at + 4;
	if (ip->version == 4 && load_be16(at) != 0)
		wire_put16(at, (uint16_t)(load_be16(at) + offset));
	if (ip->version == 6 && ip->fragment != 0)
		add_offset(patch->data + ip->fragment + 4, offset);
}

/* The usual TTL of a side is replaced; what differs from it tells of somebody else, and stays. */
static void
patch_ttl(const struct patch *patch, const struct wire_ip *ip, unsigned side)
{
	uint8_t *at = patch->data + ip->at + (ip->version == 4 ? 8 : 7);
	if (patch->clone->ttl[side] != 0 && *at == patch->play->ttl[side])
		*at = patch->clone->ttl[side];
}

static uint64_t
header_sum(const uint8_t *data, const struct wire_ip *ip)
{
	uint32_t sum_at = ip->at + HEADER_CHECKSUM_AT;
	if (ip->version != 4)
		return 0;
	return wire_sum(data, ip->at, sum_at) + wire_sum(data, sum_at + 2, ip->transport);
}

static void
follow_header(uint8_t *data, const struct wire_ip *ip, uint64_t before)
{
	if (ip->version == 4)
		wire_follow(data, ip->at + HEADER_CHECKSUM_AT, before, header_sum(data, ip));
}

/* The captured part of a segment except for its checksum, with the pseudo-header. */
static uint64_t
segment_sum(const uint8_t *data, const struct wire_ip *ip)
{
	uint32_t sum_at = ip->transport + TCP_CHECKSUM_AT;
	return wire_pseudo_sum(data, ip) + wire_sum(data, ip->transport, sum_at) +
	       wire_sum(data, sum_at + 2, ip->end);
}

/* A TCP packet, or one that an ICMP error quotes, with its checksums. Returns who sent it. */
static unsigned
patch_tcp_packet(const struct patch *patch, const struct wire_ip *ip, bool quoted)
{
	uint8_t *data = patch->data;
	unsigned side = sender(patch, ip);
	bool summed = !ip->later_fragment && ip->end >= ip->transport + TCP_CHECKSUM_AT + 2;
	uint64_t header = header_sum(data, ip), pseudo = wire_pseudo_sum(data, ip);
	uint64_t segment = summed ? segment_sum(data, ip) : 0;
	patch_address(patch, ip, 0, side);
	patch_address(patch, ip, 1, !side);
	patch_id(patch, ip, side);
	if (!quoted)
		patch_ttl(patch, ip, side);
	follow_header(data, ip, header);
	if (!ip->later_fragment)
		patch_segment(patch, side, ip);
	if (!summed)
		return side;
	uint32_t at = ip->transport + TCP_CHECKSUM_AT;
	if (load_be16(data + at) == wire_fold(pseudo)) /* left to the network card */
		wire_put16(data + at, wire_fold(wire_pseudo_sum(data, ip)));
	else
		wire_follow(data, at, segment, segment_sum(data, ip));
	return side;
}

/* What an ICMP message sums up, without its checksum. */
static uint64_t
icmp_sum(const uint8_t *data, const struct wire_ip *ip)
{
	return (ip->version == 6 ? wire_pseudo_sum(data, ip) : 0) +
	       wire_sum(data, ip->transport, ip->transport + 2) +
	       wire_sum(data, ip->transport + 4, ip->end);
}

static bool
is_side(const struct patch *patch, const struct wire_ip *ip, unsigned index, unsigned side)
{
	uint32_t length = wire_address_length(ip);
	return memcmp(patch->data + wire_addresses(ip) + index * length,
		      patch->play->address[side].bytes, length) == 0;
}

/* An ICMP error and the packet it quotes. Returns the side it comes from. */
static unsigned
patch_icmp_packet(const struct patch *patch, const struct wire_ip *ip)
{
	uint8_t *data = patch->data;
	uint64_t header = header_sum(data, ip), message = icmp_sum(data, ip);
	struct wire_ip quoted;
	unsigned side = is_side(patch, ip, 1, PLAY_CLIENT) ? PLAY_SERVER : PLAY_CLIENT;
	if (is_side(patch, ip, 0, side))
		patch_address(patch, ip, 0, side);
	else if (patch->clone->router.version != 0)
		memcpy(data + wire_addresses(ip), patch->clone->router.bytes,
		       wire_address_length(ip));
	patch_address(patch, ip, 1, !side);
	follow_header(data, ip, header);
	if (wire_ip_at(data, ip->transport + WIRE_ICMP_LENGTH, ip->end, &quoted))
		patch_tcp_packet(patch, &quoted, true);
	wire_follow(data, ip->transport + 2, message, icmp_sum(data, ip));
	return side;
}

static void
patch_macs(const struct patch *patch, unsigned side)
{
	for (unsigned i = 0; i < 2; i++)
		if (patch->clone->mac[i] != NULL)
			memcpy(patch->data + (i == side ? 6 : 0), patch->clone->mac[i], 6);
}

/* Replaces the outer tag, or puts one in. Returns the new length. */
static uint32_t
patch_vlan(const struct patch *patch, uint32_t caplen)
{
	uint8_t *tag = patch->data + 12;
	if (patch->clone->vlan == NULL || caplen < WIRE_ETHERNET_LENGTH)
		return caplen;
	if (load_be16(tag) == 0x8100 || load_be16(tag) == 0x88a8) {
		wire_put16(tag + 2, *patch->clone->vlan);
		return caplen;
	}
	memmove(tag + WIRE_VLAN_LENGTH, tag, caplen - 12);
	wire_put16(tag, 0x8100);
	wire_put16(tag + 2, *patch->clone->vlan);
	return caplen + WIRE_VLAN_LENGTH;
}

uint32_t
play_perform(const struct play *play, size_t index, const struct clone *clone, uint8_t *data,
	     unsigned *ret_side)
{
	const struct frame *frame = &play->script->frames[index];
	const struct patch patch = { .play = play, .clone = clone, .data = data };
	struct wire_ip ip;
	unsigned side = PLAY_CLIENT;
	memcpy(data, frame->data, frame->caplen);
	if (wire_find(data, frame->caplen, &ip))
		side = ip.protocol == WIRE_PROTOCOL_TCP ? patch_tcp_packet(&patch, &ip, false)
							: patch_icmp_packet(&patch, &ip);
	patch_macs(&patch, side);
	*ret_side = side;
	return patch_vlan(&patch, frame->caplen);
}

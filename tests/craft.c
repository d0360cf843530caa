/* SPDX-License-Identifier: BSD-2-Clause */
/* IP packets and frames from descriptions, coalesced by libnet without opening a device. */
#include "tests/craft.h"

#include <libnet.h>
#include <stdlib.h>
#include <string.h>

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	VXLAN_HEADER = 8,
	VXLAN_PORT = 4789,
	ICMP_HEADER = 8,
	ETHERNET_HEADER = 14,
	ETHERNET_SHORTEST = 60,
	FRAGMENT_NEXT_HEADER = 44,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ICMPV6 = 58,
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
};

struct craft {
	libnet_t *net;
	struct craft_buffer scratch;
	uint8_t udp_payload[CRAFT_MAX];
};

struct craft *
craft_new(void)
{
	char error[LIBNET_ERRBUF_SIZE];
	struct craft *craft = malloc(sizeof *craft);
	if (craft == NULL)
		return NULL;
	craft->net = libnet_init(LIBNET_NONE, NULL, error);
	if (craft->net == NULL) {
		free(craft);
		return NULL;
	}
	return craft;
}

void
craft_free(struct craft *craft)
{
	if (craft == NULL)
		return;
	libnet_destroy(craft->net);
	free(craft);
}

static void
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t
sum_add(uint32_t sum, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	if (length % 2 != 0)
		sum += (uint32_t)(data[length - 1] << 8);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The pseudo header of RFC 9293 3.1 and RFC 8200 8.1; their sums come out the same way. */
static uint32_t
sum_pseudo(const struct craft_ip *ip, unsigned protocol, size_t length)
{
	size_t size = ip->src.version == 4 ? 4 : 16;
	uint8_t tail[4];
	uint32_t sum = sum_add(0, ip->src.bytes, size);
	sum = sum_add(sum, ip->dst.bytes, size);
	put16(tail, (unsigned)length);
	put16(tail + 2, protocol);
	return sum_add(sum, tail, sizeof tail);
}

size_t
craft_ip_header_length(const struct craft_buffer *packet)
{
	return packet->data[0] >> 4 == 4 ? IPV4_HEADER : IPV6_HEADER;
}

static void
ipv4_checksum(uint8_t *header)
{
	put16(header + 10, 0);
	put16(header + 10, ~sum_add(0, header, IPV4_HEADER) & 0xffff);
}

void
craft_claim_length(struct craft_buffer *packet, uint16_t total_length)
{
	if (packet->data[0] >> 4 == 4) {
		put16(packet->data + 2, total_length);
		ipv4_checksum(packet->data);
	} else {
		put16(packet->data + 4, total_length);
	}
}

static struct libnet_in6_addr
in6(const struct craft_address *address)
{
	struct libnet_in6_addr in6;
	memcpy(&in6, address->bytes, sizeof in6);
	return in6;
}

static uint32_t
in4(const struct craft_address *address)
{
	uint32_t in4;
	memcpy(&in4, address->bytes, sizeof in4);
	return in4;
}

/* The IP header in front of what was built so far. length: of the IP payload. */
static bool
build_ip(struct craft *craft, const struct craft_ip *ip, uint8_t protocol, size_t length)
{
	if (ip->src.version == 6)
		return libnet_build_ipv6(ip->tos, 0, (uint16_t)length, protocol, ip->ttl,
					 in6(&ip->src), in6(&ip->dst), NULL, 0, craft->net,
					 0) != -1;
	return libnet_build_ipv4((uint16_t)(IPV4_HEADER + length), ip->tos, ip->id,
				 ip->dont_fragment ? IP_DF : 0, ip->ttl, protocol, 0, in4(&ip->src),
				 in4(&ip->dst), NULL, 0, craft->net, 0) != -1;
}

/* Takes out what libnet holds and makes it ready for the next packet. */
static int
finish(struct craft *craft, bool built, struct craft_buffer *ret_buffer)
{
	uint8_t *data;
	uint32_t length;
	int status = -1;
	if (built && libnet_pblock_coalesce(craft->net, &data, &length) == 1) {
		if (length <= sizeof ret_buffer->data) {
			memcpy(ret_buffer->data, data, length);
			ret_buffer->length = length;
			status = 0;
		}
		free(data);
	}
	libnet_clear_packet(craft->net);
	return status;
}

int
craft_tcp(struct craft *craft, const struct craft_segment *segment, struct craft_buffer *ret_packet)
{
	const struct craft_ip *ip = &segment->ip;
	size_t length = TCP_HEADER + (size_t)segment->option_length + segment->payload_length;
	bool built = segment->option_length == 0 ||
		     libnet_build_tcp_options(segment->options, segment->option_length, craft->net,
					      0) != -1;
	built = built && libnet_build_tcp(segment->src_port, segment->dst_port, segment->seq,
					  segment->ack, segment->flags, segment->window, 0, 0,
					  (uint16_t)length, segment->payload,
					  (uint32_t)segment->payload_length, craft->net, 0) != -1;
	built = built && build_ip(craft, ip, PROTOCOL_TCP, length);
	if (finish(craft, built, ret_packet) != 0)
		return -1;
	uint8_t *tcp = ret_packet->data + craft_ip_header_length(ret_packet);
	if (segment->checksum == CRAFT_CHECKSUM_BAD)
		tcp[16] ^= 0x55;
	if (segment->checksum == CRAFT_CHECKSUM_PARTIAL)
		put16(tcp + 16, sum_pseudo(ip, PROTOCOL_TCP, length));
	return 0;
}

int
craft_udp(struct craft *craft, const struct craft_ip *ip, uint16_t src_port, uint16_t dst_port,
	  const uint8_t *payload, size_t length, struct craft_buffer *ret_packet)
{
	bool built = libnet_build_udp(src_port, dst_port, (uint16_t)(UDP_HEADER + length), 0,
				      payload, (uint32_t)length, craft->net, 0) != -1;
	built = built && build_ip(craft, ip, PROTOCOL_UDP, UDP_HEADER + length);
	return finish(craft, built, ret_packet);
}

/* libnet leaves no way to the four bytes after the checksum: the whole message is its payload. */
int
craft_icmp(struct craft *craft, const struct craft_ip *ip, uint8_t type, uint8_t code,
	   uint32_t value, const uint8_t *quote, size_t quote_length,
	   struct craft_buffer *ret_packet)
{
	bool v6 = ip->src.version == 6;
	uint8_t protocol = v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
	uint8_t *message = craft->scratch.data;
	size_t length = ICMP_HEADER + quote_length;
	if (length > sizeof craft->scratch.data)
		return -1;
	message[0] = type;
	message[1] = code;
	put16(message + 2, 0);
	put32(message + 4, value);
	memcpy(message + ICMP_HEADER, quote, quote_length);
	uint32_t sum = v6 ? sum_pseudo(ip, protocol, length) : 0;
	put16(message + 2, ~sum_add(sum, message, length) & 0xffff);
	bool built = libnet_build_data(message, (uint32_t)length, craft->net, 0) != -1;
	built = built && build_ip(craft, ip, protocol, length);
	return finish(craft, built, ret_packet);
}

int
craft_fragment(struct craft *craft, const struct craft_ip *ip, const struct craft_buffer *packet,
	       size_t offset, size_t length, bool more, struct craft_buffer *ret_packet)
{
	const uint8_t *data = packet->data + craft_ip_header_length(packet) + offset;
	uint16_t place = (uint16_t)(offset / 8);
	bool built;
	if (ip->src.version == 6) {
		uint8_t protocol = packet->data[6];
		built = libnet_build_ipv6_frag(
				protocol, 0, (uint16_t)htons((uint16_t)(place << 3 | more)),
				htonl(ip->id), data, (uint32_t)length, craft->net, 0) != -1;
		built = built && build_ip(craft, ip, FRAGMENT_NEXT_HEADER, 8 + length);
	} else {
		built = libnet_build_ipv4((uint16_t)(IPV4_HEADER + length), ip->tos, ip->id,
					  (uint16_t)(place | (more ? IP_MF : 0)), ip->ttl,
					  packet->data[9], 0, in4(&ip->src), in4(&ip->dst), data,
					  (uint32_t)length, craft->net, 0) != -1;
	}
	return finish(craft, built, ret_packet);
}

static uint16_t
ether_type(const struct craft_buffer *packet)
{
	return packet->data[0] >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6;
}

/* Ethernet with up to two tags; libnet knows one, the other is put in front of it. */
static int
build_ethernet(struct craft *craft, const struct craft_frame *frame,
	       const struct craft_buffer *packet, struct craft_buffer *ret_frame)
{
	static const uint8_t client_mac[6] = {0x02, 0, 0x5e, 0, 0x53, 0x01};
	static const uint8_t server_mac[6] = {0x02, 0, 0x5e, 0, 0x53, 0x02};
	const uint8_t *src = frame->from_client ? client_mac : server_mac;
	const uint8_t *dst = frame->from_client ? server_mac : client_mac;
	uint32_t length = (uint32_t)packet->length;
	bool built;
	if (frame->vlan_count == 0)
		built = libnet_build_ethernet(dst, src, ether_type(packet), packet->data, length,
					      craft->net, 0) != -1;
	else
		built = libnet_build_802_1q(dst, src, TYPE_VLAN, 0, 0,
					    frame->vlan[frame->vlan_count - 1], ether_type(packet),
					    packet->data, length, craft->net, 0) != -1;
	if (finish(craft, built, ret_frame) != 0)
		return -1;
	uint8_t *data = ret_frame->data;
	if (frame->vlan_count == 2) {
		memmove(data + 16, data + 12, ret_frame->length - 12);
		put16(data + 12, TYPE_QINQ);
		put16(data + 14, frame->vlan[0]);
		ret_frame->length += 4;
	}
	if (frame->pad && ret_frame->length < ETHERNET_SHORTEST) {
		memset(data + ret_frame->length, 0, ETHERNET_SHORTEST - ret_frame->length);
		ret_frame->length = ETHERNET_SHORTEST;
	}
	return 0;
}

/* The Linux cooked headers, version 1 and 2 (tcpdump.org/linktypes). */
static void
build_cooked(const struct craft_frame *frame, const struct craft_buffer *packet,
	     struct craft_buffer *ret_frame)
{
	uint8_t *data = ret_frame->data;
	uint8_t kind = frame->outgoing ? 4 : 0;
	size_t length = frame->link == CRAFT_SLL ? 16 : 20;
	memset(data, 0, length);
	if (frame->link == CRAFT_SLL) {
		data[1] = kind;
		data[3] = 1;
		data[5] = 6;
		data[6] = 0x02;
		data[11] = frame->from_client ? 1 : 2;
		put16(data + 14, ether_type(packet));
	} else {
		put16(data, ether_type(packet));
		put32(data + 4, 2);
		data[9] = 1;
		data[10] = kind;
		data[11] = 6;
		data[12] = 0x02;
		data[17] = frame->from_client ? 1 : 2;
	}
	memcpy(data + length, packet->data, packet->length);
	ret_frame->length = length + packet->length;
}

static int
build_vxlan(struct craft *craft, const struct craft_frame *frame, const struct craft_buffer *packet,
	    struct craft_buffer *ret_packet)
{
	struct craft_frame inner = *frame;
	struct craft_ip outer = {
		.src = {.bytes = {203, 0, 113, 1}, .version = 4},
		.dst = {.bytes = {203, 0, 113, 2}, .version = 4},
		.ttl = 64,
		.dont_fragment = true,
	};
	inner.vxlan = false;
	if (build_ethernet(craft, &inner, packet, &craft->scratch) != 0)
		return -1;
	uint8_t *payload = craft->udp_payload;
	memset(payload, 0, VXLAN_HEADER);
	payload[0] = 0x08;
	put32(payload + 4, frame->vni << 8);
	memcpy(payload + VXLAN_HEADER, craft->scratch.data, craft->scratch.length);
	if (!frame->from_client) {
		outer.src.bytes[3] = 2;
		outer.dst.bytes[3] = 1;
	}
	return craft_udp(craft, &outer, 50000, VXLAN_PORT, payload,
			 VXLAN_HEADER + craft->scratch.length, ret_packet);
}

int
craft_link(struct craft *craft, const struct craft_frame *frame, const struct craft_buffer *packet,
	   struct craft_buffer *ret_frame)
{
	if (frame->vxlan) {
		struct craft_frame outer = *frame;
		struct craft_buffer *tunnel = malloc(sizeof *tunnel);
		outer.vxlan = false;
		outer.vlan_count = 0;
		int status = tunnel == NULL || build_vxlan(craft, frame, packet, tunnel) != 0
				     ? -1
				     : craft_link(craft, &outer, tunnel, ret_frame);
		free(tunnel);
		return status;
	}
	switch (frame->link) {
	case CRAFT_ETHERNET:
		return build_ethernet(craft, frame, packet, ret_frame);
	case CRAFT_SLL:
	case CRAFT_SLL2:
		build_cooked(frame, packet, ret_frame);
		return 0;
	case CRAFT_NULL:
		/* the address family in the byte order of the writing host: here little-endian */
		memset(ret_frame->data, 0, 4);
		ret_frame->data[0] = packet->data[0] >> 4 == 4 ? 2 : 24;
		memcpy(ret_frame->data + 4, packet->data, packet->length);
		ret_frame->length = packet->length + 4;
		return 0;
	case CRAFT_RAW:
		memcpy(ret_frame->data, packet->data, packet->length);
		ret_frame->length = packet->length;
		return 0;
	}
	return -1;
}

uint16_t
craft_linktype(enum craft_link link)
{
	static const uint16_t linktypes[] = {
		[CRAFT_ETHERNET] = 1, [CRAFT_RAW] = 101,  [CRAFT_NULL] = 0,
		[CRAFT_SLL] = 113,    [CRAFT_SLL2] = 276,
	};
	return linktypes[link];
}

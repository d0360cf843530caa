/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the headers of a frame are that a crowd changes, and checksums that follow the changes. */
#ifndef TCPWHY_CROWD_WIRE_H
#define TCPWHY_CROWD_WIRE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	WIRE_ETHERNET_LENGTH = 14,
	WIRE_VLAN_LENGTH = 4,
	WIRE_ICMP_LENGTH = 8,
	WIRE_TCP_LENGTH = 20,
	WIRE_PROTOCOL_ICMP = 1,
	WIRE_PROTOCOL_TCP = 6,
	WIRE_PROTOCOL_ICMPV6 = 58,
};

/* An IP packet in a frame; offsets are from the start of the frame. */
struct wire_ip {
	uint32_t at;	    /* of its header */
	uint32_t transport; /* of what it carries */
	uint32_t end;	    /* behind the last captured byte of it */
	uint32_t length;    /* of what it carries, on the wire */
	uint32_t fragment;  /* of the IPv6 fragment header, 0: none */
	uint8_t version, protocol;
	bool later_fragment; /* what it carries has no header of its own */
};

/* Finds the IP packet in an Ethernet frame, behind any VLAN tags. False: there is none. */
bool wire_find(const uint8_t *data, uint32_t caplen, struct wire_ip *ret_ip);
/* Reads an IP header at an offset; an ICMP error quotes one. end: of the captured bytes. */
bool wire_ip_at(const uint8_t *data, uint32_t at, uint32_t end, struct wire_ip *ret_ip);

/* Offset of its source and destination address, which follow each other, and the length of one. */
uint32_t wire_addresses(const struct wire_ip *ip);
uint32_t wire_address_length(const struct wire_ip *ip);

/* One's complement sum of captured bytes from one offset to another (RFC 1071). */
uint64_t wire_sum(const uint8_t *data, uint32_t from, uint32_t to);
/* Sum of the pseudo-header. */
uint64_t wire_pseudo_sum(const uint8_t *data, const struct wire_ip *ip);
uint16_t wire_fold(uint64_t sum);
/* The checksum field at an offset follows a change of the sum that it covers (RFC 1624 3): what was
 * right stays right, and what was wrong stays wrong. */
void wire_follow(uint8_t *data, uint32_t at, uint64_t before, uint64_t after);

static inline void
wire_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void
wire_put32(uint8_t *at, uint32_t value)
{
	wire_put16(at, (uint16_t)(value >> 16));
	wire_put16(at + 2, (uint16_t)value);
}

#endif

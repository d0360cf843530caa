/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames for the dissector's tests, built header by header from the outside in. */
#ifndef TCPWHY_TESTS_WIRE_H
#define TCPWHY_TESTS_WIRE_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissect/dissect.h"

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW = 101,

	IP_ICMP = 1,
	IP_IN_IP4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_IN_IP6 = 41,
	IP_GRE = 47,
	IP_ICMP6 = 58,

	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_MPLS = 0x8847,
	TYPE_PPPOE = 0x8864,

	CLIENT_PORT = 40000,
	SERVER_PORT = 443,
	CLIENT_SEQ = 1000,
	CLIENT_ACK = 2000,
	CLIENT_WINDOW = 512,
	CLIENT_IP_ID = 0x1234,
	CLIENT_TTL = 64,

	WIRE_MAX = 4096,
	WIRE_HEADERS_MAX = 32,
};

enum wire_header { WIRE_IP4, WIRE_IP6, WIRE_UDP, WIRE_TCP };

/* A frame under construction. Lengths and checksums are filled in by wire_seal(). */
struct wire {
	uint8_t bytes[WIRE_MAX];
	uint32_t length;
	struct {
		enum wire_header kind;
		uint32_t at;
	} headers[WIRE_HEADERS_MAX];
	unsigned header_count;
};

static inline void
put(struct wire *wire, const void *bytes, size_t length)
{
	assert(wire->length + length <= WIRE_MAX);
	memcpy(wire->bytes + wire->length, bytes, length);
	wire->length += (uint32_t)length;
}

/* Appends bytes that are written out: PUT(&wire, 1, 2, 3). */
#define PUT(wire, ...)                                                                             \
	put(wire, (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

static inline void
put16(struct wire *wire, unsigned value)
{
	PUT(wire, (uint8_t)(value >> 8), (uint8_t)value);
}

static inline void
put32(struct wire *wire, uint32_t value)
{
	put16(wire, value >> 16);
	put16(wire, value & 0xffff);
}

static inline void
put_zeros(struct wire *wire, unsigned count)
{
	while (count-- > 0)
		PUT(wire, 0);
}

static inline void
put_text(struct wire *wire, const char *text)
{
	put(wire, text, strlen(text));
}

static inline void
poke16(struct wire *wire, uint32_t at, unsigned value)
{
	wire->bytes[at] = (uint8_t)(value >> 8);
	wire->bytes[at + 1] = (uint8_t)value;
}

static inline void
wire_header(struct wire *wire, enum wire_header kind)
{
	assert(wire->header_count < WIRE_HEADERS_MAX);
	wire->headers[wire->header_count].kind = kind;
	wire->headers[wire->header_count++].at = wire->length;
}

static inline void
eth(struct wire *wire, unsigned type)
{
	PUT(wire, 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1);
	put16(wire, type);
}

/* The tag control of a VLAN tag, and the type of what it holds. */
static inline void
vlan(struct wire *wire, unsigned id, unsigned type)
{
	put16(wire, 0x6000 | id); /* priority bits, to be masked */
	put16(wire, type);
}

static inline void
mpls(struct wire *wire, unsigned label, bool bottom)
{
	put32(wire, label << 12 | (bottom ? 0x100U : 0) | 64);
}

static inline void
ip4_with(struct wire *wire, unsigned protocol, const void *options, unsigned options_length)
{
	wire_header(wire, WIRE_IP4);
	PUT(wire, (uint8_t)(0x45 + options_length / 4), 0x10, 0, 0);
	put16(wire, CLIENT_IP_ID);
	put16(wire, 0x4000);
	PUT(wire, CLIENT_TTL, (uint8_t)protocol, 0, 0);
	PUT(wire, 192, 0, 2, 1, 198, 51, 100, 2);
	put(wire, options, options_length);
}

static inline void
ip4(struct wire *wire, unsigned protocol)
{
	ip4_with(wire, protocol, "", 0);
}

/* Makes the IPv4 header that was just put a fragment. */
static inline void
ip4_fragment(struct wire *wire, unsigned offset, bool more)
{
	poke16(wire, wire->headers[wire->header_count - 1].at + 6,
	       offset / 8 | (more ? 0x2000U : 0));
}

static inline void
ip6(struct wire *wire, unsigned next)
{
	wire_header(wire, WIRE_IP6);
	PUT(wire, 0x61, 0, 0, 0, 0, 0, (uint8_t)next, CLIENT_TTL);
	PUT(wire, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
	PUT(wire, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
}

static inline void
tcp_with(struct wire *wire, unsigned flags, const void *options, unsigned options_length)
{
	wire_header(wire, WIRE_TCP);
	put16(wire, CLIENT_PORT);
	put16(wire, SERVER_PORT);
	put32(wire, CLIENT_SEQ);
	put32(wire, CLIENT_ACK);
	PUT(wire, (uint8_t)((5 + options_length / 4) << 4), (uint8_t)flags);
	put16(wire, CLIENT_WINDOW);
	put32(wire, 0);
	put(wire, options, options_length);
}

static inline void
tcp(struct wire *wire, unsigned flags)
{
	tcp_with(wire, flags, "", 0);
}

static inline void
udp(struct wire *wire, unsigned port)
{
	wire_header(wire, WIRE_UDP);
	put16(wire, 50000);
	put16(wire, port);
	put32(wire, 0);
}

static inline uint32_t
wire_sum(const uint8_t *bytes, uint32_t length)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < length; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

static inline uint16_t
wire_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Addresses, protocol and length as the TCP checksum covers them. ip: index of the IP header. */
static inline uint32_t
wire_pseudo_sum(const struct wire *wire, unsigned ip, uint32_t length)
{
	const uint8_t *header = wire->bytes + wire->headers[ip].at;
	bool is4 = wire->headers[ip].kind == WIRE_IP4;

	return wire_sum(header + (is4 ? 12 : 8), is4 ? 8 : 32) + IP_TCP + length;
}

/* Fills in lengths and TCP checksums, the innermost header being the last. */
static inline void
wire_seal(struct wire *wire)
{
	for (unsigned i = 0; i < wire->header_count; i++) {
		uint32_t at = wire->headers[i].at, length = wire->length - at;

		switch (wire->headers[i].kind) {
		case WIRE_IP4:
			poke16(wire, at + 2, length);
			break;
		case WIRE_IP6:
			poke16(wire, at + 4, length - 40);
			break;
		case WIRE_UDP:
			poke16(wire, at + 4, length);
			break;
		case WIRE_TCP:
			if (i > 0)
				poke16(wire, at + 16,
				       (uint16_t)~wire_fold(wire_pseudo_sum(wire, i - 1, length) +
							    wire_sum(wire->bytes + at, length)));
			break;
		}
	}
}

/* Where the innermost header of a kind starts. */
static inline uint32_t
wire_at(const struct wire *wire, enum wire_header kind)
{
	unsigned i = wire->header_count;

	while (i > 0 && wire->headers[i - 1].kind != kind)
		i--;
	assert(i > 0);
	return wire->headers[i - 1].at;
}

/* Dissects the first caplen bytes of a frame that has wirelen. They are laid at the very end of a
 * block of their own, so that a sanitizer sees the first byte read beyond. The packet's payload is
 * made to point into wire. */
static inline enum dissect_status
wire_dissect_cut(const struct wire *wire, uint16_t linktype, uint32_t caplen, uint32_t wirelen,
		 struct packet *ret_packet)
{
	uint8_t *copy = malloc(caplen > 0 ? caplen : 1);
	struct frame frame = {
		.ts_ns = 1234567890,
		.data = copy,
		.number = 7,
		.caplen = caplen,
		.wirelen = wirelen,
		.linktype = linktype,
		.source = 3,
		.interface = 2,
	};
	enum dissect_status status;

	assert_non_null(copy);
	memcpy(copy, wire->bytes, caplen);
	memset(ret_packet, 0xa5, sizeof(*ret_packet));
	status = dissect_frame(&frame, ret_packet);
	assert_int_equal(ret_packet->ts_ns, 1234567890);
	assert_int_equal(ret_packet->frame, 7);
	assert_int_equal(ret_packet->source, 3);
	if (status != DISSECT_OK)
		assert_int_equal(ret_packet->kind, PACKET_NOT_TCP);
	if (status == DISSECT_OK && ret_packet->kind == PACKET_TCP && ret_packet->payload != NULL)
		ret_packet->payload = wire->bytes + (ret_packet->payload - copy);
	free(copy);
	return status;
}

static inline enum dissect_status
wire_dissect(const struct wire *wire, uint16_t linktype, struct packet *ret_packet)
{
	return wire_dissect_cut(wire, linktype, wire->length, wire->length, ret_packet);
}

/* Cuts the frame at every length: by a snapshot, which must never make it malformed, and on the
 * wire itself, which is nobody's truncation. */
static inline void
wire_cut_everywhere(const struct wire *wire, uint16_t linktype)
{
	struct packet packet;

	for (uint32_t length = 0; length < wire->length; length++) {
		enum dissect_status status =
			wire_dissect_cut(wire, linktype, length, wire->length, &packet);

		if (status != DISSECT_OK)
			assert_int_equal(status, DISSECT_TRUNCATED);
		status = wire_dissect_cut(wire, linktype, length, length, &packet);
		assert_int_not_equal(status, DISSECT_TRUNCATED);
	}
}

/* The frame is seen as the segment that tcp() makes, whole and cut. */
static inline void
assert_client_segment(const struct wire *wire, uint16_t linktype, struct packet *ret_packet)
{
	assert_int_equal(wire_dissect(wire, linktype, ret_packet), DISSECT_OK);
	assert_int_equal(ret_packet->kind, PACKET_TCP);
	assert_int_equal(ret_packet->src_port, CLIENT_PORT);
	assert_int_equal(ret_packet->dst_port, SERVER_PORT);
	assert_int_equal(ret_packet->seq, CLIENT_SEQ);
	assert_int_equal(ret_packet->checksum, CHECKSUM_GOOD);
	wire_cut_everywhere(wire, linktype);
}

/* The frame is understood, and nothing that TCP concerns. */
static inline void
assert_not_tcp(const struct wire *wire, uint16_t linktype)
{
	struct packet packet;

	assert_int_equal(wire_dissect(wire, linktype, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_NOT_TCP);
	wire_cut_everywhere(wire, linktype);
}

static inline void
assert_status(const struct wire *wire, uint16_t linktype, enum dissect_status status)
{
	struct packet packet;

	assert_int_equal(wire_dissect(wire, linktype, &packet), status);
}

#endif

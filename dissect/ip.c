/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6: addresses, extension headers, fragments, and the length that TCP may trust. */
#include "dissect/layers.h"

enum {
	IP4_HEADER_LENGTH = 20,
	IP4_DONT_FRAGMENT = 0x4000,
	IP4_MORE_FRAGMENTS = 0x2000,
	IP4_OFFSET_MASK = 0x1fff,
	IP6_HEADER_LENGTH = 40,
	IP6_FRAGMENT_LENGTH = 8,
	IP6_OFFSET_MASK = 0xfff8,
	IP6_MORE_FRAGMENTS = 0x0001,
	IP6_EXTENSIONS_MAX = 12, /* real packets have two or three; deeper is unsupported */
	FRAGMENT_LENGTH_MAX = 0xffff,
};

/* They number IPv6 extension headers too (iana.org/assignments/protocol-numbers). */
enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_IP4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IP6 = 41,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_ICMP6 = 58,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_ETHERIP = 97,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};

static struct ip_addr
mapped(uint32_t ip4)
{
	return (struct ip_addr){ .hi = 0, .lo = (uint64_t)0xffff << 32 | ip4 };
}

/* Ends the reader where the header says that the packet ends, so that link padding is no payload.
 * A length of 0 comes from segmentation offload: the sender's own capture sees the packet before
 * the length is filled in, and then the frame's length is the only one. */
static inline void
bound(struct layers *layers, uint32_t claimed, bool zero)
{
	uint32_t length = bytes_length(&layers->bytes);

	if (zero) {
		layers->packet->defects |= DEFECT_IP_LENGTH_ZERO;
		claimed = length;
	}
	layers->ip_claimed = claimed;
	if (layers->quoted)
		return;
	if (claimed > length)
		layers->packet->defects |= DEFECT_IP_LENGTH_BEYOND;
	bytes_limit(&layers->bytes, claimed);
}

static void
set_fragment(struct layers *layers, uint32_t id, uint16_t offset, bool more)
{
	struct packet *packet = layers->packet;
	uint32_t length = bytes_length(&layers->bytes);

	packet->kind = PACKET_FRAGMENT;
	packet->fragment_id = id;
	packet->fragment_offset = offset;
	packet->fragment_length =
		(uint16_t)(length < FRAGMENT_LENGTH_MAX ? length : FRAGMENT_LENGTH_MAX);
	packet->fragment_more = more;
}

static enum dissect_status
ip4_header(struct layers *layers, uint8_t *ret_protocol)
{
	const uint8_t *header = bytes_take(&layers->bytes, IP4_HEADER_LENGTH);
	struct packet *packet = layers->packet;
	uint32_t header_length, total;
	uint16_t fragment;

	if (header == NULL)
		return layers_failure(layers);
	header_length = (header[0] & 0xfU) * 4;
	total = load_be16(header + 2);
	fragment = load_be16(header + 6);
	if (header_length < IP4_HEADER_LENGTH)
		return DISSECT_MALFORMED;
	if (total < header_length && total != 0 && !layers->quoted)
		return DISSECT_MALFORMED;
	if (header_length > IP4_HEADER_LENGTH)
		bytes_skip(&layers->bytes, header_length - IP4_HEADER_LENGTH);
	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);

	packet->ip_version = 4;
	packet->tos = header[1];
	packet->has_ip_id = true;
	packet->ip_id = load_be16(header + 4);
	packet->dont_fragment = (fragment & IP4_DONT_FRAGMENT) != 0;
	packet->ttl = header[8];
	packet->src = mapped(load_be32(header + 12));
	packet->dst = mapped(load_be32(header + 16));
	bound(layers, total < header_length ? 0 : total - header_length, total == 0);
	if ((fragment & (IP4_MORE_FRAGMENTS | IP4_OFFSET_MASK)) != 0)
		set_fragment(layers, packet->ip_id, (uint16_t)((fragment & IP4_OFFSET_MASK) * 8),
			     (fragment & IP4_MORE_FRAGMENTS) != 0);
	*ret_protocol = header[9];
	return DISSECT_OK;
}

static enum dissect_status
ip6_header(struct layers *layers, uint8_t *ret_protocol)
{
	const uint8_t *header = bytes_take(&layers->bytes, IP6_HEADER_LENGTH);
	struct packet *packet = layers->packet;
	uint16_t length;

	if (header == NULL)
		return layers_failure(layers);
	packet->ip_version = 6;
	packet->tos = (uint8_t)(load_be16(header) >> 4);
	packet->has_ip_id = false;
	packet->dont_fragment = true; /* RFC 8200 5: only the source may fragment */
	packet->ttl = header[7];
	packet->src = (struct ip_addr){ .hi = load_be64(header + 8), .lo = load_be64(header + 16) };
	packet->dst =
		(struct ip_addr){ .hi = load_be64(header + 24), .lo = load_be64(header + 32) };
	length = load_be16(header + 4);
	bound(layers, length, length == 0);
	*ret_protocol = header[6];
	return DISSECT_OK;
}

/* RFC 8200 4.5. A whole packet behind a fragment header (RFC 6946) is no fragment. */
static uint8_t
take_fragment_header(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, IP6_FRAGMENT_LENGTH);
	uint16_t offset_and_more;

	if (header == NULL)
		return 0;
	offset_and_more = load_be16(header + 2);
	if ((offset_and_more & (IP6_OFFSET_MASK | IP6_MORE_FRAGMENTS)) != 0)
		set_fragment(layers, load_be32(header + 4), offset_and_more & IP6_OFFSET_MASK,
			     (offset_and_more & IP6_MORE_FRAGMENTS) != 0);
	return header[0];
}

/* Steps over one header that gives the next one's number and its own length in units of unit bytes,
 * beyond the first 8 bytes (RFC 8200 4.2) or the first two units (RFC 4302 2.2: AH). */
static uint8_t
take_extension(struct layers *layers, uint8_t protocol)
{
	const uint8_t *start = bytes_peek(&layers->bytes, 4);
	uint32_t length;

	if (start == NULL) {
		bytes_skip(&layers->bytes, 4);
		return 0;
	}
	length = protocol == PROTOCOL_AUTHENTICATION ? (start[1] + 2U) * 4 : (start[1] + 1U) * 8;
	/* With segments left, dst is a way station, and the checksum covers the last one. */
	if (protocol == PROTOCOL_ROUTING && start[3] != 0)
		layers->checksum_moot = true;
	bytes_skip(&layers->bytes, length);
	return start[0];
}

/* Walks the extension headers up to a fragment or the first header that is none. */
static enum dissect_status
skip_extensions(struct layers *layers, uint8_t *ret_protocol)
{
	uint32_t before = bytes_length(&layers->bytes);
	uint8_t protocol = *ret_protocol;

	for (unsigned count = 0; count <= IP6_EXTENSIONS_MAX; count++) {
		switch (protocol) {
		case PROTOCOL_HOP_BY_HOP:
		case PROTOCOL_ROUTING:
		case PROTOCOL_AUTHENTICATION:
		case PROTOCOL_DESTINATION:
		case PROTOCOL_MOBILITY:
		case PROTOCOL_HIP:
		case PROTOCOL_SHIM6:
			protocol = take_extension(layers, protocol);
			break;
		case PROTOCOL_FRAGMENT:
			protocol = take_fragment_header(layers);
			break;
		default:
			before -= bytes_length(&layers->bytes);
			layers->ip_claimed -=
				before < layers->ip_claimed ? before : layers->ip_claimed;
			*ret_protocol = protocol;
			return DISSECT_OK;
		}
		if (layers->bytes.error != BYTES_OK)
			return layers_failure(layers);
		if (layers->packet->kind == PACKET_FRAGMENT) {
			*ret_protocol = protocol;
			return DISSECT_OK;
		}
	}
	return DISSECT_UNSUPPORTED;
}

enum dissect_status
ip_header(struct layers *layers, uint8_t *ret_protocol)
{
	const uint8_t *first = bytes_peek(&layers->bytes, 1);
	enum dissect_status status;

	if (first == NULL) {
		bytes_skip(&layers->bytes, 1);
		return layers_failure(layers);
	}
	switch (*first >> 4) {
	case 4:
		status = ip4_header(layers, ret_protocol);
		if (status != DISSECT_OK || *ret_protocol != PROTOCOL_AUTHENTICATION ||
		    layers->packet->kind == PACKET_FRAGMENT)
			return status;
		return skip_extensions(layers, ret_protocol);
	case 6:
		status = ip6_header(layers, ret_protocol);
		if (status != DISSECT_OK || *ret_protocol == PROTOCOL_TCP)
			return status;
		return skip_extensions(layers, ret_protocol);
	default:
		return DISSECT_MALFORMED;
	}
}

/* Fragments of UDP are mostly none of our business, so they are not collected; but the first one of
 * a tunnel shows the segment's header. The rest of the segment is on the wire, in other frames. */
static enum dissect_status
first_udp_fragment(struct layers *layers)
{
	bool whole = layers->bytes.missing == 0;
	enum dissect_status status;

	layers->packet->kind = PACKET_NOT_TCP;
	layers->packet->defects |= DEFECT_FIRST_FRAGMENT;
	layers->bytes.missing += FRAGMENT_LENGTH_MAX;
	status = tunnel_udp(layers);
	return status == DISSECT_TRUNCATED && whole ? layers_not_tcp(layers) : status;
}

/* Hands a fragment on for reassembly if TCP, or an ICMP error about it, may be inside. */
static enum dissect_status
dissect_fragment(struct layers *layers, uint8_t protocol)
{
	struct packet *packet = layers->packet;

	switch (protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMP6:
	case PROTOCOL_IP4:
	case PROTOCOL_IP6:
	case PROTOCOL_GRE:
	case PROTOCOL_ETHERIP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_AUTHENTICATION:
	case PROTOCOL_DESTINATION:
		packet->fragment_protocol = protocol;
		packet->payload_captured = bytes_captured(&layers->bytes);
		if (packet->payload_captured > 0)
			packet->payload = layers->bytes.at;
		return DISSECT_OK;
	case PROTOCOL_UDP:
		return packet->fragment_offset == 0 ? first_udp_fragment(layers)
						    : layers_not_tcp(layers);
	default:
		return layers_not_tcp(layers);
	}
}

enum dissect_status
ip_payload(struct layers *layers, uint8_t protocol)
{
	struct packet *packet = layers->packet;
	enum dissect_status status;

	if (protocol == PROTOCOL_TCP)
		return tcp_dissect(layers);
	if (packet->ip_version == 6 || protocol == PROTOCOL_AUTHENTICATION) {
		status = skip_extensions(layers, &protocol);
		if (status != DISSECT_OK)
			return status;
		if (packet->kind == PACKET_FRAGMENT)
			return dissect_fragment(layers, protocol);
	}
	switch (protocol) {
	case PROTOCOL_TCP:
		return tcp_dissect(layers);
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMP6:
		if ((protocol == PROTOCOL_ICMP6) != (packet->ip_version == 6))
			return layers_not_tcp(layers);
		return icmp_dissect(layers);
	case PROTOCOL_IP4:
	case PROTOCOL_IP6:
		return tunnel_ip(layers);
	case PROTOCOL_UDP:
		return tunnel_udp(layers);
	case PROTOCOL_GRE:
		return tunnel_gre(layers);
	case PROTOCOL_ETHERIP:
		return tunnel_etherip(layers);
	default:
		return layers_not_tcp(layers);
	}
}

enum dissect_status
ip_dissect(struct layers *layers)
{
	uint8_t protocol;
	enum dissect_status status = ip_header(layers, &protocol);

	if (status != DISSECT_OK)
		return status;
	if (layers->packet->kind == PACKET_FRAGMENT)
		return dissect_fragment(layers, protocol);
	return ip_payload(layers, protocol);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP and ICMPv6 errors, and the segment that they quote. */
#include "dissect/layers.h"

enum {
	ICMP_HEADER_LENGTH = 8,
	ICMP_TCP = 6,
};

enum icmp4_type { /* RFC 792 */
		  ICMP4_UNREACHABLE = 3,
		  ICMP4_SOURCE_QUENCH = 4,
		  ICMP4_TIME_EXCEEDED = 11,
		  ICMP4_PARAMETER_PROBLEM = 12,
		  ICMP4_FRAGMENTATION_NEEDED = 4, /* a code of ICMP4_UNREACHABLE */
};

enum icmp6_type { /* RFC 4443 */
		  ICMP6_UNREACHABLE = 1,
		  ICMP6_TOO_BIG = 2,
		  ICMP6_TIME_EXCEEDED = 3,
		  ICMP6_PARAMETER_PROBLEM = 4,
};

static bool
is_error(uint8_t version, uint8_t type)
{
	if (version == 6)
		return type >= ICMP6_UNREACHABLE && type <= ICMP6_PARAMETER_PROBLEM;
	return type == ICMP4_UNREACHABLE || type == ICMP4_SOURCE_QUENCH ||
	       type == ICMP4_TIME_EXCEEDED || type == ICMP4_PARAMETER_PROBLEM;
}

/* The next hop's MTU (RFC 1191 4, RFC 4443 3.2). */
static uint32_t
next_hop_mtu(uint8_t version, const uint8_t *header)
{
	if (version == 6)
		return header[0] == ICMP6_TOO_BIG && header[1] == 0 ? load_be32(header + 4) : 0;
	if (header[0] == ICMP4_UNREACHABLE && header[1] == ICMP4_FRAGMENTATION_NEEDED)
		return load_be16(header + 6);
	return 0;
}

/* The quoted packet is read as any other, but beside the one that carries it. */
static enum dissect_status
dissect_quote(struct layers *layers)
{
	struct packet *packet = layers->packet;
	struct packet quoted;
	struct layers inner = { .packet = &quoted, .bytes = layers->bytes, .quoted = true };
	enum dissect_status status;
	uint8_t protocol;

	memset(&quoted, 0, sizeof(quoted));
	status = ip_header(&inner, &protocol);
	if (status != DISSECT_OK)
		return status;
	if (protocol != ICMP_TCP || (quoted.kind == PACKET_FRAGMENT && quoted.fragment_offset != 0))
		return layers_not_tcp(layers);
	packet->quoted_src = quoted.src;
	packet->quoted_dst = quoted.dst;
	status = tcp_quoted(&inner, packet);
	if (status == DISSECT_OK)
		packet->kind = PACKET_ICMP_ERROR;
	return status;
}

enum dissect_status
icmp_dissect(struct layers *layers)
{
	struct packet *packet = layers->packet;
	const uint8_t *header = bytes_peek(&layers->bytes, 1);

	if (header == NULL) {
		bytes_skip(&layers->bytes, 1);
		return layers_failure(layers);
	}
	if (!is_error(packet->ip_version, header[0])) /* may be as short as it likes */
		return layers_not_tcp(layers);
	header = bytes_take(&layers->bytes, ICMP_HEADER_LENGTH);
	if (header == NULL)
		return layers_failure(layers);
	packet->icmp_type = header[0];
	packet->icmp_code = header[1];
	packet->icmp_mtu = next_hop_mtu(packet->ip_version, header);
	packet->has_quoted_flags = false;
	return dissect_quote(layers);
}

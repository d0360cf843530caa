/* SPDX-License-Identifier: BSD-2-Clause */
/* What carries IP or Ethernet inside IP: IP-in-IP, GRE, ERSPAN, VXLAN, GENEVE, GTP-U, L2TP. */
#include "dissect/layers.h"

enum { UDP_HEADER_LENGTH = 8 };

enum udp_port {
	PORT_L2TP = 1701,
	PORT_GTPU = 2152,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472, /* what Linux took before the number was assigned */
};

static enum dissect_status
enter_ethernet(struct layers *layers)
{
	return layers_enter(layers) ? link_ethernet(layers) : DISSECT_UNSUPPORTED;
}

static enum dissect_status
enter_ip(struct layers *layers)
{
	return layers_enter(layers) ? ip_dissect(layers) : DISSECT_UNSUPPORTED;
}

static enum dissect_status
enter_ppp(struct layers *layers)
{
	return layers_enter(layers) ? link_ppp(layers) : DISSECT_UNSUPPORTED;
}

static enum dissect_status
enter_ethertype(struct layers *layers, uint16_t type)
{
	enum { ETHERTYPE_MIN = 0x0600 }; /* below are lengths, which no tunnel header has */

	if (!layers_enter(layers))
		return DISSECT_UNSUPPORTED;
	return type < ETHERTYPE_MIN ? layers_not_tcp(layers) : link_ethertype(layers, type);
}

enum dissect_status
tunnel_ip(struct layers *layers)
{
	layers_set_tunnel(layers, TUNNEL_IPIP, 0);
	return enter_ip(layers);
}

/* RFC 3378: version 3, then an Ethernet frame. */
enum dissect_status
tunnel_etherip(struct layers *layers)
{
	enum { ETHERIP_VERSION = 0x3000 };

	if (bytes_u16(&layers->bytes) != ETHERIP_VERSION && layers->bytes.error == BYTES_OK)
		return DISSECT_UNSUPPORTED;
	layers_set_tunnel(layers, TUNNEL_IPIP, 0);
	return enter_ethernet(layers);
}

/* ERSPAN II and III (draft-foschiano-erspan-03 4): a mirrored Ethernet frame behind a header of its
 * own; type I has none, and no GRE sequence number, which tells it from type II. */
static enum dissect_status
tunnel_erspan(struct layers *layers, uint32_t header_length)
{
	enum { SESSION_MASK = 0x3ff, SUBHEADER = 0x01, SUBHEADER_LENGTH = 8 };
	enum { ERSPAN_3_LENGTH = 12 };
	const uint8_t *header = bytes_take(&layers->bytes, header_length);
	uint32_t session;

	if (header == NULL)
		return layers_failure(layers);
	session = header_length == 0 ? 0 : load_be16(header + 2) & SESSION_MASK;
	if (header_length == ERSPAN_3_LENGTH && (header[11] & SUBHEADER) != 0)
		bytes_skip(&layers->bytes, SUBHEADER_LENGTH);
	layers_set_tunnel(layers, TUNNEL_ERSPAN, session);
	return enter_ethernet(layers);
}

/* A packet redirected to a cache: version 2 puts 4 bytes in front of it, version 1 nothing. */
static enum dissect_status
tunnel_wccp(struct layers *layers)
{
	const uint8_t *first = bytes_peek(&layers->bytes, 1);

	if (first != NULL && *first >> 4 != 4)
		bytes_skip(&layers->bytes, 4);
	return enter_ip(layers);
}

/* PPTP's variant (RFC 2637 4.1). The call number is the receiver's, so that it differs between the
 * directions of one flow: not kept. */
static enum dissect_status
gre_enhanced(struct layers *layers, uint16_t flags)
{
	enum { ENHANCED_SEQUENCE = 0x1000, ENHANCED_ACKNOWLEDGEMENT = 0x0080 };
	uint16_t length = bytes_u16(&layers->bytes);

	bytes_skip(&layers->bytes, 2);
	if ((flags & ENHANCED_SEQUENCE) != 0)
		bytes_skip(&layers->bytes, 4);
	if ((flags & ENHANCED_ACKNOWLEDGEMENT) != 0)
		bytes_skip(&layers->bytes, 4);
	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);
	if (length == 0)
		return layers_not_tcp(layers);
	bytes_limit(&layers->bytes, length);
	layers_set_tunnel(layers, TUNNEL_GRE, 0);
	return enter_ppp(layers);
}

/* RFC 2784 2, with the key and sequence number of RFC 2890. */
enum dissect_status
tunnel_gre(struct layers *layers)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000 };
	enum {
		VERSION_MASK = 0x7,
		GRE_ERSPAN_2 = 0x88be,
		GRE_ERSPAN_3 = 0x22eb,
		GRE_WCCP = 0x883e
	};
	uint16_t flags = bytes_u16(&layers->bytes);
	uint16_t type = bytes_u16(&layers->bytes);
	uint32_t key = 0;

	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);
	if ((flags & VERSION_MASK) == 1)
		return gre_enhanced(layers, flags);
	if ((flags & VERSION_MASK) != 0 || (flags & ROUTING) != 0)
		return DISSECT_UNSUPPORTED;
	if ((flags & CHECKSUM) != 0)
		bytes_skip(&layers->bytes, 4);
	if ((flags & KEY) != 0)
		key = bytes_u32(&layers->bytes);
	if ((flags & SEQUENCE) != 0)
		bytes_skip(&layers->bytes, 4);

	if (type == GRE_ERSPAN_2)
		return tunnel_erspan(layers, (flags & SEQUENCE) != 0 ? 8 : 0);
	if (type == GRE_ERSPAN_3)
		return tunnel_erspan(layers, 12);
	layers_set_tunnel(layers, TUNNEL_GRE, key);
	if (type == GRE_WCCP)
		return tunnel_wccp(layers);
	return enter_ethertype(layers, type);
}

/* RFC 7348 5; the generic protocol extension (draft-ietf-nvo3-vxlan-gpe 3) says what is inside. */
static enum dissect_status
tunnel_vxlan(struct layers *layers, bool generic)
{
	enum {
		HAS_VNI = 0x08,
		HAS_PROTOCOL = 0x04,
		INSIDE_IP4 = 1,
		INSIDE_IP6 = 2,
		INSIDE_ETHERNET = 3
	};
	const uint8_t *header = bytes_take(&layers->bytes, 8);

	if (header == NULL)
		return layers_failure(layers);
	if ((header[0] & HAS_VNI) == 0)
		return layers_not_tcp(layers);
	layers_set_tunnel(layers, TUNNEL_VXLAN, load_be24(header + 4));
	if (!generic || (header[0] & HAS_PROTOCOL) == 0 || header[3] == INSIDE_ETHERNET)
		return enter_ethernet(layers);
	if (header[3] == INSIDE_IP4 || header[3] == INSIDE_IP6)
		return enter_ip(layers);
	return layers_not_tcp(layers);
}

/* RFC 8926 3.4 */
static enum dissect_status
tunnel_geneve(struct layers *layers)
{
	enum { VERSION_SHIFT = 6, OPTIONS_MASK = 0x3f };
	const uint8_t *header = bytes_take(&layers->bytes, 8);

	if (header == NULL)
		return layers_failure(layers);
	if (header[0] >> VERSION_SHIFT != 0)
		return layers_not_tcp(layers);
	bytes_skip(&layers->bytes, (header[0] & OPTIONS_MASK) * 4U);
	layers_set_tunnel(layers, TUNNEL_GENEVE, load_be24(header + 4));
	return enter_ethertype(layers, load_be16(header + 2));
}

/* 3GPP TS 29.281 5.1, 5.2. The tunnel endpoint identifier is the receiver's, so that it differs
 * between the directions of one flow: not kept. */
static enum dissect_status
tunnel_gtpu(struct layers *layers)
{
	enum { VERSION_1 = 0x30, VERSION_MASK = 0xf0, OPTIONAL = 0x07, EXTENSION = 0x04 };
	enum { MESSAGE_PACKET = 255, EXTENSIONS_MAX = 8 };
	const uint8_t *header = bytes_take(&layers->bytes, 8);
	const uint8_t *first;
	uint8_t flags, next = 0;

	if (header == NULL)
		return layers_failure(layers);
	flags = header[0];
	if ((flags & VERSION_MASK) != VERSION_1 || header[1] != MESSAGE_PACKET)
		return layers_not_tcp(layers);
	if ((flags & OPTIONAL) != 0) {
		bytes_skip(&layers->bytes, 3);
		next = bytes_u8(&layers->bytes);
	}
	if ((flags & EXTENSION) == 0)
		next = 0;
	for (unsigned count = 0; next != 0; count++) {
		uint32_t length = bytes_u8(&layers->bytes) * 4U;

		if (length == 0 || count == EXTENSIONS_MAX)
			return layers->bytes.error == BYTES_CUT ? DISSECT_TRUNCATED
								: DISSECT_MALFORMED;
		bytes_skip(&layers->bytes, length - 2);
		next = bytes_u8(&layers->bytes);
	}
	first = bytes_peek(&layers->bytes, 1);
	if (first != NULL && *first >> 4 != 4 && *first >> 4 != 6)
		return layers_not_tcp(layers);
	layers_set_tunnel(layers, TUNNEL_GTPU, 0);
	return enter_ip(layers);
}

/* RFC 2661 3.1, data messages only. Tunnel and session numbers are the receiver's: not kept. */
static enum dissect_status
tunnel_l2tp(struct layers *layers)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200 };
	enum { VERSION_MASK = 0xf, VERSION_2 = 2 };
	uint16_t flags = bytes_u16(&layers->bytes);

	if (layers->bytes.error == BYTES_OK &&
	    ((flags & CONTROL) != 0 || (flags & VERSION_MASK) != VERSION_2))
		return layers_not_tcp(layers);
	if ((flags & LENGTH) != 0)
		bytes_skip(&layers->bytes, 2);
	bytes_skip(&layers->bytes, 4);
	if ((flags & SEQUENCE) != 0)
		bytes_skip(&layers->bytes, 4);
	if ((flags & OFFSET) != 0)
		bytes_skip(&layers->bytes, bytes_u16(&layers->bytes));
	layers_set_tunnel(layers, TUNNEL_L2TP, 0);
	return enter_ppp(layers);
}

static enum dissect_status
inside_udp(struct layers *layers, uint16_t src_port, uint16_t dst_port)
{
	switch (dst_port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return tunnel_vxlan(layers, false);
	case PORT_VXLAN_GPE:
		return tunnel_vxlan(layers, true);
	case PORT_GENEVE:
		return tunnel_geneve(layers);
	case PORT_GTPU:
		return tunnel_gtpu(layers);
	case PORT_L2TP:
		return tunnel_l2tp(layers);
	default:
		break;
	}
	/* These two answer from their port to any. */
	if (src_port == PORT_GTPU)
		return tunnel_gtpu(layers);
	if (src_port == PORT_L2TP)
		return tunnel_l2tp(layers);
	return layers_not_tcp(layers);
}

enum dissect_status
tunnel_udp(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, UDP_HEADER_LENGTH);
	enum dissect_status status;
	uint16_t length;

	if (header == NULL)
		return layers_failure(layers);
	length = load_be16(header + 4);
	if (length >= UDP_HEADER_LENGTH)
		bytes_limit(&layers->bytes, length - UDP_HEADER_LENGTH);
	status = inside_udp(layers, load_be16(header), load_be16(header + 2));

	/* A port is but a hint: what does not parse was something else. */
	return status == DISSECT_MALFORMED ? layers_not_tcp(layers) : status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The link types of capture files (tcpdump.org/linktypes.html), each down to what it carries. */
#include "dissect/layers.h"

enum linktype {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	LINKTYPE_FDDI = 10,
	LINKTYPE_RAW_BSD = 12,
	LINKTYPE_RAW_OPENBSD = 14,
	LINKTYPE_PPP_HDLC = 50,
	LINKTYPE_PPP_ETHER = 51,
	LINKTYPE_ATM_RFC1483 = 100,
	LINKTYPE_RAW = 101,
	LINKTYPE_C_HDLC = 104,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_FRELAY = 107,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_PFLOG = 117,
	LINKTYPE_IEEE802_11_RADIOTAP = 127,
	LINKTYPE_APPLE_IP_OVER_IEEE1394 = 138,
	LINKTYPE_PPP_PPPD = 166,
	LINKTYPE_PPI = 192,
	LINKTYPE_PPP_WITH_DIR = 204,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NFLOG = 239,
	LINKTYPE_IPOIB = 242,
	LINKTYPE_PKTAP = 258,
	LINKTYPE_LINUX_SLL2 = 276,
};

enum { ETHERTYPE_LEAST = 0x0600, LINK_ADDRESS_LENGTH = 6 };

/* Steps over length bytes whose last two are an ethertype, as many short link headers are. */
static enum dissect_status
typed_header(struct layers *layers, uint32_t length)
{
	const uint8_t *header = bytes_take(&layers->bytes, length);

	if (header == NULL)
		return layers_failure(layers);
	return link_ethertype(layers, load_be16(header + length - 2));
}

/* An address family, in the byte order of whoever wrote the file (NULL) or of the network (LOOP).
 * IP says its version itself, so that the family only has to be one that could be IP. */
static enum dissect_status
dissect_loopback(struct layers *layers)
{
	enum { FAMILY_IP4 = 2, FAMILY_IP6_LINUX = 10 };
	enum { FAMILY_IP6_BSD = 24, FAMILY_IP6_FREEBSD = 28, FAMILY_IP6_DARWIN = 30 };
	const uint8_t *header = bytes_take(&layers->bytes, 4);
	uint32_t family;

	if (header == NULL)
		return layers_failure(layers);
	family = load_be32(header);
	if (family > 0xffff)
		family = load_le32(header);
	switch (family) {
	case FAMILY_IP4:
	case FAMILY_IP6_LINUX:
	case FAMILY_IP6_BSD:
	case FAMILY_IP6_FREEBSD:
	case FAMILY_IP6_DARWIN:
		return ip_dissect(layers);
	default:
		break;
	}
	if (family >= ETHERTYPE_LEAST && family <= 0xffff) /* some writers put an ethertype here */
		return link_ethertype(layers, (uint16_t)family);
	return layers_not_tcp(layers);
}

static void
set_direction(struct layers *layers, unsigned packet_type)
{
	enum { TYPE_MULTICAST = 2, TYPE_OUTGOING = 4 };

	if (layers->packet->direction != FRAME_DIRECTION_UNKNOWN)
		return;
	if (packet_type == TYPE_OUTGOING)
		layers->packet->direction = FRAME_OUTBOUND;
	if (packet_type <= TYPE_MULTICAST)
		layers->packet->direction = FRAME_INBOUND;
}

/* Linux cooked: either an ethertype or one of Linux's own small numbers for what has none. */
static enum dissect_status
cooked_protocol(struct layers *layers, uint16_t protocol)
{
	enum { PROTOCOL_LLC = 4 };

	if (protocol == PROTOCOL_LLC)
		return link_llc(layers);
	if (protocol < ETHERTYPE_LEAST)
		return layers_not_tcp(layers);
	return link_ethertype(layers, protocol);
}

static enum dissect_status
dissect_cooked(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, 16);

	if (header == NULL)
		return layers_failure(layers);
	set_direction(layers, load_be16(header));
	if (load_be16(header + 4) == LINK_ADDRESS_LENGTH)
		layers->packet->link_source = layers_link_address(header + 6);
	return cooked_protocol(layers, load_be16(header + 14));
}

static enum dissect_status
dissect_cooked_2(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, 20);

	if (header == NULL)
		return layers_failure(layers);
	layers->packet->ifindex = load_be32(header + 4);
	set_direction(layers, header[10]);
	if (header[11] == LINK_ADDRESS_LENGTH)
		layers->packet->link_source = layers_link_address(header + 12);
	return cooked_protocol(layers, load_be16(header));
}

static enum dissect_status
dissect_fddi(struct layers *layers)
{
	enum { FRAME_CONTROL_MASK = 0xf0, FRAME_CONTROL_LLC = 0x50 };
	const uint8_t *header = bytes_take(&layers->bytes, 13);

	if (header == NULL)
		return layers_failure(layers);
	if ((header[0] & FRAME_CONTROL_MASK) != FRAME_CONTROL_LLC)
		return layers_not_tcp(layers);
	return link_llc(layers);
}

/* A serial line: PPP or, by its address byte, Cisco HDLC. */
static enum dissect_status
dissect_serial(struct layers *layers)
{
	enum { HDLC_UNICAST = 0x0f, HDLC_MULTICAST = 0x8f };
	const uint8_t *address = bytes_peek(&layers->bytes, 1);

	if (address != NULL && (*address == HDLC_UNICAST || *address == HDLC_MULTICAST))
		return typed_header(layers, 4);
	return link_ppp(layers);
}

/* One byte in front says the direction: 0 received, else sent. */
static enum dissect_status
dissect_directed_ppp(struct layers *layers)
{
	uint8_t sent = bytes_u8(&layers->bytes);

	if (layers->packet->direction == FRAME_DIRECTION_UNKNOWN)
		layers->packet->direction = sent != 0 ? FRAME_OUTBOUND : FRAME_INBOUND;
	return link_ppp(layers);
}

/* RFC 2427 3: address, control, a pad byte if need be, protocol identifier; Cisco has an ethertype
 * where the control byte should be. */
static enum dissect_status
dissect_frame_relay(struct layers *layers)
{
	enum { ADDRESS_END = 0x01, CONTROL = 0x03, PAD = 0x00 };
	enum { NLPID_SNAP = 0x80, NLPID_IP6 = 0x8e, NLPID_IP4 = 0xcc };
	const uint8_t *next;
	uint8_t identifier;

	do {
		next = bytes_take(&layers->bytes, 1);
	} while (next != NULL && (*next & ADDRESS_END) == 0);
	next = bytes_peek(&layers->bytes, 1);
	if (next != NULL && *next != CONTROL)
		return typed_header(layers, 2);
	bytes_skip(&layers->bytes, 1);
	identifier = bytes_u8(&layers->bytes);
	if (identifier == PAD)
		identifier = bytes_u8(&layers->bytes);
	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);
	if (identifier == NLPID_IP4 || identifier == NLPID_IP6)
		return ip_dissect(layers);
	if (identifier == NLPID_SNAP)
		return typed_header(layers, 5);
	return layers_not_tcp(layers);
}

/* Per-packet information: version, flags, own length, link type of what follows. */
static enum dissect_status
dissect_ppi(struct layers *layers)
{
	const uint8_t *header = bytes_peek(&layers->bytes, 8);

	if (header == NULL) {
		bytes_skip(&layers->bytes, 8);
		return layers_failure(layers);
	}
	bytes_skip(&layers->bytes, load_le16(header + 2));
	if (!layers_enter(layers) || load_le32(header + 4) > 0xffff)
		return DISSECT_UNSUPPORTED;
	return linktype_dissect(layers, (uint16_t)load_le32(header + 4));
}

/* Apple's: own length, kind, link type of what follows; the flags tell the direction. */
static enum dissect_status
dissect_pktap(struct layers *layers)
{
	enum { HEADER_LENGTH_MIN = 108, FLAGS_OFFSET = 36, FLAG_IN = 1, FLAG_OUT = 2 };
	const uint8_t *header = bytes_peek(&layers->bytes, HEADER_LENGTH_MIN);
	uint32_t flags;

	if (header == NULL) {
		bytes_skip(&layers->bytes, HEADER_LENGTH_MIN);
		return layers_failure(layers);
	}
	flags = load_le32(header + FLAGS_OFFSET);
	if (layers->packet->direction == FRAME_DIRECTION_UNKNOWN && (flags & FLAG_IN) != 0)
		layers->packet->direction = FRAME_INBOUND;
	if (layers->packet->direction == FRAME_DIRECTION_UNKNOWN && (flags & FLAG_OUT) != 0)
		layers->packet->direction = FRAME_OUTBOUND;
	bytes_skip(&layers->bytes, load_le32(header));
	if (!layers_enter(layers) || load_le32(header + 8) > 0xffff)
		return DISSECT_UNSUPPORTED;
	return linktype_dissect(layers, (uint16_t)load_le32(header + 8));
}

/* Netfilter log: attributes in the byte order of the host that logged; one holds the IP packet. */
static enum dissect_status
dissect_nflog(struct layers *layers)
{
	enum { PACKET_HEADER = 1, PAYLOAD = 9, HOOK_IN = 1, HOOK_OUT = 3, ATTRIBUTE_MAX = 0xff };
	const uint8_t *attribute, *hook;
	uint16_t length, type;
	struct bytes value;

	bytes_skip(&layers->bytes, 4);
	while ((attribute = bytes_take(&layers->bytes, 4)) != NULL) {
		length = load_le16(attribute);
		type = load_le16(attribute + 2);
		if (type > ATTRIBUTE_MAX) {
			length = load_be16(attribute);
			type = load_be16(attribute + 2);
		}
		if (length < 4)
			return DISSECT_MALFORMED;
		if (type == PAYLOAD) {
			bytes_limit(&layers->bytes, length - 4U);
			return ip_dissect(layers);
		}
		value = bytes_split(&layers->bytes, length - 4U + (-length & 3U));
		hook = bytes_peek(&value, 3);
		if (type != PACKET_HEADER || hook == NULL ||
		    layers->packet->direction != FRAME_DIRECTION_UNKNOWN)
			continue;
		if (hook[2] <= HOOK_IN)
			layers->packet->direction = FRAME_INBOUND;
		if (hook[2] == HOOK_OUT)
			layers->packet->direction = FRAME_OUTBOUND;
	}
	return layers_failure(layers);
}

/* OpenBSD's packet filter log: own length, rounded up to 4; then IP. */
static enum dissect_status
dissect_pflog(struct layers *layers)
{
	const uint8_t *header = bytes_peek(&layers->bytes, 1);

	bytes_skip(&layers->bytes, header == NULL ? 1 : (header[0] + 3U) & ~3U);
	return ip_dissect(layers);
}

/* RFC 4391 6, behind the 40 bytes of address that the capture format puts in front. */
static enum dissect_status
dissect_infiniband(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, 44);

	if (header == NULL)
		return layers_failure(layers);
	return link_ethertype(layers, load_be16(header + 40));
}

static enum dissect_status
dissect_firewire(struct layers *layers)
{
	return typed_header(layers, 18);
}

static enum dissect_status
dissect_cisco_hdlc(struct layers *layers)
{
	return typed_header(layers, 4);
}

typedef enum dissect_status link_dissector(struct layers *);

static link_dissector *
find_dissector(uint16_t linktype)
{
	switch ((enum linktype)linktype) {
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return dissect_loopback;
	case LINKTYPE_ETHERNET:
		return link_ethernet;
	case LINKTYPE_PPP:
	case LINKTYPE_PPP_HDLC:
		return dissect_serial;
	case LINKTYPE_PPP_ETHER:
		return link_pppoe;
	case LINKTYPE_PPP_PPPD:
	case LINKTYPE_PPP_WITH_DIR:
		return dissect_directed_ppp;
	case LINKTYPE_FDDI:
		return dissect_fddi;
	case LINKTYPE_RAW_BSD:
	case LINKTYPE_RAW_OPENBSD:
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return ip_dissect;
	case LINKTYPE_ATM_RFC1483:
		return link_llc;
	case LINKTYPE_C_HDLC:
		return dissect_cisco_hdlc;
	case LINKTYPE_IEEE802_11:
		return wireless_dissect;
	case LINKTYPE_IEEE802_11_RADIOTAP:
		return wireless_radiotap;
	case LINKTYPE_FRELAY:
		return dissect_frame_relay;
	case LINKTYPE_LINUX_SLL:
		return dissect_cooked;
	case LINKTYPE_LINUX_SLL2:
		return dissect_cooked_2;
	case LINKTYPE_PFLOG:
		return dissect_pflog;
	case LINKTYPE_APPLE_IP_OVER_IEEE1394:
		return dissect_firewire;
	case LINKTYPE_PPI:
		return dissect_ppi;
	case LINKTYPE_NFLOG:
		return dissect_nflog;
	case LINKTYPE_IPOIB:
		return dissect_infiniband;
	case LINKTYPE_PKTAP:
		return dissect_pktap;
	}
	return NULL;
}

bool
dissect_linktype_known(uint16_t linktype)
{
	return find_dissector(linktype) != NULL;
}

enum dissect_status
linktype_dissect(struct layers *layers, uint16_t linktype)
{
	link_dissector *dissector;

	if (linktype == LINKTYPE_ETHERNET)
		return link_ethernet(layers);
	dissector = find_dissector(linktype);
	if (dissector == NULL)
		return DISSECT_UNSUPPORTED;
	return dissector(layers);
}

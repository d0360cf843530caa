/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet and what may stand between a link header and IP: tags, LLC, MPLS, PPPoE, PPP. */
#include "dissect/layers.h"

enum {
	ETHERNET_HEADER_LENGTH = 14,
	ETHERNET_SOURCE_OFFSET = 6,
	ETHERNET_TYPE_OFFSET = 12,
	ETHERNET_LENGTH_MAX = 1500, /* IEEE 802.3 3.2.6: up to here the type field is a length */
	MPLS_LABEL_LENGTH = 4,
	MPLS_BOTTOM = 0x01, /* in the third byte of a label (RFC 3032 2.1) */
	MPLS_CONTROL_WORD_LENGTH = 4,
	PPPOE_HEADER_LENGTH = 6,
};

enum {
	ETHERTYPE_IP4 = 0x0800,
	ETHERTYPE_BRIDGING = 0x6558, /* an Ethernet frame (RFC 1701) */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IP6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_FABRIC_PATH = 0x8903,	    /* Cisco: a tag, then an Ethernet frame */
	ETHERTYPE_PROVIDER_BRIDGE = 0x88a8, /* IEEE 802.1ad */
	ETHERTYPE_BACKBONE_BRIDGE =
		0x88e7,		     /* IEEE 802.1ah: a service tag, then an Ethernet frame */
	ETHERTYPE_METADATA = 0x8909, /* Cisco security group tag */
	ETHERTYPE_VNTAG = 0x8926,    /* Cisco VN-Tag */
	ETHERTYPE_ETAG = 0x893f,     /* IEEE 802.1BR */
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_QINQ_OLDER = 0x9200,
};

static void
take_vlan(struct layers *layers)
{
	uint16_t tag = bytes_u16(&layers->bytes);

	if (layers->bytes.error != BYTES_OK)
		return;
	if (layers->vlan_count < PACKET_VLAN_MAX)
		layers->vlan[layers->vlan_count] = tag;
	layers->vlan_count++;
}

/* An Ethernet frame in an Ethernet frame, behind a tag. */
static enum dissect_status
inner_ethernet(struct layers *layers, uint32_t tag_length)
{
	bytes_skip(&layers->bytes, tag_length);
	if (!layers_enter(layers))
		return DISSECT_UNSUPPORTED;
	return link_ethernet(layers);
}

/* What an ethertype that is no tag announces. */
static enum dissect_status
untagged(struct layers *layers, uint16_t type)
{
	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);
	switch (type) {
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return link_mpls(layers);
	case ETHERTYPE_PPPOE_SESSION:
		return link_pppoe(layers);
	case ETHERTYPE_PPP:
		return link_ppp(layers);
	case ETHERTYPE_BRIDGING:
		return inner_ethernet(layers, 0);
	case ETHERTYPE_FABRIC_PATH:
		return inner_ethernet(layers, 2);
	case ETHERTYPE_BACKBONE_BRIDGE:
		return inner_ethernet(layers, 4);
	default:
		break;
	}
	if (type > ETHERNET_LENGTH_MAX)
		return layers_not_tcp(layers);
	return link_llc(layers); /* the IP length inside says more than this one */
}

enum dissect_status
link_ethertype(struct layers *layers, uint16_t type)
{
	for (unsigned tags = 0; tags <= LAYERS_TAGS_MAX; tags++) {
		switch (type) {
		case ETHERTYPE_IP4:
		case ETHERTYPE_IP6:
			return ip_dissect(layers);
		case ETHERTYPE_VLAN:
		case ETHERTYPE_PROVIDER_BRIDGE:
		case ETHERTYPE_QINQ_OLD:
		case ETHERTYPE_QINQ_OLDER:
			take_vlan(layers);
			break;
		case ETHERTYPE_VNTAG:
			bytes_skip(&layers->bytes, 4);
			break;
		case ETHERTYPE_METADATA:
		case ETHERTYPE_ETAG:
			bytes_skip(&layers->bytes, 6);
			break;
		default:
			return untagged(layers, type);
		}
		type = bytes_u16(&layers->bytes);
	}
	return DISSECT_UNSUPPORTED;
}

enum dissect_status
link_ethernet(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, ETHERNET_HEADER_LENGTH);

	if (header == NULL)
		return layers_failure(layers);
	layers->vlan_count = 0;
	layers->packet->link_source = layers_link_address(header + ETHERNET_SOURCE_OFFSET);
	return link_ethertype(layers, load_be16(header + ETHERNET_TYPE_OFFSET));
}

/* IEEE 802.2: destination, source, control; SNAP adds an organisation and a type. */
enum dissect_status
link_llc(struct layers *layers)
{
	enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, UNNUMBERED_INFORMATION = 0x03 };
	enum { ORGANISATION_ETHERTYPE = 0x000000, ORGANISATION_BRIDGE_TUNNEL = 0x0000f8 };
	const uint8_t *llc = bytes_take(&layers->bytes, 3);
	uint32_t organisation;
	uint16_t type;

	if (llc == NULL)
		return layers_failure(layers);
	if (llc[2] != UNNUMBERED_INFORMATION)
		return layers_not_tcp(layers);
	if (llc[0] == SAP_IP)
		return ip_dissect(layers);
	if (llc[0] != SAP_SNAP)
		return layers_not_tcp(layers);
	organisation = bytes_u24(&layers->bytes);
	type = bytes_u16(&layers->bytes);
	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);
	if (organisation != ORGANISATION_ETHERTYPE && organisation != ORGANISATION_BRIDGE_TUNNEL)
		return layers_not_tcp(layers);
	if (type <= ETHERNET_LENGTH_MAX)
		return layers_not_tcp(layers);
	return link_ethertype(layers, type);
}

/* Whether an Ethernet frame seems to start offset bytes ahead: only its type can tell. */
static bool
looks_like_ethernet(const struct bytes *bytes, uint32_t offset)
{
	const uint8_t *header = bytes_peek(bytes, offset + ETHERNET_HEADER_LENGTH);

	if (header == NULL)
		return false;
	switch (load_be16(header + offset + ETHERNET_TYPE_OFFSET)) {
	case ETHERTYPE_IP4:
	case ETHERTYPE_IP6:
	case ETHERTYPE_VLAN:
	case ETHERTYPE_PROVIDER_BRIDGE:
	case ETHERTYPE_QINQ_OLD:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_PPPOE_SESSION:
		return true;
	default:
		return false;
	}
}

/* An Ethernet pseudowire, with the control word of RFC 4448 4.6 or without. The word starts with a
 * zero nibble, but so does many a hardware address; it is all zero where nothing is numbered. */
static enum dissect_status
pseudowire(struct layers *layers)
{
	const uint8_t *word = bytes_peek(&layers->bytes, MPLS_CONTROL_WORD_LENGTH);
	bool behind_word = looks_like_ethernet(&layers->bytes, MPLS_CONTROL_WORD_LENGTH);

	if (!layers_enter(layers))
		return DISSECT_UNSUPPORTED;
	if (behind_word && load_be32(word) == 0) {
		bytes_skip(&layers->bytes, MPLS_CONTROL_WORD_LENGTH);
		return link_ethernet(layers);
	}
	if (looks_like_ethernet(&layers->bytes, 0))
		return link_ethernet(layers);
	if (behind_word && word[0] >> 4 == 0) {
		bytes_skip(&layers->bytes, MPLS_CONTROL_WORD_LENGTH);
		return link_ethernet(layers);
	}
	return layers_not_tcp(layers);
}

/* A label stack does not say what it carries; the first nibble does (RFC 4928 3). */
enum dissect_status
link_mpls(struct layers *layers)
{
	const uint8_t *label;
	unsigned labels = 0;

	do {
		if (labels++ == LAYERS_LABELS_MAX)
			return DISSECT_UNSUPPORTED;
		label = bytes_take(&layers->bytes, MPLS_LABEL_LENGTH);
		if (label == NULL)
			return layers_failure(layers);
	} while ((label[2] & MPLS_BOTTOM) == 0);

	if (bytes_peek(&layers->bytes, 1) == NULL) {
		bytes_skip(&layers->bytes, 1);
		return layers_failure(layers);
	}
	switch (*layers->bytes.at >> 4) {
	case 4:
	case 6:
		return ip_dissect(layers);
	case 1: /* a channel of the pseudowire's own (RFC 4385 5) */
		return layers_not_tcp(layers);
	default:
		return pseudowire(layers);
	}
}

/* RFC 2516 4: version and type, code, session, length; code 0 carries PPP. */
enum dissect_status
link_pppoe(struct layers *layers)
{
	const uint8_t *header = bytes_take(&layers->bytes, PPPOE_HEADER_LENGTH);

	if (header == NULL)
		return layers_failure(layers);
	if (header[1] != 0)
		return layers_not_tcp(layers);
	bytes_limit(&layers->bytes, load_be16(header + 4));
	return link_ppp(layers);
}

enum dissect_status
link_ppp(struct layers *layers)
{
	enum { ADDRESS_AND_CONTROL = 0xff03, COMPRESSED_NUMBER = 0x01 };
	enum { PPP_IP4 = 0x0021, PPP_IP6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };
	const uint8_t *framing = bytes_peek(&layers->bytes, 2);
	uint16_t protocol;

	if (framing != NULL && load_be16(framing) == ADDRESS_AND_CONTROL)
		bytes_skip(&layers->bytes, 2);

	/* The low bit ends the number, so that 0x0021 may be sent as 0x21 (RFC 1661 2, 6.5). */
	protocol = bytes_u8(&layers->bytes);
	if ((protocol & COMPRESSED_NUMBER) == 0)
		protocol = (uint16_t)(protocol << 8 | bytes_u8(&layers->bytes));
	if (layers->bytes.error != BYTES_OK)
		return layers_failure(layers);
	switch (protocol) {
	case PPP_IP4:
	case PPP_IP6:
		return ip_dissect(layers);
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return link_mpls(layers);
	default:
		return layers_not_tcp(layers);
	}
}

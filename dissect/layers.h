/* SPDX-License-Identifier: BSD-2-Clause */
/* What the layers of the dissector hand each other; for the files of dissect/ only. */
#ifndef TCPWHY_LAYERS_H
#define TCPWHY_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/bytes.h"
#include "dissect/dissect.h"
#include "dissect/packet.h"

enum {
	LAYERS_NESTING_MAX = 8, /* tunnels in tunnels; deeper is unsupported */
	LAYERS_TAGS_MAX = 16,	/* VLAN and similar tags in one Ethernet frame */
	LAYERS_LABELS_MAX = 16, /* MPLS labels in one stack */
};

/* The dissection of one frame on its way inwards: the reader stands before the next header. */
struct layers {
	struct packet *packet;
	struct bytes bytes;
	uint32_t ip_claimed; /* bytes of IP payload as the IP header claims, whatever is there */
	bool quoted;	     /* inside an ICMP error: lengths may lie and most may be missing */
	bool checksum_moot;  /* the TCP checksum covers an address that we do not know */
	uint8_t nesting;     /* tunnels entered */
	uint8_t tunnel;	     /* enum tunnel_kind, the innermost */
	uint16_t vlan_count; /* tags of the innermost Ethernet frame */
	uint16_t vlan[PACKET_VLAN_MAX]; /* with their priority bits */
	uint32_t tunnel_id;
};

/* The status that the reader's failure amounts to. */
static inline enum dissect_status
layers_failure(const struct layers *layers)
{
	return layers->bytes.error == BYTES_CUT ? DISSECT_TRUNCATED : DISSECT_MALFORMED;
}

static inline enum dissect_status
layers_not_tcp(struct layers *layers)
{
	layers->packet->kind = PACKET_NOT_TCP;
	return DISSECT_OK;
}

/* A hardware address of six bytes as a number. */
static inline uint64_t
layers_link_address(const uint8_t *address)
{
	return (uint64_t)load_be16(address) << 32 | load_be32(address + 2);
}

/* Counts one more encapsulation; false when there are too many. */
static inline bool
layers_enter(struct layers *layers)
{
	return ++layers->nesting <= LAYERS_NESTING_MAX;
}

static inline void
layers_set_tunnel(struct layers *layers, enum tunnel_kind kind, uint32_t id)
{
	layers->tunnel = (uint8_t)kind;
	layers->tunnel_id = id;
}

/* Each of these dissects what the reader stands before, and all that is inside. */

enum dissect_status linktype_dissect(struct layers *layers, uint16_t linktype);
enum dissect_status link_ethernet(struct layers *layers);
enum dissect_status link_ethertype(struct layers *layers, uint16_t type);
enum dissect_status link_llc(struct layers *layers);
enum dissect_status link_mpls(struct layers *layers);
enum dissect_status link_pppoe(struct layers *layers);
/* PPP with or without the address and control bytes, and with compressed protocol numbers. */
enum dissect_status link_ppp(struct layers *layers);

/* IEEE 802.11, bare or behind a radiotap header. */
enum dissect_status wireless_dissect(struct layers *layers);
enum dissect_status wireless_radiotap(struct layers *layers);

/* IPv4 or IPv6, whichever the first nibble says. */
enum dissect_status ip_dissect(struct layers *layers);
/* Reads the IP header and the extension headers behind it into layers->packet, up to the first
 * header of *ret_protocol. A fragment leaves kind PACKET_FRAGMENT and the fragment members. */
enum dissect_status ip_header(struct layers *layers, uint8_t *ret_protocol);
/* What follows an IP header whose extension headers may still be in front. */
enum dissect_status ip_payload(struct layers *layers, uint8_t protocol);

enum dissect_status tunnel_gre(struct layers *layers);
enum dissect_status tunnel_udp(struct layers *layers);
enum dissect_status tunnel_ip(struct layers *layers);
enum dissect_status tunnel_etherip(struct layers *layers);

enum dissect_status tcp_dissect(struct layers *layers);
/* Reads TCP options, captured of length bytes, into packet; what is wrong becomes a defect. */
void tcp_options(struct packet *packet, const uint8_t *at, uint32_t captured, uint32_t length);
/* The first bytes of a TCP header inside an ICMP error, into *ret_packet. */
enum dissect_status tcp_quoted(struct layers *layers, struct packet *ret_packet);

/* ICMP (IPv4) or ICMPv6, by packet->ip_version. */
enum dissect_status icmp_dissect(struct layers *layers);

#endif

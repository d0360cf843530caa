/* SPDX-License-Identifier: BSD-2-Clause */
/* One dissected frame: all that the analyzer ever sees of the wire, flat and in host byte order. */
#ifndef TCPWHY_PACKET_H
#define TCPWHY_PACKET_H

#include <stdbool.h>
#include <stdint.h>

/* An IP address; IPv4 is kept as ::ffff:a.b.c.d, so that one comparison serves both. */
struct ip_addr {
	uint64_t hi, lo; /* the two halves, host order */
};

static inline bool
ip_addr_equal(struct ip_addr a, struct ip_addr b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

enum packet_kind {
	PACKET_NOT_TCP,	   /* well understood, and neither TCP nor an ICMP error about TCP */
	PACKET_TCP,	   /* the segment members are valid */
	PACKET_ICMP_ERROR, /* the icmp members and the quoted segment's ports and seq are valid */
	PACKET_FRAGMENT,   /* a piece of an IP packet that may hold TCP or ICMP: see the end */
};

/* TCP flag bits as in byte 13 of the header (RFC 9293 3.1). */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

/* Which options were present. Absent is not zero: look here before reading the member. */
enum tcp_option_bit {
	TCP_HAS_MSS = 1U << 0,		  /* RFC 9293 3.7.1 */
	TCP_HAS_WSCALE = 1U << 1,	  /* RFC 7323 2 */
	TCP_HAS_SACK_PERMITTED = 1U << 2, /* RFC 2018 2 */
	TCP_HAS_TIMESTAMP = 1U << 3,	  /* RFC 7323 3 */
	TCP_HAS_SACK = 1U << 4,		  /* RFC 2018 3 */
	TCP_HAS_FAST_OPEN = 1U << 5,	  /* RFC 7413 4.1.1; experimental kind 254/0xf989 too */
	TCP_HAS_MPTCP = 1U << 6,	  /* RFC 8684 */
	TCP_HAS_MD5 = 1U << 7,		  /* RFC 2385 */
	TCP_HAS_AO = 1U << 8,		  /* RFC 5925 */
	TCP_HAS_UNKNOWN = 1U << 9,	  /* a kind that is none of the above */
};

/* Oddities that leave a packet usable. */
enum packet_defect {
	DEFECT_SNAPPED = 1U << 0,	   /* snaplen cut payload (headers are whole) */
	DEFECT_OPTIONS_CUT = 1U << 1,	   /* TCP options not all captured */
	DEFECT_OPTION_LENGTH = 1U << 2,	   /* an option's length lies; those before it were read */
	DEFECT_IP_LENGTH_ZERO = 1U << 3,   /* length 0 from segmentation offload: wirelen used */
	DEFECT_IP_LENGTH_BEYOND = 1U << 4, /* IP length exceeds the frame's wire length */
	DEFECT_FIRST_FRAGMENT = 1U << 5,   /* segment seen through its first fragment only */
	DEFECT_REASSEMBLED = 1U << 6,	   /* put together from fragments */
	DEFECT_MPTCP_DATA_FIN = 1U << 7,   /* MPTCP DSS option carries DATA_FIN (RFC 8684 3.3.3) */
};

/* What was found out about the TCP checksum. Offloaded senders leave the pseudo-header sum in place
 * (partial); that happens only on the sending host, so it tells the vantage too. */
enum checksum_state {
	CHECKSUM_UNKNOWN, /* not all bytes captured, or too long to be worth summing */
	CHECKSUM_GOOD,
	CHECKSUM_PARTIAL,
	CHECKSUM_BAD,
};

enum {
	PACKET_VLAN_MAX = 2,	   /* tags kept; deeper stacks are walked, not kept */
	PACKET_SACK_MAX = 4,	   /* blocks that fit 40 bytes of options */
	CHECKSUM_LENGTH_MAX = 256, /* longest TCP segment that is summed, bytes */
};

/* The innermost tunnel around the packet. */
enum tunnel_kind {
	TUNNEL_NONE,
	TUNNEL_IPIP,   /* IP directly in IP (4, 41), or Ethernet (97) */
	TUNNEL_GRE,    /* id: the GRE key, 0 without; PPTP has none */
	TUNNEL_ERSPAN, /* id: the session number */
	TUNNEL_VXLAN,  /* id: the VNI */
	TUNNEL_GENEVE, /* id: the VNI */
	TUNNEL_GTPU,   /* no id: the TEID differs between the directions of a flow */
	TUNNEL_L2TP,   /* no id, for the same reason */
};

/* Parallel networks that may use the same addresses, packed so that one comparison tells them
 * apart: bits 0..31 tunnel id, 32..35 enum tunnel_kind, 36..48 first VLAN (bit 48: present),
 * 49..61 second VLAN (bit 61: present). The VLANs are those of the innermost Ethernet frame.
 * 0: none. */
typedef uint64_t packet_context;

static inline packet_context
packet_context_make(const uint16_t *vlan, unsigned vlan_count, enum tunnel_kind kind, uint32_t id)
{
	packet_context context = id | (packet_context)kind << 32;
	if (vlan_count > 0)
		context |= (packet_context)(vlan[0] & 0xfff) << 36 | (packet_context)1 << 48;
	if (vlan_count > 1)
		context |= (packet_context)(vlan[1] & 0xfff) << 49 | (packet_context)1 << 61;
	return context;
}

/* What the tracker reads of every segment stands in the first two cache lines. */
struct packet {
	struct ip_addr src, dst;
	packet_context context;

	/* the segment (PACKET_TCP) */
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint32_t payload_length; /* bytes, from the IP length, never from caplen */
	uint16_t window;	 /* as on the wire, unscaled */
	uint16_t options;	 /* enum tcp_option_bit bits */
	uint8_t kind;		 /* enum packet_kind */
	uint8_t flags;		 /* enum tcp_flag bits */
	uint8_t checksum;	 /* enum checksum_state, of the TCP segment */
	uint8_t ip_version;	 /* 4 or 6 */

	int64_t ts_ns;	  /* from the frame */
	uint32_t frame;	  /* the frame's number */
	uint32_t defects; /* enum packet_defect bits */
	uint32_t tsval, tsecr;
	const uint8_t *payload;	   /* captured part, inside the frame's data; NULL when none */
	uint32_t payload_captured; /* bytes at payload */
	uint16_t source;	   /* the frame's source (file) */
	uint16_t interface;
	uint16_t ip_id;
	uint16_t checksum_field; /* as on the wire; a cheap fingerprint of header and payload */
	uint16_t mss;
	uint16_t vlan_count; /* tags of the innermost Ethernet frame, those not kept included */
	uint8_t direction;   /* enum frame_direction */
	uint8_t ttl;	     /* IPv4 TTL or IPv6 hop limit */
	uint8_t tos;	     /* IPv4 TOS or IPv6 traffic class */
	uint8_t wscale;	     /* shift, not bounded here (RFC 7323 2.3: above 14 means 14) */
	uint8_t sack_count;
	uint8_t mptcp_subtype; /* RFC 8684: 0 MP_CAPABLE, 1 MP_JOIN, 2 DSS, ... 7 MP_FASTCLOSE */
	uint8_t fast_open_cookie_length; /* bytes; 0 asks for a cookie */
	bool has_ip_id;			 /* IPv4 only */
	bool dont_fragment;		 /* IPv6: always */
	uint32_t ifindex; /* interface number of a Linux cooked v2 capture; 0: not known */

	/* who put the frame on this wire: the sender or the last router before us; the MAC address of
	 * the innermost Ethernet or cooked header as a number of 48 bits, 0: not known */
	uint64_t link_source;

	struct {
		uint32_t left, right;
	} sack[PACKET_SACK_MAX]; /* the first sack_count are valid */

	/* the error (PACKET_ICMP_ERROR): src is who says so; the quoted packet's own addresses are
	 * quoted_src and quoted_dst, its ports and seq stand in src_port, dst_port and seq above.
	 * payload_length, flags and ack are those quoted if has_quoted_flags. */
	struct ip_addr quoted_src, quoted_dst;
	uint32_t icmp_mtu; /* next-hop MTU of "fragmentation needed" and "packet too big", else 0 */
	uint8_t icmp_type, icmp_code;
	bool has_quoted_flags; /* 14 or more bytes of the TCP header were quoted */

	/* the fragment (PACKET_FRAGMENT): offset and length in bytes of the IP payload; its bytes
	 * are at payload, payload_captured of them captured */
	bool fragment_more;
	uint8_t fragment_protocol; /* IPPROTO of the payload, as the first fragment says */
	uint16_t fragment_offset;
	uint16_t fragment_length;
	uint32_t fragment_id;
};

#endif

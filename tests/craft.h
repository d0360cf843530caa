/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets made to order for tests: headers by libnet, what libnet cannot do by patching bytes. */
#ifndef TCPWHY_CRAFT_H
#define TCPWHY_CRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CRAFT_MAX = 70000, /* the longest IP packet, and room for what is put around it */
	CRAFT_OPTIONS_MAX = 40,
};

/* Bytes under construction. */
struct craft_buffer {
	uint8_t data[CRAFT_MAX];
	size_t length;
};

struct craft_address {
	uint8_t bytes[16]; /* network order; IPv4 uses the first four */
	uint8_t version;   /* 4 or 6 */
};

/* What all IP packets have. */
struct craft_ip {
	struct craft_address src, dst;
	uint16_t id;
	uint8_t ttl, tos;
	bool dont_fragment;
};

enum craft_checksum { CRAFT_CHECKSUM_GOOD, CRAFT_CHECKSUM_BAD, CRAFT_CHECKSUM_PARTIAL };

struct craft_segment {
	struct craft_ip ip;
	uint16_t src_port, dst_port, window;
	uint32_t seq, ack;
	uint8_t flags;
	uint8_t checksum;      /* enum craft_checksum */
	uint8_t option_length; /* a multiple of 4 */
	uint8_t options[CRAFT_OPTIONS_MAX];
	const uint8_t *payload;
	size_t payload_length;
};

/* What stands below IP in a frame. */
enum craft_link { CRAFT_ETHERNET, CRAFT_RAW, CRAFT_NULL, CRAFT_SLL, CRAFT_SLL2 };

struct craft_frame {
	enum craft_link link;
	uint16_t vlan[2]; /* outer first */
	uint8_t vlan_count;
	bool outgoing;	  /* for SLL and SLL2: this host sent it */
	bool from_client; /* chooses the Ethernet addresses */
	bool vxlan;
	uint32_t vni;
	bool pad; /* to the 60 bytes of the shortest Ethernet frame, as a receiver sees it */
};

struct craft;

/* Returns NULL when libnet cannot be set up. No device is opened, no privilege needed. */
struct craft *craft_new(void);
void craft_free(struct craft *craft);

/* Each fills *ret_packet with an IP packet; 0 on success, -1 when libnet fails. */
int craft_tcp(struct craft *craft, const struct craft_segment *segment,
	      struct craft_buffer *ret_packet);
int craft_udp(struct craft *craft, const struct craft_ip *ip, uint16_t src_port, uint16_t dst_port,
	      const uint8_t *payload, size_t length, struct craft_buffer *ret_packet);
/* value: the four bytes after the checksum, such as an MTU. quote: the packet complained about. */
int craft_icmp(struct craft *craft, const struct craft_ip *ip, uint8_t type, uint8_t code,
	       uint32_t value, const uint8_t *quote, size_t quote_length,
	       struct craft_buffer *ret_packet);
/* One fragment of a packet made above: bytes offset..offset+length of its IP payload. */
int craft_fragment(struct craft *craft, const struct craft_ip *ip,
		   const struct craft_buffer *packet, size_t offset, size_t length, bool more,
		   struct craft_buffer *ret_packet);
/* Puts the link layer, and a VXLAN tunnel if wanted, around an IP packet. */
int craft_link(struct craft *craft, const struct craft_frame *frame,
	       const struct craft_buffer *packet, struct craft_buffer *ret_frame);

/* The payload of the IP packet: what fragments divide. */
size_t craft_ip_header_length(const struct craft_buffer *packet);
/* Makes the IPv4 header claim this total length, with a checksum that fits. */
void craft_claim_length(struct craft_buffer *packet, uint16_t total_length);
uint16_t craft_linktype(enum craft_link link);

#endif

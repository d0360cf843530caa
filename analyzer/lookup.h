/* SPDX-License-Identifier: BSD-2-Clause */
/* Which flow does a packet belong to, and in which direction? Roles, port reuse, parallel networks. */
#ifndef TCPWHY_LOOKUP_H
#define TCPWHY_LOOKUP_H

#include "analyzer/application.h"
#include "analyzer/flow.h"
#include "analyzer/flowtab.h"

enum { LISTENERS = 1024, HOSTS = 1024 };

struct lookup {
	struct flowtab *table;
	/* Endpoints that were seen to send a SYN-ACK; newer ones overwrite. Not keyed: which are
	 * remembered shows in the roles of mid-stream flows, and must depend on the packets alone. */
	struct listener_endpoint {
		struct ip_addr addr;
		uint16_t port;
		uint8_t protocol; /* enum protocol that it spoke first, PROTOCOL_UNKNOWN at first */
		bool used;
	} listeners[LISTENERS];
	/* The TTL that packets of a host have here, for judging flows in which it is silent. */
	struct host {
		struct ip_addr addr;
		uint8_t ttl; /* 0: unused */
	} hosts[HOSTS];
};

struct found {
	flow_id id;	    /* the flow, or with make_new the one that it replaces; 0 none */
	enum direction dir; /* of the packet in that flow, or in the new one */
	enum role role;	    /* for a new one */
	bool make_new;
};

/* Recent endings at one listener. */
struct sibling {
	struct ip_addr server;
	int64_t last_ns; /* latest beginning of such a flow */
	uint16_t port;
	uint8_t code;  /* enum verdict_code */
	uint8_t count; /* in a row, none more than siblings_ns after the one before */
};

enum { SIBLINGS = 1024 };

/* Notes that a flow to this listener got this verdict; returns how many did before it, lately. */
unsigned siblings_note(struct sibling siblings[SIBLINGS], const struct flow *flow, uint8_t code);
/* Only asks. */
unsigned siblings_count(const struct sibling siblings[SIBLINGS], const struct flow *flow,
			uint8_t code);

/* Finds the flow of a TCP segment, or says that a new one is due.
 * duplicate: the segment is a second capture, so its VLAN or tunnel may be another one. */
void lookup_packet(const struct lookup *lookup, const struct packet *packet, uint32_t hash,
		   bool duplicate, struct found *ret_found);

/* Finds the flow that an ICMP error complains about; dir is that of the quoted packet. */
bool lookup_quoted(const struct lookup *lookup, const struct packet *packet, uint32_t hash,
		   struct found *ret_found);

/* Remembers that this endpoint answers SYNs, and asks whether it did lately. */
void lookup_note_listener(struct lookup *lookup, struct ip_addr addr, uint16_t port);
bool lookup_listens(const struct lookup *lookup, struct ip_addr addr, uint16_t port);

/* Remembers which protocol a listener speaks, and asks for it: PROTOCOL_UNKNOWN when not known. */
void lookup_note_protocol(struct lookup *lookup, struct ip_addr addr, uint16_t port,
			  enum protocol protocol);
enum protocol lookup_protocol(const struct lookup *lookup, struct ip_addr addr, uint16_t port);

/* Remembers the TTL of a packet that was surely made by this host's own TCP, and asks for it: 0 when
 * unknown. */
void lookup_note_host(struct lookup *lookup, struct ip_addr addr, uint8_t ttl);
uint8_t lookup_host_ttl(const struct lookup *lookup, struct ip_addr addr);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in words for tests of the analyzer: one string per segment, told by two endpoints.
 *
 *   "> S 0(0)"               the client sends its SYN
 *   "< S. 0(0) ack 1"        the server answers with SYN-ACK
 *   "+20 > P. 1(100) ack 1"  20 ms later the client sends its first 100 bytes
 *
 * First the time since the segment before in milliseconds (without: 1), then who sends (">" the
 * client, "<" the server), the flags as tcpdump prints them ("-" none), the sequence number
 * relative to the sender's ISN with the length of the payload in parentheses, and the unusual:
 *   ack N    relative to the ISN of the other side
 *   win N    window, else 1000         wscale N, mss N, sackok   options
 *   ttl N    else 64                   ts N, ecr N               timestamp option
 *   id N     IP ID, else counted       tos N                     else 0
 *   bad, partial                       checksum, else good
 *   vlan N                             else none
 *   sum N                              checksum field, else 0
 *   cut                                the snapshot has none of the payload
 */
#ifndef TCPWHY_TESTS_FEED_H
#define TCPWHY_TESTS_FEED_H

#include <stddef.h>

#include "analyzer/flowtab.h"
#include "analyzer/segment.h"
#include "analyzer/tracker.h"

/* Two endpoints, and where they stand in time. */
struct talk {
	struct ip_addr client, server;
	uint16_t client_port, server_port;
	uint16_t client_id, server_id; /* of their next packets */
	uint32_t client_isn, server_isn;
	uint8_t ip_version;
	int64_t now_ns;
	uint32_t frame; /* of the segment before */
};

/* IPv4 address from its number, such as 0x0a000001. */
struct ip_addr ipv4(uint32_t number);

/* 10.0.0.1:40000 talks to 10.0.0.2:9000, from ISN 1000 and 5000. */
struct talk talk_init(void);

/* The next segment. Words that are not understood abort the test. */
struct packet talk_packet(struct talk *talk, const char *words);

enum direction packet_direction(const struct talk *talk, const struct packet *packet);

/* One flow and what is done to it, without a tracker. */
struct scene {
	struct talk talk;
	struct limits limits;
	struct tracker_stats stats;
	struct flowtab *table;
	struct flow *flow;
};

void scene_init(struct scene *scene);
void scene_release(struct scene *scene);

/* Applies segments, each in words of its own, up to a NULL. */
void scene_play(struct scene *scene, ...);

/* SYN, SYN-ACK, ACK; both offer a window of 1000 bytes. */
void scene_handshake(struct scene *scene);

/* What a tracker said of one flow. The flow's detail, if any, is copied too. */
struct ended {
	struct flow flow;
	struct detail detail;
	struct verdict verdict;
};

enum { ENDED_MAX = 1024 };

/* A tracker, and the flows it has decided. */
struct watch {
	struct talk talk;
	struct tracker_options options;
	struct tracker *tracker;
	size_t ended_count;
	struct ended *ended; /* the first ENDED_MAX */
};

/* Defaults; change watch->options before watch_start(). */
void watch_init(struct watch *watch);
void watch_start(struct watch *watch);
void watch_release(struct watch *watch);

void watch_play(struct watch *watch, ...);
void watch_finish(struct watch *watch);

/* The verdict's slug of the flow that was decided as number index. */
const char *watch_slug(const struct watch *watch, size_t index);

#endif

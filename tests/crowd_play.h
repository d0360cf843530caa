/* SPDX-License-Identifier: BSD-2-Clause */
/* Plays: conversations of one client and one server that a crowd performs again and again, each
 * time with other addresses, ports, numbers and times. */
#ifndef TCPWHY_CROWD_PLAY_H
#define TCPWHY_CROWD_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/craft.h"
#include "tests/script.h"

enum {
	PLAY_CLIENT = 0, /* indexes of sides */
	PLAY_SERVER = 1,
	PLAY_PORTS_MAX = 8,    /* connections of one play */
	PLAY_FRAME_GROWTH = 4, /* bytes that a copy may have more than its frame: a VLAN tag */
};

struct play {
	char *name;
	struct script *script;
	struct craft_address address[2];
	uint16_t server_port;
	uint16_t client_ports[PLAY_PORTS_MAX];
	unsigned client_port_count;
	uint8_t ttl[2];	    /* of the first frame of each side */
	int64_t start_ns;   /* of the first frame; what follows is relative to it */
	int64_t second_ns;  /* when the longest silence ends */
	int64_t silence_ns; /* its length */
	/* a timestamp value of each side and when it was valid */
	bool has_clock[2];
	uint32_t clock_value[2];
	int64_t clock_ns[2];
};

/* The timestamp clock of a side: value at the start of the crowd, ticks per second. */
struct clone_clock {
	uint32_t value;
	uint32_t rate;
};

/* What is different in one performance. */
struct clone {
	struct craft_address address[2];
	uint16_t server_port;
	uint16_t client_ports[PLAY_PORTS_MAX];
	uint32_t seq_offset[2];
	uint16_t id_offset[2];
	struct clone_clock clock[2];
	/* from the start of the crowd, of what comes before and after the longest silence */
	int64_t first_ns, second_ns;
	uint8_t ttl[2];		     /* 0: as in the play */
	const uint8_t *mac[2];	     /* NULL: as in the play */
	const uint16_t *vlan;	     /* NULL: as in the play */
	struct craft_address router; /* that sends ICMP errors; version 0: as in the play */
};

/* Loads a scenario as a play. On failure returns NULL and writes why into text. */
struct play *play_load(const char *path, const char *name, char *text, size_t text_size);
void play_free(struct play *play);

/* When a frame of the play is sent, nanoseconds since the start of the crowd. */
int64_t play_time(const struct play *play, const struct clone *clone, int64_t ts_ns);

/* Whether frames of the play at index are performed at all: those without TCP are not. */
bool play_performs(const struct play *play, size_t index);

/* Writes the frame at index as the clone sends it into data, which has room for its caplen and
 * PLAY_FRAME_GROWTH. Returns the captured length. *ret_side: who sent it. */
uint32_t play_perform(const struct play *play, size_t index, const struct clone *clone,
		      uint8_t *data, unsigned *ret_side);

#endif

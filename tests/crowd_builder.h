/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the crowd parser share: words of a line, plays, frames so far. */
#ifndef TCPWHY_CROWD_BUILDER_H
#define TCPWHY_CROWD_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/crowd.h"
#include "tests/crowd_play.h"
#include "tests/crowd_random.h"

enum {
	CROWD_WORDS_MAX = 64,
	CROWD_PLAYS_MAX = 64,
	CROWD_DROPS_MAX = 8,
	CROWD_HOSTS_MAX = 16, /* parts of a list of addresses */
};

/* A frame before the filters. */
struct crowd_frame {
	struct frame frame;
	size_t order;  /* in which it was made: for a stable sort */
	unsigned side; /* who sent it */
};

/* Endpoints and ports that were used: hashes in a table with open addressing, 0 is free. */
struct crowd_tuples {
	uint64_t *hashes;
	size_t count, size;
};

/* The capture loses frames. */
struct crowd_drop {
	uint64_t per_million;
	int side; /* whose frames; -1: of both */
	int64_t from_ns, to_ns;
	uint64_t seed;
};

struct crowd_builder {
	struct crowd *crowd;
	const char *path;
	unsigned line;
	char *error; /* the caller's text */
	size_t error_size;
	char *words[CROWD_WORDS_MAX];
	size_t word_count, word; /* word: the next one to be read */
	struct play *plays[CROWD_PLAYS_MAX];
	size_t play_count;
	struct crowd_frame *frames;
	size_t frame_count, frame_max;
	struct crowd_tuples tuples;
	struct crowd_drop drops[CROWD_DROPS_MAX];
	size_t drop_count;
	int64_t since_ns, until_ns;
	uint32_t snap; /* 0: frames are whole */
	uint64_t traffic_lines;
};

/* Part of a list of addresses: those from first to last in turn, or any of a prefix. */
struct crowd_hosts_part {
	struct craft_address first, last;
	uint8_t prefix_length; /* of first; 0: a range */
	uint64_t size;	       /* of the range */
};

/* Where addresses are taken from. */
struct crowd_hosts {
	struct crowd_hosts_part parts[CROWD_HOSTS_MAX];
	unsigned count; /* 0: any address in the world */
};

enum crowd_pace { PACE_RANDOM, PACE_EVEN, PACE_POISSON, PACE_EVERY, PACE_AT };

/* How the second part of a play is timed. */
enum crowd_then { THEN_AS_PLAYED, THEN_AT, THEN_AFTER };

/* A line of traffic, parsed. */
struct traffic {
	uint64_t count;
	const struct play *play;
	struct crowd_hosts from, to;
	uint16_t port_first, port_last;	    /* of the server, in turn */
	uint16_t sport_first, sport_last;   /* of the client, in turn; 0: random and never twice */
	uint16_t sport_modulus, sport_rest; /* of the client's ports; modulus 0: any port */
	bool sport_unlike;		    /* any other rest than this */
	enum crowd_pace pace;
	int64_t begin_ns, end_ns; /* of what "over" says; begin is also that of EVERY and AT */
	int64_t period_ns, jitter_ns, spread_ns;
	enum crowd_then then;
	int64_t then_from_ns, then_to_ns, then_spread_ns;
	uint8_t ttl[2]; /* 0: as in the play */
	uint8_t mac[2][6];
	bool has_mac[2], has_vlan;
	uint16_t vlan;
	struct craft_address router; /* version 0: as in the play */
	bool has_tsval;
	struct clone_clock tsval;
	uint64_t clocks; /* hosts behind each client address, 0: as many as clones */
	struct crowd_random random;
};

/* Notes what is wrong with the current line; returns -1. The first error wins. */
int crowd_fail(struct crowd_builder *builder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Cuts a line into words, in place. They end at spaces that are not between double quotes; the
 * quotes go. */
int crowd_split(struct crowd_builder *builder, char *line);

/* The next word, "" at the end of the line; next steps over it, take does so if it is the text. */
const char *crowd_peek(const struct crowd_builder *builder);
const char *crowd_next(struct crowd_builder *builder);
bool crowd_take(struct crowd_builder *builder, const char *text);

/* Each parses the next word. A number has the form of strtoull(3); times are in seconds. */
int crowd_number(struct crowd_builder *builder, uint64_t max, uint64_t *ret_value);
int crowd_text_number(struct crowd_builder *builder, const char *text, uint64_t max,
		      uint64_t *ret_value);
int crowd_seconds(struct crowd_builder *builder, int64_t *ret_ns);
/* FROM..TO, or one time alone, which is both. */
int crowd_seconds_range(struct crowd_builder *builder, int64_t *ret_from_ns, int64_t *ret_to_ns);
/* FROM..TO, or one number alone. */
int crowd_number_range(struct crowd_builder *builder, const char *text, uint64_t max,
		       uint64_t *ret_from, uint64_t *ret_to);

/* "from" and "to": where to is set, a port or range of ports follows the address. */
int crowd_hosts_parse(struct crowd_builder *builder, const char *text,
		      struct crowd_hosts *ret_hosts);
int crowd_target_parse(struct crowd_builder *builder, const char *text, struct traffic *traffic);
int crowd_address(struct crowd_builder *builder, const char *text,
		  struct craft_address *ret_address);
/* IP version of the hosts; 0 if any will do, -1 if they are mixed. */
int crowd_hosts_version(const struct crowd_hosts *hosts);
/* One of them; index counts for those in turn. version is used where all the world is meant. */
struct craft_address crowd_hosts_pick(const struct crowd_hosts *hosts, uint64_t index,
				      unsigned version, struct crowd_random *random);

/* Loads a play whose file is given relative to the crowd's. NULL: the failure is noted. */
const struct play *crowd_play_add(struct crowd_builder *builder, const char *name,
				  const char *file);

/* Statements: the line is in builder->words. */
int crowd_traffic_line(struct crowd_builder *builder);
int crowd_expect_line(struct crowd_builder *builder);

/* Performs a line of traffic: its frames are added. */
int crowd_perform(struct crowd_builder *builder, struct traffic *traffic);
/* Adds a frame whose data belongs to the crowd from now on. */
void crowd_add(struct crowd_builder *builder, const struct crowd_frame *frame);
/* Puts the frames in order, and takes away what the capture lacks. */
void crowd_finish(struct crowd_builder *builder);

#endif

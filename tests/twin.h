/* SPDX-License-Identifier: BSD-2-Clause */
/* Traffic between clients and a server, captured at two points with a hop between them, and the truth
 * about it: which segments were lost, forged, doubled, which flows belong together, what the clocks did.
 * The ends are small TCPs that retransmit for want of an answer, so that losses have the consequences
 * they have in life. All of it follows from the plan and its seed. */
#ifndef TCPWHY_TESTS_TWIN_H
#define TCPWHY_TESTS_TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/crowd_random.h"

enum twin_forger {
	FORGE_NONE,
	FORGE_ON_PATH,	 /* RSTs to the client, now and then to the server too; what provoked them passes */
	FORGE_IN_PATH,	 /* the request is taken away and answered by a RST */
	FORGE_REFUSAL,	 /* some SYNs are taken away and refused */
};

struct twin_plan {
	const char *name;
	uint64_t seed;
	unsigned flows, clients;
	int64_t spread_ms; /* flows begin within so long */
	unsigned request, answer; /* bytes at most; half of it at least */
	int64_t delay_us[2], jitter_us; /* by enum direction */
	bool overtake;		/* what is sent later may arrive before */
	unsigned loss_permille[2], copy_permille;
	/* clock of the server's capture against the client's */
	int64_t offset_ms, step_ms; /* the step comes half way */
	double skew_ppm;
	/* devices of the hop */
	bool nat;		/* other client endpoint */
	bool server_nat;	/* other server endpoint */
	bool shift;		/* other sequence numbers, both ways */
	bool clamp;		/* other MSS */
	bool strip;		/* timestamps become NOPs */
	bool proxy;		/* the handshakes are the device's */
	unsigned blocked_permille; /* flows all of whose SYNs are dropped */
	unsigned forget_permille;  /* flows that are idle, and then go on from another port */
	unsigned mute_permille;	   /* flows all of whose SYN-ACKs are dropped */
	enum twin_forger forger;
	unsigned forge_permille; /* of flows */
	/* what the ends do */
	bool ipv6;
	bool no_ids, no_timestamps; /* copies of a segment look alike */
	bool same_content;	    /* all flows say the same */
	bool joined;		    /* offload: several segments are one frame at either point */
	/* what the captures do */
	unsigned dropped_permille[2]; /* without saying so */
	unsigned from_permille[2], until_permille[2]; /* of the time that the traffic takes; 0: whole */
	/* what may be told otherwise than it is */
	bool clockless; /* the clock need not be trusted */
};

enum twin_fate { TWIN_ARRIVED, TWIN_LOST, TWIN_FORGED };

/* A segment on its way: numbers count from the ISN of its half. */
struct twin_segment {
	uint32_t seq, ack, length;
	uint32_t tsval, tsecr;
	uint32_t tx; /* of the (first) transmission that it is */
	uint32_t txs;
	uint16_t flow, id, mss;
	uint8_t flags, direction;
	bool from_device;
	bool moved; /* the device gave the client another port by then */
};

/* One transmission. */
struct twin_tx {
	struct twin_segment segment;
	int64_t at_ns[2];  /* true time at each point, -1: never */
	uint32_t frame[2]; /* that shows it, 0: none */
	uint32_t original; /* plus 1, of a copy that the network made */
	uint8_t fate;	   /* enum twin_fate */
	bool has_copy;
	uint8_t told;	   /* what the comparison says: enum twin_told */
};

/* A frame of a capture. */
struct twin_frame {
	struct twin_segment segment;
	int64_t true_ns, ts_ns;
	uint32_t order;
};

struct twin_flow {
	uint32_t isn[2], shift[2]; /* shift: added by the device */
	uint32_t stamp[2];
	uint32_t content;
	uint16_t client;
	bool blocked, mute, forged, forgotten;
};

struct twin {
	const struct twin_plan *plan;
	struct crowd_random random;
	struct twin_flow *flows;
	struct twin_tx *txs;
	size_t tx_count, tx_room;
	struct twin_frame *frames[2];
	size_t frame_count[2], frame_room[2];
	int64_t length_ns;
	int64_t first_ns[2], last_ns[2]; /* true times of what the captures have */
};

/* Plays the traffic. Ends the program when memory is short. */
void twin_play(const struct twin_plan *plan, struct twin *ret_twin);
void twin_release(struct twin *twin);

uint32_t twin_tx(struct twin *twin, const struct twin_segment *segment);
/* The capture at this point may take it. */
void twin_show(struct twin *twin, int point, const struct twin_segment *segment,
		  int64_t ns);

/* What the clock of the server's capture shows. */
int64_t twin_server_clock(const struct twin *twin, int64_t true_ns);

/* Writes the captures, after dropping from them what the plan says. */
bool twin_write(struct twin *twin, const char *client_path, const char *server_path);

/* Compares with what `tcpwhy --compare --json` says. Returns how much is wrong; prints the first of it
 * as comments of TAP. */
unsigned twin_check(struct twin *twin, const char *json);

#endif

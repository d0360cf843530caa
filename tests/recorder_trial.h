/* SPDX-License-Identifier: BSD-2-Clause */
/* A recorder beside a plain list that does the same without haste, for tests. */
#ifndef TCPWHY_TESTS_RECORDER_TRIAL_H
#define TCPWHY_TESTS_RECORDER_TRIAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/recorder.h"

enum {
	TRIAL_FRAMES = 1 << 17,
	TRIAL_FLOWS = 64,
	TRIAL_HEADERS = 40, /* IPv4 and TCP without options */
	TRIAL_FRAME_MAX = 2048,
	TRIAL_ERROR_LENGTH = 300, /* of an ICMP error */
};

#define TRIAL_BEGAN_NS INT64_C(1700000000000000000)

struct trial_record {
	int64_t ts_ns;
	uint32_t wirelen, caplen; /* caplen: as it should be kept */
	uint16_t flow;
	bool marked;
};

/* Frame n + 1 is record[n]. Those before held_from are no longer in the recorder. */
struct trial {
	struct recorder *recorder;
	struct recorder_options options;
	size_t count, held_from;
	int64_t now_ns;
	bool mark[TRIAL_FLOWS];
	int64_t mark_last_ns[TRIAL_FLOWS];
	struct trial_record record[TRIAL_FRAMES];
};

/* Flow i is 10.0.0.1:1000+i to 10.0.1.1:80; TRIAL_FLOWS of them. */
struct recorder_key trial_key(unsigned flow);

struct trial *trial_begin(const struct recorder_options *options);
void trial_end(struct trial *trial);

/* A segment of that flow and payload, from its client or server, or an ICMP error that quotes it. */
void trial_add(struct trial *trial, unsigned flow, bool from_client, uint32_t payload,
	       int64_t ts_ns);
void trial_add_error(struct trial *trial, unsigned flow, int64_t ts_ns);
void trial_advance(struct trial *trial, int64_t now_ns);
void trial_mark(struct trial *trial, unsigned flow, int64_t since_ns);

/* Asks for a flow and compares. */
void trial_find(struct trial *trial, unsigned flow, int64_t since_ns, size_t max);

/* Reads a file back and wants exactly the marked records in it, or those of a flow that are held. */
void trial_expect_marked(struct trial *trial, const char *path);
void trial_expect_flow(struct trial *trial, unsigned flow, int64_t since_ns, const char *path);

/* How many frames a capture has, all of them whole; ret_first and ret_last: the numbers that stand in
 * the first and the last frame. */
size_t trial_count(const char *path, uint32_t *ret_first, uint32_t *ret_last);

/* A directory of this program's own, and names in it; they are valid until the fourth call after. */
const char *trial_directory(void);
const char *trial_path(const char *name);
void trial_remove_directory(void);

#endif

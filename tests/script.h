/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios: TCP conversations in text, turned into frames; with what is to be said of them.
 *
 * One statement per line; '#' starts a comment. The language in full: tests/scenarios/README.md.
 *
 *	client 192.0.2.10:40000 ttl 64		# all of these have defaults
 *	server 198.51.100.2:443 ttl 57
 *	0.000  C > S  0:0(0)	# TIME SIDE > FLAGS FROM:TO(LENGTH), counted from the ISN
 *	+0.020 S > S. 0:0(0) ack 1
 *	+0.000 C > .  1:1(0) ack 1
 *	+0.001 C > P. 1:19(18) ack 1 "GET / HTTP/1.0\r\n\r\n"
 *	+0.020 icmp 203.0.113.1 > C 3/13
 *	9.0    end
 *	expect verdict=closed-normal confidence>=85 tags~keepalive */
#ifndef TCPWHY_SCRIPT_H
#define TCPWHY_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/frame.h"

enum expectation_operator {
	EXPECT_EQUAL,
	EXPECT_NOT_EQUAL,
	EXPECT_AT_LEAST,
	EXPECT_AT_MOST,
	EXPECT_CONTAINS,
	EXPECT_LACKS,
};

enum {
	EXPECT_CAPTURE = 0, /* the subject of "expect capture": the run as a whole */
};

struct expectation {
	unsigned subject; /* number of the flow, from 1; or EXPECT_CAPTURE */
	unsigned line;
	enum expectation_operator operator;
	char *key, *value;
};

/* A "limit NAME=VALUE" line. */
struct script_limit {
	char *name, *value;
};

/* A scenario. Everything in it belongs to it; data of the frames too. */
struct script {
	struct frame *frames;
	size_t frame_count;
	struct expectation *expectations;
	size_t expectation_count;
	struct script_limit *limits;
	size_t limit_count;
	char *skip;	   /* why it cannot hold yet, NULL for most */
	uint16_t linktype; /* of all frames */
};

/* Reads a scenario. On success returns 0 and *ret_script is to be freed with script_free().
 * On failure returns -1 and writes "path:line: what is wrong" into text of text_size bytes. */
int script_load(const char *path, struct script **ret_script, char *text, size_t text_size);
void script_free(struct script *script);

#endif

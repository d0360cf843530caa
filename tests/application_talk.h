/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of both halves for tests of what connections were used for, cut into segments at will. */
#ifndef TCPWHY_TESTS_APPLICATION_TALK_H
#define TCPWHY_TESTS_APPLICATION_TALK_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/application.h"
#include "analyzer/flowtab.h"

/* One flow of which only the payload matters. */
struct saying {
	struct flowtab *table;
	struct flow *flow;
	uint32_t seq[2]; /* of the next byte */
	uint32_t frame;
};

void saying_init(struct saying *saying);
void saying_release(struct saying *saying);

/* The next bytes of a half in one segment, of which captured bytes are there. */
void say(struct saying *saying, enum direction dir, const uint8_t *bytes, size_t length,
	 size_t captured);
/* The bytes went by uncaptured. */
void say_unseen(struct saying *saying, enum direction dir, size_t length);

/* What rules ask for, in a form that can be compared. */
struct heard {
	enum protocol protocol[2];
	const char *stage; /* a constant of application.c */
	unsigned alert;
	unsigned version[2], encrypted[2], first_length[2], last_length[2], after_finished[2];
	bool hello[2], hello_complete[2], has_name;
	bool kexinit[2], newkeys[2];
	bool compared, mismatch;
	enum ssh_list list;
	unsigned status;
	int64_t content_length;
	uint32_t header_end;
	bool head, chunked, wants_tls;
	unsigned text_length[2];
	char text[2][APPLICATION_TEXT_MAX];
};

/* Padding is zero as well. */
void hear(const struct saying *saying, struct heard *ret_heard);

#endif

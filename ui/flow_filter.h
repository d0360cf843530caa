/* SPDX-License-Identifier: BSD-2-Clause */
/* Which flows are listed: those that contain some words, or belong to a place. */
#ifndef TCPWHY_FLOW_FILTER_H
#define TCPWHY_FLOW_FILTER_H

#include <stdbool.h>

#include "ui/journal.h"

enum { FILTER_SIZE = 80, FILTER_WORDS = 8, FILTER_CODE_WORDS = (VERDICT_CODES + 63) / 64 };

/* Words are compared without regard to case. */
struct flow_filter {
	char text[FILTER_SIZE]; /* as typed; "" lets everything pass */
	unsigned word_count;
	char words[FILTER_WORDS][FILTER_SIZE];
	/* by word, a bit per verdict whose name or class contains it */
	uint64_t codes[FILTER_WORDS][FILTER_CODE_WORDS];

	/* beside the words: one server endpoint, one verdict */
	bool has_server, has_code;
	struct ip_addr server;
	uint16_t server_port;
	uint8_t ip_version;
	uint8_t code;
};

/* Sets the words. What goes beyond FILTER_WORDS is ignored. */
void flow_filter_parse(struct flow_filter *filter, const char *text);

bool flow_filter_is_empty(const struct flow_filter *filter);
bool flow_filter_matches(const struct flow_filter *filter, const struct journal_row *row);

/* "containing refused, to 10.0.0.2:81": what passes. */
void flow_filter_describe(const struct flow_filter *filter, char *text, size_t size);

#endif

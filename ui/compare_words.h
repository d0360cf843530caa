/* SPDX-License-Identifier: BSD-2-Clause */
/* What a comparison says, as words that several outputs share. */
#ifndef TCPWHY_COMPARE_WORDS_H
#define TCPWHY_COMPARE_WORDS_H

#include "ui/compare_report.h"

enum { COMPARE_TEXT_SIZE = 512 };

/* How the clocks of a hop relate, in one sentence. */
void compare_clock_words(const struct hop *hop, char *text, size_t size);
/* Of a piece, "12.345678 s ahead, within 210 us" and so on. */
void compare_piece_words(const struct clock_piece *piece, char *text, size_t size);
/* "MSS 1460 -> 1400": the field and its values at both points; option bits as "there" and "absent". */
void compare_rewrite_words(enum rewrite field, const int64_t value[2], char *text, size_t size);
/* Where it happened, as "between client.pcap and server.pcap, on the way to the server". */
void compare_place_words(const struct hop *hop, bool reversed, enum compare_place place, char *text,
			 size_t size);

/* How bad a story is for its flow, and what to do next; next is NULL if there is nothing to do. */
struct story_advice {
	char mark; /* 'X' a failure, '!' worth a look, 'i' to be known, '.' nothing */
	const char *next, *command;
};

extern const struct story_advice story_advice[STORIES];

#endif

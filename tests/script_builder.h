/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the scenario parser share: words of a line, state of the conversation. */
#ifndef TCPWHY_SCRIPT_BUILDER_H
#define TCPWHY_SCRIPT_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/craft.h"
#include "tests/script.h"

enum {
	SCRIPT_WORDS_MAX = 64,
	SCRIPT_FLOWS_MAX = 64,
	SCRIPT_STREAM_MAX = 65536,
};

/* A word of a line. "..." and <...> are single words, taken out of their marks. */
struct word {
	char *text;
	size_t length; /* payload text may hold NUL */
	char mark;     /* '"' or '<', 0 for a plain word */
};

/* One end of a conversation, as it goes on while packets are written. */
struct script_side {
	struct craft_address address;
	uint16_t port;
	uint8_t ttl, tos;
	uint16_t ip_id;
	uint32_t isn;
	uint32_t tsval_base;
	uint32_t tsval_peer; /* the last one received: what TSecr repeats */
	bool offers_timestamp;
	uint8_t *stream; /* payload by relative sequence number; resent bytes are the same bytes */
	bool *stream_written;
	uint8_t last[600]; /* start of the last IP packet it sent, for ICMP to quote */
	size_t last_length;
};

struct script_flow {
	char name[16];
	struct script_side side[2]; /* client, server */
};

struct script_builder {
	struct script *script;
	struct craft *craft;
	struct craft_buffer *packet, *fragment, *frame;
	const char *path;
	unsigned line;
	char *error; /* the caller's text */
	size_t error_size;
	struct word words[SCRIPT_WORDS_MAX];
	size_t word_count;
	struct script_flow flows[SCRIPT_FLOWS_MAX];
	size_t flow_count;
	int64_t now_us; /* since the start of the scenario */
	struct craft_frame link;
	uint8_t local; /* 1: captured on the client, 2: on the server, 0: between */
	bool started;  /* a packet was written: addresses and link are settled */
};

/* Notes what is wrong with the current line; returns -1. The first error wins. */
int script_fail(struct script_builder *builder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The word at index if it is plain, "" beyond the end. */
const char *script_word(const struct script_builder *builder, size_t index);
/* Parses a whole word as a number within [0, max]. */
int script_number(struct script_builder *builder, const char *text, uint64_t max,
		  uint64_t *ret_value);
int script_address(struct script_builder *builder, const char *text,
		   struct craft_address *ret_address);
/* "C", "S", "name.C": finds the flow and the index of the side. */
int script_side_named(struct script_builder *builder, const char *text,
		      struct script_flow **ret_flow, unsigned *ret_side);
/* A point in time: seconds since the start, or after '+' or '-' since the line before. */
int script_time(struct script_builder *builder, const char *text);

/* Appends a frame that was cut to caplen bytes if caplen is not 0. */
int script_append(struct script_builder *builder, const struct craft_buffer *frame, size_t caplen,
		  int64_t at_us);

/* Statements: the line is in builder->words. */
int script_packet_line(struct script_builder *builder);
int script_icmp_line(struct script_builder *builder);
int script_other_line(struct script_builder *builder);
int script_expect_line(struct script_builder *builder);
int script_flow_line(struct script_builder *builder);
int script_side_line(struct script_builder *builder, struct script_flow *flow, size_t index);
int script_link_line(struct script_builder *builder);

/* Fills a flow with the addresses that scenarios have unless they say otherwise. */
void script_flow_init(struct script_flow *flow, unsigned index, uint8_t ip_version, uint8_t local);

/* Parses the text between < and > into segment->options. */
int script_options(struct script_builder *builder, const char *text, struct script_flow *flow,
		   unsigned side, struct craft_segment *segment);
/* The options that a Linux host would send when the line does not say. */
int script_default_options(struct script_builder *builder, struct script_flow *flow, unsigned side,
			   struct craft_segment *segment);

/* Writes the payload described by the words from *index on into the side's stream at offset;
 * *index is left at the first word that does not belong to it. */
int script_payload(struct script_builder *builder, struct script_side *side, size_t offset,
		   size_t length, size_t *index);
/* Fills what was never written between offset and offset+length. */
int script_stream_fill(struct script_builder *builder, struct script_side *side, size_t offset,
		       size_t length);

#endif

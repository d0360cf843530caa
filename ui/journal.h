/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of flows behind the screen: a line for each that is or was there, in bounded memory. */
#ifndef TCPWHY_JOURNAL_H
#define TCPWHY_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"
#include "analyzer/verdict.h"
#include "ui/flow_copy.h"

/* What the list of flows shows of one. */
struct journal_row {
	struct ip_addr client, server;
	int64_t first_ns, last_ns;
	uint64_t bytes_to_server, bytes_to_client; /* unique payload */
	struct flow_copy *copy; /* of a flow that ended; NULL: it is held by the tracker, or the copy
				 * was given up for lack of room */
	uint32_t number;
	uint32_t handle; /* finds it in the tracker while it is held, see tracker_flow(); 0: ended */
	uint32_t handshake_rtt_us; /* UINT32_MAX: unknown */
	uint32_t retransmissions, packets;
	uint16_t client_port, server_port;
	uint16_t syn_count;
	uint8_t ip_version;
	uint8_t code, confidence, suspect; /* of the verdict */
	bool final;			   /* decided; else as it looks at present */
	uint8_t history_length;
	char history[FLOW_HISTORY_MAX];
};

struct journal;

/* Whether it is open while one looks: what a report would call open at the end. */
static inline bool
journal_row_lives(const struct journal_row *row)
{
	return !row->final && row->code == VERDICT_OPEN_AT_END;
}

/* Whether the flow is so young that nothing can be said yet: a capture that ended now would have cut
 * it. */
static inline bool
journal_row_waits(const struct journal_row *row)
{
	return !row->final &&
	       (row->code == VERDICT_HANDSHAKE_CUT || row->code == VERDICT_CLOSE_CUT);
}

/* rows: most flows listed; copy_bytes: most memory for copies of ended ones. When either is full the
 * oldest ended flow that did not fail is given up first, then the oldest ended one, then the oldest.
 * NULL when memory is short. */
struct journal *journal_new(size_t rows, size_t copy_bytes);
void journal_free(struct journal *journal);

/* Enters the flow, or brings its row up to date. handle: 0 when it is decided. The cost does not grow
 * with the number of rows. */
void journal_take(struct journal *journal, const struct flow *flow, const struct verdict *verdict,
		  uint32_t handle);

/* The rows that are listed, in an order that changes only by additions at the end and by removals;
 * index from 0. NULL beyond the end. */
size_t journal_count(const struct journal *journal);
const struct journal_row *journal_row(const struct journal *journal, size_t index);
const struct journal_row *journal_find(const struct journal *journal, uint32_t number);

/* Grows with every change of the list: who has drawn this one need not draw again. */
uint64_t journal_version(const struct journal *journal);
/* Rows given up for lack of room. */
uint64_t journal_lost(const struct journal *journal);
/* Rows by class (enum verdict_class), of those listed. */
uint64_t journal_class_count(const struct journal *journal, unsigned verdict_class);

/* Forgets the flows that have ended. */
void journal_clear(struct journal *journal);

#endif

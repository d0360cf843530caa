/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows of the journal, filtered and sorted, with a cursor that stays on its flow. */
#ifndef TCPWHY_FLOW_LIST_H
#define TCPWHY_FLOW_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/flow_filter.h"
#include "ui/journal.h"
#include "ui/scroll.h"

/* ORDER(id, name): what flows are sorted by. */
#define FLOW_ORDERS(ORDER)                                                                         \
	ORDER(FAILING,                                                                             \
	      "failing first") /* the latest failure on top, then the rest, newest first */        \
	ORDER(VERDICT, "verdict")                                                                  \
	ORDER(CLIENT, "client")                                                                    \
	ORDER(SERVER, "server")                                                                    \
	ORDER(SYN, "SYNs")                                                                         \
	ORDER(RETRANSMISSIONS, "retransmissions")                                                  \
	ORDER(RTT, "round-trip time")                                                              \
	ORDER(AGE, "age")                                                                          \
	ORDER(BYTES, "bytes")

enum flow_order {
#define ORDER(id, name) ORDER_##id,
	FLOW_ORDERS(ORDER)
#undef ORDER
		FLOW_ORDER_COUNT
};

extern const char *const flow_order_names[FLOW_ORDER_COUNT];

/* A flow by its number, with what it is sorted by. index: in frozen[]. */
struct flow_entry {
	uint64_t high, low;
	uint32_t number, index;
};

/* Zero-initialized; the members before filter are private. */
struct flow_list {
	struct flow_entry *entries;
	size_t room;
	struct journal_row *frozen; /* what is listed while it stands still, NULL: the journal */
	size_t frozen_count;
	uint64_t version; /* of the journal, when it was sorted last */
	int64_t sorted_ns;
	bool short_of_memory; /* not all flows are listed */

	struct flow_filter filter;
	size_t count;	      /* of flows that are listed */
	size_t total;	      /* of those that could be */
	struct scroll scroll; /* moved by the caller, then flow_list_hold() */
	uint32_t held;	      /* number of the flow that the cursor stays on, 0: it stays on top */
	enum flow_order order;
	bool inverted;
	bool stale; /* set by the caller when filter or order changed */
};

void flow_list_release(struct flow_list *list);

/* Brings the list up to date: at once when it is stale or short, else once a second at most, as sorting
 * many flows costs milliseconds. now_ns is the time of the capture. */
void flow_list_update(struct flow_list *list, const struct journal *journal, int64_t now_ns);

/* The flow at a place in the list; NULL if the journal has given it up since, or beyond the end. */
const struct journal_row *flow_list_row(const struct flow_list *list, const struct journal *journal,
					size_t at);
/* Its number, 0 beyond the end. */
uint32_t flow_list_number(const struct flow_list *list, size_t at);

/* The cursor was moved on purpose: it stays on the flow that it is on now. */
void flow_list_hold(struct flow_list *list);

/* Takes the filter away; the chosen row stays chosen. */
void flow_list_show_all(struct flow_list *list);

/* Lets the list stand still, rows and all, or go on. */
void flow_list_freeze(struct flow_list *list, const struct journal *journal);
void flow_list_thaw(struct flow_list *list);

#endif

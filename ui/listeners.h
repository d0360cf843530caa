/* SPDX-License-Identifier: BSD-2-Clause */
/* Server endpoints as the journal knows them: how many flows, how many failed, how many are half-open. */
#ifndef TCPWHY_LISTENERS_H
#define TCPWHY_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/screen.h"

enum {
	LISTENERS_MOST = 1024,
	LISTENER_POINTS = 64, /* of the graph: seconds of watching, or parts of a capture */
};

struct listener {
	struct ip_addr server;
	uint16_t port;
	uint8_t ip_version;
	uint64_t flows, failed, refused, half_open;
	uint32_t points[LISTENER_POINTS]; /* half-open ones over time, the latest last */
	uint32_t peak;
};

/* Zero-initialized; released by listeners_release(). */
struct listeners {
	struct listener *items; /* worst first: most failed flows, then most flows */
	size_t count;
	uint64_t half_open; /* in all, those elsewhere included */
	uint64_t elsewhere; /* flows to listeners for which there was no room */
	int64_t step_ns;    /* from one point to the next */
	uint64_t version;
	int64_t counted_ns;
	bool counted;
};

/* Counts anew, once a second at most. */
void listeners_update(struct listeners *listeners, const struct screen_data *data);
void listeners_release(struct listeners *listeners);

#endif

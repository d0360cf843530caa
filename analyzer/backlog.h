/* SPDX-License-Identifier: BSD-2-Clause */
/* The half-open backlog of a listener over time, seen from outside: requests that the server has
 * answered with SYN-ACK and whose ACK has not come, and connections that wait to be accepted.
 *
 * What is counted are stays [from, to). They are sampled at points that lie a step apart; the step
 * doubles when the capture outgrows the points. Stays come in any order. */
#ifndef TCPWHY_BACKLOG_H
#define TCPWHY_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKLOG_SAMPLES = 1024,
	BACKLOG_AGES = 8, /* classes of the length of a stay, see backlog_age_us() */
};

enum backlog_kind { BACKLOG_HALF_OPEN, BACKLOG_WAITING, BACKLOG_KINDS };

struct backlog {
	uint8_t shift;	   /* the step is backlog_step_ns << shift */
	bool started;	   /* base is valid */
	int64_t base;	   /* number of the first sample, counted in steps since 1970 */
	int32_t change[BACKLOG_KINDS][BACKLOG_SAMPLES]; /* at a sample, against the one before */
	uint64_t ages[BACKLOG_AGES]; /* half-open stays by length */
	uint64_t stays;		     /* half-open ones */
};

void backlog_add(struct backlog *backlog, enum backlog_kind kind, int64_t from_ns, int64_t to_ns);
void backlog_merge(struct backlog *backlog, const struct backlog *from);

/* What it says up to end_ns, the end of the capture. */
struct backlog_summary {
	uint32_t peak, waiters_peak;
	int64_t peak_ns;
	uint32_t plateau; /* the level at which it stays, within 1, for longest at its top; 0 none */
	int64_t plateau_first_ns, plateau_last_ns;
	int64_t age_median_us, age_high_us; /* half of the stays are shorter, 90 % are */
};

void backlog_summarize(const struct backlog *backlog, int64_t end_ns,
		       struct backlog_summary *ret_summary);

/* Fills at most count points for a graph, each the largest of the samples that it stands for. Returns
 * how many; 0 if there is nothing to draw. */
uint32_t backlog_draw(const struct backlog *backlog, int64_t end_ns, uint32_t count,
		      uint32_t *ret_half_open, uint32_t *ret_waiting, int64_t *ret_start_ns,
		      int64_t *ret_step_ns);

#endif

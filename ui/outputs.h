/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports that were asked for, each with the place where it is written. */
#ifndef TCPWHY_OUTPUTS_H
#define TCPWHY_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/options.h"
#include "ui/report.h"
#include "ui/sink.h"

enum { OUTPUTS_MAX = 2 };

struct output {
	const struct report_ops *ops;
	void *state;
	const char *path; /* NULL: standard output */
	struct sink sink;
};

struct outputs {
	size_t count;
	struct output list[OUTPUTS_MAX];
};

/* Opens one more; path NULL: standard output. A file of a live run grows under its own name; else it
 * appears when it is complete. Complains and returns false if that fails. */
bool outputs_open(struct outputs *outputs, const struct options *options,
		  const struct capture *capture, const struct report_ops *ops, const char *path);

/* Why a file of ours can no longer be written, an errno; 0: none fails. */
int outputs_failure(const struct outputs *outputs);

/* Whether anybody still reads what we write. True without outputs. */
bool outputs_work(const struct outputs *outputs);

void outputs_flow(struct outputs *outputs, const struct flow *flow, const struct verdict *verdict);
/* Live: the same of a flow that is not decided yet, and what is known of all. */
void outputs_provisional(struct outputs *outputs, const struct flow *flow,
			 const struct verdict *verdict);
void outputs_heartbeat(struct outputs *outputs, const struct report_totals *totals);
void outputs_concluded(struct outputs *outputs, const struct report_totals *totals);
void outputs_flush(struct outputs *outputs);
/* Begins files anew under their names: whoever rotates logs has taken the old ones away. */
void outputs_reopen(struct outputs *outputs);

/* Ends the reports, or without totals gives them up. Returns whether all of them were written; what was
 * not is complained about. */
bool outputs_close(struct outputs *outputs, const struct report_totals *totals);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* How --max-memory is shared out. */
#ifndef TCPWHY_MEMORY_H
#define TCPWHY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/options.h"

struct memory_plan {
	size_t flow_bytes; /* for tracker_options.memory_bytes; 0: no bound */
	size_t journal_rows,
		journal_copy_bytes; /* for journal_new(); rows take memory as they fill */
};

/* What this run may use, with --max-memory or without. */
struct memory_plan memory_plan(const struct options *options);

/* False, with a line for people in text (newline-terminated), when --max-memory is less than what
 * the run takes in any case. */
bool memory_suffices(const struct options *options, char *text, size_t text_size);

#endif

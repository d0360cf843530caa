/* SPDX-License-Identifier: BSD-2-Clause */
/* One line on the terminal while the work takes long. */
#ifndef TCPWHY_PROGRESS_H
#define TCPWHY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct capture;

struct progress {
	bool enabled; /* standard error is a terminal and nobody asked for silence */
	bool shown;   /* a line stands there */
	int64_t start_ms, drawn_ms;
};

void progress_start(struct progress *progress, bool quiet);

/* Called once per batch; draws at most four times a second, from the second second on. */
void progress_update(struct progress *progress, const struct capture *capture, uint64_t frames,
		     uint64_t flows);

/* One line that stays, whatever was asked for (SIGUSR1). */
void progress_print(struct progress *progress, const struct capture *capture, uint64_t frames,
		    uint64_t flows);

/* Takes the line away. */
void progress_clear(struct progress *progress);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress goes to standard error, so that it never mixes with a report. */
#include "ui/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "dissect/capture.h"
#include "ui/format.h"

enum {
	FIRST_MS = 1000,
	EVERY_MS = 250,
	LINE_SIZE = 160, /* of which 78 columns are drawn */
};

static int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
progress_start(struct progress *progress, bool quiet)
{
	*progress = (struct progress){
		.enabled = !quiet && isatty(STDERR_FILENO) == 1,
		.start_ms = now_ms(),
	};
}

static void
describe(const struct progress *progress, const struct capture *capture, uint64_t frames,
	 uint64_t flows, char text[LINE_SIZE])
{
	uint64_t done, total;
	char amount[FORMAT_AMOUNT_SIZE];
	char elapsed[FORMAT_TIME_SIZE];
	char share[FORMAT_AMOUNT_SIZE] = "";
	capture_progress(capture, &done, &total);
	format_bytes(done, amount, sizeof(amount));
	format_duration((now_ms() - progress->start_ms) * 1000, elapsed, sizeof(elapsed));
	if (total > 0)
		snprintf(share, sizeof(share), "%" PRIu64 " %%, ",
			 done >= total ? 100 : done * 100 / total);
	snprintf(text, LINE_SIZE, "%s%s, %" PRIu64 " frames, %" PRIu64 " flows, %s", share, amount,
		 frames, flows, elapsed);
}

void
progress_update(struct progress *progress, const struct capture *capture, uint64_t frames,
		uint64_t flows)
{
	char text[LINE_SIZE];
	if (!progress->enabled)
		return;
	int64_t now = now_ms();
	if (now - progress->start_ms < FIRST_MS || now - progress->drawn_ms < EVERY_MS)
		return;
	progress->drawn_ms = now;
	progress->shown = true;
	describe(progress, capture, frames, flows, text);
	fprintf(stderr, "\r%-78.78s", text);
	fflush(stderr);
}

void
progress_print(struct progress *progress, const struct capture *capture, uint64_t frames,
	       uint64_t flows)
{
	char text[LINE_SIZE];
	progress_clear(progress);
	describe(progress, capture, frames, flows, text);
	fprintf(stderr, "tcpwhy: %s\n", text);
}

void
progress_clear(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r%78s\r", "");
	progress->shown = false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of a live run: one thread does all but capturing. */
#include "ui/live.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dissect/capture.h"
#include "ui/complain.h"
#include "ui/format.h"
#include "ui/live_parts.h"
#include "ui/screen.h"
#include "ui/signals.h"

enum {
	READ_MS = 20,	   /* frames are taken in for so long before anything else is looked at */
	REVIEW_MS = 15,	   /* likewise flows judged anew */
	REVIEW_BATCH = 64, /* of them between two looks at the clock */
	ROUNDS_AT_END = 40, /* of READ_MS */
	WAIT_MS = 200,	   /* longest wait: silence, signals and the clock want attention */
	/* Frames stay in the kernel until a block of them is full or old, and with several interfaces
	 * wait for one another (dissect/capture_turn.h): what is younger than this may still come, and
	 * silence is claimed only for what is older. */
	LAG_MS = 500,
	COST_SHARE = 50, /* conclusions may take one part in so many of the time */
};

static const int64_t conclude_ns = 2 * NS_PER_S;
static const int64_t heartbeat_ns = 60 * NS_PER_S;

static int64_t
clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Whether no further frame is wanted, even one that was caught already. */
static bool
is_full(const struct live *live)
{
	const struct options *options = live->options;
	return (options->frame_max > 0 && live->totals.frames >= options->frame_max) ||
	       !outputs_work(&live->outputs);
}

static bool
enough(const struct live *live)
{
	const struct options *options = live->options;
	return is_full(live) || (options->duration_ns > 0 &&
				 live->now_ns - live->began_ns >= options->duration_ns);
}

bool
live_read(struct live *live)
{
	struct frame frames[INTAKE_BATCH];
	int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + READ_MS * NS_PER_MS;
	uint64_t max = live->options->frame_max;
	while (clock_ns(CLOCK_MONOTONIC) < until_ns) {
		size_t wanted = INTAKE_BATCH;
		if (max > 0 && max - live->totals.frames < wanted)
			wanted = (size_t)(max - live->totals.frames);
		size_t count = capture_read(live->capture, frames, wanted);
		if (count == 0)
			return true;
		intake_take(&live->intake, frames, count);
		live->changed = true;
	}
	return false;
}

/* What was lost since the last look costs the flows of that time confidence. */
static void
note_drops(struct live *live)
{
	uint64_t kernel, interface;
	capture_update(live->capture);
	report_drops(&live->totals, &kernel, &interface);
	uint64_t drops = kernel + interface + report_ring_drops(&live->totals);
	if (drops > live->drops)
		tracker_note_drops(live->tracker, live->drops_ns - LAG_MS * NS_PER_MS, live->now_ns,
				   drops - live->drops);
	live->drops = drops;
	live->drops_ns = live->now_ns;
}

static void
review(struct live *live)
{
	int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + REVIEW_MS * NS_PER_MS;
	while (tracker_review(live->tracker, live->told_ns, REVIEW_BATCH, live_take_review, live) ==
		       REVIEW_BATCH &&
	       clock_ns(CLOCK_MONOTONIC) < until_ns)
		;
}

void
live_conclude(struct live *live)
{
	conclusions_draw(&live->conclusions, live->tracker, &live->totals, live->told_ns);
	live->concluded_ns = live->now_ns;
	live->changed = false;
	outputs_concluded(&live->outputs, &live->conclusions.totals);
}

/* Conclusions, if somebody sees them and they can be others than before; and not too often. */
static void
conclude(struct live *live)
{
	int64_t every_ns = live->conclusions.cost_ns * COST_SHARE;
	bool watched = live->screen != NULL || live->outputs.count > 0;
	if (every_ns < conclude_ns)
		every_ns = conclude_ns;
	if (live->changed && watched && live->now_ns - live->concluded_ns >= every_ns)
		live_conclude(live);
	if (live->now_ns - live->heartbeat_ns < heartbeat_ns)
		return;
	if (live->outputs.count > 0) {
		live_conclude(live);
		outputs_heartbeat(&live->outputs, &live->conclusions.totals);
	}
	live->heartbeat_ns = live->now_ns;
}

static void
print_status(const struct live *live)
{
	char frames[FORMAT_COUNT_SIZE];
	char flows[FORMAT_COUNT_SIZE];
	char drops[FORMAT_COUNT_SIZE];
	char elapsed[FORMAT_TIME_SIZE];
	if (live->screen != NULL && isatty(STDERR_FILENO) == 1)
		return; /* it would be written across the screen, which says the same */
	format_count(live->totals.frames, "frame", frames, sizeof(frames));
	format_count(live->totals.stats->flows, "flow", flows, sizeof(flows));
	format_number(live->drops, drops, sizeof(drops));
	format_duration((live->now_ns - live->began_ns) / NS_PER_US, elapsed, sizeof(elapsed));
	complain("%s, %s in %s; %s dropped", frames, flows, elapsed, drops);
}

static void
obey_signals(struct live *live)
{
	if (signals_status) {
		signals_status = 0;
		print_status(live);
	}
	if (signals_reopen) {
		signals_reopen = 0;
		outputs_reopen(&live->outputs);
		if (live->recorder != NULL && live->options->write_path != NULL) {
			int error = recorder_reopen(live->recorder);
			if (error != 0)
				complain("%s: cannot be opened anew: %s", live->options->write_path,
					 strerror(error));
		}
	}
}

/* A disk that is full is told of when it is, not at the end of a run of days. */
static void
mind_failures(struct live *live)
{
	static const char advice[] = "SIGHUP tries again";
	struct recorder_stats stats = { .error = 0 };
	char text[LIVE_NOTICE_SIZE] = "";
	if (live->recorder != NULL)
		recorder_stats(live->recorder, &stats);
	if (stats.error != 0 && !live->recorder_failed)
		snprintf(text, sizeof(text), "%s: %s; no packets are kept there now, %s",
			 live->options->write_path, strerror(stats.error), advice);
	live->recorder_failed = stats.error != 0;
	int error = outputs_failure(&live->outputs);
	if (error != 0 && !live->output_failed)
		snprintf(text, sizeof(text), "%s: %s; nothing is written there now, %s",
			 live->options->json_path != NULL ? live->options->json_path : "output",
			 strerror(error), advice);
	live->output_failed = error != 0;
	if (text[0] == '\0')
		return;
	if (live->screen != NULL)
		screen_say(live->screen, "%s", text);
	else
		complain("%s", text);
}

void
live_tick(struct live *live, bool drained)
{
	int64_t told_ns = drained ? live->now_ns - LAG_MS * NS_PER_MS : live->intake.latest_ns;
	if (told_ns > live->told_ns)
		live->told_ns = told_ns;
	note_drops(live);
	tracker_advance(live->tracker, live->told_ns);
	if (live->recorder != NULL)
		recorder_advance(live->recorder, live->told_ns);
	review(live);
	conclude(live);
	mind_failures(live);
	notify_alive(&live->notify, clock_ns(CLOCK_MONOTONIC));
}

static void
wait_for_work(const struct live *live)
{
	struct pollfd waiting[] = {
		{ .fd = capture_wait_fd(live->capture), .events = POLLIN },
		{ .fd = live->screen != NULL ? STDIN_FILENO : -1, .events = POLLIN },
	};
	poll(waiting, sizeof(waiting) / sizeof(waiting[0]), WAIT_MS);
}

static void
watch(struct live *live)
{
	live->now_ns = live->began_ns = clock_ns(CLOCK_REALTIME);
	live->told_ns = live->drops_ns = live->heartbeat_ns = live->began_ns;
	notify_ready(&live->notify);
	while (!signals_stop && !live->quit && !enough(live)) {
		bool drained = live_read(live);
		live->now_ns = clock_ns(CLOCK_REALTIME);
		live_tick(live, drained);
		obey_signals(live);
		if (live->screen != NULL)
			live_serve_screen(live);
		outputs_flush(&live->outputs);
		if (drained && !signals_stop && !live->quit)
			wait_for_work(live);
	}
}

/* Whoever ends a run wants it to end: what cannot be judged in time is counted as lost. */
static void
give_up_rest(struct live *live)
{
	struct frame frames[INTAKE_BATCH];
	uint64_t left = 0;
	size_t count;
	while ((count = capture_read(live->capture, frames, INTAKE_BATCH)) > 0)
		left += count;
	if (left == 0)
		return;
	complain("%" PRIu64 " frames that still waited were not judged", left);
	tracker_note_drops(live->tracker, live->told_ns, live->now_ns, left);
}

/* What still waits is judged too; then the flows that are open. */
static void
finish(struct live *live)
{
	notify_stopping(&live->notify);
	capture_stop(live->capture);
	bool drained = false;
	for (int rounds = 0; rounds < ROUNDS_AT_END && !is_full(live) && !drained; rounds++)
		drained = live_read(live);
	live->now_ns = clock_ns(CLOCK_REALTIME);
	note_drops(live);
	if (!drained && !is_full(live))
		give_up_rest(live);
	tracker_advance(live->tracker, live->now_ns);
	tracker_finish(live->tracker);
	live_conclude(live);
}

static bool
found_class(const struct live *live)
{
	for (unsigned i = 0; i < CLASSES; i++)
		if (live->options->fail_if >> i & 1 && live->totals.by_class[i] > 0)
			return true;
	return false;
}

static bool
close_recorder(struct live *live)
{
	if (live->recorder == NULL || live->options->write_path == NULL)
		return true;
	int error = recorder_close(live->recorder);
	if (error != 0)
		complain("writing %s: %s", live->options->write_path, strerror(error));
	return error == 0;
}

int
run_live(const struct options *options, char *const *argv)
{
	struct live *live = calloc(1, sizeof(*live));
	if (live == NULL) {
		complain("out of memory");
		return EXIT_INPUT;
	}
	live->options = options;
	live->argv = argv;
	int code = live_open(live);
	if (code == EXIT_OK) {
		watch(live);
		finish(live);
	}
	if (live->screen != NULL)
		screen_close(live->screen);
	bool watched = live->began_ns != 0;
	bool written = outputs_close(&live->outputs, watched ? &live->conclusions.totals : NULL);
	written &= close_recorder(live);
	if (code == EXIT_OK)
		code = !written ? EXIT_INPUT : found_class(live) ? EXIT_FOUND : EXIT_OK;
	live_release(live);
	free(live);
	return code;
}

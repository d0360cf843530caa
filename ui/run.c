/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over frames, and what it leaves behind: reports, complaints, an exit code. */
#include "ui/run.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "analyzer/findings.h"
#include "analyzer/tracker.h"
#include "dissect/capture.h"
#include "ui/complain.h"
#include "ui/confine.h"
#include "ui/handover.h"
#include "ui/intake.h"
#include "ui/memory.h"
#include "ui/options.h"
#include "ui/outputs.h"
#include "ui/processors.h"
#include "ui/progress.h"
#include "ui/report.h"
#include "ui/same_file.h"
#include "ui/sanitize.h"
#include "ui/signals.h"
#include "ui/tui_offline.h"

enum { RUN_TEXT_SIZE = 2 * SANITIZED_SIZE };

struct run {
	const struct options *options;
	struct capture *capture;
	struct findings *findings; /* NULL: memory was short, flows are reported without */
	struct findings_report *report;
	struct report_totals totals;
	struct progress progress;
	struct intake intake;
	struct outputs outputs;
	struct journal *journal;   /* with --tui: all flows, for the screen */
	struct handover *handover; /* to the thread that reports; NULL: the only thread does */
	atomic_bool unheard;	   /* nobody reads what we write any more */
	bool interactive; /* standard input is read: what is known is written before waiting */
};

/* Of the only thread, or of the one that reports. */
static void
report_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct run *run = user;
	report_count_flow(&run->totals, flow, verdict);
	if (run->findings != NULL)
		findings_take(run->findings, flow, verdict);
	if (run->journal != NULL)
		journal_take(run->journal, flow, verdict, 0);
	outputs_flow(&run->outputs, flow, verdict);
	if (!outputs_work(&run->outputs))
		atomic_store_explicit(&run->unheard, true, memory_order_relaxed);
}

static void
on_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct run *run = user;
	if (run->handover != NULL)
		handover_put(run->handover, flow, verdict);
	else
		report_flow(run, flow, verdict);
}

/* Somebody watches as the input comes: what is known is written before waiting for more. */
static void
write_known(struct run *run)
{
	if (run->handover != NULL)
		handover_wait(run->handover);
	outputs_flush(&run->outputs);
	if (!outputs_work(&run->outputs))
		atomic_store_explicit(&run->unheard, true, memory_order_relaxed);
}

static void
read_all(struct run *run)
{
	struct frame frames[INTAKE_BATCH];
	struct tracker *tracker = run->intake.tracker;
	size_t count;
	while (!signals_stop && !atomic_load_explicit(&run->unheard, memory_order_relaxed) &&
	       (count = capture_read(run->capture, frames, INTAKE_BATCH)) > 0) {
		intake_take(&run->intake, frames, count);
		intake_tell_hidden_errors(&run->intake);
		uint64_t flows = tracker_stats(tracker)->flows;
		progress_update(&run->progress, run->capture, run->totals.frames, flows);
		if (signals_status) {
			signals_status = 0;
			progress_print(&run->progress, run->capture, run->totals.frames, flows);
		}
		if (run->interactive)
			write_known(run);
	}
	run->totals.interrupted = signals_stop != 0;
	intake_tell_hidden_errors(&run->intake);
	tracker_finish(tracker);
	handover_free(run->handover);
	run->handover = NULL;
	progress_clear(&run->progress);
}

/* The files are known, and nothing of them was read: outputs are opened, and rights given up. */
static bool
get_ready(void *user, const struct capture *capture, char *text, size_t size)
{
	struct run *run = user;
	const struct options *options = run->options;
	struct outputs *outputs = &run->outputs;
	text[0] = '\0'; /* outputs complain by themselves */
	return (!options->text || outputs_open(outputs, options, capture, &text_report, NULL)) &&
	       (!options->json ||
		outputs_open(outputs, options, capture, &json_report, options->json_path)) &&
	       confine_reading(options, capture, outputs, text, size);
}

static bool
open_tracker(struct run *run)
{
	struct tracker_options options = {
		.limits = run->options->limits,
		.flow_ended = on_flow,
		.user = run,
		.memory_bytes = memory_plan(run->options).flow_bytes,
	};
	if (getrandom(options.hash_key, sizeof(options.hash_key), GRND_NONBLOCK) < 0)
		options.hash_key[0] = (uint64_t)getpid();
	run->intake.tracker = tracker_new(&options);
	if (run->intake.tracker == NULL)
		complain("no memory for the flow table; a smaller --limit max-flows=NUMBER helps");
	return run->intake.tracker != NULL;
}

static void
complain_findings(void)
{
	complain("no memory for statements about many flows: the report goes without");
}

/* What flows say together; without memory they are reported one by one. */
static void
open_findings(struct run *run)
{
	run->findings = findings_new(&run->options->limits);
	if (run->findings == NULL)
		complain_findings();
}

/* Without memory or threads for it there is one thread. */
static void
open_handover(struct run *run)
{
	unsigned threads = run->options->threads;
	if (threads > 1 || (threads == 0 && processors_usable() > 1))
		run->handover = handover_new(report_flow, run);
}

/* The screen shows packets; without memory it goes without. */
static void
open_recorder(struct run *run)
{
	const struct recorder_options options = {
		.memory_bytes = run->options->recall_bytes,
		.whole = run->options->whole,
		.capture = run->capture,
	};
	if (run->journal != NULL)
		run->intake.recorder = recorder_new(&options);
}

static void
conclude(struct run *run)
{
	struct capture_facts facts = { .stats = run->totals.stats };
	if (run->findings == NULL)
		return;
	report_drops(&run->totals, &facts.kernel_drops, &facts.interface_drops);
	run->report = findings_conclude(run->findings, &facts);
	if (run->report == NULL)
		complain_findings();
	run->totals.findings = run->report;
}

/* A line for each damaged source. Returns whether there is one. */
static bool
complain_damage(const struct run *run)
{
	bool damaged = false;
	char text[RUN_TEXT_SIZE];
	for (size_t i = 0; i < capture_source_count(run->capture); i++) {
		if (!report_damage(capture_source(run->capture, i), run->options->ascii, text,
				   sizeof(text)))
			continue;
		fprintf(stderr, "tcpwhy: %s\n", text);
		damaged = true;
	}
	return damaged;
}

/* A flow that found no memory is not in any report. */
static bool
complain_memory(const struct run *run)
{
	uint64_t lost = run->totals.stats->unallocated;
	if (lost > 0)
		complain("memory was short: %" PRIu64 " packets or their details were not judged",
			 lost);
	return lost > 0;
}

static bool
found_class(const struct run *run)
{
	for (unsigned i = 0; i < CLASSES; i++)
		if (run->options->fail_if >> i & 1 && run->totals.by_class[i] > 0)
			return true;
	return false;
}

/* The screen, if it was asked for. Whoever interrupted the reading wants out. */
static bool
show_screen(const struct run *run)
{
	char text[RUN_TEXT_SIZE];
	if (run->journal == NULL || run->totals.interrupted ||
	    tui_offline_show(run->options, &run->totals, run->journal, run->intake.recorder, text,
			     sizeof(text)))
		return true;
	complain("%s", text);
	return false;
}

static int
analyze(struct run *run)
{
	if (!open_tracker(run)) {
		outputs_close(&run->outputs, NULL);
		return EXIT_INPUT;
	}
	open_findings(run);
	open_recorder(run);
	open_handover(run);
	read_all(run);
	run->totals.stats = tracker_stats(run->intake.tracker);
	conclude(run);
	bool shown = show_screen(run);
	bool written = outputs_close(&run->outputs, &run->totals);
	bool damaged = complain_damage(run);
	damaged |= complain_memory(run);
	/* a pipe has no end of its own that could be missed: there an interrupt is how it ends */
	bool unread = run->totals.interrupted && !run->interactive;
	if (unread)
		complain("interrupted: the rest of the input was not read");
	return damaged || unread || !written || !shown ? EXIT_INPUT
	       : found_class(run)		       ? EXIT_FOUND
						       : EXIT_OK;
}

int
run_offline(const struct options *options)
{
	char text[RUN_TEXT_SIZE];
	struct run *run = calloc(1, sizeof(*run));
	if (run == NULL) {
		complain("out of memory");
		return EXIT_INPUT;
	}
	run->options = options;
	run->intake.totals = &run->totals;
	for (size_t i = 0; i < options->path_count; i++)
		run->interactive |= strcmp(options->paths[i], "-") == 0;
	if (options->tui &&
	    (run->journal = tui_offline_prepare(options, text, sizeof(text))) == NULL) {
		complain("%s", text);
		free(run);
		return EXIT_USAGE;
	}
	progress_start(&run->progress, options->quiet);
	const struct capture_options capture_options = {
		.paths = options->paths,
		.path_count = options->path_count,
		.filter = options->filter,
		.stop = &signals_stop,
		.before_reading = get_ready,
		.user = run,
	};
	int error = capture_open(&run->capture, &capture_options, text, sizeof(text));
	int code = error == CAPTURE_ERROR_FILTER ? EXIT_USAGE : EXIT_INPUT;
	if (error != CAPTURE_OK) {
		if (text[0] != '\0')
			complain("%s", text);
		outputs_close(&run->outputs, NULL);
	} else {
		run->totals.capture = run->capture;
		run->totals.filter = options->filter;
		run->totals.given_twice = sources_given_twice(run->capture);
		code = analyze(run);
		findings_report_free(run->report);
		findings_free(run->findings);
		tracker_free(run->intake.tracker);
		recorder_free(run->intake.recorder);
		capture_close(run->capture);
	}
	journal_free(run->journal);
	free(run);
	return code;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over frames, and what it leaves behind: reports, complaints, an exit code. */
#include "ui/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "analyzer/findings.h"
#include "analyzer/tracker.h"
#include "dissect/capture.h"
#include "dissect/dissect.h"
#include "ui/options.h"
#include "ui/progress.h"
#include "ui/report.h"
#include "ui/same_file.h"
#include "ui/sanitize.h"
#include "ui/signals.h"
#include "ui/sink.h"
#include "ui/terminal.h"
#include "ui/tui_offline.h"

enum {
	RUN_BATCH = 32,
	RUN_OUTPUTS = 2,
	RUN_TEXT_SIZE = 2 * SANITIZED_SIZE,
	ADVANCE_STEP_NS = 100 * NS_PER_MS, /* frames without TCP tell the time no finer than this */
};

struct output {
	const struct report_ops *ops;
	void *state;
	const char *path; /* NULL: standard output */
	struct sink sink;
};

struct run {
	const struct options *options;
	struct capture *capture;
	struct tracker *tracker;
	struct findings *findings; /* NULL: memory was short, flows are reported without */
	struct findings_report *report;
	struct report_totals totals;
	struct progress progress;
	int64_t now_ns;		 /* last time told to the tracker */
	struct journal *journal; /* with --tui: all flows, for the screen */
	bool interactive; /* standard input is read: what is known is written before waiting */
	size_t pending;	  /* packets not fed yet */
	struct packet packets[RUN_BATCH];
	size_t output_count;
	struct output outputs[RUN_OUTPUTS];
};

/* A line on standard error; the text may hold what strangers chose. */
static void __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	char text[4096];
	char safe[SANITIZED_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	sanitize_string(text, false, safe, sizeof(safe));
	fprintf(stderr, "tcpwhy: %s\n", safe);
}

static void
on_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct run *run = user;
	struct report_totals *totals = &run->totals;
	totals->by_class[verdict_infos[verdict->code].verdict_class]++;
	totals->by_verdict[verdict->code]++;
	totals->payload += flow->half[TO_SERVER].payload + flow->half[TO_CLIENT].payload;
	if (run->findings != NULL)
		findings_take(run->findings, flow, verdict);
	if (run->journal != NULL)
		journal_take(run->journal, flow, verdict, 0);
	for (size_t i = 0; i < run->output_count; i++)
		run->outputs[i].ops->flow(run->outputs[i].state, flow, verdict);
}

static void
feed_pending(struct run *run)
{
	if (run->pending > 0)
		tracker_feed(run->tracker, run->packets, run->pending);
	run->pending = 0;
}

/* Time passes even if nobody speaks TCP. */
static void
tell_time(struct run *run, int64_t now_ns)
{
	if (run->now_ns != 0 && now_ns < run->now_ns + ADVANCE_STEP_NS)
		return;
	run->now_ns = now_ns;
	feed_pending(run);
	tracker_advance(run->tracker, now_ns);
}

static void
take_frame(struct run *run, const struct frame *frame)
{
	struct report_totals *totals = &run->totals;
	struct packet *packet = &run->packets[run->pending];
	totals->frames++;
	totals->bytes += frame->wirelen;
	switch (dissect_frame(frame, packet)) {
	case DISSECT_OK:
		if (packet->kind != PACKET_NOT_TCP) {
			run->pending++;
			break;
		}
		totals->not_tcp++;
		tell_time(run, frame->ts_ns);
		break;
	case DISSECT_TRUNCATED:
		totals->truncated++;
		break;
	case DISSECT_MALFORMED:
		totals->malformed++;
		break;
	case DISSECT_UNSUPPORTED:
		totals->unsupported++;
		break;
	}
	if (run->pending == RUN_BATCH)
		feed_pending(run);
}

/* A filter that takes ICMP errors away makes a filtered port look like a silent one. */
static void
tell_hidden_errors(struct run *run)
{
	uint64_t frames, errors;
	if (run->totals.filter == NULL)
		return;
	report_rejected(&run->totals, &frames, &errors);
	if (errors > 0)
		tracker_note_hidden_errors(run->tracker);
}

/* Whether anybody still reads what we write. */
static bool
outputs_work(const struct run *run)
{
	if (run->output_count == 0)
		return true;
	for (size_t i = 0; i < run->output_count; i++)
		if (run->outputs[i].sink.error == 0)
			return true;
	return false;
}

static void
read_all(struct run *run)
{
	struct frame frames[RUN_BATCH];
	size_t count;
	while (!signals_stop && outputs_work(run) &&
	       (count = capture_read(run->capture, frames, RUN_BATCH)) > 0) {
		for (size_t i = 0; i < count; i++)
			take_frame(run, &frames[i]);
		tell_hidden_errors(run);
		feed_pending(run); /* payloads are valid until the next read */
		uint64_t flows = tracker_stats(run->tracker)->flows;
		progress_update(&run->progress, run->capture, run->totals.frames, flows);
		if (signals_status) {
			signals_status = 0;
			progress_print(&run->progress, run->capture, run->totals.frames, flows);
		}
		for (size_t i = 0; run->interactive && i < run->output_count; i++)
			sink_flush(&run->outputs[i].sink);
	}
	run->totals.interrupted = signals_stop != 0;
	tell_hidden_errors(run);
	tracker_finish(run->tracker);
	progress_clear(&run->progress);
}

static bool
open_output(struct run *run, const struct report_ops *ops, const char *path)
{
	const struct options *options = run->options;
	struct output *output = &run->outputs[run->output_count];
	const struct report_settings settings =
		terminal_settings(options, run->capture, path == NULL);
	int error = 0;
	output->ops = ops;
	output->path = path;
	if (path == NULL)
		sink_open_stdout(&output->sink);
	else if (file_is_source(run->capture, path))
		error = EEXIST;
	else
		error = sink_open_file(&output->sink, path);
	if (error != 0) {
		complain("%s: %s", path,
			 error == ELOOP	   ? "is a symbolic link; name the file itself"
			 : error == EEXIST ? "is one of the captures to be read"
					   : strerror(error));
		return false;
	}
	run->output_count++;
	output->state = ops->begin(&settings, &output->sink);
	if (output->state == NULL)
		complain("no memory, or no temporary files in %s (TMPDIR): %s",
			 sink_spool_directory(), strerror(errno));
	return output->state != NULL;
}

static bool
open_outputs(struct run *run)
{
	const struct options *options = run->options;
	return (!options->text || open_output(run, &text_report, NULL)) &&
	       (!options->json || open_output(run, &json_report, options->json_path));
}

static bool
open_tracker(struct run *run)
{
	struct tracker_options options = {
		.limits = run->options->limits,
		.flow_ended = on_flow,
		.user = run,
	};
	if (getrandom(options.hash_key, sizeof(options.hash_key), GRND_NONBLOCK) < 0)
		options.hash_key[0] = (uint64_t)getpid();
	run->tracker = tracker_new(&options);
	if (run->tracker == NULL)
		complain("no memory for the flow table; a smaller --limit max-flows=NUMBER helps");
	return run->tracker != NULL;
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

/* Ends the reports. Returns whether all of them were written. */
static bool
close_outputs(struct run *run)
{
	bool well = true;
	for (size_t i = 0; i < run->output_count; i++) {
		struct output *output = &run->outputs[i];
		if (output->state != NULL && run->totals.stats != NULL) {
			output->ops->end(output->state, &run->totals);
		} else {
			sink_abandon(&output->sink);
			continue;
		}
		bool spool_failed = output->sink.spool_failed;
		int error = sink_close(&output->sink);
		if (error == 0)
			continue;
		well = false;
		if (spool_failed)
			complain("temporary files in %s (TMPDIR): %s; the list of flows is missing",
				 sink_spool_directory(), strerror(error));
		else if (error != EPIPE) /* who closed the pipe knows */
			complain("writing %s: %s",
				 output->path != NULL ? output->path : "standard output",
				 strerror(error));
	}
	return well;
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
	    tui_offline_show(run->options, &run->totals, run->journal, text, sizeof(text)))
		return true;
	complain("%s", text);
	return false;
}

static int
analyze(struct run *run)
{
	if (!open_tracker(run) || !open_outputs(run)) {
		close_outputs(run);
		return EXIT_INPUT;
	}
	open_findings(run);
	read_all(run);
	run->totals.stats = tracker_stats(run->tracker);
	conclude(run);
	bool shown = show_screen(run);
	bool written = close_outputs(run);
	bool damaged = complain_damage(run);
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
	if (options->tui && (run->journal = tui_offline_prepare(text, sizeof(text))) == NULL) {
		complain("%s", text);
		free(run);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < options->path_count; i++)
		run->interactive |= strcmp(options->paths[i], "-") == 0;
	progress_start(&run->progress, options->quiet);
	const struct capture_options capture_options = {
		.paths = options->paths,
		.path_count = options->path_count,
		.filter = options->filter,
		.stop = &signals_stop,
	};
	int error = capture_open(&run->capture, &capture_options, text, sizeof(text));
	int code = error == CAPTURE_ERROR_FILTER ? EXIT_USAGE : EXIT_INPUT;
	if (error != CAPTURE_OK) {
		complain("%s", text);
	} else {
		run->totals.capture = run->capture;
		run->totals.filter = options->filter;
		run->totals.given_twice = sources_given_twice(run->capture);
		code = analyze(run);
		findings_report_free(run->report);
		findings_free(run->findings);
		tracker_free(run->tracker);
		capture_close(run->capture);
	}
	journal_free(run->journal);
	free(run);
	return code;
}

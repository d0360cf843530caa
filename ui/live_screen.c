/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen of a live run: what it asks of the program, and when it is drawn. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/complain.h"
#include "ui/export.h"
#include "ui/live_parts.h"
#include "ui/terminal.h"

enum { SCREEN_TEXT_SIZE = 512 };

/* Changes are drawn at most so often, and the clock in the header at least so often. */
static const int64_t change_ns = 250 * NS_PER_MS;
static const int64_t clock_step_ns = NS_PER_S;

static volatile sig_atomic_t size_changed;

static void
on_size_change(int number)
{
	(void)number;
	size_changed = 1;
}

bool
live_wants_screen(const struct options *options)
{
	char text[SCREEN_TEXT_SIZE];
	bool other = options->text || options->quiet ||
		     (options->json && options->json_path == NULL);
	if (options->tui)
		return true;
	return !other && isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 &&
	       terminal_has_screen(NULL, text, sizeof(text));
}

static const struct flow *
find_flow(void *user, uint32_t number, struct verdict *ret_verdict)
{
	struct live *live = user;
	const struct journal_row *row = journal_find(live->journal, number);
	if (row == NULL)
		return NULL;
	if (row->handle != 0)
		return tracker_flow(live->tracker, row->handle, number, live->told_ns, ret_verdict);
	if (row->copy == NULL)
		return NULL;
	*ret_verdict = row->copy->verdict;
	return &row->copy->flow;
}

static struct recorder_key
key_of(const struct flow *flow)
{
	return (struct recorder_key){
		.client = flow->client,
		.server = flow->server,
		.client_port = flow->client_port,
		.server_port = flow->server_port,
	};
}

static size_t
find_packets(void *user, const struct flow *flow, struct recorder_frame *frames, size_t max,
	     bool *ret_cut)
{
	const struct live *live = user;
	const struct recorder_key key = key_of(flow);
	return recorder_find(live->recorder, &key, flow->first_ns, frames, max, ret_cut);
}

static int
write_capture(void *user, const struct flow *flow, const char *path, size_t *ret_frames)
{
	const struct live *live = user;
	const struct recorder_key key = key_of(flow);
	return recorder_export(live->recorder, &key, flow->first_ns, path, ret_frames);
}

static void
write_flow(void *user, uint32_t number, enum screen_export form, char *text, size_t size)
{
	struct live *live = user;
	const struct report_settings settings =
		terminal_settings(live->options, live->capture, false);
	const struct journal_row *row = journal_find(live->journal, number);
	const struct export_context context = {
		.provisional = row != NULL && !row->final,
		.settings = &settings,
		.totals = &live->totals,
		.write_capture = write_capture,
		.user = live,
	};
	struct verdict verdict;
	const struct flow *flow = find_flow(live, number, &verdict);
	if (flow == NULL)
		snprintf(text, size, "the flow is no longer held");
	else
		export_flow(&context, flow, &verdict, form, text, size);
}

/* Forgets what has ended; what is open stays, and losses do. */
static void
clear(void *user)
{
	struct live *live = user;
	struct findings *fresh = findings_new(&live->options->limits);
	if (fresh != NULL) {
		findings_free(live->conclusions.ended);
		live->conclusions.ended = fresh;
	}
	memset(live->totals.by_class, 0, sizeof(live->totals.by_class));
	memset(live->totals.by_verdict, 0, sizeof(live->totals.by_verdict));
	live->totals.payload = 0;
	journal_clear(live->journal);
	live_conclude(live);
}

bool
live_open_screen(struct live *live)
{
	char text[SCREEN_TEXT_SIZE];
	const struct sigaction action = { .sa_handler = on_size_change };
	const struct screen_settings settings = {
		.report = terminal_settings(live->options, live->capture, true),
		.host = { .user = live,
			  .flow = find_flow,
			  .packets = find_packets,
			  .export_flow = write_flow,
			  .clear = clear },
		.in = stdin,
		.out = stdout,
	};
	if (isatty(STDOUT_FILENO) != 1) {
		complain("--tui needs a terminal on standard output");
		return false;
	}
	live->screen = screen_open(&settings, text, sizeof(text));
	if (live->screen == NULL) {
		complain("%s", text);
		return false;
	}
	sigaction(SIGWINCH, &action, NULL);
	return true;
}

void
live_serve_screen(struct live *live)
{
	struct report_totals totals = live->totals;
	/* with the flows that are open, as they stood when conclusions were drawn */
	memcpy(totals.by_class, live->conclusions.totals.by_class, sizeof(totals.by_class));
	memcpy(totals.by_verdict, live->conclusions.totals.by_verdict, sizeof(totals.by_verdict));
	totals.findings = live->conclusions.report;
	const struct screen_data data = {
		.journal = live->journal,
		.totals = &totals,
		.now_ns = live->now_ns,
		.began_ns = live->began_ns,
		.ring_drops = report_ring_drops(&live->totals),
		.live = true,
		.recording = live->options->write_path != NULL,
	};
	unsigned wish = screen_keys(live->screen, &data);
	if (size_changed) {
		size_changed = 0;
		screen_resize(live->screen);
		wish |= SCREEN_REDRAW;
	}
	live->quit = (wish & SCREEN_QUIT) != 0;
	int64_t since_ns = live->now_ns - live->drawn_ns;
	bool changed = journal_version(live->journal) != live->drawn_version;
	if (!live->quit && ((wish & SCREEN_REDRAW) || (changed && since_ns >= change_ns) ||
			    since_ns >= clock_step_ns || since_ns < 0)) {
		screen_draw(live->screen, &data);
		live->drawn_ns = live->now_ns;
		live->drawn_version = journal_version(live->journal);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing changes any more: the loop waits for keys, for a new size, or for the end. */
#include "ui/tui_offline.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/export.h"
#include "ui/memory.h"
#include "ui/screen.h"
#include "ui/signals.h"
#include "ui/terminal.h"

enum { JOURNAL_ROWS_LEAST = 1 << 12 };

struct tui {
	const struct report_settings *settings;
	const struct report_totals *totals;
	const struct journal *journal;
	const struct recorder *recorder; /* may be NULL */
};

static volatile sig_atomic_t size_changed;

static void
on_size_change(int number)
{
	(void)number;
	size_changed = 1;
}

struct journal *
tui_offline_prepare(const struct options *options, char *text, size_t size)
{
	const struct memory_plan plan = memory_plan(options);
	struct journal *journal = NULL;
	if (isatty(STDOUT_FILENO) != 1) {
		snprintf(text, size, "--tui needs a terminal on standard output");
		return NULL;
	}
	if (!terminal_has_screen(NULL, text, size))
		return NULL;
	for (size_t rows = plan.journal_rows; rows >= JOURNAL_ROWS_LEAST && journal == NULL;
	     rows /= 2)
		journal = journal_new(rows, plan.journal_copy_bytes);
	if (journal == NULL)
		snprintf(text, size, "no memory for the list of flows");
	return journal;
}

static const struct flow *
find_flow(void *user, uint32_t number, struct verdict *ret_verdict)
{
	const struct tui *tui = user;
	const struct journal_row *row = journal_find(tui->journal, number);
	if (row == NULL || row->copy == NULL)
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

/* Of a large capture only the last packets are in memory. */
static size_t
find_packets(void *user, const struct flow *flow, struct recorder_frame *frames, size_t max,
	     bool *ret_cut)
{
	const struct tui *tui = user;
	const struct recorder_key key = key_of(flow);
	*ret_cut = true;
	return tui->recorder == NULL ? 0
				     : recorder_find(tui->recorder, &key, flow->first_ns, frames,
						     max, ret_cut);
}

static int
write_capture(void *user, const struct flow *flow, const char *path, size_t *ret_frames)
{
	const struct tui *tui = user;
	const struct recorder_key key = key_of(flow);
	return recorder_export(tui->recorder, &key, flow->first_ns, path, ret_frames);
}

static void
write_flow(void *user, uint32_t number, enum screen_export form, char *text, size_t size)
{
	const struct tui *tui = user;
	const struct export_context context = {
		.settings = tui->settings,
		.totals = tui->totals,
		.write_capture = tui->recorder != NULL ? write_capture : NULL,
		.user = user,
	};
	struct verdict verdict;
	const struct flow *flow = find_flow(user, number, &verdict);
	if (flow == NULL)
		snprintf(text, size, "the flow is no longer held");
	else
		export_flow(&context, flow, &verdict, form, text, size);
}

/* Waits for a key or for a signal; signals are let in only while it waits, so that none is missed. */
static void
wait_for_something(int fd, const sigset_t *while_waiting)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	ppoll(&input, 1, NULL, while_waiting);
}

static void
loop(struct screen *screen, const struct screen_data *data, int fd)
{
	sigset_t blocked, before;
	struct sigaction size_before;
	const struct sigaction size_action = { .sa_handler = on_size_change };
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGHUP);
	sigaddset(&blocked, SIGWINCH);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGWINCH, &size_action, &size_before);
	unsigned wish = SCREEN_REDRAW;
	while (!signals_stop && !(wish & SCREEN_QUIT)) {
		if (size_changed) {
			size_changed = 0;
			screen_resize(screen);
			wish |= SCREEN_REDRAW;
		}
		if (wish & SCREEN_REDRAW)
			screen_draw(screen, data);
		wait_for_something(fd, &before);
		wish = screen_keys(screen, data);
	}
	sigaction(SIGWINCH, &size_before, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool
tui_offline_show(const struct options *options, const struct report_totals *totals,
		 const struct journal *journal, const struct recorder *recorder, char *text,
		 size_t size)
{
	const struct report_settings settings = terminal_settings(options, totals->capture, true);
	struct tui tui = {
		.settings = &settings,
		.totals = totals,
		.journal = journal,
		.recorder = recorder,
	};
	struct screen_data data = { .journal = journal, .totals = totals };
	report_span(totals, &data.began_ns, &data.now_ns);
	/* the capture may come from standard input; keys come from the terminal */
	bool from_terminal = isatty(STDIN_FILENO) == 1;
	FILE *in = from_terminal ? stdin : fopen("/dev/tty", "re");
	if (in == NULL) {
		snprintf(text, size, "--tui: no terminal to read keys from: %s", strerror(errno));
		return false;
	}
	const struct screen_settings screen_settings = {
		.report = settings,
		.host = { .user = &tui,
			  .flow = find_flow,
			  .packets = find_packets,
			  .export_flow = write_flow },
		.in = in,
		.out = stdout,
	};
	struct screen *screen = screen_open(&screen_settings, text, size);
	if (screen != NULL) {
		loop(screen, &data, fileno(in));
		screen_close(screen);
	}
	if (!from_terminal)
		fclose(in);
	return screen != NULL;
}

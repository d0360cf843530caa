/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal, the stack of views, and the keys that all views share. */
#include "ui/screen.h"

#include <curses.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ui/terminal.h"
#include "ui/view.h"

enum {
	ESCAPE_DELAY_MS = 25,
	KEYS_AT_ONCE = 256, /* a terminal that never runs dry must not stop the capture */
	ENDED_READS = 3,    /* empty reads of an input that is ready: it has ended */
};

static const struct view_ops *const top_views[] = { &view_flows, &view_findings, &view_listeners };
enum { TOP_VIEWS = sizeof(top_views) / sizeof(top_views[0]) };

static const struct view_ops *
shown_view(const struct screen *screen)
{
	return screen->views[screen->depth - 1];
}

void
screen_say(struct screen *screen, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(screen->message, sizeof(screen->message), format, arguments);
	va_end(arguments);
}

void
screen_push(struct screen *screen, const struct view_ops *view)
{
	if (shown_view(screen) != view && screen->depth < VIEW_DEPTH)
		screen->views[screen->depth++] = view;
}

void
screen_switch(struct screen *screen, const struct view_ops *view)
{
	screen->depth = 1;
	screen->views[0] = view;
}

void
screen_open_flow(struct screen *screen, uint32_t number)
{
	if (number == 0)
		return;
	if (screen->flow_number != number)
		pager_release(&screen->flow_pager);
	screen->flow_number = number;
	screen->flow_version = UINT64_MAX;
	screen_push(screen, &view_flow);
}

void
screen_list_flows(struct screen *screen, const struct flow_filter *filter)
{
	screen->flows.filter = *filter;
	screen->flows.held = 0;
	screen->flows.stale = true;
	/* on top of where one came from: back leads there */
	if (screen->depth == VIEW_DEPTH)
		screen_switch(screen, &view_flows);
	else
		screen_push(screen, &view_flows);
}

uint32_t
screen_flow_number(const struct screen *screen)
{
	if (shown_view(screen) == &view_flow)
		return screen->flow_number;
	if (shown_view(screen) == &view_flows)
		return flow_list_number(&screen->flows, screen->flows.scroll.at);
	return 0;
}

static void
turn_view(struct screen *screen, int step)
{
	size_t at = 0;
	while (at < TOP_VIEWS - 1 && top_views[at] != screen->views[0])
		at++;
	screen_switch(screen, top_views[(at + TOP_VIEWS + (size_t)step) % TOP_VIEWS]);
}

static void
toggle_pause(struct screen *screen, const struct screen_data *data)
{
	screen->paused = !screen->paused;
	screen->paused_ns = data->now_ns;
	if (screen->paused)
		flow_list_freeze(&screen->flows, data->journal);
	else
		flow_list_thaw(&screen->flows);
}

void
screen_search(struct screen *screen, const struct screen_data *data, bool back)
{
	const struct view_ops *view = shown_view(screen);
	if (view->search == NULL)
		screen_say(screen, "nothing to search here");
	else if (screen->search[0] == '\0')
		screen_say(screen, "nothing to search for yet: / asks");
	else if (!view->search(screen, data, back))
		screen_say(screen, "not found: %s", screen->search);
}

static void
go_back(struct screen *screen, bool may_quit)
{
	if (screen->depth > 1) {
		/* the filter went with the way here */
		if (shown_view(screen) == &view_flows)
			flow_list_show_all(&screen->flows);
		screen->depth--;
	} else if (shown_view(screen) != &view_flows)
		screen_switch(screen, &view_flows);
	else if (may_quit)
		screen->quit = true;
}

/* Keys that mean the same everywhere, unless a view took them. */
static void
common_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	if (request == REQUEST_QUIT)
		screen->quit = true;
	else if (request == REQUEST_BACK || request == REQUEST_ESCAPE)
		go_back(screen, request == REQUEST_BACK);
	else if (request == REQUEST_HELP)
		screen_push(screen, &view_help);
	else if (request == REQUEST_VIEW || request == REQUEST_VIEW_BEFORE)
		turn_view(screen, request == REQUEST_VIEW ? 1 : -1);
	else if (request == REQUEST_SEARCH)
		screen_ask(screen, QUESTION_SEARCH, "");
	else if (request == REQUEST_NEXT || request == REQUEST_PREVIOUS)
		screen_search(screen, data, request == REQUEST_PREVIOUS);
	else if (request == REQUEST_FILTER)
		screen_ask(screen, QUESTION_FILTER, screen->flows.filter.text);
	else if (request == REQUEST_PAUSE)
		toggle_pause(screen, data);
	else if (request == REQUEST_EXPORT && screen_flow_number(screen) != 0)
		screen_ask(screen, QUESTION_EXPORT, "");
	else if (request == REQUEST_EXPORT)
		screen_say(screen, "export what? choose a flow first");
	else if (request == REQUEST_CLEAR && screen->settings.host.clear != NULL) {
		(screen->settings.host.clear)(
			screen->settings.host.user); /* curses has a clear() */
		if (screen->paused)
			toggle_pause(screen, data);
		screen_say(screen, "forgot the flows that have ended");
	} else if (request == REQUEST_REDRAW)
		clearok(curscr, TRUE);
}

static void
take_key(struct screen *screen, const struct screen_data *data, int code, bool is_character)
{
	screen->message[0] = '\0';
	if (screen->question != QUESTION_NONE) {
		screen_answer(screen, data, code, is_character);
		return;
	}
	enum request request = is_character && code > 0x7f ? REQUEST_NONE : key_request(code);
	if (request == REQUEST_NONE)
		return;
	unsigned flags = shown_view(screen)->key(screen, data, request);
	if (flags & VIEW_BACK)
		go_back(screen, false);
	if (flags == VIEW_IGNORED)
		common_key(screen, data, request);
}

/* Whether the input can still bring keys: a terminal that hung up, or a file that was read to its end,
 * is ready all the time and has nothing. */
static bool
input_has_ended(const struct screen *screen, unsigned *empty_reads)
{
	struct pollfd input = { .fd = fileno(screen->settings.in), .events = POLLIN };
	if (poll(&input, 1, 0) <= 0)
		return false;
	if (input.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return ++*empty_reads >= ENDED_READS;
}

unsigned
screen_keys(struct screen *screen, const struct screen_data *data)
{
	unsigned wish = SCREEN_NOTHING;
	unsigned empty_reads = 0;
	set_term(screen->terminal);
	for (int i = 0; i < KEYS_AT_ONCE && !screen->quit && !screen->gone; i++) {
		wint_t code;
		int kind = get_wch(&code);
		if (kind == ERR) {
			screen->gone = input_has_ended(screen, &empty_reads);
			if (empty_reads == 0 || screen->gone)
				break;
			continue; /* something came in between, or the end did: look again */
		}
		empty_reads = 0;
		wish |= SCREEN_REDRAW;
		if (kind != KEY_CODE_YES || code != KEY_RESIZE)
			take_key(screen, data, (int)code, kind != KEY_CODE_YES);
	}
	return wish | (screen->quit || screen->gone ? SCREEN_QUIT : 0);
}

void
screen_resize(struct screen *screen)
{
	struct winsize size;
	set_term(screen->terminal);
	if (ioctl(fileno(screen->settings.out), TIOCGWINSZ, &size) != 0 || size.ws_row == 0 ||
	    size.ws_col == 0)
		return;
	if (is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE); /* what terminals do to the old lines is their own affair */
}

static void
draw_all(struct screen *screen, const struct screen_data *data)
{
	char status[SCREEN_TEXT] = "";
	const struct view_ops *view = shown_view(screen);
	const struct area area = {
		.top = HEAD_LINES,
		.height = LINES - HEAD_LINES - FOOT_LINES,
		.width = COLS,
	};
	view->draw(screen, data, &area);
	screen_draw_head(screen, data, COLS);
	if (view->status != NULL)
		view->status(screen, data, status, sizeof(status));
	canvas_text(&screen->canvas, LINES - FOOT_LINES, 0, COLS, TONE_NOTICE, status);
	screen_draw_footer(screen, LINES - 1, COLS);
}

void
screen_draw(struct screen *screen, const struct screen_data *data)
{
	set_term(screen->terminal);
	flow_list_update(&screen->flows, data->journal,
			 screen->paused ? screen->paused_ns : data->now_ns);
	listeners_update(&screen->listeners, data);
	erase();
	if (LINES < SCREEN_LEAST_LINES || COLS < SCREEN_LEAST_COLUMNS) {
		canvas_text(&screen->canvas, 0, 0, COLS, TONE_BAD, "too small:");
		canvas_print(&screen->canvas, 1, 0, COLS, TONE_BAD, "%dx%d is needed",
			     SCREEN_LEAST_COLUMNS, SCREEN_LEAST_LINES);
	} else {
		draw_all(screen, data);
	}
	refresh();
}

static void *
open_terminal(const struct screen_settings *settings, char *text, size_t size)
{
	if (!terminal_has_screen(settings->term, text, size))
		return NULL;
	SCREEN *terminal = newterm(settings->term, settings->out, settings->in);
	if (terminal == NULL)
		snprintf(text, size, "the terminal cannot be used as a screen");
	return terminal;
}

struct screen *
screen_open(const struct screen_settings *settings, char *text, size_t size)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	if (screen == NULL) {
		snprintf(text, size, "out of memory");
		return NULL;
	}
	screen->settings = *settings;
	screen->settings.report.color = false; /* escape codes have no place in windows */
	screen->locale_before = strdup(setlocale(LC_CTYPE, NULL));
	setlocale(LC_CTYPE, ""); /* curses writes characters as the locale has them */
	screen->terminal = open_terminal(settings, text, size);
	if (screen->terminal == NULL) {
		setlocale(LC_CTYPE, screen->locale_before != NULL ? screen->locale_before : "C");
		free(screen->locale_before);
		free(screen);
		return NULL;
	}
	screen->canvas.utf8 = settings->report.utf8 && !settings->report.ascii &&
			      strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	screen->settings.report.utf8 = screen->canvas.utf8;
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	theme_init(&screen->canvas.theme, settings->report.color);
	sink_open_memory(&screen->sink);
	screen_switch(screen, &view_flows);
	return screen;
}

void
screen_close(struct screen *screen)
{
	if (screen == NULL)
		return;
	set_term(screen->terminal);
	endwin();
	delscreen(screen->terminal);
	setlocale(LC_CTYPE, screen->locale_before != NULL ? screen->locale_before : "C");
	free(screen->locale_before);
	flow_list_release(&screen->flows);
	listeners_release(&screen->listeners);
	pager_release(&screen->flow_pager);
	pager_release(&screen->finding_pager);
	pager_release(&screen->help_pager);
	sink_abandon(&screen->sink);
	free(screen);
}

void
screen_line(const struct screen *screen, int line, char *text, size_t size)
{
	set_term(screen->terminal);
	text[0] = '\0';
	if (mvinnstr(line, 0, text, (int)size - 1) == ERR)
		text[0] = '\0';
	text[size - 1] = '\0';
	for (size_t length = strlen(text); length > 0 && text[length - 1] == ' ';)
		text[--length] = '\0';
}

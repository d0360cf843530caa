/* SPDX-License-Identifier: BSD-2-Clause */
/* Server endpoints: how many flows, how many failed, and the half-open ones over time as a graph. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/format.h"
#include "ui/graph.h"
#include "ui/view.h"

enum { TITLE_LINES = 1, SERVER_LEFT = 2, NUMBER_WIDTH = 6, NUMBERS = 5, SERVER_LEAST = 21 };

/* The address has what the numbers and a graph of at least 12 columns leave. */
static int
server_width(const struct listeners *listeners, int width)
{
	int widest = SERVER_LEAST;
	int most = width - SERVER_LEFT - NUMBERS * (NUMBER_WIDTH + 1) - 14;
	for (size_t i = 0; i < listeners->count; i++) {
		char server[FORMAT_ENDPOINT_SIZE];
		const struct listener *listener = &listeners->items[i];
		format_endpoint(listener->server, listener->ip_version, listener->port, server,
				sizeof(server));
		int length = (int)strlen(server);
		widest = length > widest ? length : widest;
	}
	return widest < most ? widest : most;
}

/* A finding about the listener may have the graph of what the server answered, request by request. */
static const struct backlog_curve *
find_curve(const struct screen_data *data, const struct listener *listener)
{
	const struct findings_report *report = data->totals->findings;
	for (size_t i = 0; report != NULL && i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		if (finding->subject.kind == SUBJECT_LISTENER && finding->backlog.count > 0 &&
		    finding->subject.port == listener->port &&
		    finding->subject.ip_version == listener->ip_version &&
		    ip_addr_equal(finding->subject.addr, listener->server))
			return &finding->backlog;
	}
	return NULL;
}

/* Puts count points into at most width columns: each shows the highest that it stands for. */
static size_t
squeeze(const uint32_t *points, size_t count, size_t width, uint32_t *ret_columns)
{
	if (width > count)
		width = count;
	for (size_t i = 0; i < width; i++) {
		ret_columns[i] = 0;
		for (size_t j = i * count / width; j < (i + 1) * count / width; j++)
			if (points[j] > ret_columns[i])
				ret_columns[i] = points[j];
	}
	return width;
}

static void
draw_graph(const struct screen *screen, const struct screen_data *data,
	   const struct listener *listener, int line, int left, int width)
{
	const struct backlog_curve *curve = data->live ? NULL : find_curve(data, listener);
	uint32_t columns[LISTENER_POINTS];
	char graph[LISTENER_POINTS * GRAPH_BYTES + 1];
	char peak[COLUMN_TEXT];
	if (width < 1)
		return;
	size_t count = curve != NULL
			       ? squeeze(curve->points, curve->count, (size_t)width, columns)
			       : squeeze(listener->points, LISTENER_POINTS, (size_t)width, columns);
	uint32_t most = graph_line(columns, count, screen->canvas.utf8, graph);
	column_amount(most, peak, sizeof(peak));
	canvas_print(&screen->canvas, line, left - NUMBER_WIDTH - 1, NUMBER_WIDTH, TONE_PLAIN,
		     "%*s", NUMBER_WIDTH, peak);
	canvas_text(&screen->canvas, line, left, width, TONE_UNSURE, graph);
}

static void
draw_listener(const struct screen *screen, const struct screen_data *data,
	      const struct listener *listener, int line, int server, int width)
{
	const uint64_t numbers[] = { listener->flows, listener->failed, listener->refused,
				     listener->half_open };
	char text[FORMAT_ENDPOINT_SIZE];
	int left = SERVER_LEFT + server + 1;
	format_endpoint(listener->server, listener->ip_version, listener->port, text, sizeof(text));
	column_shorten(text, server);
	canvas_text(&screen->canvas, line, SERVER_LEFT, server,
		    listener->failed > 0 ? TONE_BAD : TONE_PLAIN, text);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char number[COLUMN_TEXT];
		column_amount(numbers[i], number, sizeof(number));
		canvas_print(&screen->canvas, line, left, NUMBER_WIDTH,
			     i > 0 && numbers[i] > 0 ? TONE_BAD : TONE_PLAIN, "%*s", NUMBER_WIDTH,
			     number);
		left += NUMBER_WIDTH + 1;
	}
	left += NUMBER_WIDTH + 1;
	draw_graph(screen, data, listener, line, left, width - left);
}

static void
draw_titles(const struct screen *screen, const struct screen_data *data, const struct area *area,
	    int server)
{
	static const char *const titles[NUMBERS] = { "FLOWS", "FAILED", "REFUSD", "H-OPEN",
						     "PEAK" };
	int left = SERVER_LEFT + server + 1;
	canvas_tint(&screen->canvas, area->top, area->width, TONE_TITLES);
	canvas_text(&screen->canvas, area->top, SERVER_LEFT, server, TONE_TITLES, "LISTENER");
	for (size_t i = 0; i < NUMBERS; i++) {
		canvas_print(&screen->canvas, area->top, left, NUMBER_WIDTH, TONE_TITLES, "%*s",
			     NUMBER_WIDTH, titles[i]);
		left += NUMBER_WIDTH + 1;
	}
	canvas_text(&screen->canvas, area->top, left, area->width - left, TONE_TITLES,
		    data->live ? "LAST 64 S" : "OVER TIME");
}

static void
listeners_draw(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	struct listeners *listeners = &screen->listeners;
	struct scroll *scroll = &screen->listeners_scroll;
	size_t height = (size_t)(area->height - TITLE_LINES);
	int server = server_width(listeners, area->width);
	scroll_fit(scroll, listeners->count, height);
	draw_titles(screen, data, area, server);
	if (listeners->count == 0)
		canvas_text(&screen->canvas, area->top + 2, 4, area->width - 4, TONE_PLAIN,
			    "no listener seen");
	for (size_t i = 0; i < height && scroll->top + i < listeners->count; i++) {
		int line = area->top + TITLE_LINES + (int)i;
		draw_listener(screen, data, &listeners->items[scroll->top + i], line, server,
			      area->width);
		if (scroll->top + i == scroll->at) {
			canvas_text(&screen->canvas, line, 0, 1, TONE_PLAIN, ">");
			canvas_tint(&screen->canvas, line, area->width, TONE_CURSOR);
		}
	}
}

static unsigned
listeners_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	struct scroll *scroll = &screen->listeners_scroll;
	(void)data;
	if (scroll_key(scroll, request, screen->listeners.count))
		return VIEW_DONE;
	if (request != REQUEST_OPEN)
		return VIEW_IGNORED;
	if (scroll->at >= screen->listeners.count)
		return VIEW_DONE;
	const struct listener *listener = &screen->listeners.items[scroll->at];
	const struct flow_filter filter = {
		.has_server = true,
		.server = listener->server,
		.server_port = listener->port,
		.ip_version = listener->ip_version,
	};
	screen_list_flows(screen, &filter);
	return VIEW_DONE;
}

static bool
listeners_search(struct screen *screen, const struct screen_data *data, bool back)
{
	const struct listeners *listeners = &screen->listeners;
	size_t count = listeners->count;
	(void)data;
	for (size_t step = 1; step <= count; step++) {
		char server[FORMAT_ENDPOINT_SIZE];
		size_t at = (screen->listeners_scroll.at + (back ? count - step : step)) % count;
		const struct listener *listener = &listeners->items[at];
		format_endpoint(listener->server, listener->ip_version, listener->port, server,
				sizeof(server));
		if (strcasestr(server, screen->search) == NULL)
			continue;
		screen->listeners_scroll.at = at;
		return true;
	}
	return false;
}

static void
listeners_status(struct screen *screen, const struct screen_data *data, char *text, size_t size)
{
	const struct listeners *listeners = &screen->listeners;
	char step[FORMAT_TIME_SIZE];
	(void)data;
	if (listeners->count == 0)
		return;
	format_duration(listeners->step_ns / NS_PER_US, step, sizeof(step));
	size_t used = (size_t)snprintf(text, size, "%zu/%zu  Enter: its flows",
				       screen->listeners_scroll.at + 1, listeners->count);
	if (listeners->elsewhere > 0)
		snprintf(text + used, size - used,
			 "; %" PRIu64 " flows to other listeners are not counted here",
			 listeners->elsewhere);
}

const struct view_ops view_listeners = {
	.name = "listeners",
	.draw = listeners_draw,
	.key = listeners_key,
	.search = listeners_search,
	.status = listeners_status,
};

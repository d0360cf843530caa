/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of flows: only the rows that are visible are made into text. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/explain.h"
#include "ui/format.h"
#include "ui/paint.h"
#include "ui/view.h"

enum { ROWS_MOST = 512, MARK_COLUMN = 1, TITLE_LINES = 1, ROW_TEXT = 256 };

static void
draw_titles(const struct screen *screen, const struct area *area)
{
	const struct column_layout *layout = &screen->layout;
	canvas_tint(&screen->canvas, area->top, area->width, TONE_TITLES);
	canvas_text(&screen->canvas, area->top, MARK_COLUMN, 1, TONE_TITLES, "!");
	for (size_t i = 0; i < column_count(); i++) {
		const struct column_place *place = &layout->place[i];
		int length = (int)strlen(column_title(i));
		int shift = column_is_right_aligned(i) && length < place->width
				    ? place->width - length
				    : 0;
		canvas_text(&screen->canvas, area->top, place->left + shift, place->width - shift,
			    TONE_TITLES, column_title(i));
	}
}

/* What is cut is marked: at the end by +, in addresses in their middle. */
static void
fit_text(char *text, int width)
{
	if ((int)strlen(text) <= width || width < 1)
		return;
	if (strchr(text, ':') != NULL) {
		column_shorten(text, width);
		return;
	}
	text[width - 1] = '+';
	text[width] = '\0';
}

static void
draw_row(const struct screen *screen, const struct journal_row *row, int line, int width,
	 bool selected, int64_t now_ns)
{
	const struct canvas *canvas = &screen->canvas;
	enum verdict_class verdict_class = verdict_infos[row->code].verdict_class;
	const char mark[] = { class_mark(verdict_class), row->final ? ' ' : '~', '\0' };
	enum tone tone = theme_class(verdict_class);
	canvas_text(canvas, line, MARK_COLUMN, 2, tone, mark);
	for (size_t i = 0; i < column_count(); i++) {
		const struct column_place *place = &screen->layout.place[i];
		char text[COLUMN_TEXT];
		if (place->width < 1)
			continue;
		column_text(i, row, now_ns, text);
		fit_text(text, place->width);
		int length = (int)strlen(text);
		int shift = column_is_right_aligned(i) ? place->width - length : 0;
		canvas_text(canvas, line, place->left + shift, place->width - shift,
			    i == 0 ? tone : TONE_PLAIN, text);
	}
	if (selected) {
		canvas_text(canvas, line, 0, 1, TONE_PLAIN, ">");
		canvas_tint(canvas, line, width, TONE_CURSOR);
	}
}

static void
draw_nothing(const struct screen *screen, const struct screen_data *data, const struct area *area)
{
	bool filtered = !flow_filter_is_empty(&screen->flows.filter);
	if (area->height > TITLE_LINES + 1)
		canvas_text(&screen->canvas, area->top + TITLE_LINES + 1, 4, area->width - 4,
			    TONE_PLAIN,
			    filtered ? "no flow passes the filter; Esc takes it away"
			    : data->totals->stats->flows == 0 ? "no TCP connection seen"
							      : "no flow is listed");
}

static void
flows_draw(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	struct flow_list *list = &screen->flows;
	const struct journal_row *rows[ROWS_MOST];
	int64_t now_ns = screen->paused ? screen->paused_ns : data->now_ns;
	size_t height = area->height > TITLE_LINES ? (size_t)(area->height - TITLE_LINES) : 0;
	if (height > ROWS_MOST)
		height = ROWS_MOST;
	scroll_fit(&list->scroll, list->count, height);
	for (size_t i = 0; i < height; i++)
		rows[i] = flow_list_row(list, data->journal, list->scroll.top + i);
	columns_place(&screen->layout, area->width, rows, height, now_ns);
	draw_titles(screen, area);
	if (list->count == 0)
		draw_nothing(screen, data, area);
	for (size_t i = 0; i < height && list->scroll.top + i < list->count; i++) {
		int line = area->top + TITLE_LINES + (int)i;
		bool selected = list->scroll.top + i == list->scroll.at;
		if (rows[i] != NULL) {
			draw_row(screen, rows[i], line, area->width, selected, now_ns);
			continue;
		}
		canvas_print(&screen->canvas, line, 4, area->width - 4, TONE_PLAIN,
			     "flow %" PRIu32 " was given up for lack of room",
			     flow_list_number(list, list->scroll.top + i));
	}
}

/* "3/812  nothing answered the SYN, 90 %; suspect: the server's host" */
static void
flows_status(struct screen *screen, const struct screen_data *data, char *text, size_t size)
{
	const struct flow_list *list = &screen->flows;
	const struct journal_row *row = flow_list_row(list, data->journal, list->scroll.at);
	char filter[SCREEN_TEXT / 2] = "";
	size_t used = (size_t)snprintf(text, size, "%zu/%zu",
				       list->count > 0 ? list->scroll.at + 1 : 0, list->count);
	if (!flow_filter_is_empty(&list->filter)) {
		flow_filter_describe(&list->filter, filter, sizeof(filter));
		used += (size_t)snprintf(text + used, size - used, " of %zu %s", list->total,
					 filter);
	}
	if (list->order != ORDER_FAILING || list->inverted)
		used += (size_t)snprintf(text + used, size - used, " by %s%s",
					 flow_order_names[list->order],
					 list->inverted ? ", inverted" : "");
	if (list->short_of_memory)
		used += (size_t)snprintf(text + used, size - used, " (out of memory)");
	if (row != NULL && used < size && journal_row_waits(row))
		snprintf(text + used, size - used, "  too early to tell: an answer may still come");
	else if (row != NULL && used < size && journal_row_lives(row))
		snprintf(text + used, size - used, "  open, and nothing is wrong with it");
	else if (row != NULL && used < size)
		snprintf(text + used, size - used, "  %s, %u %%%s%s", explain_headline(row->code),
			 (unsigned)row->confidence,
			 row->suspect != SUSPECT_NONE ? "; suspect: " : "",
			 row->suspect != SUSPECT_NONE ? explain_suspect(row->suspect) : "");
}

static void
change_order(struct flow_list *list, enum request request)
{
	unsigned step = request == REQUEST_SORT ? 1 : FLOW_ORDER_COUNT - 1;
	if (request == REQUEST_INVERT)
		list->inverted = !list->inverted;
	else
		list->order = (enum flow_order)((list->order + step) % FLOW_ORDER_COUNT);
	list->stale = true;
}

static unsigned
flows_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	struct flow_list *list = &screen->flows;
	(void)data;
	if (scroll_key(&list->scroll, request, list->count)) {
		flow_list_hold(list);
		if (request == REQUEST_HOME)
			list->held = 0; /* whatever comes in, it is seen there */
		return VIEW_DONE;
	}
	if (request == REQUEST_SORT || request == REQUEST_SORT_BEFORE ||
	    request == REQUEST_INVERT) {
		change_order(list, request);
		return VIEW_DONE;
	}
	if (request == REQUEST_OPEN) {
		flow_list_hold(list);
		screen_open_flow(screen, flow_list_number(list, list->scroll.at));
		return VIEW_DONE;
	}
	if (request == REQUEST_ESCAPE && screen->depth == 1 &&
	    !flow_filter_is_empty(&list->filter)) {
		flow_list_show_all(list);
		return VIEW_DONE;
	}
	return VIEW_IGNORED;
}

static bool
flows_search(struct screen *screen, const struct screen_data *data, bool back)
{
	struct flow_list *list = &screen->flows;
	struct flow_filter wanted = { 0 };
	flow_filter_parse(&wanted, screen->search);
	for (size_t step = 1; step <= list->count; step++) {
		size_t at = list->scroll.at + (back ? list->count - step : step);
		at %= list->count;
		const struct journal_row *row = flow_list_row(list, data->journal, at);
		if (row == NULL || !flow_filter_matches(&wanted, row))
			continue;
		list->scroll.at = at;
		flow_list_hold(list);
		return true;
	}
	return false;
}

const struct view_ops view_flows = {
	.name = "flows",
	.draw = flows_draw,
	.key = flows_key,
	.search = flows_search,
	.status = flows_status,
};

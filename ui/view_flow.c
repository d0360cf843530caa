/* SPDX-License-Identifier: BSD-2-Clause */
/* One flow: what happened, the frames that prove it, whom it points at, why perhaps, what to do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/ladder.h"
#include "ui/text_flow.h"
#include "ui/view.h"

/* A flow is seldom alone: findings about its listener that fit its verdict are told first. */
static void
write_findings(struct screen *screen, const struct screen_data *data, const struct flow *flow,
	       const struct verdict *verdict)
{
	const struct findings_report *report = data->totals->findings;
	for (size_t i = 0; i < report_problems(data->totals); i++) {
		const struct finding *finding = &report->findings[i];
		char line[SCREEN_TEXT];
		if (finding->subject.kind != SUBJECT_LISTENER ||
		    finding->subject.port != flow->server_port ||
		    finding->subject.ip_version != flow->ip_version ||
		    !ip_addr_equal(finding->subject.addr, flow->server) ||
		    (finding->verdict != VERDICT_CODES && finding->verdict != verdict->code))
			continue;
		finding_line(finding, line, sizeof(line));
		sink_printf(&screen->sink, "! finding: %s\n", line);
	}
}

enum {
	FRAMES_MAX = 8192, /* the latest packets of a flow that are looked at */
	LADDER_LINES = 40,
};

/* Its packets as a ladder, as far as they are still in memory. */
static void
write_ladder(struct screen *screen, const struct area *area, const struct flow *flow,
	     const struct verdict *verdict)
{
	const struct screen_host *host = &screen->settings.host;
	const struct ladder_settings settings = {
		.width = area->width > 0 ? (unsigned)area->width : 0,
		.utf8 = screen->settings.report.utf8,
	};
	struct recorder_frame *frames = calloc(FRAMES_MAX, sizeof(*frames));
	struct ladder_line *lines = calloc(LADDER_LINES, sizeof(*lines));
	size_t frame_count = 0;
	size_t line_count = 0;
	bool cut;
	if (frames != NULL && host->packets != NULL)
		frame_count = host->packets(host->user, flow, frames, FRAMES_MAX, &cut);
	if (frames != NULL && lines != NULL)
		line_count = ladder_lines(flow, verdict, frames, frame_count, &settings, lines,
					  LADDER_LINES);
	sink_puts(&screen->sink, "\n");
	for (size_t i = 0; i < line_count; i++)
		sink_printf(&screen->sink, "%s\n", lines[i].text);
	sink_puts(&screen->sink, "\n");
	free(frames);
	free(lines);
}

/* What the writer of reports says of it, with the ladder below the summary. */
static void
write_flow(struct screen *screen, const struct screen_data *data, const struct area *area,
	   const struct flow *flow, const struct verdict *verdict)
{
	struct report_settings settings = screen->settings.report;
	sink_abandon(&screen->sink);
	sink_open_memory(&screen->sink);
	const struct journal_row *row = journal_find(data->journal, flow->number);
	if (row != NULL && journal_row_waits(row))
		sink_puts(&screen->sink, "Too early to tell: an answer may still come. If the capture "
					 "ended now:\n\n");
	if (verdict_is_failure(verdict))
		write_findings(screen, data, flow, verdict);
	text_flow_brief(&screen->sink, &settings, flow, verdict);
	write_ladder(screen, area, flow, verdict);
	settings.verbose = true;
	text_flow_reasons(&screen->sink, &settings, flow, verdict, NULL);
	const char *text = sink_text(&screen->sink);
	pager_set(&screen->flow_pager, text != NULL ? text : "out of memory");
}

static void
update(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	const struct screen_host *host = &screen->settings.host;
	uint64_t version = journal_version(data->journal);
	struct verdict verdict;
	char text[SCREEN_TEXT];
	if (screen->flow_version == version ||
	    (screen->paused && screen->flow_version != UINT64_MAX))
		return;
	bool first = screen->flow_version == UINT64_MAX;
	screen->flow_version = version;
	const struct flow *flow =
		host->flow != NULL ? host->flow(host->user, screen->flow_number, &verdict) : NULL;
	if (flow != NULL) {
		write_flow(screen, data, area, flow, &verdict);
		return;
	}
	if (!first && screen->flow_pager.line_count > 0)
		return; /* what was known of it last stays on the screen */
	snprintf(text, sizeof(text),
		 "flow %" PRIu32 " is no longer held: it was given up for lack of room.\n"
		 "The list still has what its line says.\n",
		 screen->flow_number);
	pager_set(&screen->flow_pager, text);
}

static void
flow_draw(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	update(screen, data, area);
	pager_draw(&screen->flow_pager, &screen->canvas, area);
}

/* Opens the flow before or after it in the list. */
static void
turn_page(struct screen *screen, bool back)
{
	struct flow_list *list = &screen->flows;
	size_t at = list->scroll.at;
	if (flow_list_number(list, at) != screen->flow_number)
		return; /* it is not in the list that is shown */
	if (back ? at == 0 : at + 1 >= list->count)
		return;
	list->scroll.at = back ? at - 1 : at + 1;
	flow_list_hold(list);
	screen_open_flow(screen, flow_list_number(list, list->scroll.at));
}

static unsigned
flow_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	(void)data;
	if (pager_key(&screen->flow_pager, request))
		return VIEW_DONE;
	if (request == REQUEST_SORT || request == REQUEST_SORT_BEFORE) { /* > and <: the next one */
		turn_page(screen, request == REQUEST_SORT_BEFORE);
		return VIEW_DONE;
	}
	return VIEW_IGNORED;
}

static bool
flow_search(struct screen *screen, const struct screen_data *data, bool back)
{
	(void)data;
	return pager_search(&screen->flow_pager, screen->search, back);
}

/* "lines 1-18 of 31" when there are more than fit. */
static void
flow_status(struct screen *screen, const struct screen_data *data, char *text, size_t size)
{
	(void)data;
	pager_status(&screen->flow_pager, text, size);
}

const struct view_ops view_flow = {
	.name = "flow",
	.draw = flow_draw,
	.key = flow_key,
	.search = flow_search,
	.status = flow_status,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong over many flows: a line for each finding, then for each group of failures that no finding
 * is about. */
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/finding_words.h"
#include "ui/format.h"
#include "ui/text_finding.h"
#include "ui/view.h"

enum { TITLE_LINES = 1, FLOWS_WIDTH = 8, WORDS_LEFT = 14 };

static size_t
finding_count_of(const struct screen_data *data)
{
	return data->totals->findings != NULL ? data->totals->findings->count : 0;
}

static size_t
line_count(const struct screen_data *data)
{
	return finding_count_of(data) + screen_group_count(data);
}

static void
draw_words(const struct screen *screen, int line, const struct area *area, char mark,
	   enum tone tone, uint64_t flows, const char *words)
{
	const char marks[] = { mark, '\0' };
	char count[COLUMN_TEXT];
	column_amount(flows, count, sizeof(count));
	canvas_text(&screen->canvas, line, 1, 1, tone, marks);
	if (flows > 0)
		canvas_print(&screen->canvas, line, 4, FLOWS_WIDTH, TONE_PLAIN, "%*s", FLOWS_WIDTH,
			     count);
	canvas_text(&screen->canvas, line, WORDS_LEFT, area->width - WORDS_LEFT, tone, words);
}

static void
draw_finding(const struct screen *screen, int line, const struct area *area,
	     const struct finding *finding)
{
	static const char marks[SEVERITIES] = { 'i', '!', 'X' };
	static const enum tone tones[SEVERITIES] = { TONE_PLAIN, TONE_UNSURE, TONE_BAD };
	char headline[FINDING_NAME_SIZE];
	char subject[FINDING_NAME_SIZE];
	char words[SCREEN_TEXT + 64];
	finding_headline(finding, headline, sizeof(headline));
	finding_subject_text(&finding->subject, subject, sizeof(subject));
	snprintf(words, sizeof(words), "%s  %s", subject, headline);
	draw_words(screen, line, area, marks[finding->severity], tones[finding->severity],
		   finding->flows, words);
}

static void
draw_group(const struct screen *screen, int line, const struct area *area,
	   const struct failure_group *group)
{
	char server[FORMAT_ENDPOINT_SIZE];
	char words[SCREEN_TEXT];
	format_endpoint(group->server, group->ip_version, group->server_port, server,
			sizeof(server));
	snprintf(words, sizeof(words), "%s  %s (%s)", server, explain_headline(group->verdict),
		 verdict_infos[group->verdict].slug);
	draw_words(screen, line, area, 'x', TONE_UNSURE, group->flows - group->explained, words);
}

static void
findings_draw(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	struct scroll *scroll = &screen->findings_scroll;
	const struct findings_report *report = data->totals->findings;
	size_t count = line_count(data);
	size_t height = (size_t)(area->height - TITLE_LINES);
	scroll_fit(scroll, count, height);
	canvas_tint(&screen->canvas, area->top, area->width, TONE_TITLES);
	canvas_text(&screen->canvas, area->top, 1, area->width - 1, TONE_TITLES,
		    "!     FLOWS  WHERE, WHAT");
	if (count == 0)
		canvas_text(&screen->canvas, area->top + 2, 4, area->width - 4, TONE_PLAIN,
			    report != NULL ? "no finding, and no group of failures"
					   : "no findings yet");
	for (size_t i = 0; i < height && scroll->top + i < count; i++) {
		size_t at = scroll->top + i;
		int line = area->top + TITLE_LINES + (int)i;
		if (at < report->count)
			draw_finding(screen, line, area, &report->findings[at]);
		else
			draw_group(screen, line, area, &report->groups[at - report->count]);
		if (at == scroll->at) {
			canvas_text(&screen->canvas, line, 0, 1, TONE_PLAIN, ">");
			canvas_tint(&screen->canvas, line, area->width, TONE_CURSOR);
		}
	}
}

static void
list_group(struct screen *screen, const struct failure_group *group)
{
	struct flow_filter filter = {
		.has_server = true,
		.has_code = true,
		.server = group->server,
		.server_port = group->server_port,
		.ip_version = group->ip_version,
		.code = group->verdict,
	};
	screen_list_flows(screen, &filter);
}

static unsigned
findings_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	struct scroll *scroll = &screen->findings_scroll;
	if (scroll_key(scroll, request, line_count(data)))
		return VIEW_DONE;
	if (request != REQUEST_OPEN)
		return VIEW_IGNORED;
	if (scroll->at >= line_count(data))
		return VIEW_DONE;
	if (scroll->at >= finding_count_of(data)) {
		list_group(screen,
			   &data->totals->findings->groups[scroll->at - finding_count_of(data)]);
		return VIEW_DONE;
	}
	screen->finding = data->totals->findings->findings[scroll->at];
	pager_release(&screen->finding_pager);
	screen_push(screen, &view_finding);
	return VIEW_DONE;
}

static bool
findings_search(struct screen *screen, const struct screen_data *data, bool back)
{
	struct scroll *scroll = &screen->findings_scroll;
	const struct findings_report *report = data->totals->findings;
	size_t count = finding_count_of(data);
	for (size_t step = 1; step <= count; step++) {
		char words[SCREEN_TEXT];
		size_t at = (scroll->at + (back ? count - step % count : step)) % count;
		finding_line(&report->findings[at], words, sizeof(words));
		if (strcasestr(words, screen->search) == NULL &&
		    strcasestr(finding_infos[report->findings[at].code].slug, screen->search) ==
			    NULL)
			continue;
		scroll->at = at;
		return true;
	}
	return false;
}

static void
findings_status(struct screen *screen, const struct screen_data *data, char *text, size_t size)
{
	size_t count = line_count(data);
	const struct scroll *scroll = &screen->findings_scroll;
	if (count == 0)
		return;
	snprintf(text, size, "%zu/%zu  %s", scroll->at + 1, count,
		 scroll->at < finding_count_of(data)
			 ? "Enter: proof, suspect, next steps"
			 : "failures that no finding is about; Enter lists them");
}

const struct view_ops view_findings = {
	.name = "findings",
	.draw = findings_draw,
	.key = findings_key,
	.search = findings_search,
	.status = findings_status,
};

/* The finding as the report has it, all of it. */
static void
write_finding(struct screen *screen, const struct screen_data *data)
{
	struct report_settings settings = screen->settings.report;
	struct findings_report report = { .findings = &screen->finding, .count = 1 };
	struct report_totals totals = *data->totals;
	totals.findings = &report;
	settings.all = true;
	settings.verbose = true;
	sink_abandon(&screen->sink);
	sink_open_memory(&screen->sink);
	if (screen->finding.severity > SEVERITY_INFO)
		text_problems(&screen->sink, &settings, &totals);
	else
		text_remarks(&screen->sink, &settings, &totals);
	const char *text = sink_text(&screen->sink);
	const char *heading = text != NULL ? strchr(text, '\n') : NULL;
	pager_set(&screen->finding_pager, heading != NULL ? heading + 1 : "out of memory");
}

static void
finding_draw(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	if (screen->finding_pager.text == NULL)
		write_finding(screen, data);
	pager_draw(&screen->finding_pager, &screen->canvas, area);
}

/* Lists the flows of the listener that it is about. */
static void
list_subject(struct screen *screen)
{
	const struct finding_subject *subject = &screen->finding.subject;
	struct flow_filter filter = { 0 };
	char address[FORMAT_ADDRESS_SIZE];
	if (subject->ip_version == 0) {
		screen_say(screen, "this finding names no address");
		return;
	}
	if (subject->kind == SUBJECT_LISTENER) {
		filter.has_server = true;
		filter.server = subject->addr;
		filter.server_port = subject->port;
		filter.ip_version = subject->ip_version;
		filter.has_code = screen->finding.verdict < VERDICT_CODES;
		filter.code = screen->finding.verdict;
	} else {
		format_address(subject->addr, subject->ip_version, address, sizeof(address));
		flow_filter_parse(&filter, address);
	}
	screen_list_flows(screen, &filter);
}

static unsigned
finding_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	(void)data;
	if (pager_key(&screen->finding_pager, request))
		return VIEW_DONE;
	if (request != REQUEST_OPEN)
		return VIEW_IGNORED;
	list_subject(screen);
	return VIEW_DONE;
}

static bool
finding_search(struct screen *screen, const struct screen_data *data, bool back)
{
	(void)data;
	return pager_search(&screen->finding_pager, screen->search, back);
}

static void
finding_status(struct screen *screen, const struct screen_data *data, char *text, size_t size)
{
	(void)data;
	size_t used = (size_t)snprintf(text, size, "Enter: the flows  ");
	pager_status(&screen->finding_pager, text + used, size - used);
}

const struct view_ops view_finding = {
	.name = "finding",
	.draw = finding_draw,
	.key = finding_key,
	.search = finding_search,
	.status = finding_status,
};

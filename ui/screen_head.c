/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines around the views: what is watched, what was lost, what is wrong, which keys there are. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/finding_words.h"
#include "ui/format.h"
#include "ui/sanitize.h"
#include "ui/text_capture.h"
#include "ui/view.h"

enum { PART_TEXT = 80, PARTS_MOST = 16, SOURCE_LEAST = 12, SEPARATOR = 2 };

/* A piece of the first line. Where there is no room, the ones that are least needed are left out. */
struct part {
	char text[PART_TEXT];
	enum tone tone;
	unsigned need; /* the greater, the longer it stays */
};

struct head {
	struct part parts[PARTS_MOST];
	size_t count;
};

static void __attribute__((format(printf, 4, 5)))
add_part(struct head *head, enum tone tone, unsigned need, const char *format, ...)
{
	struct part *part = &head->parts[head->count++];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(part->text, sizeof(part->text), format, arguments);
	va_end(arguments);
	part->tone = tone;
	part->need = need;
}

static void
add_elapsed(struct head *head, const struct screen_data *data)
{
	int64_t seconds = (data->now_ns - data->began_ns) / NS_PER_S;
	if (seconds < 0)
		seconds = 0;
	add_part(head, TONE_PLAIN, 3, "%02" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600,
		 seconds % 3600 / 60, seconds % 60);
}

/* Every loss has a name; when there is none, that is said too. */
static void
add_losses(struct head *head, const struct screen_data *data)
{
	const struct report_totals *totals = data->totals;
	uint64_t kernel, interface;
	report_drops(totals, &kernel, &interface);
	const struct {
		uint64_t count;
		const char *words;
	} losses[] = {
		{ kernel, "kernel drops" },
		{ interface, "interface drops" },
		{ data->ring_drops, "ring drops" },
		{ totals->stats->evicted, "judged early" },
		{ totals->stats->unallocated, "not judged" },
		{ journal_lost(data->journal), "rows given up" },
	};
	size_t before = head->count;
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		char count[COLUMN_TEXT];
		column_amount(losses[i].count, count, sizeof(count));
		if (losses[i].count > 0)
			add_part(head, TONE_BAD, 8, "%s %s", count, losses[i].words);
	}
	if (head->count == before)
		add_part(head, TONE_PLAIN, 4, "0 dropped");
}

static void
fill_head(struct head *head, const struct screen *screen, const struct screen_data *data)
{
	char name[SANITIZED_SIZE];
	char count[COLUMN_TEXT];
	uint64_t failures = report_failures(data->totals);
	uint64_t half_open = screen->listeners.half_open;
	add_part(head, TONE_HEAD, 0, "tcpwhy %s", PACKAGE_VERSION);
	text_capture_name(data->totals, !screen->canvas.utf8, name, sizeof(name));
	add_part(head, TONE_HEAD, 6, "%s", name);
	add_elapsed(head, data);
	column_amount(data->totals->frames, count, sizeof(count));
	add_part(head, TONE_PLAIN, 2, "%s pkts", count);
	add_losses(head, data);
	column_amount(data->totals->stats->flows, count, sizeof(count));
	add_part(head, TONE_PLAIN, 5, "flows %s", count);
	column_amount(failures, count, sizeof(count));
	add_part(head, failures > 0 ? TONE_BAD : TONE_GOOD, 9, "FAIL %s", count);
	column_amount(half_open, count, sizeof(count));
	add_part(head, half_open > 0 ? TONE_UNSURE : TONE_PLAIN, 1, "half-open %s", count);
	if (data->recording)
		add_part(head, TONE_NOTICE, 7, "REC");
	if (screen->paused)
		add_part(head, TONE_NOTICE, 10, "PAUSED");
}

static int
head_width(const struct screen *screen, const struct head *head)
{
	int width = 0;
	for (size_t i = 0; i < head->count; i++)
		if (head->parts[i].text[0] != '\0')
			width += canvas_columns(&screen->canvas, head->parts[i].text) + SEPARATOR;
	return width - SEPARATOR;
}

/* Leaves out what is least needed until the rest fits. */
static void
fit_head(const struct screen *screen, struct head *head, int width)
{
	/* the version can go without the name of the program */
	if (head_width(screen, head) > width)
		head->parts[0].text[strlen("tcpwhy")] = '\0';
	while (head_width(screen, head) > width) {
		struct part *least = NULL;
		for (size_t i = 0; i < head->count; i++) {
			struct part *part = &head->parts[i];
			if (part->text[0] != '\0' && (least == NULL || part->need < least->need))
				least = part;
		}
		if (least == NULL)
			return;
		if (strlen(least->text) > SOURCE_LEAST && least->need == 6)
			column_shorten(least->text, SOURCE_LEAST);
		else
			least->text[0] = '\0';
	}
}

void
finding_line(const struct finding *finding, char *text, size_t size)
{
	char headline[FINDING_NAME_SIZE];
	char subject[FINDING_NAME_SIZE];
	char flows[FORMAT_AMOUNT_SIZE];
	finding_headline(finding, headline, sizeof(headline));
	finding_subject_text(&finding->subject, subject, sizeof(subject));
	format_number(finding->flows, flows, sizeof(flows));
	if (finding->flows > 0)
		snprintf(text, size, "%s x %s: %s", flows, headline, subject);
	else
		snprintf(text, size, "%s: %s", headline, subject);
}

/* "5 x refused-by-rst -> 10.0.0.2:81" */
static void
group_line(const struct failure_group *group, char *text, size_t size)
{
	char server[FORMAT_ENDPOINT_SIZE];
	char flows[FORMAT_AMOUNT_SIZE];
	format_endpoint(group->server, group->ip_version, group->server_port, server,
			sizeof(server));
	format_number(group->flows - group->explained, flows, sizeof(flows));
	snprintf(text, size, "%s x %s -> %s", flows, verdict_infos[group->verdict].slug, server);
}

size_t
screen_group_count(const struct screen_data *data)
{
	const struct findings_report *report = data->totals->findings;
	size_t count = 0;
	while (report != NULL && count < report->group_count &&
	       report->groups[count].flows > report->groups[count].explained)
		count++;
	return count;
}

/* As many findings, then groups of failures, as fit; what does not fit is counted. */
static void
draw_why(struct screen *screen, const struct screen_data *data, int width)
{
	const struct findings_report *report = data->totals->findings;
	size_t problems = report_problems(data->totals);
	size_t count = problems + screen_group_count(data);
	int column = canvas_text(&screen->canvas, 1, 0, width, TONE_HEAD, "why: ");
	if (count == 0) {
		bool failed = report_failures(data->totals) > 0;
		canvas_text(&screen->canvas, 1, column, width - column,
			    failed ? TONE_PLAIN : TONE_GOOD,
			    failed			      ? "single failures, see below"
			    : data->totals->stats->flows == 0 ? "no TCP connection seen yet"
							      : "no failure, no finding");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		char text[SCREEN_TEXT];
		char more[40] = "";
		bool critical = false;
		if (i < problems) {
			finding_line(&report->findings[i], text, sizeof(text));
			critical = report->findings[i].severity == SEVERITY_CRITICAL;
		} else {
			group_line(&report->groups[i - problems], text, sizeof(text));
		}
		size_t rest = count - i - 1;
		if (rest > 0)
			snprintf(more, sizeof(more), "  +%zu more (Tab)", rest);
		int needed = canvas_columns(&screen->canvas, text) + (int)strlen(more);
		if (i > 0 && column + needed > width) {
			canvas_print(&screen->canvas, 1, column, width - column, TONE_PLAIN,
				     "+%zu more (Tab)", count - i);
			return;
		}
		int room = width - column - (int)strlen(more);
		column += canvas_text(&screen->canvas, 1, column, room,
				      critical ? TONE_BAD : TONE_UNSURE, text);
		column += canvas_text(&screen->canvas, 1, column, width - column, TONE_PLAIN, "  ");
	}
}

void
screen_draw_head(struct screen *screen, const struct screen_data *data, int width)
{
	struct head head = { .count = 0 };
	int column = 0;
	fill_head(&head, screen, data);
	fit_head(screen, &head, width);
	for (size_t i = 0; i < head.count; i++) {
		if (head.parts[i].text[0] == '\0')
			continue;
		column += canvas_text(&screen->canvas, 0, column, width - column,
				      head.parts[i].tone, head.parts[i].text);
		column += SEPARATOR;
	}
	draw_why(screen, data, width);
}

static void
draw_question(struct screen *screen, int line, int width)
{
	static const char *const prompts[] = {
		[QUESTION_SEARCH] = "search: ",
		[QUESTION_FILTER] = "filter (address, verdict, class ...): ",
		[QUESTION_EXPORT] = "export this flow as: j JSON   t ticket text   c capture   "
				    "Esc nothing",
	};
	int column = canvas_text(&screen->canvas, line, 0, width, TONE_NOTICE,
				 prompts[screen->question]);
	if (screen->question == QUESTION_EXPORT)
		return;
	column += canvas_text(&screen->canvas, line, column, width - column - 1, TONE_PLAIN,
			      screen->answer);
	canvas_text(&screen->canvas, line, column, width - column, TONE_CURSOR, " ");
}

void
screen_draw_footer(struct screen *screen, int line, int width)
{
	int column = 0;
	if (screen->question != QUESTION_NONE) {
		draw_question(screen, line, width);
		return;
	}
	if (screen->message[0] != '\0') {
		canvas_text(&screen->canvas, line, 0, width, TONE_NOTICE, screen->message);
		return;
	}
	for (int i = 0; i < REQUESTS; i++) {
		const char *footer = key_rows[i].footer;
		bool at_home = screen->depth == 1 && screen->views[0] == &view_flows;
		if (i == REQUEST_BACK && footer != NULL && !at_home)
			footer = "q Back";
		if (footer == NULL || column + (int)strlen(footer) > width)
			continue;
		column += canvas_text(&screen->canvas, line, column, width - column, TONE_KEYS,
				      footer);
		column += SEPARATOR;
	}
}

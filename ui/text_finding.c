/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding for a reader: what, where and when, what sets it apart, the proof, what to do. */
#include "ui/text_finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/finding_numbers.h"
#include "ui/finding_words.h"
#include "ui/format.h"
#include "ui/graph.h"
#include "ui/paint.h"
#include "ui/sanitize.h"
#include "ui/sink.h"
#include "ui/text_capture.h"
#include "ui/text_head.h"
#include "ui/wrap.h"

enum {
	PROBLEMS_SHOWN = 10, /* without --all */
	PROBLEMS_SAME = 3,   /* of them of one code, while there are others */
	REMARKS_SHOWN = 5,
	RST_SOURCES_SHOWN = 3,
	RST_FLOWS_LEAST = 3, /* resets that make their sender worth telling */
	LINE_SIZE = 2048,
};

static const struct {
	char mark;
	enum paint paint;
} marks[SEVERITIES] = {
	[SEVERITY_INFO] = { 'i', PAINT_UNSURE },
	[SEVERITY_WARNING] = { '!', PAINT_UNSURE },
	[SEVERITY_CRITICAL] = { 'X', PAINT_BAD },
};

/* All that stands under a headline. */
static void __attribute__((format(printf, 2, 3)))
write_line(struct sink *sink, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	wrap_text(sink, "      ", "        ", line);
}

static void
write_headline(struct sink *sink, bool color, const struct finding *finding)
{
	char headline[FINDING_NAME_SIZE];
	enum paint paint = marks[finding->severity].paint;
	const char *slug = finding_infos[finding->code].slug;
	finding_headline(finding, headline, sizeof(headline));
	bool wide = strlen(headline) + strlen(slug) + sizeof("  X   (, 100 %)") > WRAP_COLUMNS;
	sink_printf(sink, "  %s%c %s%s%s(%s, %u %%)\n", paint_on(color, paint),
		    marks[finding->severity].mark, headline, paint_off(color, paint),
		    wide ? "\n      " : "  ", slug, (unsigned)finding->confidence);
}

/* "10.0.0.2:443, 412 of 1,084 flows, 2024-05-06 14:03:02 to 14:03:05 UTC"; of what was found in several
 * places alike, "10.0.0.2, 412 flows in 12 places". */
static void
write_scope(struct sink *sink, const struct finding *finding)
{
	char subject[FINDING_NAME_SIZE];
	char flows[FORMAT_AMOUNT_SIZE];
	char total[FORMAT_COUNT_SIZE];
	char places[FORMAT_COUNT_SIZE] = "";
	char window[FORMAT_WINDOW_SIZE];
	uint64_t all = finding_count(finding, NUMBER_TOTAL);
	bool part = all > finding->flows;
	finding_subject_text(&finding->subject, subject, sizeof(subject));
	format_number(finding->flows, flows, sizeof(flows));
	format_count(part ? all : finding->flows, "flow", total, sizeof(total));
	if (finding_count(finding, NUMBER_LISTENERS) > 1)
		format_count(finding_count(finding, NUMBER_LISTENERS), "place", places,
			     sizeof(places));
	format_window(finding->first_ns / NS_PER_US, finding->last_ns / NS_PER_US, window,
		      sizeof(window));
	if (finding->flows == 0)
		write_line(sink, "%s, %s", subject, window);
	else
		write_line(sink, "%s, %s%s%s%s%s, %s", subject, part ? flows : "",
			   part ? " of " : "", total, places[0] != '\0' ? " in " : "", places,
			   window);
}

/* The first sentence alone, or all of them. */
static void
write_summary(struct sink *sink, const struct report_settings *settings,
	      const struct finding *finding, bool whole)
{
	char summary[EXPLAIN_SIZE];
	char ascii[4 * EXPLAIN_SIZE];
	finding_summary(finding, summary);
	char *end = strstr(summary, ". ");
	if (!whole && end != NULL)
		end[1] = '\0';
	if (settings->ascii) /* summaries may quote the wire */
		sanitize_non_ascii(summary, ascii, sizeof(ascii));
	write_line(sink, "%s", settings->ascii ? ascii : summary);
}

static void
write_contrasts(struct sink *sink, const struct report_settings *settings,
		const struct finding *finding)
{
	for (unsigned i = 0; i < finding->contrast_count; i++) {
		char text[2 * SANITIZED_SIZE];
		contrast_text(&finding->contrasts[i], settings->ascii, text, sizeof(text));
		write_line(sink, "%s: %s", i == 0 ? "shared by the failing flows" : "and", text);
	}
}

static void
write_networks(struct sink *sink, const struct finding *finding)
{
	char line[LINE_SIZE] = "";
	size_t used = 0;
	for (unsigned i = 0; i < finding->network_count; i++) {
		char network[FORMAT_ENDPOINT_SIZE];
		char flows[FORMAT_COUNT_SIZE];
		format_network(finding->networks[i].addr, finding->networks[i].ip_version,
			       finding->networks[i].prefix_length, network, sizeof(network));
		format_count(finding->networks[i].flows, "flow", flows, sizeof(flows));
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s (%s)",
					 i > 0 ? ", " : "", network, flows);
	}
	if (used > 0)
		write_line(sink, "above all: %s", line);
}

/* "half-open ..:-=+*###*=-", and below it what its heights are. */
static void
write_curve(struct sink *sink, const struct report_settings *settings, const char *label,
	    const uint32_t *points, const struct backlog_curve *curve, uint32_t *ret_peak)
{
	char graph[BACKLOG_POINTS * GRAPH_BYTES + 1];
	uint32_t count = curve->count < BACKLOG_POINTS ? curve->count : BACKLOG_POINTS;
	*ret_peak = graph_line(points, count, settings->utf8, graph);
	size_t length = strlen(graph);
	while (length > 0 && graph[length - 1] == ' ')
		length--;
	if (length > 0)
		sink_printf(sink, "      %-9s %.*s\n", label, (int)length, graph);
}

/* ", plateau 128 for 12.0 s" */
static void
describe_plateau(const struct finding *finding, char *text, size_t size)
{
	char length[FORMAT_TIME_SIZE] = "";
	char level[FORMAT_AMOUNT_SIZE];
	uint64_t length_us = finding_count(finding, NUMBER_PLATEAU_LENGTH);
	uint64_t plateau = finding_count(finding, NUMBER_PLATEAU);
	format_number(plateau, level, sizeof(level));
	if (length_us > 0)
		format_duration((int64_t)length_us, length, sizeof(length));
	if (plateau > 0)
		snprintf(text, size, ", plateau %s%s%s", level, length_us > 0 ? " for " : "",
			 length);
}

static void
write_backlog(struct sink *sink, const struct report_settings *settings,
	      const struct finding *finding)
{
	const struct backlog_curve *curve = &finding->backlog;
	char window[FORMAT_WINDOW_SIZE];
	char most[FORMAT_AMOUNT_SIZE];
	char at[FORMAT_TIME_SIZE] = "";
	char plateau[3 * FORMAT_TIME_SIZE] = "";
	char accept[2 * FORMAT_TIME_SIZE] = "";
	uint32_t peak, waiting;
	uint64_t peak_us = finding_count(finding, NUMBER_PEAK_AT);
	uint64_t known = finding_count(finding, NUMBER_PEAK);
	if (curve->count == 0)
		return;
	write_curve(sink, settings, "half-open", curve->points, curve, &peak);
	write_curve(sink, settings, "waiting", curve->waiters, curve, &waiting);
	format_number(waiting, most, sizeof(most));
	if (waiting > 0)
		snprintf(accept, sizeof(accept), "%s waiting to be accepted", most);
	format_number(known > 0 ? known : peak, most, sizeof(most));
	if (peak_us > 0)
		format_clock((int64_t)peak_us, at, sizeof(at));
	describe_plateau(finding, plateau, sizeof(plateau));
	int64_t end_ns = curve->start_ns + (int64_t)curve->count * curve->step_ns;
	format_window(curve->start_ns / NS_PER_US, end_ns / NS_PER_US, window, sizeof(window));
	if (peak == 0)
		write_line(sink, "peak %s; %s", accept, window);
	else
		write_line(sink, "peak %s half-open%s%s%s%s%s; %s", most,
			   at[0] != '\0' ? " at " : "", at, plateau, waiting > 0 ? ", " : "",
			   accept, window);
}

/* "proof: refused: frame 37 (flow 7), frame 61 of b.pcap (flow 9)" */
static void
write_proof(struct sink *sink, const struct report_settings *settings,
	    const struct finding *finding)
{
	char line[LINE_SIZE];
	bool several = capture_source_count(settings->capture) > 1;
	size_t used = (size_t)snprintf(line, sizeof(line), "proof: %s:", finding_proof(finding));
	if (finding->evidence_count == 0)
		return;
	for (unsigned i = 0; i < finding->evidence_count; i++) {
		const struct finding_evidence *evidence = &finding->evidence[i];
		char file[SANITIZED_SIZE] = "";
		char flow[32] = "";
		if (several && (i == 0 || evidence->source != evidence[-1].source))
			text_source_name(settings, evidence->source, file, sizeof(file));
		if (evidence->flow != 0)
			snprintf(flow, sizeof(flow), " (flow %" PRIu32 ")", evidence->flow);
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 "%s frame %" PRIu32 "%s%s%s", i > 0 ? "," : "",
					 evidence->frame, file[0] != '\0' ? " of " : "", file,
					 flow);
	}
	write_line(sink, "%s", line);
}

static void
write_causes(struct sink *sink, const struct finding *finding)
{
	unsigned number = 0;
	for (unsigned i = 0; i < finding->cause_count; i++) {
		char cause[EXPLAIN_SIZE];
		if (finding_cause(finding, (enum cause)finding->causes[i], cause))
			write_line(sink, "perhaps %u: %s", ++number, cause);
	}
}

static void
write_steps(struct sink *sink, const struct finding *finding, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char what[EXPLAIN_SIZE];
		char command[EXPLAIN_SIZE];
		finding_advice(finding, (enum advice)finding->advice[i], what, command);
		write_line(sink, "%s: %s", i == 0 ? "next" : "then", what);
		if (command[0] != '\0')
			sink_printf(sink, "        %s\n", command); /* whole, to be pasted */
	}
}

static void
write_problem(struct sink *sink, const struct report_settings *settings,
	      const struct finding *finding)
{
	bool first_only = !settings->verbose && finding->advice_count > 1;
	write_headline(sink, settings->color, finding);
	write_scope(sink, finding);
	write_summary(sink, settings, finding, true);
	write_contrasts(sink, settings, finding);
	write_networks(sink, finding);
	write_backlog(sink, settings, finding);
	write_proof(sink, settings, finding);
	write_line(sink, "suspect: %s", explain_suspect(finding->suspect));
	if (settings->verbose)
		write_causes(sink, finding);
	write_steps(sink, finding, first_only ? 1 : finding->advice_count);
}

/* What is not shown is counted, and it is said how to see it. */
static void
write_hidden(struct sink *sink, size_t hidden)
{
	char findings[FORMAT_COUNT_SIZE];
	format_count(hidden, "more finding", findings, sizeof(findings));
	if (hidden > 0)
		sink_printf(sink, "  and %s (--all shows every one)\n", findings);
	sink_puts(sink, "\n");
}

/* How many findings are shown that do not crowd out those of other codes, and how many others fit. */
static void
count_shown(const struct finding *findings, size_t count, size_t *ret_fair, size_t *ret_others)
{
	size_t most = count < PROBLEMS_SHOWN ? count : PROBLEMS_SHOWN;
	size_t fair = 0;
	unsigned of_code[FINDING_CODES] = { 0 };
	for (size_t i = 0; i < count && fair < most; i++)
		fair += of_code[findings[i].code]++ < PROBLEMS_SAME;
	*ret_fair = fair;
	*ret_others = most - fair;
}

void
text_finding_brief(struct sink *sink, const struct report_settings *settings,
		   const struct finding *finding)
{
	write_headline(sink, settings->color, finding);
	write_scope(sink, finding);
	write_summary(sink, settings, finding, false);
}

void
text_problems(struct sink *sink, const struct report_settings *settings,
	      const struct report_totals *totals)
{
	size_t count = report_problems(totals); /* the most severe come first */
	size_t fair, others;
	size_t hidden = 0;
	unsigned of_code[FINDING_CODES] = { 0 };
	if (count == 0)
		return;
	const struct finding *findings = totals->findings->findings;
	count_shown(findings, count, &fair, &others);
	text_heading(sink, settings, "WHAT IS WRONG");
	for (size_t i = 0; i < count; i++) {
		bool is_fair = of_code[findings[i].code]++ < PROBLEMS_SAME && fair > 0;
		fair -= is_fair;
		bool shown = settings->all || is_fair || others > 0;
		others -= !is_fair && others > 0;
		if (shown)
			write_problem(sink, settings, &findings[i]);
		else
			hidden++;
	}
	write_hidden(sink, hidden);
}

void
text_remarks(struct sink *sink, const struct report_settings *settings,
	     const struct report_totals *totals)
{
	const struct findings_report *report = totals->findings;
	size_t first = report_problems(totals);
	if (report == NULL || report->count == first)
		return;
	text_heading(sink, settings, "WORTH KNOWING");
	size_t count = report->count - first;
	size_t shown = settings->all || count < REMARKS_SHOWN ? count : REMARKS_SHOWN;
	for (size_t i = first; i < first + shown; i++) {
		const struct finding *finding = &report->findings[i];
		write_headline(sink, settings->color, finding);
		if (settings->verbose)
			write_scope(sink, finding);
		write_summary(sink, settings, finding, settings->verbose);
		if (settings->verbose)
			write_steps(sink, finding, finding->advice_count);
	}
	write_hidden(sink, count - shown);
}

/* Refusals by the server itself are what every closed port does; single resets are told with their
 * flows. */
static bool
is_telling(const struct rst_source *source)
{
	bool own = source->origin == RST_ORIGIN_ENDPOINT ||
		   source->origin == RST_ORIGIN_KERNEL_WITHOUT_STATE;
	return source->flows - (own ? source->refusals : 0) >= RST_FLOWS_LEAST;
}

void
text_rst_sources(struct sink *sink, const struct report_totals *totals)
{
	const struct findings_report *report = totals->findings;
	char line[LINE_SIZE];
	size_t used = 0;
	unsigned told = 0;
	for (size_t i = 0; report != NULL && i < report->rst_source_count; i++) {
		char source[FINDING_NAME_SIZE];
		char flows[FORMAT_AMOUNT_SIZE];
		if (!is_telling(&report->rst_sources[i]))
			continue;
		if (told == RST_SOURCES_SHOWN) {
			snprintf(line + used, sizeof(line) - used, ", and others");
			break;
		}
		rst_source_text(&report->rst_sources[i], source, sizeof(source));
		format_number(report->rst_sources[i].flows, flows, sizeof(flows));
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s x %s",
					 told++ > 0 ? ", " : "", flows, source);
	}
	if (told == 0)
		return;
	wrap_text(sink, "who sends RSTs: ", "  ", line);
	sink_puts(sink, "\n");
}

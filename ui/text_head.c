/* SPDX-License-Identifier: BSD-2-Clause */
/* The first screenful of the text report: the answer, the groups of failures, the counts. */
#include "ui/text_head.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/explain.h"
#include "ui/format.h"
#include "ui/paint.h"
#include "ui/sanitize.h"
#include "ui/sink.h"
#include "ui/text_capture.h"
#include "ui/wrap.h"

enum {
	HEAD_GROUPS = 8, /* groups of failures that are shown */
	HEAD_SAME = 3,	 /* of them of one verdict, while there are others */
	HEAD_LINE = 1024,
};

void
text_heading(struct sink *sink, const struct report_settings *settings, const char *format, ...)
{
	char text[HEAD_LINE];
	bool color = settings->color;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	sink_printf(sink, "%s%s%s\n", paint_on(color, PAINT_HEADING), text,
		    paint_off(color, PAINT_HEADING));
}

/* ", 90 failed" into a buffer of FORMAT_COUNT_SIZE bytes. */
static void
clause(char *text, const char *before, uint64_t count, const char *words)
{
	char number[FORMAT_AMOUNT_SIZE];
	format_number(count, number, sizeof(number));
	snprintf(text, FORMAT_COUNT_SIZE, "%s%s %s", before, number, words);
}

/* The answer in one line: what was read, how many flows, how many failed. */
void
text_answer(struct sink *sink, const struct report_settings *settings,
	    const struct report_totals *totals)
{
	char name[SANITIZED_SIZE];
	char flows[FORMAT_COUNT_SIZE];
	char failed[FORMAT_COUNT_SIZE] = "none failed";
	char unjudged[FORMAT_COUNT_SIZE] = "";
	char odd[FORMAT_COUNT_SIZE] = "";
	char problems[FORMAT_COUNT_SIZE] = "";
	char criticals[FORMAT_COUNT_SIZE] = "";
	char span[FORMAT_TIME_SIZE + 4] = "";
	char line[HEAD_LINE];
	int64_t first_ns, last_ns;
	uint64_t failures = report_failures(totals);
	uint64_t incomplete = totals->by_class[CLASS_INCOMPLETE];
	text_capture_name(totals, settings->ascii, name, sizeof(name));
	if (report_span(totals, &first_ns, &last_ns)) {
		memcpy(span, " in ", 5);
		format_duration((last_ns - first_ns) / NS_PER_US, span + 4, sizeof(span) - 4);
	}
	if (totals->stats->flows == 0) {
		format_count(totals->frames, "frame", flows, sizeof(flows));
		snprintf(line, sizeof(line), "%s: no TCP connection in %s%s", name, flows,
			 totals->filter != NULL ? " that the filter lets pass" : "");
	} else {
		format_count(totals->stats->flows, "TCP flow", flows, sizeof(flows));
		if (failures > 0)
			clause(failed, "", failures, "failed");
		if (incomplete > 0)
			clause(unjudged, ", ", incomplete, "cannot be judged");
		if (totals->by_class[CLASS_INFO] > 0)
			clause(odd, ", ", totals->by_class[CLASS_INFO], "worth a look");
		if (report_problems(totals) > 0)
			clause(problems, ", ", report_problems(totals),
			       report_problems(totals) == 1 ? "finding" : "findings");
		if (report_criticals(totals) > 0)
			clause(criticals, " (", report_criticals(totals), "critical)");
		snprintf(line, sizeof(line), "%s: %s%s, %s%s%s%s%s; capture quality %s%s", name,
			 flows, span, failed, problems, criticals, odd, unjudged,
			 quality_slugs[report_quality(totals)],
			 totals->interrupted ? "; interrupted" : "");
	}
	sink_printf(sink, "%s\n",
		    line); /* one line, whatever its length: for grep and mail subjects */
}

static uint64_t
unexplained(const struct digest_group *group)
{
	return group->count - group->explained;
}

/* "to 10.99.0.2:9090 from 3 clients, 2024-05-06 07:08:09 to 07:08:41 UTC"; before the time stands
 * "answered by 10.99.0.1" if that said no by ICMP. */
static void
describe_group(const struct digest_group *group, char *text, size_t size)
{
	char device[FORMAT_ADDRESS_SIZE] = "";
	char server[FORMAT_ENDPOINT_SIZE];
	char clients[FORMAT_COUNT_SIZE];
	char window[FORMAT_WINDOW_SIZE];
	char number[FORMAT_AMOUNT_SIZE];
	char explained[FORMAT_COUNT_SIZE] = "";
	bool exact;
	uint64_t count = client_set_count(&group->clients, &exact);
	if (count > group->count) /* an estimate may err; each client has a flow */
		count = group->count;
	if (group->device_version != 0)
		format_address(group->key, group->device_version, device, sizeof(device));
	if (group->several_servers)
		snprintf(server, sizeof(server), "several servers");
	else
		format_endpoint(group->server, group->ip_version, group->server_port, server,
				sizeof(server));
	if (count == 1)
		format_address(group->clients.first[0], group->ip_version, clients,
			       sizeof(clients));
	else
		format_count(count, "client", clients, sizeof(clients));
	format_window(group->first_ns / NS_PER_US, group->last_ns / NS_PER_US, window,
		      sizeof(window));
	format_number(group->explained, number, sizeof(number));
	if (group->explained > 0)
		snprintf(explained, sizeof(explained), "; %s more are explained above", number);
	snprintf(text, size, "to %s from %s%s%s%s, %s%s", server, exact ? "" : "about ", clients,
		 device[0] != '\0' ? ", answered by " : "", device, window, explained);
}

static void
write_group(struct sink *sink, bool color, const struct digest_group *group)
{
	char line[HEAD_LINE];
	char count[FORMAT_AMOUNT_SIZE];
	char range[FORMAT_COUNT_SIZE];
	if (group->confidence_least == group->confidence_most)
		snprintf(range, sizeof(range), "%u %%", (unsigned)group->confidence_least);
	else
		snprintf(range, sizeof(range), "%u to %u %%", (unsigned)group->confidence_least,
			 (unsigned)group->confidence_most);
	format_number(unexplained(group), count, sizeof(count));
	int length =
		snprintf(line, sizeof(line), "X %s x %s", count, explain_headline(group->code));
	size_t width = (size_t)length + strlen(verdict_infos[group->code].slug) + strlen(range);
	sink_printf(sink, "  %s%s%s%s(%s, %s)\n", paint_on(color, PAINT_BAD), line,
		    paint_off(color, PAINT_BAD), width + 8 > WRAP_COLUMNS ? "\n      " : "  ",
		    verdict_infos[group->code].slug, range);
	describe_group(group, line, sizeof(line));
	wrap_text(sink, "      ", "        ", line);
	snprintf(line, sizeof(line), "suspect: %s", explain_suspect(group->suspect));
	wrap_text(sink, "      ", "        ", line);
	if (group->what != NULL) {
		snprintf(line, sizeof(line), "next: %s", group->what);
		wrap_text(sink, "      ", "        ", line);
	}
	if (group->command != NULL && group->command[0] != '\0')
		sink_printf(sink, "        %s\n", group->command);
}

/* Chooses the groups to show: the first in order, but no verdict fills the list while others have
 * none in it. Returns how many were chosen. */
static size_t
choose_groups(const struct digest_group *const *order, size_t count, bool chosen[DIGEST_GROUPS])
{
	size_t left = HEAD_GROUPS;
	uint8_t of_verdict[VERDICT_CODES] = { 0 };
	for (size_t i = 0; i < count && left > 0; i++) {
		chosen[i] = of_verdict[order[i]->code]++ < HEAD_SAME;
		left -= chosen[i];
		if (of_verdict[order[i]->code] > HEAD_SAME)
			of_verdict[order[i]->code] = HEAD_SAME;
	}
	for (size_t i = 0; i < count && left > 0; i++) {
		left -= !chosen[i];
		chosen[i] = true;
	}
	return HEAD_GROUPS - left;
}

/* Flows that found no group, as far as nothing explains them: known shows how many of the groups are
 * unexplained. */
static uint64_t
unexplained_overflow(const struct digest *digest, const struct findings_report *report,
		     uint64_t known)
{
	uint64_t failures = 0;
	if (report == NULL || report->overflowed > 0)
		return digest->overflow;
	for (size_t i = 0; i < report->group_count; i++)
		failures += report->groups[i].flows - report->groups[i].explained;
	uint64_t rest = failures > known ? failures - known : 0;
	return rest < digest->overflow ? rest : digest->overflow;
}

size_t
text_unexplained(const struct digest *digest)
{
	size_t count = 0;
	for (size_t i = 0; i < digest->count; i++)
		count += unexplained(&digest->groups[i]) > 0;
	return count;
}

void
text_groups(struct sink *sink, const struct report_settings *settings, const char *heading,
	    const struct digest *digest, const struct findings_report *report)
{
	const struct digest_group *order[DIGEST_GROUPS];
	bool chosen[DIGEST_GROUPS] = { false };
	uint64_t known = 0;
	uint64_t hidden = 0;
	size_t count = text_unexplained(digest);
	if (count == 0)
		return;
	digest_order(digest, order);
	size_t shown = choose_groups(order, count, chosen);
	text_heading(sink, settings, "%s", heading);
	for (size_t i = 0; i < count; i++) {
		if (chosen[i])
			write_group(sink, settings->color, order[i]);
		else
			hidden += unexplained(order[i]);
		known += unexplained(order[i]);
	}
	uint64_t overflow = unexplained_overflow(digest, report, known);
	if (hidden + overflow > 0) {
		char flows[FORMAT_COUNT_SIZE];
		char groups[FORMAT_COUNT_SIZE];
		format_count(hidden + overflow, "more failed flow", flows, sizeof(flows));
		format_count(count - shown, "other group", groups, sizeof(groups));
		sink_printf(sink, "  and %s in %s%s\n", flows, groups,
			    overflow > 0 ? " or more" : "");
	}
	sink_puts(sink, "\n");
}

/* "3,000 flows ended well, 12 were alive at the end": a clause per kind that there is. */
static void
describe_good(const struct report_totals *totals, char *text, size_t size)
{
	const uint64_t open = totals->by_verdict[VERDICT_OPEN_AT_END];
	const struct {
		uint64_t count;
		const char *one, *many;
	} kinds[] = {
		{ totals->by_class[CLASS_OK] - open, "ended well", "ended well" },
		{ open, "was alive at the end", "were alive at the end" },
		{ totals->by_class[CLASS_PROBE], "was a check or scan", "were checks or scans" },
	};
	size_t used = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char count[FORMAT_COUNT_SIZE];
		if (kinds[i].count == 0)
			continue;
		if (used == 0)
			format_count(kinds[i].count, "flow", count, sizeof(count));
		else
			format_number(kinds[i].count, count, sizeof(count));
		used += (size_t)snprintf(text + used, size - used, "%s%s %s", used > 0 ? ", " : "",
					 count, kinds[i].count == 1 ? kinds[i].one : kinds[i].many);
	}
}

void
text_all_clear(struct sink *sink, const struct report_totals *totals)
{
	char good[HEAD_LINE / 2];
	char line[HEAD_LINE];
	char flows[FORMAT_AMOUNT_SIZE];
	uint64_t well = totals->by_class[CLASS_OK] + totals->by_class[CLASS_PROBE];
	if (well == 0 || report_failures(totals) > 0 || report_problems(totals) > 0 ||
	    report_quality(totals) != QUALITY_GOOD)
		return;
	describe_good(totals, good, sizeof(good));
	format_number(totals->stats->flows, flows, sizeof(flows));
	if (well == totals->stats->flows)
		snprintf(line, sizeof(line), "Nothing is wrong: %s.", good);
	else
		snprintf(line, sizeof(line), "None of %s flows failed: %s; see below for the rest.",
			 flows, good);
	wrap_text(sink, "", "  ", line);
	sink_puts(sink, "\n");
}

/* Failures before all else, then the more frequent, then the order of the table. */
static bool
listed_before(const struct report_totals *totals, unsigned a, unsigned b)
{
	bool failure_a = verdict_infos[a].verdict_class > CLASS_INCOMPLETE;
	bool failure_b = verdict_infos[b].verdict_class > CLASS_INCOMPLETE;
	if (failure_a != failure_b)
		return failure_a;
	if (totals->by_verdict[a] != totals->by_verdict[b])
		return totals->by_verdict[a] > totals->by_verdict[b];
	return a < b;
}

void
text_counts(struct sink *sink, const struct report_settings *settings,
	    const struct report_totals *totals)
{
	unsigned order[VERDICT_CODES];
	unsigned count = 0;
	for (unsigned i = 0; i < VERDICT_CODES; i++) {
		unsigned at = count;
		if (totals->by_verdict[i] == 0)
			continue;
		for (; at > 0 && listed_before(totals, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		count++;
	}
	if (count == 0)
		return;
	text_heading(sink, settings, "VERDICTS");
	for (unsigned i = 0; i < count; i++) {
		const struct verdict_info *info = &verdict_infos[order[i]];
		enum paint paint = class_paint(info->verdict_class);
		sink_printf(sink, "  %s%c%s %6" PRIu64 "  %-27s %s\n",
			    paint_on(settings->color, paint), class_mark(info->verdict_class),
			    paint_off(settings->color, paint), totals->by_verdict[order[i]],
			    info->slug, explain_headline(order[i]));
	}
	sink_puts(sink, "\n");
}

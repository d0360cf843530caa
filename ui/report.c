/* SPDX-License-Identifier: BSD-2-Clause */
/* What all formats say in the same way: failures, the quality of the capture, damage. */
#include "ui/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/format.h"
#include "ui/sanitize.h"

enum {
	LOSSY_PER_MILLE = 1,	 /* unseen bytes, of all payload, above which a capture is lossy */
	UNREAD_PER_CENT = 1,	 /* frames that could not be dissected, likewise */
	ONE_SIDED_PER_CENT = 30, /* flows of which one direction is missing */
};

const char *const quality_slugs[QUALITY_GOOD + 1] = {
	[QUALITY_DAMAGED] = "damaged",
	[QUALITY_LOSSY] = "lossy",
	[QUALITY_ONE_SIDED] = "one-sided",
	[QUALITY_GOOD] = "good",
};

static bool
class_is_failure(unsigned verdict_class)
{
	return verdict_class > CLASS_INCOMPLETE;
}

bool
verdict_is_failure(const struct verdict *verdict)
{
	return class_is_failure(verdict_infos[verdict->code].verdict_class);
}

uint64_t
report_failures(const struct report_totals *totals)
{
	uint64_t failures = 0;
	for (unsigned i = 0; i < CLASSES; i++)
		failures += class_is_failure(i) ? totals->by_class[i] : 0;
	return failures;
}

void
report_count_flow(struct report_totals *totals, const struct flow *flow,
		  const struct verdict *verdict)
{
	totals->by_class[verdict_infos[verdict->code].verdict_class]++;
	totals->by_verdict[verdict->code]++;
	totals->payload += flow->half[TO_SERVER].payload + flow->half[TO_CLIENT].payload;
}

size_t
report_problems(const struct report_totals *totals)
{
	const struct findings_report *report = totals->findings;
	size_t problems = 0;
	for (size_t i = 0; report != NULL && i < report->count; i++)
		problems += report->findings[i].severity > SEVERITY_INFO;
	return problems;
}

size_t
report_criticals(const struct report_totals *totals)
{
	const struct findings_report *report = totals->findings;
	size_t criticals = 0;
	for (size_t i = 0; report != NULL && i < report->count; i++)
		criticals += report->findings[i].severity == SEVERITY_CRITICAL;
	return criticals;
}

void
report_drops(const struct report_totals *totals, uint64_t *ret_kernel, uint64_t *ret_interface)
{
	uint64_t kernel = 0;
	uint64_t interface = 0;
	for (size_t i = 0; i < capture_source_count(totals->capture); i++) {
		kernel += capture_source(totals->capture, i)->kernel_drops;
		interface += capture_source(totals->capture, i)->interface_drops;
	}
	*ret_kernel = kernel;
	*ret_interface = interface;
}

uint64_t
report_ring_drops(const struct report_totals *totals)
{
	uint64_t drops = 0;
	for (size_t i = 0; i < capture_source_count(totals->capture); i++)
		drops += capture_source(totals->capture, i)->ring_drops;
	return drops;
}

void
report_rejected(const struct report_totals *totals, uint64_t *ret_frames, uint64_t *ret_errors)
{
	uint64_t frames = 0;
	uint64_t errors = 0;
	for (size_t i = 0; i < capture_source_count(totals->capture); i++) {
		frames += capture_source(totals->capture, i)->rejected;
		errors += capture_source(totals->capture, i)->rejected_errors;
	}
	*ret_frames = frames;
	*ret_errors = errors;
}

bool
source_is_damaged(const struct capture_source *source)
{
	return source->damage != CAPTURE_INTACT && source->damage != CAPTURE_JOINED;
}

static bool
any_source_is_damaged(const struct capture *capture)
{
	for (size_t i = 0; i < capture_source_count(capture); i++)
		if (source_is_damaged(capture_source(capture, i)))
			return true;
	return false;
}

enum capture_quality
report_quality(const struct report_totals *totals)
{
	const struct tracker_stats *stats = totals->stats;
	uint64_t unread = totals->truncated + totals->malformed + totals->unsupported;
	uint64_t kernel, interface;
	report_drops(totals, &kernel, &interface);
	if (any_source_is_damaged(totals->capture))
		return QUALITY_DAMAGED;
	bool crowded = stats->evicted > 0 || stats->unheld > 0 || stats->unallocated > 0;
	if (kernel > 0 || interface > 0 || report_ring_drops(totals) > 0 || crowded ||
	    stats->unseen_bytes > totals->payload / 1000 * LOSSY_PER_MILLE ||
	    unread > totals->frames / 100 * UNREAD_PER_CENT)
		return QUALITY_LOSSY;
	if (stats->one_sided > 0 && stats->one_sided * 100 >= stats->flows * ONE_SIDED_PER_CENT)
		return QUALITY_ONE_SIDED;
	return QUALITY_GOOD;
}

bool
report_span(const struct report_totals *totals, int64_t *ret_first_ns, int64_t *ret_last_ns)
{
	bool found = false;
	for (size_t i = 0; i < capture_source_count(totals->capture); i++) {
		const struct capture_source *source = capture_source(totals->capture, i);
		if (source->first_ns == 0 && source->last_ns == 0)
			continue; /* nothing of it was delivered */
		if (!found || source->first_ns < *ret_first_ns)
			*ret_first_ns = source->first_ns;
		if (!found || source->last_ns > *ret_last_ns)
			*ret_last_ns = source->last_ns;
		found = true;
	}
	return found && totals->frames > 0;
}

bool
report_damage(const struct capture_source *source, bool ascii, char *text, size_t size)
{
	char name[SANITIZED_SIZE];
	char reason[SANITIZED_SIZE];
	char frames[FORMAT_COUNT_SIZE];
	char skipped[FORMAT_AMOUNT_SIZE];
	/* offsets count what was unpacked, which only matters to those who look there */
	const char *plain = source->compression != NULL ? " of the unpacked data" : "";
	sanitize_string(strcmp(source->name, "-") == 0 ? "standard input" : source->name, ascii,
			name, sizeof(name));
	format_count(source->frames, "frame", frames, sizeof(frames));
	format_bytes(source->skipped_bytes, skipped, sizeof(skipped));
	switch (source->damage) {
	case CAPTURE_INTACT:
	case CAPTURE_JOINED:
		return false;
	case CAPTURE_TRUNCATED:
		if (source->damage_offset == 0) {
			snprintf(text, size, "%s: cut short before the first frame", name);
			return true;
		}
		snprintf(text, size,
			 "%s: cut short at byte %" PRIu64 "%s, inside a record; %s before it", name,
			 source->damage_offset, plain, frames);
		return true;
	case CAPTURE_GARBAGE:
		snprintf(text, size,
			 "%s: damaged at byte %" PRIu64 "%s%s; %s skipped, %s could be read", name,
			 source->damage_offset, plain, source->damages > 1 ? " and later" : "",
			 skipped, frames);
		return true;
	case CAPTURE_NOT_CAPTURE:
		snprintf(text, size, "%s: not a capture file (neither pcap nor pcapng)", name);
		return true;
	case CAPTURE_EMPTY:
		snprintf(text, size, "%s: an empty file", name);
		return true;
	case CAPTURE_READ_ERROR:
		sanitize_string(source->text[0] != '\0'	   ? source->text
				: source->errno_value != 0 ? strerror(source->errno_value)
							   : "unknown error",
				ascii, reason, sizeof(reason));
		if (source->errno_value == ENOENT && source->bytes == 0 &&
		    strpbrk(source->name, "./") == NULL) {
			snprintf(text, size,
				 "%s: %s (words are a filter only behind -i INTERFACE; for files "
				 "-f 'EXPRESSION' is one)",
				 name, reason);
			return true;
		}
		if (source->errno_value != 0 && source->bytes == 0) {
			snprintf(text, size, "%s: %s", name, reason);
			return true;
		}
		snprintf(text, size, "%s: reading failed at byte %" PRIu64 "%s: %s; %s before it",
			 name, source->damage_offset, plain, reason, frames);
		return true;
	}
	return false;
}

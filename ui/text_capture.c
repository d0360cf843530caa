/* SPDX-License-Identifier: BSD-2-Clause */
/* Every loss gets a line, and only losses do. */
#include "ui/text_capture.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/explain.h"
#include "ui/format.h"
#include "ui/paint.h"
#include "ui/sanitize.h"
#include "ui/sink.h"
#include "ui/wrap.h"

enum { NOTE_SIZE = 1024 };

/* Notes under a heading that is written with the first of them. */
struct notes {
	struct sink *sink;
	const struct report_settings *settings;
	const struct report_totals *totals;
	bool begun;
};

static void __attribute__((format(printf, 2, 3))) note(struct notes *notes, const char *format, ...)
{
	char text[NOTE_SIZE];
	bool color = notes->settings->color;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!notes->begun)
		sink_printf(notes->sink, "%sTHE CAPTURE%s\n", paint_on(color, PAINT_HEADING),
			    paint_off(color, PAINT_HEADING));
	notes->begun = true;
	wrap_text(notes->sink, "  - ", "    ", text);
}

/* A note that begins with a count; none for 0. */
static void
note_count(struct notes *notes, uint64_t count, const char *word, const char *sentence)
{
	char text[FORMAT_COUNT_SIZE];
	if (count == 0)
		return;
	format_count(count, word, text, sizeof(text));
	note(notes, "%s %s", text, sentence);
}

static void
note_sources(struct notes *notes)
{
	const struct report_totals *totals = notes->totals;
	char text[NOTE_SIZE];
	uint64_t snapped = 0;
	uint64_t unfiltered = 0;
	for (size_t i = 0; i < capture_source_count(totals->capture); i++) {
		const struct capture_source *source = capture_source(totals->capture, i);
		snapped += source->snapped;
		unfiltered += source->unfiltered;
		if (report_damage(source, notes->settings->ascii, text, sizeof(text))) {
			note(notes, "%s", text);
		} else if (source->damage == CAPTURE_JOINED) {
			sanitize_string(source->name, notes->settings->ascii, text, SANITIZED_SIZE);
			note(notes, "%s: several captures put end to end; all of it was read",
			     text);
		}
	}
	if (totals->interrupted)
		note(notes, "interrupted: the rest of the input was not read");
	note_count(notes, capture_passed_over(totals->capture), "file",
		   "in the given directories passed over: no capture");
	note_count(notes, unfiltered, "frame",
		   "left out: the filter has no meaning for their link type");
	/* a live run chose the length itself: headers and first payload are there */
	if (!capture_is_live(totals->capture))
		note_count(notes, snapped, "frame",
			   "cut by the snapshot length (capture with -s 0)");
}

/* What a filter hides is hidden from the verdicts, too. */
static void
note_filter(struct notes *notes)
{
	char filter[SANITIZED_SIZE];
	char frames[FORMAT_COUNT_SIZE];
	char errors[FORMAT_COUNT_SIZE];
	uint64_t rejected, rejected_errors;
	if (notes->totals->filter == NULL)
		return;
	report_rejected(notes->totals, &rejected, &rejected_errors);
	sanitize_string(notes->totals->filter, notes->settings->ascii, filter, sizeof(filter));
	format_count(rejected, "frame", frames, sizeof(frames));
	format_count(rejected_errors, "ICMP error", errors, sizeof(errors));
	if (rejected_errors == 0)
		note(notes, "the filter '%s' rejected %s", filter, frames);
	else
		note(notes,
		     "the filter '%s' rejected %s, among them %s: a refusal, a filter or a missing "
		     "route that was told by ICMP looks like silence here; -f '(%s) or icmp or "
		     "icmp6' lets ICMP pass",
		     filter, frames, errors, filter);
}

static void
note_losses(struct notes *notes)
{
	const struct report_totals *totals = notes->totals;
	const struct tracker_stats *stats = totals->stats;
	uint64_t kernel, interface;
	char bytes[FORMAT_AMOUNT_SIZE];
	report_drops(totals, &kernel, &interface);
	note_count(notes, kernel, "packet",
		   "dropped by the capturing kernel: a larger buffer "
		   "(tcpdump -B 65536) helps");
	note_count(notes, interface, "packet", "dropped by the capturing interface");
	format_bytes(stats->unseen_bytes, bytes, sizeof(bytes));
	if (stats->unseen_bytes > 0)
		note(notes,
		     "%s acknowledged but missing here: lost by the capture (drops, filter), not "
		     "by the network",
		     bytes);
	note_count(notes, totals->given_twice, "file", "given more than once");
	note_count(notes, stats->duplicates, "segment",
		   totals->given_twice > 0
			   ? "counted once: files were given more than once"
			   : "captured twice (mirror port, any-interface); not taken for "
			     "retransmissions");
	note_count(notes, stats->one_sided, "flow",
		   "with one direction only: asymmetric routing, or a one-way mirror or filter");
	note_count(notes, totals->truncated, "frame", "too short for their headers; not judged");
	note_count(notes, totals->malformed, "frame",
		   "with headers that contradict themselves; not "
		   "judged");
	note_count(notes, totals->unsupported, "frame",
		   "of a link type or tunnel that is not understood; not judged");
	note_count(notes, stats->fragments_incomplete, "fragmented packet",
		   "of which pieces are missing; not judged whole");
	note_count(notes, stats->bad_checksums, "segment",
		   "with a wrong TCP checksum; not believed");
	note_count(notes, stats->time_steps_back, "frame", "older than the one before it");
	note_count(notes, stats->time_leaps, "frame",
		   "more than a year after the one before it: a clock that was set makes "
		   "answers look late and silence long");
	note_count(notes, stats->evicted, "flow",
		   "judged early for lack of room (--max-memory, --limit max-flows)");
	note_count(notes, stats->unheld, "segment",
		   "of flows that had been judged early, or began unseen while there was no room");
	note_count(notes, stats->unallocated, "packet", "not judged for lack of memory");
	if (totals->findings != NULL)
		note_count(notes, totals->findings->overflowed, "flow",
			   "for which the tables of the findings had no room: shares and counts "
			   "there may be too small");
}

static void
note_unjudged(struct notes *notes)
{
	for (unsigned i = 0; i < VERDICT_CODES; i++)
		if (verdict_infos[i].verdict_class == CLASS_INCOMPLETE &&
		    notes->totals->by_verdict[i] > 0)
			note(notes, "cannot be judged: %" PRIu64 " x %s (%s)",
			     notes->totals->by_verdict[i], verdict_infos[i].slug,
			     explain_headline(i));
}

void
text_capture_section(struct sink *sink, const struct report_settings *settings,
		     const struct report_totals *totals)
{
	struct notes notes = { .sink = sink, .settings = settings, .totals = totals };
	note_sources(&notes);
	note_filter(&notes);
	note_losses(&notes);
	note_unjudged(&notes);
}

void
text_source_name(const struct report_settings *settings, size_t index, char *text, size_t size)
{
	const char *path = capture_source(settings->capture, index)->name;
	const char *slash = strrchr(path, '/');
	sanitize_string(slash != NULL && slash[1] != '\0' ? slash + 1 : path, settings->ascii, text,
			size);
}

void
text_capture_name(const struct report_totals *totals, bool ascii, char *text, size_t size)
{
	size_t count = capture_source_count(totals->capture);
	if (count != 1) {
		format_count(count, "file", text, size);
		return;
	}
	const char *name = capture_source(totals->capture, 0)->name;
	const char *slash = strrchr(name, '/');
	if (strcmp(name, "-") == 0)
		name = "standard input";
	else if (slash != NULL && slash[1] != '\0')
		name = slash + 1;
	sanitize_string(name, ascii, text, size);
}

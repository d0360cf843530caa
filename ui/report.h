/* SPDX-License-Identifier: BSD-2-Clause */
/* What every output format offers, and what a report is made of beside the flows. */
#ifndef TCPWHY_REPORT_H
#define TCPWHY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/findings.h"
#include "analyzer/flow.h"
#include "analyzer/tracker.h"
#include "analyzer/verdict.h"
#include "dissect/capture.h"

struct host;
struct sink;

/* How the capture was: worst first. The rules are in report_quality(). */
enum capture_quality { QUALITY_DAMAGED, QUALITY_LOSSY, QUALITY_ONE_SIDED, QUALITY_GOOD };

/* What was read and found, counted. */
struct report_totals {
	const struct capture *capture;
	const struct tracker_stats *stats;
	const char *filter; /* as given, or NULL */
	uint64_t frames;    /* delivered to the analysis: those that the filter let pass */
	uint64_t bytes;	    /* of them, on the wire */
	uint64_t not_tcp, truncated, malformed, unsupported; /* of the frames */
	uint64_t payload; /* bytes seen in both directions of all flows */
	uint64_t by_class[CLASSES];
	uint64_t by_verdict[VERDICT_CODES];
	uint64_t given_twice; /* inputs that are the same file as another one */
	const struct host *host; /* where a live capture is made; NULL for files */
	bool interrupted;     /* a signal ended the reading before the capture's end */
	/* NULL when memory was short */
	const struct findings_report *findings;
};

struct report_settings {
	const struct capture *capture;
	bool all, quiet, verbose, ascii, color;
	bool utf8; /* the reader's locale shows characters beyond ASCII; false with ascii */
};

/* An output format. begin() returns what the others take as state, NULL when memory or room for
 * temporary files is short; end() writes the rest and frees it, after which the sink is complete.
 * flow() is called once per flow, in the order of decision. Failures to write are in the sink. */
struct report_ops {
	const char *name;
	void *(*begin)(const struct report_settings *settings, struct sink *sink);
	void (*flow)(void *state, const struct flow *flow, const struct verdict *verdict);
	void (*end)(void *state, const struct report_totals *totals);
	void (*give_up)(void *state); /* instead of end(): writes nothing */
	/* Live, may be NULL. provisional() is called for a flow that is not decided when it looks like
	 * a failure, like another one than before, or no longer like one; heartbeat() once a minute. */
	void (*provisional)(void *state, const struct flow *flow, const struct verdict *verdict);
	void (*heartbeat)(void *state, const struct report_totals *totals);
	/* Conclusions were drawn anew, every few seconds. */
	void (*concluded)(void *state, const struct report_totals *totals);
};

extern const struct report_ops text_report, json_report;
/* Live: failing flows and new findings as they show, and the text report at the end. */
extern const struct report_ops live_text_report;

/* Flows of failure: those whose class comes after CLASS_INCOMPLETE. */
bool verdict_is_failure(const struct verdict *verdict);
uint64_t report_failures(const struct report_totals *totals);

/* Counts a judged flow. */
void report_count_flow(struct report_totals *totals, const struct flow *flow,
		       const struct verdict *verdict);

/* Findings that somebody should look at: all but SEVERITY_INFO. */
size_t report_problems(const struct report_totals *totals);
/* Those of SEVERITY_CRITICAL. */
size_t report_criticals(const struct report_totals *totals);

enum capture_quality report_quality(const struct report_totals *totals);
extern const char *const quality_slugs[QUALITY_GOOD + 1];

/* First and last time of anything that was read; false if nothing was. */
bool report_span(const struct report_totals *totals, int64_t *ret_first_ns, int64_t *ret_last_ns);

/* Drops that the capture files admit. */
void report_drops(const struct report_totals *totals, uint64_t *ret_kernel,
		  uint64_t *ret_interface);

/* Frames for which our own ring had no room (live). */
uint64_t report_ring_drops(const struct report_totals *totals);

/* Frames that the filter rejected, and how many of them are ICMP errors. */
void report_rejected(const struct report_totals *totals, uint64_t *ret_frames,
		     uint64_t *ret_errors);

/* Whether something of it is lost; captures put end to end are not damaged. */
bool source_is_damaged(const struct capture_source *source);

/* One sentence about the damage of a source, its name included and made safe, into text.
 * Returns false if the source is not damaged. */
bool report_damage(const struct capture_source *source, bool ascii, char *text, size_t size);

#endif

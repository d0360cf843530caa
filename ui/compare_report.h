/* SPDX-License-Identifier: BSD-2-Clause */
/* What a comparison found, as its reports get it. */
#ifndef TCPWHY_COMPARE_REPORT_H
#define TCPWHY_COMPARE_REPORT_H

#include "analyzer/compare_judge.h"
#include "analyzer/compare_rewrite.h"
#include "ui/compare_point.h"
#include "ui/report.h"
#include "ui/sink.h"

enum { DELAY_BUCKETS = 512 };

/* A flow in a hop. end[point] is NULL where it was not seen. */
struct compare_case {
	size_t hop;
	bool reversed; /* the client is at the hop's far point: ends are in the order of the flow */
	const struct held *end[2];
	const struct verdict *verdicts[2];
	bool ambiguous;
	struct compare_pairing pairing;
	struct compare_watch watch[2];
	struct compare_result result;
	struct compare_rewrites rewrites;
	struct compare_verdict verdict;
};

/* Sums of one direction of a hop. */
struct hop_counts {
	uint64_t sent, arrived, lost, partly_lost, lost_bytes;
	uint64_t lost_data, lost_syn, lost_fin, lost_rst, lost_ack;
	uint64_t injected, injected_rst, in_path, on_path, duplicated;
	uint64_t missed[2]; /* by the capture of this point */
	uint64_t unjudged, recut, overtaken;
	uint64_t again, again_needed, again_answer_lost, again_needless;
	uint64_t delay_count, delay[DELAY_BUCKETS]; /* see hop_delay() */
};

/* Flows in which a field was changed, and what it was in the first of them. */
struct hop_rewrite {
	uint64_t flows;
	int64_t value[2];
	uint32_t frame[2];
};

struct hop {
	const struct point *point[2];
	struct compare_clock clock;
	bool time_known;
	uint64_t paired, ambiguous;
	uint64_t single[2];	 /* flows seen at this point only */
	uint64_t unwatched[2];	 /* of them, those of which the other capture cannot tell */
	uint64_t failed;	 /* flows that failed, in pairs or alone */
	uint64_t proxied, rewritten, injected, lossy[2]; /* pairs */
	uint64_t endpoints_changed;
	uint64_t by_story[STORIES];
	struct hop_counts counts[2];
	struct hop_rewrite rewrite[2][REWRITES];
};

struct comparison {
	const struct options *options;
	size_t point_count; /* two or more */
	struct point *points;
	struct hop *hops; /* point_count - 1 */
	bool swapped;	  /* the captures were given with the server's first */
	bool interrupted;
	uint64_t by_class[CLASSES]; /* of the flows told */
};

/* The point at which the end of a case is, and the way of the hop in which its direction goes. */
static inline int
case_point(const struct compare_case *told, int end)
{
	return told->reversed ? !end : end;
}

/* Adds a case to what is known of its hop. */
void compare_count(struct comparison *comparison, const struct compare_case *told);

/* The delay, us, below which `permille` of the segments of a direction stayed; -1 if none was measured. */
int64_t hop_delay(const struct hop_counts *counts, unsigned permille);

/* Wilson's interval for a share, 95 %, in thousandths. */
void compare_interval(uint64_t hits, uint64_t total, uint64_t *ret_low, uint64_t *ret_high);

bool compare_failed(const struct compare_case *told);

/* An output. begin() returns NULL when memory or room for temporary files is short. */
struct compare_output {
	void *(*begin)(const struct comparison *comparison, const struct report_settings *settings,
		       struct sink *sink);
	void (*take)(void *state, const struct compare_case *told);
	void (*end)(void *state);
};

extern const struct compare_output compare_text, compare_json;

/* A case as a ladder of two columns. */
void compare_ladder(struct sink *sink, const struct comparison *comparison,
		    const struct compare_case *told);

/* "SYN", "FIN", "RST", "ACK", "data 100": what a segment is, in few letters. */
void compare_label(const struct compare_segment *segment, char *text, size_t size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Text reports about flows and findings made by hand. */
#ifndef TCPWHY_TESTS_TEXT_TRIAL_H
#define TCPWHY_TESTS_TEXT_TRIAL_H

#include "tests/findings_sample.h"
#include "tests/ui_sample.h"

/* A report that is being written, with the counts that the loop over frames would keep. */
struct trial {
	struct capture capture;
	struct tracker_stats stats;
	struct report_totals totals;
	struct report_settings settings;
	struct sink sink;
	void *report;
	struct findings_report findings; /* counts from totals.findings on */
	struct failure_group group;
};

/* Begins the one report that there is at a time. */
struct trial *trial_begin(struct report_settings settings);

void trial_add(struct trial *trial, const struct flow *flow, const struct verdict *verdict);
/* Adds a flow of that number to that port of the server. */
void trial_add_failure(struct trial *trial, uint32_t number, uint16_t port, enum verdict_code code);
void trial_add_success(struct trial *trial);

/* The findings are part of the report; the flows that were added, all failing to port 81, are explained,
 * but for left of them. The findings stay the caller's. */
void trial_conclude(struct trial *trial, struct finding *findings, size_t count, uint64_t left);

/* Ends the report; the text is to be freed. */
char *trial_end(struct trial *trial);

unsigned occurrences(const char *text, const char *words);

/* Fails unless the words are in the text. */
void contains(const char *text, const char *words);

#endif

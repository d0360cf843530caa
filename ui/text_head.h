/* SPDX-License-Identifier: BSD-2-Clause */
/* The first screenful of the text report: the answer, the groups of failures, the counts. */
#ifndef TCPWHY_TEXT_HEAD_H
#define TCPWHY_TEXT_HEAD_H

#include "ui/digest.h"
#include "ui/report.h"

void text_heading(struct sink *sink, const struct report_settings *settings, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* What was read, how many flows, how many of them failed. */
void text_answer(struct sink *sink, const struct report_settings *settings,
		 const struct report_totals *totals);

/* How many groups have flows that no finding is about. */
size_t text_unexplained(const struct digest *digest);

/* The worst of these groups, each with suspect and next step. report may be NULL. */
void text_groups(struct sink *sink, const struct report_settings *settings, const char *heading,
		 const struct digest *digest, const struct findings_report *report);

/* One sentence if nothing is wrong, else nothing. */
void text_all_clear(struct sink *sink, const struct report_totals *totals);

/* One line per verdict that occurred. */
void text_counts(struct sink *sink, const struct report_settings *settings,
		 const struct report_totals *totals);

#endif

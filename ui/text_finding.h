/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in the text report. */
#ifndef TCPWHY_TEXT_FINDING_H
#define TCPWHY_TEXT_FINDING_H

#include "ui/report.h"

/* What is wrong: findings that somebody should look at, the worst first, each with its proof and the
 * next step. Writes nothing if there is none. */
void text_problems(struct sink *sink, const struct report_settings *settings,
		   const struct report_totals *totals);

/* One finding in a few lines: headline, scope, first sentence. */
void text_finding_brief(struct sink *sink, const struct report_settings *settings,
			const struct finding *finding);

/* What is worth knowing and needs nobody, in a few lines each. */
void text_remarks(struct sink *sink, const struct report_settings *settings,
		  const struct report_totals *totals);

/* One line about who sends the RSTs that end connections, if anybody sends several; servers that only
 * refuse are left out. */
void text_rst_sources(struct sink *sink, const struct report_totals *totals);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* One flow in the text report. */
#ifndef TCPWHY_TEXT_FLOW_H
#define TCPWHY_TEXT_FLOW_H

#include "ui/digest.h"
#include "ui/report.h"

/* Writes headline, summary and proof; causes and next steps too, unless group says that an earlier
 * flow had the same ones. group is NULL when the flow belongs to none. */
void text_flow(struct sink *sink, const struct report_settings *settings, const struct flow *flow,
	       const struct verdict *verdict, const struct digest_group *group);

/* All but headline and summary. */
void text_flow_reasons(struct sink *sink, const struct report_settings *settings,
		       const struct flow *flow, const struct verdict *verdict,
		       const struct digest_group *group);

/* Headline and summary only. */
void text_flow_brief(struct sink *sink, const struct report_settings *settings,
		     const struct flow *flow, const struct verdict *verdict);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Live: what can be concluded at present, with the flows that are still open judged as they stand. */
#ifndef TCPWHY_CONCLUSIONS_H
#define TCPWHY_CONCLUSIONS_H

#include <stdint.h>

#include "analyzer/findings.h"
#include "analyzer/tracker.h"
#include "ui/report.h"

struct conclusions {
	const struct limits *limits;
	struct findings *ended;		/* of flows that are decided; NULL: memory was short */
	struct findings_report *report; /* the latest, NULL none */
	struct report_totals totals;	/* as of the latest conclusions, open flows included */
	int64_t cost_ns;		/* CPU time that the latest took */
};

void conclusions_init(struct conclusions *conclusions, const struct limits *limits);
void conclusions_release(struct conclusions *conclusions);

/* Concludes anew as of now_ns. ended: the totals of the flows that are decided. */
void conclusions_draw(struct conclusions *conclusions, struct tracker *tracker,
		      const struct report_totals *ended, int64_t now_ns);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a report, and what was counted beside it, is as a crowd expects. */
#ifndef TCPWHY_CROWD_CHECK_H
#define TCPWHY_CROWD_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/findings.h"
#include "tests/crowd.h"

/* What a run over all frames of a crowd came to. */
struct crowd_outcome {
	const struct findings_report *report;
	const struct tracker_stats *stats;
	uint64_t verdicts[VERDICT_CODES]; /* flows by verdict */
	uint64_t not_tcp, undissected;	  /* frames */
};

/* Checks every expectation and says, in lines that start with "#", which of them do not hold. */
bool crowd_check(const struct crowd *crowd, const struct crowd_outcome *outcome);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings as records, and what the summary says of them. */
#ifndef TCPWHY_JSON_FINDING_H
#define TCPWHY_JSON_FINDING_H

#include "analyzer/findings.h"
#include "ui/json.h"

/* The tcpwhy.finding/1 record: all keys, in the order of the documentation. The caller owns it. NULL
 * when memory is short. */
json_t *json_finding(const struct json_context *context, const struct finding *finding);

/* Counts of findings and senders of RSTs into the summary; report is NULL when there is none. */
void json_put_findings(json_t *summary, const struct findings_report *report);

#endif

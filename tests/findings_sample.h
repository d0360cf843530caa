/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings made by hand, for tests of what is written about them. */
#ifndef TCPWHY_TESTS_FINDINGS_SAMPLE_H
#define TCPWHY_TESTS_FINDINGS_SAMPLE_H

#include "analyzer/findings.h"

/* 412 flows of 1,084 to 10.0.0.2:81, from 14:03:02.110 to 14:03:09.500 on 2024-05-06; two frames as proof,
 * two causes, two steps; an example flow from 10.0.0.1. It has no numbers yet. */
struct finding sample_finding(enum finding_code code);

/* Another subject of that kind for it: 10.0.0.2 and its port, network, device, or the path there from
 * 10.0.0.9. */
void sample_subject(struct finding *finding, enum finding_subject_kind kind);

void sample_number(struct finding *finding, enum finding_number_id id, int64_t value);

/* A report of these findings, which stay the caller's. */
struct findings_report sample_report(struct finding *findings, size_t count);

#endif

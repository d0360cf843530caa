/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in words: what was found, what sets it apart, why perhaps, and what to do next. */
#ifndef TCPWHY_FINDING_WORDS_H
#define TCPWHY_FINDING_WORDS_H

#include "analyzer/findings.h"
#include "ui/explain.h"

enum { FINDING_NAME_SIZE = 128 }; /* of a buffer that holds any of the short texts below */

/* "10.0.0.2:443", "10.9.0.0/24", "a device 3 routers away", "10.0.0.1 -> 10.0.0.2:443". */
void finding_subject_text(const struct finding_subject *subject, char *text, size_t size);

/* Its address, with the port if it has one. */
void finding_endpoint_text(const struct finding_subject *subject, char *text, size_t size);

/* A few words for headings: "every connection is refused". */
void finding_headline(const struct finding *finding, char *text, size_t size);

/* One to three sentences with the finding's numbers. The buffer holds EXPLAIN_SIZE bytes. */
void finding_summary(const struct finding *finding, char *text);

/* What the flows are whose frames prove it: "refused". */
const char *finding_proof(const struct finding *finding);

/* The value that sets failing flows apart: "10.9.0.0/24", "02:00:00:00:00:01", "VLAN 100"; made
 * safe. */
void contrast_value(const struct contrast *contrast, bool ascii, char *text, size_t size);

/* The same as a statement: "source network 10.9.0.0/24: 38 of 40 failing, 2 of 1,200 good (x 600)". */
void contrast_text(const struct contrast *contrast, bool ascii, char *text, size_t size);

/* A hypothesis as a sentence, in a buffer of EXPLAIN_SIZE bytes. Returns false if the finding lacks
 * what the sentence is about. */
bool finding_cause(const struct finding *finding, enum cause cause, char *text);

/* What to do, and the command for it; "" if there is none or what it needs is unknown. Both buffers
 * hold EXPLAIN_SIZE bytes. */
void finding_advice(const struct finding *finding, enum advice advice, char *what, char *command);

/* "10.0.0.2:443 itself", "a device 3 routers away in the name of 10.0.0.9:5432". */
void rst_source_text(const struct rst_source *source, char *text, size_t size);

#endif

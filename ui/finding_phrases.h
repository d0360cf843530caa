/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said about findings, as tables. Templates name values of ui/finding_values.c. */
#ifndef TCPWHY_FINDING_PHRASES_H
#define TCPWHY_FINDING_PHRASES_H

#include "analyzer/findings.h"
#include "ui/phrases.h"
#include "ui/template.h"

struct finding_phrases {
	const char *headline; /* template: a few words */
	const char *summary;  /* template: what the packets prove, then what that means */
	const char *proof;    /* what the flows are whose frames are shown */
};

extern const struct finding_phrases finding_phrases[FINDING_CODES];
extern const struct page finding_pages[FINDING_CODES];

/* For template_expand(); about is a struct finding. */
template_value_fn finding_value;

#endif

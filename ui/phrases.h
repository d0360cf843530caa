/* SPDX-License-Identifier: BSD-2-Clause */
/* The words themselves, as tables. Templates (ui/template.h) name values of the flow (ui/values.c). */
#ifndef TCPWHY_PHRASES_H
#define TCPWHY_PHRASES_H

#include "analyzer/verdict.h"

struct verdict_phrases {
	const char *headline; /* a few words, for headings */
	const char *summary;  /* template: this flow, one or two sentences */
};

/* A section of doc/verdicts.md or doc/findings.md, as plain text: what --explain prints. */
struct page {
	const char *meaning;
	const char *proof;     /* what proves it */
	const char *otherwise; /* what else it could be, and what is behind it */
	const char *next;      /* what to do */
};

struct advice_phrases {
	const char *what;    /* template */
	const char *command; /* template, or NULL */
};

extern const struct verdict_phrases verdict_phrases[VERDICT_CODES];
extern const struct page verdict_pages[VERDICT_CODES];
/* What a tag means; NULL: not told. */
extern const char *const tag_pages[TAG_CODES];
extern const char *const evidence_phrases[EVIDENCE_KINDS]; /* templates */
extern const char *const cause_phrases[CAUSE_CODES];	   /* templates */
extern const struct advice_phrases advice_phrases[ADVICE_CODES];
extern const char *const suspect_phrases[SUSPECT_CODES];
extern const char *const class_phrases[CLASSES];
extern const char *const rst_form_phrases[RST_FORMS];
extern const char *const vantage_phrases[VANTAGE_BOTH + 1];

/* What tells the vantage, one per bit of enum vantage_reason, the lowest first. */
enum { VANTAGE_REASONS = 6 };
extern const char *const vantage_reason_phrases[VANTAGE_REASONS];
/* The phrase of a bit for this verdict: between two routers a TTL tells something else. */
const char *vantage_reason_phrase(const struct verdict *verdict, int bit);

/* "host unreachable": an ICMP or ICMPv6 error, NULL if the type is not known. */
const char *icmp_phrase(unsigned ip_version, unsigned type, unsigned code);

#endif

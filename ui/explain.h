/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts in words: what happened, why perhaps, and what to do next. */
#ifndef TCPWHY_EXPLAIN_H
#define TCPWHY_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/flow.h"
#include "analyzer/verdict.h"

struct sink;

enum {
	EXPLAIN_SIZE = 1024, /* of a buffer that holds any of the texts below */
	EXPLAIN_STEP_SIZE = 2 * EXPLAIN_SIZE,
};

/* One or two sentences about this flow, with its numbers. */
void explain_summary(const struct flow *flow, const struct verdict *verdict, char *text,
		     size_t size);

/* What happened at a frame of evidence, such as "SYN again, 7 in all". */
void explain_evidence(const struct flow *flow, const struct verdict *verdict,
		      const struct evidence *evidence, char *text, size_t size);

/* A hypothesis as a sentence. */
void explain_cause(const struct flow *flow, const struct verdict *verdict, enum cause cause,
		   char *text, size_t size);

/* What to do, and the command for it with addresses and ports filled in; command is "" if there is
 * none. Both buffers hold EXPLAIN_SIZE bytes. */
void explain_advice(const struct flow *flow, const struct verdict *verdict, enum advice advice,
		    char *what, char *command);

/* Both in one line, into a buffer of EXPLAIN_STEP_SIZE bytes. */
void explain_join(const char *what, const char *command, char *text);

/* The verdict in a few plain words for headings: "nothing answered the SYN". */
const char *explain_headline(enum verdict_code code);

/* "server", "client-path" ... as a person would say it: "the server's side of the path". */
const char *explain_suspect(enum suspect suspect);

/* What a class of verdicts means, in a few words. */
const char *explain_class(enum verdict_class verdict_class);

/* "unrecognized_name", NULL if the number is not known (RFC 8446 6, RFC 5246 7.2). */
const char *explain_tls_alert(unsigned description);

/* The page of one verdict or finding, by its slug. Returns false if there is none of that name. */
bool explain_print(struct sink *sink, const char *slug);
/* All verdicts, then all findings, one line each. */
void explain_print_all(struct sink *sink);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Records for programs: doc/schema.json is their contract. */
#ifndef TCPWHY_JSON_H
#define TCPWHY_JSON_H

#include <jansson.h>

#include "analyzer/flow.h"
#include "analyzer/verdict.h"
#include "ui/json_line.h"
#include "ui/report.h"

/* What a record needs beside the flow. */
struct json_context {
	const struct capture *capture; /* names of files and interfaces; NULL: they stay null */
	bool provisional;	       /* of a flow that is not decided yet */
};

/* The tcpwhy.flow/1 record of a flow as a line of text: all keys, in the order of the documentation. */
void json_flow_line(const struct json_context *context, const struct flow *flow,
		    const struct verdict *verdict, struct json_line *line);

/* The same as an object, which the caller owns. NULL when memory is short. */
json_t *json_flow(const struct json_context *context, const struct flow *flow,
		  const struct verdict *verdict);

/* The tcpwhy.summary/1 record. */
/* Writes the record as a line that is whole, or none, with ENOMEM in the sink; the record is consumed. */
void json_write(json_t *record, struct sink *sink);

json_t *json_summary(const struct report_totals *totals);

/* The name of a capture file, null if it is not known. */
void json_put_source(json_t *record, const char *key, const struct capture *capture,
		     unsigned index);

#endif

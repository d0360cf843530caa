/* SPDX-License-Identifier: BSD-2-Clause */
/* NDJSON: one record is built, written and freed at a time; flows, then findings, the summary last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/explain.h"
#include "ui/format.h"
#include "ui/host.h"
#include "ui/json.h"
#include "ui/json_finding.h"
#include "ui/json_memory.h"
#include "ui/json_put.h"
#include "ui/sink.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

struct json_state {
	struct sink *sink;
	struct json_context context;
	struct json_line line; /* of the flow that is being written */
};

static void
put_names(json_t *record, const struct capture *capture)
{
	json_t *list = json_array();
	for (size_t i = 0; i < capture_source_count(capture); i++) {
		char name[SANITIZED_SIZE];
		sanitize_string(capture_source(capture, i)->name, false, name, sizeof(name));
		json_array_append_new(list, json_string_nocheck(name));
	}
	json_object_set_new(record, "source", list);
}

static void
put_host(json_t *record, const struct report_totals *totals)
{
	json_put_name(record, "host", totals->host != NULL ? totals->host->name : NULL);
}

static void
put_addresses(json_t *record, const struct report_totals *totals)
{
	const struct host *host = totals->host;
	json_t *list = json_array();
	for (size_t i = 0; host != NULL && i < host->address_count; i++) {
		char text[FORMAT_ADDRESS_SIZE];
		format_address(host->addresses[i].addr, host->addresses[i].ip_version, text,
			       sizeof(text));
		json_array_append_new(list, json_string(text));
	}
	json_object_set_new(record, "local_addrs", list);
}

static void
put_by(json_t *record, const struct report_totals *totals)
{
	json_t *by_class = json_object();
	for (unsigned i = 0; i < CLASSES; i++)
		json_put_integer(by_class, verdict_class_slugs[i], (int64_t)totals->by_class[i]);
	json_object_set_new(record, "by_class", by_class);
	json_t *by_verdict = json_object();
	for (unsigned i = 0; i < VERDICT_CODES; i++)
		json_put_integer(by_verdict, verdict_infos[i].slug, (int64_t)totals->by_verdict[i]);
	json_object_set_new(record, "by_verdict", by_verdict);
}

static void
put_damages(json_t *record, const struct report_totals *totals)
{
	json_t *list = json_array();
	char text[2 * EXPLAIN_SIZE];
	for (size_t i = 0; i < capture_source_count(totals->capture); i++)
		if (report_damage(capture_source(totals->capture, i), false, text, sizeof(text)))
			json_array_append_new(list, json_string_nocheck(text));
	if (totals->interrupted)
		json_array_append_new(list,
				      json_string("interrupted before the end of the capture"));
	json_object_set_new(record, "errors", list);
}

json_t *
json_summary(const struct report_totals *totals)
{
	const struct tracker_stats *stats = totals->stats;
	int64_t first_ns, last_ns;
	uint64_t kernel_drops, interface_drops, rejected, rejected_errors;
	json_t *record = json_object();
	bool any = report_span(totals, &first_ns, &last_ns);
	report_drops(totals, &kernel_drops, &interface_drops);
	report_rejected(totals, &rejected, &rejected_errors);
	json_put_text(record, "schema", "tcpwhy.summary/1");
	json_put_text(record, "record", "summary");
	json_put_text(record, "version", PACKAGE_VERSION);
	put_host(record, totals);
	put_names(record, totals->capture);
	json_put_known(record, "first_us", any ? first_ns / NS_PER_US : 0, any);
	json_put_known(record, "last_us", any ? last_ns / NS_PER_US : 0, any);
	put_addresses(record, totals);
	json_put_name(record, "filter", totals->filter);
	json_put_integer(record, "filter_rejected", (int64_t)rejected);
	json_put_integer(record, "filter_rejected_errors", (int64_t)rejected_errors);
	json_put_integer(record, "frames", (int64_t)totals->frames);
	json_put_integer(record, "tcp_segments", (int64_t)stats->segments);
	json_put_integer(record, "bytes", (int64_t)totals->bytes);
	json_put_integer(record, "not_tcp", (int64_t)totals->not_tcp);
	json_put_integer(record, "truncated", (int64_t)totals->truncated);
	json_put_integer(record, "malformed", (int64_t)totals->malformed);
	json_put_integer(record, "unsupported", (int64_t)totals->unsupported);
	json_put_integer(record, "kernel_drops", (int64_t)kernel_drops);
	json_put_integer(record, "interface_drops", (int64_t)interface_drops);
	json_put_integer(record, "ring_drops", (int64_t)report_ring_drops(totals));
	json_put_integer(record, "evicted", (int64_t)stats->evicted);
	json_put_integer(record, "unheld", (int64_t)stats->unheld);
	json_put_integer(record, "flows", (int64_t)stats->flows);
	json_put_integer(record, "flows_open", (int64_t)stats->flows_open);
	put_by(record, totals);
	json_put_findings(record, totals->findings);
	json_put_integer(record, "duplicates", (int64_t)stats->duplicates);
	json_put_integer(record, "time_steps_back", (int64_t)stats->time_steps_back);
	json_put_integer(record, "time_leaps", (int64_t)stats->time_leaps);
	json_put_text(record, "capture_quality", quality_slugs[report_quality(totals)]);
	put_damages(record, totals);
	return record;
}

void
json_write(json_t *record, struct sink *sink)
{
	char *line = record != NULL ? json_dumps(record, JSON_COMPACT) : NULL;
	bool lacked = json_memory_lacked();
	if (line != NULL && !lacked) {
		sink_puts(sink, line);
		sink_puts(sink, "\n");
	} else if (sink->error == 0) {
		sink->error = ENOMEM;
	}
	free(line);
	json_decref(record);
}

static void *
json_begin(const struct report_settings *settings, struct sink *sink)
{
	struct json_state *state = malloc(sizeof(*state));
	if (state == NULL)
		return NULL;
	json_memory_watch();
	state->sink = sink;
	state->context = (struct json_context){ .capture = settings->capture };
	return state;
}

static void
write_flow(struct json_state *state, const struct flow *flow, const struct verdict *verdict,
	   bool provisional)
{
	struct json_line *line = &state->line;
	state->context.provisional = provisional;
	json_flow_line(&state->context, flow, verdict, line);
	if (line->full) {
		state->sink->error = state->sink->error != 0 ? state->sink->error : EOVERFLOW;
		return;
	}
	sink_write(state->sink, line->text, line->used);
	sink_puts(state->sink, "\n");
}

static void
json_write_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	write_flow(user, flow, verdict, false);
}

static void
json_write_provisional(void *user, const struct flow *flow, const struct verdict *verdict)
{
	write_flow(user, flow, verdict, true);
}

/* Findings as they are known, then the summary. */
static void
write_conclusions(struct json_state *state, const struct report_totals *totals)
{
	const struct findings_report *report = totals->findings;
	for (size_t i = 0; report != NULL && i < report->count; i++)
		json_write(json_finding(&state->context, &report->findings[i]), state->sink);
	json_write(json_summary(totals), state->sink);
}

static void
json_heartbeat(void *user, const struct report_totals *totals)
{
	write_conclusions(user, totals);
}

static void
json_end(void *user, const struct report_totals *totals)
{
	write_conclusions(user, totals);
	free(user);
}

const struct report_ops json_report = {
	.name = "json",
	.begin = json_begin,
	.flow = json_write_flow,
	.end = json_end,
	.give_up = free,
	.provisional = json_write_provisional,
	.heartbeat = json_heartbeat,
};

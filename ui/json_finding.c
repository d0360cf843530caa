/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of a finding, group of keys by group of keys. */
#include "ui/json_finding.h"

#include <stdio.h>

#include "analyzer/idle.h"
#include "ui/finding_words.h"
#include "ui/format.h"
#include "ui/json_put.h"

static void
put_identity(json_t *record, const struct finding *finding)
{
	json_put_text(record, "schema", "tcpwhy.finding/1");
	json_put_text(record, "record", "finding");
	json_put_text(record, "code", finding_infos[finding->code].slug);
	json_put_text(record, "severity", severity_slugs[finding->severity]);
}

/* The keys of the endpoint that the finding is about; those that do not fit its kind are null. A path
 * has its ends, too. */
static void
put_subject_names(json_t *object, const struct finding_subject *subject)
{
	char text[FINDING_NAME_SIZE];
	char endpoint[FORMAT_ENDPOINT_SIZE];
	char peer[FORMAT_ADDRESS_SIZE];
	enum finding_subject_kind kind = subject->kind;
	bool path = kind == SUBJECT_PATH;
	bool port = subject->port != 0;
	finding_subject_text(subject, text, sizeof(text));
	finding_endpoint_text(subject, endpoint, sizeof(endpoint));
	format_address(subject->peer, subject->ip_version, peer, sizeof(peer));
	json_put_text(object, "kind", subject_slugs[kind]);
	json_put_text(object, "text", text);
	json_put_text(object, "listener",
		      kind == SUBJECT_LISTENER || (path && port) ? endpoint : NULL);
	json_put_text(object, "host", kind == SUBJECT_HOST || (path && !port) ? endpoint : NULL);
	json_put_text(object, "source", kind == SUBJECT_SOURCE ? text : path ? peer : NULL);
	if (kind == SUBJECT_NETWORK) {
		char network[FORMAT_ENDPOINT_SIZE];
		format_address(subject->addr, subject->ip_version, peer, sizeof(peer));
		snprintf(network, sizeof(network), "%s/%u", peer, (unsigned)subject->prefix_length);
		json_put_text(object, "network", network);
	} else {
		json_put_null(object, "network");
	}
	json_put_text(object, "device", kind == SUBJECT_DEVICE ? text : NULL);
	json_put_text(object, "path", path ? text : NULL);
}

static void
put_subject(json_t *record, const struct finding_subject *subject)
{
	char text[FORMAT_ADDRESS_SIZE];
	bool known = subject->ip_version != 0;
	json_t *object = json_object();
	put_subject_names(object, subject);
	json_put_known(object, "ip_version", subject->ip_version, known);
	format_address(subject->addr, subject->ip_version, text, sizeof(text));
	json_put_text(object, "address", known ? text : NULL);
	json_put_known(object, "port", subject->port, known && subject->port != 0);
	format_address(subject->peer, subject->ip_version, text, sizeof(text));
	json_put_text(object, "peer", known && subject->kind == SUBJECT_PATH ? text : NULL);
	json_object_set_new(record, "subject", object);
}

static void
put_time(json_t *record, const char *key, const char *key_us, int64_t ns)
{
	char text[FORMAT_TIME_SIZE];
	format_timestamp(json_floor_us(ns), text, sizeof(text));
	json_put_text(record, key, text);
	json_put_integer(record, key_us, json_floor_us(ns));
}

static void
put_statement(json_t *record, const struct finding *finding)
{
	char summary[EXPLAIN_SIZE];
	json_put_text(record, "suspect", suspect_slugs[finding->suspect]);
	json_put_integer(record, "confidence", finding->confidence);
	json_put_text(record, "verdict",
		      finding->verdict < VERDICT_CODES ? verdict_infos[finding->verdict].slug
						       : NULL);
	put_time(record, "first", "first_us", finding->first_ns);
	put_time(record, "last", "last_us", finding->last_ns);
	json_put_integer(record, "flows", (int64_t)finding->flows);
	finding_summary(finding, summary);
	json_put_text(record, "summary", summary);
}

static void
put_evidence(json_t *record, const struct json_context *context, const struct finding *finding)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < finding->evidence_count; i++) {
		const struct finding_evidence *evidence = &finding->evidence[i];
		json_t *item = json_object();
		json_put_known(item, "flow", evidence->flow, evidence->flow != 0);
		json_put_integer(item, "frame", evidence->frame);
		json_put_integer(item, "ts_us", json_floor_us(evidence->at_ns));
		json_put_source(item, "file", context->capture, evidence->source);
		json_array_append_new(list, item);
	}
	json_object_set_new(record, "evidence", list);
}

static void
put_numbers(json_t *record, const struct finding *finding)
{
	json_t *numbers = json_object();
	for (unsigned i = 0; i < NUMBER_CODES; i++) {
		int64_t value;
		if (finding_number(finding, (enum finding_number_id)i, &value))
			json_put_integer(numbers, number_infos[i].slug, value);
	}
	json_object_set_new(record, "numbers", numbers);
}

static void
put_contrasts(json_t *record, const struct finding *finding)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < finding->contrast_count; i++) {
		const struct contrast *contrast = &finding->contrasts[i];
		char value[SANITIZED_SIZE];
		json_t *item = json_object();
		contrast_value(contrast, false, value, sizeof(value));
		json_put_text(item, "dimension", contrast_slugs[contrast->dimension]);
		json_put_text(item, "value", value);
		json_put_integer(item, "bad", contrast->bad);
		json_put_integer(item, "bad_total", contrast->bad_total);
		json_put_integer(item, "good", contrast->good);
		json_put_integer(item, "good_total", contrast->good_total);
		json_put_known(item, "lift_percent", contrast->lift, contrast->lift != UINT32_MAX);
		json_array_append_new(list, item);
	}
	json_object_set_new(record, "contrasts", list);
}

static void
put_networks(json_t *record, const struct finding *finding)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < finding->network_count; i++) {
		char address[FORMAT_ADDRESS_SIZE];
		char text[FORMAT_ENDPOINT_SIZE];
		json_t *item = json_object();
		format_address(finding->networks[i].addr, finding->networks[i].ip_version, address,
			       sizeof(address));
		snprintf(text, sizeof(text), "%s/%u", address,
			 (unsigned)finding->networks[i].prefix_length);
		json_put_text(item, "network", text);
		json_put_integer(item, "flows", finding->networks[i].flows);
		json_array_append_new(list, item);
	}
	json_object_set_new(record, "networks", list);
}

static void
put_remedies(json_t *record, const struct finding *finding)
{
	json_t *timers = json_array();
	for (unsigned i = 0; i < finding->timer_count; i++)
		json_array_append_new(timers, json_string(idle_timers[finding->timers[i]].name));
	json_object_set_new(record, "timers", timers);
	json_t *causes = json_array();
	for (unsigned i = 0; i < finding->cause_count; i++) {
		char text[EXPLAIN_SIZE];
		if (finding_cause(finding, (enum cause)finding->causes[i], text))
			json_array_append_new(causes, json_string(text));
	}
	json_object_set_new(record, "causes", causes);
	json_t *steps = json_array();
	for (unsigned i = 0; i < finding->advice_count; i++) {
		char what[EXPLAIN_SIZE];
		char command[EXPLAIN_SIZE];
		char step[EXPLAIN_STEP_SIZE];
		finding_advice(finding, (enum advice)finding->advice[i], what, command);
		explain_join(what, command, step);
		json_array_append_new(steps, json_string(step));
	}
	json_object_set_new(record, "next_steps", steps);
}

static void
put_backlog(json_t *record, const struct backlog_curve *curve)
{
	if (curve->count == 0) {
		json_put_null(record, "backlog");
		return;
	}
	json_t *object = json_object();
	json_t *half_open = json_array();
	json_t *waiters = json_array();
	for (unsigned i = 0; i < curve->count; i++) {
		json_array_append_new(half_open, json_integer(curve->points[i]));
		json_array_append_new(waiters, json_integer(curve->waiters[i]));
	}
	json_put_integer(object, "start_us", json_floor_us(curve->start_ns));
	json_put_integer(object, "step_us", curve->step_ns / NS_PER_US);
	json_object_set_new(object, "half_open", half_open);
	json_object_set_new(object, "waiters", waiters);
	json_object_set_new(record, "backlog", object);
}

json_t *
json_finding(const struct json_context *context, const struct finding *finding)
{
	json_t *record = json_object();
	size_t name_length = strnlen(finding->name, sizeof(finding->name));
	if (record == NULL)
		return NULL;
	put_identity(record, finding);
	put_subject(record, &finding->subject);
	put_statement(record, finding);
	put_evidence(record, context, finding);
	put_numbers(record, finding);
	put_contrasts(record, finding);
	put_networks(record, finding);
	put_remedies(record, finding);
	json_put_text(record, "rst_form", rst_form_slugs[finding->rst_form]);
	json_put_text(record, "rst_origin", rst_origin_slugs[finding->rst_origin]);
	put_backlog(record, &finding->backlog);
	if (name_length > 0)
		json_put_bytes(record, "name", finding->name, name_length);
	else
		json_put_null(record, "name");
	return record;
}

static json_t *
rst_sources(const struct findings_report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; report != NULL && i < report->rst_source_count; i++) {
		const struct rst_source *source = &report->rst_sources[i];
		char address[FORMAT_ADDRESS_SIZE];
		json_t *item = json_object();
		format_address(source->addr, source->ip_version, address, sizeof(address));
		json_put_text(item, "address", address);
		json_put_known(item, "port", source->port, source->port != 0);
		json_put_text(item, "origin", rst_origin_slugs[source->origin]);
		json_put_known(item, "ttl", source->ttl, source->ttl != 0);
		json_put_known(item, "hops", source->hops, source->hops != UINT8_MAX);
		json_put_integer(item, "flows", (int64_t)source->flows);
		json_put_integer(item, "refusals", (int64_t)source->refusals);
		json_array_append_new(list, item);
	}
	return list;
}

void
json_put_findings(json_t *summary, const struct findings_report *report)
{
	uint64_t by_severity[SEVERITIES] = { 0 };
	json_t *counts = json_object();
	for (size_t i = 0; report != NULL && i < report->count; i++)
		by_severity[report->findings[i].severity]++;
	for (unsigned i = 0; i < SEVERITIES; i++)
		json_put_integer(counts, severity_slugs[i], (int64_t)by_severity[i]);
	json_put_known(summary, "findings", report != NULL ? (int64_t)report->count : 0,
		       report != NULL);
	json_object_set_new(summary, "findings_by_severity", counts);
	json_object_set_new(summary, "rst_sources", rst_sources(report));
	json_put_known(summary, "findings_overflowed",
		       report != NULL ? (int64_t)report->overflowed : 0, report != NULL);
}

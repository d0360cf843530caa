/* SPDX-License-Identifier: BSD-2-Clause */
/* The records: every key, in order, null when unknown, and as doc/schema.json lists them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/application.h"
#include "analyzer/limits.h"
#include "tests/findings_sample.h"
#include "tests/ui_sample.h"
#include "ui/json.h"
#include "ui/json_finding.h"

static json_t *schema;

static int
load_schema(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	(void)state;
	snprintf(path, sizeof(path), "%s/doc/schema.json", top != NULL ? top : ".");
	schema = json_load_file(path, 0, NULL);
	return schema != NULL ? 0 : -1;
}

static int
free_schema(void **state)
{
	(void)state;
	json_decref(schema);
	return 0;
}

static const json_t *
definition(const char *name)
{
	return json_object_get(json_object_get(schema, "$defs"), name);
}

/* The object must have exactly the required keys of the definition, in that order. */
static void
has_keys_of(const char *name, json_t *record)
{
	const json_t *required = json_object_get(definition(name), "required");
	const char *key;
	json_t *value;
	size_t index = 0;
	json_object_foreach(record, key, value)
	{
		assert_string_equal(key, json_string_value(json_array_get(required, index)));
		assert_non_null(value);
		index++;
	}
	assert_int_equal(index, json_array_size(required));
}

static const char *
text_of(json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));
	assert_non_null(text);
	return text;
}

static json_int_t
integer_of(json_t *record, const char *key)
{
	assert_true(json_is_integer(json_object_get(record, key)));
	return json_integer_value(json_object_get(record, key));
}

static void
is_null(json_t *record, const char *key)
{
	if (!json_is_null(json_object_get(record, key)))
		fail_msg("%s is not null", key);
}

static void
a_flow_has_all_keys_in_order(void **state)
{
	struct capture capture = sample_capture();
	const struct json_context context = { .capture = &capture };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	(void)state;
	json_t *record = json_flow(&context, &flow, &verdict);
	has_keys_of("flow", record);
	assert_int_equal(integer_of(record, "seq"), 7);
	assert_string_equal(text_of(record, "source"), "a.pcap");
	assert_string_equal(text_of(record, "interface"), "eth0");
	assert_string_equal(text_of(record, "ts"), "2024-05-06T07:08:09.123456Z");
	assert_int_equal(integer_of(record, "ts_us"), SAMPLE_FIRST_NS / 1000);
	assert_int_equal(integer_of(record, "duration_us"), 2000000);
	assert_int_equal(integer_of(record, "last_frame"), 61);
	assert_string_equal(text_of(record, "client_ip"), "10.0.0.1");
	assert_int_equal(integer_of(record, "server_port"), 81);
	assert_string_equal(text_of(record, "verdict"), "syn-unanswered");
	assert_string_equal(text_of(record, "class"), "timeout");
	assert_string_equal(text_of(record, "suspect"), "path");
	assert_string_equal(text_of(record, "vantage"), "client");
	assert_int_equal(integer_of(record, "client_isn"), 1000);
	assert_int_equal(integer_of(record, "syn_client"), 3);
	assert_int_equal(integer_of(record, "ttl_client"), 64);
	assert_string_equal(
		text_of(record, "summary"),
		"10.0.0.1 sent 3 SYNs to 10.0.0.2:81 and got nothing back in 7.00 s: no "
		"SYN-ACK, no RST, no ICMP.");
	json_decref(record);
}

static void
what_is_unknown_is_null(void **state)
{
	static const char *const unknown[] = {
		"source",	 "interface",	  "vni",	"server_isn",
		"rst_from",	 "rst_form",	  "rst_origin", "rst_score",
		"icmp_from",	 "icmp_type",	  "icmp_code",	"handshake_rtt_us",
		"client_rtt_us", "server_rtt_us", "ttl_server", "mss_server",
		"service",	 "sni",		  "alert",	"application_stage",
		"prev_seq",
	};
	const struct json_context context = { .capture = NULL };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	(void)state;
	json_t *record = json_flow(&context, &flow, &verdict);
	has_keys_of("flow", record);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		is_null(record, unknown[i]);
	json_decref(record);
}

static void
evidence_names_its_file_only_among_several(void **state)
{
	struct capture capture = sample_capture();
	const struct json_context context = { .capture = &capture };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	(void)state;
	verdict.evidence[1].at.source = 1;
	json_t *record = json_flow(&context, &flow, &verdict);
	json_t *evidence = json_array_get(json_object_get(record, "evidence"), 1);
	assert_null(json_object_get(evidence, "file"));
	assert_int_equal(integer_of(evidence, "frame"), 61);
	assert_int_equal(integer_of(evidence, "ts_us"), SAMPLE_FIRST_NS / 1000 + 2000000);
	assert_string_equal(text_of(evidence, "what"), "SYN again, 3 in all");
	json_decref(record);

	capture.source_count = 2;
	capture.source[1] = capture.source[0];
	capture.source[1].name = "b\033.pcap";
	record = json_flow(&context, &flow, &verdict);
	evidence = json_array_get(json_object_get(record, "evidence"), 1);
	assert_string_equal(text_of(evidence, "file"), "b\\x1b.pcap");
	json_decref(record);
}

static void
strings_from_the_wire_are_made_safe(void **state)
{
	const struct json_context context = { .capture = NULL };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	struct application application = {
		.half[TO_SERVER] = {
			.protocol = PROTOCOL_TLS,
			.tls = { .hello = true, .has_name = true },
			.text = "a\033[2Jb\xff",
			.text_length = 7,
		},
		.half[TO_CLIENT] = {
			.protocol = PROTOCOL_TLS,
			.tls = { .has_alert = true, .alert_level = 2, .alert = 112 },
		},
	};
	(void)state;
	flow.application = &application;
	flow.half[TO_SERVER].payload = 100;
	flow.half[TO_SERVER].data_first = sample_moment(40, 5);
	verdict.code = VERDICT_TLS_ALERT_SERVER;
	json_t *record = json_flow(&context, &flow, &verdict);
	assert_string_equal(text_of(record, "sni"), "a\\x1b[2Jb\\xff");
	assert_string_equal(text_of(record, "service"), "tls");
	assert_int_equal(integer_of(record, "alert"), 112);
	assert_string_equal(text_of(record, "application_stage"), "tls-client-hello");
	assert_non_null(strstr(text_of(record, "summary"), "a\\x1b[2Jb\\xff"));
	assert_non_null(strstr(text_of(record, "summary"), "unrecognized_name (112)"));
	json_decref(record);
}

static void
vlans_and_tunnels_are_unpacked(void **state)
{
	const struct json_context context = { .capture = NULL };
	const uint16_t vlan[] = { 100, 4094 };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	(void)state;
	flow.half[TO_SERVER].has_context = true;
	flow.half[TO_SERVER].context = packet_context_make(vlan, 2, TUNNEL_VXLAN, 16777215);
	json_t *record = json_flow(&context, &flow, &verdict);
	const json_t *list = json_object_get(record, "vlan");
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_integer_value(json_array_get(list, 0)), 100);
	assert_int_equal(json_integer_value(json_array_get(list, 1)), 4094);
	assert_int_equal(integer_of(record, "vni"), 16777215);
	json_decref(record);
	flow.half[TO_SERVER].context = packet_context_make(vlan, 1, TUNNEL_GRE, 5);
	record = json_flow(&context, &flow, &verdict);
	assert_int_equal(json_array_size(json_object_get(record, "vlan")), 1);
	is_null(record, "vni");
	json_decref(record);
}

static void
icmp_errors_name_who_sent_them(void **state)
{
	const struct json_context context = { .capture = NULL };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	struct detail detail = {
		.icmp = {
			.at = sample_moment(38, 3050000),
			.from = { 0, 0xffff0a0000fe },
			.type = 3,
			.code = 1,
			.ip_version = 4,
		},
	};
	(void)state;
	flow.detail = &detail;
	verdict.code = VERDICT_UNREACHABLE_BY_ICMP;
	json_t *record = json_flow(&context, &flow, &verdict);
	assert_string_equal(text_of(record, "icmp_from"), "10.0.0.254");
	assert_int_equal(integer_of(record, "icmp_type"), 3);
	assert_int_equal(integer_of(record, "icmp_code"), 1);
	assert_string_equal(
		text_of(record, "summary"),
		"10.0.0.254, a device on the way, could not deliver the SYN to 10.0.0.2:81: "
		"ICMP host unreachable (3/1) after 3.05 s.");
	json_decref(record);
}

static void
the_summary_counts_all_classes_and_verdicts(void **state)
{
	struct capture capture = sample_capture();
	struct tracker_stats stats = { .segments = 90, .flows = 2 };
	struct report_totals totals = {
		.capture = &capture,
		.stats = &stats,
		.frames = 100,
		.by_class = { [CLASS_OK] = 1, [CLASS_TIMEOUT] = 1 },
		.by_verdict = { [VERDICT_CLOSED_NORMAL] = 1, [VERDICT_SYN_UNANSWERED] = 1 },
	};
	(void)state;
	json_t *record = json_summary(&totals);
	has_keys_of("summary", record);
	assert_int_equal(json_object_size(json_object_get(record, "by_class")), CLASSES);
	assert_int_equal(json_object_size(json_object_get(record, "by_verdict")), VERDICT_CODES);
	assert_int_equal(integer_of(json_object_get(record, "by_class"), "timeout"), 1);
	assert_int_equal(integer_of(json_object_get(record, "by_class"), "reset"), 0);
	assert_string_equal(text_of(record, "capture_quality"), "good");
	assert_int_equal(json_array_size(json_object_get(record, "errors")), 0);
	assert_int_equal(integer_of(record, "first_us"), SAMPLE_FIRST_NS / 1000);
	assert_int_equal(integer_of(record, "filter_rejected"), 0);
	json_decref(record);

	capture.source[0].rejected = 28;
	capture.source[0].rejected_errors = 2;
	capture.source[0].damage = CAPTURE_TRUNCATED;
	capture.source[0].damage_offset = 862;
	record = json_summary(&totals);
	assert_string_equal(text_of(record, "capture_quality"), "damaged");
	assert_int_equal(integer_of(record, "filter_rejected"), 28);
	assert_int_equal(integer_of(record, "filter_rejected_errors"), 2);
	assert_string_equal(json_string_value(json_array_get(json_object_get(record, "errors"), 0)),
			    "a.pcap: cut short at byte 862, inside a record; 100 frames before it");
	json_decref(record);
}

static void
quality_follows_its_rules(void **state)
{
	struct capture capture = sample_capture();
	struct tracker_stats stats = { .flows = 10 };
	struct report_totals totals = {
		.capture = &capture,
		.stats = &stats,
		.frames = 1000,
		.payload = 100000,
	};
	(void)state;
	assert_int_equal(report_quality(&totals), QUALITY_GOOD);
	stats.one_sided = 2;
	assert_int_equal(report_quality(&totals), QUALITY_GOOD);
	stats.one_sided = 3;
	assert_int_equal(report_quality(&totals), QUALITY_ONE_SIDED);
	stats.unseen_bytes = 100;
	assert_int_equal(report_quality(&totals), QUALITY_ONE_SIDED);
	stats.unseen_bytes = 101;
	assert_int_equal(report_quality(&totals), QUALITY_LOSSY);
	stats.unseen_bytes = 0;
	totals.malformed = 11;
	assert_int_equal(report_quality(&totals), QUALITY_LOSSY);
	totals.malformed = 0;
	capture.source[0].kernel_drops = 1;
	assert_int_equal(report_quality(&totals), QUALITY_LOSSY);
	capture.source[0].damage = CAPTURE_JOINED;
	assert_int_equal(report_quality(&totals), QUALITY_LOSSY);
	capture.source[0].damage = CAPTURE_GARBAGE;
	assert_int_equal(report_quality(&totals), QUALITY_DAMAGED);
}

/* The list of the schema must be the slugs, no more and no fewer; a last null is allowed for. */
static void
lists(const json_t *owner, const char *const *slugs, size_t stride, size_t first, size_t count)
{
	const json_t *list = json_object_get(owner, "enum");
	size_t listed = json_array_size(list);
	if (listed > 0 && json_is_null(json_array_get(list, listed - 1)))
		listed--;
	assert_int_equal(listed, count - first);
	for (size_t i = first; i < count; i++)
		assert_string_equal(json_string_value(json_array_get(list, i - first)),
				    *(const char *const *)((const char *)slugs + i * stride));
}

static const json_t *
property(const char *name, const char *key)
{
	return json_object_get(json_object_get(definition(name), "properties"), key);
}

static void
the_schema_lists_what_the_program_says(void **state)
{
	const json_t *tags = json_object_get(property("flow", "tags"), "items");
	const json_t *numbers = json_object_get(property("finding", "numbers"), "propertyNames");
	(void)state;
	lists(definition("class"), verdict_class_slugs, sizeof(char *), 0, CLASSES);
	lists(definition("verdict"), &verdict_infos[0].slug, sizeof(verdict_infos[0]), 0,
	      VERDICT_CODES);
	lists(definition("suspect"), suspect_slugs, sizeof(char *), 0, SUSPECT_CODES);
	lists(tags, tag_slugs, sizeof(char *), 0, TAG_CODES);
	lists(definition("rst_form"), rst_form_slugs, sizeof(char *), 1, RST_FORMS);
	lists(definition("rst_origin"), rst_origin_slugs, sizeof(char *), 1, RST_ORIGIN_CODES);
	lists(definition("severity"), severity_slugs, sizeof(char *), 0, SEVERITIES);
	lists(property("finding", "code"), &finding_infos[0].slug, sizeof(finding_infos[0]), 0,
	      FINDING_CODES);
	lists(property("subject", "kind"), subject_slugs, sizeof(char *), 0, SUBJECT_KINDS);
	lists(property("contrast", "dimension"), contrast_slugs, sizeof(char *), 0, CONTRAST_CODES);
	lists(numbers, &number_infos[0].slug, sizeof(number_infos[0]), 0, NUMBER_CODES);
}

static void
a_finding_has_all_keys_in_order(void **state)
{
	struct capture capture = sample_capture();
	const struct json_context context = { .capture = &capture };
	struct finding finding = sample_finding(FINDING_SERVICE_RESTART);
	(void)state;
	sample_number(&finding, NUMBER_OUTAGE, 3810000);
	json_t *record = json_finding(&context, &finding);
	has_keys_of("finding", record);
	assert_string_equal(text_of(record, "code"), "service-restart");
	assert_string_equal(text_of(record, "severity"), "critical");
	assert_string_equal(text_of(record, "suspect"), "server");
	assert_string_equal(text_of(record, "first"), "2024-05-06T14:03:02.110000Z");
	assert_int_equal(integer_of(record, "last_us"), INT64_C(1715004189500000));
	assert_int_equal(integer_of(record, "flows"), 412);
	assert_non_null(strstr(text_of(record, "summary"), "went down at 14:03:02.11 UTC"));
	json_t *evidence = json_array_get(json_object_get(record, "evidence"), 1);
	assert_int_equal(integer_of(evidence, "flow"), 9);
	assert_int_equal(integer_of(evidence, "frame"), 61);
	assert_int_equal(integer_of(evidence, "ts_us"), INT64_C(1715004183110000));
	assert_string_equal(text_of(evidence, "file"), "a.pcap");
	assert_int_equal(json_object_size(json_object_get(record, "numbers")), 1);
	assert_int_equal(integer_of(json_object_get(record, "numbers"), "outage_us"), 3810000);
	assert_int_equal(json_array_size(json_object_get(record, "causes")), 2);
	const json_t *steps = json_object_get(record, "next_steps");
	assert_string_equal(json_string_value(json_array_get(steps, 0)),
			    "on the server: does anything listen, and on which address? ss -lntp "
			    "'sport = :81'");
	is_null(record, "verdict");
	is_null(record, "rst_form");
	is_null(record, "rst_origin");
	is_null(record, "backlog");
	is_null(record, "name");
	json_decref(record);
}

/* The key of its kind holds it, the others are null. */
static void
subjects_stand_under_the_key_of_their_kind(void **state)
{
	static const struct {
		const char *key, *value;
	} keys[SUBJECT_KINDS] = {
		[SUBJECT_CAPTURE] = { NULL, NULL },
		[SUBJECT_LISTENER] = { "listener", "10.0.0.2:81" },
		[SUBJECT_HOST] = { "host", "10.0.0.2" },
		[SUBJECT_SOURCE] = { "source", "10.0.0.2" },
		[SUBJECT_NETWORK] = { "network", "10.9.0.0/24" },
		[SUBJECT_DEVICE] = { "device", "a device 3 routers away" },
		[SUBJECT_PATH] = { "path", "10.0.0.9 -> 10.0.0.2:81" },
	};
	const struct json_context context = { .capture = NULL };
	(void)state;
	for (unsigned kind = 0; kind < SUBJECT_KINDS; kind++) {
		struct finding finding = sample_finding(FINDING_RST_STORM);
		sample_subject(&finding, (enum finding_subject_kind)kind);
		json_t *record = json_finding(&context, &finding);
		json_t *subject = json_object_get(record, "subject");
		has_keys_of("subject", subject);
		assert_string_equal(text_of(subject, "kind"), subject_slugs[kind]);
		for (unsigned i = SUBJECT_LISTENER; i < SUBJECT_KINDS; i++) {
			bool end = kind == SUBJECT_PATH &&
				   (i == SUBJECT_LISTENER || i == SUBJECT_SOURCE);
			if (i == kind)
				assert_string_equal(text_of(subject, keys[i].key), keys[i].value);
			else if (!end)
				is_null(subject, keys[i].key);
		}
		if (kind == SUBJECT_PATH) {
			assert_string_equal(text_of(subject, "listener"), "10.0.0.2:81");
			assert_string_equal(text_of(subject, "source"), "10.0.0.9");
			assert_string_equal(text_of(subject, "peer"), "10.0.0.9");
			assert_int_equal(integer_of(subject, "port"), 81);
		}
		if (kind == SUBJECT_CAPTURE || kind == SUBJECT_DEVICE)
			is_null(subject, "address");
		json_decref(record);
	}
}

static void
what_a_finding_measured_is_listed(void **state)
{
	const struct json_context context = { .capture = NULL };
	struct finding finding = sample_finding(FINDING_SYN_BACKLOG_OVERFLOW);
	(void)state;
	finding.verdict = VERDICT_SYN_UNANSWERED;
	finding.rst_form = RST_FORM_ACTIVE_ABORT;
	finding.rst_origin = RST_ORIGIN_ENDPOINT;
	finding.evidence[0].flow = 0;
	finding.timer_count = 1;
	finding.contrast_count = 2;
	finding.contrasts[0] = (struct contrast){
		.dimension = CONTRAST_SNI,
		.bad = 3,
		.bad_total = 4,
		.good_total = 5,
		.lift = UINT32_MAX,
		.value.name = "a\033b",
	};
	finding.contrasts[1] = (struct contrast){ .dimension = CONTRAST_TTL, .lift = 250 };
	finding.network_count = 1;
	finding.networks[0].addr = (struct ip_addr){ 0, 0xffff0a090000 };
	finding.networks[0].ip_version = 4;
	finding.networks[0].prefix_length = 24;
	finding.networks[0].flows = 38;
	finding.backlog = (struct backlog_curve){
		.start_ns = finding.first_ns,
		.step_ns = NS_PER_S,
		.count = 2,
		.points = { 3, 4 },
		.waiters = { 0, 1 },
	};
	memcpy(finding.name, "x\xff", 3);
	json_t *record = json_finding(&context, &finding);
	has_keys_of("finding", record);
	assert_string_equal(text_of(record, "verdict"), "syn-unanswered");
	assert_string_equal(text_of(record, "rst_form"), "active-abort");
	assert_string_equal(text_of(record, "rst_origin"), "endpoint");
	assert_string_equal(text_of(record, "name"), "x\\xff");
	is_null(json_array_get(json_object_get(record, "evidence"), 0), "flow");
	is_null(json_array_get(json_object_get(record, "evidence"), 0), "file");
	assert_int_equal(json_array_size(json_object_get(record, "timers")), 1);
	json_t *contrast = json_array_get(json_object_get(record, "contrasts"), 0);
	has_keys_of("contrast", contrast);
	assert_string_equal(text_of(contrast, "value"), "a\\x1bb");
	is_null(contrast, "lift_percent");
	contrast = json_array_get(json_object_get(record, "contrasts"), 1);
	assert_int_equal(integer_of(contrast, "lift_percent"), 250);
	json_t *network = json_array_get(json_object_get(record, "networks"), 0);
	assert_string_equal(text_of(network, "network"), "10.9.0.0/24");
	json_t *backlog = json_object_get(record, "backlog");
	assert_int_equal(integer_of(backlog, "start_us"), INT64_C(1715004182110000));
	assert_int_equal(integer_of(backlog, "step_us"), 1000000);
	assert_int_equal(
		json_integer_value(json_array_get(json_object_get(backlog, "half_open"), 1)), 4);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(backlog, "waiters"), 1)),
			 1);
	json_decref(record);
}

static void
the_summary_counts_findings(void **state)
{
	struct capture capture = sample_capture();
	struct tracker_stats stats = { .flows = 2 };
	struct finding findings[3] = {
		sample_finding(FINDING_RST_STORM),
		sample_finding(FINDING_PORT_SCAN),
		sample_finding(FINDING_PORT_SCAN),
	};
	struct findings_report report = sample_report(findings, 3);
	struct report_totals totals = { .capture = &capture, .stats = &stats };
	(void)state;
	json_t *record = json_summary(&totals);
	has_keys_of("summary", record);
	is_null(record, "findings"); /* memory was short */
	is_null(record, "findings_overflowed");
	json_decref(record);

	findings[1].severity = findings[2].severity = SEVERITY_INFO;
	report.overflowed = 5;
	report.rst_source_count = 1;
	report.rst_sources[0] = (struct rst_source){
		.addr = { 0, 0xffff0a000002 },
		.ip_version = 4,
		.origin = RST_ORIGIN_IN_PATH_DEVICE,
		.ttl = 63,
		.hops = UINT8_MAX,
		.flows = 12,
		.refusals = 2,
	};
	totals.findings = &report;
	record = json_summary(&totals);
	has_keys_of("summary", record);
	assert_int_equal(integer_of(record, "findings"), 3);
	assert_int_equal(integer_of(record, "findings_overflowed"), 5);
	json_t *counts = json_object_get(record, "findings_by_severity");
	assert_int_equal(integer_of(counts, "info"), 2);
	assert_int_equal(integer_of(counts, "warning"), 0);
	assert_int_equal(integer_of(counts, "critical"), 1);
	json_t *source = json_array_get(json_object_get(record, "rst_sources"), 0);
	assert_string_equal(text_of(source, "address"), "10.0.0.2");
	assert_string_equal(text_of(source, "origin"), "in-path-device");
	assert_int_equal(integer_of(source, "ttl"), 63);
	assert_int_equal(integer_of(source, "flows"), 12);
	assert_int_equal(integer_of(source, "refusals"), 2);
	is_null(source, "port");
	is_null(source, "hops");
	json_decref(record);
}

/* Findings stand between flows and the summary. */
static void
findings_are_written_before_the_summary(void **state)
{
	static struct sink sink;
	struct capture capture = sample_capture();
	struct tracker_stats stats = { .flows = 1 };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	struct finding finding = sample_finding(FINDING_RST_STORM);
	struct findings_report report = sample_report(&finding, 1);
	const struct report_settings settings = { .capture = &capture };
	const struct report_totals totals = {
		.capture = &capture,
		.stats = &stats,
		.findings = &report,
	};
	(void)state;
	assert_int_equal(sink_open_spool(&sink), 0);
	void *json = json_report.begin(&settings, &sink);
	assert_non_null(json);
	json_report.flow(json, &flow, &verdict);
	json_report.end(json, &totals);
	assert_int_equal(sink.error, 0);
	char *text = sample_read(&sink);
	const char *at = strstr(text, "\"record\":\"flow\"");
	assert_non_null(at);
	at = strstr(at, "\n{\"schema\":\"tcpwhy.finding/1\"");
	assert_non_null(at);
	assert_non_null(strstr(at, "\n{\"schema\":\"tcpwhy.summary/1\""));
	sink_abandon(&sink);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_has_all_keys_in_order),
		cmocka_unit_test(what_is_unknown_is_null),
		cmocka_unit_test(evidence_names_its_file_only_among_several),
		cmocka_unit_test(strings_from_the_wire_are_made_safe),
		cmocka_unit_test(vlans_and_tunnels_are_unpacked),
		cmocka_unit_test(icmp_errors_name_who_sent_them),
		cmocka_unit_test(the_summary_counts_all_classes_and_verdicts),
		cmocka_unit_test(quality_follows_its_rules),
		cmocka_unit_test(the_schema_lists_what_the_program_says),
		cmocka_unit_test(a_finding_has_all_keys_in_order),
		cmocka_unit_test(subjects_stand_under_the_key_of_their_kind),
		cmocka_unit_test(what_a_finding_measured_is_listed),
		cmocka_unit_test(the_summary_counts_findings),
		cmocka_unit_test(findings_are_written_before_the_summary),
	};

	return cmocka_run_group_tests(tests, load_schema, free_schema);
}

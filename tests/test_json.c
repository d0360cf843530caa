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
#include "tests/ui_sample.h"
#include "ui/json.h"

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

static void
the_schema_lists_what_the_program_says(void **state)
{
	const json_t *flow = json_object_get(definition("flow"), "properties");
	(void)state;
	lists(definition("class"), verdict_class_slugs, sizeof(char *), 0, CLASSES);
	lists(definition("verdict"), &verdict_infos[0].slug, sizeof(verdict_infos[0]), 0,
	      VERDICT_CODES);
	lists(json_object_get(flow, "suspect"), suspect_slugs, sizeof(char *), 0, SUSPECT_CODES);
	lists(json_object_get(json_object_get(flow, "tags"), "items"), tag_slugs, sizeof(char *), 0,
	      TAG_CODES);
	lists(json_object_get(flow, "rst_form"), rst_form_slugs, sizeof(char *), 1, RST_FORMS);
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
	};

	return cmocka_run_group_tests(tests, load_schema, free_schema);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in the text report: first, in full, and in place of the flows that they explain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/limits.h"
#include "tests/text_trial.h"

static void
findings_come_first_and_explain_their_flows(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding finding = sample_finding(FINDING_SERVICE_RESTART);
	(void)state;
	for (uint32_t i = 1; i <= 6; i++)
		trial_add_failure(trial, i, 81, VERDICT_SYN_UNANSWERED);
	sample_number(&finding, NUMBER_TOTAL, 1084);
	sample_number(&finding, NUMBER_OUTAGE, 3810000);
	sample_number(&finding, NUMBER_RESET, 412);
	finding.contrast_count = 1;
	finding.contrasts[0] = (struct contrast){
		.dimension = CONTRAST_NETWORK,
		.ip_version = 4,
		.bad = 38,
		.bad_total = 40,
		.good = 2,
		.good_total = 1200,
		.lift = 60000,
		.value.addr = { 0, 0xffff0a090000 },
	};
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	contains(
		text,
		"a.pcap: 6 TCP flows in 10.0 s, 6 failed, 1 finding (1 critical); capture quality good\n"
		"\n"
		"WHAT IS WRONG\n"
		"  X the service went away and came back after 3.81 s  (service-restart, 95 %)\n"
		"      10.0.0.2:81, 412 of 1,084 flows, 2024-05-06 14:03:02 to 14:03:09 UTC\n"
		"      10.0.0.2:81 went down at 14:03:02.11 UTC and answered again at 14:03:05.92\n"
		"        UTC (3.81 s): 412 connections reset.\n"
		"      shared by the failing flows: source network 10.9.0.0/24: 38 of 40 failing,\n"
		"        2 of 1,200 good (x 600)\n"
		"      proof: reset, closed or refused: frame 37 (flow 7), frame 61 (flow 9)\n"
		"      suspect: the server's host\n"
		"      next: on the server: does anything listen, and on which address?\n"
		"        ss -lntp 'sport = :81'\n"
		"\n"
		"VERDICTS\n"
		"  X      6  syn-unanswered              nothing answered the SYN\n"
		"\n"
		"FAILED FLOWS (3 of 6, --all lists every one)\n");
	assert_null(strstr(text, "ALSO FAILED"));
	assert_null(strstr(text, "then: "));
	assert_int_equal(occurrences(text, "  (flow "), 3);
	free(text);
}

static void
what_findings_leave_is_told_after_them(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding finding = sample_finding(FINDING_RST_STORM);
	(void)state;
	for (uint32_t i = 1; i <= 6; i++)
		trial_add_failure(trial, i, 81, VERDICT_SYN_UNANSWERED);
	finding.severity = SEVERITY_WARNING;
	trial_conclude(trial, &finding, 1, 2);
	trial_add_failure(trial, 7, 82, VERDICT_SYN_UNANSWERED); /* in no group of the report */
	char *text = trial_end(trial);
	contains(text,
		 "WHAT IS WRONG\n  ! many connections are reset at once  (rst-storm, 95 %)\n");
	contains(text, "\nALSO FAILED\n  X 2 x nothing answered the SYN  (syn-unanswered, 80 %)\n"
		       "      to 10.0.0.2:81 from 6 clients, 2024-05-06 07:08:09 UTC; 4 more are\n"
		       "        explained above\n");
	assert_null(strstr(text, "to 10.0.0.2:82 from"));
	assert_null(strstr(text, "more failed flow"));
	free(text);
}

/* Flows that found no room in the tables of findings are not taken for explained. */
static void
overflow_explains_nothing(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding finding = sample_finding(FINDING_RST_STORM);
	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		trial_add_failure(trial, i, 82, VERDICT_SYN_UNANSWERED);
	for (uint32_t i = 5; i <= 6; i++)
		trial_add_failure(trial, i, 83, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	trial->findings.overflowed = 3;
	char *text = trial_end(trial);
	contains(text, "  X 2 x nothing answered the SYN");
	assert_null(strstr(text, "X 4 x nothing"));
	free(text);
}

/* A device that answers for several servers is one group, of as many flows as its servers have left. */
static void
groups_of_devices_are_reduced_by_their_servers(void **state)
{
	(void)state;
	for (uint64_t left = 0; left < 3; left += 2) {
		struct trial *trial = trial_begin((struct report_settings){ .all = false });
		struct detail detail = {
			.icmp = { .at = sample_moment(38, 1), .type = 3, .ip_version = 4 },
		};
		struct finding finding = sample_finding(FINDING_FAILURE_CLUSTER);
		detail.icmp.from = (struct ip_addr){ 0, 0xffff0a0000fe };
		for (uint32_t i = 0; i < 6; i++) {
			struct flow flow = sample_flow();
			struct verdict verdict = sample_verdict();
			flow.detail = &detail;
			flow.number = i + 1;
			flow.server.lo += i;
			verdict.code = VERDICT_UNREACHABLE_BY_ICMP;
			trial_add(trial, &flow, &verdict);
		}
		trial_conclude(trial, &finding, 1, left);
		trial->group.verdict = VERDICT_UNREACHABLE_BY_ICMP;
		trial->group.server.lo += 3;
		char *text = trial_end(trial);
		if (left == 0)
			assert_null(strstr(text, "answered by 10.0.0.254"));
		else
			contains(text, "X 2 x not reachable, a router says by ICMP");
		free(text);
	}
}

/* Without findings the report is what it was. */
static void
a_report_without_findings_shows_all_groups(void **state)
{
	char *texts[2];
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct trial *trial = trial_begin((struct report_settings){ .all = false });
		for (uint32_t j = 1; j <= 3; j++)
			trial_add_failure(trial, j, 81, VERDICT_SYN_UNANSWERED);
		if (i == 1)
			trial_conclude(trial, NULL, 0, 3);
		texts[i] = trial_end(trial);
	}
	assert_string_equal(texts[0], texts[1]);
	contains(texts[0], "WHAT IS WRONG\n  X 3 x nothing answered the SYN");
	free(texts[0]);
	free(texts[1]);
}

static void
a_single_failure_that_is_explained_is_told_below(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding finding = sample_finding(FINDING_ACCEPT_QUEUE_OVERFLOW);
	(void)state;
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	assert_null(strstr(text, "ALSO FAILED"));
	assert_int_equal(occurrences(text, "  (flow 1)"), 1);
	assert_true(strstr(text, "FAILED FLOWS\nX 10.0.0.2:40000") > strstr(text, "VERDICTS"));
	free(text);
	trial = trial_begin((struct report_settings){ .all = false });
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 1);
	text = trial_end(trial);
	contains(text, "\nALSO FAILED\nX 10.0.0.2:40000");
	assert_null(strstr(text, "FAILED FLOWS"));
	free(text);
}

static void
information_is_told_apart_in_short(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding findings[7];
	(void)state;
	for (size_t i = 0; i < 7; i++) {
		findings[i] = sample_finding(FINDING_LB_HEALTH_CHECKS);
		findings[i].severity = SEVERITY_INFO;
		sample_number(&findings[i], NUMBER_PERIOD, 2000000);
	}
	trial_add_success(trial);
	trial_conclude(trial, findings, 7, 0);
	char *text = trial_end(trial);
	contains(text,
		 "none failed; capture quality good\n\n"
		 "Nothing is wrong: 1 flow ended well.\n\n"
		 "WORTH KNOWING\n"
		 "  i regular health checks  (lb-health-checks, 95 %)\n"
		 "      412 connections to 10.0.0.2:81 opened and ended without data, one every\n"
		 "        2.00 s from the same source: a load balancer or monitor checks the\n"
		 "        service.\n"
		 "  i regular");
	contains(text, "  and 2 more findings (--all shows every one)\n");
	assert_null(strstr(text, "WHAT IS WRONG"));
	assert_null(strstr(text, "They do not count"));
	assert_int_equal(occurrences(text, "  i regular"), 5);
	free(text);
}

static void
one_finding_does_not_crowd_out_the_others(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding findings[22];
	(void)state;
	for (size_t i = 0; i < 21; i++)
		findings[i] = sample_finding(FINDING_LISTENER_REFUSING);
	findings[20].severity = SEVERITY_WARNING;
	findings[21] = sample_finding(FINDING_CAPTURE_BAD);
	findings[21].severity = SEVERITY_WARNING;
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, findings, 22, 0);
	char *text = trial_end(trial);
	contains(text, "1 failed, 22 findings (20 critical);");
	assert_int_equal(occurrences(text, "(listener-refusing, "), 9);
	assert_int_equal(occurrences(text, "(capture-bad, "), 1);
	contains(text, "  and 12 more findings (--all shows every one)\n");
	free(text);
	trial = trial_begin((struct report_settings){ .all = true });
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, findings, 22, 0);
	text = trial_end(trial);
	assert_int_equal(occurrences(text, "(listener-refusing, "), 21);
	free(text);
}

static void
what_is_not_quite_healthy_is_not_called_so(void **state)
{
	struct finding finding = sample_finding(FINDING_CAPTURE_BAD);
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct trial *trial = trial_begin((struct report_settings){ .all = false });
		finding.severity = i == 1 ? SEVERITY_WARNING : SEVERITY_INFO;
		trial_add_success(trial);
		if (i == 0)
			trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
		if (i == 2)
			trial->capture.source[0].kernel_drops = 1;
		trial_conclude(trial, &finding, i == 1, 0);
		char *text = trial_end(trial);
		if (i < 3)
			assert_null(strstr(text, "Nothing is wrong"));
		else
			contains(text, "Nothing is wrong: 1 flow ended well.\n");
		free(text);
	}
}

static void
health_is_told_by_kind(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	for (uint32_t i = 1; i <= 1200; i++)
		trial_add_success(trial);
	trial_add_failure(trial, 1, 81, VERDICT_OPEN_AT_END);
	trial_add_failure(trial, 2, 81, VERDICT_PROBE_CONNECT_RESET);
	trial_add_failure(trial, 3, 81, VERDICT_PROBE_CONNECT_RESET);
	char *text = trial_end(trial);
	contains(text,
		 "a.pcap: 1,203 TCP flows in 10.0 s, none failed; capture quality good\n\n"
		 "Nothing is wrong: 1,200 flows ended well, 1 was alive at the end, 2 were checks\n"
		 "  or scans.\n\nVERDICTS\n");
	free(text);
	trial = trial_begin((struct report_settings){ .all = false });
	trial_add_success(trial);
	trial_add_failure(trial, 1, 81, VERDICT_HALF_CLOSED_OPEN);
	text = trial_end(trial);
	contains(text, "\nNone of 2 flows failed: 1 flow ended well; see below for the rest.\n\n");
	contains(text, "\nWORTH A LOOK\n");
	free(text);
}

static void
the_backlog_is_drawn(void **state)
{
	struct finding finding = sample_finding(FINDING_SYN_BACKLOG_OVERFLOW);
	(void)state;
	finding.backlog = (struct backlog_curve){
		.start_ns = finding.first_ns,
		.step_ns = NS_PER_S,
		.count = BACKLOG_POINTS,
	};
	for (unsigned i = 0; i < BACKLOG_POINTS; i++)
		finding.backlog.points[i] = i < 8 ? 16 * i : 128;
	sample_number(&finding, NUMBER_PEAK, 129);
	sample_number(&finding, NUMBER_PEAK_AT, finding.first_ns / 1000 + 9000000);
	sample_number(&finding, NUMBER_PLATEAU, 128);
	sample_number(&finding, NUMBER_PLATEAU_LENGTH, 12000000);
	for (unsigned utf8 = 0; utf8 < 2; utf8++) {
		struct trial *trial = trial_begin((struct report_settings){ .utf8 = utf8 != 0 });
		trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
		trial_conclude(trial, &finding, 1, 0);
		char *text = trial_end(trial);
		if (utf8)
			contains(
				text,
				"\n      half-open  \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588\u2588");
		else
			contains(text, "\n      half-open  .:-=+*###");
		contains(text, "\n      peak 129 half-open at 14:03:11.11, plateau 128 for 12.0 s; "
			       "2024-05-06\n        14:03:02 to 14:04:06 UTC\n");
		assert_null(strstr(text, "waiting "));
		free(text);
	}
	finding.backlog.waiters[3] = 5;
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	contains(text, "\n      waiting      #\n");
	contains(text, ", 5 waiting to be\n        accepted; ");
	free(text);
}

static void
senders_of_resets_are_told(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial_add_success(trial);
	trial_conclude(trial, NULL, 0, 0);
	trial->findings.rst_flows = 430;
	trial->findings.rst_source_count = 5;
	for (unsigned i = 0; i < 5; i++)
		trial->findings.rst_sources[i] = (struct rst_source){
			.addr = { 0, 0xffff0a000002 + i },
			.port = 443,
			.ip_version = 4,
			.origin = i == 1 ? RST_ORIGIN_IN_PATH_DEVICE : RST_ORIGIN_ENDPOINT,
			.hops = 3,
			.flows = 1000 / (i + 1),
			.refusals = i == 2 ? 333 : 0, /* it only refuses */
		};
	char *text = trial_end(trial);
	contains(text,
		 "\nwho sends RSTs: 1,000 x 10.0.0.2:443 itself, 500 x a device 3 routers away in\n"
		 "  the name of 10.0.0.3:443, 250 x 10.0.0.5:443 itself, and others\n\n");
	free(text);
	trial = trial_begin((struct report_settings){ .all = false });
	trial_add_success(trial);
	trial_conclude(trial, NULL, 0, 0);
	trial->findings.rst_flows = 9;
	trial->findings.rst_source_count = 1; /* nobody sends more than two */
	trial->findings.rst_sources[0].ip_version = 4;
	trial->findings.rst_sources[0].flows = 2;
	text = trial_end(trial);
	assert_null(strstr(text, "who sends RSTs"));
	free(text);
}

/* What was found in many places alike says so; a curve may be one of waiters only. */
static void
places_and_waiters_are_counted(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding finding = sample_finding(FINDING_FAILURE_CLUSTER);
	(void)state;
	sample_subject(&finding, SUBJECT_HOST);
	sample_number(&finding, NUMBER_LISTENERS, 12);
	finding.network_count = 1;
	finding.networks[0].addr = (struct ip_addr){ 0, 0xffff0a090000 };
	finding.networks[0].ip_version = 4;
	finding.networks[0].prefix_length = 24;
	finding.networks[0].flows = 400;
	finding.backlog = (struct backlog_curve){
		.start_ns = finding.first_ns,
		.step_ns = NS_PER_S,
		.count = 3,
		.waiters = { 0, 7, 14 },
	};
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	contains(text,
		 "      10.0.0.2, 412 flows in 12 places, 2024-05-06 14:03:02 to 14:03:09 UTC\n");
	contains(text, "      above all: 10.9.0.0/24 (400 flows)\n");
	contains(text, "      waiting    =#\n      peak 14 waiting to be accepted; 2024-05-06 ");
	assert_null(strstr(text, "half-open"));
	free(text);
}

static void
all_steps_and_causes_are_for_those_who_ask(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .verbose = true });
	struct finding finding = sample_finding(FINDING_LISTENER_REFUSING);
	(void)state;
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	contains(text, "      perhaps 1: nothing listens on port 81 of 10.0.0.2");
	contains(text, "      perhaps 2: the service was just restarting\n");
	contains(text, "      then: on the server: who restarted or killed the service");
	free(text);
}

static void
evidence_of_findings_names_its_file_among_several(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct finding finding = sample_finding(FINDING_LISTENER_REFUSING);
	(void)state;
	trial->capture.source_count = 2;
	trial->capture.source[1] = trial->capture.source[0];
	trial->capture.source[1].name = "/tmp/b\033.pcap";
	finding.evidence[1].source = 1;
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	contains(text, "frame 37 of a.pcap (flow 7), frame 61 of b\\x1b.pcap");
	free(text);
}

static void
names_in_findings_stay_harmless(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .ascii = true });
	struct finding finding = sample_finding(FINDING_TLS_FAILURE_CLUSTER);
	(void)state;
	snprintf(finding.name, sizeof(finding.name), "\033]0;x\a\xc3\xa4");
	finding.contrast_count = 1;
	finding.contrasts[0] = (struct contrast){ .dimension = CONTRAST_SNI, .lift = 200 };
	snprintf(finding.contrasts[0].value.name, CONTRAST_NAME_SIZE, "\033\xc3\xa4");
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_conclude(trial, &finding, 1, 0);
	char *text = trial_end(trial);
	contains(text, "for \\x1b]0;x\\x07\\xc3\\xa4");
	contains(text, "server name \\x1b\\xc3\\xa4:");
	for (const char *at = text; *at != '\0'; at++)
		assert_in_range((unsigned char)*at, '\n', '~');
	free(text);
}

static void
findings_keep_to_80_columns(void **state)
{
	struct finding findings[FINDING_CODES];
	(void)state;
	for (unsigned kind = 0; kind < SUBJECT_KINDS; kind++) {
		struct trial *trial =
			trial_begin((struct report_settings){ .verbose = true, .all = true });
		for (unsigned code = 0; code < FINDING_CODES; code++) {
			findings[code] = sample_finding((enum finding_code)code);
			findings[code].verdict = (uint8_t)code;
			sample_subject(&findings[code], (enum finding_subject_kind)kind);
			for (unsigned i = 0; i < FINDING_NUMBER_MAX; i++)
				sample_number(&findings[code],
					      (enum finding_number_id)((code + i) % NUMBER_CODES),
					      123456789);
			findings[code].backlog.count = BACKLOG_POINTS;
			findings[code].backlog.points[BACKLOG_POINTS - 1] = UINT32_MAX;
			findings[code].backlog.waiters[BACKLOG_POINTS - 1] = UINT32_MAX;
			findings[code].advice[0] = (uint8_t)(ADVICE_SYN_FLOOD + code % 13);
		}
		trial_add_success(trial);
		trial_conclude(trial, findings, FINDING_CODES, 0);
		char *text = trial_end(trial);
		char *line = strtok(text, "\n");
		while ((line = strtok(NULL, "\n")) != NULL)
			if (strlen(line) > 80 && strncmp(line, "        ", 8) != 0)
				fail_msg("too long: %s", line);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_come_first_and_explain_their_flows),
		cmocka_unit_test(what_findings_leave_is_told_after_them),
		cmocka_unit_test(overflow_explains_nothing),
		cmocka_unit_test(groups_of_devices_are_reduced_by_their_servers),
		cmocka_unit_test(a_report_without_findings_shows_all_groups),
		cmocka_unit_test(a_single_failure_that_is_explained_is_told_below),
		cmocka_unit_test(information_is_told_apart_in_short),
		cmocka_unit_test(one_finding_does_not_crowd_out_the_others),
		cmocka_unit_test(what_is_not_quite_healthy_is_not_called_so),
		cmocka_unit_test(health_is_told_by_kind),
		cmocka_unit_test(the_backlog_is_drawn),
		cmocka_unit_test(senders_of_resets_are_told),
		cmocka_unit_test(places_and_waiters_are_counted),
		cmocka_unit_test(all_steps_and_causes_are_for_those_who_ask),
		cmocka_unit_test(evidence_of_findings_names_its_file_among_several),
		cmocka_unit_test(names_in_findings_stay_harmless),
		cmocka_unit_test(findings_keep_to_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The text report: the answer first, bounded lists, no escape codes that were not asked for. */
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
#include "tests/text_trial.h"

enum { PORT_BASE = 1000 };

static void
a_healthy_capture_gets_a_short_report(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial_add_success(trial);
	trial_add_success(trial);
	char *text = trial_end(trial);
	assert_string_equal(text,
			    "a.pcap: 2 TCP flows in 10.0 s, none failed; capture quality good\n"
			    "\n"
			    "Nothing is wrong: 2 flows ended well.\n"
			    "\n"
			    "VERDICTS\n"
			    "  .      2  closed-normal               closed by both sides\n"
			    "\n");
	free(text);
}

static void
a_single_failure_is_told_at_the_top(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial_add_failure(trial, 7, 81, VERDICT_SYN_UNANSWERED);
	trial_add_success(trial);
	char *text = trial_end(trial);
	assert_string_equal(
		text,
		"a.pcap: 2 TCP flows in 10.0 s, 1 failed; capture quality good\n"
		"\n"
		"WHAT IS WRONG\n"
		"X 10.0.0.8:40000 -> 10.0.0.2:81  syn-unanswered, 80 %  (flow 7)\n"
		"  10.0.0.8 sent 3 SYNs to 10.0.0.2:81 and got nothing back in 7.00 s: no\n"
		"  SYN-ACK, no RST, no ICMP.\n"
		"  began    2024-05-06T07:08:09.123456Z\n"
		"  proof    frame 37 SYN; frame 61 (+2.00 s) SYN again, 3 in all\n"
		"  doubt    the cause depends on where the capture was taken\n"
		"  suspect  the path; captured on the client or next to it\n"
		"  perhaps  1. a firewall, security group or access list on the way drops it\n"
		"              silently\n"
		"           2. 10.0.0.2 is down or not in that subnet: the last router gets no\n"
		"              ARP or neighbour answer\n"
		"  next     1. capture on the server too: what arrives, what leaves?\n"
		"              tcpdump -ni any -w server.pcap '(host 10.0.0.8 and port 81) or icmp or "
		"icmp6'\n"
		"           2. from the client: where does the path to that port end?\n"
		"              traceroute -n -T -p 81 10.0.0.2\n"
		"\n"
		"VERDICTS\n"
		"  X      1  syn-unanswered              nothing answered the SYN\n"
		"  .      1  closed-normal               closed by both sides\n"
		"\n");
	free(text);
}

static void
groups_come_first_the_largest_at_the_top(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial_add_failure(trial, 1, 80, VERDICT_REFUSED_BY_RST);
	for (uint32_t i = 2; i < 5; i++)
		trial_add_failure(trial, i, 81, VERDICT_SYN_UNANSWERED);
	trial_add_success(trial);
	char *text = trial_end(trial);
	contains(text, "a.pcap: 5 TCP flows in 10.0 s, 4 failed; capture quality good\n\n"
		       "WHAT IS WRONG\n  X 3 x nothing answered the SYN  (syn-unanswered, 80 %)\n"
		       "      to 10.0.0.2:81 from 3 clients, 2024-05-06 07:08:09 UTC\n");
	assert_true(strstr(text, "1 x connection refused") > strstr(text, "3 x nothing"));
	assert_true(strstr(text, "VERDICTS") > strstr(text, "1 x connection refused"));
	assert_true(strstr(text, "FAILED FLOWS") > strstr(text, "VERDICTS"));
	assert_int_equal(occurrences(text, "causes and steps as for flow 2"), 2);
	free(text);
}

static void
twenty_flows_are_shown_and_every_group_among_them(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	for (uint32_t i = 1; i <= 50; i++)
		trial_add_failure(trial, i, 81, VERDICT_SYN_UNANSWERED);
	trial_add_failure(trial, 51, 82, VERDICT_REFUSED_BY_RST);
	char *text = trial_end(trial);
	contains(text, "FAILED FLOWS (20 of 51, --all lists every one)");
	assert_int_equal(occurrences(text, "  (flow "), 20);
	contains(text, "(flow 51)");
	free(text);
}

static void
all_lists_every_flow_after_the_answer(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = true });
	(void)state;
	trial_add_success(trial);
	for (uint32_t i = 1; i <= 30; i++)
		trial_add_failure(trial, i, 81, VERDICT_SYN_UNANSWERED);
	char *text = trial_end(trial);
	assert_int_equal(occurrences(text, "  (flow "), 31);
	assert_int_equal(strncmp(text, "a.pcap: 31 TCP flows", 20), 0);
	assert_true(strstr(text, "OTHER FLOWS") > strstr(text, "(flow 30)"));
	assert_true(strstr(text, "closed-normal, 95 %") > strstr(text, "OTHER FLOWS"));
	free(text);
}

static void
quiet_is_one_line(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .quiet = true, .all = true });
	(void)state;
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	char *text = trial_end(trial);
	assert_string_equal(text, "a.pcap: 1 TCP flow in 10.0 s, 1 failed; capture quality good\n");
	free(text);
}

static void
groups_beyond_the_table_are_counted(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	for (uint32_t i = 0; i < 1100; i++)
		trial_add_failure(trial, i + 1, (uint16_t)(PORT_BASE + i), VERDICT_REFUSED_BY_RST);
	char *text = trial_end(trial);
	contains(text, "and 1,092 more failed flows in 1,016 other groups or more");
	assert_int_equal(occurrences(text, "1 x connection refused"), 8);
	free(text);
}

static void
one_verdict_does_not_crowd_out_the_others(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		trial_add_failure(trial, 2 * i + 1, (uint16_t)(PORT_BASE + i),
				  VERDICT_REFUSED_BY_RST);
		trial_add_failure(trial, 2 * i + 2, (uint16_t)(PORT_BASE + i),
				  VERDICT_REFUSED_BY_RST);
	}
	trial_add_failure(trial, 41, 81, VERDICT_SYN_UNANSWERED);
	char *text = trial_end(trial);
	contains(text, "X 1 x nothing answered the SYN");
	assert_int_equal(occurrences(text, "X 2 x connection refused"), 7);
	contains(text, "and 26 more failed flows in 13 other groups\n");
	free(text);
}

static void
many_clients_are_estimated(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	unsigned long clients;
	(void)state;
	for (uint32_t i = 1; i <= 300; i++)
		trial_add_failure(trial, i, 81, VERDICT_SYN_UNANSWERED);
	char *text = trial_end(trial);
	const char *about = strstr(text, "from about ");
	assert_non_null(about);
	clients = strtoul(about + strlen("from about "), NULL, 10);
	assert_in_range(clients, 270, 330);
	free(text);
}

/* Estimates err; where they do, there are still no more clients than flows. */
static void
there_are_no_more_clients_than_flows(void **state)
{
	(void)state;
	for (uint32_t flows = 9; flows < 200; flows += 5) {
		struct trial *trial = trial_begin((struct report_settings){ .all = false });
		for (uint32_t i = 1; i <= flows; i++)
			trial_add_failure(trial, i * 7919, 81, VERDICT_SYN_UNANSWERED);
		char *text = trial_end(trial);
		const char *about = strstr(text, "from about ");
		assert_non_null(about);
		assert_in_range(strtoul(about + strlen("from about "), NULL, 10), 1, flows);
		free(text);
	}
}

static void
what_the_first_line_counts_is_shown(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	for (uint32_t i = 1; i <= 7; i++)
		trial_add_failure(trial, i, 81, VERDICT_HALF_CLOSED_OPEN);
	trial_add_failure(trial, 8, 81, VERDICT_MIDSTREAM_OPEN);
	trial_add_success(trial);
	char *text = trial_end(trial);
	contains(text, "none failed, 7 worth a look, 1 cannot be judged");
	contains(text, "\nWORTH A LOOK (5 of 7, --all lists every one)\n"
		       "i 10.0.0.2:40000 -> 10.0.0.2:81  half-closed-open, 80 %  (flow 1)\n");
	contains(text, "\nCANNOT BE JUDGED\n"
		       "? 10.0.0.9:40000 -> 10.0.0.2:81  midstream-open, 80 %  (flow 8)\n");
	assert_int_equal(occurrences(text, "  (flow "), 6);
	free(text);
}

static void
counts_come_first_when_there_are_too_many_groups(void **state)
{
	(void)state;
	for (uint32_t groups = 100; groups <= 101; groups++) {
		struct trial *trial = trial_begin((struct report_settings){ .all = false });
		for (uint32_t i = 0; i < groups; i++)
			trial_add_failure(trial, i + 1, (uint16_t)(PORT_BASE + i),
					  VERDICT_REFUSED_BY_RST);
		char *text = trial_end(trial);
		assert_int_equal(strstr(text, "VERDICTS") < strstr(text, "WHAT IS WRONG"),
				 groups > 100);
		assert_int_equal(occurrences(text, "VERDICTS\n"), 1);
		free(text);
	}
}

/* One router without a route is one thing that is wrong, whatever was behind it. */
static void
icmp_errors_are_grouped_by_their_sender(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	struct detail detail = {
		.icmp = { .at = sample_moment(38, 1), .type = 3, .ip_version = 4 },
	};
	(void)state;
	for (uint32_t i = 1; i <= 6; i++) {
		struct flow flow = sample_flow();
		struct verdict verdict = sample_verdict();
		detail.icmp.from = (struct ip_addr){ 0, i < 6 ? 0xffff0a0000fe : 0xffff0a0000fd };
		flow.detail = &detail;
		flow.number = i;
		flow.server.lo += i;
		verdict.code = VERDICT_UNREACHABLE_BY_ICMP;
		trial_add(trial, &flow, &verdict);
	}
	char *text = trial_end(trial);
	contains(text, "X 5 x not reachable, a router says by ICMP");
	contains(text, "to several servers from 10.0.0.1, answered by 10.0.0.254,");
	contains(text, "to 10.0.0.8:81 from 10.0.0.1, answered by 10.0.0.253,");
	free(text);
}

static void
figures_are_sentences(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .verbose = true });
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	(void)state;
	flow.half[TO_SERVER].packets = 1;
	flow.half[TO_SERVER].retransmissions = 0;
	flow.handshake_rtt_us = 57;
	trial_add(trial, &flow, &verdict);
	char *text = trial_end(trial);
	contains(text, "  figures  1 packet, 0 bytes to the server (0 sent again), 0 packets, 0");
	contains(text, "handshake in 57 us\n");
	free(text);
}

static void
the_filter_and_what_it_hides_are_told(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial->totals.filter = "port \033[81";
	trial->capture.source[0].rejected = 28;
	trial_add_success(trial);
	char *text = trial_end(trial);
	contains(text, "THE CAPTURE\n  - the filter 'port \\x1b[81' rejected 28 frames\n");
	free(text);
	trial = trial_begin((struct report_settings){ .all = false });
	trial->totals.filter = "port 81";
	trial->capture.source[0].rejected = 28;
	trial->capture.source[0].rejected_errors = 1;
	trial_add_success(trial);
	text = trial_end(trial);
	contains(text, "the filter 'port 81' rejected 28 frames, among them 1 ICMP error: a");
	contains(text, "-f '(port 81) or icmp or icmp6'");
	free(text);
}

static void
color_is_only_where_it_was_asked_for(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_add_failure(trial, 2, 82, VERDICT_SYN_UNANSWERED);
	char *text = trial_end(trial);
	assert_null(strchr(text, '\033'));
	free(text);
	trial = trial_begin((struct report_settings){ .color = true });
	trial_add_failure(trial, 1, 81, VERDICT_SYN_UNANSWERED);
	trial_add_failure(trial, 2, 82, VERDICT_SYN_UNANSWERED);
	text = trial_end(trial);
	assert_non_null(strchr(text, '\033'));
	contains(text, "X"); /* and the mark is there too */
	free(text);
}

static void
hostile_names_stay_harmless(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .ascii = true });
	struct application application = {
		.half[TO_SERVER] = { .text = "\033]0;x\a\xc3\xa4", .text_length = 8 },
	};
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	(void)state;
	trial->capture.source[0].name = "/tmp/\033[2Ja.pcap";
	flow.application = &application;
	verdict.code = VERDICT_TLS_ALERT_SERVER;
	trial_add(trial, &flow, &verdict);
	char *text = trial_end(trial);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\a'));
	contains(text, "\\x1b[2Ja.pcap: 1 TCP flow");
	contains(text, "\\x1b]0;x\\x07\\xc3\\xa4");
	for (const char *at = text; *at != '\0'; at++)
		assert_in_range((unsigned char)*at, '\n', '~');
	free(text);
}

static void
damage_and_losses_are_told(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial->capture.source[0].damage = CAPTURE_GARBAGE;
	trial->capture.source[0].damage_offset = 4711;
	trial->capture.source[0].damages = 2;
	trial->capture.source[0].compression = "zstd";
	trial->capture.source[0].skipped_bytes = 1500;
	trial->capture.source[0].kernel_drops = 12;
	trial->capture.source[0].snapped = 1;
	trial->stats.duplicates = 3;
	trial->totals.malformed = 2;
	trial_add_success(trial);
	char *text = trial_end(trial);
	contains(text, "none failed; capture quality damaged\n");
	contains(
		text,
		"a.pcap: damaged at byte 4711 of the unpacked data and later; 1.50 kB\n    skipped, 100 frames");
	contains(text, "12 packets dropped by the capturing kernel");
	contains(text, "1 frame cut by the snapshot length");
	contains(text, "3 segments captured twice");
	contains(text, "2 frames with headers that contradict themselves");
	free(text);
}

static void
what_is_no_capture_gets_no_report(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .all = false });
	(void)state;
	trial->capture.source[0].damage = CAPTURE_NOT_CAPTURE;
	trial->capture.source[0].frames = 0;
	trial->totals.frames = 0;
	char *text = trial_end(trial);
	assert_string_equal(text, "");
	free(text);
}

static void
prose_keeps_to_80_columns(void **state)
{
	struct trial *trial = trial_begin((struct report_settings){ .verbose = true, .all = true });
	struct detail detail = { .stall[TO_SERVER] = { .length = 1448, .transmissions = 7 } };
	(void)state;
	for (unsigned code = 0; code < VERDICT_CODES; code++) {
		struct flow flow = sample_flow();
		struct verdict verdict = sample_verdict();
		flow.detail = &detail;
		flow.number = code + 1;
		verdict.code = (uint8_t)code;
		verdict.tags = (UINT64_C(1) << TAG_CODES) - 1;
		verdict.evidence[0].kind = EVIDENCE_STALLED_FIRST;
		trial_add(trial, &flow, &verdict);
	}
	char *text = trial_end(trial);
	char *line = strtok(text, "\n"); /* the answer is one line, whatever its length */
	while ((line = strtok(NULL, "\n")) != NULL)
		if (strlen(line) > 80 && strstr(line, "tcpdump -ni") == NULL)
			fail_msg("too long: %s", line);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_capture_gets_a_short_report),
		cmocka_unit_test(a_single_failure_is_told_at_the_top),
		cmocka_unit_test(groups_come_first_the_largest_at_the_top),
		cmocka_unit_test(twenty_flows_are_shown_and_every_group_among_them),
		cmocka_unit_test(all_lists_every_flow_after_the_answer),
		cmocka_unit_test(quiet_is_one_line),
		cmocka_unit_test(groups_beyond_the_table_are_counted),
		cmocka_unit_test(one_verdict_does_not_crowd_out_the_others),
		cmocka_unit_test(many_clients_are_estimated),
		cmocka_unit_test(there_are_no_more_clients_than_flows),
		cmocka_unit_test(what_the_first_line_counts_is_shown),
		cmocka_unit_test(counts_come_first_when_there_are_too_many_groups),
		cmocka_unit_test(icmp_errors_are_grouped_by_their_sender),
		cmocka_unit_test(figures_are_sentences),
		cmocka_unit_test(the_filter_and_what_it_hides_are_told),
		cmocka_unit_test(color_is_only_where_it_was_asked_for),
		cmocka_unit_test(hostile_names_stay_harmless),
		cmocka_unit_test(damage_and_losses_are_told),
		cmocka_unit_test(what_is_no_capture_gets_no_report),
		cmocka_unit_test(prose_keeps_to_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

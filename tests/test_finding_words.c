/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in words: whatever is known of one, its sentences are whole; and they say the right thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/idle.h"
#include "analyzer/limits.h"
#include "tests/findings_sample.h"
#include "ui/finding_phrases.h"
#include "ui/finding_words.h"
#include "ui/graph.h"

enum { HEADLINE_MAX = 49 }; /* so that the list of findings keeps to 80 columns */

/* No part of a template was left over, and none is missing without leaving a trace. */
static void
is_whole(const char *text)
{
	static const char *const gaps[] = { "  ", " ,", " .",  " ;", " :", " )", "..", ",,", ",.",
					    ";.", ":.", " ()", "( ", "[",  "]",	 "{",  "}" };
	assert_true(text[0] != '\0' && text[0] != ' ' && strlen(text) < EXPLAIN_SIZE - 1);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
		if (strstr(text, gaps[i]) != NULL)
			fail_msg("'%s' in: %s", gaps[i], text);
}

static void
is_sentence(const struct finding *finding)
{
	char text[EXPLAIN_SIZE];
	finding_summary(finding, text);
	is_whole(text);
	if (text[strlen(text) - 1] != '.')
		fail_msg("no end: %s", text);
}

static void
says(const struct finding *finding, const char *summary)
{
	char text[EXPLAIN_SIZE];
	finding_summary(finding, text);
	assert_string_equal(text, summary);
}

static void
every_finding_has_its_words(void **state)
{
	(void)state;
	for (unsigned code = 0; code < FINDING_CODES; code++) {
		struct finding finding = sample_finding((enum finding_code)code);
		char headline[FINDING_NAME_SIZE];
		finding_headline(&finding, headline, sizeof(headline));
		is_whole(headline);
		assert_in_range(strlen(headline), 1, HEADLINE_MAX);
		is_whole(finding_proof(&finding));
		is_sentence(&finding);
	}
}

/* Any numbers may be missing; the sentences are whole with those that are there. */
static void
sentences_are_whole_whatever_is_known(void **state)
{
	static const int64_t values[] = { 0, 1, 20, 999, 350000000 };
	(void)state;
	for (unsigned code = 0; code < FINDING_CODES; code++) {
		for (unsigned kind = 0; kind < SUBJECT_KINDS; kind++) {
			for (unsigned round = 0; round < 5 * NUMBER_CODES; round++) {
				struct finding finding = sample_finding((enum finding_code)code);
				sample_subject(&finding, (enum finding_subject_kind)kind);
				for (unsigned i = 0; i < FINDING_NUMBER_MAX; i++)
					sample_number(&finding,
						      (enum finding_number_id)((round / 5 + i) %
									       NUMBER_CODES),
						      values[round % 5]);
				is_sentence(&finding);
			}
		}
	}
}

/* One number alone: each stands in a part of its own, or with what it needs. */
static void
every_number_can_stand_alone(void **state)
{
	(void)state;
	for (unsigned code = 0; code < FINDING_CODES; code++) {
		for (unsigned id = 0; id < NUMBER_CODES; id++) {
			struct finding finding = sample_finding((enum finding_code)code);
			sample_number(&finding, (enum finding_number_id)id, 42);
			is_sentence(&finding);
		}
	}
}

static void
a_restart_tells_how_long_and_what_it_cost(void **state)
{
	struct finding finding = sample_finding(FINDING_SERVICE_RESTART);
	(void)state;
	sample_number(&finding, NUMBER_OUTAGE, 3810000);
	sample_number(&finding, NUMBER_RESET, 412);
	sample_number(&finding, NUMBER_REFUSED, 93);
	says(&finding, "10.0.0.2:81 went down at 14:03:02.11 UTC and answered again at 14:03:05.92 "
		       "UTC (3.81 s): 412 connections reset, 93 refused meanwhile.");
	finding.number_count = 0;
	sample_number(&finding, NUMBER_RESET, 1);
	says(&finding, "10.0.0.2:81 went down at 14:03:02.11 UTC: 1 connection reset.");
}

static void
a_timer_is_told_in_seconds_with_both_bounds(void **state)
{
	struct finding finding = sample_finding(FINDING_IDLE_TIMEOUT_CLUSTER);
	(void)state;
	finding.flows = 4;
	sample_number(&finding, NUMBER_DIED, 350200000);
	sample_number(&finding, NUMBER_SURVIVED, 347000000);
	sample_number(&finding, NUMBER_SURVIVORS, 41);
	for (unsigned i = 0; i < idle_timer_count; i++)
		if (idle_timers[i].seconds == 350)
			finding.timers[finding.timer_count++] = (uint8_t)i;
	says(&finding,
	     "Connections to 10.0.0.2:81 that were silent for 350 s die (4 flows); silences of up "
	     "to 347 s survived (41 times). Fits: AWS NLB idle timeout; AWS Network Firewall idle "
	     "timeout.");
}

/* What a timer closes in order has not died; deaths that differ have a range. */
static void
silences_end_in_more_than_one_way(void **state)
{
	struct finding finding = sample_finding(FINDING_IDLE_TIMEOUT_CLUSTER);
	char text[EXPLAIN_SIZE];
	(void)state;
	finding.verdict = VERDICT_CLOSED_AFTER_IDLE;
	sample_number(&finding, NUMBER_DIED, 5000000);
	sample_number(&finding, NUMBER_DIED_LONGEST, 5200000);
	says(&finding, "Connections to 10.0.0.2:81 that were silent for 5.00 s are closed (412 "
		       "flows).");
	finding_headline(&finding, text, sizeof(text));
	assert_string_equal(text, "silent connections are closed by a timer");
	finding = sample_finding(FINDING_KEEPALIVE_MISSING);
	sample_number(&finding, NUMBER_DIED, 60600000);
	sample_number(&finding, NUMBER_DIED_LONGEST, INT64_C(7200000000));
	says(&finding, "412 connections to 10.0.0.2:81 died after a silence of 60.6 s to 7,200 s. "
		       "Most of them had never seen a keep-alive; one more often than every 60.6 s "
		       "would hold them.");
}

static void
refusals_are_those_of_the_outage(void **state)
{
	struct finding finding = sample_finding(FINDING_LISTENER_REFUSING);
	(void)state;
	sample_number(&finding, NUMBER_REFUSED, 402);
	sample_number(&finding, NUMBER_RESET, 10);
	sample_number(&finding, NUMBER_SOURCES, 16);
	says(&finding, "All 402 attempts to 10.0.0.2:81 between 14:03:02.11 and 14:03:09.50 UTC "
		       "were refused, from 16 addresses; 10 of its connections were cut when that "
		       "began. The answer comes at once, so the way there is open: nothing listens "
		       "on that port, or a firewall rejects.");
}

/* Large segments go to a network; losses are those of clients in it. What is all over the capture has
 * no name. */
static void
places_are_told_as_the_finding_means_them(void **state)
{
	struct finding finding = sample_finding(FINDING_PMTU_CLUSTER);
	char text[EXPLAIN_SIZE];
	(void)state;
	sample_subject(&finding, SUBJECT_NETWORK);
	sample_number(&finding, NUMBER_STUCK_SIZE, 1448);
	sample_number(&finding, NUMBER_PASSED_SIZE, 1380);
	finding_summary(&finding, text);
	assert_ptr_equal(strstr(text, "Segments to 10.9.0.0/24 of 1,448 bytes or more were never "
				      "acknowledged (412 flows), while up to 1,380 bytes passed."),
			 text);
	finding = sample_finding(FINDING_RETRANSMISSION_STORM);
	sample_subject(&finding, SUBJECT_NETWORK);
	finding_summary(&finding, text);
	assert_ptr_equal(strstr(text, "On 412 flows from 10.9.0.0/24 much was"), text);
	finding = sample_finding(FINDING_BACKSCATTER);
	sample_subject(&finding, SUBJECT_CAPTURE);
	finding_summary(&finding, text);
	assert_ptr_equal(strstr(text, "Several endpoints answered SYNs"), text);
	sample_number(&finding, NUMBER_LISTENERS, 12);
	finding_summary(&finding, text);
	assert_ptr_equal(strstr(text, "12 endpoints answered SYNs"), text);
	sample_subject(&finding, SUBJECT_DEVICE);
	finding_summary(&finding, text);
	assert_ptr_equal(strstr(text, "A device 3 routers away answered"), text);
}

static void
a_flood_tells_rate_and_reactions(void **state)
{
	struct finding finding = sample_finding(FINDING_SYN_FLOOD);
	(void)state;
	finding.last_ns = finding.first_ns + 10 * NS_PER_S;
	sample_number(&finding, NUMBER_SYNS, 10000);
	sample_number(&finding, NUMBER_SOURCES, 9990);
	sample_number(&finding, NUMBER_PER_SECOND, 1100);
	sample_number(&finding, NUMBER_ESTABLISHED, 0);
	sample_number(&finding, NUMBER_RESENDING, 20);
	sample_number(&finding, NUMBER_SYNACKED, 0);
	says(&finding,
	     "10,000 SYNs from about 9,990 addresses in 10.0 s (about 1,100 a second) against "
	     "10.0.0.2:81: none of them went on, 2 % were sent again, none got a SYN-ACK. Real clients repeat "
	     "their SYN or answer; forged sources do neither.");
}

static void
lists_tell_what_there_was_and_no_more(void **state)
{
	struct finding finding = sample_finding(FINDING_ACCEPT_QUEUE_OVERFLOW);
	char text[EXPLAIN_SIZE];
	(void)state;
	sample_number(&finding, NUMBER_ACKS_IGNORED, 1);
	sample_number(&finding, NUMBER_UNANSWERED, 0);
	sample_number(&finding, NUMBER_STALLED, 2);
	finding_summary(&finding, text);
	assert_non_null(strstr(text, "10.0.0.2:81 accepts too slowly: 1 final ACK ignored, 2 "
				     "connections served late. The queue"));
	finding = sample_finding(FINDING_CAPTURE_BAD);
	sample_subject(&finding, SUBJECT_CAPTURE);
	sample_number(&finding, NUMBER_DROPS, 12000);
	sample_number(&finding, NUMBER_UNSEEN, 1500);
	finding_summary(&finding, text);
	assert_non_null(
		strstr(text, ": 12,000 packets dropped, 1.50 kB acknowledged but missing."));
	finding = sample_finding(FINDING_PORT_SCAN);
	sample_subject(&finding, SUBJECT_SOURCE);
	sample_number(&finding, NUMBER_PORTS, 64);
	sample_number(&finding, NUMBER_HOSTS, 65);
	sample_number(&finding, NUMBER_REFUSED, 390);
	sample_number(&finding, NUMBER_ESTABLISHED, 4);
	finding_summary(&finding, text);
	assert_non_null(strstr(text, "10.0.0.2 made 412 attempts at 64 ports of about 65 hosts in "
				     "7.39 s: 390 refused, 4 accepted."));
}

static void
shares_and_directions_are_told(void **state)
{
	struct finding finding = sample_finding(FINDING_PATH_LOSS);
	char text[EXPLAIN_SIZE];
	(void)state;
	sample_subject(&finding, SUBJECT_PATH);
	sample_number(&finding, NUMBER_LOSS_TO_SERVER, 31);
	finding_summary(&finding, text);
	assert_ptr_equal(strstr(text, "On connections from 10.0.0.9 to 10.0.0.2:81, 3.1 % of the "
				      "segments to the server had to be sent again"),
			 text);
	sample_number(&finding, NUMBER_LOSS_TO_CLIENT, 5);
	finding_summary(&finding, text);
	assert_non_null(strstr(text, "to the server and 0.5 % of those to the client"));
	finding = sample_finding(FINDING_FAILURE_CLUSTER);
	finding.verdict = VERDICT_SERVER_NO_RESPONSE;
	sample_number(&finding, NUMBER_TOTAL, 1084);
	sample_number(&finding, NUMBER_RATE, 380);
	sample_number(&finding, NUMBER_RATE_LOW, 351);
	says(&finding, "412 flows (38 % of 1,084 flows) to 10.0.0.2:81 failed in the same way: the "
		       "server never answered the request.");
	finding_headline(&finding, text, sizeof(text));
	assert_string_equal(text, "the server never answered the request");
	finding.number_count = 0;
	sample_number(&finding, NUMBER_TOTAL, 412);
	sample_number(&finding, NUMBER_RATE, 1000);
	sample_number(&finding, NUMBER_LISTENERS, 12);
	says(&finding, "412 flows (all of them) to 10.0.0.2:81 failed in the same way, at 12 "
		       "listeners: the server never answered the request.");
}

static void
names_from_the_wire_are_made_safe(void **state)
{
	struct finding finding = sample_finding(FINDING_TLS_FAILURE_CLUSTER);
	char text[EXPLAIN_SIZE];
	(void)state;
	memset(finding.name, '\033', sizeof(finding.name)); /* not even terminated */
	sample_number(&finding, NUMBER_ALERT, 48);
	finding_summary(&finding, text);
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "for \\x1b\\x1b"));
	assert_non_null(strstr(text, "by alert unknown_ca (48)."));
	finding.verdict = VERDICT_TLS_ALERT_CLIENT;
	finding_summary(&finding, text);
	assert_non_null(strstr(text, ", by alert unknown_ca (48) of the client."));
}

static void
subjects_have_names(void **state)
{
	static const char *const names[SUBJECT_KINDS] = {
		[SUBJECT_CAPTURE] = "the capture",
		[SUBJECT_LISTENER] = "10.0.0.2:81",
		[SUBJECT_HOST] = "10.0.0.2",
		[SUBJECT_SOURCE] = "10.0.0.2",
		[SUBJECT_NETWORK] = "10.9.0.0/24",
		[SUBJECT_DEVICE] = "a device 3 routers away",
		[SUBJECT_PATH] = "10.0.0.9 -> 10.0.0.2:81",
	};
	struct finding finding = sample_finding(FINDING_RST_STORM);
	char text[FINDING_NAME_SIZE];
	(void)state;
	for (unsigned kind = 0; kind < SUBJECT_KINDS; kind++) {
		sample_subject(&finding, (enum finding_subject_kind)kind);
		finding_subject_text(&finding.subject, text, sizeof(text));
		assert_string_equal(text, names[kind]);
	}
	sample_subject(&finding, SUBJECT_PATH);
	finding.subject.port = 0;
	finding_subject_text(&finding.subject, text, sizeof(text));
	assert_string_equal(text, "10.0.0.9 -> 10.0.0.2");
}

static void
contrast_says(struct contrast contrast, const char *words)
{
	char text[512];
	contrast_text(&contrast, false, text, sizeof(text));
	assert_string_equal(text, words);
}

static void
what_sets_failing_flows_apart_is_told(void **state)
{
	struct contrast contrast = {
		.dimension = CONTRAST_NETWORK,
		.ip_version = 4,
		.bad = 38,
		.bad_total = 40,
		.good = 2,
		.good_total = 1200,
		.lift = 60000,
		.value.addr = { 0, 0xffff0a090000 },
	};
	const uint16_t vlans[] = { 100, 200 };
	(void)state;
	contrast_says(contrast, "source network 10.9.0.0/24: 38 of 40 failing, 2 of 1,200 good "
				"(x 600)");
	contrast.dimension = CONTRAST_SOURCE;
	contrast.lift = 250;
	contrast_says(contrast, "source 10.9.0.0: 38 of 40 failing, 2 of 1,200 good (x 2.5)");
	contrast.dimension = CONTRAST_PORT_BUCKET;
	contrast.value.number = 3;
	contrast.lift = UINT32_MAX;
	contrast_says(contrast,
		      "source port modulo 8 = 3: 38 of 40 failing, 2 of 1,200 good (no flow "
		      "without it fails)");
	contrast.lift = 200;
	contrast.dimension = CONTRAST_SIZE;
	contrast_says(contrast,
		      "payloads above 1380 bytes: 38 of 40 failing, 2 of 1,200 good (x 2)");
	contrast.dimension = CONTRAST_CONTEXT;
	contrast.value.context = packet_context_make(vlans, 2, TUNNEL_VXLAN, 5);
	contrast_says(contrast,
		      "in VLAN 100.200, VXLAN 5: 38 of 40 failing, 2 of 1,200 good (x 2)");
	contrast.value.context = 0;
	contrast_says(contrast, "in no VLAN: 38 of 40 failing, 2 of 1,200 good (x 2)");
	contrast.dimension = CONTRAST_NEXT_HOP;
	memcpy(contrast.value.mac, "\2\0\0\0\0\x1a", 6);
	contrast_says(contrast, "coming from MAC address 02:00:00:00:00:1a: 38 of 40 failing, 2 of "
				"1,200 good (x 2)");
	contrast.dimension = CONTRAST_OPTIONS;
	contrast.value.syn = (struct syn_fingerprint){
		.options = TCP_HAS_MSS | TCP_HAS_TIMESTAMP,
		.window = 64240,
		.mss = 1460,
		.ttl = 64,
	};
	contrast_says(contrast,
		      "SYN with window 64240, MSS 1460, TTL 64, options mss timestamp: 38 "
		      "of 40 failing, 2 of 1,200 good (x 2)");
	contrast.dimension = CONTRAST_SNI;
	memset(contrast.value.name, 'a', sizeof(contrast.value.name));
	contrast.value.name[0] = '\n';
	contrast.value.name[3] = '\0';
	contrast_says(contrast, "server name \\x0aaa: 38 of 40 failing, 2 of 1,200 good (x 2)");
	contrast.value.name[0] = '\0';
	contrast_says(contrast, "server name none: 38 of 40 failing, 2 of 1,200 good (x 2)");
}

static void
steps_are_filled_in_from_the_example(void **state)
{
	struct finding finding = sample_finding(FINDING_SERVICE_RESTART);
	char what[EXPLAIN_SIZE];
	char command[EXPLAIN_SIZE];
	(void)state;
	for (unsigned i = 0; i < ADVICE_CODES; i++) {
		finding_advice(&finding, (enum advice)i, what, command);
		is_whole(what);
		assert_int_equal(command[0] != '\0', advice_phrases[i].command != NULL);
		assert_null(strpbrk(command, "{}[]"));
	}
	finding_advice(&finding, ADVICE_SERVICE_RESTARTS, what, command);
	assert_ptr_equal(strstr(command, "journalctl --since '2024-05-06 14:02:57 UTC' --until "
					 "'2024-05-06 14:03:14 UTC'; systemctl show"),
			 command);
	assert_non_null(strstr(command, "fuser 81/tcp"));
	finding_advice(&finding, ADVICE_SERVICE_LOG, what, command);
	assert_non_null(strstr(command, "--since '2024-05-06 14:02:58 UTC'"));
	finding_advice(&finding, ADVICE_SOURCE, what, command);
	assert_ptr_equal(strstr(command, "getent hosts 10.0.0.1;"), command);
	finding_advice(&finding, ADVICE_DEVICE, what, command);
	assert_string_equal(what, "look at the rules and routes of the device that answered");
	finding.example.icmp_version = 4;
	finding.example.icmp_from = (struct ip_addr){ 0, 0xffff0a0000fe };
	finding_advice(&finding, ADVICE_DEVICE, what, command);
	assert_non_null(strstr(what, "that answered, 10.0.0.254"));
}

/* Nothing is made up: no address 0.0.0.0, no port 0, no year 1970, and no half command. */
static void
steps_without_example_leave_out_what_they_lack(void **state)
{
	struct finding finding = sample_finding(FINDING_CAPTURE_BAD);
	char what[EXPLAIN_SIZE];
	char command[EXPLAIN_SIZE];
	(void)state;
	finding.example = (struct finding_example){ .ip_version = 0 };
	for (unsigned i = 0; i < ADVICE_CODES; i++) {
		finding_advice(&finding, (enum advice)i, what, command);
		is_whole(what);
		const char *both[] = { what, command };
		for (size_t j = 0; j < 2; j++) {
			assert_null(strstr(both[j], "0.0.0.0"));
			assert_null(strstr(both[j], "19"));
			assert_null(strstr(both[j], " :0"));
			assert_null(strstr(both[j], "host  "));
			assert_null(strstr(both[j], "''"));
		}
	}
	finding_advice(&finding, ADVICE_LISTENING, what, command);
	assert_string_equal(command, "");
	finding_advice(&finding, ADVICE_CAPTURE_BUFFER, what, command);
	assert_string_equal(command, "tcpdump -ni any -B 65536 -s 0 -w better.pcap");
}

static void
causes_need_what_they_speak_of(void **state)
{
	struct finding finding = sample_finding(FINDING_LISTENER_REFUSING);
	char text[EXPLAIN_SIZE];
	(void)state;
	for (unsigned i = 0; i < CAUSE_CODES; i++) {
		assert_true(finding_cause(&finding, (enum cause)i, text));
		is_whole(text);
	}
	assert_true(finding_cause(&finding, CAUSE_NO_LISTENER, text));
	assert_ptr_equal(strstr(text, "nothing listens on port 81 of 10.0.0.2,"), text);
	finding.example.server_port = 0;
	assert_false(finding_cause(&finding, CAUSE_NO_LISTENER, text));
	finding.example.ip_version = 0;
	assert_false(finding_cause(&finding, CAUSE_HOST_DOWN, text));
}

static void
senders_of_rsts_have_names(void **state)
{
	struct rst_source source = {
		.addr = { 0, 0xffff0a000002 },
		.port = 81,
		.ip_version = 4,
		.origin = RST_ORIGIN_KERNEL_WITHOUT_STATE,
		.hops = 3,
	};
	char text[FINDING_NAME_SIZE];
	(void)state;
	rst_source_text(&source, text, sizeof(text));
	assert_string_equal(text, "10.0.0.2:81 itself");
	source.origin = RST_ORIGIN_IN_PATH_DEVICE;
	rst_source_text(&source, text, sizeof(text));
	assert_string_equal(text, "a device 3 routers away in the name of 10.0.0.2:81");
	source.hops = UINT8_MAX;
	source.origin = RST_ORIGIN_ON_PATH_INJECTOR;
	rst_source_text(&source, text, sizeof(text));
	assert_string_equal(text, "an injector in the name of 10.0.0.2:81");
	source.port = 0;
	source.origin = RST_ORIGIN_ENDPOINT;
	rst_source_text(&source, text, sizeof(text));
	assert_string_equal(text, "the client 10.0.0.2 itself");
	for (unsigned i = 0; i < RST_ORIGIN_CODES; i++) {
		source.origin = (uint8_t)i;
		rst_source_text(&source, text, sizeof(text));
		is_whole(text);
	}
}

static void
curves_show_what_is_small_and_what_is_full(void **state)
{
	static const uint32_t points[] = { 0, 1, 500, 1000, UINT32_MAX };
	char text[5 * GRAPH_BYTES + 1];
	(void)state;
	assert_int_equal(graph_line(points, 4, false, text), 1000);
	assert_string_equal(text, " .=#");
	assert_int_equal(graph_line(points, 4, true, text), 1000);
	assert_string_equal(text, " \xe2\x96\x81\xe2\x96\x84\xe2\x96\x88");
	assert_int_equal(graph_line(points, 5, false, text), UINT32_MAX);
	assert_string_equal(text, " ...#");
	assert_int_equal(graph_line(points, 1, false, text), 0);
	assert_string_equal(text, " ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_finding_has_its_words),
		cmocka_unit_test(sentences_are_whole_whatever_is_known),
		cmocka_unit_test(every_number_can_stand_alone),
		cmocka_unit_test(a_restart_tells_how_long_and_what_it_cost),
		cmocka_unit_test(a_timer_is_told_in_seconds_with_both_bounds),
		cmocka_unit_test(silences_end_in_more_than_one_way),
		cmocka_unit_test(refusals_are_those_of_the_outage),
		cmocka_unit_test(places_are_told_as_the_finding_means_them),
		cmocka_unit_test(a_flood_tells_rate_and_reactions),
		cmocka_unit_test(lists_tell_what_there_was_and_no_more),
		cmocka_unit_test(shares_and_directions_are_told),
		cmocka_unit_test(names_from_the_wire_are_made_safe),
		cmocka_unit_test(subjects_have_names),
		cmocka_unit_test(what_sets_failing_flows_apart_is_told),
		cmocka_unit_test(steps_are_filled_in_from_the_example),
		cmocka_unit_test(steps_without_example_leave_out_what_they_lack),
		cmocka_unit_test(causes_need_what_they_speak_of),
		cmocka_unit_test(senders_of_rsts_have_names),
		cmocka_unit_test(curves_show_what_is_small_and_what_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Every code has its words, and every template names values that exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/application.h"
#include "analyzer/limits.h"
#include "tests/ui_sample.h"
#include "ui/explain.h"
#include "ui/finding_phrases.h"
#include "ui/phrases.h"
#include "ui/template.h"
#include "ui/values.h"

enum { HEADLINE_MAX = 40 }; /* so that the list of verdicts keeps to 80 columns */

/* Expanding asserts that every name in a template is one that values.c knows. */
static void
expand(const char *template, const struct subject *subject)
{
	char text[EXPLAIN_SIZE];
	assert_non_null(template);
	template_expand(template, flow_value, subject, text, sizeof(text));
	assert_true(strlen(text) > 0 && strlen(text) < sizeof(text) - 1);
	if (strpbrk(text, "{}[]") != NULL)
		fail_msg("left over: %s", text);
	if (strstr(text, "  ") != NULL || strstr(text, " ,") != NULL || strstr(text, " .") != NULL)
		fail_msg("a value is missing: %s", text);
}

static void
everything_has_words_that_expand(void **state)
{
	struct detail detail = {
		.icmp = { .at = sample_moment(38, 1), .type = 3, .code = 13, .ip_version = 4 },
		.synack_after_ack_count = 3,
	};
	struct application application = {
		.half[TO_CLIENT] = {
			.protocol = PROTOCOL_TLS,
			.tls = { .has_alert = true, .alert_level = 2, .alert = 70 },
		},
	};
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	const struct subject subject = {
		.flow = &flow,
		.verdict = &verdict,
		.evidence = &verdict.evidence[1],
	};
	flow.detail = &detail;
	flow.application = &application;
	flow.half[TO_SERVER].fin_count = 3;
	verdict.rst_form = RST_FORM_ACTIVE_ABORT;
	(void)state;
	for (unsigned i = 0; i < VERDICT_CODES; i++) {
		verdict.code = (uint8_t)i;
		assert_in_range(strlen(verdict_phrases[i].headline), 1, HEADLINE_MAX);
		expand(verdict_phrases[i].summary, &subject);
	}
	for (unsigned i = 0; i < CAUSE_CODES; i++)
		expand(cause_phrases[i], &subject);
	for (unsigned i = 0; i < EVIDENCE_KINDS; i++)
		expand(evidence_phrases[i], &subject);
	for (unsigned i = 0; i < ADVICE_CODES; i++) {
		expand(advice_phrases[i].what, &subject);
		if (advice_phrases[i].command != NULL)
			expand(advice_phrases[i].command, &subject);
	}
	for (unsigned i = 0; i < SUSPECT_CODES; i++)
		assert_non_null(suspect_phrases[i]);
	for (unsigned i = 0; i < CLASSES; i++)
		assert_non_null(class_phrases[i]);
}

static void
is_whole(const char *slug, const char *meaning, const struct page *page)
{
	const char *const parts[] = { page->meaning, page->proof, page->otherwise, page->next };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_non_null(parts[i]);
		assert_null(strstr(parts[i], "**"));
		assert_null(strstr(parts[i], "]("));
		assert_null(strpbrk(parts[i], "`\n"));
		assert_true(strlen(parts[i]) > 0 && parts[i][0] != ' ');
	}
	if (strncmp(page->meaning, meaning, strlen(meaning)) != 0)
		fail_msg("%s: %s", slug, page->meaning);
}

/* The documents and the tables say the same; no mark of Markdown is left in a page. */
static void
every_page_is_whole_and_begins_with_the_meaning(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VERDICT_CODES; i++)
		is_whole(verdict_infos[i].slug, verdict_infos[i].meaning, &verdict_pages[i]);
	for (unsigned i = 0; i < FINDING_CODES; i++)
		is_whole(finding_infos[i].slug, finding_infos[i].meaning, &finding_pages[i]);
}

static void
parts_without_value_are_left_out(void **state)
{
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	const struct subject subject = { .flow = &flow, .verdict = &verdict };
	char text[32];
	(void)state;
	assert_true(template_expand("a[ b {icmp_from} c] d[ {port}]", flow_value, &subject, text,
				    sizeof(text)));
	assert_string_equal(text, "a d 81");
	assert_false(
		template_expand("a {icmp_from} {port}", flow_value, &subject, text, sizeof(text)));
	assert_string_equal(text, "a  81");
	template_expand("{client} {client} {client}", flow_value, &subject, text, 10);
	assert_string_equal(text, "10.0.0.1:");
}

/* Each time is that of the packet which the sentence speaks of, not of the last one. */
static void
times_are_those_of_the_packets_spoken_of(void **state)
{
	struct flow flow = sample_flow(); /* it ends after 2 s */
	struct verdict verdict = sample_verdict();
	char text[EXPLAIN_SIZE];
	(void)state;
	flow.half[TO_CLIENT].fin = sample_moment(50, 185);
	flow.half[TO_CLIENT].fin_count = 1;
	flow.first_fin = TO_CLIENT;
	flow.half[TO_SERVER].fin = sample_moment(60, 50300);
	flow.half[TO_SERVER].fin_count = 1;
	verdict.code = VERDICT_CLOSED_BY_SERVER_EARLY;
	explain_summary(&flow, &verdict, text, sizeof(text));
	assert_non_null(strstr(text, "closed after 185 us without"));
	verdict.code = VERDICT_MIDSTREAM_CLOSED;
	explain_summary(&flow, &verdict, text, sizeof(text));
	assert_non_null(strstr(text, "closed with FIN 185 us later"));
	flow.half[TO_CLIENT].rst = sample_moment(61, 1570);
	flow.half[TO_CLIENT].rst_count = 1;
	verdict.code = VERDICT_MIDSTREAM_RESET;
	explain_summary(&flow, &verdict, text, sizeof(text));
	assert_non_null(strstr(text, "; 1.57 ms later an RST"));
}

static void
the_log_is_read_from_the_request_on(void **state)
{
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	char what[EXPLAIN_SIZE];
	char command[EXPLAIN_SIZE];
	(void)state;
	flow.last_ns += 60 * NS_PER_S;
	flow.half[TO_SERVER].data_first = sample_moment(40, 0);
	explain_advice(&flow, &verdict, ADVICE_SERVICE_LOG, what, command);
	assert_non_null(strstr(command, "--since '2024-05-06 07:09:06 UTC'"));
	verdict.code = VERDICT_SERVER_NO_RESPONSE;
	explain_advice(&flow, &verdict, ADVICE_SERVICE_LOG, what, command);
	assert_non_null(strstr(command, "--since '2024-05-06 07:08:04 UTC'"));
	assert_non_null(strstr(command, "--until '2024-05-06 07:09:16 UTC'"));
}

static void
the_host_that_reset_is_asked(void **state)
{
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	char what[EXPLAIN_SIZE];
	char command[EXPLAIN_SIZE];
	(void)state;
	explain_advice(&flow, &verdict, ADVICE_KERNEL_LOG, what, command);
	assert_ptr_equal(strstr(what, "on the server: "), what);
	flow.half[TO_SERVER].rst_count = 1;
	verdict.rst_form = RST_FORM_ACTIVE_ABORT;
	verdict.rst_from = TO_SERVER;
	explain_advice(&flow, &verdict, ADVICE_KERNEL_LOG, what, command);
	assert_ptr_equal(strstr(what, "on the client: "), what);
	explain_advice(&flow, &verdict, ADVICE_ABORT_COUNTERS, what, command);
	assert_ptr_equal(strstr(what, "on the client, "), what);
	explain_advice(&flow, &verdict, ADVICE_SERVICE_LOG, what, command);
	assert_ptr_equal(strstr(what, "on the server: "), what);
	verdict.code = VERDICT_MIDSTREAM_RESET;
	explain_advice(&flow, &verdict, ADVICE_SERVICE_LOG, what, command);
	assert_ptr_equal(strstr(what, "on the client: "), what);
}

/* A router's error goes from the router to the sender: neither end is the server's or the client's
 * peer, so that a filter by host alone would lose it. */
static void
captures_that_are_advised_keep_every_icmp(void **state)
{
	static const enum advice captures[] = { ADVICE_CAPTURE_AT_SERVER, ADVICE_CAPTURE_AT_CLIENT,
						ADVICE_CAPTURE_LONGER, ADVICE_CAPTURE_ANY,
						ADVICE_CAPTURE_FULL_SNAPLEN };
	(void)state;
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		const char *command = advice_phrases[captures[i]].command;
		assert_non_null(strstr(command, ") or icmp or icmp6'"));
		assert_null(strstr(strchr(command, ')') + 1, ")"));
	}
}

static void
errors_and_alerts_have_names(void **state)
{
	(void)state;
	assert_string_equal(icmp_phrase(4, 3, 13), "communication administratively prohibited");
	assert_string_equal(icmp_phrase(4, 11, 0), "TTL exceeded");
	assert_string_equal(icmp_phrase(6, 1, 4), "port unreachable");
	assert_string_equal(icmp_phrase(6, 3, 0), "hop limit exceeded");
	assert_null(icmp_phrase(4, 3, 16));
	assert_null(icmp_phrase(6, 1, 7));
	assert_null(icmp_phrase(4, 99, 0));
	assert_string_equal(explain_tls_alert(112), "unrecognized_name");
	assert_null(explain_tls_alert(255));
}

static void
a_page_is_printed_for_codes_that_exist(void **state)
{
	static struct sink sink;
	(void)state;
	assert_int_equal(sink_open_spool(&sink), 0);
	assert_true(explain_print(&sink, "syn-unanswered"));
	assert_false(explain_print(&sink, "syn-unanswere"));
	assert_false(explain_print(&sink, ""));
	char *text = sample_read(&sink);
	assert_ptr_equal(strstr(text, "syn-unanswered  (class timeout: "), text);
	assert_non_null(strstr(text, "\n\nWhat it means\n  Nothing answered the SYN"));
	assert_non_null(strstr(text, "\n\nWhat proves it\n  "));
	assert_non_null(strstr(text, "\n\nWhat else it could be, what is behind it\n  "));
	assert_non_null(strstr(text, "\n\nWhat to do next\n  "));
	assert_non_null(strstr(text, "\n\nConfidence 90 % before "));
	sink_abandon(&sink);
	free(text);
	assert_int_equal(sink_open_spool(&sink), 0);
	assert_true(explain_print(&sink, "service-restart"));
	text = sample_read(&sink);
	assert_ptr_equal(strstr(text, "service-restart  (a finding: about many flows)\n\n"
				      "What it means\n  The service went away, and mostly came back."),
			 text);
	assert_non_null(strstr(text, "\n\nWhat to do next\n  "));
	sink_abandon(&sink);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_has_words_that_expand),
		cmocka_unit_test(every_page_is_whole_and_begins_with_the_meaning),
		cmocka_unit_test(parts_without_value_are_left_out),
		cmocka_unit_test(times_are_those_of_the_packets_spoken_of),
		cmocka_unit_test(the_log_is_read_from_the_request_on),
		cmocka_unit_test(the_host_that_reset_is_asked),
		cmocka_unit_test(captures_that_are_advised_keep_every_icmp),
		cmocka_unit_test(errors_and_alerts_have_names),
		cmocka_unit_test(a_page_is_printed_for_codes_that_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

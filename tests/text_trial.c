/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the counts that the loop over frames would keep. */
#include "tests/text_trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct trial *
trial_begin(struct report_settings settings)
{
	static struct trial trial;
	memset(&trial, 0, sizeof(trial));
	trial.capture = sample_capture();
	trial.settings = settings;
	trial.settings.capture = &trial.capture;
	trial.totals.capture = &trial.capture;
	trial.totals.stats = &trial.stats;
	trial.totals.frames = 100;
	assert_int_equal(sink_open_spool(&trial.sink), 0);
	trial.report = text_report.begin(&trial.settings, &trial.sink);
	assert_non_null(trial.report);
	return &trial;
}

void
trial_add(struct trial *trial, const struct flow *flow, const struct verdict *verdict)
{
	trial->stats.flows++;
	trial->totals.by_verdict[verdict->code]++;
	trial->totals.by_class[verdict_infos[verdict->code].verdict_class]++;
	text_report.flow(trial->report, flow, verdict);
}

void
trial_add_failure(struct trial *trial, uint32_t number, uint16_t port, enum verdict_code code)
{
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	flow.number = number;
	flow.server_port = port;
	flow.client.lo += number;
	verdict.code = (uint8_t)code;
	trial_add(trial, &flow, &verdict);
}

void
trial_add_success(struct trial *trial)
{
	struct flow flow = sample_flow();
	struct verdict verdict = sample_good_verdict();
	flow.number = 1000;
	trial_add(trial, &flow, &verdict);
}

char *
trial_end(struct trial *trial)
{
	text_report.end(trial->report, &trial->totals);
	assert_int_equal(trial->sink.error, 0);
	char *text = sample_read(&trial->sink);
	sink_abandon(&trial->sink);
	return text;
}

unsigned
occurrences(const char *text, const char *words)
{
	unsigned count = 0;
	for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
		count++;
	return count;
}

void
contains(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("'%s' is missing in:\n%s", words, text);
}

void
trial_conclude(struct trial *trial, struct finding *findings, size_t count, uint64_t left)
{
	trial->findings = sample_report(findings, count);
	trial->totals.findings = &trial->findings;
	trial->group = (struct failure_group){
		.server = { 0, 0xffff0a000002 },
		.server_port = 81,
		.ip_version = 4,
		.verdict = VERDICT_SYN_UNANSWERED,
		.flows = trial->stats.flows,
		.explained = trial->stats.flows - left,
	};
	trial->findings.groups = &trial->group;
	trial->findings.group_count = left > 0;
}

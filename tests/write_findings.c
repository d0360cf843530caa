/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a record of every finding about every kind of subject, for tests/schema.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"
#include "tests/findings_sample.h"
#include "ui/json_finding.h"

/* Fills in what may be there; which numbers depends on the turn, as there is no room for all. */
static void
fill(struct finding *finding, unsigned turn)
{
	for (unsigned i = 0; i < FINDING_NUMBER_MAX; i++)
		sample_number(finding, (enum finding_number_id)((turn + i) % NUMBER_CODES), turn);
	finding->verdict = (uint8_t)(turn % (VERDICT_CODES + 1));
	finding->severity = (uint8_t)(turn % SEVERITIES);
	finding->suspect = (uint8_t)(turn % SUSPECT_CODES);
	finding->rst_form = (uint8_t)(turn % RST_FORMS);
	finding->rst_origin = (uint8_t)(turn % RST_ORIGIN_CODES);
	finding->advice_count = VERDICT_ADVICE_MAX;
	for (unsigned i = 0; i < VERDICT_ADVICE_MAX; i++)
		finding->advice[i] = (uint8_t)((turn + i) % ADVICE_CODES);
	finding->cause_count = VERDICT_CAUSE_MAX;
	for (unsigned i = 0; i < VERDICT_CAUSE_MAX; i++)
		finding->causes[i] = (uint8_t)((turn + i) % CAUSE_CODES);
	finding->contrast_count = FINDING_CONTRAST_MAX;
	for (unsigned i = 0; i < FINDING_CONTRAST_MAX; i++) {
		struct contrast *contrast = &finding->contrasts[i];
		*contrast = (struct contrast){
			.dimension = (uint8_t)((turn + i) % CONTRAST_CODES),
			.ip_version = turn % 2 == 0 ? 4 : 6,
			.lift = i == 0 ? UINT32_MAX : turn,
		};
		if (contrast->dimension == CONTRAST_SNI)
			memcpy(contrast->value.name, "a\xff\033", 4);
	}
	finding->network_count = 1;
	finding->networks[0].addr = finding->subject.addr;
	finding->networks[0].ip_version = 6;
	finding->networks[0].prefix_length = 64;
	finding->timer_count = FINDING_TIMER_MAX;
	if (turn % 2 != 0)
		return;
	finding->example.ip_version = 0;
	finding->evidence[0].flow = 0;
	finding->backlog = (struct backlog_curve){
		.start_ns = finding->first_ns,
		.step_ns = NS_PER_S,
		.count = BACKLOG_POINTS,
	};
	memset(finding->name, 'x', sizeof(finding->name));
}

int
main(void)
{
	const struct json_context context = { .capture = NULL };
	unsigned turn = 0;
	for (unsigned code = 0; code < FINDING_CODES; code++) {
		for (unsigned kind = 0; kind < SUBJECT_KINDS; kind++) {
			struct finding finding = sample_finding((enum finding_code)code);
			sample_subject(&finding, (enum finding_subject_kind)kind);
			fill(&finding, turn++);
			json_t *record = json_finding(&context, &finding);
			if (record == NULL || json_dumpf(record, stdout, JSON_COMPACT) != 0)
				return EXIT_FAILURE;
			putchar('\n');
			json_decref(record);
		}
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

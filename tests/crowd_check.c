/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations of crowds against findings and counts. */
#include "tests/crowd_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crowd_value.h"
#include "tests/finding_text.h"

static const char *const operator_texts[] = {
	[EXPECT_EQUAL] = "=",
	[EXPECT_NOT_EQUAL] = "!=",
	[EXPECT_AT_LEAST] = ">=",
	[EXPECT_AT_MOST] = "<=",
};

static void
print_condition(const struct crowd_expectation *expectation,
		const struct crowd_condition *condition, const struct crowd_value *value)
{
	printf("#   line %u: expected %s%s%s%s%s, got ", expectation->line, condition->key,
	       operator_texts[condition->operator], condition->value,
	       condition->tolerance == NULL ? "" : "~",
	       condition->tolerance == NULL ? "" : condition->tolerance);
	switch (value->lookup) {
	case LOOKUP_NUMBER:
		printf("%.15g\n", value->number);
		return;
	case LOOKUP_TEXT:
		printf("%s\n", value->text);
		return;
	case LOOKUP_LIST:
		printf(value->listed ? "it\n" : "others or none\n");
		return;
	case LOOKUP_NONE:
		printf("none\n");
		return;
	case LOOKUP_UNKNOWN:
		printf("a key that is not known\n");
		return;
	}
}

/* Conditions of an expectation that a finding does not meet; they are printed if so wanted. */
static size_t
conditions_missed(const struct crowd_expectation *expectation, const struct finding *finding,
		  int64_t start_ns, bool print)
{
	size_t missed = 0;
	for (size_t i = 0; i < expectation->condition_count; i++) {
		const struct crowd_condition *condition = &expectation->conditions[i];
		struct crowd_value value;
		crowd_look_up(finding, start_ns, condition, &value);
		if (crowd_value_holds(condition, &value))
			continue;
		/* Another subject is another finding altogether. */
		missed += strcmp(condition->key, "subject") == 0 ? 100 : 1;
		if (print)
			print_condition(expectation, condition, &value);
	}
	return missed;
}

/* The finding of the code that misses the fewest conditions; NULL if there is none of the code. */
static const struct finding *
nearest_finding(const struct crowd *crowd, const struct findings_report *report,
		const struct crowd_expectation *expectation, size_t *ret_missed)
{
	const struct finding *nearest = NULL;
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		if (strcmp(finding_infos[finding->code].slug, expectation->name) != 0)
			continue;
		size_t missed = conditions_missed(expectation, finding, crowd->start_ns, false);
		if (nearest != NULL && missed >= *ret_missed)
			continue;
		nearest = finding;
		*ret_missed = missed;
	}
	return nearest;
}

static bool
code_known(const char *slug)
{
	for (unsigned code = 0; code < FINDING_CODES; code++)
		if (strcmp(finding_infos[code].slug, slug) == 0)
			return true;
	return false;
}

static bool
check_finding(const struct crowd *crowd, const struct findings_report *report,
	      const struct crowd_expectation *expectation)
{
	bool wanted = expectation->claim == CROWD_FINDING;
	size_t missed = 0;
	const struct finding *nearest = nearest_finding(crowd, report, expectation, &missed);
	bool found = nearest != NULL && missed == 0;
	if (!code_known(expectation->name)) {
		printf("#   line %u: there is no code %s\n", expectation->line, expectation->name);
		return false;
	}
	if (found == wanted)
		return true;
	if (found) {
		printf("#   line %u: there is such a finding %s\n", expectation->line,
		       expectation->name);
		return false;
	}
	printf("#   line %u: no such finding %s%s\n", expectation->line, expectation->name,
	       nearest == NULL ? "" : "; of the nearest:");
	if (nearest != NULL)
		conditions_missed(expectation, nearest, crowd->start_ns, true);
	return false;
}

static int
severity_named(const char *slug)
{
	for (int severity = 0; severity < SEVERITIES; severity++)
		if (strcmp(severity_slugs[severity], slug) == 0)
			return severity;
	return SEVERITIES;
}

static void
print_unwanted(const struct crowd_expectation *expectation, const struct finding *finding)
{
	char subject[FINDING_TEXT_SIZE];
	crowd_subject_text(&finding->subject, subject);
	printf("#   line %u: not expected: %s %s of %s, %" PRIu64 " flows\n", expectation->line,
	       severity_slugs[finding->severity], finding_infos[finding->code].slug, subject,
	       finding->flows);
}

static bool
check_none(const struct findings_report *report, const struct crowd_expectation *expectation)
{
	int most = expectation->name == NULL ? -1 : severity_named(expectation->name);
	bool good = most != SEVERITIES;
	if (!good)
		printf("#   line %u: there is no severity %s\n", expectation->line,
		       expectation->name);
	for (size_t i = 0; i < report->count; i++) {
		if ((int)report->findings[i].severity <= most)
			continue;
		print_unwanted(expectation, &report->findings[i]);
		good = false;
	}
	return good;
}

/* Whether any line of the crowd expects the finding. */
static bool
is_expected(const struct crowd *crowd, const struct finding *finding)
{
	for (size_t i = 0; i < crowd->expectation_count; i++) {
		const struct crowd_expectation *expectation = &crowd->expectations[i];
		if (expectation->claim == CROWD_FINDING &&
		    strcmp(finding_infos[finding->code].slug, expectation->name) == 0 &&
		    conditions_missed(expectation, finding, crowd->start_ns, false) == 0)
			return true;
	}
	return false;
}

static bool
check_only(const struct crowd *crowd, const struct findings_report *report,
	   const struct crowd_expectation *expectation)
{
	bool good = true;
	for (size_t i = 0; i < report->count; i++) {
		if (is_expected(crowd, &report->findings[i]))
			continue;
		print_unwanted(expectation, &report->findings[i]);
		good = false;
	}
	return good;
}

static bool
check_count(const struct crowd_expectation *expectation, const struct crowd_condition *condition,
	    const uint64_t *count)
{
	struct crowd_value value = { .lookup = count == NULL ? LOOKUP_UNKNOWN : LOOKUP_NUMBER };
	if (count != NULL)
		value.number = (double)*count;
	if (crowd_value_holds(condition, &value))
		return true;
	print_condition(expectation, condition, &value);
	return false;
}

/* Verdicts that no condition names must not occur, unless "other" is named. */
static bool
check_verdicts(const struct crowd_outcome *outcome, const struct crowd_expectation *expectation)
{
	uint64_t counts[VERDICT_CODES], others = 0;
	bool good = true, other_named = false;
	memcpy(counts, outcome->verdicts, sizeof counts);
	for (size_t i = 0; i < expectation->condition_count; i++) {
		const struct crowd_condition *condition = &expectation->conditions[i];
		const uint64_t *count = NULL;
		for (unsigned code = 0; code < VERDICT_CODES; code++) {
			if (strcmp(verdict_infos[code].slug, condition->key) != 0)
				continue;
			count = &outcome->verdicts[code];
			counts[code] = 0;
		}
		bool other = strcmp(condition->key, "other") == 0;
		other_named = other_named || other;
		if (!other)
			good = check_count(expectation, condition, count) && good;
	}
	for (unsigned code = 0; code < VERDICT_CODES; code++) {
		others += counts[code];
		if (counts[code] != 0 && !other_named) {
			printf("#   line %u: not expected: %" PRIu64 " flows %s\n",
			       expectation->line, counts[code], verdict_infos[code].slug);
			good = false;
		}
	}
	for (size_t i = 0; i < expectation->condition_count; i++)
		if (strcmp(expectation->conditions[i].key, "other") == 0)
			good = check_count(expectation, &expectation->conditions[i], &others) &&
			       good;
	return good;
}

static bool
check_capture(const struct crowd *crowd, const struct crowd_outcome *outcome,
	      const struct crowd_expectation *expectation)
{
	const struct tracker_stats *stats = outcome->stats;
	const struct {
		const char *key;
		uint64_t count;
	} counts[] = {
		{ "frames", crowd->frame_count },
		{ "flows", stats->flows },
		{ "segments", stats->segments },
		{ "duplicates", stats->duplicates },
		{ "icmp_errors", stats->icmp_errors },
		{ "icmp_orphans", stats->icmp_orphans },
		{ "snapped", stats->snapped },
		{ "bad_checksums", stats->bad_checksums },
		{ "time_steps_back", stats->time_steps_back },
		{ "unseen_bytes", stats->unseen_bytes },
		{ "one_sided", stats->one_sided },
		{ "evicted", stats->evicted },
		{ "not_tcp", outcome->not_tcp },
		{ "undissected", outcome->undissected },
	};
	bool good = true;
	for (size_t i = 0; i < expectation->condition_count; i++) {
		const struct crowd_condition *condition = &expectation->conditions[i];
		const uint64_t *count = NULL;
		for (size_t j = 0; j < sizeof counts / sizeof counts[0]; j++)
			if (strcmp(counts[j].key, condition->key) == 0)
				count = &counts[j].count;
		good = check_count(expectation, condition, count) && good;
	}
	return good;
}

static bool
check_expectation(const struct crowd *crowd, const struct crowd_outcome *outcome,
		  const struct crowd_expectation *expectation)
{
	switch (expectation->claim) {
	case CROWD_FINDING:
	case CROWD_NO_FINDING:
		return check_finding(crowd, outcome->report, expectation);
	case CROWD_NONE:
		return check_none(outcome->report, expectation);
	case CROWD_ONLY:
		return check_only(crowd, outcome->report, expectation);
	case CROWD_VERDICTS:
		return check_verdicts(outcome, expectation);
	case CROWD_CAPTURE:
		return check_capture(crowd, outcome, expectation);
	}
	return false;
}

bool
crowd_check(const struct crowd *crowd, const struct crowd_outcome *outcome)
{
	bool good = crowd->expectation_count > 0;
	if (!good)
		printf("#   nothing is expected\n");
	for (size_t i = 0; i < crowd->expectation_count; i++)
		good = check_expectation(crowd, outcome, &crowd->expectations[i]) && good;
	return good;
}

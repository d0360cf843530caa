/* SPDX-License-Identifier: BSD-2-Clause */
/* What the keys of expectations mean in a finding: each is a text, a number, or part of a list. */
#include "tests/crowd_value.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/idle.h"

/* First and last moments are known to a second unless a line says otherwise. */
static const double moment_tolerance = 1;

static bool
look_up_list(const struct finding *finding, const char *key, const char *wanted,
	     struct crowd_value *value)
{
	char text[FINDING_TEXT_SIZE];
	bool contrast = strcmp(key, "contrast") == 0, network = strcmp(key, "network") == 0;
	bool timer = strcmp(key, "timer") == 0, cause = strcmp(key, "cause") == 0;
	if (!contrast && !network && !timer && !cause)
		return false;
	value->lookup = LOOKUP_LIST;
	for (unsigned i = 0; contrast && i < finding->contrast_count; i++) {
		crowd_contrast_text(&finding->contrasts[i], text);
		value->listed = value->listed || strcmp(text, wanted) == 0;
	}
	for (unsigned i = 0; network && i < finding->network_count; i++) {
		network_text(finding->networks[i].addr, finding->networks[i].ip_version,
			     finding->networks[i].prefix_length, text);
		value->listed = value->listed || strcmp(text, wanted) == 0;
	}
	for (unsigned i = 0; timer && i < finding->timer_count; i++)
		value->listed = value->listed || idle_timers[finding->timers[i]].seconds ==
							 strtoul(wanted, NULL, 10);
	for (unsigned i = 0; cause && i < finding->cause_count; i++)
		value->listed =
			value->listed || strcmp(cause_slugs[finding->causes[i]], wanted) == 0;
	return true;
}

static bool
look_up_text(const struct finding *finding, const char *key, struct crowd_value *value)
{
	char subject[FINDING_TEXT_SIZE];
	crowd_subject_text(&finding->subject, subject);
	const struct {
		const char *key, *text;
	} texts[] = {
		{ "subject", subject },
		{ "kind", subject_slugs[finding->subject.kind] },
		{ "severity", severity_slugs[finding->severity] },
		{ "suspect", suspect_slugs[finding->suspect] },
		{ "verdict", finding->verdict < VERDICT_CODES ? verdict_infos[finding->verdict].slug
							      : "none" },
		{ "rst-form", rst_form_slugs[finding->rst_form] },
		{ "rst-origin", rst_origin_slugs[finding->rst_origin] },
		{ "direction", finding->direction == TO_SERVER ? "to-server" : "to-client" },
		{ "name", finding->name },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (strcmp(texts[i].key, key) != 0)
			continue;
		value->lookup = LOOKUP_TEXT;
		snprintf(value->text, sizeof value->text, "%s",
			 texts[i].text == NULL ? "none" : texts[i].text);
		return true;
	}
	return false;
}

static bool
look_up_number(const struct finding *finding, int64_t start_ns, const char *key,
	       struct crowd_value *value)
{
	const struct {
		const char *key;
		double number;
	} numbers[] = {
		{ "flows", (double)finding->flows },
		{ "first", (double)(finding->first_ns - start_ns) / 1e9 },
		{ "last", (double)(finding->last_ns - start_ns) / 1e9 },
		{ "confidence", finding->confidence },
		{ "evidence", finding->evidence_count },
		{ "contrasts", finding->contrast_count },
		{ "networks", finding->network_count },
		{ "backlog", finding->backlog.count },
	};
	value->lookup = LOOKUP_NUMBER;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		value->number = numbers[i].number;
		if (strcmp(numbers[i].key, key) == 0)
			return true;
	}
	for (unsigned id = 0; id < NUMBER_CODES; id++) {
		int64_t number = 0;
		if (strcmp(number_infos[id].slug, key) != 0)
			continue;
		if (!finding_number(finding, (enum finding_number_id)id, &number))
			value->lookup = LOOKUP_NONE;
		value->number = (double)number;
		return true;
	}
	return false;
}

void
crowd_look_up(const struct finding *finding, int64_t start_ns,
	      const struct crowd_condition *condition, struct crowd_value *value)
{
	*value = (struct crowd_value){ .lookup = LOOKUP_UNKNOWN };
	if (!look_up_list(finding, condition->key, condition->value, value) &&
	    !look_up_text(finding, condition->key, value) &&
	    !look_up_number(finding, start_ns, condition->key, value))
		value->lookup = LOOKUP_UNKNOWN;
}

static double
tolerance_of(const struct crowd_condition *condition, double wanted)
{
	bool moment = strcmp(condition->key, "first") == 0 || strcmp(condition->key, "last") == 0;
	char *end;
	if (condition->tolerance == NULL)
		return moment ? moment_tolerance : 0;
	double tolerance = strtod(condition->tolerance, &end);
	return *end == '%' ? tolerance / 100 * wanted : tolerance;
}

static bool
number_holds(const struct crowd_condition *condition, double number)
{
	char *end;
	double wanted = strtod(condition->value, &end);
	double tolerance = tolerance_of(condition, wanted);
	if (*end != '\0')
		return false;
	switch (condition->operator) {
	case EXPECT_EQUAL:
		return number >= wanted - tolerance && number <= wanted + tolerance;
	case EXPECT_NOT_EQUAL:
		return number < wanted || number > wanted;
	case EXPECT_AT_LEAST:
		return number >= wanted;
	case EXPECT_AT_MOST:
		return number <= wanted;
	case EXPECT_CONTAINS:
	case EXPECT_LACKS:
		break;
	}
	return false;
}

bool
crowd_value_holds(const struct crowd_condition *condition, const struct crowd_value *value)
{
	bool equal = condition->operator== EXPECT_EQUAL;
	bool comparable = equal || condition->operator== EXPECT_NOT_EQUAL;
	switch (value->lookup) {
	case LOOKUP_NUMBER:
		return number_holds(condition, value->number);
	case LOOKUP_TEXT:
		return comparable && (strcmp(value->text, condition->value) == 0) == equal;
	case LOOKUP_LIST:
		return comparable && value->listed == equal;
	case LOOKUP_NONE:
	case LOOKUP_UNKNOWN:
		break;
	}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a crowd expects: "expect finding CODE KEY=VALUE~TOLERANCE ..." and its relatives. */
#include "tests/crowd_builder.h"

#include <stdlib.h>
#include <string.h>

static struct crowd_expectation *
add_expectation(struct crowd_builder *builder, enum crowd_claim claim, const char *name)
{
	struct crowd *crowd = builder->crowd;
	struct crowd_expectation *list =
		realloc(crowd->expectations, (crowd->expectation_count + 1) * sizeof *list);
	if (list == NULL)
		abort();
	crowd->expectations = list;
	struct crowd_expectation *expectation = &list[crowd->expectation_count++];
	*expectation = (struct crowd_expectation){
		.line = builder->line,
		.claim = claim,
		.name = name == NULL ? NULL : strdup(name),
	};
	return expectation;
}

/* Cuts KEY, operator and VALUE~TOLERANCE out of a word. */
static int
parse_condition(struct crowd_builder *builder, const char *text, struct crowd_condition *condition)
{
	static const struct {
		const char *text;
		enum expectation_operator operator;
	} operators[] = {
		{ "!=", EXPECT_NOT_EQUAL },
		{ ">=", EXPECT_AT_LEAST },
		{ "<=", EXPECT_AT_MOST },
		{ "=", EXPECT_EQUAL },
	};
	size_t length = strcspn(text, "=!<>"), i = 0;
	while (i < 4 && strncmp(text + length, operators[i].text, strlen(operators[i].text)) != 0)
		i++;
	if (length == 0 || i == 4)
		return crowd_fail(builder, "KEY=VALUE is missing where \"%s\" stands", text);
	const char *value = text + length + strlen(operators[i].text);
	const char *tilde = strchr(value, '~');
	size_t value_length = tilde == NULL ? strlen(value) : (size_t)(tilde - value);
	if (value_length == 0 || (tilde != NULL && tilde[1] == '\0'))
		return crowd_fail(builder, "something is missing in \"%s\"", text);
	if (tilde != NULL && operators[i].operator!= EXPECT_EQUAL)
		return crowd_fail(builder, "only KEY=VALUE has a tolerance");
	*condition = (struct crowd_condition){
		.operator= operators[i].operator,
		.key = strndup(text, length),
		.value = strndup(value, value_length),
		.tolerance = tilde == NULL ? NULL : strdup(tilde + 1),
	};
	return 0;
}

static int
parse_conditions(struct crowd_builder *builder, struct crowd_expectation *expectation)
{
	expectation->conditions = calloc(CROWD_WORDS_MAX, sizeof *expectation->conditions);
	if (expectation->conditions == NULL)
		abort();
	while (builder->word < builder->word_count) {
		struct crowd_condition *condition =
			&expectation->conditions[expectation->condition_count];
		if (parse_condition(builder, crowd_next(builder), condition) != 0)
			return -1;
		expectation->condition_count++;
	}
	return 0;
}

static int
parse_finding(struct crowd_builder *builder, enum crowd_claim claim)
{
	const char *code = crowd_next(builder);
	if (code[0] == '\0' || strchr(code, '=') != NULL)
		return crowd_fail(builder, "expect finding CODE KEY=VALUE ...");
	return parse_conditions(builder, add_expectation(builder, claim, code));
}

/* "none", "none above SEVERITY" */
static int
parse_none(struct crowd_builder *builder)
{
	const char *severity = NULL;
	if (crowd_take(builder, "above"))
		severity = crowd_next(builder);
	if ((severity != NULL && severity[0] == '\0') || builder->word < builder->word_count)
		return crowd_fail(builder, "expect none, or expect none above SEVERITY");
	add_expectation(builder, CROWD_NONE, severity);
	return 0;
}

static int
parse_counts(struct crowd_builder *builder, enum crowd_claim claim)
{
	if (builder->word == builder->word_count)
		return crowd_fail(builder, "nothing is expected");
	return parse_conditions(builder, add_expectation(builder, claim, NULL));
}

int
crowd_expect_line(struct crowd_builder *builder)
{
	const char *word = crowd_next(builder);
	if (strcmp(word, "finding") == 0)
		return parse_finding(builder, CROWD_FINDING);
	if (strcmp(word, "no") == 0 && crowd_take(builder, "finding"))
		return parse_finding(builder, CROWD_NO_FINDING);
	if (strcmp(word, "none") == 0)
		return parse_none(builder);
	if (strcmp(word, "verdicts") == 0)
		return parse_counts(builder, CROWD_VERDICTS);
	if (strcmp(word, "capture") == 0)
		return parse_counts(builder, CROWD_CAPTURE);
	if (strcmp(word, "only") != 0 || builder->word < builder->word_count)
		return crowd_fail(builder,
				  "expect finding, no finding, none, only, verdicts or capture");
	add_expectation(builder, CROWD_ONLY, NULL);
	return 0;
}

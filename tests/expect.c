/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations against JSON records: everything is compared as text or as an integer. */
#include "tests/expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
joined_elements(const json_t *array)
{
	char *text = strdup("");
	size_t index;
	const json_t *element;
	json_array_foreach((json_t *)(uintptr_t)array, index, element)
	{
		char *part = record_value_text(element), *longer;
		if (asprintf(&longer, "%s%s%s", text, index > 0 ? "," : "", part) == -1)
			abort();
		free(text);
		free(part);
		text = longer;
	}
	return text;
}

char *
record_value_text(const json_t *value)
{
	char *text;
	int length = 0;
	switch (json_typeof(value)) {
	case JSON_STRING:
		return strdup(json_string_value(value));
	case JSON_INTEGER:
		length = asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_ARRAY:
		return joined_elements(value);
	case JSON_OBJECT:
		return json_dumps(value, JSON_COMPACT);
	case JSON_NULL:
		return strdup("null");
	case JSON_TRUE:
		return strdup("true");
	case JSON_FALSE:
		return strdup("false");
	case JSON_REAL:
		length = asprintf(&text, "%g", json_real_value(value));
		break;
	}
	if (length == -1)
		abort();
	return text;
}

/* Whether an element of an array is the text; of an object, whether a member is. */
static bool
element_is(const json_t *element, const char *text)
{
	if (json_is_object(element)) {
		const char *key;
		json_t *member;
		json_object_foreach((json_t *)(uintptr_t)element, key, member)
		{
			if (element_is(member, text))
				return true;
		}
		return false;
	}
	char *value = record_value_text(element);
	bool equal = strcmp(value, text) == 0;
	free(value);
	return equal;
}

static bool
contains(const json_t *value, const char *text)
{
	size_t index;
	const json_t *element;
	if (json_is_string(value))
		return strstr(json_string_value(value), text) != NULL;
	json_array_foreach((json_t *)(uintptr_t)value, index, element)
	{
		if (element_is(element, text))
			return true;
	}
	return false;
}

/* VALUE, or VALUE|VALUE for one of several. */
static bool
equals_any(const json_t *value, const char *wanted)
{
	char *got = record_value_text(value);
	size_t length = strlen(got);
	bool equal = false;
	for (const char *from = wanted; !equal && from != NULL;) {
		const char *bar = strchr(from, '|');
		size_t part = bar == NULL ? strlen(from) : (size_t)(bar - from);
		equal = part == length && memcmp(from, got, length) == 0;
		from = bar == NULL ? NULL : bar + 1;
	}
	free(got);
	return equal;
}

bool
expectation_holds(const struct expectation *expectation, const json_t *record)
{
	const json_t *value = json_object_get(record, expectation->key);
	const char *wanted = expectation->value;
	if (value == NULL)
		return false;
	switch (expectation->operator) {
	case EXPECT_EQUAL:
		return equals_any(value, wanted);
	case EXPECT_NOT_EQUAL:
		return !equals_any(value, wanted);
	case EXPECT_AT_LEAST:
		return json_is_integer(value) &&
		       json_integer_value(value) >= strtoll(wanted, NULL, 10);
	case EXPECT_AT_MOST:
		return json_is_integer(value) &&
		       json_integer_value(value) <= strtoll(wanted, NULL, 10);
	case EXPECT_CONTAINS:
		return contains(value, wanted);
	case EXPECT_LACKS:
		return !contains(value, wanted);
	}
	return false;
}

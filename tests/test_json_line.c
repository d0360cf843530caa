/* SPDX-License-Identifier: BSD-2-Clause */
/* Records are written without jansson, and must be to the byte what jansson would write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui_sample.h"
#include "ui/json.h"

static struct json_line line;

/* Reads the line with jansson and writes it again. */
static void
is_as_jansson_writes(void)
{
	assert_false(line.full);
	json_error_t error;
	json_t *object = json_loadb(line.text, line.used, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL)
		fail_msg("%s: %.*s", error.text, (int)line.used, line.text);
	char *text = json_dumps(object, JSON_COMPACT);
	assert_non_null(text);
	assert_int_equal(strlen(text), line.used);
	assert_memory_equal(text, line.text, line.used);
	free(text);
	json_decref(object);
}

static void
every_character_is_escaped_as_jansson_does(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 128; c++) {
		const char text[] = { 'a', (char)c, 'b', (char)c, '\0' };
		line_begin(&line);
		line_text(&line, "text", text);
		line_end(&line);
		is_as_jansson_writes();
		json_t *object = json_object();
		json_object_set_new(object, "text", json_string(text));
		char *wanted = json_dumps(object, JSON_COMPACT);
		assert_int_equal(strlen(wanted), line.used);
		assert_memory_equal(wanted, line.text, line.used);
		free(wanted);
		json_decref(object);
	}
	line_begin(&line);
	line_text(&line, "wide", "gr\xc3\xbc\xc3\x9f \xe2\x96\x81 \xf0\x9f\x90\x9f");
	line_text(&line, "empty", "");
	line_text(&line, "none", NULL);
	line_bytes(&line, "wire", "a\xff\x00\x1b[31m\xe2\x80\xae", 11);
	line_end(&line);
	is_as_jansson_writes();
}

static void
numbers_lists_and_objects_nest(void **state)
{
	(void)state;
	line_begin(&line);
	line_integer(&line, "least", INT64_MIN);
	line_integer(&line, "most", INT64_MAX);
	line_integer(&line, "zero", 0);
	line_known(&line, "known", -7, true);
	line_known(&line, "unknown", -7, false);
	line_bool(&line, "yes", true);
	line_bool(&line, "no", false);
	line_list(&line, "empty");
	line_list_end(&line);
	line_list(&line, "items");
	line_item_integer(&line, 1);
	line_item_text(&line, "two");
	line_item_object(&line);
	line_integer(&line, "three", 3);
	line_null(&line, "four");
	line_item_object_end(&line);
	line_item_object(&line);
	line_item_object_end(&line);
	line_list_end(&line);
	line_null(&line, "last");
	line_end(&line);
	is_as_jansson_writes();
}

static void
flows_are_records(void **state)
{
	(void)state;
	struct capture capture = sample_capture();
	struct json_context context = { .capture = &capture };
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	json_flow_line(&context, &flow, &verdict, &line);
	is_as_jansson_writes();
	context = (struct json_context){ .provisional = true };
	verdict = sample_good_verdict();
	json_flow_line(&context, &flow, &verdict, &line);
	is_as_jansson_writes();
	assert_non_null(strstr(line.text, "\"final\":false"));
}

static void
what_does_not_fit_is_noticed(void **state)
{
	(void)state;
	line_begin(&line);
	for (unsigned i = 0; i < JSON_LINE_SIZE / 8; i++)
		line_text(&line, "key", "value");
	line_end(&line);
	assert_true(line.full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_escaped_as_jansson_does),
		cmocka_unit_test(numbers_lists_and_objects_nest),
		cmocka_unit_test(flows_are_records),
		cmocka_unit_test(what_does_not_fit_is_noticed),
	};
	return cmocka_run_group_tests_name("json_line", tests, NULL, NULL);
}

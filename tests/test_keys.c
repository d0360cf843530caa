/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of keys: no key means two things, and the man page names each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/keys.h"

enum { PAGE_SIZE = 1 << 17, LINE_SIZE = 128, FOOTER_COLUMNS = 80 };

static void
no_key_means_two_things(void **state)
{
	(void)state;
	for (int request = 0; request < REQUESTS; request++) {
		assert_int_not_equal(key_rows[request].codes[0], 0);
		for (int i = 0; i < KEYS_ALIKE && key_rows[request].codes[i] != 0; i++)
			assert_int_equal(key_request(key_rows[request].codes[i]), request);
	}
	assert_int_equal(key_request(0), REQUEST_NONE);
	assert_int_equal(key_request('Z'), REQUEST_NONE);
	assert_int_equal(key_request('\\'), REQUEST_FILTER);
	assert_int_equal(key_request(KEYS_ESCAPE), REQUEST_ESCAPE);
}

static void
function_keys_have_letters(void **state)
{
	(void)state;
	for (int request = 0; request < REQUESTS; request++) {
		bool has_letter = false;
		for (int i = 0; i < KEYS_ALIKE; i++)
			has_letter |= key_rows[request].codes[i] >= ' ' &&
				      key_rows[request].codes[i] < 0x7f;
		if (key_rows[request].names[0] == 'F')
			assert_true(has_letter);
	}
}

static char *
read_page(void)
{
	char path[4096];
	const char *top = getenv("top_srcdir");
	snprintf(path, sizeof(path), "%s/doc/tcpwhy.1", top != NULL ? top : ".");
	FILE *file = fopen(path, "re");
	char *page = calloc(1, PAGE_SIZE);
	assert_non_null(file);
	assert_non_null(page);
	assert_true(fread(page, 1, PAGE_SIZE - 1, file) < PAGE_SIZE - 1);
	fclose(file);
	return page;
}

/* "F4, \" as the man page has to write it. */
static void
escape(const char *names, char line[LINE_SIZE])
{
	size_t used = (size_t)snprintf(line, LINE_SIZE, "\n.It ");
	for (; *names != '\0'; names++)
		used += (size_t)snprintf(line + used, LINE_SIZE - used, "%s%c",
					 *names == '\\'	 ? "\\"
					 : *names == '?' ? "\\&"
							 : "",
					 *names == '\\' ? 'e' : *names);
	snprintf(line + used, LINE_SIZE - used, "\n");
}

static void
the_man_page_names_each(void **state)
{
	(void)state;
	char *page = read_page();
	char *section = strstr(page, "\n.Ss The screen\n");
	assert_non_null(section);
	char *end = strstr(section, "\n.El\n");
	assert_non_null(end);
	end[1] = '\0';
	int items = 0;
	for (char *at = section; (at = strstr(at, "\n.It ")) != NULL; at++)
		items++;
	assert_int_equal(items, REQUESTS);
	for (int request = 0; request < REQUESTS; request++) {
		char line[LINE_SIZE];
		escape(key_rows[request].names, line);
		if (strstr(section, line) == NULL)
			fail_msg("doc/tcpwhy.1 lacks '.It %s'", key_rows[request].names);
	}
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_means_two_things),
		cmocka_unit_test(function_keys_have_letters),
		cmocka_unit_test(the_man_page_names_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

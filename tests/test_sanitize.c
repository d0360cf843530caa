/* SPDX-License-Identifier: BSD-2-Clause */
/* What strangers wrote never reaches a terminal raw, and never grows beyond its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/sanitize.h"

static const char *
clean(const char *bytes)
{
	static char text[SANITIZED_SIZE];
	size_t length = sanitize_string(bytes, false, text, sizeof(text));
	assert_int_equal(length, strlen(text));
	return text;
}

static void
plain_text_and_utf8_pass(void **state)
{
	(void)state;
	assert_string_equal(clean("www.example.org"), "www.example.org");
	assert_string_equal(clean("stra\xc3\x9f"
				  "e \xe2\x82\xac \xf0\x9f\x98\x80"),
			    "stra\xc3\x9f"
			    "e \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void
controls_become_visible(void **state)
{
	(void)state;
	assert_string_equal(clean("\033[31mred\r\n"), "\\x1b[31mred\\x0d\\x0a");
	assert_string_equal(clean("\x7f"), "\\x7f");
	assert_string_equal(clean("\xc2\x9b"
				  "31m"),
			    "\\xc2\\x9b31m"); /* C1 CSI in UTF-8 */
	assert_string_equal(clean("\t"), "\\x09");
}

static void
a_null_byte_is_shown(void **state)
{
	char text[SANITIZED_SIZE];
	(void)state;
	sanitize_bytes("a\0b", 3, false, text, sizeof(text));
	assert_string_equal(text, "a\\x00b");
}

static void
what_reorders_or_hides_becomes_visible(void **state)
{
	(void)state;
	assert_string_equal(clean("\xe2\x80\xae"
				  "fdp"),
			    "\\xe2\\x80\\xaefdp");				/* U+202E */
	assert_string_equal(clean("\xe2\x81\xa6"), "\\xe2\\x81\\xa6");		/* U+2066 */
	assert_string_equal(clean("\xd8\x9c"), "\\xd8\\x9c");			/* U+061C */
	assert_string_equal(clean("\xe2\x80\x8b"), "\\xe2\\x80\\x8b");		/* U+200B */
	assert_string_equal(clean("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");		/* U+2028 */
	assert_string_equal(clean("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");		/* U+FEFF */
	assert_string_equal(clean("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81"); /* U+E0041 */
}

static void
invalid_utf8_becomes_visible(void **state)
{
	(void)state;
	assert_string_equal(clean("\xff\xfe"), "\\xff\\xfe");
	assert_string_equal(clean("\xc0\xaf"), "\\xc0\\xaf"); /* too long a form of / */
	assert_string_equal(clean("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
	assert_string_equal(clean("\xed\xa0\x80"), "\\xed\\xa0\\x80");		/* a surrogate */
	assert_string_equal(clean("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	assert_string_equal(clean("\xe2\x82"), "\\xe2\\x82");			/* cut short */
	assert_string_equal(clean("\xe2\x82"
				  "A"),
			    "\\xe2\\x82"
			    "A");
}

static void
a_backslash_is_told_from_an_escape(void **state)
{
	(void)state;
	assert_string_equal(clean("\\x1b"), "\\\\x1b");
}

static void
ascii_leaves_nothing_else(void **state)
{
	char text[SANITIZED_SIZE];
	(void)state;
	sanitize_string("stra\xc3\x9f"
			"e",
			true, text, sizeof(text));
	assert_string_equal(text, "stra\\xc3\\x9fe");
	sanitize_non_ascii("stra\xc3\x9f"
			   "e\\\\",
			   text, sizeof(text));
	assert_string_equal(text, "stra\\xc3\\x9fe\\\\");
}

static void
long_text_is_cut_between_characters(void **state)
{
	char bytes[600];
	char text[SANITIZED_SIZE + 10];
	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	assert_int_equal(sanitize_bytes(bytes, SANITIZED_MAX, false, text, sizeof(text)),
			 SANITIZED_MAX);
	assert_int_equal(strspn(text, "a"), SANITIZED_MAX);
	assert_int_equal(sanitize_bytes(bytes, SANITIZED_MAX + 1, false, text, sizeof(text)),
			 SANITIZED_MAX);
	assert_string_equal(text + SANITIZED_MAX - 3, "...");
	memset(bytes, 1, sizeof(bytes)); /* each takes four: the cut must not split one */
	size_t length = sanitize_bytes(bytes, sizeof(bytes), false, text, sizeof(text));
	assert_true(length <= SANITIZED_MAX);
	assert_int_equal((length - 3) % 4, 0);
	assert_string_equal(text + length - 7, "\\x01...");
}

static void
every_small_buffer_is_respected(void **state)
{
	static const char bytes[] = "a\033\xe2\x82\xac\xffz";
	(void)state;
	for (size_t size = 4; size < 24; size++) {
		char text[24];
		memset(text, '#', sizeof(text));
		size_t length = sanitize_string(bytes, false, text, size);
		assert_true(length < size);
		assert_int_equal(text[length], '\0');
		for (size_t i = size; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_and_utf8_pass),
		cmocka_unit_test(controls_become_visible),
		cmocka_unit_test(a_null_byte_is_shown),
		cmocka_unit_test(what_reorders_or_hides_becomes_visible),
		cmocka_unit_test(invalid_utf8_becomes_visible),
		cmocka_unit_test(a_backslash_is_told_from_an_escape),
		cmocka_unit_test(ascii_leaves_nothing_else),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(every_small_buffer_is_respected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that can be pasted into a shell, and lines for who may not capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/privileges.h"
#include "ui/shell_quote.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
words_are_quoted_only_where_needed(void **state)
{
	static const struct {
		const char *word, *quoted;
	} samples[] = {
		{ "eth0", "eth0" },
		{ "--json=a/b.json", "--json=a/b.json" },
		{ "", "''" },
		{ "tcp port 80", "'tcp port 80'" },
		{ "$HOME `x` \"y\"", "'$HOME `x` \"y\"'" },
		{ "it's", "'it'\\''s'" },
		{ "a\\b", "'a\\b'" },
		{ "~", "'~'" },
		{ "a\033[2J", "$'a\\033[2J'" },
		{ "line\nfeed", "$'line\\012feed'" },
		{ "\n'\\", "$'\\012\\'\\\\'" },
		{ "\xc3\xbc", "$'\\303\\274'" },
		{ "\x7f"
		  "1",
		  "$'\\1771'" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		char text[64] = "x ";
		assert_true(shell_quote(samples[i].word, text, sizeof(text)));
		assert_string_equal(text + 2, samples[i].quoted);
	}
}

static void
what_does_not_fit_is_left_out_whole(void **state)
{
	static const char *const words[] = { "abcdef", "a b c", "\n", "''''" };
	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		char whole[64] = "x ";
		assert_true(shell_quote(words[i], whole, sizeof(whole)));
		for (size_t size = 3; size <= strlen(whole) + 1; size++) {
			char text[64] = "x ";
			bool fits = size == strlen(whole) + 1;
			assert_int_equal(shell_quote(words[i], text, size), fits);
			assert_string_equal(text, fits ? whole : "x ");
		}
	}
}

/* Lines for a user who is not root. */
static void
the_line_that_would_have_worked_is_shown(void **state)
{
	char *arguments[] = { (char[]){ "tcpwhy" }, (char[]){ "-i" }, (char[]){ "eth0" },
			      (char[]){ "-f" }, (char[]){ "tcp port 80" } };
	char text[PRIVILEGES_REMEDY_SIZE];
	(void)state;
	privileges_remedy((int)COUNT(arguments), arguments, text, sizeof(text));
	assert_ptr_equal(strstr(text, "  sudo tcpwhy -i eth0 -f 'tcp port 80'\n"), text);
	assert_non_null(strstr(text, "\n  sudo setcap cap_net_raw=ep /"));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void
a_line_that_is_too_long_is_cut_between_words(void **state)
{
	enum { WORDS = 4000 };
	char word[] = "a b";
	char *arguments[WORDS];
	char text[PRIVILEGES_REMEDY_SIZE];
	(void)state;
	for (size_t i = 0; i < WORDS; i++)
		arguments[i] = word;
	for (size_t size = 200; size < sizeof(text); size += 97) {
		privileges_remedy(WORDS, arguments, text, size);
		assert_non_null(strstr(text, " 'a b' ...\n"));
		assert_non_null(strstr(text, "setcap"));
		assert_int_equal(text[strlen(text) - 1], '\n');
	}
}

static void
root_without_the_right_is_told_of_containers(void **state)
{
	char *arguments[] = { (char[]){ "tcpwhy" } };
	char text[PRIVILEGES_REMEDY_SIZE];
	(void)state;
	privileges_remedy(1, arguments, text, sizeof(text));
	assert_non_null(strstr(text, "--cap-add=NET_RAW"));
	assert_null(strstr(text, "sudo"));
}

/* For an ordinary user's lines, also when root runs the test. */
static int
be_nobody(void **state)
{
	(void)state;
	return geteuid() == 0 ? seteuid(65534) : 0;
}

static int
be_root_again(void **state)
{
	(void)state;
	return getuid() == 0 ? seteuid(0) : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_only_where_needed),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
		cmocka_unit_test_setup_teardown(the_line_that_would_have_worked_is_shown, be_nobody,
						be_root_again),
		cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_cut_between_words,
						be_nobody, be_root_again),
		cmocka_unit_test(root_without_the_right_is_told_of_containers),
	};
	/* The last one is root's. */
	size_t count = COUNT(tests) - (getuid() != 0);
	return _cmocka_run_group_tests("shell_quote", tests, count, NULL, NULL);
}

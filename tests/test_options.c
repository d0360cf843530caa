/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: what is understood, what is refused, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/verdict.h"
#include "ui/options.h"
#include "ui/sink.h"

enum { TEXT_SIZE = 512, WORDS = 64 };

struct parsed {
	struct options options;
	char text[TEXT_SIZE];
	char words[TEXT_SIZE];
	char *argv[WORDS];
	bool well;
};

/* Parses a line of words separated by blanks. */
static struct parsed *
parse(const char *line)
{
	static struct parsed parsed;
	int argc = 0;
	parsed = (struct parsed){ .well = false };
	snprintf(parsed.words, sizeof(parsed.words), "tcpwhy %s", line);
	for (char *word = strtok(parsed.words, " "); word != NULL; word = strtok(NULL, " "))
		parsed.argv[argc++] = word;
	parsed.well =
		options_parse(&parsed.options, argc, parsed.argv, parsed.text, sizeof(parsed.text));
	return &parsed;
}

static void
done(struct parsed *parsed)
{
	options_release(&parsed->options);
}

/* The line must be refused, in words that contain those given and take three lines at most. */
static void
refused(const char *line, const char *words)
{
	struct parsed *parsed = parse(line);
	unsigned lines = 0;
	assert_false(parsed->well);
	if (strstr(parsed->text, words) == NULL)
		fail_msg("'%s' gave: %s", line, parsed->text);
	for (const char *at = parsed->text; *at != '\0'; at++)
		lines += *at == '\n';
	assert_in_range(lines, 1, 3);
	assert_int_equal(parsed->text[strlen(parsed->text) - 1], '\n');
	done(parsed);
}

static void
a_file_alone_is_analysed_into_text(void **state)
{
	struct parsed *parsed = parse("a.pcap");
	(void)state;
	assert_true(parsed->well);
	assert_int_equal(parsed->options.task, TASK_ANALYZE);
	assert_int_equal(parsed->options.path_count, 1);
	assert_string_equal(parsed->options.paths[0], "a.pcap");
	assert_true(parsed->options.text);
	assert_false(parsed->options.json);
	assert_null(parsed->options.filter);
	assert_int_equal(parsed->options.limits.cut_ns, 1200 * (int64_t)NS_PER_MS);
	done(parsed);
}

static void
options_and_files_may_come_in_any_order(void **state)
{
	struct parsed *parsed =
		parse("a.pcap -r b.pcap --all -q -v -n --ascii -f tcp --read=c -- -d");
	(void)state;
	assert_true(parsed->well);
	assert_int_equal(parsed->options.path_count, 4);
	assert_string_equal(parsed->options.paths[0], "b.pcap");
	assert_string_equal(parsed->options.paths[1], "c");
	assert_string_equal(parsed->options.paths[2], "a.pcap");
	assert_string_equal(parsed->options.paths[3], "-d");
	assert_true(parsed->options.all && parsed->options.quiet && parsed->options.verbose);
	assert_true(parsed->options.ascii);
	assert_string_equal(parsed->options.filter, "tcp");
	done(parsed);
}

static void
json_takes_a_file_only_after_an_equals_sign(void **state)
{
	struct parsed *parsed = parse("--json a.pcap");
	(void)state;
	assert_true(parsed->well && parsed->options.json && !parsed->options.text);
	assert_null(parsed->options.json_path);
	assert_int_equal(parsed->options.path_count, 1);
	done(parsed);
	parsed = parse("--json=out --text a.pcap");
	assert_true(parsed->well && parsed->options.json && parsed->options.text);
	assert_string_equal(parsed->options.json_path, "out");
	done(parsed);
	parsed = parse("--json=- a.pcap");
	assert_true(parsed->well);
	assert_null(parsed->options.json_path);
	done(parsed);
	refused("--json --text a.pcap", "both want standard output");
	refused("--json= a.pcap", "needs a file name");
}

static void
limits_are_set_by_name(void **state)
{
	struct parsed *parsed = parse("--limit idle=2s --limit=stall-count=5 --limit cut=1.5 "
				      "--limit stall=250ms --limit linger=2min a");
	(void)state;
	assert_true(parsed->well);
	assert_int_equal(parsed->options.limits.idle_ns, 2 * NS_PER_S);
	assert_int_equal(parsed->options.limits.stall_count, 5);
	assert_int_equal(parsed->options.limits.cut_ns, 1500 * (int64_t)NS_PER_MS);
	assert_int_equal(parsed->options.limits.stall_ns, 250 * (int64_t)NS_PER_MS);
	assert_int_equal(parsed->options.limits.linger_ns, 120 * NS_PER_S);
	done(parsed);
	parsed = parse("--limit list");
	assert_true(parsed->well);
	assert_int_equal(parsed->options.task, TASK_LIST_LIMITS);
	done(parsed);
}

static void
wrong_limits_are_refused(void **state)
{
	static const char *const wrong[] = {
		"--limit idle=",    "--limit idle",
		"--limit idle=s",   "--limit idle=2x",
		"--limit idle=-1s", "--limit idle=1.2.3s",
		"--limit idle=.",   "--limit idle=99999999999999999999h",
		"--limit idle=1e3", "--limit idle=20000000h",
	};
	static const char *const wrong_counts[] = {
		"--limit max-flows=0", "--limit max-flows=-5",	       "--limit max-flows=1.5",
		"--limit max-flows=",  "--limit max-flows=2147483648", "--limit max-flows=10k",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refused(wrong[i], "a time is needed");
	for (size_t i = 0; i < sizeof(wrong_counts) / sizeof(wrong_counts[0]); i++)
		refused(wrong_counts[i], "a whole number");
	refused("--limit nonsense=1 a", "no limit is called 'nonsense'");
	refused("--limit", "--limit needs an argument");
}

static void
every_limit_can_be_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < limit_info_count; i++) {
		char line[TEXT_SIZE];
		int64_t value;
		snprintf(line, sizeof(line), "--limit %s=3 a", limit_infos[i].name);
		struct parsed *parsed = parse(line);
		assert_true(parsed->well);
		memcpy(&value, (char *)&parsed->options.limits + limit_infos[i].offset,
		       sizeof(value));
		assert_int_equal(value, limit_infos[i].kind == LIMIT_TIME ? 3 * NS_PER_S : 3);
		done(parsed);
	}
}

static void
classes_to_fail_on_add_up(void **state)
{
	struct parsed *parsed = parse("--fail-if=refused,half-open --fail-if reset a");
	(void)state;
	assert_true(parsed->well);
	assert_int_equal(parsed->options.fail_if,
			 1U << CLASS_REFUSED | 1U << CLASS_HALF_OPEN | 1U << CLASS_RESET);
	done(parsed);
	parsed = parse("--fail-if=failure a");
	assert_true(parsed->well);
	for (unsigned i = 0; i < CLASSES; i++)
		assert_int_equal(parsed->options.fail_if >> i & 1, i > CLASS_INCOMPLETE);
	done(parsed);
	parsed = parse("--fail-if=nonsense a");
	assert_false(parsed->well);
	for (const char *at = parsed->text; *at != '\0'; at += strcspn(at, "\n") + 1)
		assert_in_range(strcspn(at, "\n"), 1, 80);
	assert_non_null(strstr(parsed->text, " application\n"));
	done(parsed);
	refused("--fail-if=refused,nonsense a", "no class is called 'nonsense'");
	refused("--fail-if= a", "no class is called ''");
	refused("--fail-if=refused, a", "no class is called ''");
}

static void
colors_are_three_words(void **state)
{
	(void)state;
	struct parsed *parsed = parse("--color=never a");
	assert_int_equal(parsed->options.color, COLOR_NEVER);
	done(parsed);
	parsed = parse("--color always a");
	assert_int_equal(parsed->options.color, COLOR_ALWAYS);
	done(parsed);
	refused("--color=yes a", "auto, always or never");
}

static void
explain_takes_codes_with_or_without_equals_sign(void **state)
{
	(void)state;
	struct parsed *parsed = parse("--explain");
	assert_true(parsed->well);
	assert_int_equal(parsed->options.task, TASK_EXPLAIN_ALL);
	done(parsed);
	parsed = parse("--explain=syn-unanswered");
	assert_int_equal(parsed->options.task, TASK_EXPLAIN);
	assert_string_equal(parsed->options.explain, "syn-unanswered");
	done(parsed);
	parsed = parse("--explain syn-unanswered refused-by-rst");
	assert_int_equal(parsed->options.task, TASK_EXPLAIN);
	assert_null(parsed->options.explain);
	assert_int_equal(parsed->options.path_count, 2);
	assert_string_equal(parsed->options.paths[0], "syn-unanswered");
	assert_string_equal(parsed->options.paths[1], "refused-by-rst");
	done(parsed);
}

static void
nothing_named_means_every_interface(void **state)
{
	(void)state;
	struct parsed *parsed = parse("");
	assert_true(parsed->options.live);
	assert_int_equal(parsed->options.interface_count, 1);
	assert_string_equal(parsed->options.interfaces[0], "any");
	assert_false(parsed->options.text); /* a screen, where there is a terminal */
	done(parsed);
}

static void
words_behind_an_interface_are_a_filter(void **state)
{
	(void)state;
	struct parsed *parsed = parse("-i eth0 -i eth1 tcp port 80 -w out.pcapng");
	assert_true(parsed->options.live);
	assert_int_equal(parsed->options.interface_count, 2);
	assert_string_equal(parsed->options.interfaces[1], "eth1");
	assert_string_equal(parsed->options.filter, "tcp port 80");
	assert_string_equal(parsed->options.write_path, "out.pcapng");
	assert_int_equal(parsed->options.path_count, 0);
	done(parsed);
}

static void
quantities_have_units(void **state)
{
	(void)state;
	struct parsed *parsed = parse("-i lo --duration 5min --rotate-size 100M --rotate-time 1h "
				      "--recall 90 --recall-memory 1GB -s 0 -B 1024 -c 7 --keep 3 "
				      "--max-memory 2G --threads 3");
	assert_int_equal(parsed->options.memory_bytes, INT64_C(2) << 30);
	assert_int_equal(parsed->options.threads, 3);
	assert_int_equal(parsed->options.duration_ns, 300 * NS_PER_S);
	assert_int_equal(parsed->options.rotate_bytes, 100 << 20);
	assert_int_equal(parsed->options.rotate_ns, 3600 * NS_PER_S);
	assert_int_equal(parsed->options.recall_ns, 90 * NS_PER_S);
	assert_int_equal(parsed->options.recall_bytes, 1 << 30);
	assert_int_equal(parsed->options.snaplen, 262144);
	assert_int_equal(parsed->options.buffer_bytes, 1 << 20);
	assert_int_equal(parsed->options.frame_max, 7);
	assert_int_equal(parsed->options.keep, 3);
	done(parsed);
}

static void
mistakes_are_named(void **state)
{
	(void)state;
	refused("--nonsense a", "no option --nonsense");
	refused("-z a", "no option -z");
	refused("-qz a", "no option -z");
	refused("-f", "-f needs an argument");
	refused("--all=yes a", "--all takes no argument");
	refused("-f tcp -f udp a", "two filters");
	refused("- -", "only once");
	refused("-w out.pcapng a", "for a live capture");
	refused("-c 5 a", "for a live capture");
	refused("-i eth0 -f tcp port 80", "both a filter");
	refused("-i eth0 -c 0", "a number from 1");
	refused("-i eth0 -s many", "a number from 1");
	refused("-i eth0 --recall-memory lots", "a size is needed");
	refused("-i eth0 --duration 0s", "a time is needed");
	refused("-i eth0 --text --json", "standard output");
	refused("--compare a", "two or more captures");
	refused("--compare --tui a b", "no screen");
}

static void
long_words_do_not_overflow_the_complaint(void **state)
{
	char line[TEXT_SIZE - 8];
	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "--", 2);
	line[sizeof(line) - 1] = '\0';
	refused(line, "no option --xxx");
}

static void
the_help_names_every_option_that_is_offered(void **state)
{
	static struct sink sink;
	char text[8192];
	(void)state;
	assert_int_equal(sink_open_spool(&sink), 0);
	options_print_help(&sink);
	assert_true(sink.used < sizeof(text));
	memcpy(text, sink.buffer, sink.used);
	text[sink.used] = '\0';
	sink_abandon(&sink);
	for (size_t i = 0; options_long_name(i) != NULL; i++) {
		const char *name = options_long_name(i);
		char option[64];
		bool hidden = strcmp(name, "numeric") == 0;
		snprintf(option, sizeof(option), "--%s", name);
		assert_int_equal(strstr(text, option) != NULL, !hidden);
	}
	for (const char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_in_range(strlen(line), 1, 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_alone_is_analysed_into_text),
		cmocka_unit_test(options_and_files_may_come_in_any_order),
		cmocka_unit_test(json_takes_a_file_only_after_an_equals_sign),
		cmocka_unit_test(limits_are_set_by_name),
		cmocka_unit_test(wrong_limits_are_refused),
		cmocka_unit_test(every_limit_can_be_set),
		cmocka_unit_test(classes_to_fail_on_add_up),
		cmocka_unit_test(colors_are_three_words),
		cmocka_unit_test(explain_takes_codes_with_or_without_equals_sign),
		cmocka_unit_test(nothing_named_means_every_interface),
		cmocka_unit_test(words_behind_an_interface_are_a_filter),
		cmocka_unit_test(quantities_have_units),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(long_words_do_not_overflow_the_complaint),
		cmocka_unit_test(the_help_names_every_option_that_is_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

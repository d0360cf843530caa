/* SPDX-License-Identifier: BSD-2-Clause */
/* Options -> run -> exit code; nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/compare_run.h"
#include "ui/explain.h"
#include "ui/limit_option.h"
#include "ui/interfaces.h"
#include "ui/live.h"
#include "ui/memory.h"
#include "ui/options.h"
#include "ui/run.h"
#include "ui/sanitize.h"
#include "ui/signals.h"
#include "ui/sink.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

enum { USAGE_SIZE = 1024 };

/* A closed standard descriptor would be taken by the first file that is opened, and a report would
 * end up in it. Put something there that fails instead. */
static void
guard_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Complaints repeat what was typed or globbed: line by line through the sanitiser. */
static void
print_usage_error(const char *text)
{
	while (*text != '\0') {
		char line[SANITIZED_SIZE];
		size_t length = strcspn(text, "\n");
		sanitize_bytes(text, length, false, line, sizeof(line));
		fprintf(stderr, "%s\n", line);
		text += length + (text[length] == '\n');
	}
}

static bool
explain_word(struct sink *sink, const char *word)
{
	if (explain_print(sink, word))
		return true;
	char clean[SANITIZED_SIZE];
	sanitize_string(word, false, clean, sizeof(clean));
	fprintf(stderr, "tcpwhy: no verdict, finding or tag is called '%s'; tcpwhy --explain lists verdicts and findings\n",
		clean);
	return false;
}

/* --explain=CODE, or --explain and the codes as words behind it. */
static bool
explain_words(struct sink *sink, const struct options *options)
{
	bool known = options->explain == NULL || explain_word(sink, options->explain);
	for (size_t i = 0; options->explain == NULL && i < options->path_count && known; i++) {
		if (i > 0)
			sink_puts(sink, "\n");
		known = explain_word(sink, options->paths[i]);
	}
	return known;
}

/* Tasks that only print. */
static int
print_task(const struct options *options)
{
	static struct sink sink;
	int code = EXIT_OK;
	sink_open_stdout(&sink);
	switch (options->task) {
	case TASK_HELP:
		options_print_help(&sink);
		break;
	case TASK_VERSION:
		sink_puts(&sink, "tcpwhy " PACKAGE_VERSION "\n");
		break;
	case TASK_LIST_LIMITS:
		limits_print(&sink, &options->limits);
		break;
	case TASK_LIST_INTERFACES:
		code = interfaces_print(&sink) ? EXIT_OK : EXIT_INPUT;
		break;
	case TASK_EXPLAIN_ALL:
		explain_print_all(&sink);
		break;
	case TASK_EXPLAIN:
		if (!explain_words(&sink, options))
			code = EXIT_USAGE;
		break;
	case TASK_ANALYZE:
		break;
	}
	int error = sink_close(&sink);
	if (error != 0 && error != EPIPE)
		fprintf(stderr, "tcpwhy: writing standard output: %s\n", strerror(error));
	return error != 0 ? EXIT_INPUT : code;
}

int
main(int argc, char **argv)
{
	struct options options;
	char text[USAGE_SIZE];
	guard_standard_files();
	signals_install();
	int code = EXIT_USAGE;
	if (!options_parse(&options, argc, argv, text, sizeof(text)))
		print_usage_error(text);
	else if (options.task != TASK_ANALYZE)
		code = print_task(&options);
	else if (!memory_suffices(&options, text, sizeof(text)))
		print_usage_error(text);
	else
		code = options.live	 ? run_live(&options, argv)
		       : options.compare ? run_compare(&options)
					 : run_offline(&options);
	options_release(&options);
	return code;
}

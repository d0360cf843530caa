/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of a live run: what needs rights first, then the rights are given up, then the rest. */
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dissect/capture.h"
#include "ui/complain.h"
#include "ui/live_parts.h"
#include "ui/memory.h"
#include "ui/privileges.h"
#include "ui/sandbox.h"
#include "ui/sanitize.h"
#include "ui/signals.h"

enum {
	OPEN_TEXT_SIZE = 2048,
	DIRECTORIES_MAX = 6,
	DIRECTORY_SIZE = 4096,
	STATISTICS_MAX = 16,
	STATISTICS_SIZE = 300, /* an interface has 15 bytes of name on Linux */
};

/* Where files may still be made when the sandbox is closed. */
struct directories {
	size_t count;
	const char *list[DIRECTORIES_MAX];
	char text[DIRECTORIES_MAX][DIRECTORY_SIZE];
};

/* The directory of a file. */
static void
add_directory_of(struct directories *directories, const char *path)
{
	char *text = directories->text[directories->count];
	if (path == NULL || strcmp(path, "-") == 0 || strlen(path) >= DIRECTORY_SIZE)
		return;
	strcpy(text, path);
	/* dirname(3) may return another string */
	directories->list[directories->count++] = dirname(text);
}

static void
list_directories(const struct live *live, struct directories *directories)
{
	directories->count = 0;
	add_directory_of(directories, live->options->json_path);
	add_directory_of(directories, live->options->write_path);
	if (live->screen == NULL)
		return;
	directories->list[directories->count++] = "."; /* exports */
	directories->list[directories->count++] = sink_spool_directory();
	directories->list[directories->count++] = "/tmp";
}

/* Where the kernel counts what interfaces dropped: libpcap asks there in promiscuous mode. */
struct statistics {
	size_t count;
	const char *list[STATISTICS_MAX];
	char text[STATISTICS_MAX][STATISTICS_SIZE];
};

static void
list_statistics(const struct live *live, struct statistics *statistics)
{
	const struct options *options = live->options;
	statistics->count = 0;
	for (size_t i = 0; options->promiscuous && i < options->interface_count; i++) {
		if (statistics->count == STATISTICS_MAX)
			return;
		char *text = statistics->text[statistics->count];
		int length = snprintf(text, STATISTICS_SIZE, "/sys/class/net/%s/statistics",
				      options->interfaces[i]);
		if (length < STATISTICS_SIZE && strchr(options->interfaces[i], '/') == NULL)
			statistics->list[statistics->count++] = text;
	}
}

static int
open_capture(struct live *live)
{
	const struct options *options = live->options;
	char text[OPEN_TEXT_SIZE];
	char remedy[PRIVILEGES_REMEDY_SIZE];
	int argc = 0;
	const struct capture_options capture_options = {
		.interfaces = options->interfaces,
		.interface_count = options->interface_count,
		.filter = options->filter,
		.snaplen = options->snaplen,
		.buffer_bytes = options->buffer_bytes,
		.promiscuous = options->promiscuous,
		.stop = &signals_stop,
	};
	int error = capture_open(&live->capture, &capture_options, text, sizeof(text));
	if (error == CAPTURE_OK)
		return EXIT_OK;
	complain("%s", text);
	if (error != CAPTURE_ERROR_PERMISSION)
		return error == CAPTURE_ERROR_FILTER ? EXIT_USAGE : EXIT_INPUT;
	while (live->argv[argc] != NULL)
		argc++;
	privileges_remedy(argc, live->argv, remedy, sizeof(remedy));
	fputs(remedy, stderr);
	return EXIT_PERMISSION;
}

static bool
may_write(const struct live *live, const char *path)
{
	const struct privileges wanted = { .user = live->options->user };
	char text[PRIVILEGES_TEXT_SIZE];
	char directory[DIRECTORY_SIZE];
	if (path == NULL || strcmp(path, "-") == 0 || strlen(path) >= sizeof(directory))
		return true;
	strcpy(directory, path);
	if (privileges_can_write(&wanted, dirname(directory), text, sizeof(text)))
		return true;
	complain("%s: %s", path, text);
	return false;
}

static bool
drop_privileges(const struct live *live)
{
	const struct privileges wanted = { .user = live->options->user };
	char text[PRIVILEGES_TEXT_SIZE];
	if (privileges_drop(&wanted, text, sizeof(text)))
		return true;
	complain("%s", text);
	return false;
}

static bool
open_analysis(struct live *live)
{
	struct tracker_options options = {
		.live = true,
		.limits = live->options->limits,
		.flow_ended = live_take_ended,
		.user = live,
		.memory_bytes = memory_plan(live->options).flow_bytes,
	};
	if (getrandom(options.hash_key, sizeof(options.hash_key), GRND_NONBLOCK) < 0)
		options.hash_key[0] = (uint64_t)getpid();
	live->tracker = tracker_new(&options);
	if (live->tracker == NULL) {
		complain("no memory for the flow table; a smaller --limit max-flows=NUMBER helps");
		return false;
	}
	conclusions_init(&live->conclusions, &live->options->limits);
	if (live->conclusions.ended == NULL)
		complain("no memory for statements about many flows: the report goes without");
	live->totals.capture = live->capture;
	live->totals.stats = tracker_stats(live->tracker);
	live->totals.filter = live->options->filter;
	live->totals.host = &live->host;
	live->intake.tracker = live->tracker;
	live->intake.totals = &live->totals;
	return true;
}

static bool
open_recorder(struct live *live)
{
	const struct options *options = live->options;
	const struct recorder_options recorder_options = {
		.memory_bytes = options->recall_bytes,
		.age_ns = options->recall_ns,
		.whole = options->whole,
		.capture = live->capture,
	};
	const struct recorder_output output = {
		.path = options->write_path,
		.rotate_bytes = options->rotate_bytes,
		.rotate_ns = options->rotate_ns,
		.keep = options->keep,
	};
	if (options->write_path == NULL && !live_wants_screen(options))
		return true;
	live->recorder = recorder_new(&recorder_options);
	live->intake.recorder = live->recorder;
	if (live->recorder == NULL) {
		complain("no memory to remember packets in; a smaller --recall-memory=SIZE helps");
		return false;
	}
	if (options->write_path == NULL)
		return true;
	int error = recorder_open(live->recorder, &output);
	if (error != 0)
		complain("%s: %s", options->write_path,
			 error == ELOOP ? "is a symbolic link; name the file itself" : strerror(error));
	return error == 0;
}

/* A screen, or text, or records; and beside any of them a file of records. */
static bool
open_outputs(struct live *live)
{
	const struct options *options = live->options;
	bool screen = live_wants_screen(options);
	bool text = options->text || (!screen && (!options->json || options->json_path != NULL));
	if (options->json && !outputs_open(&live->outputs, options, live->capture, &json_report,
					   options->json_path))
		return false;
	if (text && !outputs_open(&live->outputs, options, live->capture, &live_text_report, NULL))
		return false;
	if (!screen) {
		signals_hangup_reopens();
		return true;
	}
	const struct memory_plan plan = memory_plan(options);
	live->journal = journal_new(plan.journal_rows, plan.journal_copy_bytes);
	if (live->journal == NULL) {
		complain("no memory for the list of flows");
		return false;
	}
	return live_open_screen(live);
}

static bool
enter_sandbox(struct live *live)
{
	char text[OPEN_TEXT_SIZE];
	struct directories directories;
	struct statistics statistics;
	json_object_seed(0); /* jansson draws its key from a file that cannot be opened later */
	list_directories(live, &directories);
	list_statistics(live, &statistics);
	const struct sandbox_options options = {
		.network_capture = true,
		.directories = directories.list,
		.directory_count = directories.count,
		.readable = statistics.list,
		.readable_count = statistics.count,
	};
	enum sandbox_result result = sandbox_enter(&options, text, sizeof(text));
	if (result == SANDBOX_FAILED || (live->options->verbose && live->screen == NULL))
		complain("%s", text);
	return result != SANDBOX_FAILED;
}

int
live_open(struct live *live)
{
	char text[OPEN_TEXT_SIZE];
	if (!may_write(live, live->options->write_path) || !may_write(live, live->options->json_path))
		return EXIT_INPUT;
	int code = open_capture(live);
	if (code != EXIT_OK)
		return code;
	host_read(&live->host);
	if (!drop_privileges(live))
		return EXIT_PERMISSION;
	if (!notify_open(&live->notify, text, sizeof(text)))
		complain("%s", text);
	if (!open_analysis(live) || !open_recorder(live) || !open_outputs(live) ||
	    !enter_sandbox(live))
		return EXIT_INPUT;
	int error = capture_start(live->capture);
	if (error != 0)
		complain("the capture thread: %s", strerror(error));
	return error == 0 ? EXIT_OK : EXIT_INPUT;
}

void
live_release(struct live *live)
{
	conclusions_release(&live->conclusions);
	tracker_free(live->tracker);
	recorder_free(live->recorder);
	journal_free(live->journal);
	notify_close(&live->notify);
	capture_close(live->capture);
}

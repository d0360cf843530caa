/* SPDX-License-Identifier: BSD-2-Clause */
#include "ui/confine.h"

#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/complain.h"
#include "ui/sandbox.h"

enum {
	DIRECTORIES_MAX = OUTPUTS_MAX + 3,
	SCREEN_PATHS_MAX = 32,
	PATH_SIZE = 4096,
};

/* Paths, some of them made here. */
struct confinement {
	const char **readable;
	size_t readable_count;
	const char *directories[DIRECTORIES_MAX];
	size_t directory_count;
	char *made[OUTPUTS_MAX + 2]; /* to be freed */
	size_t made_count;
};

/* A copy that lives as long as the confinement; NULL without memory. */
static char *
keep(struct confinement *confinement, char *text)
{
	if (text != NULL)
		confinement->made[confinement->made_count++] = text;
	return text;
}

/* A file that gets its name at the end needs the directory for that. */
static bool
add_outputs(struct confinement *confinement, const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].sink.temporary == NULL)
			continue;
		char *path = keep(confinement, strdup(outputs->list[i].path));
		if (path == NULL)
			return false;
		confinement->directories[confinement->directory_count++] = dirname(path);
	}
	return true;
}

static void
add_readable(struct confinement *confinement, const char *path)
{
	if (path != NULL && path[0] != '\0')
		confinement->readable[confinement->readable_count++] = path;
}

/* The screen is opened when all was read: it looks for its terminal and for the characters of the locale,
 * and exports make files. */
static bool
add_screen(struct confinement *confinement)
{
	static const char *const places[] = {
		"/dev/tty",
		"/usr/lib/locale",
		"/usr/share/locale",
		"/etc/terminfo",
		"/lib/terminfo",
		"/usr/lib/terminfo",
		"/usr/share/terminfo",
		"/usr/local/share/terminfo",
		"/usr/share/misc/terminfo",
	};
	const char *home = getenv("HOME");
	const char *list = getenv("TERMINFO_DIRS");
	char *copy = list != NULL ? keep(confinement, strdup(list)) : NULL;
	char *own = NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		add_readable(confinement, places[i]);
	add_readable(confinement, getenv("LOCPATH"));
	add_readable(confinement, getenv("TERMINFO"));
	if (home != NULL && asprintf(&own, "%s/.terminfo", home) >= 0)
		add_readable(confinement, keep(confinement, own));
	char *rest = NULL;
	for (char *word = copy != NULL ? strtok_r(copy, ":", &rest) : NULL;
	     word != NULL && confinement->readable_count < SCREEN_PATHS_MAX;
	     word = strtok_r(NULL, ":", &rest))
		add_readable(confinement, word);
	confinement->directories[confinement->directory_count++] = ".";
	confinement->directories[confinement->directory_count++] = sink_spool_directory();
	confinement->directories[confinement->directory_count++] = "/tmp";
	return list == NULL || copy != NULL;
}

/* The screen's places come first: they are few, and the array has room for them. */
static bool
fill(struct confinement *confinement, const struct options *options, const struct capture *capture,
     const struct outputs *outputs)
{
	size_t count = 0;
	const char *path;
	while (capture_path(capture, count) != NULL)
		count++;
	confinement->readable = calloc(count + SCREEN_PATHS_MAX, sizeof(*confinement->readable));
	if (confinement->readable == NULL || !add_outputs(confinement, outputs) ||
	    (options->tui && !add_screen(confinement)))
		return false;
	for (size_t i = 0; (path = capture_path(capture, i)) != NULL; i++)
		if (strcmp(path, "-") != 0)
			add_readable(confinement, path);
	return true;
}

/* What libraries read when they are asked for the first time. */
static void
prepare_libraries(void)
{
	time_t now = 0;
	struct tm parts;
	tzset();
	localtime_r(&now, &parts);
	json_object_seed(0);
}

static enum sandbox_result
enter(const struct confinement *confinement, bool only_rename, char *text, size_t size)
{
	const struct sandbox_options wanted = {
		.directories = confinement->directories,
		.directory_count = confinement->directory_count,
		.only_rename = only_rename,
		.readable = confinement->readable,
		.readable_count = confinement->readable_count,
		.must_read = true,
	};
	return sandbox_enter(&wanted, text, size);
}

static bool
finish(struct confinement *confinement, const struct options *options, enum sandbox_result result,
       const char *text)
{
	if (result != SANDBOX_FAILED && options->verbose)
		complain("%s", text);
	for (size_t i = 0; i < confinement->made_count; i++)
		free(confinement->made[i]);
	free(confinement->readable);
	return result != SANDBOX_FAILED;
}

bool
confine_reading(const struct options *options, const struct capture *capture,
		const struct outputs *outputs, char *text, size_t size)
{
	struct confinement confinement = { .readable_count = 0 };
	enum sandbox_result result = SANDBOX_FAILED;
	prepare_libraries();
	if (fill(&confinement, options, capture, outputs))
		result = enter(&confinement, !options->tui, text, size);
	else
		snprintf(text, size, "sandbox: %s", strerror(ENOMEM));
	return finish(&confinement, options, result, text);
}

bool
confine_comparing(const struct options *options, const char *output, char *text, size_t size)
{
	struct confinement confinement = { .readable_count = 0 };
	enum sandbox_result result = SANDBOX_FAILED;
	char *path = output != NULL ? keep(&confinement, strdup(output)) : NULL;
	prepare_libraries();
	confinement.readable = calloc(options->path_count, sizeof(*confinement.readable));
	if (confinement.readable != NULL && (output == NULL || path != NULL)) {
		for (size_t i = 0; i < options->path_count; i++)
			add_readable(&confinement, options->paths[i]);
		if (path != NULL)
			confinement.directories[confinement.directory_count++] = dirname(path);
		result = enter(&confinement, true, text, size);
	} else {
		snprintf(text, size, "sandbox: %s", strerror(ENOMEM));
	}
	return finish(&confinement, options, result, text);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that the paths on a command line stand for. */
#include "dissect/capture_paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATHS_MAX = 65535 }; /* so that an index fits struct frame */

static int
add(struct capture_paths *paths, char *name, const char *directory)
{
	struct capture_path *items = paths->items;
	size_t room = paths->room ? 2 * paths->room : 16;

	if (!name)
		return ENOMEM;
	if (paths->count == paths->room) {
		items = realloc(items, room * sizeof(*items));
		if (!items) {
			free(name);
			return ENOMEM;
		}
		paths->items = items;
		paths->room = room;
	}
	items[paths->count++] = (struct capture_path){ .name = name, .directory = directory };
	return 0;
}

static char *
join(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";
	size_t room = length + strlen(name) + 2;
	char *path = malloc(room);

	if (path)
		snprintf(path, room, "%s%s%s", directory, slash, name);
	return path;
}

static int
compare(const void *left, const void *right)
{
	const struct capture_path *a = left;
	const struct capture_path *b = right;

	return strcmp(a->name, b->name);
}

static int
add_directory(struct capture_paths *paths, const char *path)
{
	size_t first = paths->count;
	DIR *directory = opendir(path);
	struct dirent *entry;
	struct stat status;
	int errno_value = 0;
	char *name;

	if (!directory)
		return errno;
	while (errno_value == 0 && (errno = 0, entry = readdir(directory))) {
		name = join(path, entry->d_name);
		if (!name)
			errno_value = ENOMEM;
		else if (stat(name, &status) == 0 && S_ISREG(status.st_mode))
			errno_value = add(paths, name, path);
		else
			free(name);
	}
	if (errno_value == 0)
		errno_value = errno;
	closedir(directory);
	if (paths->count > first)
		qsort(paths->items + first, paths->count - first, sizeof(*paths->items), compare);
	return errno_value;
}

/* Adds path itself, or, when it is a directory, the regular files in it. Returns an errno value. */
static int
add_path(struct capture_paths *paths, const char *path)
{
	struct stat status;

	if (strcmp(path, "-") == 0)
		return add(paths, strdup(path), NULL);
	if (stat(path, &status) < 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return add_directory(paths, path);
	return add(paths, strdup(path), NULL);
}

/* Adds a path without looking at it: opening it will say what is wrong. */
static int
add_unseen(struct capture_paths *paths, const char *path)
{
	return add(paths, strdup(path), NULL);
}

int
capture_paths_find(struct capture_paths *paths, const struct capture_options *options,
		   const struct complaint *complaint)
{
	size_t before;
	int errno_value;

	for (size_t i = 0; i < options->path_count; i++) {
		before = paths->count;
		errno_value = add_path(paths, options->paths[i]);
		/* among several, one that cannot be read must not keep the others from being judged */
		if (errno_value != 0 && errno_value != ENOMEM && options->path_count > 1)
			errno_value = add_unseen(paths, options->paths[i]);
		if (errno_value != 0)
			return complain_errno(complaint, options->paths[i], errno_value);
		if (paths->count == before)
			return capture_complain(complaint, CAPTURE_ERROR_EMPTY_DIRECTORY, options->paths[i],
					"no capture in this directory");
		if (paths->count > PATHS_MAX)
			return capture_complain(complaint, CAPTURE_ERROR_TOO_MANY, options->paths[i],
					"more than 65535 files");
	}
	return CAPTURE_OK;
}

void
capture_paths_release(struct capture_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i].name);
	free(paths->items);
	*paths = (struct capture_paths){ .count = 0 };
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that the paths on a command line stand for. */
#ifndef TCPWHY_CAPTURE_PATHS_H
#define TCPWHY_CAPTURE_PATHS_H

#include <stddef.h>

struct capture_path {
	char *name;
	const char *directory; /* it was found in, so nobody said that it is a capture; or NULL */
};

struct capture_paths {
	struct capture_path *items;
	size_t count, room;
};

/* Adds path itself, or, when it is a directory, the regular files in it, sorted by name.
 * path is referred to, so it must stay. Returns 0 or an errno value. */
int capture_paths_add(struct capture_paths *paths, const char *path);
/* Adds a path without looking at it: opening it will say what is wrong. Returns 0 or ENOMEM. */
int capture_paths_add_unseen(struct capture_paths *paths, const char *path);

void capture_paths_release(struct capture_paths *paths);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that the paths on a command line stand for. */
#ifndef TCPWHY_CAPTURE_PATHS_H
#define TCPWHY_CAPTURE_PATHS_H

#include <stddef.h>

#include "dissect/capture.h"
#include "dissect/capture_complaint.h"

struct capture_path {
	char *name;
	const char *directory; /* it was found in, so nobody said that it is a capture; or NULL */
};

struct capture_paths {
	struct capture_path *items;
	size_t count, room;
};

/* Finds what options->paths stand for: each itself, or, when it is a directory, the regular files in
 * it, sorted by name. Among several, one that cannot be read is listed as it is. The strings of
 * options are referred to, so they must stay. Returns 0 or an enum capture_error, with a complaint. */
int capture_paths_find(struct capture_paths *paths, const struct capture_options *options,
		       const struct complaint *complaint);

void capture_paths_release(struct capture_paths *paths);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Landlock (Linux 5.13 and later, landlock(7)): a process confines itself to some directories. */
#ifndef TCPWHY_LANDLOCK_H
#define TCPWHY_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* What stays possible; all else about files, TCP sockets and signals to others is refused. */
struct landlock_paths {
	const char *const *writable; /* directories: make, write, rename and remove regular files */
	size_t writable_count;
	bool only_rename; /* in them: rename and remove, but write no new files */
	const char *const
		*readable; /* files and directories: read; those that are missing, or cannot be
				      * reached, do no harm */
	size_t readable_count;
};

enum landlock_result {
	LANDLOCK_ENTERED,
	LANDLOCK_ABSENT, /* the kernel is too old or was told to do without, or a filter forbids it */
	LANDLOCK_FAILED, /* errno tells; ret_path, when not NULL, what it was about */
};

/* Confines the calling thread, and those it makes from now on, for ever. Open files are not affected.
 * no_new_privs must be set. */
enum landlock_result landlock_enter(const struct landlock_paths *paths, const char **ret_path);

/* The version of the interface that the kernel speaks; 0: none. */
int landlock_version(void);

#endif

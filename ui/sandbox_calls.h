/* SPDX-License-Identifier: BSD-2-Clause */
/* Which system calls the sandbox leaves, see ui/sandbox.h. */
#ifndef TCPWHY_SANDBOX_CALLS_H
#define TCPWHY_SANDBOX_CALLS_H

#include <seccomp.h>
#include <stdbool.h>

struct sandbox_calls {
	bool network_capture;
	bool rename_files; /* some directories are given */
	bool make_files;   /* and new files are made there */
	bool read_files;   /* some readable paths are given, and Landlock holds them or must_read */
};

/* Adds the rules. Returns 0 or a negative errno. */
int sandbox_calls_add(scmp_filter_ctx filter, const struct sandbox_calls *calls);

#endif

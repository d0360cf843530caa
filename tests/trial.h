/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole program in a child process: run on made-up files, with bounds on time, and looked at
 * afterwards. The program is linked in under the name tcpwhy_main. */
#ifndef TCPWHY_TESTS_TRIAL_H
#define TCPWHY_TESTS_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TRIAL_PATH = 1024, TRIAL_ARGUMENTS = 16, TRIAL_SECONDS = 20 };

/* main() of ui/main.c. */
int tcpwhy_main(int argc, char **argv);

struct trial {
	char directory[TRIAL_PATH]; /* of the trial's own */
	int code;		    /* exit code; -1: a signal ended it */
	int signal;
	char *out, *error; /* what was written there, NUL-terminated */
	size_t out_bytes, error_bytes;
	int64_t cpu_ms;	 /* of the child */
	int64_t peak_kb; /* memory of the child, of those so far the most */
};

/* Makes the directory. False, with a line of TAP, when that fails. */
bool trial_open(struct trial *trial);
/* Removes it with all files in it. */
void trial_close(struct trial *trial);

/* directory/name. */
void trial_path(const struct trial *trial, const char *name, char path[TRIAL_PATH]);
bool trial_write(const struct trial *trial, const char *name, const void *bytes, size_t size);
/* NULL when there is no such file; to be freed. A NUL follows the bytes. */
char *trial_read(const char *path, size_t *ret_size);
/* Whether any file whose name begins so lies in the directory. */
bool trial_has(const struct trial *trial, const char *prefix);

/* Runs the program with these arguments (NULL behind the last). before, when not NULL, is called in the
 * child first. */
void trial_run(struct trial *trial, const char *const *arguments, void (*before)(void *),
	       void *user);

/* What is wrong with the way it ended: a signal, a sanitizer, an exit code that is not in the list
 * (a bit each); NULL: nothing. */
const char *trial_fault(const struct trial *trial, unsigned codes);

/* Whether all lines are JSON, the last one complete. */
bool trial_is_json(const char *text, size_t size);

/* Whether there is no byte in it that a terminal might obey. */
bool trial_is_clean(const char *text, size_t size);

#endif

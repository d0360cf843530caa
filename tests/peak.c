/* SPDX-License-Identifier: BSD-2-Clause */
/* peak FILE COMMAND [ARGUMENT...]: runs the command, its input and outputs being those of this program, and
 * writes to FILE how much memory of it was resident at most, in KB, as getrusage() has it. Exit code: that
 * of the command; 128 and more: a signal ended it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALLED = 128, NOT_RUN = 127 };

int
main(int argc, char **argv)
{
	struct rusage usage = { 0 };
	int status = 0;
	if (argc < 3)
		return NOT_RUN;
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(NOT_RUN);
	}
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return NOT_RUN;
	FILE *file = fopen(argv[1], "we");
	if (file == NULL || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0)
		return NOT_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SANITIZER_CODE = 77, FILE_LEAST = 4096 };

/* Sanitizers end with a code that the program does not have. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "exitcode=77:allocator_may_return_null=1";
}

bool
trial_open(struct trial *trial)
{
	const char *directory = getenv("TMPDIR");
	*trial = (struct trial){ .code = -1 };
	snprintf(trial->directory, sizeof(trial->directory), "%s/tcpwhy-trial.XXXXXX",
		 directory != NULL && directory[0] != '\0' ? directory : "/tmp");
	if (mkdtemp(trial->directory) != NULL)
		return true;
	printf("Bail out! no temporary directory: %s\n", strerror(errno));
	return false;
}

void
trial_path(const struct trial *trial, const char *name, char path[TRIAL_PATH])
{
	int length = snprintf(path, TRIAL_PATH, "%s/%s", trial->directory, name);
	if (length >= TRIAL_PATH)
		abort();
}

void
trial_close(struct trial *trial)
{
	DIR *directory = opendir(trial->directory);
	struct dirent *entry;
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory != NULL)
		closedir(directory);
	rmdir(trial->directory);
	free(trial->out);
	free(trial->error);
}

bool
trial_has(const struct trial *trial, const char *prefix)
{
	DIR *directory = opendir(trial->directory);
	struct dirent *entry;
	bool found = false;
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		found |= strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	if (directory != NULL)
		closedir(directory);
	return found;
}

bool
trial_write(const struct trial *trial, const char *name, const void *bytes, size_t size)
{
	char path[TRIAL_PATH];
	trial_path(trial, name, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool well = fd >= 0 && write(fd, bytes, size) == (ssize_t)size;
	if (fd >= 0)
		close(fd);
	return well;
}

char *
trial_read(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rbe");
	size_t room = FILE_LEAST;
	size_t size = 0;
	char *bytes = file != NULL ? malloc(room + 1) : NULL;
	while (bytes != NULL && (size += fread(bytes + size, 1, room - size, file)) == room) {
		room *= 2;
		char *more = realloc(bytes, room + 1);
		if (more == NULL)
			free(bytes);
		bytes = more;
	}
	if (file != NULL)
		fclose(file);
	if (bytes == NULL)
		return NULL;
	bytes[size] = '\0';
	*ret_size = size;
	return bytes;
}

static void
redirect(const char *path, int fd)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0 || dup2(file, fd) < 0)
		_exit(SANITIZER_CODE);
	close(file);
}

/* In the child. */
static void
run(const struct trial *trial, const char *const *arguments, void (*before)(void *), void *user)
{
	char path[TRIAL_PATH];
	char *copies[TRIAL_ARGUMENTS + 2] = { (char[]){ "tcpwhy" } };
	int count = 1;
	trial_path(trial, "out", path);
	redirect(path, STDOUT_FILENO);
	trial_path(trial, "error", path);
	redirect(path, STDERR_FILENO);
	while (count <= TRIAL_ARGUMENTS && arguments[count - 1] != NULL) {
		copies[count] = strdup(arguments[count - 1]);
		count++;
	}
	const struct itimerval limit = { .it_value.tv_sec = TRIAL_SECONDS };
	setitimer(ITIMER_REAL, &limit, NULL);
	if (before != NULL)
		before(user);
	exit(tcpwhy_main(count, copies));
}

static int64_t
milliseconds(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
}

void
trial_run(struct trial *trial, const char *const *arguments, void (*before)(void *), void *user)
{
	char path[TRIAL_PATH];
	int status = 0;
	struct rusage usage = { 0 };
	free(trial->out);
	free(trial->error);
	trial->code = -1;
	trial->signal = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		run(trial, arguments, before, user);
	while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		trial->code = WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		trial->signal = WTERMSIG(status);
	trial->cpu_ms = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
	trial->peak_kb = usage.ru_maxrss;
	trial_path(trial, "out", path);
	trial->out_bytes = trial->error_bytes = 0;
	trial->out = trial_read(path, &trial->out_bytes);
	trial_path(trial, "error", path);
	trial->error = trial_read(path, &trial->error_bytes);
}

const char *
trial_fault(const struct trial *trial, unsigned codes)
{
	if (trial->signal == SIGALRM)
		return "it takes too long";
	if (trial->signal != 0)
		return "a signal ended it";
	if (trial->code == SANITIZER_CODE)
		return "a sanitizer ended it";
	if (trial->code < 0 || trial->code > 31 || !(codes >> trial->code & 1))
		return "its exit code is none that may be";
	if (trial->out == NULL || trial->error == NULL)
		return "what it wrote cannot be read";
	if (strstr(trial->error, "runtime error:") != NULL)
		return "a sanitizer complains";
	return NULL;
}

bool
trial_is_json(const char *text, size_t size)
{
	const char *end = text + size;
	while (text < end) {
		const char *line = text;
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		json_error_t error;
		if (stop == NULL)
			return false;
		json_t *value = json_loadb(line, (size_t)(stop - line), 0, &error);
		bool is_record = json_is_object(value);
		json_decref(value);
		if (!is_record)
			return false;
		text = stop + 1;
	}
	return true;
}

bool
trial_is_clean(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];
		/* of the controls that UTF-8 knows in two bytes the second would do */
		bool control = (byte < 0x20 && byte != '\n') || byte == 0x7f;
		if (byte == 0xc2 && i + 1 < size)
			control = (unsigned char)text[i + 1] < 0xa0;
		if (control)
			return false;
	}
	return true;
}

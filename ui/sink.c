/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffered writing with one sticky error, and files that appear whole or not at all. */
#include "ui/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At most one file is written at a time; its name is here for the signal handler only. */
static const char *volatile unfinished;

static void
sink_init(struct sink *sink, int fd)
{
	sink->fd = fd;
	sink->error = 0;
	sink->spool_failed = false;
	sink->path = NULL;
	sink->temporary = NULL;
	sink->memory = NULL;
	sink->memory_used = 0;
	sink->in_memory = false;
	sink->used = 0;
	sink->is_log = false;
	sink->line_bytes = 0;
}

void
sink_open_stdout(struct sink *sink)
{
	sink_init(sink, STDOUT_FILENO);
}

/* Opens what already stands at path and is no regular file. */
static int
open_special(struct sink *sink, const char *path)
{
	sink->fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	return sink->fd < 0 ? errno : 0;
}

int
sink_open_file(struct sink *sink, const char *path)
{
	struct stat status;
	sink_init(sink, -1);
	if (lstat(path, &status) == 0) {
		if (S_ISLNK(status.st_mode))
			return ELOOP;
		if (S_ISDIR(status.st_mode))
			return EISDIR;
		if (!S_ISREG(status.st_mode))
			return open_special(sink, path);
	}
	sink->path = strdup(path);
	if (asprintf(&sink->temporary, "%s.XXXXXX", path) < 0)
		sink->temporary = NULL;
	int error = sink->path == NULL || sink->temporary == NULL ? ENOMEM : 0;
	if (error == 0) {
		sink->fd = mkostemp(sink->temporary, O_CLOEXEC); /* mode 0600, O_EXCL */
		error = sink->fd < 0 ? errno : 0;
	}
	if (error == 0) {
		unfinished = sink->temporary;
		return 0;
	}
	free(sink->path);
	free(sink->temporary);
	sink_init(sink, -1);
	return error;
}

static int
open_log(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
}

int
sink_open_log(struct sink *sink, const char *path)
{
	sink_init(sink, -1);
	sink->path = strdup(path);
	if (sink->path == NULL)
		return ENOMEM;
	sink->fd = open_log(path);
	sink->is_log = true;
	if (sink->fd >= 0)
		return 0;
	int error = errno;
	free(sink->path);
	sink_init(sink, -1);
	return error;
}

int
sink_reopen_log(struct sink *sink)
{
	sink_flush(sink);
	int fd = open_log(sink->path);
	if (fd < 0)
		return errno;
	close(sink->fd);
	sink->fd = fd;
	sink->error = 0; /* a full disk may have been the reason */
	sink->line_bytes = 0;
	return 0;
}

const char *
sink_spool_directory(void)
{
	const char *directory = getenv("TMPDIR");
	return directory != NULL && directory[0] != '\0' ? directory : "/tmp";
}

int
sink_open_spool(struct sink *sink)
{
	char path[4096];
	sink_init(sink, -1);
	int length = snprintf(path, sizeof(path), "%s/tcpwhy.XXXXXX", sink_spool_directory());
	if (length < 0 || (size_t)length >= sizeof(path))
		return ENAMETOOLONG;
	sink->fd = mkostemp(path, O_CLOEXEC);
	if (sink->fd < 0)
		return errno;
	unlink(path);
	return 0;
}

void
sink_open_memory(struct sink *sink)
{
	sink_init(sink, -1);
	sink->in_memory = true;
}

static void
keep_in_memory(struct sink *sink, const char *bytes, size_t length)
{
	if (sink->error != 0)
		return;
	if (length > SINK_MEMORY_MOST - sink->memory_used) {
		sink->error = EFBIG;
		return;
	}
	char *memory = realloc(sink->memory, sink->memory_used + length + 1);
	if (memory == NULL) {
		sink->error = ENOMEM;
		return;
	}
	memcpy(memory + sink->memory_used, bytes, length);
	sink->memory = memory;
	sink->memory_used += length;
	memory[sink->memory_used] = '\0';
}

static void
count_line(struct sink *sink, const char *bytes, size_t length)
{
	if (!sink->is_log || length == 0)
		return;
	const char *end = memrchr(bytes, '\n', length);
	sink->line_bytes = end != NULL ? (size_t)(bytes + length - end) - 1
				       : sink->line_bytes + length;
}

/* Half a record would be read as damage, and what is appended later would be glued to it. */
static void
take_back_line(struct sink *sink)
{
	struct stat status;
	if (!sink->is_log || sink->line_bytes == 0 || fstat(sink->fd, &status) != 0 ||
	    !S_ISREG(status.st_mode) || status.st_size < (off_t)sink->line_bytes)
		return;
	if (ftruncate(sink->fd, status.st_size - (off_t)sink->line_bytes) == 0)
		sink->line_bytes = 0;
}

static void
write_out(struct sink *sink, const char *bytes, size_t length)
{
	if (sink->in_memory) {
		keep_in_memory(sink, bytes, length);
		return;
	}
	while (length > 0 && sink->error == 0) {
		ssize_t done = write(sink->fd, bytes, length);
		if (done >= 0) {
			count_line(sink, bytes, (size_t)done);
			bytes += done;
			length -= (size_t)done;
		} else if (errno == EAGAIN) { /* somebody made our standard output non-blocking */
			struct pollfd writable = { .fd = sink->fd, .events = POLLOUT };
			poll(&writable, 1, -1);
		} else if (errno != EINTR) {
			sink->error = errno;
			take_back_line(sink);
		}
	}
}

int
sink_flush(struct sink *sink)
{
	write_out(sink, sink->buffer, sink->used);
	sink->used = 0;
	return sink->error;
}

const char *
sink_text(struct sink *sink)
{
	if (sink_flush(sink) != 0)
		return NULL;
	return sink->memory != NULL ? sink->memory : "";
}

void
sink_write(struct sink *sink, const void *bytes, size_t length)
{
	if (sink->error != 0)
		return;
	if (length > SINK_BUFFER - sink->used)
		sink_flush(sink);
	if (length > SINK_BUFFER) {
		write_out(sink, bytes, length);
		return;
	}
	memcpy(sink->buffer + sink->used, bytes, length);
	sink->used += length;
}

void
sink_puts(struct sink *sink, const char *text)
{
	sink_write(sink, text, strlen(text));
}

void
sink_printf(struct sink *sink, const char *format, ...)
{
	char *text;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		if (sink->error == 0)
			sink->error = ENOMEM;
		return;
	}
	sink_write(sink, text, (size_t)length);
	free(text);
}

void
sink_copy(struct sink *to, struct sink *spool)
{
	char bytes[16384];
	ssize_t got = 0;
	sink_flush(to); /* whatever happens to the spool */
	if (sink_flush(spool) == 0 && lseek(spool->fd, 0, SEEK_SET) < 0)
		spool->error = errno;
	while (spool->error == 0 && to->error == 0 &&
	       (got = read(spool->fd, bytes, sizeof(bytes))) != 0) {
		if (got > 0)
			sink_write(to, bytes, (size_t)got);
		else if (errno != EINTR)
			spool->error = errno;
	}
	if (to->error == 0 && spool->error != 0) {
		to->error = spool->error;
		to->spool_failed = true;
	}
}

void
sink_abandon(struct sink *sink)
{
	if (sink->temporary != NULL) {
		unlink(sink->temporary);
		unfinished = NULL;
	}
	if (sink->fd > STDERR_FILENO)
		close(sink->fd);
	free(sink->path);
	free(sink->temporary);
	free(sink->memory);
	int error = sink->error;
	sink_init(sink, -1);
	sink->error = error;
}

int
sink_close(struct sink *sink)
{
	sink_flush(sink);
	if (sink->temporary != NULL && sink->error == 0 && fsync(sink->fd) != 0)
		sink->error = errno;
	/* Standard output is closed too: some file systems report a full disk only then. */
	if (sink->fd >= 0 && close(sink->fd) != 0 && sink->error == 0)
		sink->error = errno;
	sink->fd = -1;
	if (sink->temporary != NULL && sink->error == 0) {
		if (rename(sink->temporary, sink->path) != 0) {
			sink->error = errno;
		} else {
			free(sink->temporary);
			sink->temporary = NULL;
			unfinished = NULL;
		}
	}
	int error = sink->error;
	sink_abandon(sink);
	return error;
}

void
sink_remove_temporary(void)
{
	if (unfinished != NULL)
		unlink(unfinished);
}

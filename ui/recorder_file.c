/* SPDX-License-Identifier: BSD-2-Clause */
/* One file at a time, by plain names below a directory that is held open. */
#include "ui/recorder_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/recorder.h"

enum {
	OWNER_ONLY = 0600,
	ALL_OTHERS = 0077,
	SUFFIX_MAX = 11, /* ".4294967295" */
	OPEN_FLAGS = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
};

static bool
is_standard_output(const char *path)
{
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

/* Opens the directory of path and keeps the last part of its name. */
static int
enter_directory(struct recorder_file *file, const char *path)
{
	char directory[4096] = ".";
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t length = slash == NULL ? 0 : slash > path ? (size_t)(slash - path) : 1;
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return path[0] == '\0' ? ENOENT : EISDIR;
	if (length >= sizeof(directory) || strlen(name) + SUFFIX_MAX > RECORDER_NAME_MAX)
		return ENAMETOOLONG;
	if (length > 0) {
		memcpy(directory, path, length);
		directory[length] = '\0';
	}
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return file->directory < 0 ? errno : 0;
}

/* A file that was there and open to others holds what they may not read from now on. */
static int
take_over(const struct recorder_file *file, const struct stat *status, bool append)
{
	if ((status->st_mode & ALL_OTHERS) != 0 && fchmod(file->fd, OWNER_ONLY) != 0)
		return errno;
	if (append)
		return lseek(file->fd, 0, SEEK_END) < 0 ? errno : 0;
	return status->st_size > 0 && ftruncate(file->fd, 0) != 0 ? errno : 0;
}

/* Begins a section on the descriptor that was just opened, or closes it. */
static int
begin(struct recorder_file *file, bool append)
{
	struct stat status;
	int error = fstat(file->fd, &status) != 0 ? errno : 0;
	/* Standard output was opened by somebody else, who may have written to it before. */
	file->plain = error == 0 && file->directory >= 0 && S_ISREG(status.st_mode);
	if (file->plain)
		error = take_over(file, &status, append);
	if (error != 0) {
		close(file->fd);
		file->fd = -1;
		return error;
	}
	file->device = status.st_dev;
	file->inode = status.st_ino;
	file->began_ns = 0;
	file->files++;
	pcapng_begin(file->writer, file->fd, file->plain, append ? (uint64_t)status.st_size : 0);
	/* The header goes out at once: an empty recording is a valid file. */
	return pcapng_flush(file->writer);
}

static int
open_named(struct recorder_file *file, int flags, bool append)
{
	file->fd = openat(file->directory, file->name, OPEN_FLAGS | flags, OWNER_ONLY);
	return file->fd < 0 ? errno : begin(file, append);
}

static int
init(struct recorder_file *file, const struct capture *capture)
{
	*file = (struct recorder_file){ .directory = -1, .fd = -1 };
	file->writer = pcapng_new(capture);
	return file->writer == NULL ? ENOMEM : 0;
}

static void
release(struct recorder_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->directory >= 0)
		close(file->directory);
	pcapng_free(file->writer);
	file->writer = NULL;
	file->fd = -1;
	file->directory = -1;
}

int
recorder_file_open(struct recorder_file *file, const struct recorder_output *output,
		   const struct capture *capture)
{
	int error = init(file, capture);
	if (error != 0)
		return error;
	file->rotate_bytes = output->rotate_bytes;
	file->rotate_ns = output->rotate_ns;
	file->keep = output->keep;
	if (is_standard_output(output->path)) {
		file->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		error = file->fd < 0 ? errno : begin(file, false);
	} else {
		error = enter_directory(file, output->path);
		if (error == 0)
			error = open_named(file, 0, false);
	}
	if (error != 0)
		release(file);
	return error;
}

bool
recorder_file_works(const struct recorder_file *file)
{
	return file->fd >= 0 && file->writer->error == 0;
}

/* Keeps the first error; closes what can no longer be written. */
static void
note_failure(struct recorder_file *file, int error)
{
	if (error != 0 && file->error == 0)
		file->error = error;
	if (error != 0 && file->fd >= 0) {
		close(file->fd);
		file->fd = -1;
	}
}

static int
end(struct recorder_file *file)
{
	int error = pcapng_end(file->writer);
	if (close(file->fd) != 0 && error == 0)
		error = errno;
	file->fd = -1;
	return error;
}

static void
numbered_name(const struct recorder_file *file, unsigned number, char name[RECORDER_NAME_MAX + 1])
{
	if (number == 0)
		snprintf(name, RECORDER_NAME_MAX + 1, "%s", file->name);
	else
		snprintf(name, RECORDER_NAME_MAX + 1, "%.*s.%u", RECORDER_NAME_MAX - SUFFIX_MAX,
			 file->name, number);
}

/* path.1 becomes path.2 and so on, the oldest is overwritten. */
static int
shift_names(struct recorder_file *file)
{
	char from[RECORDER_NAME_MAX + 1], to[RECORDER_NAME_MAX + 1];
	if (file->keep == 0)
		return unlinkat(file->directory, file->name, 0) != 0 && errno != ENOENT ? errno : 0;
	for (unsigned number = file->keep; number > 0; number--) {
		numbered_name(file, number - 1, from);
		numbered_name(file, number, to);
		if (renameat(file->directory, from, file->directory, to) != 0 && errno != ENOENT)
			return errno;
	}
	return 0;
}

static void
rotate(struct recorder_file *file)
{
	int error = end(file);
	if (error == 0)
		error = shift_names(file);
	if (error == 0)
		error = open_named(file, O_EXCL, false);
	note_failure(file, error);
}

static bool
rotation_due(const struct recorder_file *file, const struct frame *frame)
{
	if (!file->plain || file->writer->frames == 0)
		return false;
	return (file->rotate_bytes > 0 &&
		pcapng_size_with(file->writer, frame) > file->rotate_bytes) ||
	       (file->rotate_ns > 0 && frame->ts_ns > file->began_ns &&
		(uint64_t)frame->ts_ns - (uint64_t)file->began_ns >= (uint64_t)file->rotate_ns);
}

bool
recorder_file_write(struct recorder_file *file, const struct frame *frame)
{
	if (!recorder_file_works(file))
		return false;
	if (rotation_due(file, frame)) {
		rotate(file);
		if (!recorder_file_works(file))
			return false;
	}
	if (file->writer->frames == 0)
		file->began_ns = frame->ts_ns;
	pcapng_frame(file->writer, frame);
	note_failure(file, file->writer->error);
	return recorder_file_works(file);
}

void
recorder_file_flush(struct recorder_file *file)
{
	if (recorder_file_works(file))
		note_failure(file, pcapng_flush(file->writer));
}

int
recorder_file_reopen(struct recorder_file *file)
{
	struct stat status;
	if (file->directory < 0) /* standard output cannot be opened anew */
		return 0;
	bool same = fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    status.st_dev == file->device && status.st_ino == file->inode;
	if (same && recorder_file_works(file)) {
		recorder_file_flush(file);
		return file->writer->error;
	}
	int error = file->fd >= 0 ? end(file) : 0;
	note_failure(file, error);
	error = open_named(file, 0, same);
	note_failure(file, error);
	return error;
}

int
recorder_file_close(struct recorder_file *file)
{
	if (file->writer == NULL)
		return 0;
	if (recorder_file_works(file))
		note_failure(file, end(file));
	release(file);
	return file->error;
}

int
recorder_file_new(struct recorder_file *file, const char *path, const struct capture *capture,
		  char temporary[RECORDER_NAME_MAX + 1])
{
	struct stat status;
	uint64_t random;
	int error = init(file, capture);
	if (error == 0)
		error = enter_directory(file, path);
	if (error == 0 && fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		error = EEXIST;
	if (error == 0 && getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		error = errno;
	if (error == 0) {
		char name[RECORDER_NAME_MAX + 1];
		memcpy(name, file->name, sizeof(name));
		snprintf(temporary, RECORDER_NAME_MAX + 1, ".tcpwhy-%016" PRIx64, random);
		memcpy(file->name, temporary, sizeof(file->name));
		error = open_named(file, O_EXCL, false);
		memcpy(file->name, name, sizeof(name));
		if (error != 0)
			unlinkat(file->directory, temporary, 0);
	}
	if (error != 0)
		release(file);
	return error;
}

/* A link does not replace what stands there, as a rename would. Some file systems have no links. */
static int
take_name(const struct recorder_file *file, const char *temporary)
{
	if (linkat(file->directory, temporary, file->directory, file->name, 0) == 0)
		return 0;
	if (errno == EEXIST)
		return errno;
	return renameat2(file->directory, temporary, file->directory, file->name,
			 RENAME_NOREPLACE) == 0
		       ? 0
		       : errno;
}

int
recorder_file_publish(struct recorder_file *file, const char *temporary)
{
	int error = file->error;
	if (error == 0 && recorder_file_works(file))
		error = pcapng_end(file->writer);
	if (error == 0 && fsync(file->fd) != 0)
		error = errno;
	if (error == 0)
		error = take_name(file, temporary);
	unlinkat(file->directory, temporary, 0);
	release(file);
	return error;
}

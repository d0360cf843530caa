/* SPDX-License-Identifier: BSD-2-Clause */
/* The three system calls of Landlock by number: C libraries have no wrappers, and headers may be older
 * than the kernel that the program meets. Values are those of linux/landlock.h. */
#include "ui/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
/* The same on all architectures: numbers are shared since Linux 5.1. alpha adds 110. */
#ifdef __alpha__
	CALL_CREATE_RULESET = 554,
#else
	CALL_CREATE_RULESET = 444,
#endif
	CALL_ADD_RULE = CALL_CREATE_RULESET + 1,
	CALL_RESTRICT_SELF = CALL_CREATE_RULESET + 2,

	CREATE_RULESET_VERSION = 1,
	RULE_PATH_BENEATH = 1,
};

enum {
	ACCESS_EXECUTE = 1 << 0,
	ACCESS_WRITE_FILE = 1 << 1,
	ACCESS_READ_FILE = 1 << 2,
	ACCESS_READ_DIR = 1 << 3,
	ACCESS_REMOVE_FILE = 1 << 5,
	ACCESS_MAKE_REG = 1 << 8,
	ACCESS_TRUNCATE = 1 << 14,
	/* Those that a file can have that is no directory. */
	ACCESS_OF_FILES = ACCESS_EXECUTE | ACCESS_WRITE_FILE | ACCESS_READ_FILE | ACCESS_TRUNCATE,
};

/* What is refused unless a path allows it. Kernels take a longer structure than they know when the
 * rest is 0. */
struct ruleset {
	uint64_t files, network, scopes;
};

struct rule {
	uint64_t allowed;
	int32_t directory_fd;
} __attribute__((packed));

/* By version: what it learned to refuse. */
static const struct ruleset rulesets[] = {
	[0] = { 0 },
	[1] = { .files = 0x1fff },
	[2] = { .files = 0x3fff },			      /* renaming between directories */
	[3] = { .files = 0x7fff },			      /* truncating */
	[4] = { .files = 0x7fff, .network = 3 },	      /* TCP: bind, connect */
	[5] = { .files = 0xffff, .network = 3 },	      /* ioctl on devices */
	[6] = { .files = 0xffff, .network = 3, .scopes = 3 }, /* abstract sockets, signals */
};
enum { VERSIONS = sizeof(rulesets) / sizeof(rulesets[0]) };

int
landlock_version(void)
{
	long version = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
	return version < 0 ? 0 : version < VERSIONS ? (int)version : VERSIONS - 1;
}

static int
allow(int ruleset_fd, const char *path, uint64_t allowed)
{
	struct stat status;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0)
		return -1;
	if (!S_ISDIR(status.st_mode))
		allowed &= ACCESS_OF_FILES;
	struct rule rule = { .allowed = allowed, .directory_fd = fd };
	long result = syscall(CALL_ADD_RULE, ruleset_fd, RULE_PATH_BENEATH, &rule, 0);
	int saved = errno;
	close(fd);
	errno = saved;
	/* nameless pipes (/dev/fd/3): Landlock lets them through and knows no rule for them */
	return result < 0 && saved != EBADFD ? -1 : 0;
}

/* Returns the first path that could not be allowed, with errno, or NULL. */
static const char *
allow_all(int ruleset_fd, const struct landlock_paths *paths, uint64_t handled)
{
	/* Reading belongs to it as mkstemp(3) opens for both; seccomp sees to it that the file is new. */
	const uint64_t write = ACCESS_WRITE_FILE | ACCESS_READ_FILE | ACCESS_REMOVE_FILE |
			       ACCESS_MAKE_REG | ACCESS_TRUNCATE;
	const uint64_t read = ACCESS_READ_FILE | ACCESS_READ_DIR;
	const uint64_t rename = ACCESS_REMOVE_FILE | ACCESS_MAKE_REG;
	const uint64_t writable = paths->only_rename ? rename : write;
	for (size_t i = 0; i < paths->writable_count; i++)
		if (allow(ruleset_fd, paths->writable[i], writable & handled) != 0)
			return paths->writable[i];
	for (size_t i = 0; i < paths->readable_count; i++)
		if (allow(ruleset_fd, paths->readable[i], read & handled) != 0 && errno == ENOMEM)
			return paths->readable[i]; /* others cannot be opened later either */
	return NULL;
}

enum landlock_result
landlock_enter(const struct landlock_paths *paths, const char **ret_path)
{
	struct ruleset ruleset = rulesets[landlock_version()];
	*ret_path = NULL;
	if (ruleset.files == 0)
		return LANDLOCK_ABSENT;
	int fd = (int)syscall(CALL_CREATE_RULESET, &ruleset, sizeof(ruleset), 0);
	if (fd < 0)
		return LANDLOCK_FAILED;
	*ret_path = allow_all(fd, paths, ruleset.files);
	long result = *ret_path != NULL ? -1 : syscall(CALL_RESTRICT_SELF, fd, 0);
	int saved = errno;
	close(fd);
	errno = saved;
	return result == 0 ? LANDLOCK_ENTERED : LANDLOCK_FAILED;
}

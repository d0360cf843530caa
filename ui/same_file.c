/* SPDX-License-Identifier: BSD-2-Clause */
/* A file is its device and inode, whatever it is called. */
#include "ui/same_file.h"

#include <stdlib.h>
#include <sys/stat.h>

bool
file_is_source(const struct capture *capture, const char *path)
{
	struct stat file, source;
	if (stat(path, &file) != 0)
		return false;
	const char *name;
	for (size_t i = 0; (name = capture_path(capture, i)) != NULL; i++)
		if (stat(name, &source) == 0 &&
		    source.st_dev == file.st_dev && source.st_ino == file.st_ino &&
		    S_ISREG(source.st_mode))
			return true;
	return false;
}

struct file_id {
	dev_t device;
	ino_t inode;
};

static int
compare_ids(const void *left, const void *right)
{
	const struct file_id *a = left;
	const struct file_id *b = right;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->inode == b->inode ? 0 : a->inode < b->inode ? -1 : 1;
}

uint64_t
sources_given_twice(const struct capture *capture)
{
	size_t sources = capture_source_count(capture);
	struct file_id *ids = calloc(sources + 1, sizeof(*ids));
	size_t count = 0;
	uint64_t twice = 0;
	for (size_t i = 0; ids != NULL && i < sources; i++) {
		struct stat status;
		if (stat(capture_source(capture, i)->name, &status) == 0 && S_ISREG(status.st_mode))
			ids[count++] = (struct file_id){ status.st_dev, status.st_ino };
	}
	if (count > 1)
		qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 1; i < count; i++)
		twice += compare_ids(&ids[i - 1], &ids[i]) == 0;
	free(ids);
	return twice;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays a corpus through a fuzz target as a test: every file of the directories given. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 20, PATH_LENGTH = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the file into a block of exactly its size; NULL when it cannot be read. */
static uint8_t *
read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *bytes;
	size_t size;

	if (file == NULL)
		return NULL;
	if (fstat(fileno(file), &status) != 0 || status.st_size > FILE_MAX) {
		fclose(file);
		return NULL;
	}
	size = (size_t)status.st_size;
	bytes = malloc(size > 0 ? size : 1);
	if (bytes != NULL && fread(bytes, 1, size, file) != size) {
		free(bytes);
		bytes = NULL;
	}
	fclose(file);
	if (bytes != NULL)
		*ret_size = size;
	return bytes;
}

/* A target that finds something ends the program, so that to come back is to pass. */
static int
replay_file(const char *path, const char *name, unsigned number)
{
	size_t size;
	uint8_t *bytes = read_file(path, &size);

	if (bytes == NULL) {
		printf("not ok %u - %s cannot be read\n", number, name);
		return 1;
	}
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	printf("ok %u - %s\n", number, name);
	fflush(stdout);
	return 0;
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
replay_directory(const char *directory, unsigned *count)
{
	struct dirent **entries;
	int entry_count = scandir(directory, &entries, is_seed, alphasort), failures = 0;

	if (entry_count <= 0) {
		printf("not ok %u - %s holds no corpus\n", ++*count, directory);
		return 1;
	}
	for (int i = 0; i < entry_count; i++) {
		char path[PATH_LENGTH];

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		failures += replay_file(path, entries[i]->d_name, ++*count);
		free(entries[i]);
	}
	free(entries);
	return failures;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;
	int failures = 0;

	for (int i = 1; i < argc; i++)
		failures += replay_directory(argv[i], &count);
	printf("1..%u\n", count);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures made byte by byte, and read back, for the tests of what reads them. */
#include "tests/capture_build.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	PATH_ROOM = 512,
	READ_AT_ONCE = 7, /* odd, for batches to end anywhere */
};

static char directory[PATH_ROOM];

void
build_start(struct build *build, bool big)
{
	build->size = 0;
	build->big = big;
}

void
build_bytes(struct build *build, const void *data, size_t size)
{
	assert_true(size <= sizeof(build->data) - build->size);
	if (size > 0)
		memcpy(build->data + build->size, data, size);
	build->size += size;
}

void
build_fill(struct build *build, uint8_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		build_bytes(build, &value, 1);
}

static void
build_number(struct build *build, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		build_fill(build, (uint8_t)(value >> 8 * (build->big ? bytes - 1 - i : i)), 1);
}

void
build_16(struct build *build, unsigned value)
{
	build_number(build, value, 2);
}

void
build_32(struct build *build, uint32_t value)
{
	build_number(build, value, 4);
}

void
build_64(struct build *build, uint64_t value)
{
	build_number(build, value, 8);
}

void
build_pcap(struct build *build, int magic, uint32_t snaplen, uint32_t linktype)
{
	build_32(build, (uint32_t)magic);
	build_16(build, 2);
	build_16(build, 4);
	build_32(build, 0);
	build_32(build, 0);
	build_32(build, snaplen);
	build_32(build, linktype);
}

void
build_record(struct build *build, uint32_t seconds, uint32_t fraction, uint32_t caplen,
	     uint32_t wirelen, unsigned mark)
{
	build_32(build, seconds);
	build_32(build, fraction);
	build_32(build, caplen);
	build_32(build, wirelen);
	build_fill(build, (uint8_t)mark, caplen);
}

void
build_records(struct build *build, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		build_record(build, BUILD_SECONDS + i / 1000, i % 1000 * 1000, 20 + i, 20 + i, i);
}

size_t
build_block(struct build *build, uint32_t type)
{
	size_t at = build->size;

	build_32(build, type);
	build_32(build, 0);
	return at;
}

void
build_block_end(struct build *build, size_t at)
{
	size_t end;

	build_fill(build, 0, (4 - (build->size - at) % 4) % 4);
	end = build->size + 4;
	build_32(build, (uint32_t)(end - at));
	build->size = at + 4;
	build_32(build, (uint32_t)(end - at));
	build->size = end;
}

void
build_option(struct build *build, unsigned code, const void *value, unsigned length)
{
	build_16(build, code);
	build_16(build, length);
	build_bytes(build, value, length);
	build_fill(build, 0, (4 - length % 4) % 4);
}

void
build_section(struct build *build, bool big)
{
	size_t at;

	build->big = big;
	at = build_block(build, 0x0a0d0d0a);
	build_32(build, 0x1a2b3c4d);
	build_16(build, 1);
	build_16(build, 0);
	build_64(build, UINT64_MAX);
	build_block_end(build, at);
}

void
build_interface(struct build *build, unsigned linktype, uint32_t snaplen)
{
	size_t at = build_block(build, 1);

	build_16(build, linktype);
	build_16(build, 0);
	build_32(build, snaplen);
	build_block_end(build, at);
}

void
build_packet(struct build *build, uint32_t interface, uint64_t ticks, uint32_t caplen,
	     uint32_t wirelen, unsigned mark)
{
	size_t at = build_block(build, 6);

	build_32(build, interface);
	build_32(build, (uint32_t)(ticks >> 32));
	build_32(build, (uint32_t)ticks);
	build_32(build, caplen);
	build_32(build, wirelen);
	build_fill(build, (uint8_t)mark, caplen);
	build_block_end(build, at);
}

void
build_packets(struct build *build, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		build_packet(build, 0, UINT64_C(1000000) * BUILD_SECONDS + i * 1000, 20 + i, 20 + i,
			     i);
}

const char *
build_directory(void)
{
	const char *parent = getenv("TMPDIR");

	if (!directory[0]) {
		snprintf(directory, sizeof(directory), "%s/tcpwhy-test-XXXXXX",
			 parent ? parent : "/tmp");
		assert_non_null(mkdtemp(directory));
	}
	return directory;
}

const char *
build_path(const char *name)
{
	static char paths[4][PATH_ROOM];
	static unsigned next;
	char *path = paths[next++ % 4];

	if (strcmp(name, ".") == 0)
		return build_directory();
	if (name[0] == '-' || name[0] == '/')
		return name;
	assert_true(snprintf(path, PATH_ROOM, "%s/%s", build_directory(), name) < PATH_ROOM);
	return path;
}

void
build_write_bytes(const void *data, size_t size, const char *name)
{
	const char *path = build_path(name);
	FILE *file;

	/* Some file systems write out at once what is put into a file that was emptied. */
	unlink(path);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

const char *
build_write(const struct build *build, const char *name)
{
	build_write_bytes(build->data, build->size, name);
	return name;
}

size_t
build_compress(const char *compression, const void *data, size_t size, uint8_t *packed, size_t room)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;

	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_by_name(archive, compression), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(archive, packed, room, &used), ARCHIVE_OK);
	archive_entry_set_pathname(entry, "test");
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, data, size), size);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	return used;
}

void
build_remove_directory(void)
{
	DIR *stream = directory[0] ? opendir(directory) : NULL;
	struct dirent *entry;

	if (!stream)
		return;
	while ((entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			unlink(build_path(entry->d_name));
	closedir(stream);
	rmdir(directory);
	directory[0] = '\0';
}

static void
take(struct seen *seen, const struct frame *frame)
{
	assert_true(seen->count < SEEN_MAX);
	assert_true(frame->caplen <= frame->wirelen);
	for (uint32_t i = 1; i < frame->caplen; i++)
		assert_int_equal(frame->data[i], frame->data[0]);
	seen->marks[seen->count] = frame->caplen > 0 ? frame->data[0] : 0;
	seen->frames[seen->count++] = *frame;
}

void
seen_read(struct seen *seen, const char *const *names, size_t count, const char *filter)
{
	const char *paths[8];
	struct capture_options options = { .paths = paths, .path_count = count, .filter = filter };
	struct frame frames[READ_AT_ONCE];
	char text[256] = "";
	size_t got;

	assert_true(count <= sizeof(paths) / sizeof(paths[0]));
	for (size_t i = 0; i < count; i++)
		paths[i] = build_path(names[i]);
	seen->count = 0;
	assert_int_equal(capture_open(&seen->capture, &options, text, sizeof(text)), CAPTURE_OK);
	while ((got = capture_read(seen->capture, frames, READ_AT_ONCE)) > 0)
		for (size_t i = 0; i < got; i++)
			take(seen, &frames[i]);
}

void
seen_read_one(struct seen *seen, const char *name)
{
	seen_read(seen, &name, 1, NULL);
	assert_int_equal(capture_source_count(seen->capture), 1);
}

const struct capture_source *
seen_source(const struct seen *seen, size_t index)
{
	return capture_source(seen->capture, index);
}

void
seen_release(struct seen *seen)
{
	capture_close(seen->capture);
	seen->capture = NULL;
}

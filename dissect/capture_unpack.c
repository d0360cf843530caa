/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed input as a plain byte stream: gzip, zstd, xz, bzip2 and lz4, told apart by content. */
#include "dissect/capture_unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/capture_xz.h"

struct codec {
	const char *name;
	const char *magic;
	size_t magic_length;
	int filter; /* libarchive's number */
};

/* Magic numbers: RFC 1952 2.3.1, RFC 8878 3.1.1, xz-file-format 2.1.1.1, the bzip2 and lz4 frame
 * formats. */
static const struct codec codecs[] = {
	{ .name = "gzip",
	  .magic = "\x1f\x8b\x08",
	  .magic_length = 3,
	  .filter = ARCHIVE_FILTER_GZIP },
	{ .name = "zstd",
	  .magic = "\x28\xb5\x2f\xfd",
	  .magic_length = 4,
	  .filter = ARCHIVE_FILTER_ZSTD },
	{ .name = "xz",
	  .magic = "\xfd"
		   "7zXZ\0",
	  .magic_length = 6,
	  .filter = ARCHIVE_FILTER_XZ },
	{ .name = "bzip2", .magic = "BZh", .magic_length = 3, .filter = ARCHIVE_FILTER_BZIP2 },
	{ .name = "lz4",
	  .magic = "\x04\x22\x4d\x18",
	  .magic_length = 4,
	  .filter = ARCHIVE_FILTER_LZ4 },
};

struct unpack {
	const struct codec *codec;
	struct unpack_feed feed;
	bool feed_ended, feed_failed;
	const uint8_t *fed; /* what came last from the feed */
	size_t fed_bytes;
	uint64_t fed_total;
	struct xz xz; /* what was fed, if it is that */
	bool refused; /* what followed, as the dictionary is too large */
	struct archive *archive; /* NULL before the first read */
	const uint8_t *block;	 /* the decoder's, decoded but not yet taken */
	size_t block_bytes;
	enum unpack_end end;
	char text[128];
};

static const struct codec *
codec_find(const char *name)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (strcmp(codecs[i].name, name) == 0)
			return &codecs[i];
	return NULL;
}

const char *
unpack_recognise(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (size >= codecs[i].magic_length &&
		    memcmp(data, codecs[i].magic, codecs[i].magic_length) == 0)
			return codecs[i].name;
	return NULL;
}

struct unpack *
unpack_new(const char *compression, const struct unpack_feed *feed)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack)
		return NULL;
	unpack->codec = codec_find(compression);
	unpack->feed = *feed;
	return unpack;
}

static la_ssize_t
read_packed(struct archive *archive, void *context, const void **ret_data)
{
	struct unpack *unpack = context;
	const uint8_t *data = NULL;
	ssize_t count = -1;

	(void)archive;
	unpack->refused = unpack->xz.dictionary != 0;
	if (!unpack->refused)
		count = unpack->feed.read(unpack->feed.context, &data);
	*ret_data = data;
	if (count == 0)
		unpack->feed_ended = true;
	if (count < 0)
		unpack->feed_failed = true;
	if (count > 0 && unpack->codec->filter == ARCHIVE_FILTER_XZ) {
		count = (ssize_t)xz_follow(&unpack->xz, data, (size_t)count);
		if (count == 0) { /* which would be the end */
			unpack->refused = true;
			count = -1;
		}
	}
	if (count > 0) {
		unpack->fed = data;
		unpack->fed_bytes = (size_t)count;
		unpack->fed_total += (uint64_t)count;
	}
	return count;
}

/* libarchive may guess at nothing: one filter, and what it yields is taken as it is. */
static int
start(struct unpack *unpack)
{
	struct archive_entry *entry;
	int status;

	unpack->archive = archive_read_new();
	if (!unpack->archive)
		return ARCHIVE_FATAL;
	status = archive_read_append_filter(unpack->archive, unpack->codec->filter);
	/* Built without the codec it would run a program of that name, from wherever PATH leads. */
	if (status == ARCHIVE_WARN) {
		archive_set_error(unpack->archive, ENOSYS, "libarchive was built without %s",
				  unpack->codec->name);
		status = ARCHIVE_FATAL;
	}
	if (status >= ARCHIVE_WARN)
		status = archive_read_support_format_raw(unpack->archive);
	if (status >= ARCHIVE_WARN)
		status = archive_read_support_format_empty(unpack->archive);
	if (status >= ARCHIVE_WARN)
		status = archive_read_open(unpack->archive, unpack, NULL, read_packed, NULL);
	/* A stream that breaks off before it yields a byte looks empty, but for the error. */
	if (status >= ARCHIVE_WARN && archive_errno(unpack->archive) != 0)
		status = ARCHIVE_FATAL;
	if (status >= ARCHIVE_WARN)
		status = archive_read_next_header(unpack->archive, &entry);
	return status;
}

/* libarchive is silent about bytes behind the last stream, but they may be one that was cut within
 * its very header. */
static enum unpack_end
judge_rest(struct unpack *unpack)
{
	la_int64_t used = archive_filter_bytes(unpack->archive, -1);
	size_t left = (size_t)(unpack->fed_total - (uint64_t)used);
	const struct codec *codec = unpack->codec;
	const uint8_t *rest;

	if (left == 0 || left > unpack->fed_bytes)
		return UNPACK_COMPLETE;
	rest = unpack->fed + unpack->fed_bytes - left;
	if (memcmp(rest, codec->magic, left < codec->magic_length ? left : codec->magic_length) ==
	    0)
		return UNPACK_CUT;
	/* Zeros only fill up the last block of some medium. */
	for (size_t i = 0; i < left; i++) {
		if (rest[i] != 0) {
			strcpy(unpack->text, "bytes of another kind follow the compressed ones");
			return UNPACK_BROKEN;
		}
	}
	return UNPACK_COMPLETE;
}

static void
note_end(struct unpack *unpack, int status)
{
	const char *text = unpack->archive ? archive_error_string(unpack->archive) : NULL;

	if (unpack->refused) {
		unpack->end = UNPACK_BROKEN;
		snprintf(unpack->text, sizeof(unpack->text),
			 "it wants %u MB of memory for a dictionary, at most %d are given",
			 (unsigned)(unpack->xz.dictionary >> 20), XZ_DICTIONARY_MAX >> 20);
	} else if (status == ARCHIVE_EOF) {
		unpack->end = judge_rest(unpack);
	} else if (!unpack->archive) {
		unpack->end = UNPACK_NO_MEMORY;
	} else if (unpack->feed_ended) {
		unpack->end = UNPACK_CUT;
	} else {
		unpack->end = UNPACK_BROKEN;
		strncpy(unpack->text, text && !unpack->feed_failed ? text : "",
			sizeof(unpack->text) - 1);
	}
}

/* Makes sure that there is decoded data; false at the end. */
static bool
next_block(struct unpack *unpack)
{
	const void *data;
	la_int64_t offset;
	int status = ARCHIVE_OK;

	if (unpack->end != UNPACK_GOES_ON)
		return false;
	if (!unpack->archive)
		status = start(unpack);
	while (status >= ARCHIVE_WARN && status != ARCHIVE_EOF && unpack->block_bytes == 0) {
		status = archive_read_data_block(unpack->archive, &data, &unpack->block_bytes,
						 &offset);
		unpack->block = data;
	}
	if (status >= ARCHIVE_WARN && status != ARCHIVE_EOF)
		return true;
	unpack->block_bytes = 0;
	note_end(unpack, status);
	return false;
}

size_t
unpack_read(struct unpack *unpack, uint8_t *data, size_t room)
{
	if (unpack->block_bytes == 0 && !next_block(unpack))
		return 0;
	if (room > unpack->block_bytes)
		room = unpack->block_bytes;
	memcpy(data, unpack->block, room);
	unpack->block += room;
	unpack->block_bytes -= room;
	return room;
}

enum unpack_end
unpack_end(const struct unpack *unpack)
{
	return unpack->end;
}

const char *
unpack_text(const struct unpack *unpack)
{
	return unpack->text;
}

void
unpack_free(struct unpack *unpack)
{
	if (unpack->archive)
		archive_read_free(unpack->archive);
	free(unpack);
}

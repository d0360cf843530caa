/* SPDX-License-Identifier: BSD-2-Clause */
/* The last bytes of a compressed stream that breaks off, which libarchive keeps to itself.
 *
 * libarchive hands out whole blocks of 64 or 128 KB. When the stream breaks off it drops the block
 * that it was filling: of a short capture, everything. But streams put end to end are decoded as
 * one, so padding in front, compressed in the same way, moves the border between the blocks. With
 * the right amount of it a border falls on the break, and nothing is dropped. The right amount is
 * the least that yields one block more, and halving an interval finds it. */
#include "dissect/capture_rescue.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_MAX = 128 * 1024,
	/* Compressed bytes that may be decoded again in all: about a second of work. A longer
	 * stream is searched less closely, and so loses some of the last block. */
	BUDGET_BYTES = 16 * 1024 * 1024,
};

struct rescue {
	const char *compression;
	const struct unpack_feed *feed;
	uint64_t taken;
	uint8_t *padding; /* compressed */
	size_t padding_bytes;
	bool padding_given;
	uint8_t *scratch;
	uint8_t *tail;
	size_t tail_bytes;
};

static ssize_t
read_padded(void *context, const uint8_t **ret_data)
{
	struct rescue *rescue = context;

	if (rescue->padding_given)
		return rescue->feed->read(rescue->feed->context, ret_data);
	rescue->padding_given = true;
	*ret_data = rescue->padding;
	return (ssize_t)rescue->padding_bytes;
}

/* Compresses so many zeros. They fit the room even where nothing is gained by it. */
static bool
make_padding(struct rescue *rescue, size_t bytes)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	bool good = archive && entry;

	memset(rescue->scratch, 0, bytes);
	good = good && archive_write_set_format_raw(archive) == ARCHIVE_OK;
	good = good && archive_write_add_filter_by_name(archive, rescue->compression) == ARCHIVE_OK;
	good = good && archive_write_set_options(archive, "compression-level=1") >= ARCHIVE_WARN;
	good = good && archive_write_open_memory(archive, rescue->padding, (size_t)2 * BLOCK_MAX,
						 &rescue->padding_bytes) == ARCHIVE_OK;
	if (good) {
		archive_entry_set_pathname(entry, "padding");
		archive_entry_set_filetype(entry, AE_IFREG);
		good = archive_write_header(archive, entry) == ARCHIVE_OK &&
		       archive_write_data(archive, rescue->scratch, bytes) == (la_ssize_t)bytes &&
		       archive_write_close(archive) == ARCHIVE_OK;
	}
	if (entry)
		archive_entry_free(entry);
	if (archive)
		archive_write_free(archive);
	return good;
}

/* Decodes all again behind that much padding. Returns how many bytes came behind the taken ones,
 * and leaves them in tail; *ret_block is the size of the first block. */
static size_t
probe(struct rescue *rescue, size_t padding, size_t *ret_block)
{
	const struct unpack_feed feed = { .read = read_padded, .context = rescue };
	const uint64_t wanted = padding + rescue->taken;
	struct unpack *unpack;
	uint64_t seen = 0;
	size_t gain = 0;
	size_t count;
	size_t skip;

	if (!make_padding(rescue, padding) || !rescue->feed->rewind(rescue->feed->context))
		return 0;
	rescue->padding_given = false;
	unpack = unpack_new(rescue->compression, &feed);
	while (unpack && (count = unpack_read(unpack, rescue->scratch, BLOCK_MAX)) > 0) {
		if (seen == 0)
			*ret_block = count;
		skip = seen < wanted ? (size_t)(wanted - seen) : 0;
		seen += count;
		if (skip >= count)
			continue;
		/* More than a block would be news to the first decoder. */
		count -= skip;
		if (count > BLOCK_MAX - gain)
			count = BLOCK_MAX - gain;
		memcpy(rescue->tail + gain, rescue->scratch + skip, count);
		gain += count;
	}
	if (unpack)
		unpack_free(unpack);
	return gain;
}

/* Finds the padding that makes tail longest. */
static void
search(struct rescue *rescue, uint64_t packed_bytes)
{
	uint64_t budget = BUDGET_BYTES;
	size_t none = 0; /* padding that is too little */
	size_t enough;	 /* padding that is not */
	size_t block = BLOCK_MAX;
	size_t ignored;
	size_t gain;

	/* A block of padding moves no border, but shows how long a block is. */
	probe(rescue, BLOCK_MAX, &block);
	for (enough = block; enough - none > 1 && budget > packed_bytes; budget -= packed_bytes) {
		size_t middle = none + (enough - none) / 2;

		gain = probe(rescue, middle, &ignored);
		if (gain > 0) {
			enough = middle;
			rescue->tail_bytes = gain;
		} else {
			none = middle;
		}
	}
}

uint8_t *
unpack_rescue(const char *compression, const struct unpack_feed *feed, uint64_t packed_bytes,
	      uint64_t taken, size_t *ret_size)
{
	struct rescue rescue = {
		.compression = compression,
		.feed = feed,
		.taken = taken,
		.padding = malloc((size_t)2 * BLOCK_MAX),
		.scratch = malloc(BLOCK_MAX),
		.tail = malloc(BLOCK_MAX),
	};

	if (rescue.padding && rescue.scratch && rescue.tail)
		search(&rescue, packed_bytes);
	free(rescue.padding);
	free(rescue.scratch);
	if (rescue.tail_bytes == 0) {
		free(rescue.tail);
		return NULL;
	}
	*ret_size = rescue.tail_bytes;
	return rescue.tail;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed captures: recognised by content, and read as far as they can be decoded. */
#include "dissect/capture_xz.h"
#include "tests/capture_build.h"

static struct build build;
static struct seen seen;
static struct seen expected;
static uint8_t packed[1024 * 1024];

/* A capture of 400 records, over 64 KB, which do not compress to nothing. */
static void
build_long(void)
{
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	build_records(&build, 0, 400);
}

static void
expect_same(size_t count)
{
	assert_int_equal(seen.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(seen.marks[i], expected.marks[i]);
		assert_int_equal(seen.frames[i].number, expected.frames[i].number);
		assert_int_equal(seen.frames[i].caplen, expected.frames[i].caplen);
		assert_true(seen.frames[i].ts_ns == expected.frames[i].ts_ns);
	}
}

static void
compressed_files_are_told_by_content(void **state)
{
	static const char *const names[] = { "gzip", "zstd", "xz", "bzip2", "lz4" };
	size_t size;

	(void)state;
	build_long();
	build_write(&build, "plain");
	seen_read_one(&expected, "plain");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* In two members, one after the other. */
		size = build_compress(names[i], build.data, 1001, packed, sizeof(packed));
		size += build_compress(names[i], build.data + 1001, build.size - 1001,
				       packed + size, sizeof(packed) - size);
		build_write_bytes(packed, size, "no-suffix");
		seen_read_one(&seen, "no-suffix");
		assert_string_equal(seen_source(&seen, 0)->compression, names[i]);
		assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_INTACT);
		expect_same(400);
		seen_release(&seen);

		/* And nothing but a text. */
		size = build_compress(names[i], "just some text", 14, packed, sizeof(packed));
		build_write_bytes(packed, size, "no-suffix");
		seen_read_one(&seen, "no-suffix");
		assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_NOT_CAPTURE);
		seen_release(&seen);
	}
	seen_release(&expected);
}

/* With a first member that is whole and a second that is not, at least all of the first is read,
 * though it is less than what the decoder hands out at once. */
static void
cut_compressed_files_give_what_was_decoded(void **state)
{
	static const char *const names[] = { "gzip", "zstd", "xz", "bzip2" };
	size_t records = 24;
	size_t first;
	size_t size;

	(void)state;
	build_long();
	build_write(&build, "plain");
	seen_read_one(&expected, "plain");
	for (size_t i = 0; i < 100; i++)
		records += 16 + 20 + i;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		first = build_compress(names[i], build.data, records, packed, sizeof(packed));
		size = first + build_compress(names[i], build.data + records, build.size - records,
					      packed + first, sizeof(packed) - first);
		for (size_t cut = first + 8; cut < size; cut += (size - first) / 5) {
			build_write_bytes(packed, cut, "cut");
			seen_read_one(&seen, "cut");
			assert_in_range(seen.count, 100, 400);
			expect_same(seen.count);
			assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_TRUNCATED);
			assert_int_equal(seen_source(&seen, 0)->damages, 1);
			seen_release(&seen);
		}
	}
	/* Something else behind it is named, zeros that fill a block are not. */
	size = build_compress("gzip", build.data, build.size, packed, sizeof(packed));
	for (int i = 0; i < 2; i++) {
		memset(packed + size, i ? 0 : 'x', 512);
		build_write_bytes(packed, size + 512, "cut");
		seen_read_one(&seen, "cut");
		expect_same(400);
		assert_int_equal(seen_source(&seen, 0)->damage,
				 i ? CAPTURE_INTACT : CAPTURE_READ_ERROR);
		seen_release(&seen);
	}
	/* Of a short one, all is in the block that the decoder would drop. */
	size = build_compress("gzip", build.data, 1200, packed, sizeof(packed));
	build_write_bytes(packed, size - 8, "cut");
	seen_read_one(&seen, "cut");
	expect_same(24);
	assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_TRUNCATED);
	seen_release(&seen);
	seen_release(&expected);
}

static void
broken_compressed_files_are_read_errors(void **state)
{
	size_t size;

	(void)state;
	build_long();
	size = build_compress("gzip", build.data, build.size, packed, sizeof(packed));
	memset(packed + size / 2, 0xff, size / 4);
	build_write_bytes(packed, size, "broken");
	seen_read_one(&seen, "broken");
	assert_true(seen.count > 0 && seen.count < 400);
	assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_READ_ERROR);
	assert_true(seen_source(&seen, 0)->text[0] != '\0');
	seen_release(&seen);
}

static int
remove_files(void **state)
{
	(void)state;
	build_remove_directory();
	return 0;
}

/* In steps of so many bytes; how many the decoder may have. */
static size_t
follow(struct xz *xz, const uint8_t *data, size_t size, size_t step)
{
	size_t at = 0;
	*xz = (struct xz){ .part = XZ_STREAM_HEADER };
	while (at < size && xz->dictionary == 0)
		at += xz_follow(xz, data + at, size - at < step ? size - at : step);
	return at;
}

static uint32_t
crc32(const uint8_t *data, size_t size)
{
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* Three streams with zeros between them: what does not compress, zeros, and a text. */
static void
dictionaries_of_xz_are_known_before_they_are_made(void **state)
{
	enum { STREAM_HEADER = 12, HEADER = 12, DICTIONARY = 4, CRC = 8, LARGEST_GIVEN = 30 };
	static const size_t steps[] = { 1, 2, 3, 7, 64, 4096, sizeof(packed) };
	static uint8_t zeros[200000];
	struct xz xz;

	(void)state;
	build_long();
	size_t size = build_compress("xz", build.data, build.size, packed, sizeof(packed));
	memset(packed + size, 0, 8);
	size += 8;
	size += build_compress("xz", zeros, sizeof(zeros), packed + size, sizeof(packed) - size);
	memset(packed + size, 0, 4);
	size += 4;
	uint8_t *block = packed + size + STREAM_HEADER;
	size += build_compress("xz", "just some text", 14, packed + size, sizeof(packed) - size);
	for (uint8_t bits = LARGEST_GIVEN; bits <= LARGEST_GIVEN + 1; bits++) {
		block[DICTIONARY] = bits;
		uint32_t crc = crc32(block, CRC);
		for (int i = 0; i < 4; i++)
			block[CRC + i] = (uint8_t)(crc >> 8 * i);
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			size_t given = follow(&xz, packed, size, steps[i]);
			if (bits == LARGEST_GIVEN) {
				assert_int_equal(given, size);
				assert_int_equal(xz.dictionary, 0);
				assert_int_equal(xz.part, XZ_PADDING); /* it never lost the way */
			} else {
				assert_int_equal(given, block + HEADER - 1 - packed);
				assert_int_equal(xz.dictionary, 3 << 26);
			}
		}
	}
	/* a header that no decoder accepts is for the decoder to complain of */
	block[CRC]++;
	assert_int_equal(follow(&xz, packed, size, 1), size);
	assert_int_equal(xz.part, XZ_NOT_FOLLOWED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compressed_files_are_told_by_content),
		cmocka_unit_test(cut_compressed_files_give_what_was_decoded),
		cmocka_unit_test(dictionaries_of_xz_are_known_before_they_are_made),
		cmocka_unit_test(broken_compressed_files_are_read_errors),
	};

	return cmocka_run_group_tests(tests, NULL, remove_files);
}

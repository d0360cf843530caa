/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed captures: recognised by content, and read as far as they can be decoded. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compressed_files_are_told_by_content),
		cmocka_unit_test(cut_compressed_files_give_what_was_decoded),
		cmocka_unit_test(broken_compressed_files_are_read_errors),
	};

	return cmocka_run_group_tests(tests, NULL, remove_files);
}

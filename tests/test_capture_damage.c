/* SPDX-License-Identifier: BSD-2-Clause */
/* Damaged captures: what is whole is read, and what is not is named, placed and counted. */
#include "tests/capture_build.h"

static struct build build;
static struct build damaged;
static struct seen seen;

enum {
	PCAP_HEADER = 24,
	RECORD_HEADER = 16,
};

static void
read_damaged(const struct build *from)
{
	build_write(from, "damaged");
	seen_read_one(&seen, "damaged");
}

static void
expect_damage(enum capture_damage damage, unsigned damages, size_t offset)
{
	const struct capture_source *source = seen_source(&seen, 0);

	assert_int_equal(source->damage, damage);
	assert_int_equal(source->damages, damages);
	assert_int_equal(source->damage_offset, offset);
}

/* Where the record or packet with this mark begins, in captures that start with mark 0. */
static size_t
record_at(unsigned mark)
{
	size_t at = PCAP_HEADER;

	for (unsigned i = 0; i < mark; i++)
		at += RECORD_HEADER + 20 + i;
	return at;
}

static void
expect_marks(unsigned first, unsigned count, unsigned first_seen)
{
	assert_true(first_seen + count <= seen.count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(seen.marks[first_seen + i], first + i);
		assert_int_equal(seen.frames[first_seen + i].caplen, 20 + first + i);
	}
}

/* Cuts a whole capture at every length. ends are where the file may end without being cut, and so
 * is section, within the head. */
static void
cut_everywhere(size_t section, const size_t *ends, size_t end_count)
{
	for (size_t size = 0; size <= build.size; size++) {
		size_t whole = 0;
		size_t frames = 0;

		for (size_t i = 0; i < end_count && ends[i] <= size; i++) {
			whole = ends[i];
			frames = i;
		}
		memcpy(&damaged, &build, sizeof(build));
		damaged.size = size;
		read_damaged(&damaged);
		if (size == 0) {
			expect_damage(CAPTURE_EMPTY, 1, 0);
		} else if (size < 4) {
			expect_damage(CAPTURE_NOT_CAPTURE, 1, 0);
		} else if (size < ends[0] && size != section) {
			expect_damage(CAPTURE_TRUNCATED, 1, size > section ? section : 0);
		} else {
			assert_int_equal(seen.count, frames);
			expect_marks(0, (unsigned)frames, 0);
			if (whole == size || size == section)
				expect_damage(CAPTURE_INTACT, 0, 0);
			else
				expect_damage(CAPTURE_TRUNCATED, 1, whole);
		}
		seen_release(&seen);
	}
}

static void
pcap_cut_at_every_length(void **state)
{
	size_t ends[6];

	(void)state;
	for (int big = 0; big < 2; big++) {
		build_start(&build, big);
		build_pcap(&build, MAGIC_MICRO, 65535, 1);
		build_records(&build, 0, 5);
		for (unsigned i = 0; i < 6; i++)
			ends[i] = record_at(i);
		assert_int_equal(ends[5], build.size);
		cut_everywhere(0, ends, 6);
	}
}

static void
pcapng_cut_at_every_length(void **state)
{
	size_t ends[6];
	size_t section;

	(void)state;
	for (int big = 0; big < 2; big++) {
		build_start(&build, big);
		build_section(&build, big);
		section = build.size;
		build_interface(&build, 1, 65535);
		ends[0] = build.size;
		for (unsigned i = 1; i < 6; i++) {
			build_packets(&build, i - 1, 1);
			ends[i] = build.size;
		}
		cut_everywhere(section, ends, 6);
	}
}

/* Copies a capture with these bytes put in at a place, instead of some of its own. */
static void
replace(size_t at, const void *data, size_t size, size_t removed)
{
	build_start(&damaged, build.big);
	build_bytes(&damaged, build.data, at);
	build_bytes(&damaged, data, size);
	build_bytes(&damaged, build.data + at + removed, build.size - at - removed);
}

static void
garbage_between_records_is_stepped_over(void **state)
{
	static const char *const garbage[] = {
		"x",
		"no record at all, but a line of text\n",
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	};
	static const size_t sizes[] = { 1, 37, 40, 19 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		for (int format = 0; format < 4; format++) {
			size_t at;

			build_start(&build, format % 2);
			if (format < 2) {
				build_pcap(&build, MAGIC_MICRO, 65535, 1);
				build_records(&build, 0, 4);
			} else {
				build_section(&build, format % 2);
				build_interface(&build, 1, 65535);
				build_packets(&build, 0, 4);
			}
			at = build.size;
			if (format < 2)
				build_records(&build, 4, 4);
			else
				build_packets(&build, 4, 4);
			replace(at, garbage[i], sizes[i], 0);
			read_damaged(&damaged);
			assert_int_equal(seen.count, 8);
			expect_marks(0, 8, 0);
			assert_int_equal(seen.frames[7].number, 8);
			expect_damage(CAPTURE_GARBAGE, 1, at);
			assert_int_equal(seen_source(&seen, 0)->skipped_bytes, sizes[i]);
			seen_release(&seen);
		}
	}
}

static void
two_damaged_places_are_two(void **state)
{
	(void)state;
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	build_records(&build, 0, 9);
	memset(build.data + record_at(3), 0xee, RECORD_HEADER);
	memset(build.data + record_at(6), 0xee, RECORD_HEADER);
	build.size -= 5;
	read_damaged(&build);
	assert_int_equal(seen.count, 6);
	expect_marks(0, 3, 0);
	expect_marks(4, 2, 3);
	expect_marks(7, 1, 5);
	expect_damage(CAPTURE_GARBAGE, 3, record_at(3));
	assert_int_equal(seen_source(&seen, 0)->skipped_bytes, 39 + 42);
	seen_release(&seen);
}

/* Reads frames whose bytes may be anything. */
static size_t
read_frames(const struct build *from, struct frame *frames, size_t max)
{
	const char *path = build_path(build_write(from, "damaged"));
	const struct capture_options options = { .paths = &path, .path_count = 1 };
	size_t count = 0;
	size_t got;
	char text[80];

	assert_int_equal(capture_open(&seen.capture, &options, text, sizeof(text)), CAPTURE_OK);
	while ((got = capture_read(seen.capture, frames + count, max - count)) > 0)
		count += got;
	return count;
}

/* The record that lost bytes reaches into the next one, which is found within it. Where frames are
 * of zeros, some number of missing bytes leave what looks like odd records. */
static void
missing_bytes_cost_no_other_record(void **state)
{
	struct frame frames[64];

	(void)state;
	for (size_t removed = 1; removed < 60; removed++) {
		build_start(&build, false);
		build_pcap(&build, MAGIC_MICRO, 65535, 1);
		for (unsigned i = 10; i < 20; i++)
			build_record(&build, BUILD_SECONDS, i * 1000, 20 + i, 20 + i,
				     removed < 30 ? i : 0);
		replace(PCAP_HEADER + RECORD_HEADER + 30 + RECORD_HEADER, "", 0, removed % 30 + 1);
		assert_int_equal(read_frames(&damaged, frames, 64), 10);
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(frames[i].caplen, 30 + i);
		assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_GARBAGE);
		assert_int_equal(seen_source(&seen, 0)->damages, 1);
		seen_release(&seen);
	}
}

/* Every single byte that goes wrong costs the record that it is in, at most. */
static void
one_wrong_byte_costs_one_record(void **state)
{
	struct frame frames[64];
	size_t head;
	size_t count;

	(void)state;
	for (int format = 0; format < 2; format++) {
		build_start(&build, false);
		if (format == 0) {
			build_pcap(&build, MAGIC_MICRO, 65535, 1);
			build_records(&build, 0, 12);
			head = PCAP_HEADER;
		} else {
			build_section(&build, false);
			build_interface(&build, 1, 65535);
			head = build.size;
			build_packets(&build, 0, 12);
		}
		for (size_t at = head; at < build.size; at++) {
			build.data[at] ^= 0xa5;
			count = read_frames(&build, frames, 64);
			assert_true(count == 11 || count == 12);
			/* A packet block may have become one of a kind that nobody knows. */
			if (count == 11 && format == 0)
				assert_int_equal(seen_source(&seen, 0)->damages, 1);
			seen_release(&seen);
			build.data[at] ^= 0xa5;
		}
	}
}

static void
garbage_to_the_end_is_named(void **state)
{
	static uint8_t noise[400 * 1024];
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++) {
		random = random * 1664525 + 1013904223;
		noise[i] = (uint8_t)(random >> 24);
	}
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	build_records(&build, 0, 3);
	replace(build.size, noise, sizeof(noise), 0);
	read_damaged(&damaged);
	assert_int_equal(seen.count, 3);
	expect_damage(CAPTURE_GARBAGE, 1, record_at(3));
	assert_int_equal(seen_source(&seen, 0)->skipped_bytes, sizeof(noise));
	assert_int_equal(seen_source(&seen, 0)->bytes, damaged.size);
	seen_release(&seen);
	/* And with something behind it. */
	build_records(&damaged, 3, 3);
	read_damaged(&damaged);
	assert_int_equal(seen.count, 6);
	expect_marks(0, 6, 0);
	seen_release(&seen);
}

/* A length that goes beyond the end is no cut end when there are records behind it. */
static void
long_length_near_the_end_is_no_cut_end(void **state)
{
	(void)state;
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	build_records(&build, 0, 9);
	build.data[record_at(4) + 9] = 0x40;
	build.data[record_at(4) + 13] = 0x40;
	read_damaged(&build);
	assert_int_equal(seen.count, 8);
	expect_marks(5, 4, 4);
	expect_damage(CAPTURE_GARBAGE, 1, record_at(4));
	seen_release(&seen);
}

static void
joined_files_are_read_to_the_end(void **state)
{
	size_t join;

	(void)state;
	for (int format = 0; format < 4; format++) {
		build_start(&build, false);
		build_pcap(&build, MAGIC_MICRO, 65535, 1);
		build_records(&build, 0, 3);
		join = build.size;
		build.big = format == 1;
		if (format == 3) {
			build_section(&build, true);
			build_interface(&build, 113, 65535);
			build_packets(&build, 3, 3);
		} else {
			build_pcap(&build, format == 2 ? MAGIC_NANO : MAGIC_MICRO, 65535, 113);
			build_records(&build, 3, 3);
		}
		read_damaged(&build);
		assert_int_equal(seen.count, 6);
		expect_marks(0, 6, 0);
		assert_int_equal(seen.frames[2].linktype, 1);
		assert_int_equal(seen.frames[3].linktype, 113);
		assert_int_equal(seen.frames[5].number, 6);
		expect_damage(CAPTURE_JOINED, 1, join);
		seen_release(&seen);
	}
}

static void
what_is_no_capture_is_named(void **state)
{
	(void)state;
	build_write_bytes("This is a text, and a long one.\n", 32, "text");
	seen_read_one(&seen, "text");
	assert_int_equal(seen.count, 0);
	expect_damage(CAPTURE_NOT_CAPTURE, 1, 0);
	assert_int_equal(seen_source(&seen, 0)->format, CAPTURE_UNKNOWN);
	seen_release(&seen);
	build_write_bytes("", 0, "empty");
	seen_read_one(&seen, "empty");
	expect_damage(CAPTURE_EMPTY, 1, 0);
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
		cmocka_unit_test(pcap_cut_at_every_length),
		cmocka_unit_test(pcapng_cut_at_every_length),
		cmocka_unit_test(garbage_between_records_is_stepped_over),
		cmocka_unit_test(two_damaged_places_are_two),
		cmocka_unit_test(missing_bytes_cost_no_other_record),
		cmocka_unit_test(one_wrong_byte_costs_one_record),
		cmocka_unit_test(garbage_to_the_end_is_named),
		cmocka_unit_test(long_length_near_the_end_is_no_cut_end),
		cmocka_unit_test(joined_files_are_read_to_the_end),
		cmocka_unit_test(what_is_no_capture_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, remove_files);
}

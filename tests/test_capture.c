/* SPDX-License-Identifier: BSD-2-Clause */
/* Sound captures: every form that pcap and pcapng come in is read as it was meant. */
#include "dissect/capture_clock.h"
#include "tests/capture_build.h"

static struct build build;
static struct seen seen;

static const int64_t start_ns = BUILD_SECONDS * INT64_C(1000000000);

/* The file that was built last, without any damage. */
static void
read_intact(void)
{
	build_write(&build, "capture");
	seen_read_one(&seen, "capture");
	assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_INTACT);
	assert_int_equal(seen_source(&seen, 0)->damages, 0);
	assert_int_equal(seen_source(&seen, 0)->bytes, build.size);
	assert_int_equal(seen_source(&seen, 0)->frames, seen.count);
}

static void
every_magic_in_both_byte_orders(void **state)
{
	static const int magics[] = { MAGIC_MICRO, MAGIC_NANO, MAGIC_PADDED };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		int magic = magics[i / 2];
		int64_t tick = magic == MAGIC_NANO ? 1 : 1000;

		build_start(&build, i % 2 == 1);
		build_pcap(&build, magic, 65535, 1);
		for (unsigned j = 0; j < 3; j++) {
			build_32(&build, BUILD_SECONDS);
			build_32(&build, 999000 + j);
			build_32(&build, 60 + j);
			build_32(&build, 1000);
			if (magic == MAGIC_PADDED) {
				build_64(&build, 0);
				build.data[build.size - 2] = j == 1 ? 4 : 0;
			}
			build_fill(&build, (uint8_t)j, 60 + j);
		}
		read_intact();
		assert_int_equal(seen.count, 3);
		for (unsigned j = 0; j < 3; j++) {
			assert_int_equal(seen.marks[j], j);
			assert_int_equal(seen.frames[j].number, j + 1);
			assert_int_equal(seen.frames[j].caplen, 60 + j);
			assert_int_equal(seen.frames[j].wirelen, 1000);
			assert_true(seen.frames[j].ts_ns == start_ns + (999000 + j) * tick);
			assert_int_equal(seen.frames[j].direction,
					 magic == MAGIC_PADDED && j == 1 ? FRAME_OUTBOUND
									 : FRAME_DIRECTION_UNKNOWN);
		}
		assert_int_equal(seen_source(&seen, 0)->snapped, 3);
		assert_true(seen_source(&seen, 0)->first_ns == seen.frames[0].ts_ns);
		assert_true(seen_source(&seen, 0)->last_ns == seen.frames[2].ts_ns);
		seen_release(&seen);
	}
}

static void
odd_numbers_in_headers_are_tolerated(void **state)
{
	static const uint32_t snaplens[] = { 0, 64, 262144, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(snaplens) / sizeof(snaplens[0]); i++) {
		/* Frame check sequence length and flags stand above the link type. */
		build_start(&build, false);
		build_pcap(&build, MAGIC_MICRO, snaplens[i], 0x54000000 | 113);
		build_record(&build, 4294967295, 5, 100, 100, 1);
		build_record(&build, 4294967295, 5000000, 100, 60, 2);
		build_record(&build, 1, 0, 262144, 262144, 3);
		build_record(&build, 1, 0, 0, 60, 0);
		read_intact();
		assert_int_equal(seen.count, 4);
		assert_int_equal(seen.frames[0].linktype, 113);
		assert_int_equal(seen_source(&seen, 0)->first_linktype, 113);
		assert_int_equal(capture_interface(seen.capture, 0)->snaplen, snaplens[i]);
		assert_true(seen.frames[0].ts_ns == 4294967295000005000);
		assert_true(seen.frames[1].ts_ns == 4294967295999999000);
		assert_int_equal(seen.frames[1].wirelen, 100);
		assert_int_equal(seen.frames[2].caplen, 262144);
		assert_int_equal(seen.frames[3].caplen, 0);
		seen_release(&seen);
	}
}

/* An interface with its options; a resolution below 0 is left out. */
static void
build_clocked_interface(unsigned linktype, uint32_t snaplen, int resolution, int64_t offset,
			const char *name)
{
	uint8_t power = (uint8_t)resolution;
	uint8_t seconds[8];
	size_t at = build_block(&build, 1);

	build_16(&build, linktype);
	build_16(&build, 0);
	build_32(&build, snaplen);
	build_option(&build, 2, name, (unsigned)strlen(name));
	if (resolution >= 0)
		build_option(&build, 9, &power, 1);
	for (unsigned i = 0; i < 8; i++)
		seconds[i] = (uint8_t)((uint64_t)offset >> 8 * (build.big ? 7 - i : i));
	build_option(&build, 14, seconds, 8);
	build_option(&build, 0, NULL, 0);
	build_block_end(&build, at);
}

static void
interfaces_differ_in_everything(void **state)
{
	(void)state;
	build_start(&build, false);
	for (unsigned i = 0; i < 2; i++) {
		build_section(&build, i == 1);
		build_clocked_interface(1, 65535, -1, 0, "eth0");
		build_clocked_interface(113, 96, 9, 0, "any");
		build_clocked_interface(101, 0, 0x80 | 10, 1, "tun0");
		build_clocked_interface(276, 0, 3, -1, "cooked");
		build_packet(&build, 3, UINT64_C(1000) * BUILD_SECONDS + 1001, 9, 90, 1);
		build_packet(&build, 2, UINT64_C(1024) * (BUILD_SECONDS - 1) + 512, 8, 80, 2);
		build_packet(&build, 1, UINT64_C(1000000000) * BUILD_SECONDS + 7, 7, 70, 3);
		build_packet(&build, 0, UINT64_C(1000000) * BUILD_SECONDS + 8, 6, 60, 4);
	}
	read_intact();
	assert_int_equal(seen.count, 8);
	assert_int_equal(capture_interface_count(seen.capture), 8);
	for (unsigned i = 0; i < 8; i += 4) {
		static const uint16_t linktypes[] = { 276, 101, 113, 1 };
		static const int64_t times[] = { 1000000, 500000000, 7, 8000 };

		for (unsigned j = 0; j < 4; j++) {
			assert_int_equal(seen.marks[i + j], j + 1);
			assert_int_equal(seen.frames[i + j].linktype, linktypes[j]);
			assert_int_equal(seen.frames[i + j].interface, i + 3 - j);
			assert_int_equal(seen.frames[i + j].caplen, 9 - j);
			assert_true(seen.frames[i + j].ts_ns == start_ns + times[j]);
		}
		assert_string_equal(capture_interface(seen.capture, i + 1)->name, "any");
		assert_int_equal(capture_interface(seen.capture, i + 1)->snaplen, 96);
	}
	seen_release(&seen);
}

static void
times_are_exact_and_never_overflow(void **state)
{
	static const struct {
		uint8_t resolution;
		uint64_t ticks;
		int64_t ns;
	} cases[] = {
		{ 0, 5, 5000000000 },
		{ 6, UINT64_MAX, CAPTURE_TIME_MAX },
		{ 9, 1700000000123456789, 1700000000123456789 },
		{ 9, UINT64_MAX, CAPTURE_TIME_MAX },
		{ 10, 17000000001234567899U, 1700000000123456789 },
		{ 12, UINT64_MAX, 18446744073709551 },
		{ 28, UINT64_MAX, 1 },
		{ 29, UINT64_MAX, 0 },
		{ 127, UINT64_MAX, 0 },
		{ 0x80, 5, 5000000000 },
		{ 0x80 | 1, 3, 1500000000 },
		{ 0x80 | 20, (UINT64_C(1700000000) << 20) + 1, 1700000000000000953 },
		{ 0x80 | 32, (UINT64_C(1700000000) << 32) + UINT32_MAX, 1700000000999999999 },
		{ 0x80 | 33, (UINT64_C(1700000000) << 33) + 1, 1700000000000000000 },
		{ 0x80 | 63, UINT64_MAX, 1999999999 },
		{ 0x80 | 64, UINT64_MAX, 999999999 },
		{ 0x80 | 93, UINT64_MAX, 1 },
		{ 0x80 | 94, UINT64_MAX, 0 },
		{ 0x80 | 127, UINT64_MAX, 0 },
		{ 0x80 | 1, UINT64_MAX, CAPTURE_TIME_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture_clock clock = capture_clock_default;

		capture_clock_set_resolution(&clock, cases[i].resolution);
		assert_true(capture_clock_ns(&clock, cases[i].ticks) == cases[i].ns);
		capture_clock_set_offset(&clock, INT64_MAX);
		assert_true(capture_clock_ns(&clock, cases[i].ticks) <= CAPTURE_TIME_MAX);
		capture_clock_set_offset(&clock, INT64_MIN);
		assert_true(capture_clock_ns(&clock, cases[i].ticks) >= 0);
	}
}

static void
simple_and_old_packet_blocks_are_frames(void **state)
{
	size_t at;

	(void)state;
	build_start(&build, true);
	build_section(&build, true);
	build_interface(&build, 1, 50);
	build_packet(&build, 0, UINT64_C(1000000) * BUILD_SECONDS, 10, 10, 1);
	at = build_block(&build, 3);
	build_32(&build, 80);
	build_fill(&build, 2, 50);
	build_block_end(&build, at);
	at = build_block(&build, 2);
	build_16(&build, 0);
	build_16(&build, 0xffff);
	build_64(&build, UINT64_C(1000000) * BUILD_SECONDS + 1);
	build_32(&build, 30);
	build_32(&build, 40);
	build_fill(&build, 3, 30);
	build_block_end(&build, at);
	read_intact();
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.frames[1].caplen, 50);
	assert_int_equal(seen.frames[1].wirelen, 80);
	assert_true(seen.frames[1].ts_ns == start_ns);
	assert_int_equal(seen.frames[2].caplen, 30);
	assert_int_equal(seen.frames[2].wirelen, 40);
	assert_true(seen.frames[2].ts_ns == start_ns + 1000);
	seen_release(&seen);
}

static void
directions_come_from_packet_flags(void **state)
{
	static const uint8_t expected[] = { FRAME_DIRECTION_UNKNOWN, FRAME_INBOUND, FRAME_OUTBOUND,
					    FRAME_DIRECTION_UNKNOWN };
	uint32_t flags;
	size_t at;

	(void)state;
	build_start(&build, false);
	build_section(&build, false);
	build_interface(&build, 1, 0);
	for (unsigned i = 0; i < 4; i++) {
		at = build_block(&build, 6);
		build_fill(&build, 0, 12);
		build_32(&build, 5);
		build_32(&build, 5);
		build_fill(&build, 1, 5);
		build_fill(&build, 0, 3);
		build_option(&build, 1, "a comment", 9);
		flags = i | 0x40;
		build_16(&build, 2);
		build_16(&build, 4);
		build_32(&build, flags);
		build_option(&build, 0, NULL, 0);
		build_block_end(&build, at);
	}
	read_intact();
	assert_int_equal(seen.count, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(seen.frames[i].direction, expected[i]);
	seen_release(&seen);
}

static void
build_statistics(uint32_t interface, uint64_t interface_drops, uint64_t kernel_drops)
{
	size_t at = build_block(&build, 5);

	build_32(&build, interface);
	build_64(&build, 0);
	build_16(&build, 5);
	build_16(&build, 8);
	build_64(&build, interface_drops);
	build_16(&build, 7);
	build_16(&build, 8);
	build_64(&build, kernel_drops);
	build_block_end(&build, at);
}

static void
drop_counters_are_the_last_of_each_interface(void **state)
{
	(void)state;
	build_start(&build, false);
	build_section(&build, true);
	build_interface(&build, 1, 0);
	build_interface(&build, 1, 0);
	build_statistics(0, 1, 10);
	build_statistics(1, 2, 20);
	build_statistics(0, 3, 30);
	read_intact();
	assert_int_equal(seen_source(&seen, 0)->interface_drops, 5);
	assert_int_equal(seen_source(&seen, 0)->kernel_drops, 50);
	seen_release(&seen);
}

/* Wireshark shows systemd journal entries, custom blocks and sysdig events as frames. */
static void
numbers_are_those_of_wireshark(void **state)
{
	static const struct {
		uint32_t type;
		bool numbered;
	} blocks[] = { { 4, false },	      { 9, true },	    { 10, false },
		       { 0xbad, true },	      { 0x40000bad, true }, { 0x204, true },
		       { 0x12345678, false }, { 7, false } };
	unsigned number = 0;
	size_t at;

	(void)state;
	build_start(&build, false);
	build_section(&build, false);
	build_interface(&build, 1, 0);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		at = build_block(&build, blocks[i].type);
		build_fill(&build, 0, 20);
		build_block_end(&build, at);
		build_packets(&build, (unsigned)i, 1);
	}
	build_write(&build, "capture");
	seen_read_one(&seen, "capture");
	assert_int_equal(seen_source(&seen, 0)->damages, 0);
	assert_int_equal(seen.count, sizeof(blocks) / sizeof(blocks[0]));
	for (size_t i = 0; i < seen.count; i++) {
		number += blocks[i].numbered + 1U;
		assert_int_equal(seen.frames[i].number, number);
	}
	assert_int_equal(seen_source(&seen, 0)->frames, number);
	seen_release(&seen);
}

static void
blocks_that_cannot_be_are_left_out(void **state)
{
	size_t at;
	size_t first;

	(void)state;
	build_start(&build, false);
	build_section(&build, false);
	first = build.size;
	/* A packet before any interface. */
	build_packet(&build, 0, 0, 4, 4, 9);
	build_interface(&build, 1, 0);
	build_packets(&build, 0, 1);
	/* Of an interface that is not there. */
	build_packet(&build, 7, 0, 4, 4, 9);
	build_packets(&build, 1, 1);
	/* Longer than its block. */
	at = build.size;
	build_packet(&build, 0, 0, 4, 4, 9);
	build.data[at + 20] = 9;
	build_packets(&build, 2, 1);
	build_write(&build, "capture");
	seen_read_one(&seen, "capture");
	assert_int_equal(seen.count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(seen.marks[i], i);
	assert_int_equal(seen_source(&seen, 0)->damage, CAPTURE_GARBAGE);
	assert_int_equal(seen_source(&seen, 0)->damages, 3);
	assert_int_equal(seen_source(&seen, 0)->damage_offset, first);
	assert_int_equal(seen_source(&seen, 0)->skipped_bytes, 3 * 36);
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
		cmocka_unit_test(every_magic_in_both_byte_orders),
		cmocka_unit_test(odd_numbers_in_headers_are_tolerated),
		cmocka_unit_test(interfaces_differ_in_everything),
		cmocka_unit_test(times_are_exact_and_never_overflow),
		cmocka_unit_test(simple_and_old_packet_blocks_are_frames),
		cmocka_unit_test(directions_come_from_packet_flags),
		cmocka_unit_test(drop_counters_are_the_last_of_each_interface),
		cmocka_unit_test(numbers_are_those_of_wireshark),
		cmocka_unit_test(blocks_that_cannot_be_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, remove_files);
}

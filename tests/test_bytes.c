/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded reader: its edges, and the error that stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dissect/bytes.h"

static const uint8_t sample[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xf9, 0xfa };

static void
reads_big_endian_numbers_in_turn(void **state)
{
	struct bytes bytes = bytes_make(sample, sizeof(sample), sizeof(sample));

	(void)state;
	assert_int_equal(bytes_u8(&bytes), 0x01);
	assert_int_equal(bytes_u16(&bytes), 0x0203);
	assert_int_equal(bytes_u24(&bytes), 0x040506);
	assert_int_equal(bytes_u32(&bytes), 0x0708f9fa);
	assert_int_equal(bytes.error, BYTES_OK);
	assert_int_equal(bytes_captured(&bytes), 0);
	assert_int_equal(bytes_length(&bytes), 0);
}

static void
loads_both_byte_orders(void **state)
{
	(void)state;
	assert_int_equal(load_be16(sample + 8), 0xf9fa);
	assert_int_equal(load_le16(sample + 8), 0xfaf9);
	assert_int_equal(load_be32(sample + 6), 0x0708f9fa);
	assert_int_equal(load_le32(sample + 6), 0xfaf90807);
	assert_true(load_be64(sample + 2) == 0x030405060708f9fa);
}

static void
last_byte_is_readable_and_one_more_is_not(void **state)
{
	struct bytes bytes = bytes_make(sample, 2, 2);

	(void)state;
	assert_int_equal(bytes_u16(&bytes), 0x0102);
	assert_int_equal(bytes.error, BYTES_OK);
	assert_int_equal(bytes_u8(&bytes), 0);
	assert_int_equal(bytes.error, BYTES_SHORT);
}

static void
reads_beyond_the_end_give_zero(void **state)
{
	struct bytes bytes = bytes_make(sample, 1, 1);

	(void)state;
	assert_int_equal(bytes_u16(&bytes), 0);
	assert_int_equal(bytes_u24(&bytes), 0);
	assert_int_equal(bytes_u32(&bytes), 0);
	assert_null(bytes_take(&bytes, 1));
	assert_null(bytes_peek(&bytes, 1));
}

static void
nothing_is_left_after_a_failure(void **state)
{
	struct bytes bytes = bytes_make(sample, sizeof(sample), sizeof(sample));

	(void)state;
	bytes_skip(&bytes, sizeof(sample) + 1);
	assert_int_equal(bytes.error, BYTES_SHORT);
	assert_int_equal(bytes_u8(&bytes), 0);
	assert_int_equal(bytes_captured(&bytes), 0);
	assert_int_equal(bytes_length(&bytes), 0);
}

static void
what_the_snapshot_cut_is_told_from_what_was_never_there(void **state)
{
	struct bytes cut = bytes_make(sample, 4, 8);
	struct bytes shorter = bytes_make(sample, 4, 8);

	(void)state;
	bytes_skip(&cut, 8);
	assert_int_equal(cut.error, BYTES_CUT);
	bytes_skip(&shorter, 9);
	assert_int_equal(shorter.error, BYTES_SHORT);
}

static void
the_first_error_stays(void **state)
{
	struct bytes bytes = bytes_make(sample, 4, 8);

	(void)state;
	bytes_skip(&bytes, 6);
	bytes_skip(&bytes, 100);
	assert_int_equal(bytes.error, BYTES_CUT);
}

static void
a_huge_count_does_not_wrap(void **state)
{
	struct bytes bytes = bytes_make(sample, 4, 4);

	(void)state;
	assert_null(bytes_take(&bytes, UINT32_MAX));
	assert_int_equal(bytes.error, BYTES_SHORT);
}

static void
peeking_neither_moves_nor_fails(void **state)
{
	struct bytes bytes = bytes_make(sample, 4, 4);

	(void)state;
	assert_ptr_equal(bytes_peek(&bytes, 4), sample);
	assert_null(bytes_peek(&bytes, 5));
	assert_int_equal(bytes.error, BYTES_OK);
	assert_int_equal(bytes_u8(&bytes), 0x01);
}

static void
a_limit_shortens_and_never_lengthens(void **state)
{
	struct bytes bytes = bytes_make(sample, 6, 8);

	(void)state;
	bytes_limit(&bytes, 100);
	assert_int_equal(bytes_captured(&bytes), 6);
	assert_int_equal(bytes_length(&bytes), 8);
	bytes_limit(&bytes, 7);
	assert_int_equal(bytes_captured(&bytes), 6);
	assert_int_equal(bytes_length(&bytes), 7);
	bytes_limit(&bytes, 3);
	assert_int_equal(bytes_captured(&bytes), 3);
	assert_int_equal(bytes_length(&bytes), 3);
	bytes_skip(&bytes, 4);
	assert_int_equal(bytes.error, BYTES_SHORT);
}

static void
a_split_gives_the_part_and_steps_over_it(void **state)
{
	struct bytes bytes = bytes_make(sample, sizeof(sample), sizeof(sample));
	struct bytes part = bytes_split(&bytes, 3);

	(void)state;
	assert_int_equal(bytes_length(&part), 3);
	assert_int_equal(bytes_u24(&part), 0x010203);
	assert_int_equal(bytes_u8(&bytes), 0x04);
}

static void
a_split_beyond_the_end_keeps_what_there_is(void **state)
{
	struct bytes bytes = bytes_make(sample, 4, 8);
	struct bytes part = bytes_split(&bytes, 6);

	(void)state;
	assert_int_equal(bytes.error, BYTES_CUT);
	assert_int_equal(part.error, BYTES_OK);
	assert_int_equal(bytes_captured(&part), 4);
	assert_int_equal(bytes_length(&part), 6);
}

static void
a_wire_length_below_the_captured_one_is_mended(void **state)
{
	struct bytes bytes = bytes_make(sample, 4, 2);

	(void)state;
	assert_int_equal(bytes_length(&bytes), 4);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_big_endian_numbers_in_turn),
		cmocka_unit_test(loads_both_byte_orders),
		cmocka_unit_test(last_byte_is_readable_and_one_more_is_not),
		cmocka_unit_test(reads_beyond_the_end_give_zero),
		cmocka_unit_test(nothing_is_left_after_a_failure),
		cmocka_unit_test(what_the_snapshot_cut_is_told_from_what_was_never_there),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(a_huge_count_does_not_wrap),
		cmocka_unit_test(peeking_neither_moves_nor_fails),
		cmocka_unit_test(a_limit_shortens_and_never_lengthens),
		cmocka_unit_test(a_split_gives_the_part_and_steps_over_it),
		cmocka_unit_test(a_split_beyond_the_end_keeps_what_there_is),
		cmocka_unit_test(a_wire_length_below_the_captured_one_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

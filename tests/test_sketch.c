/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting in bounded memory: how far it is from the truth, and that parts add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/sketch.h"
#include "analyzer/table.h"

static void
few_are_counted_exactly(void **state)
{
	(void)state;
	struct distinct distinct = { .known = 0 };
	for (uint64_t i = 0; i < DISTINCT_EXACT; i++) {
		for (int again = 0; again < 3; again++)
			distinct_add(&distinct, sketch_mix(i + 1));
		assert_int_equal(distinct_count(&distinct), i + 1);
	}
}

static void
many_are_estimated_within_a_fifth(void **state)
{
	(void)state;
	static const uint64_t counts[] = { 50, 300, 1000, 20000, 500000 };
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct distinct distinct = { .known = 0 };
		for (uint64_t i = 0; i < counts[c]; i++)
			distinct_add(&distinct, sketch_mix(i * 7919 + 13));
		assert_in_range(distinct_count(&distinct), counts[c] * 4 / 5, counts[c] * 6 / 5);
	}
}

static void
distinct_parts_add_up(void **state)
{
	(void)state;
	struct distinct all = { .known = 0 }, part[2] = { { .known = 0 }, { .known = 0 } };
	for (uint64_t i = 0; i < 40; i++) {
		distinct_add(&all, sketch_mix(i));
		distinct_add(&part[i % 3 == 0], sketch_mix(i));
		distinct_merge(&part[0], &part[1]); /* in between, too */
	}
	assert_memory_equal(&all, &part[0], sizeof(all));
}

static void
the_most_frequent_values_are_kept(void **state)
{
	(void)state;
	struct values values = { .used = 0 };
	for (uint64_t i = 0; i < 2000; i++) {
		values_add(&values, (struct ip_addr){ 0, 1000 + i }, false, false);
		if (i % 4 == 0)
			values_add(&values, (struct ip_addr){ 0, 7 }, true, true);
	}
	const struct value *value = values_find(&values, (struct ip_addr){ 0, 7 });
	assert_non_null(value);
	assert_int_equal(value->bad, 500);
	assert_int_equal(value->silent, 500);
	assert_int_equal(value->good, 0);
}

static void
a_share_is_proven_by_a_large_sample_only(void **state)
{
	(void)state;
	assert_int_equal(sketch_proven_permille(0, 1000), 0);
	assert_int_equal(sketch_proven_permille(3, 0), 0);
	/* Wilson's interval: 1 of 10 proves 1.8 %, 100 of 1000 prove 8.3 %, 10 of 10 prove 72 % */
	assert_in_range(sketch_proven_permille(1, 10), 17, 18);
	assert_in_range(sketch_proven_permille(100, 1000), 82, 83);
	assert_in_range(sketch_proven_permille(10, 10), 722, 723);
	assert_in_range(sketch_proven_permille(12, 10), 722, 723);
}

static void
prefixes_cut_the_rest(void **state)
{
	(void)state;
	struct ip_addr four = { 0, UINT64_C(0xffff0a010203) };
	struct ip_addr cut = sketch_prefix(four, 4, 24);
	assert_true(cut.lo == UINT64_C(0xffff0a010200) && cut.hi == 0);
	struct ip_addr six = { UINT64_C(0x20010db800010002), UINT64_C(0x0003000400050006) };
	cut = sketch_prefix(six, 6, 64);
	assert_true(cut.hi == six.hi && cut.lo == 0);
	cut = sketch_prefix(six, 6, 48);
	assert_true(cut.hi == UINT64_C(0x20010db800010000) && cut.lo == 0);
	cut = sketch_prefix(six, 6, 128);
	assert_true(ip_addr_equal(cut, six));
	cut = sketch_prefix(six, 6, 0);
	assert_true(cut.hi == 0 && cut.lo == 0);
}

struct record {
	struct table_key key;
	uint64_t count;
};

static struct table_key
key(uint64_t number)
{
	return (struct table_key){ .a = { 0, number }, .port = (uint16_t)(number % 5) };
}

static void
a_table_finds_what_it_was_given(void **state)
{
	(void)state;
	struct table table;
	assert_true(table_init(&table, 1024, sizeof(struct record)));
	for (uint64_t i = 0; i < 500; i++) {
		const struct table_key k = key(i);
		struct record *record = table_take(&table, &k, 1, false);
		record->count += i;
	}
	assert_int_equal(table.used, 500);
	assert_int_equal(table.lost, 0);
	for (uint64_t i = 0; i < 500; i++) {
		const struct table_key k = key(i);
		const struct record *record = table_find(&table, &k);
		assert_non_null(record);
		assert_int_equal(record->count, i);
	}
	const struct table_key other = key(100000);
	assert_null(table_find(&table, &other));
	const void **sorted = table_sorted(&table);
	for (size_t i = 1; i < 500; i++)
		assert_true(((const struct record *)sorted[i - 1])->key.a.lo <
			    ((const struct record *)sorted[i])->key.a.lo);
	free(sorted);
	table_release(&table);
}

static void
who_passes_once_displaces_nobody(void **state)
{
	(void)state;
	struct table table;
	assert_true(table_init(&table, 64, sizeof(struct record)));
	for (uint64_t i = 0; i < 64; i++) {
		const struct table_key k = key(i);
		table_take(&table, &k, 1, false);
		table_take(&table, &k, 1, false);
	}
	uint64_t used = table.used;
	for (uint64_t i = 0; i < 100000; i++) {
		const struct table_key k = key(1000 + i);
		table_take(&table, &k, 1, true);
	}
	size_t alive = 0;
	for (uint64_t i = 0; i < 64; i++) {
		const struct table_key k = key(i);
		alive += table_find(&table, &k) != NULL;
	}
	assert_int_equal(table.used, 64);
	assert_true(alive >= used - 4);
	assert_true(table.lost >= 99000);
	/* one that comes again and again gets in */
	const struct table_key k = key(999999);
	assert_null(table_take(&table, &k, 1, true));
	assert_non_null(table_take(&table, &k, 1, true));
	assert_non_null(table_find(&table, &k));
	table_release(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_are_counted_exactly),
		cmocka_unit_test(many_are_estimated_within_a_fifth),
		cmocka_unit_test(distinct_parts_add_up),
		cmocka_unit_test(the_most_frequent_values_are_kept),
		cmocka_unit_test(a_share_is_proven_by_a_large_sample_only),
		cmocka_unit_test(prefixes_cut_the_rest),
		cmocka_unit_test(a_table_finds_what_it_was_given),
		cmocka_unit_test(who_passes_once_displaces_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

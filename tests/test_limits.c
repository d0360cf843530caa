/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of limits is whole: each has a name, a sensible default and a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/limits.h"

static int64_t
value_of(const struct limits *limits, const struct limit_info *info)
{
	int64_t value;
	memcpy(&value, (const char *)limits + info->offset, sizeof(value));
	return value;
}

static void
every_member_is_in_the_table_once(void **state)
{
	bool seen[sizeof(struct limits) / sizeof(int64_t)] = { false };

	(void)state;
	assert_int_equal(limit_info_count, sizeof(struct limits) / sizeof(int64_t));
	for (size_t i = 0; i < limit_info_count; i++) {
		size_t place = limit_infos[i].offset / sizeof(int64_t);
		assert_int_equal(limit_infos[i].offset % sizeof(int64_t), 0);
		assert_true(place < limit_info_count);
		assert_false(seen[place]);
		seen[place] = true;
	}
}

static void
the_defaults_are_those_of_the_table(void **state)
{
	struct limits limits;

	(void)state;
	memset(&limits, 0xff, sizeof(limits));
	limits_init(&limits);
	for (size_t i = 0; i < limit_info_count; i++) {
		assert_int_equal(value_of(&limits, &limit_infos[i]), limit_infos[i].value);
		assert_true(limit_infos[i].value > 0);
	}
}

static void
names_are_unique_and_fit_a_command_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < limit_info_count; i++) {
		const char *name = limit_infos[i].name;
		assert_true(strlen(name) > 0);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		assert_true(strlen(limit_infos[i].reason) > 20);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name, limit_infos[j].name);
	}
}

/* What the reasons say about each other. */
static void
limits_stand_in_the_order_that_their_reasons_give(void **state)
{
	struct limits limits;

	(void)state;
	limits_init(&limits);
	assert_true(limits.cut_ns < limits.syn_ns);
	assert_true(limits.duplicate_weak_ns < limits.duplicate_ns);
	assert_true(limits.late_synack_ns < limits.cut_ns);
	assert_true(limits.linger_ns < limits.unanswered_ns);
	assert_true(limits.stall_count >= 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_is_in_the_table_once),
		cmocka_unit_test(the_defaults_are_those_of_the_table),
		cmocka_unit_test(names_are_unique_and_fit_a_command_line),
		cmocka_unit_test(limits_stand_in_the_order_that_their_reasons_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

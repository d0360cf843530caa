/* SPDX-License-Identifier: BSD-2-Clause */
/* The two numbers of a link type. */
#include "dissect/capture_linktype.h"

#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
numbers_that_differ_are_translated(void **state)
{
	(void)state;
	assert_int_equal(linktype_to_dlt(101), DLT_RAW);
	assert_int_equal(linktype_to_dlt(14), DLT_RAW);
	assert_int_equal(linktype_from_dlt(DLT_RAW), 101);
	assert_int_equal(linktype_from_dlt(DLT_LOOP), 108);
}

static void
others_are_the_same(void **state)
{
	(void)state;
	assert_int_equal(linktype_from_dlt(DLT_EN10MB), 1);
	assert_int_equal(linktype_from_dlt(DLT_LINUX_SLL2), 276);
	assert_int_equal(linktype_from_dlt(DLT_NULL), 0);
	assert_int_equal(linktype_to_dlt(113), DLT_LINUX_SLL);
	assert_int_equal(linktype_to_dlt(65000), 65000);
}

static void
what_libpcap_knows_comes_back(void **state)
{
	(void)state;
	for (int dlt = 0; dlt < 300; dlt++) {
		if (pcap_datalink_val_to_name(dlt))
			assert_int_equal(linktype_to_dlt(linktype_from_dlt(dlt)), dlt);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_that_differ_are_translated),
		cmocka_unit_test(others_are_the_same),
		cmocka_unit_test(what_libpcap_knows_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

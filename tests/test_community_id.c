/* SPDX-License-Identifier: BSD-2-Clause */
/* Community IDs that other tools print for the same flows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/community_id.h"

static void
an_ipv4_flow_has_the_id_that_tshark_prints(void **state)
{
	const struct ip_addr client = { 0, 0xffff80e86e78 }; /* 128.232.110.120 */
	const struct ip_addr server = { 0, 0xffff4223facc }; /* 66.35.250.204 */
	char text[COMMUNITY_ID_SIZE];
	(void)state;
	community_id_tcp(client, 34855, server, 80, 4, text);
	assert_string_equal(text, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	community_id_tcp(server, 80, client, 34855, 4, text);
	assert_string_equal(text, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

static void
an_ipv6_flow_has_the_id_that_tshark_prints(void **state)
{
	/* 2001:470:e5bf:dead:4957:2174:e82c:4887 and 2607:f8b0:400c:c03::1a */
	const struct ip_addr client = { 0x20010470e5bfdead, 0x49572174e82c4887 };
	const struct ip_addr server = { 0x2607f8b0400c0c03, 0x1a };
	char text[COMMUNITY_ID_SIZE];
	(void)state;
	community_id_tcp(client, 63943, server, 25, 6, text);
	assert_string_equal(text, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
	community_id_tcp(server, 25, client, 63943, 6, text);
	assert_string_equal(text, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
}

static void
equal_addresses_are_ordered_by_port(void **state)
{
	const struct ip_addr host = { 0, 0xffff7f000001 };
	char one[COMMUNITY_ID_SIZE];
	char other[COMMUNITY_ID_SIZE];
	(void)state;
	community_id_tcp(host, 80, host, 50000, 4, one);
	community_id_tcp(host, 50000, host, 80, 4, other);
	assert_string_equal(one, other);
}

static void
ports_and_addresses_tell_flows_apart(void **state)
{
	const struct ip_addr a = { 0, 0xffff7f000001 };
	const struct ip_addr b = { 0, 0xffff7f000002 };
	char one[COMMUNITY_ID_SIZE];
	char other[COMMUNITY_ID_SIZE];
	(void)state;
	community_id_tcp(a, 80, b, 50000, 4, one);
	community_id_tcp(a, 50000, b, 80, 4, other);
	assert_string_not_equal(one, other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_flow_has_the_id_that_tshark_prints),
		cmocka_unit_test(an_ipv6_flow_has_the_id_that_tshark_prints),
		cmocka_unit_test(equal_addresses_are_ordered_by_port),
		cmocka_unit_test(ports_and_addresses_tell_flows_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, times and addresses as they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/format.h"

static const struct ip_addr v4 = { 0, 0xffffc0000201 };
static const struct ip_addr v6 = { 0x20010db800000000, 1 };

static void
addresses_are_those_of_inet_ntop(void **state)
{
	char text[FORMAT_ENDPOINT_SIZE];
	(void)state;
	format_address(v4, 4, text, sizeof(text));
	assert_string_equal(text, "192.0.2.1");
	format_address(v6, 6, text, sizeof(text));
	assert_string_equal(text, "2001:db8::1");
	format_address(v4, 6, text, sizeof(text));
	assert_string_equal(text, "::ffff:192.0.2.1");
}

static void
endpoints_put_brackets_around_ipv6(void **state)
{
	char text[FORMAT_ENDPOINT_SIZE];
	(void)state;
	format_endpoint(v4, 4, 80, text, sizeof(text));
	assert_string_equal(text, "192.0.2.1:80");
	format_endpoint(v6, 6, 65535, text, sizeof(text));
	assert_string_equal(text, "[2001:db8::1]:65535");
}

static void
the_longest_endpoint_fits(void **state)
{
	char text[FORMAT_ENDPOINT_SIZE];
	(void)state;
	format_endpoint((struct ip_addr){ 0xfedcba9876543210, 0xfedcba9876543210 }, 6, 65535, text,
			sizeof(text));
	assert_string_equal(text, "[fedc:ba98:7654:3210:fedc:ba98:7654:3210]:65535");
}

static void
timestamps_are_rfc_3339(void **state)
{
	char text[FORMAT_TIME_SIZE];
	(void)state;
	format_timestamp(INT64_C(1714979289123456), text, sizeof(text));
	assert_string_equal(text, "2024-05-06T07:08:09.123456Z");
	format_timestamp(0, text, sizeof(text));
	assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
	format_timestamp(-1, text, sizeof(text));
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
	format_date_time(INT64_C(1714979289123456), text, sizeof(text));
	assert_string_equal(text, "2024-05-06 07:08:09");
}

static void
the_outermost_timestamps_fit(void **state)
{
	char text[FORMAT_TIME_SIZE];
	(void)state;
	format_timestamp(INT64_MAX / 1000, text, sizeof(text));
	assert_string_equal(text, "2262-04-11T23:47:16.854775Z");
	format_timestamp(INT64_MIN / 1000, text, sizeof(text));
	assert_string_equal(text, "1677-09-21T00:12:43.145225Z");
}

static void
durations_have_three_digits_and_a_fitting_unit(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ 0, "0 s" },
		{ 1, "1 us" },
		{ 999, "999 us" },
		{ 1000, "1.00 ms" },
		{ 4214, "4.21 ms" },
		{ 4215, "4.22 ms" },
		{ 651000, "651 ms" },
		{ 1029009, "1.03 s" },
		{ 92149999, "92.1 s" },
		{ 119900000, "120 s" },
		{ 120000000, "2 min 0 s" },
		{ 252000000, "4 min 12 s" },
		{ INT64_C(12000) * 1000000, "3 h 20 min" },
		{ INT64_C(188000) * 1000000, "2 d 4 h" },
		{ -1030000, "-1.03 s" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[FORMAT_TIME_SIZE];
		format_duration(cases[i].us, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void
the_longest_durations_fit(void **state)
{
	char text[FORMAT_TIME_SIZE];
	(void)state;
	format_duration(INT64_MAX, text, sizeof(text));
	assert_string_equal(text, "106751991 d 4 h");
	format_duration(INT64_MIN, text, sizeof(text));
	assert_string_equal(text, "-106751991 d 4 h");
}

static void
amounts_are_in_powers_of_1000(void **state)
{
	char text[FORMAT_AMOUNT_SIZE];
	(void)state;
	format_bytes(1, text, sizeof(text));
	assert_string_equal(text, "1 byte");
	format_bytes(999, text, sizeof(text));
	assert_string_equal(text, "999 bytes");
	format_bytes(1500, text, sizeof(text));
	assert_string_equal(text, "1.50 kB");
	format_bytes(23400000, text, sizeof(text));
	assert_string_equal(text, "23.4 MB");
	format_bytes(UINT64_MAX, text, sizeof(text));
	assert_string_equal(text, "18446744 TB");
}

static void
counts_have_their_plural(void **state)
{
	char text[FORMAT_COUNT_SIZE];
	(void)state;
	format_count(1, "SYN", text, sizeof(text));
	assert_string_equal(text, "1 SYN");
	format_count(0, "SYN", text, sizeof(text));
	assert_string_equal(text, "0 SYNs");
	format_count(1, "address", text, sizeof(text));
	assert_string_equal(text, "1 address");
	format_count(9990, "address", text, sizeof(text));
	assert_string_equal(text, "9,990 addresses");
}

static void
numbers_are_grouped_by_three_digits(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 12345, "12,345" },
		{ 123456, "123,456" },
		{ 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[FORMAT_AMOUNT_SIZE];
		format_number(cases[i].number, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

/* Nearly all is not all, and nearly nothing is not nothing. */
static void
shares_are_per_cent(void **state)
{
	static const struct {
		uint64_t permille;
		const char *text;
	} cases[] = {
		{ 0, "0 %" },	 { 1, "0.1 %" },  { 20, "2 %" },     { 42, "4.2 %" },
		{ 381, "38 %" }, { 990, "99 %" }, { 999, "99.9 %" }, { 1000, "100 %" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[FORMAT_AMOUNT_SIZE];
		format_share(cases[i].permille, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void
windows_say_the_day_once(void **state)
{
	const int64_t us = INT64_C(1714979289123456);
	char text[FORMAT_WINDOW_SIZE];
	(void)state;
	format_clock(us, text, sizeof(text));
	assert_string_equal(text, "07:08:09.12");
	format_window(us, us + 1, text, sizeof(text));
	assert_string_equal(text, "2024-05-06 07:08:09 UTC");
	format_window(us, us + 32000000, text, sizeof(text));
	assert_string_equal(text, "2024-05-06 07:08:09 to 07:08:41 UTC");
	format_window(us, us + INT64_C(86400000000), text, sizeof(text));
	assert_string_equal(text, "2024-05-06 07:08:09 to 2024-05-07 07:08:09 UTC");
}

static void
networks_have_a_length_unless_they_are_hosts(void **state)
{
	const struct ip_addr address = { 0, 0xffff0a090000 };
	const struct ip_addr address6 = { UINT64_C(0x20010db800000000), 0 };
	char text[FORMAT_ENDPOINT_SIZE];
	(void)state;
	format_network(address, 4, 24, text, sizeof(text));
	assert_string_equal(text, "10.9.0.0/24");
	format_network(address, 4, 32, text, sizeof(text));
	assert_string_equal(text, "10.9.0.0");
	format_network(address6, 6, 64, text, sizeof(text));
	assert_string_equal(text, "2001:db8::/64");
	format_network(address6, 6, 128, text, sizeof(text));
	assert_string_equal(text, "2001:db8::");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_those_of_inet_ntop),
		cmocka_unit_test(endpoints_put_brackets_around_ipv6),
		cmocka_unit_test(the_longest_endpoint_fits),
		cmocka_unit_test(timestamps_are_rfc_3339),
		cmocka_unit_test(the_outermost_timestamps_fit),
		cmocka_unit_test(durations_have_three_digits_and_a_fitting_unit),
		cmocka_unit_test(the_longest_durations_fit),
		cmocka_unit_test(amounts_are_in_powers_of_1000),
		cmocka_unit_test(counts_have_their_plural),
		cmocka_unit_test(numbers_are_grouped_by_three_digits),
		cmocka_unit_test(shares_are_per_cent),
		cmocka_unit_test(windows_say_the_day_once),
		cmocka_unit_test(networks_have_a_length_unless_they_are_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

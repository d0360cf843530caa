/* SPDX-License-Identifier: BSD-2-Clause */
/* The sorted list: what comes first, that the cursor stays on its flow, that pausing holds all still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analyzer/limits.h"
#include "ui/flow_list.h"

enum { ROOM = 20000, COPY_BYTES = 0, MANY = 10000 };

/* Flow number began and was last seen that many seconds after the first. */
static void
take(struct journal *journal, uint32_t number, enum verdict_code code, int first_s, int last_s)
{
	const struct flow flow = {
		.number = number,
		.ip_version = 4,
		.client = { .lo = UINT64_C(0xffff0a000000) + number },
		.server = { .lo = UINT64_C(0xffff0a630001) },
		.client_port = 40000,
		.server_port = number % 2 ? 80 : 8080,
		.first_ns = NS_PER_S * first_s,
		.last_ns = NS_PER_S * last_s,
		.handshake_rtt_us = UINT32_MAX,
	};
	const struct verdict verdict = { .code = (uint8_t)code, .suspect = SUSPECT_SERVER };
	journal_take(journal, &flow, &verdict, number);
}

static void
assert_numbers(const struct flow_list *list, const char *wanted)
{
	char numbers[256] = "";
	size_t used = 0;
	for (size_t i = 0; i < list->count; i++)
		used += (size_t)snprintf(numbers + used, sizeof(numbers) - used, "%s%u",
					 i > 0 ? " " : "", (unsigned)flow_list_number(list, i));
	assert_string_equal(numbers, wanted);
	assert_int_equal(flow_list_number(list, list->count), 0);
}

static void
filter(struct flow_list *list, const struct journal *journal, const char *text)
{
	list->filter = (struct flow_filter){ 0 };
	flow_filter_parse(&list->filter, text);
	list->stale = true;
	flow_list_update(list, journal, 0);
}

static void
the_latest_failure_is_on_top(void **state)
{
	(void)state;
	struct journal *journal = journal_new(ROOM, COPY_BYTES);
	struct flow_list list = { 0 };
	take(journal, 1, VERDICT_RESET_BY_SERVER, 1, 90); /* began first, failed last */
	take(journal, 2, VERDICT_CLOSED_NORMAL, 2, 99);
	take(journal, 3, VERDICT_REFUSED_BY_RST, 3, 4);
	take(journal, 4, VERDICT_CLOSED_NORMAL, 4, 5);
	take(journal, 5, VERDICT_CLIENT_NO_REQUEST, 5, 6);
	flow_list_update(&list, journal, 0);
	assert_numbers(&list, "1 3 5 4 2");
	list.inverted = list.stale = true;
	flow_list_update(&list, journal, 0);
	assert_numbers(&list, "2 4 5 3 1");
	list.inverted = false;
	list.stale = true;
	list.order = ORDER_CLIENT;
	flow_list_update(&list, journal, 0);
	assert_numbers(&list, "1 2 3 4 5");
	flow_list_release(&list);
	journal_free(journal);
}

static void
the_cursor_stays_on_its_flow(void **state)
{
	(void)state;
	struct journal *journal = journal_new(ROOM, COPY_BYTES);
	struct flow_list list = { 0 };
	for (uint32_t i = 1; i <= 5; i++)
		take(journal, i, VERDICT_CLOSED_NORMAL, (int)i, (int)i);
	flow_list_update(&list, journal, 0);
	scroll_fit(&list.scroll, list.count, 3);
	assert_int_equal(list.held, 0);
	take(journal, 6, VERDICT_CLOSED_NORMAL, 6, 6);
	flow_list_update(&list, journal, 0);
	assert_int_equal(flow_list_number(&list, list.scroll.at), 6); /* still on top */
	list.scroll.at = 2;
	flow_list_hold(&list);
	take(journal, 7, VERDICT_REFUSED_BY_RST, 7, 7);
	take(journal, 8, VERDICT_REFUSED_BY_RST, 8, 8);
	flow_list_update(&list, journal, 0);
	assert_int_equal(flow_list_number(&list, list.scroll.at), 4);
	assert_int_equal(list.scroll.at - list.scroll.top, 2); /* on its line */
	filter(&list, journal, "refused");		       /* it is not in there */
	assert_numbers(&list, "8 7");
	assert_true(list.scroll.at < list.count);
	flow_list_release(&list);
	journal_free(journal);
}

static void
filters_look_at_all_that_is_shown(void **state)
{
	(void)state;
	struct journal *journal = journal_new(ROOM, COPY_BYTES);
	struct flow_list list = { 0 };
	take(journal, 1, VERDICT_REFUSED_BY_RST, 1, 1);
	take(journal, 2, VERDICT_SYN_UNANSWERED, 2, 2);
	take(journal, 3, VERDICT_CLOSED_NORMAL, 3, 3);
	filter(&list, journal, "refused");
	assert_numbers(&list, "1");
	assert_int_equal(list.total, 3);
	filter(&list, journal, "TIMEOUT"); /* a class */
	assert_numbers(&list, "2");
	filter(&list, journal, "10.0.0.3:");
	assert_numbers(&list, "3");
	filter(&list, journal, ":80 10.99");
	assert_numbers(&list, "2 1 3");
	filter(&list, journal, "  server   8080 ");
	assert_numbers(&list, "2");
	filter(&list, journal, "server nowhere");
	assert_numbers(&list, "");
	filter(&list, journal, "   ");
	assert_numbers(&list, "2 1 3");
	list.filter = (struct flow_filter){ .has_server = true,
					    .server = { .lo = UINT64_C(0xffff0a630001) },
					    .server_port = 80,
					    .ip_version = 4 };
	list.stale = true;
	flow_list_update(&list, journal, 0);
	assert_numbers(&list, "1 3"); /* and not port 8080 */
	flow_list_release(&list);
	journal_free(journal);
}

static void
a_frozen_list_stands_still(void **state)
{
	(void)state;
	struct journal *journal = journal_new(2, COPY_BYTES);
	struct flow_list list = { 0 };
	take(journal, 1, VERDICT_REFUSED_BY_RST, 1, 1);
	take(journal, 2, VERDICT_CLOSED_NORMAL, 2, 2);
	flow_list_freeze(&list, journal);
	flow_list_update(&list, journal, 0);
	take(journal, 2, VERDICT_REFUSED_BY_RST, 2, 9);
	take(journal, 3, VERDICT_REFUSED_BY_RST, 3, 3); /* pushes one out */
	flow_list_update(&list, journal, 10 * NS_PER_S);
	assert_numbers(&list, "1 2");
	assert_int_equal(flow_list_row(&list, journal, 1)->code, VERDICT_CLOSED_NORMAL);
	assert_int_equal(flow_list_row(&list, journal, 0)->code, VERDICT_REFUSED_BY_RST);
	filter(&list, journal, "closed"); /* still of what was there then */
	assert_numbers(&list, "2");
	filter(&list, journal, "");
	flow_list_thaw(&list);
	flow_list_update(&list, journal, 10 * NS_PER_S);
	assert_numbers(&list, "2 3");
	flow_list_release(&list);
	journal_free(journal);
}

/* Sorting many flows takes milliseconds: once a second must do, and what is gone meanwhile is NULL. */
static void
long_lists_are_sorted_once_a_second(void **state)
{
	(void)state;
	struct journal *journal = journal_new(MANY, COPY_BYTES);
	struct flow_list list = { 0 };
	for (uint32_t i = 1; i <= MANY; i++)
		take(journal, i, VERDICT_CLOSED_NORMAL, (int)i, (int)i);
	flow_list_update(&list, journal, NS_PER_S);
	assert_int_equal(flow_list_number(&list, 0), MANY);
	take(journal, MANY + 1, VERDICT_CLOSED_NORMAL, MANY + 1, MANY + 1);
	flow_list_update(&list, journal, NS_PER_S + NS_PER_S / 2);
	assert_int_equal(flow_list_number(&list, 0), MANY);
	assert_int_equal(list.count, MANY);
	assert_null(flow_list_row(&list, journal, MANY - 1)); /* number 1 was given up */
	flow_list_update(&list, journal, 2 * NS_PER_S);
	assert_int_equal(flow_list_number(&list, 0), MANY + 1);
	flow_list_release(&list);
	journal_free(journal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_failure_is_on_top),
		cmocka_unit_test(the_cursor_stays_on_its_flow),
		cmocka_unit_test(filters_look_at_all_that_is_shown),
		cmocka_unit_test(a_frozen_list_stands_still),
		cmocka_unit_test(long_lists_are_sorted_once_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

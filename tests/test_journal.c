/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of flows: order, what is given up first, and that nothing is lost unsaid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/journal.h"

enum { PLENTY = 1 << 20 };

/* Enters a flow of that number; handle 0: it has ended. */
static void
take(struct journal *journal, uint32_t number, enum verdict_code code, uint32_t handle)
{
	const struct flow flow = {
		.number = number,
		.client_port = (uint16_t)number,
		.ip_version = 4,
		.handshake_rtt_us = UINT32_MAX,
	};
	const struct verdict verdict = { .code = (uint8_t)code, .confidence = 90 };
	journal_take(journal, &flow, &verdict, handle);
}

/* The numbers listed, in order, must be these; 0 ends them. */
static void
assert_listed(const struct journal *journal, const uint32_t *numbers)
{
	size_t count = 0;
	for (; numbers[count] != 0; count++) {
		const struct journal_row *row = journal_row(journal, count);
		assert_non_null(row);
		assert_int_equal(row->number, numbers[count]);
		assert_ptr_equal(journal_find(journal, numbers[count]), row);
	}
	assert_int_equal(journal_count(journal), count);
	assert_null(journal_row(journal, count));
}

#define LISTED(journal, ...) assert_listed(journal, (const uint32_t[]){ __VA_ARGS__, 0 })

static void
rows_are_brought_up_to_date(void **state)
{
	(void)state;
	struct journal *journal = journal_new(10, PLENTY);
	take(journal, 1, VERDICT_HANDSHAKE_CUT, 5);
	uint64_t version = journal_version(journal);
	assert_false(journal_row(journal, 0)->final);
	assert_int_equal(journal_row(journal, 0)->handle, 5);
	assert_int_equal(journal_class_count(journal, CLASS_INCOMPLETE), 1);
	take(journal, 1, VERDICT_REFUSED_BY_RST, 0);
	LISTED(journal, 1);
	assert_true(journal_version(journal) > version);
	assert_true(journal_row(journal, 0)->final);
	assert_int_equal(journal_row(journal, 0)->code, VERDICT_REFUSED_BY_RST);
	assert_non_null(journal_row(journal, 0)->copy);
	assert_int_equal(journal_row(journal, 0)->copy->flow.number, 1);
	assert_int_equal(journal_class_count(journal, CLASS_INCOMPLETE), 0);
	assert_int_equal(journal_class_count(journal, CLASS_REFUSED), 1);
	assert_null(journal_find(journal, 2));
	journal_free(journal);
}

static void
what_ended_well_is_given_up_first(void **state)
{
	(void)state;
	struct journal *journal = journal_new(5, PLENTY);
	take(journal, 1, VERDICT_HANDSHAKE_CUT, 1);
	take(journal, 2, VERDICT_REFUSED_BY_RST, 0);
	take(journal, 3, VERDICT_CLOSED_NORMAL, 0);
	take(journal, 4, VERDICT_CLOSED_NORMAL, 4);
	take(journal, 5, VERDICT_CLOSED_NORMAL, 0);
	assert_int_equal(journal_lost(journal), 0);
	take(journal, 6, VERDICT_REFUSED_BY_RST, 0);
	LISTED(journal, 1, 2, 4, 5, 6);
	take(journal, 7, VERDICT_HANDSHAKE_CUT, 7);
	LISTED(journal, 1, 2, 4, 6, 7);
	take(journal, 8, VERDICT_HANDSHAKE_CUT, 8); /* now one that failed */
	LISTED(journal, 1, 4, 6, 7, 8);
	take(journal, 9, VERDICT_HANDSHAKE_CUT, 9);
	LISTED(journal, 1, 4, 7, 8, 9);
	take(journal, 10, VERDICT_HANDSHAKE_CUT, 10); /* then the oldest of all */
	LISTED(journal, 4, 7, 8, 9, 10);
	assert_int_equal(journal_lost(journal), 5);
	assert_int_equal(journal_class_count(journal, CLASS_REFUSED), 0);
	assert_null(journal_find(journal, 2));
	journal_free(journal);
}

static void
copies_are_bounded_and_their_rows_stay(void **state)
{
	(void)state;
	size_t bytes = offsetof(struct flow_copy, detail);
	struct journal *journal = journal_new(10, 2 * bytes);
	take(journal, 1, VERDICT_REFUSED_BY_RST, 0);
	take(journal, 2, VERDICT_CLOSED_NORMAL, 0);
	take(journal, 3, VERDICT_REFUSED_BY_RST, 0);
	LISTED(journal, 1, 2, 3);
	assert_non_null(journal_find(journal, 1)->copy);
	assert_null(journal_find(journal, 2)->copy); /* it did not fail */
	assert_non_null(journal_find(journal, 3)->copy);
	take(journal, 4, VERDICT_REFUSED_BY_RST, 0);
	assert_null(journal_find(journal, 1)->copy);
	assert_non_null(journal_find(journal, 4)->copy);
	assert_int_equal(journal_lost(journal), 0);
	journal_free(journal);
	journal = journal_new(10, bytes - 1);
	take(journal, 1, VERDICT_REFUSED_BY_RST, 0);
	assert_null(journal_find(journal, 1)->copy);
	journal_free(journal);
}

static void
clearing_forgets_what_has_ended(void **state)
{
	(void)state;
	struct journal *journal = journal_new(10, PLENTY);
	for (uint32_t i = 1; i <= 6; i++)
		take(journal, i, i % 2 ? VERDICT_REFUSED_BY_RST : VERDICT_CLOSED_NORMAL,
		     i % 3 == 0 ? i : 0);
	uint64_t version = journal_version(journal);
	journal_clear(journal);
	LISTED(journal, 3, 6);
	assert_true(journal_version(journal) > version);
	assert_int_equal(journal_class_count(journal, CLASS_REFUSED), 1);
	assert_int_equal(journal_class_count(journal, CLASS_OK), 1);
	assert_int_equal(journal_lost(journal), 0); /* asked for */
	take(journal, 7, VERDICT_CLOSED_NORMAL, 0);
	LISTED(journal, 3, 6, 7);
	journal_free(journal);
}

/* Ten times as many flows as there is room for, read only now and then. */
static void
the_order_survives_many_removals(void **state)
{
	(void)state;
	enum { ROOM = 1000 };
	struct journal *journal = journal_new(ROOM, PLENTY);
	for (uint32_t i = 1; i <= 10 * ROOM; i++) {
		take(journal, i, VERDICT_HANDSHAKE_CUT, i);
		if (i % 7 != 0)
			take(journal, i, i % 5 ? VERDICT_CLOSED_NORMAL : VERDICT_REFUSED_BY_RST, 0);
		if (i % 1500 != 0)
			continue;
		uint32_t before = 0;
		for (size_t j = 0; j < journal_count(journal); j++) {
			assert_true(journal_row(journal, j)->number > before);
			before = journal_row(journal, j)->number;
		}
	}
	assert_int_equal(journal_count(journal), ROOM);
	assert_int_equal(journal_lost(journal), 9 * ROOM);
	uint64_t listed = 0;
	for (unsigned i = 0; i < CLASSES; i++)
		listed += journal_class_count(journal, i);
	assert_int_equal(listed, ROOM);
	assert_int_equal(journal_class_count(journal, CLASSES), 0);
	journal_free(journal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_brought_up_to_date),
		cmocka_unit_test(what_ended_well_is_given_up_first),
		cmocka_unit_test(copies_are_bounded_and_their_rows_stay),
		cmocka_unit_test(clearing_forgets_what_has_ended),
		cmocka_unit_test(the_order_survives_many_removals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

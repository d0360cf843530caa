/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of a half: the table, the walks through it, and the names of the pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/state.h"
#include "tests/feed.h"

static void
every_cell_has_a_state_and_a_sentence(void **state)
{
	(void)state;
	for (int from = 0; from < HALF_STATES; from++) {
		for (int event = 0; event < HALF_EVENTS; event++) {
			const char *reason =
				half_step_reason((enum half_state)from, (enum half_event)event);
			assert_non_null(reason);
			assert_true(strlen(reason) > 5);
			assert_int_equal(reason[strlen(reason) - 1], '.');
			assert_true(half_step((enum half_state)from, (enum half_event)event) <
				    HALF_STATES);
		}
	}
}

static void
what_cannot_happen_changes_nothing(void **state)
{
	unsigned impossible = 0;

	(void)state;
	for (int from = 0; from < HALF_STATES; from++) {
		for (int event = 0; event < HALF_EVENTS; event++) {
			if (strncmp(half_step_reason((enum half_state)from, (enum half_event)event),
				    "Cannot happen", 13) != 0)
				continue;
			impossible++;
			assert_int_equal(half_step((enum half_state)from, (enum half_event)event),
					 from);
		}
	}
	assert_true(impossible > 0);
}

static void
a_fin_is_acknowledged_only_where_one_was_sent(void **state)
{
	(void)state;
	for (int from = 0; from < HALF_STATES; from++) {
		enum half_state next = half_step((enum half_state)from, EVENT_FIN_ACKED);
		bool sent = from == HALF_FIN_SENT || from == HALF_FIN_ACKED;
		assert_int_equal(next == HALF_FIN_ACKED, sent);
	}
}

static void
after_an_rst_only_a_new_syn_or_synack_revives(void **state)
{
	static const enum half_event events[] = {
		EVENT_ACK, EVENT_FIN, EVENT_RST, EVENT_SYN_ACKED, EVENT_FIN_ACKED, EVENT_RST_GIVEN
	};

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		assert_int_equal(half_step(HALF_RESET, events[i]), HALF_RESET);
		assert_int_equal(half_step(HALF_DEAD, events[i]), HALF_DEAD);
	}
	assert_int_equal(half_step(HALF_DEAD, EVENT_SYN), HALF_SYN_SENT);
	assert_int_equal(half_step(HALF_RESET, EVENT_SYNACK), HALF_SYN_RCVD);
	for (int from = 0; from < HALF_STATES; from++) {
		enum half_state next = half_step((enum half_state)from, EVENT_RST_GIVEN);
		assert_int_equal(next, from == HALF_RESET ? HALF_RESET : HALF_DEAD);
	}
}

/* One segment of a walk, and where both halves stand afterwards. */
struct step {
	const char *words;
	enum half_state client, server;
	const char *name;
};

static void
walk(const struct step *steps, size_t count)
{
	struct scene scene;
	scene_init(&scene);
	for (size_t i = 0; i < count; i++) {
		scene_play(&scene, steps[i].words, NULL);
		assert_int_equal(scene.flow->half[TO_SERVER].state, steps[i].client);
		assert_int_equal(scene.flow->half[TO_CLIENT].state, steps[i].server);
		assert_string_equal(flow_state_name(scene.flow), steps[i].name);
	}
	scene_release(&scene);
}

#define WALK(steps) walk(steps, sizeof(steps) / sizeof((steps)[0]))

#define OPENING                                                                                    \
	{ "> S 0(0)", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },                                      \
		{ "< S. 0(0) ack 1", HALF_OPEN, HALF_SYN_RCVD, "SYN_RECV" },                       \
	{                                                                                          \
		"> . 1(0) ack 1", HALF_OPEN, HALF_OPEN, "ESTABLISHED"                              \
	}

static void
a_normal_life(void **state)
{
	static const struct step steps[] = {
		OPENING,
		{ "> P. 1(10) ack 1", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "< P. 1(20) ack 11", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "> F. 11(0) ack 21", HALF_FIN_SENT, HALF_OPEN, "FIN_WAIT1" },
		{ "< . 21(0) ack 12", HALF_FIN_ACKED, HALF_OPEN, "CLOSE_WAIT" },
		{ "< F. 21(0) ack 12", HALF_FIN_ACKED, HALF_FIN_SENT, "LAST_ACK" },
		{ "> . 12(0) ack 22", HALF_FIN_ACKED, HALF_FIN_ACKED, "TIME_WAIT" },
		{ "> . 12(0) ack 22", HALF_FIN_ACKED, HALF_FIN_ACKED, "TIME_WAIT" },
	};

	(void)state;
	WALK(steps);
}

static void
a_refusal(void **state)
{
	static const struct step steps[] = {
		{ "> S 0(0)", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
		{ "< R -5000(0) win 0", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
		{ "< R. -5000(0) ack 1 win 0", HALF_DEAD, HALF_RESET, "CLOSED" },
		{ "+500 > S 0(0)", HALF_SYN_SENT, HALF_RESET, "CLOSED" },
		{ "< S. 0(0) ack 1", HALF_OPEN, HALF_SYN_RCVD, "SYN_RECV" },
	};

	(void)state;
	WALK(steps);
}

static void
a_half_close(void **state)
{
	static const struct step steps[] = {
		OPENING,
		{ "> F. 1(0) ack 1", HALF_FIN_SENT, HALF_OPEN, "FIN_WAIT1" },
		{ "< . 1(0) ack 2", HALF_FIN_ACKED, HALF_OPEN, "CLOSE_WAIT" },
		{ "< P. 1(500) ack 2", HALF_FIN_ACKED, HALF_OPEN, "CLOSE_WAIT" },
		{ "> . 2(0) ack 501", HALF_FIN_ACKED, HALF_OPEN, "CLOSE_WAIT" },
		{ "< F. 501(0) ack 2", HALF_FIN_ACKED, HALF_FIN_SENT, "LAST_ACK" },
	};

	(void)state;
	WALK(steps);
}

static void
both_close_at_once(void **state)
{
	static const struct step steps[] = {
		OPENING,
		{ "> F. 1(0) ack 1", HALF_FIN_SENT, HALF_OPEN, "FIN_WAIT1" },
		{ "< F. 1(0) ack 1", HALF_FIN_SENT, HALF_FIN_SENT, "CLOSING" },
		{ "> . 2(0) ack 2", HALF_FIN_SENT, HALF_FIN_ACKED, "LAST_ACK" },
		{ "< . 2(0) ack 2", HALF_FIN_ACKED, HALF_FIN_ACKED, "TIME_WAIT" },
	};

	(void)state;
	WALK(steps);
}

/* RFC 9293 figure 8. */
static void
a_simultaneous_open(void **state)
{
	static const struct step steps[] = {
		{ "> S 0(0)", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
		{ "< S 0(0)", HALF_SYN_SENT, HALF_SYN_SENT, "SYN_SENT" },
		{ "> S. 0(0) ack 1", HALF_SYN_RCVD, HALF_OPEN, "SYN_RECV" },
		{ "< S. 0(0) ack 1", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
	};

	(void)state;
	WALK(steps);
}

static void
a_reset(void **state)
{
	static const struct step steps[] = {
		OPENING,
		{ "> R 500(0) win 0", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "> R 1(0) win 0", HALF_RESET, HALF_DEAD, "CLOSED" },
		{ "< P. 1(10) ack 1", HALF_RESET, HALF_DEAD, "CLOSED" },
		{ "> R 1(0) win 0", HALF_RESET, HALF_DEAD, "CLOSED" },
	};

	(void)state;
	WALK(steps);
}

static void
a_syn_scan(void **state)
{
	static const struct step steps[] = {
		{ "> S 0(0)", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
		{ "< S. 0(0) ack 1", HALF_OPEN, HALF_SYN_RCVD, "SYN_RECV" },
		{ "> R 1(0) win 0", HALF_RESET, HALF_DEAD, "CLOSED" },
	};

	(void)state;
	WALK(steps);
}

static void
a_challenged_syn(void **state)
{
	static const struct step steps[] = {
		{ "> S 0(0)", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
		{ "< . 70000(0) ack 90000", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
		{ "< S. 0(0) ack 500", HALF_SYN_SENT, HALF_NONE, "SYN_SENT" },
	};

	(void)state;
	WALK(steps);
}

static void
met_in_midstream(void **state)
{
	static const struct step steps[] = {
		{ "> P. 1(10) ack 1", HALF_OPEN, HALF_NONE, "ESTABLISHED" },
		{ "< . 1(0) ack 11", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "< F. 1(0) ack 11", HALF_OPEN, HALF_FIN_SENT, "FIN_WAIT1" },
	};

	(void)state;
	WALK(steps);
}

static void
flags_that_no_tcp_sends_move_nothing(void **state)
{
	static const struct step steps[] = {
		OPENING,
		{ "> SF 1(0)", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "> FR. 1(0) ack 1", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "> F 1(0)", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
		{ "> - 1(10)", HALF_OPEN, HALF_OPEN, "ESTABLISHED" },
	};

	(void)state;
	WALK(steps);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_has_a_state_and_a_sentence),
		cmocka_unit_test(what_cannot_happen_changes_nothing),
		cmocka_unit_test(a_fin_is_acknowledged_only_where_one_was_sent),
		cmocka_unit_test(after_an_rst_only_a_new_syn_or_synack_revives),
		cmocka_unit_test(a_normal_life),
		cmocka_unit_test(a_refusal),
		cmocka_unit_test(a_half_close),
		cmocka_unit_test(both_close_at_once),
		cmocka_unit_test(a_simultaneous_open),
		cmocka_unit_test(a_reset),
		cmocka_unit_test(a_syn_scan),
		cmocka_unit_test(a_challenged_syn),
		cmocka_unit_test(met_in_midstream),
		cmocka_unit_test(flags_that_no_tcp_sends_move_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

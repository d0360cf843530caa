/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in, flows out: incarnations, eviction, retirement, what must not make a difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/feed.h"

static void
start(struct watch *watch)
{
	watch_init(watch);
	watch_start(watch);
}

static void
play_life(struct watch *watch)
{
	watch_play(watch, "> S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1", "> P. 1(10) ack 1",
		   "< P. 1(20) ack 11", "> F. 11(0) ack 21", "< F. 21(0) ack 12",
		   "> . 12(0) ack 22", NULL);
}

/* The same ports again, as a client that counts its ISNs up. */
static void
reuse_ports(struct watch *watch)
{
	watch->talk.client_isn += 1000000;
	watch->talk.server_isn += 2000000;
}

static const struct flow *
ended(const struct watch *watch, size_t index)
{
	assert_true(index < watch->ended_count);
	return &watch->ended[index].flow;
}

static void
a_life_is_one_flow(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	play_life(&watch);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_string_equal(watch_slug(&watch, 0), "closed-normal");
	assert_int_equal(ended(&watch, 0)->half[TO_SERVER].packets, 5);
	assert_int_equal(ended(&watch, 0)->half[TO_CLIENT].packets, 3);
	assert_int_equal(ended(&watch, 0)->half[TO_SERVER].span, 10);
	assert_int_equal(ended(&watch, 0)->half[TO_CLIENT].span, 20);
	assert_int_equal(tracker_stats(watch.tracker)->segments, 8);
	assert_int_equal(tracker_stats(watch.tracker)->flows_open, 0);
	watch_release(&watch);
}

static void
a_new_isn_on_old_ports_is_a_new_flow(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	play_life(&watch);
	reuse_ports(&watch);
	play_life(&watch);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 2);
	assert_true(ended(&watch, 0)->superseded);
	assert_int_equal(ended(&watch, 1)->previous_number, 1);
	assert_true(watch.ended[1].verdict.tags >> TAG_PORT_REUSED & 1);
	assert_false(watch.ended[0].verdict.tags >> TAG_PORT_REUSED & 1);
	watch_release(&watch);
}

static void
a_syn_resent_is_the_same_flow_however_late(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", "+1000 > S 0(0)", "+3000 > S 0(0)", "+27000 > S 0(0)",
		   "+32000 > S 0(0)", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_int_equal(ended(&watch, 0)->half[TO_SERVER].syn_count, 5);
	watch_release(&watch);
}

static void
a_syn_resent_after_refusal_is_the_same_flow(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", "< R. -5000(0) ack 1 win 0 id 0", "+500 > S 0(0)",
		   "< R. -5000(0) ack 1 win 0 id 0", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_string_equal(watch_slug(&watch, 0), "refused-by-rst");
	watch_release(&watch);
}

static void
the_same_syn_after_a_life_is_another_flow(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	play_life(&watch);
	watch_play(&watch, "+1000 > S 0(0)", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 2);
	watch_release(&watch);
}

static void
late_segments_go_to_the_incarnation_that_they_fit(void **state)
{
	struct watch watch;
	struct packet late;

	(void)state;
	start(&watch);
	play_life(&watch);
	struct talk old = watch.talk;
	watch.talk.client_isn += 100000000;
	watch.talk.server_isn += 200000000;
	watch_play(&watch, "+100 > S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1", NULL);
	old.now_ns = watch.talk.now_ns;
	old.frame = 100;
	late = talk_packet(&old, "< F. 21(0) ack 12");
	tracker_feed(watch.tracker, &late, 1);
	late = talk_packet(&old, "> R 12(0) win 0");
	tracker_feed(watch.tracker, &late, 1);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 2);
	assert_int_equal(ended(&watch, 0)->half[TO_CLIENT].packets, 4);
	assert_int_equal(ended(&watch, 0)->half[TO_SERVER].rst_count, 1);
	assert_int_equal(ended(&watch, 1)->half[TO_SERVER].rst_count, 0);
	assert_string_equal(watch_slug(&watch, 1), "open-at-end");
	watch_release(&watch);
}

static void
late_segments_without_their_incarnation_open_no_flow(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	play_life(&watch);
	watch_play(&watch, "+30000 < F. 21(0) ack 12", "> R 12(0) win 0", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	watch_release(&watch);
}

/* Data before its SYN in the file is not data on the SYN. */
static void
a_syn_behind_its_data_in_the_file_is_no_fast_open(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	watch_play(&watch, "> P. 1(10) ack 1", "-1 > S 0(0)", "+0.5 < S. 0(0) ack 1",
		   "+1 < . 1(0) ack 11", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_false(ended(&watch, 0)->fast_open_ignored);
	assert_int_equal(ended(&watch, 0)->half[TO_SERVER].span, 10);
	assert_int_equal(ended(&watch, 0)->half[TO_SERVER].unseen, 0);
	watch_release(&watch);
}

/* A late segment may come after its incarnation has ended; nobody watched for a negative time. */
static void
nobody_watches_for_less_than_no_time(void **state)
{
	struct watch watch;
	struct packet late;

	(void)state;
	start(&watch);
	play_life(&watch);
	struct talk old = watch.talk;
	watch.talk.client_isn += 100000000;
	watch.talk.server_isn += 200000000;
	watch_play(&watch, "> S 0(0)", "< S. 0(0) ack 1", NULL);
	old.now_ns = watch.talk.now_ns + 500 * INT64_C(1000000);
	late = talk_packet(&old, "> . 12(0) ack 22");
	tracker_feed(watch.tracker, &late, 1);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 2);
	assert_true(watch.ended[0].verdict.watched_us >= 0);
	watch_release(&watch);
}

/* The second file of an input begins an hour after the first has ended. */
static void
nobody_watches_between_two_files(void **state)
{
	struct watch watch;
	struct packet later;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", NULL);
	struct talk other = talk_init();
	other.client_port++;
	other.now_ns = watch.talk.now_ns + 3600 * NS_PER_S;
	later = talk_packet(&other, "> S 0(0)");
	later.source = 1;
	tracker_feed(watch.tracker, &later, 1);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 2);
	assert_int_equal(watch.ended[0].verdict.code, VERDICT_HANDSHAKE_CUT);
	assert_int_equal(watch.ended[0].verdict.watched_us, 0);
	watch_release(&watch);
}

/* Two incarnations, of which the older one is released first by time. */
static void
the_newer_incarnation_forgets_a_released_older_one(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	play_life(&watch);
	reuse_ports(&watch);
	watch_play(&watch, "+1000 > S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1",
		   "+120000 > P. 1(10) ack 1", NULL);
	assert_int_equal(watch.ended_count, 1);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 2);
	assert_int_equal(ended(&watch, 1)->previous, 0);
	assert_int_equal(ended(&watch, 1)->previous_number, 1);
	watch_release(&watch);
}

/* Three incarnations; the middle one is ended when the first is long gone, and so on: whatever is
 * released, the slots are filled at once by strangers that must not be taken for relatives. */
static void
links_survive_any_order_of_release(void **state)
{
	static const int rounds[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }, { 1, 2, 0 } };

	(void)state;
	for (size_t round = 0; round < sizeof(rounds) / sizeof(rounds[0]); round++) {
		struct watch watch;
		watch_init(&watch);
		watch.options.limits.max_flows = 4;
		watch.options.limits.max_attempts = 0;
		watch.options.limits.linger_ns = 2 * NS_PER_S;
		watch_start(&watch);
		for (int i = 0; i < 3; i++) {
			for (int wait = 0; wait < rounds[round][i]; wait++)
				watch_play(&watch, "+900 > S 0(0)", NULL);
			play_life(&watch);
			reuse_ports(&watch);
		}
		for (uint16_t i = 0; i < 20; i++) {
			watch.talk.client_port = (uint16_t)(41000 + i);
			watch_play(&watch, "+300 > S 0(0)", NULL);
		}
		watch.talk.client_port = 40000;
		watch_play(&watch, "> S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1", NULL);
		watch_finish(&watch);
		for (size_t i = 0; i < watch.ended_count; i++) {
			const struct flow *flow = ended(&watch, i);
			if (flow->client_port != 40000)
				assert_int_equal(flow->previous_number, 0);
			assert_int_equal(flow->half[TO_CLIENT].isn_known,
					 flow->client_port == 40000);
		}
		assert_int_equal(tracker_stats(watch.tracker)->flows, watch.ended_count);
		watch_release(&watch);
	}
}

static void
play_port(struct watch *watch, uint16_t port, const char *words)
{
	uint16_t before = watch->talk.client_port;
	watch->talk.client_port = port;
	watch_play(watch, words, NULL);
	watch->talk.client_port = before;
}

static void
a_full_table_lets_the_ended_go_first_and_the_open_last(void **state)
{
	struct watch watch;
	static const uint16_t order[] = { 4, 2, 5, 3, 100 };

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_flows = 5;
	watch.options.limits.max_attempts = 0;
	watch_start(&watch);
	play_port(&watch, 1, "> S 0(0)"); /* will be open */
	play_port(&watch, 1, "< S. 0(0) ack 1");
	play_port(&watch, 1, "> . 1(0) ack 1");
	play_port(&watch, 2, "> S 0(0)"); /* unanswered */
	play_port(&watch, 3, "> S 0(0)"); /* half open */
	play_port(&watch, 3, "< S. 0(0) ack 1");
	play_port(&watch, 4, "> S 0(0)"); /* refused */
	play_port(&watch, 4, "< R. -5000(0) ack 1 win 0");
	play_port(&watch, 5, "> S 0(0)"); /* unanswered, too, and younger */
	for (uint16_t i = 0; i < 5; i++) {
		/* what was silent for two seconds goes first */
		play_port(&watch, (uint16_t)(100 + i), i == 0 ? "+3000 > S 0(0)" : "> S 0(0)");
		assert_int_equal(watch.ended_count, i + 1);
		assert_int_equal(ended(&watch, i)->client_port, order[i]);
		assert_int_equal(ended(&watch, i)->evicted, i > 0);
	}
	assert_int_equal(tracker_stats(watch.tracker)->evicted, 4);
	/* of those that were driven out, late segments drive out nobody */
	play_port(&watch, 3, "> . 1(0) ack 1");
	play_port(&watch, 3, "> P. 1(10) ack 1");
	assert_int_equal(watch.ended_count, 5);
	assert_int_equal(tracker_stats(watch.tracker)->unheld, 2);
	play_port(&watch, 1, "> P. 1(10) ack 1");
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 10);
	assert_int_equal(tracker_stats(watch.tracker)->flows, 10);
	assert_int_equal(tracker_stats(watch.tracker)->flows_peak, 5);
	assert_int_equal(tracker_stats(watch.tracker)->unallocated, 0);
	watch_release(&watch);
}

/* A handshake that is just going on says more than an open flow that was silent longest; many of them are
 * a flood, which drives out itself. */
static void
a_full_table_goes_on_to_see_handshakes(void **state)
{
	enum { TABLE = 20, OPEN = TABLE - 1 };
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_flows = TABLE;
	watch.options.limits.max_attempts = 0;
	watch_start(&watch);
	for (uint16_t port = 1; port <= OPEN; port++) {
		play_port(&watch, port, "> S 0(0)");
		play_port(&watch, port, "< S. 0(0) ack 1");
		play_port(&watch, port, "> . 1(0) ack 1");
	}
	play_port(&watch, 100, "+100 > S 0(0)");
	play_port(&watch, 101, "> S 0(0)");
	assert_int_equal(watch.ended_count, 1);
	assert_int_equal(ended(&watch, 0)->client_port, 1);
	play_port(&watch, 102, "> S 0(0)");
	assert_int_equal(ended(&watch, 1)->client_port, 100);
	/* an answer to an attempt that had to go drives out nobody */
	play_port(&watch, 100, "< S. 0(0) ack 1");
	assert_int_equal(watch.ended_count, 2);
	assert_int_equal(tracker_stats(watch.tracker)->unheld, 1);
	watch_release(&watch);
}

/* Many flows that all are odd: the oldest are judged early, nothing is judged by half, and what a flow has
 * is not more than the bound. */
static void
bounded_memory_judges_early_and_loses_nothing_else(void **state)
{
	enum { FLOWS = 20000 };
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.memory_bytes = 4 << 20;
	watch_start(&watch);
	for (uint32_t i = 0; i < FLOWS; i++) {
		watch.talk.client_isn += 7919;
		play_port(&watch, (uint16_t)(1024 + i % 60000), "> S 0(0)");
		play_port(&watch, (uint16_t)(1024 + i % 60000), "+1 < S. 0(0) ack 1");
		play_port(&watch, (uint16_t)(1024 + i % 60000), "> . 1(0) ack 1");
		play_port(&watch, (uint16_t)(1024 + i % 60000), "> P. 101(10) ack 1"); /* a hole */
	}
	const struct tracker_stats *stats = tracker_stats(watch.tracker);
	assert_int_equal(stats->flows, FLOWS);
	assert_int_equal(stats->unallocated, 0);
	assert_in_range(stats->flows_peak, 1000, 4 << 10);
	assert_in_range(stats->evicted, FLOWS - (4 << 10), FLOWS - 1000);
	watch_finish(&watch);
	watch_release(&watch);
}

/* An attempt that nobody answers makes room, not the client that is just closing; yet that has its verdict,
 * and goes before a handshake that is just going on. */
static void
a_full_table_spares_what_has_just_ended(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_flows = 2;
	watch.options.limits.max_attempts = 0;
	watch_start(&watch);
	play_port(&watch, 2, "> S 0(0)");
	play_port(&watch, 1, "+3000 > S 0(0)");
	play_port(&watch, 1, "< R. -5000(0) ack 1 win 0");
	play_port(&watch, 3, "> S 0(0)");
	assert_int_equal(watch.ended_count, 1);
	assert_int_equal(ended(&watch, 0)->client_port, 2);
	assert_true(ended(&watch, 0)->evicted);
	play_port(&watch, 4, "> S 0(0)");
	assert_int_equal(watch.ended_count, 2);
	assert_int_equal(ended(&watch, 1)->client_port, 1);
	assert_false(ended(&watch, 1)->evicted);
	watch_release(&watch);
}

static void
a_full_table_lets_the_superseded_go_before_the_refused(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_flows = 3;
	watch.options.limits.max_attempts = 0;
	watch_start(&watch);
	play_port(&watch, 1, "> S 0(0)");
	play_port(&watch, 1, "< R. -5000(0) ack 1 win 0");
	play_port(&watch, 2, "> S 0(0)");
	watch.talk.client_isn += 1000;
	play_port(&watch, 2, "> S 0(0)");
	play_port(&watch, 3, "+3000 > S 0(0)");
	assert_int_equal(watch.ended_count, 1);
	assert_int_equal(ended(&watch, 0)->number, 2);
	assert_true(ended(&watch, 0)->superseded);
	assert_false(ended(&watch, 0)->evicted);
	assert_int_equal(tracker_stats(watch.tracker)->evicted, 0);
	watch_release(&watch);
}

static void
an_active_flow_outlives_an_idle_one_at_eviction(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_flows = 2;
	watch.options.limits.max_attempts = 0;
	watch_start(&watch);
	for (uint16_t port = 1; port <= 2; port++) {
		play_port(&watch, port, "> S 0(0)");
		play_port(&watch, port, "< S. 0(0) ack 1");
		play_port(&watch, port, "> . 1(0) ack 1");
	}
	play_port(&watch, 1, "+1000 > P. 1(10) ack 1");
	play_port(&watch, 3, "> S 0(0)");
	assert_int_equal(watch.ended_count, 1);
	assert_int_equal(ended(&watch, 0)->client_port, 2);
	assert_true(watch.ended[0].verdict.tags >> TAG_EVICTED & 1);
	watch_release(&watch);
}

static void
one_flow_is_room_enough(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_flows = 1;
	watch.options.limits.max_attempts = 0;
	watch_start(&watch);
	for (int i = 0; i < 10; i++) {
		play_life(&watch);
		reuse_ports(&watch);
	}
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 10);
	for (size_t i = 0; i < 10; i++)
		assert_string_equal(watch_slug(&watch, i), "closed-normal");
	assert_int_equal(tracker_stats(watch.tracker)->flows_peak, 1);
	watch_release(&watch);
}

static void
a_closed_flow_retires_after_its_linger_and_not_before(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	play_life(&watch);
	tracker_advance(watch.tracker, watch.talk.now_ns + watch.options.limits.linger_ns - 1);
	assert_int_equal(watch.ended_count, 0);
	tracker_advance(watch.tracker, watch.talk.now_ns + watch.options.limits.linger_ns);
	assert_int_equal(watch.ended_count, 1);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	watch_release(&watch);
}

/* Few late segments come to many ended flows: memory goes to those that live. */
static void
of_too_many_closed_flows_the_oldest_retire_at_once(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch.options.limits.max_closed = 2;
	watch_start(&watch);
	for (uint16_t port = 1; port <= 4; port++) {
		watch.talk.client_port = port;
		play_life(&watch);
	}
	tracker_advance(watch.tracker, watch.talk.now_ns + 1);
	assert_int_equal(watch.ended_count, 2);
	assert_int_equal(ended(&watch, 0)->client_port, 1);
	assert_int_equal(ended(&watch, 1)->client_port, 2);
	assert_false(ended(&watch, 0)->evicted);
	assert_int_equal(tracker_stats(watch.tracker)->evicted, 0);
	watch_release(&watch);
}

static void
an_attempt_retires_when_nobody_can_answer_any_more(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", "+1000 > S 0(0)", NULL);
	tracker_advance(watch.tracker, watch.talk.now_ns + watch.options.limits.unanswered_ns - 1);
	assert_int_equal(watch.ended_count, 0);
	tracker_advance(watch.tracker, watch.talk.now_ns + watch.options.limits.unanswered_ns);
	assert_int_equal(watch.ended_count, 1);
	assert_string_equal(watch_slug(&watch, 0), "syn-unanswered");
	watch_release(&watch);
}

static void
an_open_flow_never_retires_by_silence(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1", NULL);
	tracker_advance(watch.tracker, watch.talk.now_ns + 7200 * NS_PER_S);
	assert_int_equal(watch.ended_count, 0);
	watch_play(&watch, "+7300000 > P. 1(10) ack 1", "< . 1(0) ack 11", NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	watch_release(&watch);
}

static void
time_never_counts_backwards(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", "< S. 0(0) ack 1", "-0.5 > . 1(0) ack 1", NULL);
	tracker_advance(watch.tracker, 0);
	tracker_advance(watch.tracker, watch.talk.now_ns + 100 * NS_PER_S);
	tracker_advance(watch.tracker, watch.talk.now_ns + 50 * NS_PER_S);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_int_equal(watch.ended[0].verdict.watched_us, 100000000);
	assert_true(ended(&watch, 0)->established);
	assert_int_equal(tracker_stats(watch.tracker)->time_steps_back, 1);
	assert_true(tracker_stats(watch.tracker)->first_ns < tracker_stats(watch.tracker)->last_ns);
	watch_release(&watch);
}

static void
flows_at_the_end_come_in_the_order_of_first_frames(void **state)
{
	struct watch watch;

	(void)state;
	start(&watch);
	for (uint16_t port = 1; port <= 100; port++)
		play_port(&watch, port, port % 3 == 0 ? "> R. 1(0) ack 1" : "> S 0(0)");
	for (uint16_t port = 100; port >= 1; port--)
		if (port % 3 != 0)
			play_port(&watch, port,
				  port % 2 == 0 ? "< S. 0(0) ack 1" : "< R. 1(0) ack 1");
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(ended(&watch, i)->number, i + 1);
	watch_release(&watch);
}

/* A fixed mixture of some hundred segments of a few endpoints. */
static size_t
mixture(struct packet *packets, size_t max)
{
	static const char *const words[] = {
		"> S 0(0)",
		"< S. 0(0) ack 1",
		"> . 1(0) ack 1",
		"> P. 1(100) ack 1",
		"< P. 1(50) ack 101",
		"> P. 1(100) ack 1",
		"+2500 < F. 51(0) ack 101",
		"> R 101(0) win 0",
		"< R. -5000(0) ack 1 win 0",
		"-40 > F. 101(0) ack 51",
	};
	struct talk talk = talk_init();
	uint32_t random = 12345;
	for (size_t i = 0; i < max; i++) {
		random = random * 1664525 + 1013904223;
		talk.client_port = (uint16_t)(40000 + (random >> 28));
		talk.client_isn = 1000 + (random >> 26 & 3) * 50000000;
		packets[i] = talk_packet(&talk, words[(random >> 16) % 10]);
	}
	return max;
}

static void
feed_in_batches(struct watch *watch, const struct packet *packets, size_t count, size_t batch)
{
	for (size_t i = 0; i < count; i += batch)
		tracker_feed(watch->tracker, packets + i, count - i < batch ? count - i : batch);
	watch_finish(watch);
}

static void
assert_same(const struct watch *a, const struct watch *b)
{
	assert_int_equal(a->ended_count, b->ended_count);
	assert_true(a->ended_count > 10 && a->ended_count < ENDED_MAX);
	for (size_t i = 0; i < a->ended_count; i++) {
		const struct flow *left = ended(a, i), *right = ended(b, i);
		assert_int_equal(left->number, right->number);
		assert_int_equal(left->client_port, right->client_port);
		assert_int_equal(left->previous_number, right->previous_number);
		assert_int_equal(left->half[0].packets, right->half[0].packets);
		assert_int_equal(left->half[1].packets, right->half[1].packets);
		assert_memory_equal(&a->ended[i].verdict, &b->ended[i].verdict,
				    sizeof(struct verdict));
	}
	assert_memory_equal(tracker_stats(a->tracker), tracker_stats(b->tracker),
			    sizeof(struct tracker_stats));
}

static void
neither_batches_nor_the_hash_key_make_a_difference(void **state)
{
	static const size_t batches[] = { 1, 2, 31, 32, 33, 600 };
	static const int64_t capacities[] = { 3, 1000 };
	static struct packet packets[600];
	size_t count = mixture(packets, 600);

	(void)state;
	for (size_t c = 0; c < 2; c++) {
		struct watch one;
		watch_init(&one);
		one.options.limits.max_flows = capacities[c];
		watch_start(&one);
		feed_in_batches(&one, packets, count, 1);
		for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
			struct watch other;
			watch_init(&other);
			other.options.limits.max_flows = capacities[c];
			other.options.hash_key[0] = i * UINT64_C(0x123456789abcdef);
			other.options.hash_key[1] = ~other.options.hash_key[0];
			watch_start(&other);
			feed_in_batches(&other, packets, count, batches[i]);
			assert_same(&one, &other);
			watch_release(&other);
		}
		watch_release(&one);
	}
}

static void
every_segment_is_counted_in_one_flow(void **state)
{
	static struct packet packets[600];
	struct watch watch;
	uint64_t sum = 0;

	(void)state;
	start(&watch);
	feed_in_batches(&watch, packets, mixture(packets, 600), 64);
	for (size_t i = 0; i < watch.ended_count; i++)
		sum += ended(&watch, i)->half[0].packets + ended(&watch, i)->half[1].packets;
	assert_int_equal(sum, 600);
	assert_int_equal(tracker_stats(watch.tracker)->segments, 600);
	assert_int_equal(tracker_stats(watch.tracker)->flows, watch.ended_count);
	watch_release(&watch);
}

static void
what_is_not_tcp_makes_no_flow(void **state)
{
	struct watch watch;
	struct packet packet = { .kind = PACKET_NOT_TCP, .ts_ns = 5, .frame = 1 };

	(void)state;
	start(&watch);
	tracker_feed(watch.tracker, &packet, 1);
	tracker_feed(watch.tracker, &packet, 0);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 0);
	assert_int_equal(tracker_stats(watch.tracker)->segments, 0);
	watch_release(&watch);
}

static struct packet
icmp_about(struct talk *talk, const char *words, uint8_t code)
{
	struct packet packet = talk_packet(talk, words);
	packet.kind = PACKET_ICMP_ERROR;
	packet.quoted_src = packet.src;
	packet.quoted_dst = packet.dst;
	packet.src = ipv4(0x0a0000fe);
	packet.dst = packet.quoted_src;
	packet.icmp_type = 3;
	packet.icmp_code = code;
	return packet;
}

static void
an_icmp_error_finds_the_flow_that_it_quotes(void **state)
{
	struct watch watch;
	struct packet icmp;

	(void)state;
	start(&watch);
	watch_play(&watch, "> S 0(0)", NULL);
	icmp = icmp_about(&watch.talk, "> S 0(0)", 13);
	tracker_feed(watch.tracker, &icmp, 1);
	watch.talk.client_port++;
	icmp = icmp_about(&watch.talk, "> S 0(0)", 13);
	tracker_feed(watch.tracker, &icmp, 1);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	assert_string_equal(watch_slug(&watch, 0), "filtered-by-icmp");
	assert_int_equal(tracker_stats(watch.tracker)->icmp_errors, 2);
	assert_int_equal(tracker_stats(watch.tracker)->icmp_orphans, 1);
	watch_release(&watch);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_life_is_one_flow),
		cmocka_unit_test(a_new_isn_on_old_ports_is_a_new_flow),
		cmocka_unit_test(a_syn_resent_is_the_same_flow_however_late),
		cmocka_unit_test(a_syn_resent_after_refusal_is_the_same_flow),
		cmocka_unit_test(the_same_syn_after_a_life_is_another_flow),
		cmocka_unit_test(late_segments_go_to_the_incarnation_that_they_fit),
		cmocka_unit_test(late_segments_without_their_incarnation_open_no_flow),
		cmocka_unit_test(a_syn_behind_its_data_in_the_file_is_no_fast_open),
		cmocka_unit_test(nobody_watches_for_less_than_no_time),
		cmocka_unit_test(nobody_watches_between_two_files),
		cmocka_unit_test(the_newer_incarnation_forgets_a_released_older_one),
		cmocka_unit_test(links_survive_any_order_of_release),
		cmocka_unit_test(a_full_table_lets_the_ended_go_first_and_the_open_last),
		cmocka_unit_test(a_full_table_spares_what_has_just_ended),
		cmocka_unit_test(a_full_table_goes_on_to_see_handshakes),
		cmocka_unit_test(bounded_memory_judges_early_and_loses_nothing_else),
		cmocka_unit_test(a_full_table_lets_the_superseded_go_before_the_refused),
		cmocka_unit_test(an_active_flow_outlives_an_idle_one_at_eviction),
		cmocka_unit_test(one_flow_is_room_enough),
		cmocka_unit_test(a_closed_flow_retires_after_its_linger_and_not_before),
		cmocka_unit_test(of_too_many_closed_flows_the_oldest_retire_at_once),
		cmocka_unit_test(an_attempt_retires_when_nobody_can_answer_any_more),
		cmocka_unit_test(an_open_flow_never_retires_by_silence),
		cmocka_unit_test(time_never_counts_backwards),
		cmocka_unit_test(flows_at_the_end_come_in_the_order_of_first_frames),
		cmocka_unit_test(neither_batches_nor_the_hash_key_make_a_difference),
		cmocka_unit_test(every_segment_is_counted_in_one_flow),
		cmocka_unit_test(what_is_not_tcp_makes_no_flow),
		cmocka_unit_test(an_icmp_error_finds_the_flow_that_it_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

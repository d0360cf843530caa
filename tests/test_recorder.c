/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorder keeps the newest packets, finds them by flow, and writes each marked one once. */
#include "tests/recorder_trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SMALL = 65536,
	LARGE = 1 << 22,
	MANY = 20000,
	FIND_MAX = 4096,
};

#define BEGAN TRIAL_BEGAN_NS
#define STEP_NS INT64_C(1000000)

static struct trial *
begin(size_t memory, int64_t age_ns, bool whole)
{
	const struct recorder_options options = { .memory_bytes = memory,
						  .age_ns = age_ns,
						  .whole = whole };
	return trial_begin(&options);
}

static void
open_file(struct trial *trial, const char *name)
{
	const struct recorder_output output = { .path = trial_path(name) };
	assert_int_equal(recorder_open(trial->recorder, &output), 0);
}

static void
all_of_a_flow_is_found_in_either_order_of_its_ends(void **state)
{
	struct trial *trial = begin(LARGE, 0, false);
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		trial_add(trial, i % 3, i % 2, i, BEGAN + i * STEP_NS);
	trial_add_error(trial, 1, BEGAN + 100 * STEP_NS);
	for (unsigned flow = 0; flow < 4; flow++) {
		trial_find(trial, flow, 0, FIND_MAX);
		trial_find(trial, flow, BEGAN + 50 * STEP_NS, FIND_MAX);
		trial_find(trial, flow, 0, 10);
		trial_find(trial, flow, 0, 0);
	}
	trial_end(trial);
}

static void
the_memory_is_used_and_the_oldest_make_place(void **state)
{
	struct trial *trial = begin(SMALL, 0, true);
	struct recorder_stats stats;
	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		trial_add(trial, i % 7, true, i * 31 % 1400, BEGAN + i * STEP_NS);
		if (i % 101 == 0)
			trial_find(trial, i % 8, i % 3 == 0 ? BEGAN + i / 2 * STEP_NS : 0,
				   FIND_MAX);
	}
	size_t bytes = 0;
	for (size_t i = trial->held_from; i < trial->count; i++)
		bytes += trial->record[i].caplen + 56; /* and what is kept beside a frame */
	assert_true(bytes > SMALL / 8 * 7);
	assert_true(bytes < SMALL / 8 * 9);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.added, MANY);
	assert_true(stats.oldest_ns > BEGAN);
	trial_end(trial);
}

static void
what_was_given_up_of_a_flow_is_said(void **state)
{
	struct trial *trial = begin(SMALL, 0, false);
	struct recorder_frame frames[4];
	const struct recorder_key key = trial_key(1);
	const struct recorder_key young = trial_key(2);
	bool cut;
	(void)state;
	trial_add(trial, 1, true, 0, BEGAN);
	for (unsigned i = 1; i < MANY; i++)
		trial_add(trial, 0, true, 0, BEGAN + i * STEP_NS);
	trial_add(trial, 1, true, 0, BEGAN + MANY * STEP_NS);
	trial_add(trial, 2, true, 0, BEGAN + MANY * STEP_NS);
	assert_int_equal(recorder_find(trial->recorder, &key, BEGAN, frames, 4, &cut), 1);
	assert_true(cut);
	assert_int_equal(
		recorder_find(trial->recorder, &key, BEGAN + MANY * STEP_NS, frames, 4, &cut), 1);
	assert_false(cut);
	assert_int_equal(
		recorder_find(trial->recorder, &young, BEGAN + MANY * STEP_NS, frames, 4, &cut), 1);
	assert_false(cut);
	trial_end(trial);
}

static void
records_age_with_packets_and_with_the_clock(void **state)
{
	struct trial *trial = begin(LARGE, 10 * STEP_NS, false);
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		trial_add(trial, i % 2, true, 0, BEGAN + i * STEP_NS);
	assert_int_equal(trial->count - trial->held_from, 11);
	trial_advance(trial, BEGAN + 104 * STEP_NS);
	assert_int_equal(trial->count - trial->held_from, 6);
	trial_find(trial, 0, 0, FIND_MAX);
	trial_advance(trial, BEGAN + 1000 * STEP_NS);
	assert_int_equal(trial->held_from, trial->count);
	trial_find(trial, 0, 0, FIND_MAX);
	trial_end(trial);
}

static void
a_clock_that_is_set_back_does_not_stop_recording(void **state)
{
	struct trial *trial = begin(LARGE, 10 * STEP_NS, false);
	(void)state;
	trial_add(trial, 0, true, 0, BEGAN + 5000 * STEP_NS);
	for (unsigned i = 0; i < 5; i++)
		trial_add(trial, 0, true, 0, BEGAN + i * STEP_NS);
	assert_int_equal(trial->count - trial->held_from, 5);
	trial_end(trial);
}

static void
a_mark_reaches_back_and_ahead(void **state)
{
	struct trial *trial = begin(SMALL, 0, false);
	(void)state;
	open_file(trial, "mark.pcapng");
	for (unsigned i = 0; i < 30; i++)
		trial_add(trial, i % 3, true, 100, BEGAN + i * STEP_NS);
	trial_mark(trial, 1, BEGAN + 10 * STEP_NS);
	trial_mark(trial, 2, BEGAN + 100 * STEP_NS);
	for (unsigned i = 30; i < MANY; i++)
		trial_add(trial, i % 5, i % 2, 100, BEGAN + i * STEP_NS);
	trial_mark(trial, 1, BEGAN); /* what lies before has long left */
	assert_true(trial->held_from > 30);
	assert_int_equal(recorder_close(trial->recorder), 0);
	trial_expect_marked(trial, trial_path("mark.pcapng"));
	trial_end(trial);
}

static void
a_second_mark_reaches_further_back(void **state)
{
	struct trial *trial = begin(LARGE, 0, false);
	(void)state;
	open_file(trial, "second.pcapng");
	for (unsigned i = 0; i < 30; i++)
		trial_add(trial, 0, true, 100, BEGAN + i * STEP_NS);
	trial_mark(trial, 0, BEGAN + 20 * STEP_NS);
	trial_mark(trial, 0, BEGAN + 25 * STEP_NS);
	trial_mark(trial, 0, BEGAN + 10 * STEP_NS);
	assert_int_equal(recorder_close(trial->recorder), 0);
	trial_expect_marked(trial, trial_path("second.pcapng"));
	trial_end(trial);
}

static void
a_mark_ends_when_its_flow_was_silent_for_the_age(void **state)
{
	struct trial *trial = begin(LARGE, 10 * STEP_NS, false);
	struct recorder_stats stats;
	(void)state;
	open_file(trial, "ends.pcapng");
	trial_add(trial, 0, true, 0, BEGAN);
	trial_mark(trial, 0, 0);
	for (unsigned i = 1; i < 5; i++) /* as long as it speaks it goes on */
		trial_add(trial, 0, true, 0, BEGAN + i * 9 * STEP_NS);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.marks, 1);
	trial_advance(trial, BEGAN + 47 * STEP_NS);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.marks, 0);
	trial_add(trial, 0, true, 0, BEGAN + 48 * STEP_NS);
	trial_advance(trial, BEGAN + 60 * STEP_NS);
	assert_int_equal(recorder_close(trial->recorder), 0);
	trial_expect_marked(trial, trial_path("ends.pcapng"));
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.written, 5);
	trial_end(trial);
}

/* More flows than can be marked: the one that was silent longest makes place, and that is counted. */
static void
marks_are_bounded(void **state)
{
	enum { TOO_MANY = 65536 + 100 };
	struct trial *trial = begin(LARGE, 0, false);
	struct recorder_stats stats;
	struct recorder_key key = trial_key(0);
	(void)state;
	open_file(trial, "bounded.pcapng");
	trial_mark(trial, 0, 0);
	trial_mark(trial, 1, 0);
	trial_add(trial, 0, true, 0, BEGAN); /* flow 0 spoke last of the two */
	for (unsigned i = 0; i < TOO_MANY - 101; i++) {
		key.server.lo++;
		recorder_mark(trial->recorder, &key, 0);
	}
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.marks, 65536);
	assert_int_equal(stats.marks_lost, 1);
	trial->mark[1] = false;
	trial_add(trial, 0, true, 0, BEGAN + STEP_NS);
	trial_add(trial, 1, true, 0, BEGAN + STEP_NS);
	assert_int_equal(recorder_close(trial->recorder), 0);
	trial_expect_marked(trial, trial_path("bounded.pcapng"));
	trial_end(trial);
}

static void
without_a_file_marks_do_no_harm(void **state)
{
	struct trial *trial = begin(SMALL, 0, false);
	struct recorder_stats stats;
	(void)state;
	trial_mark(trial, 0, 0);
	for (unsigned i = 0; i < MANY; i++)
		trial_add(trial, 0, true, 0, BEGAN + i * STEP_NS);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.written + stats.unwritten + (uint64_t)stats.error, 0);
	assert_int_equal(recorder_reopen(trial->recorder), 0);
	assert_int_equal(recorder_close(trial->recorder), 0);
	trial_end(trial);
}

static void
other_packets_are_not_recorded(void **state)
{
	static const uint8_t bytes[40];
	struct recorder *recorder = recorder_new(&(struct recorder_options){ .memory_bytes = 1 });
	const struct frame frame = { .data = bytes, .caplen = sizeof(bytes), .linktype = 101 };
	struct packet packet = { .kind = PACKET_NOT_TCP };
	struct recorder_stats stats;
	(void)state;
	recorder_add(recorder, &frame, &packet);
	packet.kind = PACKET_FRAGMENT;
	recorder_add(recorder, &frame, &packet);
	recorder_stats(recorder, &stats);
	assert_int_equal(stats.added, 0);
	assert_int_equal(stats.held, 0);
	assert_true(stats.oldest_ns == 0);
	recorder_free(recorder);
	recorder_free(NULL);
}

/* A frame as long as they get is cut to its share of a small memory, and reads as snapped. */
static void
no_frame_is_too_long(void **state)
{
	static uint8_t bytes[300000];
	const struct recorder_options options = { .memory_bytes = SMALL, .whole = true };
	struct recorder *recorder = recorder_new(&options);
	struct packet packet = { .kind = PACKET_TCP };
	const struct recorder_key key = { .client_port = 0 };
	struct recorder_frame found[16];
	(void)state;
	for (uint32_t length = 1; length < sizeof(bytes); length = length * 5 / 4 + 1) {
		const struct frame frame = {
			.data = bytes, .caplen = length, .wirelen = length, .number = length
		};
		recorder_add(recorder, &frame, &packet);
		size_t count = recorder_find(recorder, &key, 0, found, 16, NULL);
		assert_true(count > 0);
		assert_int_equal(found[count - 1].frame.number, length);
		assert_int_equal(found[count - 1].frame.wirelen, length);
		assert_true(found[count - 1].frame.caplen == length ||
			    (found[count - 1].frame.caplen > SMALL / 9 &&
			     found[count - 1].frame.caplen < SMALL / 8));
	}
	recorder_free(recorder);
}

/* A small generator that every machine agrees on. */
static uint32_t
draw(uint64_t *seed, uint32_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % below;
}

static void
do_anything(struct trial *trial, uint64_t *seed)
{
	unsigned flow = draw(seed, 4) == 0 ? draw(seed, TRIAL_FLOWS) : draw(seed, 3);
	int64_t now = trial->now_ns + draw(seed, 2 * STEP_NS);
	int64_t since = draw(seed, 3) == 0 ? 0 : now - draw(seed, 2000) * STEP_NS;
	uint32_t choice = draw(seed, 1000);
	if (choice < 940)
		trial_add(trial, flow, draw(seed, 2), draw(seed, 1500),
			  draw(seed, 9) == 0 ? trial->now_ns - draw(seed, STEP_NS) : now);
	else if (choice < 960)
		trial_add_error(trial, flow, now);
	else if (choice < 965)
		trial_mark(trial, flow, since);
	else if (choice < 970)
		trial_advance(trial, now + draw(seed, 20) * STEP_NS);
	else if (choice < 971)
		trial_advance(trial, now + draw(seed, 2000) * STEP_NS);
	else
		trial_find(trial, flow, since, draw(seed, 2) == 0 ? FIND_MAX : draw(seed, 20));
}

static void
whatever_is_done_the_list_agrees(void **state)
{
	enum { RUNS = 12, STEPS = 6000 };
	(void)state;
	for (unsigned run = 0; run < RUNS; run++) {
		uint64_t seed = run;
		char name[32];
		struct trial *trial = begin(
			4 * SMALL, run % 3 == 0 ? 0 : (run + 1) * 100 * STEP_NS, run % 2);
		trial->now_ns = BEGAN;
		snprintf(name, sizeof(name), "random-%u", run);
		open_file(trial, name);
		for (unsigned step = 0; step < STEPS; step++)
			do_anything(trial, &seed);
		for (unsigned flow = 0; flow < 4; flow++) {
			size_t count = 0;
			const struct recorder_key key = trial_key(flow);
			snprintf(name, sizeof(name), "flow-%u-%u", run, flow);
			int error =
				recorder_export(trial->recorder, &key, 0, trial_path(name), &count);
			if (error == 0)
				trial_expect_flow(trial, flow, 0, trial_path(name));
		}
		assert_int_equal(recorder_close(trial->recorder), 0);
		snprintf(name, sizeof(name), "random-%u", run);
		trial_expect_marked(trial, trial_path(name));
		trial_end(trial);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_flow_is_found_in_either_order_of_its_ends),
		cmocka_unit_test(the_memory_is_used_and_the_oldest_make_place),
		cmocka_unit_test(what_was_given_up_of_a_flow_is_said),
		cmocka_unit_test(records_age_with_packets_and_with_the_clock),
		cmocka_unit_test(a_clock_that_is_set_back_does_not_stop_recording),
		cmocka_unit_test(a_mark_reaches_back_and_ahead),
		cmocka_unit_test(a_second_mark_reaches_further_back),
		cmocka_unit_test(a_mark_ends_when_its_flow_was_silent_for_the_age),
		cmocka_unit_test(marks_are_bounded),
		cmocka_unit_test(without_a_file_marks_do_no_harm),
		cmocka_unit_test(other_packets_are_not_recorded),
		cmocka_unit_test(no_frame_is_too_long),
		cmocka_unit_test(whatever_is_done_the_list_agrees),
	};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);
	trial_remove_directory();
	return failures;
}

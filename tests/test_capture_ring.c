/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring between the capture thread and its reader: order, wrap, overflow, two threads. */
#include "dissect/capture_ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
	CAPLEN_MAX = 300,
	STRESS_FRAMES = 2000000,
	STRESS_BATCH = 64,
};

static uint32_t
caplen_of(uint32_t number)
{
	return number * 7919u % (CAPLEN_MAX + 1);
}

/* A frame whose every byte follows from its number. */
static struct frame
make_frame(uint32_t number, uint8_t data[CAPLEN_MAX])
{
	memset(data, (int)(number % 251), CAPLEN_MAX);
	return (struct frame){
		.ts_ns = (int64_t)number * 1000,
		.data = data,
		.number = number,
		.caplen = caplen_of(number),
		.wirelen = caplen_of(number) + number % 3,
		.linktype = 1,
		.source = 5,
		.direction = FRAME_INBOUND,
	};
}

static bool
is_frame(const struct frame *frame)
{
	uint32_t number = frame->number;

	if (frame->ts_ns != (int64_t)number * 1000 || frame->caplen != caplen_of(number) ||
	    frame->wirelen != caplen_of(number) + number % 3 || frame->source != 5 ||
	    frame->direction != FRAME_INBOUND)
		return false;
	for (uint32_t i = 0; i < frame->caplen; i++) {
		if (frame->data[i] != number % 251)
			return false;
	}
	return true;
}

static bool
put(struct capture_ring *ring, uint32_t number)
{
	uint8_t data[CAPLEN_MAX];
	struct frame frame = make_frame(number, data);

	return capture_ring_put(ring, &frame);
}

static void
assert_next(struct capture_ring *ring, uint32_t number)
{
	const struct frame *frame = capture_ring_peek(ring);

	assert_non_null(frame);
	assert_int_equal(frame->number, number);
	assert_true(is_frame(frame));
	capture_ring_take(ring);
}

static void
test_size_is_a_power_of_two_within_bounds(void **state)
{
	struct capture_ring ring;

	(void)state;
	assert_true(capture_ring_init(&ring, 0));
	assert_int_equal(ring.size, CAPTURE_RING_BYTES_MIN);
	capture_ring_release(&ring);
	assert_true(capture_ring_init(&ring, 65537));
	assert_int_equal(ring.size, 131072);
	capture_ring_release(&ring);
}

static void
test_frames_are_seen_once_published(void **state)
{
	struct capture_ring ring;

	(void)state;
	assert_true(capture_ring_init(&ring, 4096));
	assert_null(capture_ring_peek(&ring));
	assert_false(capture_ring_publish(&ring));
	assert_true(put(&ring, 1));
	assert_true(put(&ring, 2));
	assert_null(capture_ring_peek(&ring));
	assert_true(capture_ring_publish(&ring));
	assert_false(capture_ring_publish(&ring));
	assert_next(&ring, 1);
	assert_true(put(&ring, 3));
	assert_next(&ring, 2);
	assert_null(capture_ring_peek(&ring));
	capture_ring_release(&ring);
}

/* Puts frames until one does not fit; returns how many did. */
static uint32_t
fill(struct capture_ring *ring, uint32_t first)
{
	uint32_t number = first;

	while (put(ring, number))
		number++;
	capture_ring_publish(ring);
	return number - first;
}

static void
test_full_ring_refuses_until_room_is_given_back(void **state)
{
	struct capture_ring ring;
	uint32_t count;

	(void)state;
	assert_true(capture_ring_init(&ring, 4096));
	count = fill(&ring, 1);
	assert_in_range(count, 4096 / (CAPLEN_MAX + 64), 4096 / 48);
	for (uint32_t i = 1; i <= count; i++)
		assert_next(&ring, i);
	/* Taken, but still being read. */
	assert_false(put(&ring, count + 1));
	capture_ring_give_back(&ring);
	assert_true(put(&ring, count + 1));
	capture_ring_publish(&ring);
	assert_next(&ring, count + 1);
	capture_ring_release(&ring);
}

static void
test_taken_frames_stay_as_they_are(void **state)
{
	struct capture_ring ring;
	const struct frame *first;
	uint32_t count;

	(void)state;
	assert_true(capture_ring_init(&ring, 4096));
	count = fill(&ring, 1);
	first = capture_ring_peek(&ring);
	for (uint32_t i = 1; i <= count; i++)
		assert_next(&ring, i);
	assert_int_equal(fill(&ring, count + 1), 0);
	assert_int_equal(first->number, 1);
	assert_true(is_frame(first));
	capture_ring_release(&ring);
}

static void
test_records_wrap_at_every_place(void **state)
{
	struct capture_ring ring;
	uint32_t number = 1;

	(void)state;
	assert_true(capture_ring_init(&ring, 4096));
	for (unsigned lap = 0; lap < 5000; lap++) {
		uint32_t batch = 1 + lap % 7;

		for (uint32_t i = 0; i < batch; i++)
			assert_true(put(&ring, number + i));
		capture_ring_publish(&ring);
		for (uint32_t i = 0; i < batch; i++)
			assert_next(&ring, number + i);
		assert_null(capture_ring_peek(&ring));
		capture_ring_give_back(&ring);
		number += batch;
	}
	capture_ring_release(&ring);
}

static void
test_positions_wrap_with_their_type(void **state)
{
	struct capture_ring ring;
	const size_t start = (size_t)0 - 4096 * 2;

	(void)state;
	assert_true(capture_ring_init(&ring, 4096));
	ring.written = ring.seen_released = ring.taken = ring.seen_published = start;
	atomic_store(&ring.published, start);
	atomic_store(&ring.released, start);
	for (uint32_t number = 1; number <= 200; number++) {
		assert_true(put(&ring, number));
		capture_ring_publish(&ring);
		assert_next(&ring, number);
		capture_ring_give_back(&ring);
	}
	assert_true(ring.written < start);
	capture_ring_release(&ring);
}

static void
test_frame_larger_than_the_ring_is_refused(void **state)
{
	static const uint8_t data[4096];
	struct frame frame = { .data = data, .caplen = sizeof(data), .wirelen = sizeof(data) };
	struct capture_ring ring;

	(void)state;
	assert_true(capture_ring_init(&ring, 4096));
	assert_false(capture_ring_put(&ring, &frame));
	frame.caplen = UINT32_MAX;
	assert_false(capture_ring_put(&ring, &frame));
	frame.caplen = 4096 - 48;
	assert_true(capture_ring_put(&ring, &frame));
	capture_ring_publish(&ring);
	assert_int_equal(capture_ring_peek(&ring)->caplen, 4096 - 48);
	capture_ring_take(&ring);
	capture_ring_give_back(&ring);
	assert_true(put(&ring, 1));
	capture_ring_release(&ring);
}

struct stress {
	struct capture_ring ring;
	uint64_t put, dropped;
	atomic_bool ended;
};

static void *
produce(void *context)
{
	struct stress *stress = context;

	for (uint32_t number = 1; number <= STRESS_FRAMES; number++) {
		if (put(&stress->ring, number))
			stress->put++;
		else
			stress->dropped++;
		if (number % STRESS_BATCH != 0)
			continue;
		capture_ring_publish(&stress->ring);
		if (number % (STRESS_BATCH * 16) == 0)
			sched_yield(); /* with one processor nobody would read in between */
	}
	capture_ring_publish(&stress->ring);
	atomic_store(&stress->ended, true);
	return NULL;
}

/* Takes up to 32 frames, as capture_read() does, and looks at them only then. */
static size_t
consume(struct capture_ring *ring, uint32_t *last)
{
	struct frame frames[32];
	const struct frame *frame;
	size_t count = 0;

	capture_ring_give_back(ring);
	while (count < 32 && (frame = capture_ring_peek(ring))) {
		frames[count++] = *frame;
		capture_ring_take(ring);
	}
	for (size_t i = 0; i < count; i++) {
		assert_true(frames[i].number > *last);
		assert_true(is_frame(&frames[i]));
		*last = frames[i].number;
	}
	return count;
}

static void
test_two_threads_lose_only_what_is_counted(void **state)
{
	static struct stress stress;
	pthread_t producer;
	uint64_t received = 0;
	uint32_t last = 0;

	(void)state;
	assert_true(capture_ring_init(&stress.ring, 32768));
	assert_int_equal(pthread_create(&producer, NULL, produce, &stress), 0);
	for (;;) {
		bool ended = atomic_load(&stress.ended);
		size_t count = consume(&stress.ring, &last);

		received += count;
		if (count == 0 && ended)
			break;
		if (count == 0)
			sched_yield();
	}
	assert_int_equal(pthread_join(producer, NULL), 0);
	print_message("# %llu received, %llu dropped\n", (unsigned long long)received,
		      (unsigned long long)stress.dropped);
	assert_int_equal(received, stress.put);
	assert_int_equal(received + stress.dropped, STRESS_FRAMES);
	assert_true(received > 0);
	assert_true(stress.dropped > 0);
	capture_ring_release(&stress.ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_is_a_power_of_two_within_bounds),
		cmocka_unit_test(test_frames_are_seen_once_published),
		cmocka_unit_test(test_full_ring_refuses_until_room_is_given_back),
		cmocka_unit_test(test_taken_frames_stay_as_they_are),
		cmocka_unit_test(test_records_wrap_at_every_place),
		cmocka_unit_test(test_positions_wrap_with_their_type),
		cmocka_unit_test(test_frame_larger_than_the_ring_is_refused),
		cmocka_unit_test(test_two_threads_lose_only_what_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Where captures come from: pipes, directories, filtered, several files as one stream. */
#include "tests/capture_build.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static struct build build;
static struct seen seen;
static struct seen expected;

/* A capture of 400 records, over 64 KB, which do not compress to nothing. */
static void
build_long(void)
{
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	build_records(&build, 0, 400);
}

static void
expect_same(size_t count)
{
	assert_int_equal(seen.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(seen.marks[i], expected.marks[i]);
		assert_int_equal(seen.frames[i].number, expected.frames[i].number);
		assert_int_equal(seen.frames[i].caplen, expected.frames[i].caplen);
		assert_true(seen.frames[i].ts_ns == expected.frames[i].ts_ns);
	}
}

/* Times in milliseconds after the start; a time that is 0 ends the list. */
static void
write_times(const char *name, unsigned mark, const unsigned *times)
{
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	for (; *times; times++)
		build_record(&build, BUILD_SECONDS, *times * 1000, 60, 60, mark++);
	build_write(&build, name);
}

static void
files_are_merged_by_time(void **state)
{
	/* Equal times go in the order of the files, and a file in its own, whatever its times. */
	static const unsigned first[] = { 1, 4, 5, 2, 9, 0 };
	static const unsigned second[] = { 2, 3, 5, 6, 8, 0 };
	static const unsigned third[] = { 7, 8, 0 };
	static const unsigned order[] = { 0, 16, 17, 1, 2, 3, 18, 19, 32, 20, 33, 4 };
	static const char *const names[] = { "one", "two", "three" };

	(void)state;
	write_times("one", 0, first);
	write_times("two", 16, second);
	write_times("three", 32, third);
	seen_read(&seen, names, 3, NULL);
	assert_int_equal(seen.count, 12);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(seen.marks[i], order[i]);
		assert_int_equal(seen.frames[i].source, order[i] / 16);
		assert_int_equal(seen.frames[i].interface, order[i] / 16);
		assert_int_equal(seen.frames[i].number, order[i] % 16 + 1);
	}
	assert_string_equal(seen_source(&seen, 1)->name, build_path("two"));
	assert_int_equal(seen_source(&seen, 0)->frames, 5);
	seen_release(&seen);
}

static void
long_files_take_turns(void **state)
{
	static const char *const names[] = { "one", "two", "three" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		build_start(&build, false);
		build_pcap(&build, MAGIC_MICRO, 65535, 1);
		/* Turns of one frame, of two, and of many. */
		for (unsigned j = 0; j < 900; j++)
			if (j % 7 % 3 == i || (j > 500 && i == 2))
				build_record(&build, BUILD_SECONDS, j * 1000, 60, 60, i);
		build_write(&build, names[i]);
	}
	seen_read(&seen, names, 3, NULL);
	assert_in_range(seen.count, 1000, 1300);
	for (size_t i = 1; i < seen.count; i++) {
		const struct frame *last = &seen.frames[i - 1];
		const struct frame *frame = &seen.frames[i];

		assert_true(frame->ts_ns > last->ts_ns ||
			    (frame->ts_ns == last->ts_ns && frame->source > last->source));
		assert_int_equal(seen.marks[i], frame->source);
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(seen_source(&seen, i)->damages, 0);
	seen_release(&seen);
}

static void
directories_give_their_captures(void **state)
{
	const char *path = build_directory();
	const struct capture_options options = { .paths = &path, .path_count = 1 };
	struct capture *capture;
	char text[200];
	char name[8];

	(void)state;
	build_remove_directory();
	path = build_directory();
	build_write_bytes("", 0, "empty");
	build_write_bytes("no capture at all, is it?", 25, "text");
	assert_int_equal(mkdir(build_path("sub"), 0700), 0);
	assert_int_equal(capture_open(&capture, &options, text, sizeof(text)),
			 CAPTURE_ERROR_EMPTY_DIRECTORY);
	assert_non_null(strstr(text, path));
	/* Enough of them that they are not all held open. */
	for (unsigned i = 0; i < 100; i++) {
		const unsigned times[] = { 200 - i, 300 + i, 0 };

		snprintf(name, sizeof(name), "%02u", i);
		write_times(name, i, times);
	}
	/* And one that begins with more frames than are read at once, before the others. */
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	for (unsigned i = 0; i < 65; i++)
		build_record(&build, BUILD_SECONDS, i < 64 ? 50000 : 500000, 60, 60, i);
	build_write(&build, "busy");
	path = ".";
	seen_read(&seen, &path, 1, NULL);
	assert_int_equal(capture_source_count(seen.capture), 101);
	assert_int_equal(capture_passed_over(seen.capture), 2);
	assert_int_equal(capture_interface_count(seen.capture), 101);
	assert_int_equal(seen.count, 265);
	for (unsigned i = 0; i < 65; i++)
		assert_int_equal(seen.frames[i < 64 ? i : 264].source, 100);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(seen.marks[64 + i], 99 - i);
		assert_int_equal(seen.frames[64 + i].source, 99 - i);
		assert_int_equal(seen.frames[64 + i].number, 1);
		assert_int_equal(seen.marks[164 + i], i + 1);
		assert_int_equal(seen.frames[164 + i].source, i);
		assert_int_equal(seen_source(&seen, i)->frames, 2);
	}
	seen_release(&seen);
	rmdir(build_path("sub"));
}

static void
filters_are_made_for_each_link_type(void **state)
{
	static const char *const bad[] = { "tcp porrt 80", "ether host 1" };
	static const char *const names[] = { "mixed" };
	const char *path;
	struct capture_options options = { .paths = &path, .path_count = 1 };
	struct capture *capture;
	char text[200];

	(void)state;
	build_start(&build, false);
	build_section(&build, false);
	build_interface(&build, 1, 0);
	build_interface(&build, 101, 0);
	for (unsigned i = 0; i < 8; i++)
		build_packet(&build, i % 2, i, 60, 60, 0x42 + i / 2);
	build_write(&build, "mixed");
	/* Raw IP knows no addresses of Ethernet: its frames cannot be judged. */
	seen_read(&seen, names, 1, "ip proto 0x44 or ether src 43:43:43:43:43:43");
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.frames[0].number, 3);
	assert_int_equal(seen_source(&seen, 0)->frames, 8);
	assert_int_equal(seen_source(&seen, 0)->unfiltered, 4);
	assert_int_equal(seen_source(&seen, 0)->rejected, 3);
	assert_int_equal(seen_source(&seen, 0)->rejected_errors, 0);
	seen_release(&seen);
	seen_read(&seen, names, 1, "ip proto 0x44");
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.frames[0].linktype, 101);
	assert_int_equal(seen.frames[0].number, 6);
	assert_int_equal(seen_source(&seen, 0)->unfiltered, 0);
	seen_release(&seen);
	build_write_bytes("", 0, "empty");
	for (size_t i = 0; i < 4; i++) {
		path = build_path(i < 2 ? "mixed" : "empty");
		options.filter = bad[i % 2];
		assert_int_equal(capture_open(&capture, &options, text, sizeof(text)),
				 CAPTURE_ERROR_FILTER);
		assert_non_null(strstr(text, "filter: "));
	}
}

static void
paths_that_are_not_there_are_errors(void **state)
{
	const char *path = build_path("missing");
	const struct capture_options options = { .paths = &path, .path_count = 1 };
	struct capture *capture;
	char text[200];

	(void)state;
	assert_int_equal(capture_open(&capture, &options, text, sizeof(text)), CAPTURE_ERROR_OPEN);
	assert_non_null(strstr(text, path));
	assert_non_null(strstr(text, "No such file"));
}

/* Standard input becomes a pipe; returns where to write. */
static int
open_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	return ends[1];
}

static void
put(int fd, size_t from, size_t to)
{
	assert_int_equal(write(fd, build.data + from, to - from), to - from);
}

static volatile sig_atomic_t stopped;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static void
pipes_give_frames_as_they_come(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 50000 };
	const char *path = "-";
	const struct capture_options options = { .paths = &path,
						 .path_count = 1,
						 .stop = &stopped };
	struct capture *capture;
	struct frame frames[16];
	char text[80];
	int fd;

	(void)state;
	build_start(&build, false);
	build_pcap(&build, MAGIC_MICRO, 65535, 1);
	build_records(&build, 0, 4);
	for (int ends = 0; ends < 2; ends++) {
		fd = open_pipe();
		stopped = 0;
		put(fd, 0, 24);
		assert_int_equal(capture_open(&capture, &options, text, sizeof(text)), CAPTURE_OK);
		put(fd, 24, 24 + 36 + 37);
		assert_int_equal(capture_read(capture, frames, 16), 2);
		put(fd, 24 + 36 + 37, 24 + 36 + 37 + 38 + 20);
		assert_int_equal(capture_read(capture, frames, 16), 1);
		assert_int_equal(frames[0].number, 3);
		if (ends) {
			close(fd);
		} else {
			signal(SIGALRM, stop);
			setitimer(ITIMER_REAL, &soon, NULL);
		}
		assert_int_equal(capture_read(capture, frames, 16), 0);
		assert_int_equal(stopped, !ends);
		assert_int_equal(capture_source(capture, 0)->damage,
				 ends ? CAPTURE_TRUNCATED : CAPTURE_INTACT);
		capture_close(capture);
		if (!ends)
			close(fd);
	}
}

/* However the bytes of a damaged file arrive, the same comes out. */
static void
pipes_and_files_are_read_alike(void **state)
{
	int fd;
	pid_t child;

	(void)state;
	build_long();
	memset(build.data + 1000, 0xee, 10);
	memset(build.data + 2000, 0, 300);
	memmove(build.data + 4000, build.data + 4007, build.size - 4007);
	build.size -= 9;
	/* Not of one byte each any more. */
	for (size_t step = 1; step < 5000; step = step * 7 + 1) {
		const char *paths[] = { "-", build_path(build_write(&build, "damaged")) };
		struct seen *both[] = { &seen, &expected };

		fd = open_pipe();
		child = fork();
		if (child == 0) {
			for (size_t at = 0; at < build.size; at += step)
				if (write(fd, build.data + at,
					  at + step < build.size ? step : build.size - at) < 0)
					_exit(1);
			_exit(0);
		}
		close(fd);
		for (size_t i = 0; i < 2; i++) {
			struct capture_options options = { .paths = &paths[i], .path_count = 1 };
			struct seen *into = both[i];
			char text[80];
			size_t got;

			into->count = 0;
			assert_int_equal(capture_open(&into->capture, &options, text, sizeof(text)),
					 0);
			while ((got = capture_read(into->capture, into->frames + into->count, 5)))
				into->count += got;
		}
		waitpid(child, NULL, 0);
		memset(seen.marks, 0, sizeof(seen.marks));
		memset(expected.marks, 0, sizeof(expected.marks));
		expect_same(expected.count);
		assert_in_range(seen.count, 380, 399);
		assert_int_equal(seen_source(&seen, 0)->damages,
				 seen_source(&expected, 0)->damages);
		assert_int_equal(seen_source(&seen, 0)->damage_offset,
				 seen_source(&expected, 0)->damage_offset);
		assert_int_equal(seen_source(&seen, 0)->skipped_bytes,
				 seen_source(&expected, 0)->skipped_bytes);
		seen_release(&seen);
		seen_release(&expected);
	}
}

static int
remove_files(void **state)
{
	(void)state;
	build_remove_directory();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_merged_by_time),
		cmocka_unit_test(long_files_take_turns),
		cmocka_unit_test(directories_give_their_captures),
		cmocka_unit_test(filters_are_made_for_each_link_type),
		cmocka_unit_test(paths_that_are_not_there_are_errors),
		cmocka_unit_test(pipes_give_frames_as_they_come),
		cmocka_unit_test(pipes_and_files_are_read_alike),
	};

	return cmocka_run_group_tests(tests, NULL, remove_files);
}

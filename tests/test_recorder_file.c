/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorder's files: who may read them, what they are called, and what a full disk does. */
#include "tests/recorder_trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/capture_build.h"
#include "ui/pcapng_write.h"

enum {
	SMALL = 65536,
	LARGE = 1 << 22,
};

#define BEGAN	TRIAL_BEGAN_NS
#define STEP_NS INT64_C(1000000)

static struct trial *
begin(size_t memory)
{
	const struct recorder_options options = { .memory_bytes = memory };
	return trial_begin(&options);
}

static int
open_file(struct trial *trial, const char *name)
{
	const struct recorder_output output = { .path = trial_path(name) };
	return recorder_open(trial->recorder, &output);
}

/* Frames of flow 0, which is marked, from the frame after the latest on. */
static void
add_many(struct trial *trial, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		trial_add(trial, 0, i % 2, i % 100, BEGAN + (int64_t)trial->count * STEP_NS);
}

static void
write_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
expect_text(const char *path, const char *text)
{
	char found[256];
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	ssize_t length = read(fd, found, sizeof(found));
	close(fd);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(found, text, strlen(text));
}

static off_t
file_size(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 ? status.st_size : -1;
}

/* The whole file, to be freed. */
static char *
read_file(const char *path, size_t *ret_size)
{
	off_t size = file_size(path);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_true(size >= 0);
	char *bytes = malloc((size_t)size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
	fclose(file);
	*ret_size = (size_t)size;
	return bytes;
}

/* The file has consecutive frames of the list. */
static void
expect_run(const char *name, uint32_t *ret_first, uint32_t *ret_last)
{
	size_t count = trial_count(trial_path(name), ret_first, ret_last);
	assert_true(count > 0);
	assert_int_equal(count, *ret_last - *ret_first + 1);
}

static void
an_older_file_is_overwritten_and_closed_to_others(void **state)
{
	struct trial *trial = begin(LARGE);
	struct stat status;
	(void)state;
	write_text(trial_path("old"), "something older", 0644);
	assert_int_equal(open_file(trial, "old"), 0);
	assert_int_equal(open_file(trial, "other"), EBUSY);
	trial_mark(trial, 0, 0);
	add_many(trial, 10);
	assert_int_equal(recorder_close(trial->recorder), 0);
	trial_expect_marked(trial, trial_path("old"));
	assert_int_equal(stat(trial_path("old"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	trial_end(trial);
}

static void
links_and_directories_are_refused(void **state)
{
	struct trial *trial = begin(LARGE);
	const struct recorder_key key = trial_key(0);
	size_t count = 77;
	(void)state;
	write_text(trial_path("target"), "precious", 0600);
	assert_int_equal(symlink(trial_path("target"), trial_path("link")), 0);
	assert_int_equal(symlink(trial_path("nowhere"), trial_path("dangling")), 0);
	assert_int_equal(open_file(trial, "link"), ELOOP);
	assert_int_equal(open_file(trial, "dangling"), ELOOP);
	assert_int_equal(open_file(trial, "."), EISDIR);
	assert_int_equal(open_file(trial, ""), EISDIR);
	assert_int_equal(open_file(trial, "missing/file"), ENOENT);
	add_many(trial, 3);
	static const char *const taken[] = { "link", "dangling", "target" };
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
			recorder_export(trial->recorder, &key, 0, trial_path(taken[i]), &count),
			EEXIST);
	assert_int_equal(count, 77);
	expect_text(trial_path("target"), "precious");
	assert_int_equal(file_size(trial_path("nowhere")), -1);
	trial_end(trial);
}

static void
one_flow_is_exported_whole_or_not_at_all(void **state)
{
	struct trial *trial = begin(LARGE);
	const struct recorder_key key = trial_key(0);
	const struct recorder_key other = trial_key(9);
	struct stat status;
	size_t count, size;
	(void)state;
	for (unsigned i = 0; i < 50; i++)
		trial_add(trial, i % 3, true, 0, BEGAN + i * STEP_NS);
	trial_add_error(trial, 0, BEGAN + 50 * STEP_NS);
	const char *path = trial_path("flow.pcapng");
	assert_int_equal(recorder_export(trial->recorder, &key, BEGAN + 20 * STEP_NS, path, &count),
			 0);
	assert_int_equal(count, 11);
	trial_expect_flow(trial, 0, BEGAN + 20 * STEP_NS, path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_nlink, 1);
	char *bytes = read_file(path, &size);
	assert_null(memmem(bytes, size, "frame 19", 8)); /* not later than that time */
	assert_non_null(memmem(bytes, size, "frame 22", 8));
	assert_non_null(memmem(bytes, size, "tcpwhy " PACKAGE_VERSION, 7));
	free(bytes);
	assert_int_equal(recorder_export(trial->recorder, &other, 0, trial_path("x"), &count),
			 ENOENT);
	assert_int_equal(file_size(trial_path("x")), -1);
	assert_int_equal(recorder_export(trial->recorder, &key, 0, path, &count), EEXIST);
	trial_end(trial);
}

static void
rotation_by_size_keeps_what_was_asked_for(void **state)
{
	enum { LIMIT = 20000, KEEP = 3 };
	struct trial *trial = begin(SMALL);
	struct recorder_stats stats;
	uint32_t first, last, next;
	char name[16];
	(void)state;
	const struct recorder_output output = { .path = trial_path("ring"),
						.rotate_bytes = LIMIT,
						.keep = KEEP };
	write_text(trial_path("ring.1"), "of an earlier run", 0600);
	assert_int_equal(recorder_open(trial->recorder, &output), 0);
	trial_mark(trial, 0, 0);
	add_many(trial, 2000);
	assert_int_equal(recorder_close(trial->recorder), 0);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.written, 2000);
	assert_true(stats.files > 2 * KEEP);
	expect_run("ring", &next, &last);
	assert_int_equal(last, 2000);
	for (unsigned i = 1; i <= KEEP; i++) {
		snprintf(name, sizeof(name), "ring.%u", i);
		expect_run(name, &first, &last);
		assert_int_equal(last, next - 1);
		assert_true(file_size(trial_path(name)) <= LIMIT);
		assert_true(file_size(trial_path(name)) > LIMIT * 9 / 10);
		next = first;
	}
	assert_int_equal(file_size(trial_path("ring.4")), -1);
	trial_end(trial);
}

static void
rotation_by_time_follows_the_frames(void **state)
{
	struct trial *trial = begin(LARGE);
	uint32_t first, last;
	(void)state;
	const struct recorder_output output = { .path = trial_path("hour"),
						.rotate_ns = 10 * STEP_NS,
						.keep = 9 };
	assert_int_equal(recorder_open(trial->recorder, &output), 0);
	trial_mark(trial, 0, 0);
	add_many(trial, 25);
	trial_add(trial, 0, true, 0, BEGAN); /* the clock was set back: no reason to rotate */
	assert_int_equal(recorder_close(trial->recorder), 0);
	assert_int_equal(trial_count(trial_path("hour.2"), &first, &last), 10);
	assert_int_equal(last, 10);
	assert_int_equal(trial_count(trial_path("hour.1"), &first, &last), 10);
	assert_int_equal(last, 20);
	assert_int_equal(trial_count(trial_path("hour"), &first, &last), 6);
	assert_int_equal(last, 26);
	trial_end(trial);
}

static void
rotation_may_keep_nothing(void **state)
{
	struct trial *trial = begin(LARGE);
	uint32_t first, last;
	(void)state;
	const struct recorder_output output = { .path = trial_path("none"),
						.rotate_ns = 10 * STEP_NS };
	assert_int_equal(recorder_open(trial->recorder, &output), 0);
	trial_mark(trial, 0, 0);
	add_many(trial, 25);
	assert_int_equal(recorder_close(trial->recorder), 0);
	assert_int_equal(trial_count(trial_path("none"), &first, &last), 5);
	assert_int_equal(file_size(trial_path("none.1")), -1);
	trial_end(trial);
}

static void
rotation_stops_where_a_name_cannot_be_had(void **state)
{
	struct trial *trial = begin(LARGE);
	struct recorder_stats stats;
	(void)state;
	const struct recorder_output output = { .path = trial_path("stuck"),
						.rotate_ns = 10 * STEP_NS,
						.keep = 1 };
	assert_int_equal(mkdir(trial_path("stuck.1"), 0700), 0);
	assert_int_equal(recorder_open(trial->recorder, &output), 0);
	trial_mark(trial, 0, 0);
	add_many(trial, 25);
	assert_int_equal(recorder_close(trial->recorder), EISDIR);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.error, EISDIR);
	assert_int_equal(stats.written, 10);
	assert_int_equal(stats.unwritten, 15);
	assert_int_equal(rmdir(trial_path("stuck.1")), 0);
	trial_end(trial);
}

static void
a_file_can_be_read_while_it_grows(void **state)
{
	struct trial *trial = begin(SMALL);
	uint32_t first, last;
	(void)state;
	assert_int_equal(open_file(trial, "grows"), 0);
	assert_int_equal(trial_count(trial_path("grows"), &first, &last), 0);
	trial_mark(trial, 0, 0);
	add_many(trial, 1500);
	trial_advance(trial, BEGAN + 5000 * STEP_NS);
	size_t count = trial_count(trial_path("grows"), &first, &last);
	struct recorder_stats stats;
	recorder_stats(trial->recorder, &stats);
	assert_true(count > 100);
	assert_int_equal(count, stats.written);
	trial_end(trial);
}

static void
reopening_begins_a_new_file_when_the_old_one_was_moved(void **state)
{
	struct trial *trial = begin(SMALL);
	uint32_t first, last, next;
	(void)state;
	assert_int_equal(open_file(trial, "log"), 0);
	trial_mark(trial, 0, 0);
	add_many(trial, 1500);
	assert_int_equal(recorder_reopen(trial->recorder), 0); /* still there: goes on */
	add_many(trial, 1500);
	assert_int_equal(rename(trial_path("log"), trial_path("log.moved")), 0);
	assert_int_equal(recorder_reopen(trial->recorder), 0);
	assert_int_equal(recorder_close(trial->recorder), 0);
	expect_run("log.moved", &first, &last);
	assert_int_equal(first, 1);
	assert_true(last > 1500);
	expect_run("log", &next, &first);
	assert_int_equal(next, last + 1);
	assert_int_equal(first, 3000);
	trial_end(trial);
}

static void
limit_file_size(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit of the process stands in for a full disk: the write that meets it is cut short, too. */
static void
a_full_disk_ends_the_file_behind_a_whole_frame(void **state)
{
	enum { LIMIT = 100001 };
	struct trial *trial = begin(SMALL);
	struct recorder_stats stats, later;
	uint32_t first, last;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(open_file(trial, "full"), 0);
	trial_mark(trial, 0, 0);
	limit_file_size(LIMIT);
	add_many(trial, 3000);
	trial_find(trial, 0, 0, 4000);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.error, EFBIG);
	assert_true(stats.unwritten > 0);
	size_t count = trial_count(trial_path("full"), &first, &last);
	assert_int_equal(first, 1);
	assert_int_equal(last, count);
	assert_true(count > 700);
	assert_true(file_size(trial_path("full")) > LIMIT - 300);

	limit_file_size(RLIM_INFINITY); /* somebody has made room, and says so */
	assert_int_equal(recorder_reopen(trial->recorder), 0);
	recorder_stats(trial->recorder, &stats);
	add_many(trial, 100);
	assert_int_equal(recorder_close(trial->recorder), EFBIG);
	recorder_stats(trial->recorder, &later);
	assert_int_equal(later.error, EFBIG);
	assert_int_equal(later.unwritten, stats.unwritten);
	assert_int_equal(later.written + later.unwritten, 3100);
	trial_end(trial);
}

static void
a_full_disk_leaves_no_half_export(void **state)
{
	struct trial *trial = begin(LARGE);
	const struct recorder_key key = trial_key(0);
	size_t count;
	(void)state;
	add_many(trial, 3000);
	limit_file_size(50000);
	assert_int_equal(recorder_export(trial->recorder, &key, 0, trial_path("half"), &count),
			 EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(file_size(trial_path("half")), -1);
	trial_end(trial);
}

/* Standard output is not ours: nothing is cut, renamed or closed to others there. */
static void
standard_output_is_written_to_directly(void **state)
{
	static const char *const names[] = { "-", "/dev/stdout" };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct trial *trial = begin(SMALL);
		const struct recorder_output output = { .path = names[i],
							.rotate_bytes = 5000,
							.keep = 2 };
		int saved = dup(STDOUT_FILENO);
		fflush(stdout);
		int fd = open(trial_path("out"), O_WRONLY | O_CREAT | O_TRUNC, 0640);
		assert_true(saved >= 0 && fd >= 0);
		dup2(fd, STDOUT_FILENO);
		int error = recorder_open(trial->recorder, &output);
		if (error == 0) {
			trial_mark(trial, 0, 0);
			add_many(trial, 2000);
			error = recorder_reopen(trial->recorder);
		}
		if (error == 0)
			error = recorder_close(trial->recorder);
		dup2(saved, STDOUT_FILENO);
		close(saved);
		close(fd);
		assert_int_equal(error, 0);
		trial_expect_marked(trial, trial_path("out"));
		trial_end(trial);
	}
}

static void
a_reader_that_leaves_a_pipe_is_an_error_and_no_more(void **state)
{
	struct trial *trial = begin(SMALL);
	struct recorder_stats stats;
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(mkfifo(trial_path("pipe"), 0600), 0);
	int reader = open(trial_path("pipe"), O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_int_equal(open_file(trial, "pipe"), 0);
	close(reader);
	trial_mark(trial, 0, 0);
	add_many(trial, 3000);
	assert_int_equal(recorder_close(trial->recorder), EPIPE);
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.error, EPIPE);
	trial_end(trial);
}

/* Names and drops of interfaces, and where a frame went, travel from capture to recording. */
static void
build_two_interfaces(struct build *build)
{
	static const uint64_t drops[2] = { 17, 4 };
	build_start(build, false);
	build_section(build, false);
	for (unsigned i = 0; i < 2; i++) {
		size_t at = build_block(build, 1);
		build_16(build, i == 0 ? 101 : 1);
		build_16(build, 0);
		build_32(build, i == 0 ? 0 : 96);
		build_option(build, 2, i == 0 ? "wan" : "lan0", i == 0 ? 3 : 4);
		build_block_end(build, at);
	}
	for (unsigned i = 0; i < 4; i++)
		build_packet(build, i % 2, UINT64_C(1700000000000000) + i, 60, 60 + i, i);
	size_t at = build_block(build, 5);
	build_32(build, 1);
	build_64(build, 0);
	build_option(build, 7, &drops[0], 8);
	build_option(build, 5, &drops[1], 8);
	build_block_end(build, at);
}

static void
interfaces_are_described_as_they_were(void **state)
{
	static struct build build;
	static struct seen in, out;
	(void)state;
	build_two_interfaces(&build);
	build_write(&build, "in.pcapng");
	seen_read_one(&in, "in.pcapng");
	struct pcapng_writer *writer = pcapng_new(in.capture);
	int fd = open(build_path("out.pcapng"), O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	pcapng_begin(writer, fd, true, 0);
	uint8_t data[60];
	for (size_t i = 0; i < in.count; i++) {
		struct frame frame = in.frames[i];
		memset(data, (int)in.marks[i], sizeof(data));
		frame.data = data;
		frame.direction = (uint8_t)(i % 3);
		assert_true(pcapng_size_with(writer, &frame) > 0);
		pcapng_frame(writer, &frame);
	}
	assert_int_equal(pcapng_end(writer), 0);
	pcapng_free(writer);
	close(fd);
	seen_read_one(&out, "out.pcapng");
	assert_int_equal(out.count, 4);
	for (size_t i = 0; i < out.count; i++) {
		assert_int_equal(out.marks[i], in.marks[i]);
		assert_int_equal(out.frames[i].wirelen, in.frames[i].wirelen);
		assert_int_equal(out.frames[i].linktype, in.frames[i].linktype);
		assert_int_equal(out.frames[i].interface, in.frames[i].interface);
		assert_int_equal(out.frames[i].direction, i % 3);
		assert_true(out.frames[i].ts_ns == in.frames[i].ts_ns);
	}
	for (size_t i = 0; i < 2; i++) {
		const struct capture_interface *was = capture_interface(in.capture, i);
		const struct capture_interface *is = capture_interface(out.capture, i);
		assert_string_equal(is->name, was->name);
		assert_int_equal(is->snaplen, was->snaplen);
	}
	assert_int_equal(seen_source(&out, 0)->kernel_drops, 17);
	assert_int_equal(seen_source(&out, 0)->interface_drops, 4);
	seen_release(&in);
	seen_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_older_file_is_overwritten_and_closed_to_others),
		cmocka_unit_test(links_and_directories_are_refused),
		cmocka_unit_test(one_flow_is_exported_whole_or_not_at_all),
		cmocka_unit_test(rotation_by_size_keeps_what_was_asked_for),
		cmocka_unit_test(rotation_by_time_follows_the_frames),
		cmocka_unit_test(rotation_may_keep_nothing),
		cmocka_unit_test(rotation_stops_where_a_name_cannot_be_had),
		cmocka_unit_test(a_file_can_be_read_while_it_grows),
		cmocka_unit_test(reopening_begins_a_new_file_when_the_old_one_was_moved),
		cmocka_unit_test(a_full_disk_ends_the_file_behind_a_whole_frame),
		cmocka_unit_test(a_full_disk_leaves_no_half_export),
		cmocka_unit_test(standard_output_is_written_to_directly),
		cmocka_unit_test(a_reader_that_leaves_a_pipe_is_an_error_and_no_more),
		cmocka_unit_test(interfaces_are_described_as_they_were),
	};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);
	trial_remove_directory();
	build_remove_directory();
	return failures;
}

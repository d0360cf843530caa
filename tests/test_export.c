/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows in files of their own: new ones, for their owner only, whatever stands in the way. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ui_sample.h"
#include "ui/export.h"

enum { TEXT_SIZE = 512, FILE_SIZE = 8192 };

static char directory[] = "/tmp/tcpwhy-test-export.XXXXXX";
static struct capture capture;
static const struct tracker_stats stats = { .flows = 1 };
static struct report_settings settings;
static struct report_totals totals;

static int
go_there(void **state)
{
	(void)state;
	capture = sample_capture();
	settings.capture = &capture;
	settings.color = true; /* must not reach a file */
	totals.capture = &capture;
	totals.stats = &stats;
	return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int
remove_all(void **state)
{
	(void)state;
	return chdir("/") != 0 || rmdir(directory) != 0;
}

static void
write_flow(const struct export_context *context, enum screen_export form, char *text)
{
	struct flow flow = sample_flow();
	struct verdict verdict = sample_verdict();
	export_flow(context, &flow, &verdict, form, text, TEXT_SIZE);
}

static void
read_file(const char *path, char content[FILE_SIZE])
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	ssize_t length = read(fd, content, FILE_SIZE - 1);
	assert_true(length > 0);
	content[length] = '\0';
	close(fd);
	assert_int_equal(unlink(path), 0);
}

static void
records_and_tickets_are_written(void **state)
{
	(void)state;
	char text[TEXT_SIZE];
	char content[FILE_SIZE];
	const struct export_context context = { .settings = &settings, .totals = &totals };
	write_flow(&context, EXPORT_JSON, text);
	assert_string_equal(text, "wrote tcpwhy-flow-7.json");
	read_file("tcpwhy-flow-7.json", content);
	assert_non_null(strstr(content, "\"schema\":\"tcpwhy.flow/1\""));
	assert_string_equal(strchr(content, '\n'), "\n"); /* one line */
	write_flow(&context, EXPORT_TICKET, text);
	assert_string_equal(text, "wrote tcpwhy-flow-7.txt");
	read_file("tcpwhy-flow-7.txt", content);
	assert_non_null(strstr(content, "capture a.pcap, quality good\n"));
	assert_non_null(strstr(content, "10.0.0.1:40000 -> 10.0.0.2:81"));
	assert_null(strchr(content, '\033'));
}

static void
nothing_is_overwritten_and_no_link_followed(void **state)
{
	(void)state;
	char text[TEXT_SIZE];
	char content[FILE_SIZE];
	struct stat status;
	const struct export_context context = { .settings = &settings, .totals = &totals };
	assert_int_equal(symlink("elsewhere", "tcpwhy-flow-7.json"), 0);
	write_flow(&context, EXPORT_JSON, text);
	assert_string_equal(text, "wrote tcpwhy-flow-7-2.json");
	write_flow(&context, EXPORT_JSON, text);
	assert_string_equal(text, "wrote tcpwhy-flow-7-3.json");
	assert_int_not_equal(lstat("elsewhere", &status), 0);
	read_file("tcpwhy-flow-7-2.json", content);
	read_file("tcpwhy-flow-7-3.json", content);
	assert_int_equal(unlink("tcpwhy-flow-7.json"), 0);
}

struct writer {
	int error;
	size_t frames;
};

static int
write_capture(void *user, const struct flow *flow, const char *path, size_t *ret_frames)
{
	const struct writer *writer = user;
	assert_int_equal(flow->number, 7);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600); /* the name is free */
	assert_true(fd >= 0);
	close(fd);
	*ret_frames = writer->frames;
	return writer->error;
}

static void
captures_are_written_by_somebody_else(void **state)
{
	(void)state;
	char text[TEXT_SIZE];
	struct writer writer = { .frames = 3 };
	struct export_context context = { .settings = &settings, .totals = &totals };
	write_flow(&context, EXPORT_CAPTURE, text);
	assert_string_equal(text, "no packets are kept: the capture has them");
	context.write_capture = write_capture;
	context.user = &writer;
	write_flow(&context, EXPORT_CAPTURE, text);
	assert_string_equal(text, "wrote tcpwhy-flow-7.pcapng, 3 packets");
	assert_int_equal(unlink("tcpwhy-flow-7.pcapng"), 0);
	writer.error = ENOENT;
	write_flow(&context, EXPORT_CAPTURE, text);
	assert_non_null(strstr(text, "not written: no packet of this flow"));
	assert_int_not_equal(access("tcpwhy-flow-7.pcapng", F_OK), 0);
}

static void
another_directory_serves_too(void **state)
{
	(void)state;
	char text[TEXT_SIZE];
	char content[FILE_SIZE];
	char path[TEXT_SIZE];
	const struct export_context context = { .settings = &settings, .totals = &totals };
	assert_int_equal(mkdir("gone", 0700), 0);
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir("../gone"), 0); /* nobody, not even root, can write here now */
	assert_int_equal(setenv("TMPDIR", directory, 1), 0);
	write_flow(&context, EXPORT_TICKET, text);
	snprintf(path, sizeof(path), "%s/tcpwhy-flow-7.txt", directory);
	assert_string_equal(text + strlen("wrote "), path);
	read_file(path, content);
	assert_int_equal(chdir(directory), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_and_tickets_are_written),
		cmocka_unit_test(nothing_is_overwritten_and_no_link_followed),
		cmocka_unit_test(captures_are_written_by_somebody_else),
		cmocka_unit_test(another_directory_serves_too),
	};
	return cmocka_run_group_tests(tests, go_there, remove_all);
}

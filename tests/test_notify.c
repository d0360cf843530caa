/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service manager hears, by a socket of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/notify.h"

static const int64_t second_ns = 1000000000;

struct manager {
	int fd;
	char directory[64];
	char name[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct notify notify;
	char text[512];
};

/* Binds the manager's socket, abstract or in a directory of its own, and names it in the environment. */
static void
listen_as(struct manager *manager, bool abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	strcpy(manager->directory, "/tmp/tcpwhy-notify.XXXXXX");
	assert_non_null(mkdtemp(manager->directory));
	int length = snprintf(manager->name, sizeof(manager->name), "%s%s/socket",
			      abstract ? "@" : "", manager->directory);
	memcpy(address.sun_path, manager->name, (size_t)length);
	if (abstract)
		address.sun_path[0] = '\0';
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(manager->fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length +
					  !abstract)),
			 0);
	setenv("NOTIFY_SOCKET", manager->name, 1);
}

static int
set_up(void **state)
{
	struct manager *manager = calloc(1, sizeof(*manager));
	assert_non_null(manager);
	manager->fd = -1;
	manager->notify.fd = -1;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*state = manager;
	return 0;
}

static int
tear_down(void **state)
{
	struct manager *manager = *state;
	notify_close(&manager->notify);
	if (manager->fd >= 0) {
		close(manager->fd);
		unlink(manager->name);
		rmdir(manager->directory);
	}
	free(manager);
	return 0;
}

static bool
open_notify(struct manager *manager)
{
	return notify_open(&manager->notify, manager->text, sizeof(manager->text));
}

/* The next message must be that one; NULL: there is none. */
static void
expect(const struct manager *manager, const char *wanted)
{
	char got[1024] = "";
	ssize_t length = recv(manager->fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	if (wanted == NULL)
		assert_int_equal(length, -1);
	else
		assert_string_equal(got, wanted);
}

static void
hears_all_in_order(struct manager *manager, bool abstract)
{
	listen_as(manager, abstract);
	assert_true(open_notify(manager));
	notify_ready(&manager->notify);
	notify_status(&manager->notify, "3 flows, 1 failed");
	notify_stopping(&manager->notify);
	expect(manager, "READY=1");
	expect(manager, "STATUS=3 flows, 1 failed");
	expect(manager, "STOPPING=1");
	expect(manager, NULL);
	assert_int_equal(manager->notify.lost, 0);
}

static void
a_socket_with_a_path_hears_all(void **state)
{
	hears_all_in_order(*state, false);
}

static void
an_abstract_socket_hears_all(void **state)
{
	hears_all_in_order(*state, true);
}

static void
without_a_socket_nothing_happens(void **state)
{
	struct manager *manager = *state;
	setenv("WATCHDOG_USEC", "1000000", 1);
	assert_true(open_notify(manager));
	notify_ready(&manager->notify);
	notify_status(&manager->notify, "x");
	assert_int_equal(notify_alive(&manager->notify, second_ns), -1);
	assert_int_equal(manager->notify.lost, 0);
}

static void
the_variables_are_not_inherited(void **state)
{
	struct manager *manager = *state;
	listen_as(manager, false);
	setenv("WATCHDOG_USEC", "1000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_true(open_notify(manager));
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
}

static void
a_socket_that_is_not_there_is_named(void **state)
{
	struct manager *manager = *state;
	setenv("NOTIFY_SOCKET", "/nonexistent/\033[2J", 1);
	assert_false(open_notify(manager));
	assert_non_null(strstr(manager->text, "NOTIFY_SOCKET=/nonexistent/\\x1b[2J: No such file"));
	notify_ready(&manager->notify);
	assert_null(getenv("NOTIFY_SOCKET"));
}

static void
a_name_that_is_none_is_refused(void **state)
{
	static const char *const names[] = { "", "@", "/", "relative", "vsock:2:1234" };
	struct manager *manager = *state;
	char longest[200];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	assert_false(open_notify(manager));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		assert_int_equal(open_notify(manager), names[i][0] == '\0');
		assert_int_equal(manager->notify.fd, -1);
	}
}

static void
a_status_is_one_line_and_sent_once(void **state)
{
	struct manager *manager = *state;
	listen_as(manager, false);
	assert_true(open_notify(manager));
	notify_status(&manager->notify, "a\nMAINPID=1");
	notify_status(&manager->notify, "a\nMAINPID=1");
	notify_status(&manager->notify, "b");
	expect(manager, "STATUS=a\\x0aMAINPID=1");
	expect(manager, "STATUS=b");
	expect(manager, NULL);
}

static void
signs_of_life_come_twice_as_often_as_wanted(void **state)
{
	struct manager *manager = *state;
	listen_as(manager, false);
	setenv("WATCHDOG_USEC", "10000000", 1);
	assert_true(open_notify(manager));
	assert_int_equal(notify_alive(&manager->notify, 100 * second_ns), 5 * second_ns);
	expect(manager, "WATCHDOG=1");
	assert_int_equal(notify_alive(&manager->notify, 104 * second_ns), second_ns);
	expect(manager, NULL);
	assert_int_equal(notify_alive(&manager->notify, 106 * second_ns), 5 * second_ns);
	expect(manager, "WATCHDOG=1");
	expect(manager, NULL);
}

static void
a_watchdog_of_another_process_is_none_of_ours(void **state)
{
	struct manager *manager = *state;
	char pid[32];
	listen_as(manager, false);
	setenv("WATCHDOG_USEC", "10000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_true(open_notify(manager));
	assert_int_equal(notify_alive(&manager->notify, second_ns), -1);
	notify_close(&manager->notify);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("NOTIFY_SOCKET", manager->name, 1);
	setenv("WATCHDOG_USEC", "10000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	assert_true(open_notify(manager));
	assert_int_equal(notify_alive(&manager->notify, second_ns), 5 * second_ns);
}

static void
messages_that_nobody_takes_are_counted(void **state)
{
	struct manager *manager = *state;
	listen_as(manager, false);
	assert_true(open_notify(manager));
	close(manager->fd);
	manager->fd = -1;
	notify_ready(&manager->notify);
	assert_int_equal(manager->notify.lost, 1);
	unlink(manager->name);
	rmdir(manager->directory);
}

static void
a_manager_that_sleeps_does_not_stop_us(void **state)
{
	struct manager *manager = *state;
	listen_as(manager, false);
	assert_true(open_notify(manager));
	for (int i = 0; i < 100000 && manager->notify.lost == 0; i++)
		notify_ready(&manager->notify);
	assert_int_equal(manager->notify.lost, 1);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_socket_with_a_path_hears_all),
		CASE(an_abstract_socket_hears_all),
		CASE(without_a_socket_nothing_happens),
		CASE(the_variables_are_not_inherited),
		CASE(a_socket_that_is_not_there_is_named),
		CASE(a_name_that_is_none_is_refused),
		CASE(a_status_is_one_line_and_sent_once),
		CASE(signs_of_life_come_twice_as_often_as_wanted),
		CASE(a_watchdog_of_another_process_is_none_of_ours),
		CASE(messages_that_nobody_takes_are_counted),
		CASE(a_manager_that_sleeps_does_not_stop_us),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

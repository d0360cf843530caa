/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams "NAME=VALUE" to a connected socket: after that only write() is needed, which the sandbox
 * allows. Nothing here waits: who does not listen misses a message, and that is counted. */
#include "ui/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ui/sanitize.h"

enum { NS_PER_US = 1000, SIGNS_PER_WAIT = 2 };

static const char *const variables[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID" };

/* A number above 0 in a variable; 0: there is none. */
static int64_t
read_number(const char *variable)
{
	const char *word = getenv(variable);
	char *end;
	if (word == NULL || word[0] < '0' || word[0] > '9')
		return 0;
	errno = 0;
	long long value = strtoll(word, &end, 10);
	return *end == '\0' && errno == 0 ? value : 0;
}

/* Returns a descriptor or a negative errno. A name that begins with @ is abstract: no file. */
static int
connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	if (length < 2 || (name[0] != '/' && name[0] != '@'))
		return -EINVAL;
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
				     (name[0] == '/')); /* paths end with a NUL */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, size) == 0)
		return fd;
	int error = errno;
	close(fd);
	return -error;
}

/* The manager's patience, if it is this process that it watches. */
static int64_t
read_watchdog(void)
{
	int64_t pid = read_number("WATCHDOG_PID");
	int64_t wait_us = read_number("WATCHDOG_USEC");
	if ((getenv("WATCHDOG_PID") != NULL && pid != (int64_t)getpid()) ||
	    wait_us > INT64_MAX / NS_PER_US)
		return 0;
	return wait_us * NS_PER_US;
}

bool
notify_open(struct notify *notify, char *text, size_t size)
{
	const char *name = getenv("NOTIFY_SOCKET");
	char clean[SANITIZED_SIZE] = "";
	int fd = -ENOENT;
	*notify = (struct notify){ .fd = -1 };
	if (name != NULL) {
		fd = connect_to(name);
		sanitize_string(name, false, clean, sizeof(clean));
	}
	if (fd >= 0) {
		notify->fd = fd;
		notify->watchdog_ns = read_watchdog();
	}
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	if (fd >= 0 || clean[0] == '\0')
		return true;
	snprintf(text, size, "NOTIFY_SOCKET=%s: %s; the service manager is not told anything",
		 clean, strerror(-fd));
	return false;
}

static void
send_message(struct notify *notify, const char *message)
{
	if (notify->fd < 0)
		return;
	size_t length = strlen(message);
	ssize_t sent;
	do
		sent = write(notify->fd, message, length);
	while (sent < 0 && errno == EINTR);
	notify->lost += sent != (ssize_t)length;
}

void
notify_ready(struct notify *notify)
{
	send_message(notify, "READY=1");
}

void
notify_status(struct notify *notify, const char *status)
{
	char message[sizeof(notify->status) + sizeof("STATUS=")];
	char clean[sizeof(notify->status)];
	/* A line feed would begin another assignment. */
	sanitize_string(status, false, clean, sizeof(clean));
	if (strcmp(clean, notify->status) == 0)
		return;
	memcpy(notify->status, clean, sizeof(clean));
	snprintf(message, sizeof(message), "STATUS=%s", clean);
	send_message(notify, message);
}

void
notify_stopping(struct notify *notify)
{
	send_message(notify, "STOPPING=1");
}

int64_t
notify_alive(struct notify *notify, int64_t now_ns)
{
	int64_t interval_ns = notify->watchdog_ns / SIGNS_PER_WAIT;
	if (notify->fd < 0 || interval_ns == 0)
		return -1;
	if (notify->last_sign_ns == 0 || now_ns - notify->last_sign_ns >= interval_ns) {
		notify->last_sign_ns = now_ns;
		send_message(notify, "WATCHDOG=1");
	}
	return notify->last_sign_ns + interval_ns - now_ns;
}

void
notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

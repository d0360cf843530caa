/* SPDX-License-Identifier: BSD-2-Clause */
/* Real sockets for live tests: a server, and clients that do what they are told, step by step.
 *
 * sockets serve ADDRESS PORT [BACKLOG [lazy]]
 *	Listens, prints "ready", answers every piece of data with four bytes, until it is killed. lazy:
 *	accepts nobody, so that its accept queue fills.
 * sockets connect ADDRESS PORT STEP...
 *	Prints its own port, then carries out the steps and says what came of each:
 *	open MS    connect, waiting so long at most     say MS    send 100 bytes, wait for an answer
 *	wait MS    do nothing                           close     close in an orderly way
 *	abort      reset (SO_LINGER 0) */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, REQUEST_BYTES = 100 };

static int
fail(const char *what)
{
	fprintf(stderr, "sockets: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct sockaddr_in
endpoint(const char *address, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	if (inet_pton(AF_INET, address, &in.sin_addr) != 1) {
		fprintf(stderr, "sockets: %s is no IPv4 address\n", address);
		exit(1);
	}
	return in;
}

/* Answers whoever spoke; forgets who has left. */
static void
answer(struct pollfd *client)
{
	char bytes[4096];
	ssize_t count = read(client->fd, bytes, sizeof(bytes));
	if (count > 0 && write(client->fd, "ok.\n", 4) == 4)
		return;
	close(client->fd);
	client->fd = -1;
}

static int
serve(const struct sockaddr_in *in, int backlog, int lazy)
{
	static struct pollfd fds[1 + CLIENTS_MAX];
	int on = 1;
	nfds_t count = 1;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (const struct sockaddr *)in, sizeof(*in)) != 0 ||
	    listen(listener, backlog) != 0)
		return fail("listen");
	puts("ready");
	fflush(stdout);
	while (lazy)
		pause();
	fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (;;) {
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			return fail("poll");
		if (fds[0].revents & POLLIN && count <= CLIENTS_MAX)
			fds[count++] = (struct pollfd){ .fd = accept(listener, NULL, NULL),
							.events = POLLIN };
		for (nfds_t i = 1; i < count; i++) {
			if (fds[i].fd >= 0 && fds[i].revents != 0)
				answer(&fds[i]);
			if (fds[i].fd < 0)
				fds[i--] = fds[--count];
		}
	}
}

static const char *
open_connection(int fd, const struct sockaddr_in *in, int wait_ms)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	int error = 0;
	if (connect(fd, (const struct sockaddr *)in, sizeof(*in)) != 0 && errno != EINPROGRESS)
		error = errno;
	if (getsockname(fd, (struct sockaddr *)&own, &length) == 0)
		printf("port %u\n", (unsigned)ntohs(own.sin_port));
	fflush(stdout);
	if (error == 0 && poll(&writable, 1, wait_ms) == 0)
		return "no answer";
	length = sizeof(error);
	if (error == 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error != 0 ? strerror(error) : "connected";
}

static const char *
say(int fd, int wait_ms)
{
	char bytes[REQUEST_BYTES];
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	memset(bytes, 'x', sizeof(bytes));
	if (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) < 0)
		return strerror(errno);
	if (poll(&readable, 1, wait_ms) == 0)
		return "no answer";
	ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
	return count > 0 ? "answered" : count == 0 ? "closed" : strerror(errno);
}

static int
connect_steps(const struct sockaddr_in *in, char **steps)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail("socket");
	for (; *steps != NULL; steps++) {
		const char *step = *steps;
		const char *result = "done";
		int ms = steps[1] != NULL ? atoi(steps[1]) : 0;
		if (strcmp(step, "open") == 0) {
			result = open_connection(fd, in, ms);
			steps++;
		} else if (strcmp(step, "say") == 0) {
			result = say(fd, ms);
			steps++;
		} else if (strcmp(step, "wait") == 0) {
			poll(NULL, 0, ms);
			steps++;
		} else if (strcmp(step, "close") == 0) {
			close(fd);
		} else if (strcmp(step, "abort") == 0) {
			struct linger linger = { .l_onoff = 1 };
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
			close(fd);
		} else {
			fprintf(stderr, "sockets: no step is called %s\n", step);
			return 1;
		}
		printf("%s: %s\n", step, result);
		fflush(stdout);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "serve") == 0) {
		const struct sockaddr_in in = endpoint(argv[2], argv[3]);
		return serve(&in, argc > 4 ? atoi(argv[4]) : 128, argc > 5);
	}
	if (argc >= 5 && strcmp(argv[1], "connect") == 0) {
		const struct sockaddr_in in = endpoint(argv[2], argv[3]);
		return connect_steps(&in, argv + 4);
	}
	fputs("usage: sockets serve ADDRESS PORT [BACKLOG [lazy]]\n"
	      "       sockets connect ADDRESS PORT STEP...\n",
	      stderr);
	return 2;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells a service manager how we are, in the protocol of sd_notify(3). Without $NOTIFY_SOCKET nothing
 * is sent, and nothing is wrong. */
#ifndef TCPWHY_NOTIFY_H
#define TCPWHY_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notify {
	int fd;		      /* -1: nobody listens */
	int64_t watchdog_ns;  /* how often a sign of life is wanted at least; 0: never */
	int64_t last_sign_ns; /* when the last one was given */
	uint64_t lost;	      /* messages that could not be sent */
	char status[256];     /* the last one sent */
};

/* Connects to $NOTIFY_SOCKET, reads $WATCHDOG_USEC and $WATCHDOG_PID, and removes all three from the
 * environment. To be called before the sandbox is entered and before threads are made. False, and a
 * sentence in text, when the variable is set and the connection fails; notify can be used all the same. */
bool notify_open(struct notify *notify, char *text, size_t size);

/* The start is over, captures run. */
void notify_ready(struct notify *notify);
/* One line for people ("systemctl status"); sent only when it differs from the last one. */
void notify_status(struct notify *notify, const char *status);
/* The end has begun. */
void notify_stopping(struct notify *notify);

/* To be called by the loop at every turn: gives a sign of life when half of the time that the
 * manager waits is over. now_ns: of CLOCK_MONOTONIC. Returns for how long the loop may wait at most
 * until it calls again, in ns; -1: for ever. */
int64_t notify_alive(struct notify *notify, int64_t now_ns);

void notify_close(struct notify *notify);

#endif

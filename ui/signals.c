/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers set a flag; only a second request to stop acts at once. */
#include "ui/signals.h"

#include <stddef.h>
#include <unistd.h>

#include "ui/sink.h"

enum { KILLED_BASE = 128 }; /* exit code of a program that a signal ended, as shells count */

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_status;
volatile sig_atomic_t signals_reopen;

static void
on_stop(int number)
{
	/* a terminal that closes may hang up twice, by the kernel and by its shell: that is one request */
	if (signals_stop && number != SIGHUP) {
		sink_remove_temporary();
		_exit(KILLED_BASE + number);
	}
	signals_stop = 1;
}

static void
on_status(int number)
{
	(void)number;
	signals_status = 1;
}

static void
on_reopen(int number)
{
	(void)number;
	signals_reopen = 1;
}

/* Installs the handler unless the signal is ignored on purpose (nohup). Reads do not go on. */
static void
install(int number, void (*handler)(int))
{
	struct sigaction before;
	struct sigaction action = { .sa_handler = handler };
	sigemptyset(&action.sa_mask);
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

void
signals_install(void)
{
	/* shells ignore it in the background of a script, where it is just as good a way to end */
	signal(SIGINT, SIG_DFL);
	install(SIGINT, on_stop);
	install(SIGTERM, on_stop);
	install(SIGHUP, on_stop);
	install(SIGUSR1, on_status);
	signal(SIGPIPE, SIG_IGN);
}

void
signals_hangup_reopens(void)
{
	install(SIGHUP, on_reopen);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What signals ask for: stop and report, or say how far it is. */
#ifndef TCPWHY_SIGNALS_H
#define TCPWHY_SIGNALS_H

#include <signal.h>

/* Set by SIGINT, SIGTERM and SIGHUP: end the input and report. A second one ends the program. */
extern volatile sig_atomic_t signals_stop;
/* Set by SIGHUP instead after signals_hangup_reopens(): begin output files anew. The reader clears it. */
extern volatile sig_atomic_t signals_reopen;
/* Set by SIGUSR1: one line about the progress, then go on. The reader clears it. */
extern volatile sig_atomic_t signals_status;

/* Installs the handlers; SIGPIPE is ignored, as writing reports it. */
void signals_install(void);

/* From now on SIGHUP asks for reopening (a live run without a screen). */
void signals_hangup_reopens(void);

#endif

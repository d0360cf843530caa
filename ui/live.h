/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces in; a screen, records or text out. */
#ifndef TCPWHY_LIVE_H
#define TCPWHY_LIVE_H

struct options;

/* Watches the interfaces of the options until a signal, the user, --count or --duration ends it, and
 * writes the reports that are asked for. argv is what was typed, for the line that helps somebody who
 * may not capture. Complaints go to standard error. Returns the exit code of the program. */
int run_live(const struct options *options, char *const *argv);

#endif

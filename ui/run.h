/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures in, reports out. */
#ifndef TCPWHY_RUN_H
#define TCPWHY_RUN_H

struct options;

/* Reads all captures of the options, judges every flow and writes the reports that are asked for.
 * Complaints go to standard error. Returns the exit code of the program. */
int run_offline(const struct options *options);

#endif

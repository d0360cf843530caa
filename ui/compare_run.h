/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpwhy --compare: two or more captures of the same traffic, in the order of the path. */
#ifndef TCPWHY_COMPARE_RUN_H
#define TCPWHY_COMPARE_RUN_H

#include "ui/options.h"

/* Reads the captures twice, compares and reports. Returns the exit code. */
int run_compare(const struct options *options);

#endif

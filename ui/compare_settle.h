/* SPDX-License-Identifier: BSD-2-Clause */
/* Which held flows can be paired, told and given back by now. */
#ifndef TCPWHY_COMPARE_SETTLE_H
#define TCPWHY_COMPARE_SETTLE_H

#include "ui/compare_report.h"

typedef void compare_case_fn(void *user, const struct compare_case *told);

/* Pairs what can be paired, hands over every case that nothing can change any more, and gives back the
 * flows that are told in all of their hops. at_end: nothing more comes. Returns false when memory is
 * short: then some flows are not compared. */
bool compare_settle(struct comparison *comparison, bool at_end, compare_case_fn *fn, void *user);

#endif

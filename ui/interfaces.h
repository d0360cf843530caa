/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be watched, for people. */
#ifndef TCPWHY_INTERFACES_H
#define TCPWHY_INTERFACES_H

#include <stdbool.h>

#include "ui/sink.h"

/* One line for each interface: its name, for -i, its state and addresses. Complains, and returns false,
 * when they cannot be listed. */
bool interfaces_print(struct sink *sink);

#endif

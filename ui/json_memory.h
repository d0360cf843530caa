/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether jansson had the memory that it asked for: what it lacked is missing in an object without a
 * trace. */
#ifndef TCPWHY_JSON_MEMORY_H
#define TCPWHY_JSON_MEMORY_H

#include <stdbool.h>

/* Before anything of jansson is made. Only one thread may make values. */
void json_memory_watch(void);

/* Whether it lacked some since the last time this was asked. */
bool json_memory_lacked(void);

#endif

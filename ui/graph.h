/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers over time as one line of characters. */
#ifndef TCPWHY_GRAPH_H
#define TCPWHY_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_BYTES = 3 }; /* that one column may take */

/* Draws a column per point, the highest one full: with blocks, or with ASCII characters of growing
 * weight. A point of 0 is blank. text holds count * GRAPH_BYTES + 1 bytes. Returns the highest point. */
uint32_t graph_line(const uint32_t *points, size_t count, bool utf8, char *text);

#endif

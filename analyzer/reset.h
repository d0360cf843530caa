/* SPDX-License-Identifier: BSD-2-Clause */
/* What an RST is: whether its receiver must believe it, and what kind of sender makes such RSTs. */
#ifndef TCPWHY_RESET_H
#define TCPWHY_RESET_H

#include "analyzer/flow.h"

/* Whether the receiver of this RST must believe it, from what the capture knows of both halves.
 * guess_window: bytes above the expected sequence number that count as in-window when the receiver's
 * window is unknown. To be asked before the packet changes the flow. */
enum rst_effect reset_effect(const struct flow *flow, const struct packet *packet,
			     enum direction dir, int64_t guess_window);

/* The form of the RST, by its fields alone. */
enum rst_form reset_form(const struct flow *flow, const struct packet *packet, enum direction dir);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of a flow that templates may name. Those that come from RSTs, ICMP errors, stalls and
 * alerts are in ui/values_error.c. */
#ifndef TCPWHY_VALUES_H
#define TCPWHY_VALUES_H

#include "analyzer/flow.h"
#include "analyzer/verdict.h"
#include "ui/template.h"

/* What a template about a flow speaks of. */
struct subject {
	const struct flow *flow;
	const struct verdict *verdict;
	const struct evidence *evidence; /* NULL when the template is not about a frame */
};

/* For template_expand(); about is a struct subject. */
template_value_fn flow_value;

/* Writes the value into text; leaves it as it is, empty, when the value is unknown. */
typedef void value_fn(const struct subject *subject, char *text, size_t size);

value_fn put_rst_delay;
value_fn put_rst_after_synack;
value_fn put_rst_after_handshake;
value_fn put_rst_side;
value_fn put_rst_form;
value_fn put_reset_host;
value_fn put_log_host;
value_fn put_icmp_from;
value_fn put_icmp_who;
value_fn put_icmp_what;
value_fn put_icmp_delay;
value_fn put_stalled;
value_fn put_alert;

/* When the RST came that the verdict is about. */
struct moment deciding_rst(const struct subject *subject);

/* Time from a to b, if both happened and it passed. */
void put_distance(struct moment a, struct moment b, char *text, size_t size);

static inline const char *
side_name(unsigned direction)
{
	return direction == TO_SERVER ? "client" : "server";
}

#endif

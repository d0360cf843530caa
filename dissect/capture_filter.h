/* SPDX-License-Identifier: BSD-2-Clause */
/* A BPF filter expression for frames of any link type. */
#ifndef TCPWHY_CAPTURE_FILTER_H
#define TCPWHY_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/frame.h"

struct capture_filter;

enum capture_filter_answer {
	FILTER_ACCEPT,
	FILTER_REJECT,
	FILTER_UNUSABLE, /* the expression has no meaning for this link type */
};

/* NULL without memory. The expression is copied; it is not yet looked at. */
struct capture_filter *capture_filter_new(const char *expression);

/* Compiles it for every link type that can be dissected: from now on no name is looked up, and nothing
 * compiled. Frames of other link types are unusable. False without memory. */
bool capture_filter_complete(struct capture_filter *filter);

/* Does it compile for this link type? If not, writes libpcap's reason into text. */
bool capture_filter_check(struct capture_filter *filter, uint16_t linktype, char *text,
			  size_t text_size);

enum capture_filter_answer capture_filter_ask(struct capture_filter *filter,
					      const struct frame *frame);

void capture_filter_free(struct capture_filter *filter);

#endif

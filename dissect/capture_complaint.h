/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a capture cannot be opened, in one line. */
#ifndef TCPWHY_CAPTURE_COMPLAINT_H
#define TCPWHY_CAPTURE_COMPLAINT_H

#include <stddef.h>

#include "dissect/capture.h"

/* Where it is written. */
struct complaint {
	char *text;
	size_t size;
};

/* Writes "subject: reason", or just the reason when subject is NULL. Returns error. */
int capture_complain(const struct complaint *complaint, enum capture_error error, const char *subject,
	     const char *reason);
/* The same for an errno value: CAPTURE_ERROR_MEMORY or CAPTURE_ERROR_OPEN. */
int complain_errno(const struct complaint *complaint, const char *subject, int errno_value);
/* About a filter that libpcap refuses, with the expression: CAPTURE_ERROR_FILTER. */
int complain_filter(const struct complaint *complaint, const char *expression, const char *reason);
/* Goes on with the line. */
void complain_more(const struct complaint *complaint, const char *more);

#endif

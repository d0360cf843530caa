/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a capture cannot be opened, in one line. */
#include "dissect/capture_complaint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
capture_complain(const struct complaint *complaint, enum capture_error error, const char *subject,
	 const char *reason)
{
	if (subject)
		snprintf(complaint->text, complaint->size, "%s: %s", subject, reason);
	else
		snprintf(complaint->text, complaint->size, "%s", reason);
	return error;
}

int
complain_errno(const struct complaint *complaint, const char *subject, int errno_value)
{
	if (errno_value == ENOMEM)
		return capture_complain(complaint, CAPTURE_ERROR_MEMORY, NULL, "out of memory");
	return capture_complain(complaint, CAPTURE_ERROR_OPEN, subject, strerror(errno_value));
}

void
complain_more(const struct complaint *complaint, const char *more)
{
	size_t used = strlen(complaint->text);

	snprintf(complaint->text + used, complaint->size - used, "%s", more);
}

int
complain_filter(const struct complaint *complaint, const char *expression, const char *reason)
{
	capture_complain(complaint, CAPTURE_ERROR_FILTER, "filter", reason);
	complain_more(complaint, ", in '");
	complain_more(complaint, expression ? expression : "");
	complain_more(complaint, "'");
	return CAPTURE_ERROR_FILTER;
}

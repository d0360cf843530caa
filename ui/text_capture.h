/* SPDX-License-Identifier: BSD-2-Clause */
/* What the text report says about the capture itself. */
#ifndef TCPWHY_TEXT_CAPTURE_H
#define TCPWHY_TEXT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/report.h"

/* The name of what was read: one file's, or "7 files". */
void text_capture_name(const struct report_totals *totals, bool ascii, char *text, size_t size);

/* The last part of the name of one of the captures, made safe. */
void text_source_name(const struct report_settings *settings, size_t index, char *text,
		      size_t size);

/* Drops, gaps, duplicates, cut and damaged frames, and what could not be judged. Nothing is written
 * when there is nothing to say. */
void text_capture_section(struct sink *sink, const struct report_settings *settings,
			  const struct report_totals *totals);

#endif

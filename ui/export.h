/* SPDX-License-Identifier: BSD-2-Clause */
/* One flow into a new file: as a record, as text for a ticket, as a capture. */
#ifndef TCPWHY_EXPORT_H
#define TCPWHY_EXPORT_H

#include "ui/report.h"
#include "ui/screen.h"

struct export_context {
	bool provisional; /* the flow is not decided: the verdict is how it looks at present */
	const struct report_settings *settings; /* of the ticket's text; color does not matter */
	const struct report_totals *totals;
	/* Writes the packets of the flow into a new file of that name, readable by its owner only. Returns 0 or an errno; ENOENT: no packet is held. NULL: nobody
	 * keeps packets. */
	int (*write_capture)(void *user, const struct flow *flow, const char *path,
			     size_t *ret_frames);
	void *user; /* for write_capture */
};

/* Writes the flow to tcpwhy-flow-NUMBER.json, .txt or .pcapng in the current directory, or where that
 * cannot be written in $TMPDIR or /tmp. The file is new in any case: a name that is taken gets a
 * number behind it, no link is followed, and nobody but its owner may read it. What came of it
 * is said in text. */
void export_flow(const struct export_context *context, const struct flow *flow,
		 const struct verdict *verdict, enum screen_export form, char *text, size_t size);

#endif

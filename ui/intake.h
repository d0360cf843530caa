/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames -> dissection -> tracker, in batches, with every loss counted: the same offline and live. */
#ifndef TCPWHY_INTAKE_H
#define TCPWHY_INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/tracker.h"
#include "dissect/frame.h"
#include "ui/recorder.h"
#include "ui/report.h"

enum { INTAKE_BATCH = 64 };

struct intake {
	struct tracker *tracker;
	struct report_totals *totals;
	struct recorder *recorder; /* NULL: packets are not kept */
	int64_t now_ns;		   /* last time told to the tracker because of a frame without TCP */
	int64_t latest_ns;	   /* largest time of any frame */
	size_t pending;		   /* packets not fed yet */
	struct packet packets[INTAKE_BATCH];
};

/* Takes in frames, and feeds all that is in them: their bytes may go away afterwards. */
void intake_take(struct intake *intake, const struct frame *frames, size_t count);

/* Tells the tracker that the filter hides ICMP errors, if it does. */
void intake_tell_hidden_errors(struct intake *intake);

#endif

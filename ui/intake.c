/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of a frame from the capture to the tracker. */
#include "ui/intake.h"

#include "dissect/dissect.h"

/* Frames without TCP tell the time no finer than this. */
static const int64_t advance_step_ns = 100 * NS_PER_MS;

static void
feed_pending(struct intake *intake)
{
	if (intake->pending > 0)
		tracker_feed(intake->tracker, intake->packets, intake->pending);
	intake->pending = 0;
}

/* Time passes even if nobody speaks TCP. */
static void
tell_time(struct intake *intake, int64_t now_ns)
{
	if (intake->now_ns != 0 && now_ns < intake->now_ns + advance_step_ns)
		return;
	intake->now_ns = now_ns;
	feed_pending(intake);
	tracker_advance(intake->tracker, now_ns);
}

static void
take_frame(struct intake *intake, const struct frame *frame)
{
	struct report_totals *totals = intake->totals;
	struct packet *packet = &intake->packets[intake->pending];
	totals->frames++;
	totals->bytes += frame->wirelen;
	if (frame->ts_ns > intake->latest_ns)
		intake->latest_ns = frame->ts_ns;
	switch (dissect_frame(frame, packet)) {
	case DISSECT_OK:
		if (packet->kind != PACKET_NOT_TCP) {
			if (intake->recorder != NULL)
				recorder_add(intake->recorder, frame, packet);
			intake->pending++;
			break;
		}
		totals->not_tcp++;
		tell_time(intake, frame->ts_ns);
		break;
	case DISSECT_TRUNCATED:
		totals->truncated++;
		break;
	case DISSECT_MALFORMED:
		totals->malformed++;
		break;
	case DISSECT_UNSUPPORTED:
		totals->unsupported++;
		break;
	}
	if (intake->pending == INTAKE_BATCH)
		feed_pending(intake);
}

void
intake_take(struct intake *intake, const struct frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_frame(intake, &frames[i]);
	feed_pending(intake);
}

/* A filter that takes ICMP errors away makes a filtered port look like a silent one. */
void
intake_tell_hidden_errors(struct intake *intake)
{
	uint64_t frames, errors;
	if (intake->totals->filter == NULL)
		return;
	report_rejected(intake->totals, &frames, &errors);
	if (errors > 0)
		tracker_note_hidden_errors(intake->tracker);
}

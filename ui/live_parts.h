/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a live run share. */
#ifndef TCPWHY_LIVE_PARTS_H
#define TCPWHY_LIVE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/conclusions.h"
#include "ui/host.h"
#include "ui/intake.h"
#include "ui/journal.h"
#include "ui/notify.h"
#include "ui/options.h"
#include "ui/outputs.h"
#include "ui/recorder.h"
#include "ui/screen.h"

enum { LIVE_NOTICE_SIZE = 512 };

struct live {
	const struct options *options;
	char *const *argv;
	struct capture *capture;
	struct tracker *tracker;
	struct report_totals totals; /* of flows that have ended */
	struct conclusions conclusions;
	struct host host;
	struct intake intake;
	struct outputs outputs;
	struct recorder *recorder; /* NULL: nobody asked for packets */
	struct notify notify;
	struct journal *journal;   /* NULL without a screen, as the next */
	struct screen *screen;

	int64_t began_ns;     /* all times are those of the system's clock */
	int64_t now_ns;	      /* of the present round */
	int64_t told_ns;      /* up to which the tracker knows what happened */
	int64_t drops_ns;     /* when drops were asked for last */
	uint64_t drops;	      /* known then */
	int64_t heartbeat_ns; /* of the last heartbeat */
	int64_t concluded_ns; /* when conclusions were drawn last */
	int64_t drawn_ns;     /* when the screen was drawn last */
	uint64_t drawn_version; /* of the journal then */
	bool changed;	      /* something was taken in since conclusions were drawn */
	bool quit;	      /* the user has left the screen */
	bool recorder_failed, output_failed; /* and that has been said */
};

/* Opens interfaces, outputs and screen, and gives up all rights. Returns an enum exit_code. */
int live_open(struct live *live);
void live_release(struct live *live);

/* For the tracker: user is the struct live. */
tracker_flow_fn live_take_ended;
tracker_review_fn live_take_review;

/* Takes in frames until none waits or a share of a second is over. Returns whether none waits. */
bool live_read(struct live *live);
/* Lets time pass: reviews, drops, conclusions, heartbeat. */
void live_tick(struct live *live, bool drained);
/* Draws the conclusions of now. */
void live_conclude(struct live *live);

/* Whether the screen is what the user wants and can have. */
bool live_wants_screen(const struct options *options);
/* Opens the screen; complains and returns false if that fails. */
bool live_open_screen(struct live *live);
/* Keys and drawing; at most four times a second without keys. */
void live_serve_screen(struct live *live);

#endif

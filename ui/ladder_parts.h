/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the ladder share: ladder_steps.c says what each frame is, ladder_moments.c does so
 * without frames, ladder.c chooses and draws. */
#ifndef TCPWHY_LADDER_PARTS_H
#define TCPWHY_LADDER_PARTS_H

#include "ui/ladder.h"

enum {
	STEP_LABEL_SIZE = 48,
	STEP_NOTE_SIZE = 160,
};

/* Where an arrow begins. */
enum step_from { FROM_CLIENT, FROM_SERVER, FROM_BETWEEN_TO_CLIENT, FROM_BETWEEN_TO_SERVER };

/* One frame. */
struct step {
	int64_t us; /* since 1970 */
	uint32_t frame;
	uint32_t payload; /* bytes */
	uint16_t source;
	uint8_t kind; /* enum ladder_kind */
	uint8_t from; /* enum step_from */
	bool again;   /* repeats what was sent before */
	bool notable; /* never folded while there is room */
	bool kept;    /* has a line of its own */
	const struct evidence *evidence;
	char label[STEP_LABEL_SIZE]; /* on the arrow */
	char note[STEP_NOTE_SIZE];
};

/* Fills steps, one per frame at most, in order. Returns how many. */
size_t steps_of_frames(const struct flow *flow, const struct recorder_frame *frames, size_t count,
		       struct step *steps);

/* Those of the moments kept in the flow that came before before_us. */
enum { STEPS_OF_MOMENTS = 64 };
size_t steps_of_moments(const struct flow *flow, const struct verdict *verdict, int64_t before_us,
			struct step steps[STEPS_OF_MOMENTS]);

/* "ICMP 3/1" and "host unreachable, from 192.0.2.1". */
void step_of_error(const struct flow *flow, unsigned ip_version, unsigned type, unsigned code,
		   struct ip_addr from, enum direction quoted, struct step *step);

#endif

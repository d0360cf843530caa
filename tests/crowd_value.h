/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a finding by name, and whether they meet a condition. */
#ifndef TCPWHY_CROWD_VALUE_H
#define TCPWHY_CROWD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/findings.h"
#include "tests/crowd.h"
#include "tests/finding_text.h"

enum lookup {
	LOOKUP_NUMBER,
	LOOKUP_TEXT,
	LOOKUP_LIST,
	LOOKUP_NONE,	/* the finding has no such number */
	LOOKUP_UNKNOWN, /* no finding has: the key is wrong */
};

struct crowd_value {
	enum lookup lookup;
	double number;
	char text[FINDING_TEXT_SIZE];
	bool listed; /* LOOKUP_LIST: what the condition asks for is in it */
};

/* Looks up what the condition speaks of; first and last are in seconds since start_ns. */
void crowd_look_up(const struct finding *finding, int64_t start_ns,
		   const struct crowd_condition *condition, struct crowd_value *value);

bool crowd_value_holds(const struct crowd_condition *condition, const struct crowd_value *value);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Crowds: thousands of conversations with known causes, described as traffic and made into frames.
 *
 * One statement per line; '#' starts a comment. The language in full: tests/crowds/README.md.
 *
 *	600 x request-and-answer from 10.1.0.0/24 to 10.0.0.2:443 over 0..120
 *	18 x refused from 10.1.0.0/24 to 10.0.0.2:444 over 30..60
 *	end 180
 *	expect finding listener-refusing subject=10.0.0.2:444 flows=18 first=30~5 */
#ifndef TCPWHY_CROWD_H
#define TCPWHY_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/frame.h"
#include "tests/script.h"

/* KEY OPERATOR VALUE~TOLERANCE. */
struct crowd_condition {
	enum expectation_operator operator; /* EXPECT_EQUAL to EXPECT_AT_MOST */
	char *key, *value;
	char *tolerance; /* "3", or "5%" of the value; NULL: none was given */
};

enum crowd_claim {
	CROWD_FINDING,	  /* there is a finding of that code that meets the conditions */
	CROWD_NO_FINDING, /* there is none */
	CROWD_NONE,	  /* no finding at all; or none above the severity that is named */
	CROWD_ONLY,	  /* there is no finding but those that other lines expect */
	CROWD_VERDICTS,	  /* so many flows of each verdict */
	CROWD_CAPTURE,	  /* of the run as a whole */
};

struct crowd_expectation {
	unsigned line;
	enum crowd_claim claim;
	char *name; /* slug of the finding or severity; NULL without */
	struct crowd_condition *conditions;
	size_t condition_count;
};

/* A crowd. Everything in it belongs to it; data of the frames too. */
struct crowd {
	struct frame *frames; /* in the order of time, numbered from 1 */
	size_t frame_count;
	struct crowd_expectation *expectations;
	size_t expectation_count;
	struct script_limit *limits; /* "limit NAME=VALUE" */
	size_t limit_count;
	char *skip;	       /* why it cannot hold yet, NULL for most */
	int64_t start_ns;      /* what its times count from */
	uint64_t seed;	       /* of all that is random in it */
	uint64_t kernel_drops; /* what the capturing kernel says it lost */
	uint16_t linktype;     /* of all frames */
};

/* Reads a crowd and makes its frames: the same file gives the same frames. On success returns 0 and
 * *ret_crowd is to be freed with crowd_free(). On failure returns -1 and writes "path:line: what is
 * wrong" into text of text_size bytes. */
int crowd_load(const char *path, struct crowd **ret_crowd, char *text, size_t text_size);
void crowd_free(struct crowd *crowd);

#endif

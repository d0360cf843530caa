/* SPDX-License-Identifier: BSD-2-Clause */
/* Samples for the property tests: scenarios and captures, whole in memory, and what becomes of them. */
#ifndef TCPWHY_PROPERTY_SAMPLE_H
#define TCPWHY_PROPERTY_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/verdict.h"
#include "dissect/frame.h"
#include "dissect/packet.h"

/* Frames with bytes of their own, and one packet for each; a frame that is no TCP has a packet of kind
 * PACKET_NOT_TCP, which only tells the time. */
struct sample {
	char *name;
	struct frame *frames;
	struct packet *packets; /* payloads point into the frames */
	size_t count, max;
	struct limits limits;
	bool long_way; /* judge it without short ways, see struct tracker_options */
};

/* Reads a scenario (NAME.tw) with its limits, or a capture file. Returns false, with a line on standard
 * output, if it cannot be read. name: what to call it, copied. */
bool sample_load(struct sample *sample, const char *path, const char *name);
/* An empty sample with the name and limits of another. */
void sample_init(struct sample *sample, const struct sample *like);
/* Adds a frame, whose bytes are copied, and its packet. */
void sample_add(struct sample *sample, const struct frame *frame);
void sample_release(struct sample *sample);

/* What one flow came to. */
struct outcome {
	uint32_t number; /* in the order of first frames, from 1 */
	struct ip_addr client, server;
	uint16_t client_port, server_port;
	uint32_t isn; /* of the client; 0 if not seen */
	uint64_t digest; /* of all that the tracker knows of the flow */
	struct verdict verdict;
};

struct outcomes {
	struct outcome *list; /* by number */
	size_t count, max;
};

/* Judges the first count packets, handed over in batches of at most batch; with waits the clock goes on
 * until just before the next packet. To be released. */
struct outcomes sample_judge(const struct sample *sample, size_t count, size_t batch, bool waits);
/* What a live run shows just before packet number count (from 0): the verdicts of the latest reviews,
 * which are asked for every 100 ms. To be released. */
struct outcomes sample_watch(const struct sample *sample, size_t count);
void outcomes_release(struct outcomes *outcomes);

/* The same flow in another run: by number, endpoints and ISN; else by endpoints and ISN. NULL none. */
const struct outcome *outcomes_find(const struct outcomes *outcomes, const struct outcome *wanted);

/* Slug of the verdict. */
const char *outcome_slug(const struct outcome *outcome);
enum verdict_class outcome_class(const struct outcome *outcome);

#endif

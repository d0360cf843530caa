/* SPDX-License-Identifier: BSD-2-Clause */
/* Records a capture as live capture does: marks what fails, and writes it.
 *
 *   record [-w] MEGABYTES CAPTURE OUTPUT    -w: with payload
 *
 * Prints a line per flow that failed: "CLIENT PORT SERVER PORT MICROSECONDS VERDICT". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/tracker.h"
#include "dissect/capture.h"
#include "dissect/dissect.h"
#include "ui/format.h"
#include "ui/recorder.h"

enum { BATCH = 32, MEGABYTE = 1 << 20 };

static void
on_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct recorder *recorder = user;
	const struct recorder_key key = { flow->client, flow->server, flow->client_port,
					  flow->server_port };
	char client[FORMAT_ADDRESS_SIZE], server[FORMAT_ADDRESS_SIZE];
	if (verdict_infos[verdict->code].verdict_class <= CLASS_INCOMPLETE)
		return;
	recorder_mark(recorder, &key, flow->first_ns);
	format_address(flow->client, flow->ip_version, client, sizeof(client));
	format_address(flow->server, flow->ip_version, server, sizeof(server));
	printf("%s %u %s %u %" PRId64 " %s\n", client, (unsigned)flow->client_port, server,
	       (unsigned)flow->server_port, flow->first_ns / NS_PER_US,
	       verdict_infos[verdict->code].slug);
}

static void
record(struct capture *capture, struct recorder *recorder, struct tracker *tracker)
{
	struct frame frames[BATCH];
	size_t count;
	while ((count = capture_read(capture, frames, BATCH)) > 0) {
		for (size_t i = 0; i < count; i++) {
			struct packet packet;
			if (dissect_frame(&frames[i], &packet) != DISSECT_OK)
				continue;
			recorder_add(recorder, &frames[i], &packet);
			tracker_feed(tracker, &packet, 1);
		}
		recorder_advance(recorder, frames[count - 1].ts_ns);
	}
	tracker_finish(tracker);
}

int
main(int argc, char **argv)
{
	bool whole = argc > 1 && strcmp(argv[1], "-w") == 0;
	char text[512];
	struct capture *capture;
	argv += whole;
	if (argc - whole != 4)
		return 2;
	const struct capture_options options = { .paths = (const char *const *)&argv[2],
						 .path_count = 1 };
	if (capture_open(&capture, &options, text, sizeof(text)) != CAPTURE_OK) {
		fprintf(stderr, "%s\n", text);
		return 2;
	}
	const struct recorder_options recorder_options = {
		.memory_bytes = strtoul(argv[1], NULL, 10) * MEGABYTE,
		.whole = whole,
		.capture = capture,
	};
	struct recorder *recorder = recorder_new(&recorder_options);
	struct tracker_options tracker_options = { .flow_ended = on_flow, .user = recorder };
	limits_init(&tracker_options.limits);
	struct tracker *tracker = tracker_new(&tracker_options);
	const struct recorder_output output = { .path = argv[3] };
	if (recorder == NULL || tracker == NULL)
		return 2;
	int error = recorder_open(recorder, &output);
	if (error == 0) {
		record(capture, recorder, tracker);
		error = recorder_close(recorder);
	}
	if (error != 0)
		fprintf(stderr, "%s: %s\n", argv[3], strerror(error));
	tracker_free(tracker);
	recorder_free(recorder);
	capture_close(capture);
	return error != 0;
}

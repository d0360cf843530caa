/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws the ladders of the flows of a capture.
 *
 *   draw_ladder [-u] [-m] [-d | -s | -c] [-w COLUMNS] [-n LINES] CAPTURE [FLOW]
 *
 * -u: UTF-8, -m: from the moments in the flow alone, -d, -s, -c: times since the frame before, since the
 * first, of the day; at most LINES lines. FLOW: the number of one flow, else all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/tracker.h"
#include "dissect/capture.h"
#include "dissect/dissect.h"
#include "ui/ladder.h"
#include "ui/recorder.h"

enum { BATCH = 32, LINES_MAX = 1000, FRAMES_MAX = 65536, MEMORY = 1 << 26 };

struct drawing {
	struct ladder_settings settings;
	bool moments;
	size_t lines_max;
	unsigned long wanted;
	struct recorder *recorder;
	struct recorder_frame frames[FRAMES_MAX];
	struct ladder_line lines[LINES_MAX];
};

static void
on_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct drawing *drawing = user;
	const struct recorder_key key = { flow->client, flow->server, flow->client_port,
					  flow->server_port };
	size_t count = 0;
	if (drawing->wanted != 0 && flow->number != drawing->wanted)
		return;
	if (!drawing->moments)
		count = recorder_find(drawing->recorder, &key, flow->first_ns, drawing->frames,
				      FRAMES_MAX, NULL);
	size_t lines = ladder_lines(flow, verdict, drawing->frames, count, &drawing->settings,
				    drawing->lines, drawing->lines_max);
	printf("flow %" PRIu32 ": %s\n", flow->number, verdict_infos[verdict->code].slug);
	for (size_t i = 0; i < lines; i++)
		printf("%s\n", drawing->lines[i].text);
	printf("\n");
}

static void
draw(struct drawing *drawing, struct capture *capture)
{
	struct frame frames[BATCH];
	struct packet packet;
	size_t count;
	struct tracker_options options = { .flow_ended = on_flow, .user = drawing };
	limits_init(&options.limits);
	struct tracker *tracker = tracker_new(&options);
	while (tracker != NULL && (count = capture_read(capture, frames, BATCH)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (dissect_frame(&frames[i], &packet) != DISSECT_OK)
				continue;
			recorder_add(drawing->recorder, &frames[i], &packet);
			tracker_feed(tracker, &packet, 1);
		}
	}
	if (tracker != NULL)
		tracker_finish(tracker);
	tracker_free(tracker);
}

static int
read_options(struct drawing *drawing, int argc, char **argv)
{
	int option;
	*drawing = (struct drawing){ .settings = { .width = 80 }, .lines_max = LINES_MAX };
	while ((option = getopt(argc, argv, "umdscw:n:")) != -1) {
		switch (option) {
		case 'u':
			drawing->settings.utf8 = true;
			break;
		case 'm':
			drawing->moments = true;
			break;
		case 'd':
			drawing->settings.time = LADDER_DELTA;
			break;
		case 's':
			drawing->settings.time = LADDER_SINCE;
			break;
		case 'c':
			drawing->settings.time = LADDER_CLOCK;
			break;
		case 'w':
			drawing->settings.width = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			drawing->lines_max = strtoul(optarg, NULL, 10);
			break;
		default:
			return -1;
		}
	}
	if (drawing->lines_max > LINES_MAX)
		drawing->lines_max = LINES_MAX;
	if (optind + 1 < argc)
		drawing->wanted = strtoul(argv[optind + 1], NULL, 10);
	return optind < argc ? optind : -1;
}

int
main(int argc, char **argv)
{
	static struct drawing drawing;
	char text[512];
	struct capture *capture;
	int index = read_options(&drawing, argc, argv);
	if (index < 0)
		return 2;
	const char *path = argv[index];
	const struct capture_options options = { .paths = &path, .path_count = 1 };
	if (capture_open(&capture, &options, text, sizeof(text)) != CAPTURE_OK) {
		fprintf(stderr, "%s\n", text);
		return 2;
	}
	const struct recorder_options recorder_options = { .memory_bytes = MEMORY };
	drawing.recorder = recorder_new(&recorder_options);
	if (drawing.recorder != NULL)
		draw(&drawing, capture);
	recorder_free(drawing.recorder);
	capture_close(capture);
	return 0;
}

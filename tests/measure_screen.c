/* SPDX-License-Identifier: BSD-2-Clause */
/* How much processor time a draw takes with many flows: prints figures, judges nothing.
 *
 * usage: measure_screen [ROWS [CHANGED [KEYS]]]: KEYS is a file of what is typed before. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyzer/findings.h"
#include "ui/screen.h"

enum { ROWS = 100000, CHANGED = 1000, DRAWS = 50, TEXT_SIZE = 256 };

struct measure {
	struct journal *journal;
	struct screen *screen;
	struct screen_data data;
	uint32_t next; /* flow to change */
	uint32_t rows;
};

static void
take(struct measure *measure, uint32_t number)
{
	static const uint8_t codes[] = { VERDICT_CLOSED_NORMAL, VERDICT_OPEN_AT_END,
					 VERDICT_REFUSED_BY_RST, VERDICT_HANDSHAKE_CUT };
	struct flow flow = {
		.number = number,
		.ip_version = 4,
		.client = { .lo = UINT64_C(0xffff0a000000) + number % 60000 },
		.server = { .lo = UINT64_C(0xffff0a630000) + number % 300 },
		.client_port = (uint16_t)(1024 + number % 60000),
		.server_port = 443,
		.first_ns = NS_PER_S + (int64_t)number * NS_PER_MS,
		.last_ns = measure->data.now_ns,
		.handshake_rtt_us = number % 1000,
	};
	const struct verdict verdict = { .code = codes[number % 4], .confidence = 90 };
	journal_take(measure->journal, &flow, &verdict, number);
}

static double
processor_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Draws again and again; changed flows change before each, and the clock goes on by step_ns. */
static void
measure_draws(struct measure *measure, const char *what, uint32_t changed, int64_t step_ns)
{
	double sum = 0;
	double most = 0;
	for (int i = 0; i < DRAWS; i++) {
		measure->data.now_ns += step_ns;
		for (uint32_t j = 0; j < changed; j++)
			take(measure, 1 + measure->next++ % measure->rows);
		double begin = processor_ms();
		screen_draw(measure->screen, &measure->data);
		double took = processor_ms() - begin;
		sum += took;
		most = took > most ? took : most;
	}
	printf("%-44s %7.3f ms a draw, %7.3f ms at most\n", what, sum / DRAWS, most);
}

int
main(int argc, char **argv)
{
	static struct tracker_stats stats;
	static struct report_totals totals = { .stats = &stats };
	static struct measure measure;
	char text[TEXT_SIZE];
	const char *nothing = "/dev/null";
	struct capture *capture = NULL;
	const struct capture_options options = { .paths = &nothing, .path_count = 1 };
	measure.rows = argc > 1 ? (uint32_t)atoi(argv[1]) : ROWS;
	uint32_t changed = argc > 2 ? (uint32_t)atoi(argv[2]) : CHANGED;
	measure.journal = journal_new(measure.rows, 0);
	capture_open(&capture, &options, text, sizeof(text));
	totals.capture = capture;
	measure.data = (struct screen_data){
		.journal = measure.journal,
		.totals = &totals,
		.now_ns = NS_PER_S * 1000,
		.live = true,
	};
	setenv("COLUMNS", "140", 1);
	setenv("LINES", "40", 1);
	struct screen_settings settings = {
		.in = fopen(argc > 3 ? argv[3] : "/dev/null", "re"),
		.out = fopen("/dev/null", "we"),
		.term = "xterm",
	};
	measure.screen = screen_open(&settings, text, sizeof(text));
	if (measure.screen == NULL || capture == NULL) {
		fprintf(stderr, "measure_screen: %s\n", text);
		return 1;
	}
	for (uint32_t i = 1; i <= measure.rows; i++)
		take(&measure, i);
	screen_draw(measure.screen, &measure.data);
	screen_keys(measure.screen, &measure.data);
	printf("%" PRIu32 " flows, of which %" PRIu32 " change between draws\n", measure.rows,
	       changed);
	measure_draws(&measure, "ten draws a second", changed, NS_PER_S / 10);
	measure_draws(&measure, "one draw a second (each one sorts)", changed, NS_PER_S);
	measure_draws(&measure, "ten draws a second, nothing changes", 0, NS_PER_S / 10);
	measure_draws(&measure, "nothing changes, not even the time", 0, 0);
	screen_close(measure.screen);
	fclose(settings.in);
	fclose(settings.out);
	journal_free(measure.journal);
	capture_close(capture);
	return 0;
}

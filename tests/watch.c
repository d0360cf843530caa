/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures from interfaces as tcpwhy does, only reads, and prints what was counted: a line for each
 * interface and one for all, as key=value. "ready" comes first, when frames are being captured.
 *
 * watch [OPTION...] INTERFACE...
 *   -t SECONDS  ends after so long (default 10)    -c COUNT  or after so many frames
 *   -f FILTER   -s SNAPLEN   -p promiscuous
 *   -B BYTES    of the kernel's buffer             -R BYTES  of the ring
 *   -u USER     number of the user to go on as, without privileges, once all is open
 *   -z MICROS   sleeps so long after each read: a reader that is too slow */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "dissect/capture.h"

enum {
	BATCH = 32,
	SOURCES_MAX = 64,
	POLL_MS = 2000, /* long enough to see that nobody wakes the reader */
	EXIT_USAGE = 1,
	EXIT_CAPTURE = 2,
	EXIT_PERMISSION = 3,
};

struct watch {
	struct capture *capture;
	double seconds;
	uint64_t count_max;
	unsigned sleep_us;
	uid_t user; /* 0: stays who it is */
	uint64_t delivered, wakes, disordered;
	int64_t last_ns;   /* of the frame before */
	int64_t latest_ns; /* the longest way of a frame from the interface to here */
	/* for each source */
	uint64_t frames[SOURCES_MAX], missing[SOURCES_MAX], directions[SOURCES_MAX][3];
	uint32_t last_number[SOURCES_MAX];
	int64_t own_last_ns[SOURCES_MAX];
};

static volatile sig_atomic_t stopped;

static void
handle_signal(int number)
{
	(void)number;
	stopped = 1;
}

static double
now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
look_at(struct watch *watch, const struct frame *frame)
{
	uint16_t source = frame->source;

	watch->delivered++;
	watch->frames[source]++;
	watch->missing[source] += frame->number - watch->last_number[source] - 1;
	watch->last_number[source] = frame->number;
	watch->directions[source][frame->direction]++;
	/* The frames of one interface may come out of order by themselves, from several processors. */
	watch->disordered +=
		frame->ts_ns < watch->last_ns && frame->ts_ns >= watch->own_last_ns[source];
	watch->own_last_ns[source] = frame->ts_ns;
	watch->last_ns = frame->ts_ns;
}

static void
note_delay(struct watch *watch, int64_t ts_ns)
{
	struct timespec now;
	int64_t delay_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	delay_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - ts_ns;
	if (delay_ns > watch->latest_ns)
		watch->latest_ns = delay_ns;
}

/* Everything that waits now. False when enough was read. */
static bool
read_all(struct watch *watch)
{
	struct frame frames[BATCH];
	size_t count;

	while ((count = capture_read(watch->capture, frames, BATCH)) > 0) {
		note_delay(watch, frames[0].ts_ns);
		for (size_t i = 0; i < count; i++)
			look_at(watch, &frames[i]);
		if (watch->delivered >= watch->count_max)
			return false;
		if (watch->sleep_us > 0 && !stopped)
			usleep(watch->sleep_us);
	}
	return true;
}

static void
watch_for_a_while(struct watch *watch)
{
	struct pollfd polled = { .fd = capture_wait_fd(watch->capture), .events = POLLIN };
	double end = now_seconds() + watch->seconds;

	while (!stopped && now_seconds() < end && read_all(watch)) {
		double left_ms = (end - now_seconds()) * 1e3;

		watch->wakes +=
			poll(&polled, 1,
			     left_ms < POLL_MS ? (left_ms > 0 ? (int)left_ms : 0) : POLL_MS) > 0;
	}
}

/* Nanoseconds of processor time that all threads but this one took. */
static unsigned long long
others_cpu_ns(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	unsigned long long total = 0, one;
	char path[300];
	FILE *file;

	while (tasks && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file, "%llu", &one) == 1)
			total += one;
		fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return total;
}

static void
print_source(const struct watch *watch, size_t index)
{
	const struct capture_source *source = capture_source(watch->capture, index);
	const struct capture_interface *interface = capture_interface(watch->capture, index);
	uint64_t missing =
		watch->missing[index] + (uint32_t)source->frames - watch->last_number[index];

	printf("interface=%s linktype=%u delivered=%llu frames=%llu missing=%llu ring_drops=%llu "
	       "kernel_frames=%llu kernel_drops=%llu interface_drops=%llu outages=%u down=%d "
	       "snapped=%llu inbound=%llu outbound=%llu%s%s\n",
	       source->name, interface->linktype, (unsigned long long)watch->frames[index],
	       (unsigned long long)source->frames, (unsigned long long)missing,
	       (unsigned long long)source->ring_drops, (unsigned long long)source->kernel_frames,
	       (unsigned long long)source->kernel_drops,
	       (unsigned long long)source->interface_drops, source->outages, source->down,
	       (unsigned long long)source->snapped,
	       (unsigned long long)watch->directions[index][FRAME_INBOUND],
	       (unsigned long long)watch->directions[index][FRAME_OUTBOUND],
	       source->text[0] != '\0' ? " text=" : "", source->text);
}

static int
run(struct watch *watch)
{
	struct rusage usage;
	unsigned long long thread_ns;
	double start, stop_start, stop_seconds;

	if (watch->user != 0 && setuid(watch->user) != 0)
		return EXIT_PERMISSION;
	if (capture_start(watch->capture) != 0)
		return EXIT_CAPTURE;
	puts("ready");
	fflush(stdout);
	start = now_seconds();
	watch_for_a_while(watch);
	thread_ns = others_cpu_ns();
	stop_start = now_seconds();
	capture_stop(watch->capture);
	stop_seconds = now_seconds() - stop_start;
	watch->count_max = UINT64_MAX;
	read_all(watch);
	for (size_t i = 0; i < capture_source_count(watch->capture); i++)
		print_source(watch, i);
	getrusage(RUSAGE_SELF, &usage);
	printf("all=1 delivered=%llu disordered=%llu wakes=%llu latest_ms=%lld seconds=%.3f "
	       "stop_ms=%.0f thread_us=%llu process_us=%lld\n",
	       (unsigned long long)watch->delivered, (unsigned long long)watch->disordered,
	       (unsigned long long)watch->wakes, (long long)watch->latest_ns / 1000000,
	       stop_start - start, stop_seconds * 1e3, thread_ns / 1000,
	       (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	return 0;
}

static bool
parse(int argc, char **argv, struct watch *watch, struct capture_options *options)
{
	int letter;

	while ((letter = getopt(argc, argv, "t:c:f:s:B:R:u:z:p")) != -1) {
		switch (letter) {
		case 't':
			watch->seconds = atof(optarg);
			break;
		case 'c':
			watch->count_max = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			options->filter = optarg;
			break;
		case 's':
			options->snaplen = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'B':
			options->buffer_bytes = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'R':
			options->ring_bytes = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'u':
			watch->user = (uid_t)strtoul(optarg, NULL, 10);
			break;
		case 'z':
			watch->sleep_us = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			options->promiscuous = true;
			break;
		default:
			return false;
		}
	}
	options->interfaces = (const char *const *)(argv + optind);
	options->interface_count = (size_t)(argc - optind);
	return argc > optind;
}

int
main(int argc, char **argv)
{
	static struct watch watch = { .seconds = 10, .count_max = UINT64_MAX };
	struct capture_options options = { .paths = NULL };
	struct sigaction action = { .sa_handler = handle_signal };
	char text[400] = "";
	int error;

	if (!parse(argc, argv, &watch, &options)) {
		fputs("usage: watch [-t SECONDS] [-c COUNT] [-f FILTER] ... INTERFACE...\n",
		      stderr);
		return EXIT_USAGE;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	error = capture_open(&watch.capture, &options, text, sizeof(text));
	if (error != CAPTURE_OK) {
		fprintf(stderr, "error=%d %s\n", error, text);
		return error == CAPTURE_ERROR_PERMISSION ? EXIT_PERMISSION : EXIT_CAPTURE;
	}
	error = run(&watch);
	capture_close(watch.capture);
	return error;
}

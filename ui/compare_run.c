/* SPDX-License-Identifier: BSD-2-Clause */
/* Pass one: samples, and from them the clocks. Pass two: side by side by common time, and the cases. */
#include "ui/compare_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ui/compare_report.h"
#include "ui/compare_settle.h"
#include "ui/complain.h"
#include "ui/confine.h"
#include "ui/progress.h"
#include "ui/same_file.h"
#include "ui/sanitize.h"
#include "ui/signals.h"
#include "ui/terminal.h"

enum {
	OUTPUTS = 2,
	CONFINE_TEXT = 1024,
	SETTLE_FRAMES = 1 << 16, /* frames before held flows are looked at again, at least */
	SETTLE_HELD = 1 << 12,	 /* and flows */
};

struct destination {
	const struct compare_output *ops;
	void *state;
	const char *path; /* NULL: standard output */
	struct sink sink;
};

struct compare_run {
	const struct options *options;
	struct comparison comparison;
	struct destination outputs[OUTPUTS];
	size_t output_count;
	struct progress progress;
	bool short_of_memory;
};

/* --- inputs */

/* Files are read twice, so what can be read only once is refused; a file that is given twice is no
 * second point. */
static bool
check_inputs(const struct options *options)
{
	struct stat seen[2];
	for (size_t i = 0; i < options->path_count; i++) {
		const char *path = options->paths[i];
		bool piped = strcmp(path, "-") == 0 ||
			     (stat(path, &seen[0]) == 0 && !S_ISREG(seen[0].st_mode) &&
			      !S_ISDIR(seen[0].st_mode));
		if (piped) {
			complain("%s: --compare reads each capture twice, which a pipe does not allow; "
				 "save it to a file first",
				 strcmp(path, "-") == 0 ? "standard input" : path);
			return false;
		}
		for (size_t j = 0; j < i; j++) {
			if (stat(path, &seen[0]) == 0 && stat(options->paths[j], &seen[1]) == 0 &&
			    seen[0].st_dev == seen[1].st_dev && seen[0].st_ino == seen[1].st_ino) {
				complain("%s and %s are the same file: a comparison needs captures "
					 "from two points",
					 options->paths[j], path);
				return false;
			}
		}
	}
	return true;
}

static void
name_point(struct point *point, const struct options *options, const char *path)
{
	size_t end = strlen(path);
	while (end > 1 && path[end - 1] == '/')
		end--;
	size_t begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	point->options = options;
	point->path = path;
	sanitize_bytes(path + begin, end - begin, options->ascii, point->name,
		       sizeof(point->name));
}

static bool
prepare(struct compare_run *run)
{
	struct comparison *comparison = &run->comparison;
	const struct options *options = run->options;
	comparison->options = options;
	comparison->point_count = options->path_count;
	comparison->points = calloc(options->path_count, sizeof(*comparison->points));
	comparison->hops = calloc(options->path_count, sizeof(*comparison->hops));
	if (comparison->points == NULL || comparison->hops == NULL) {
		complain("out of memory");
		return false;
	}
	for (size_t i = 0; i < options->path_count; i++)
		name_point(&comparison->points[i], options, options->paths[i]);
	return true;
}

/* A line for each damaged source. Returns whether there is one. */
static bool
complain_damage(const struct point *point)
{
	bool damaged = false;
	char text[2 * SANITIZED_SIZE];
	for (size_t i = 0; i < capture_source_count(point->capture); i++) {
		if (!report_damage(capture_source(point->capture, i), point->options->ascii, text,
				   sizeof(text)))
			continue;
		fprintf(stderr, "tcpwhy: %s\n", text);
		damaged = true;
	}
	return damaged;
}

static void
show_progress(struct compare_run *run, const struct point *point)
{
	uint64_t flows = tracker_stats(point->intake.tracker)->flows;
	progress_update(&run->progress, point->capture, point->totals.frames, flows);
	if (!signals_status)
		return;
	signals_status = 0;
	progress_print(&run->progress, point->capture, point->totals.frames, flows);
}

/* --- pass one */

static bool
sample_points(struct compare_run *run, bool *ret_damaged)
{
	struct comparison *comparison = &run->comparison;
	for (size_t i = 0; i < comparison->point_count; i++) {
		struct point *point = &comparison->points[i];
		if (!point_open(point, true))
			return false;
		while (point_read(point))
			show_progress(run, point);
		progress_clear(&run->progress);
		*ret_damaged |= complain_damage(point);
		point_close(point);
	}
	return true;
}

static bool
solve_hops(struct comparison *comparison)
{
	bool well = true;
	for (size_t i = 0; well && i + 1 < comparison->point_count; i++) {
		struct clock_pair *pairs;
		struct hop *hop = &comparison->hops[i];
		size_t count;
		well = sample_join(comparison->points[i].sample, comparison->points[i + 1].sample,
				   &pairs, &count) &&
		       compare_clock_solve(pairs, count, &hop->clock);
		hop->time_known = well && hop->clock.doubt == CLOCK_TRUSTED;
		free(pairs);
	}
	return well;
}

static bool
is_backwards(const struct comparison *comparison)
{
	size_t wrong = 0, right = 0;
	for (size_t i = 0; i + 1 < comparison->point_count; i++) {
		wrong += comparison->hops[i].clock.sense == CLOCK_SENSE_SWAPPED;
		right += comparison->hops[i].clock.sense == CLOCK_SENSE_AS_GIVEN;
	}
	return wrong > right;
}

/* Whoever gave the server's capture first means the same. */
static void
turn_round(struct comparison *comparison)
{
	for (size_t i = 0, j = comparison->point_count - 1; i < j; i++, j--) {
		struct point point = comparison->points[i];
		comparison->points[i] = comparison->points[j];
		comparison->points[j] = point;
	}
	comparison->swapped = true;
}

static bool
solve_clocks(struct comparison *comparison)
{
	if (!solve_hops(comparison))
		return false;
	if (is_backwards(comparison)) {
		turn_round(comparison);
		if (!solve_hops(comparison))
			return false;
	}
	for (size_t i = 0; i < comparison->point_count; i++) {
		struct point *point = &comparison->points[i];
		sample_free(point->sample);
		point->sample = NULL;
		if (i == 0)
			continue;
		struct hop *hop = &comparison->hops[i - 1];
		hop->point[NEAR_CLIENT] = point - 1;
		hop->point[NEAR_SERVER] = point;
		point->clock = hop->clock.count > 0 ? &hop->clock : NULL;
		point->before = point - 1;
	}
	return true;
}

/* --- pass two */

static void
on_case(void *user, const struct compare_case *told)
{
	struct compare_run *run = user;
	compare_count(&run->comparison, told);
	for (size_t i = 0; i < run->output_count; i++)
		run->outputs[i].ops->take(run->outputs[i].state, told);
}

/* The point that has been read least far. */
static struct point *
next_point(struct comparison *comparison)
{
	struct point *next = NULL;
	for (size_t i = 0; i < comparison->point_count; i++) {
		struct point *point = &comparison->points[i];
		if (!point->ended &&
		    (next == NULL || point->totals.frames == 0 || point_now(point) < point_now(next)))
			next = point;
	}
	return next;
}

static size_t
held_in_all(const struct comparison *comparison, uint64_t *ret_segments)
{
	size_t held = 0;
	*ret_segments = 0;
	for (size_t i = 0; i < comparison->point_count; i++) {
		held += comparison->points[i].held_count;
		*ret_segments += comparison->points[i].held_segments;
	}
	return held;
}

static bool
outputs_wanted(const struct compare_run *run)
{
	for (size_t i = 0; i < run->output_count; i++)
		if (run->outputs[i].sink.error == 0)
			return true;
	return false;
}

static bool
compare_points(struct compare_run *run)
{
	struct comparison *comparison = &run->comparison;
	struct point *point;
	uint64_t frames = 0, segments, next_frames = SETTLE_FRAMES;
	size_t next_held = SETTLE_HELD;
	for (size_t i = 0; i < comparison->point_count; i++)
		if (!point_open(&comparison->points[i], false))
			return false;
	while ((point = next_point(comparison)) != NULL && outputs_wanted(run)) {
		point_read(point);
		show_progress(run, point);
		frames += INTAKE_BATCH;
		if (frames < next_frames && held_in_all(comparison, &segments) < next_held)
			continue;
		run->short_of_memory |= !compare_settle(comparison, false, on_case, run);
		/* looking costs what is held: the more that is, the longer until the next time */
		size_t held = held_in_all(comparison, &segments);
		frames = 0;
		next_frames = SETTLE_FRAMES + segments;
		next_held = held + held / 2 + SETTLE_HELD;
	}
	run->short_of_memory |= !compare_settle(comparison, true, on_case, run);
	comparison->interrupted = signals_stop != 0;
	progress_clear(&run->progress);
	return true;
}

/* --- outputs */

static bool
open_output(struct compare_run *run, const struct compare_output *ops, const char *path)
{
	struct destination *output = &run->outputs[run->output_count];
	const struct comparison *comparison = &run->comparison;
	int error = 0;
	const struct report_settings settings = terminal_settings(
		run->options, comparison->points[0].capture, path == NULL);
	output->ops = ops;
	output->path = path;
	for (size_t i = 0; path != NULL && i < comparison->point_count; i++) {
		struct stat input, target;
		if (stat(path, &target) == 0 && stat(comparison->points[i].path, &input) == 0 &&
		    input.st_dev == target.st_dev && input.st_ino == target.st_ino)
			error = EEXIST;
	}
	if (path == NULL)
		sink_open_stdout(&output->sink);
	else if (error == 0)
		error = sink_open_file(&output->sink, path);
	if (error != 0) {
		complain("%s: %s", path,
			 error == ELOOP	   ? "is a symbolic link; name the file itself"
			 : error == EEXIST ? "is one of the captures to be read"
					   : strerror(error));
		return false;
	}
	run->output_count++;
	output->state = ops->begin(comparison, &settings, &output->sink);
	if (output->state == NULL)
		complain("no memory, or no temporary files in %s (TMPDIR): %s",
			 sink_spool_directory(), strerror(errno));
	return output->state != NULL;
}

static bool
open_outputs(struct compare_run *run)
{
	const struct options *options = run->options;
	return (!options->text || open_output(run, &compare_text, NULL)) &&
	       (!options->json || open_output(run, &compare_json, options->json_path));
}

static bool
close_outputs(struct compare_run *run, bool complete)
{
	bool well = true;
	for (size_t i = 0; i < run->output_count; i++) {
		struct destination *output = &run->outputs[i];
		if (output->state != NULL)
			output->ops->end(output->state);
		if (!complete) {
			sink_abandon(&output->sink);
			continue;
		}
		int error = sink_close(&output->sink);
		if (error == 0)
			continue;
		well = false;
		if (error != EPIPE)
			complain("writing %s: %s",
				 output->path != NULL ? output->path : "standard output",
				 strerror(error));
	}
	return well;
}

static bool
found_class(const struct compare_run *run)
{
	for (unsigned i = 0; i < CLASSES; i++)
		if (run->options->fail_if >> i & 1 && run->comparison.by_class[i] > 0)
			return true;
	return false;
}

static bool
is_short_of_memory(const struct compare_run *run)
{
	bool any = run->short_of_memory;
	for (size_t i = 0; i < run->comparison.point_count; i++)
		any |= run->comparison.points[i].no_memory;
	return any;
}

/* A filter may name services and hosts, for which libpcap reads files and loads plug-ins each time it opens
 * a capture, and directories are listed each time: then there is no sandbox. */
static bool
confine(const struct compare_run *run)
{
	char text[CONFINE_TEXT];
	const char *output = NULL;
	for (size_t i = 0; i < run->options->path_count; i++) {
		struct stat status;
		if (stat(run->options->paths[i], &status) == 0 && S_ISDIR(status.st_mode))
			return true;
	}
	if (run->options->filter != NULL)
		return true;
	for (size_t i = 0; i < run->output_count; i++)
		if (run->outputs[i].sink.temporary != NULL)
			output = run->outputs[i].path;
	bool well = confine_comparing(run->options, output, text, sizeof(text));
	if (!well)
		complain("%s", text);
	return well;
}

static int
compare(struct compare_run *run)
{
	bool damaged = false, compared = false;
	if (!prepare(run))
		return EXIT_INPUT;
	bool ready = open_outputs(run) && confine(run) && sample_points(run, &damaged);
	bool solved = ready && solve_clocks(&run->comparison);
	if (ready && !solved)
		complain("out of memory");
	if (solved)
		compared = compare_points(run);
	bool written = close_outputs(run, compared);
	if (!compared)
		return EXIT_INPUT;
	if (is_short_of_memory(run))
		complain("memory was short: some flows were not compared");
	if (run->comparison.interrupted)
		complain("interrupted: the rest of the input was not read");
	return damaged || run->comparison.interrupted || !written || is_short_of_memory(run)
		       ? EXIT_INPUT
	       : found_class(run) ? EXIT_FOUND
				  : EXIT_OK;
}

int
run_compare(const struct options *options)
{
	if (!check_inputs(options))
		return EXIT_USAGE;
	struct compare_run *run = calloc(1, sizeof(*run));
	if (run == NULL) {
		complain("out of memory");
		return EXIT_INPUT;
	}
	run->options = options;
	progress_start(&run->progress, options->quiet);
	int code = compare(run);
	for (size_t i = 0; run->comparison.points != NULL && i < run->comparison.point_count; i++)
		point_release(&run->comparison.points[i]);
	free(run->comparison.points);
	free(run->comparison.hops);
	free(run);
	return code;
}

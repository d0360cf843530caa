/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the crowds: traffic to frames, frames to flows, flows to findings, findings to expectations.
 * Whatever a crowd expects, its findings must not depend on how the flows were divided among states
 * that are merged later, nor on the order in which they were taken.
 *
 * crowds.t [-v] [FILE...]: without files, all of tests/crowds. -v shows the findings even when all
 * is well. */
#include <glob.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/application.h"
#include "analyzer/findings.h"
#include "analyzer/tracker.h"
#include "dissect/dissect.h"
#include "tests/crowd.h"
#include "tests/crowd_check.h"
#include "tests/crowd_random.h"
#include "tests/finding_text.h"
#include "ui/limit_option.h"

enum {
	BATCH = 32,
	CLAIMS = 3, /* of each crowd */
	PARTS_MAX = 5,
};

/* A decided flow, and copies of what it points to; all NULL where it has none. */
struct decided {
	struct flow flow;
	struct verdict verdict;
};

/* One pass over the frames. */
struct run {
	const struct crowd *crowd;
	struct limits limits;
	struct findings *findings;
	struct tracker *tracker;
	struct packet packets[BATCH];
	size_t waiting; /* packets dissected and not yet fed */
	struct decided *decided;
	size_t decided_count, decided_max;
	struct crowd_outcome outcome;
};

static void *
allocated(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

static void *
copied(const void *memory, size_t size)
{
	return memcpy(allocated(malloc(size)), memory, size);
}

static void
keep_flow(struct run *run, const struct flow *flow, const struct verdict *verdict)
{
	if (run->decided_count == run->decided_max) {
		run->decided_max = run->decided_max * 2 + 1024;
		run->decided =
			allocated(realloc(run->decided, run->decided_max * sizeof *run->decided));
	}
	struct decided *kept = &run->decided[run->decided_count++];
	*kept = (struct decided){ .flow = *flow, .verdict = *verdict };
	if (flow->detail != NULL)
		kept->flow.detail = copied(flow->detail, sizeof *flow->detail);
	if (flow->application == NULL)
		return;
	struct application *application = copied(flow->application, sizeof *application);
	if (application->offers != NULL)
		application->offers = copied(application->offers, sizeof *application->offers);
	kept->flow.application = application;
}

static void
decided_release(struct decided *decided)
{
	if (decided->flow.application != NULL)
		free(decided->flow.application->offers);
	free(decided->flow.application);
	free(decided->flow.detail);
}

static void
take_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct run *run = user;
	findings_take(run->findings, flow, verdict);
	run->outcome.verdicts[verdict->code]++;
	keep_flow(run, flow, verdict);
}

static void
feed_waiting(struct run *run)
{
	tracker_feed(run->tracker, run->packets, run->waiting);
	run->waiting = 0;
}

static void
feed_frame(struct run *run, const struct frame *frame)
{
	struct packet *packet = &run->packets[run->waiting];
	memset(packet, 0, sizeof *packet);
	enum dissect_status status = dissect_frame(frame, packet);
	if (status == DISSECT_OK && packet->kind != PACKET_NOT_TCP) {
		if (++run->waiting == BATCH)
			feed_waiting(run);
		return;
	}
	if (status == DISSECT_OK)
		run->outcome.not_tcp++;
	else
		run->outcome.undissected++;
	feed_waiting(run);
	tracker_advance(run->tracker, frame->ts_ns);
}

static struct findings_report *
conclude(const struct run *run, const struct findings *findings)
{
	const struct capture_facts facts = {
		.stats = tracker_stats(run->tracker),
		.kernel_drops = run->crowd->kernel_drops,
	};
	return allocated(findings_conclude(findings, &facts));
}

/* Returns NULL, or why the crowd cannot be run. */
static const char *
assign_limits(struct run *run, const struct crowd *crowd)
{
	static char text[256];
	limits_init(&run->limits);
	for (size_t i = 0; i < crowd->limit_count; i++) {
		char assignment[128];
		snprintf(assignment, sizeof assignment, "%s=%s", crowd->limits[i].name,
			 crowd->limits[i].value);
		if (!limit_assign(&run->limits, assignment, text, sizeof text))
			return text;
	}
	return NULL;
}

static void
run_frames(struct run *run)
{
	const struct tracker_options options = {
		.limits = run->limits,
		.flow_ended = take_flow,
		.user = run,
	};
	run->findings = allocated(findings_new(&run->limits));
	run->tracker = allocated(tracker_new(&options));
	for (size_t i = 0; i < run->crowd->frame_count; i++)
		feed_frame(run, &run->crowd->frames[i]);
	feed_waiting(run);
	tracker_finish(run->tracker);
	run->outcome.stats = tracker_stats(run->tracker);
	run->outcome.report = conclude(run, run->findings);
}

static void
run_release(struct run *run)
{
	for (size_t i = 0; i < run->decided_count; i++)
		decided_release(&run->decided[i]);
	free(run->decided);
	findings_report_free((struct findings_report *)(uintptr_t)run->outcome.report);
	findings_free(run->findings);
	tracker_free(run->tracker);
}

static void
print_text(const char *label, const char *text)
{
	printf("# %s\n", label);
	for (const char *line = text; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		printf("#   %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

static void
print_report(const struct run *run)
{
	char *text = report_text(run->outcome.report, run->crowd->start_ns);
	print_text("findings", text);
	free(text);
	printf("# flows\n");
	for (unsigned code = 0; code < VERDICT_CODES; code++)
		if (run->outcome.verdicts[code] != 0)
			printf("#   %s=%" PRIu64 "\n", verdict_infos[code].slug,
			       run->outcome.verdicts[code]);
	printf("#   in %zu frames; findings take %zu bytes\n", run->crowd->frame_count,
	       findings_memory(run->findings));
}

/* Whether findings made in another way say what those of the run say. */
static bool
same_report(const struct run *run, const struct findings *findings, const char *label)
{
	struct findings_report *report = conclude(run, findings);
	char *wanted = report_text(run->outcome.report, run->crowd->start_ns);
	char *got = report_text(report, run->crowd->start_ns);
	bool same = strcmp(wanted, got) == 0;
	if (!same) {
		size_t line = 0;
		for (size_t i = 0; wanted[i] == got[i]; i++)
			if (wanted[i] == '\n')
				line = i + 1;
		printf("#   %s, the findings are others, from here on:\n", label);
		printf("#     %.*s\n", (int)strcspn(wanted + line, "\n"), wanted + line);
		printf("#     %.*s\n", (int)strcspn(got + line, "\n"), got + line);
		print_text(label, got);
	}
	free(wanted);
	free(got);
	findings_report_free(report);
	return same;
}

/* Flows are dealt to several states at random, which are then added up. */
static bool
check_parts(const struct run *run, unsigned count)
{
	struct findings *parts[PARTS_MAX];
	char label[32];
	struct crowd_random random = { run->crowd->seed + count };
	for (unsigned i = 0; i < count; i++)
		parts[i] = allocated(findings_new(&run->limits));
	for (size_t i = 0; i < run->decided_count; i++)
		findings_take(parts[crowd_random_below(&random, count)], &run->decided[i].flow,
			      &run->decided[i].verdict);
	for (unsigned i = 1; i < count; i++)
		findings_merge(parts[0], parts[i]);
	snprintf(label, sizeof label, "in %u parts", count);
	bool same = same_report(run, parts[0], label);
	for (unsigned i = 0; i < count; i++)
		findings_free(parts[i]);
	return same;
}

/* Flows are taken in the order of an array of indexes. */
static bool
check_order(const struct run *run, const size_t *order, const char *label)
{
	struct findings *findings = allocated(findings_new(&run->limits));
	for (size_t i = 0; i < run->decided_count; i++) {
		const struct decided *decided = &run->decided[order[i]];
		findings_take(findings, &decided->flow, &decided->verdict);
	}
	bool same = same_report(run, findings, label);
	findings_free(findings);
	return same;
}

static bool
check_orders(const struct run *run)
{
	size_t count = run->decided_count;
	struct crowd_random random = { run->crowd->seed };
	size_t *order = allocated(calloc(count + 1, sizeof *order));
	for (size_t i = 0; i < count; i++)
		order[i] = count - 1 - i;
	bool same = check_order(run, order, "backwards");
	for (size_t i = count; i > 1; i--) {
		size_t other = crowd_random_below(&random, i), kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
	same = check_order(run, order, "shuffled") && same;
	free(order);
	return same;
}

/* The file's name without its ending. */
static const char *
crowd_name(const char *path)
{
	static char name[256];
	const char *slash = strrchr(path, '/');
	snprintf(name, sizeof name, "%s", slash == NULL ? path : slash + 1);
	char *ending = strstr(name, ".crowd");
	if (ending != NULL)
		*ending = '\0';
	return name;
}

/* Claims of one crowd: what it expects, parts, order. Returns whether all hold. */
static bool
test_crowd(unsigned number, const char *name, const struct crowd *crowd, bool verbose)
{
	struct run run = { .crowd = crowd };
	const char *reason = assign_limits(&run, crowd);
	if (reason != NULL) {
		printf("#   %s\n", reason);
		for (unsigned i = 0; i < CLAIMS; i++)
			printf("not ok %u - %s\n", number + i, name);
		return false;
	}
	run_frames(&run);
	bool expected = crowd_check(crowd, &run.outcome);
	if (!expected || verbose)
		print_report(&run);
	printf("%s %u - %s\n", expected ? "ok" : "not ok", number, name);
	bool divided = check_parts(&run, 2);
	divided = check_parts(&run, PARTS_MAX) && divided;
	printf("%s %u - %s, the same in parts\n", divided ? "ok" : "not ok", number + 1, name);
	bool ordered = check_orders(&run);
	printf("%s %u - %s, the same in any order\n", ordered ? "ok" : "not ok", number + 2, name);
	run_release(&run);
	return expected && divided && ordered;
}

static bool
test_file(unsigned number, const char *path, bool verbose, bool all)
{
	struct crowd *crowd = NULL;
	char error[512];
	const char *name = crowd_name(path);
	int status = crowd_load(path, &crowd, error, sizeof error);
	if (status != 0)
		printf("#   %s\n", error);
	if (status != 0 || (crowd->skip != NULL && !all)) {
		for (unsigned i = 0; i < CLAIMS; i++)
			printf("%s %u - %s%s%s\n", status == 0 ? "ok" : "not ok", number + i, name,
			       status == 0 ? " # SKIP " : "", status == 0 ? crowd->skip : "");
		crowd_free(crowd);
		return status == 0;
	}
	bool good = test_crowd(number, name, crowd, verbose);
	crowd_free(crowd);
	return good;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	int first = verbose ? 2 : 1;
	char pattern[4096];
	glob_t files = { 0 };
	bool good = true;
	for (int i = first; i < argc; i++)
		glob(argv[i], GLOB_NOCHECK | (i > first ? GLOB_APPEND : 0), NULL, &files);
	if (first >= argc) {
		snprintf(pattern, sizeof pattern, "%s/tests/crowds/*.crowd", top ? top : ".");
		glob(pattern, 0, NULL, &files);
	}
	printf("1..%zu\n", files.gl_pathc * CLAIMS);
	for (size_t i = 0; i < files.gl_pathc; i++)
		good = test_file((unsigned)i * CLAIMS + 1, files.gl_pathv[i], verbose,
				 first < argc) &&
		       good;
	if (files.gl_pathc == 0)
		printf("Bail out! no crowd was found\n");
	good = good && files.gl_pathc > 0;
	globfree(&files);
	return good ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the scenarios: text to frames, frames to records, records to expectations.
 *
 * scenarios.t [-v] [FILE...]: without files, all of tests/scenarios and the plays of the crowds. -v
 * shows the records even when all is well. */
#include <glob.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/tracker.h"
#include "dissect/dissect.h"
#include "tests/expect.h"
#include "tests/script.h"
#include "ui/json.h"
#include "ui/limit_option.h"

/* One pass over the frames. */
struct run {
	json_t *flows;	 /* array of flow records, by seq */
	json_t *capture; /* object: what "expect capture" speaks of */
	struct packet *packets;
	size_t waiting; /* packets dissected and not yet fed */
	unsigned statuses[DISSECT_UNSUPPORTED + 1];
	unsigned not_tcp;
};

/* Causes are sentences in a record; expectations name them by their slugs. */
static void
put_cause_slugs(json_t *record, const struct verdict *verdict)
{
	json_t *slugs = json_array();
	for (unsigned i = 0; i < verdict->cause_count; i++)
		json_array_append_new(slugs, json_string(cause_slugs[verdict->causes[i]]));
	json_object_set_new(record, "causes", slugs);
}

/* Flows end in another order than they begin; records are kept by seq. */
static void
take_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct run *run = user;
	const struct json_context context = {.capture = NULL};
	json_t *record = json_flow(&context, flow, verdict);
	if (record == NULL)
		abort();
	put_cause_slugs(record, verdict);
	json_int_t seq = json_integer_value(json_object_get(record, "seq"));
	size_t index = json_array_size(run->flows);
	while (index > 0 && json_integer_value(json_object_get(
				    json_array_get(run->flows, index - 1), "seq")) > seq)
		index--;
	json_array_insert_new(run->flows, index, record);
}

static void
feed_waiting(struct run *run, struct tracker *tracker)
{
	tracker_feed(tracker, run->packets, run->waiting);
	run->waiting = 0;
}

static void
feed_frames(struct run *run, const struct script *script, struct tracker *tracker, bool singly)
{
	for (size_t i = 0; i < script->frame_count; i++) {
		const struct frame *frame = &script->frames[i];
		struct packet *packet = &run->packets[run->waiting];
		memset(packet, 0, sizeof *packet);
		enum dissect_status status = dissect_frame(frame, packet);
		run->statuses[status]++;
		if (status == DISSECT_OK && packet->kind != PACKET_NOT_TCP) {
			run->waiting++;
			if (singly)
				feed_waiting(run, tracker);
			continue;
		}
		if (status == DISSECT_OK)
			run->not_tcp++;
		feed_waiting(run, tracker);
		tracker_advance(tracker, frame->ts_ns);
	}
	feed_waiting(run, tracker);
	tracker_finish(tracker);
}

static json_t *
capture_record(const struct run *run, const struct tracker_stats *stats)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i}",
			 "flows", (json_int_t)json_array_size(run->flows), "segments",
			 (json_int_t)stats->segments, "duplicates", (json_int_t)stats->duplicates,
			 "icmp_errors", (json_int_t)stats->icmp_errors, "icmp_orphans",
			 (json_int_t)stats->icmp_orphans, "fragments", (json_int_t)stats->fragments,
			 "reassembled", (json_int_t)stats->reassembled, "snapped",
			 (json_int_t)stats->snapped, "bad_checksums",
			 (json_int_t)stats->bad_checksums, "time_steps_back",
			 (json_int_t)stats->time_steps_back, "not_tcp", (int)run->not_tcp,
			 "truncated", (int)run->statuses[DISSECT_TRUNCATED], "malformed",
			 (int)run->statuses[DISSECT_MALFORMED], "unsupported",
			 (int)run->statuses[DISSECT_UNSUPPORTED]);
}

/* Returns NULL, or why the scenario cannot be run; singly: one packet at a time, else in one go. */
static const char *
run_frames(struct run *run, const struct script *script, bool singly)
{
	static char text[256];
	struct tracker_options options = {.flow_ended = take_flow, .user = run};
	limits_init(&options.limits);
	for (size_t i = 0; i < script->limit_count; i++) {
		char assignment[128];
		snprintf(assignment, sizeof assignment, "%s=%s", script->limits[i].name,
			 script->limits[i].value);
		if (!limit_assign(&options.limits, assignment, text, sizeof text))
			return text;
	}
	struct tracker *tracker = tracker_new(&options);
	run->flows = json_array();
	run->packets = calloc(script->frame_count, sizeof *run->packets);
	if (tracker == NULL || run->packets == NULL)
		abort();
	feed_frames(run, script, tracker, singly);
	run->capture = capture_record(run, tracker_stats(tracker));
	tracker_free(tracker);
	return NULL;
}

static void
run_release(struct run *run)
{
	json_decref(run->flows);
	json_decref(run->capture);
	free(run->packets);
}

static void
show(const char *label, const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));
	char *rest;
	printf("# %s\n", label);
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		printf("#   %s\n", line);
	free(text);
}

/* How many flows the expectations speak of: unless they say otherwise there are no more. */
static size_t
flows_expected(const struct script *script)
{
	size_t count = 0;
	for (size_t i = 0; i < script->expectation_count; i++) {
		const struct expectation *expectation = &script->expectations[i];
		if (expectation->subject == EXPECT_CAPTURE &&
		    strcmp(expectation->key, "flows") == 0)
			return strtoul(expectation->value, NULL, 10);
		if (expectation->subject > count)
			count = expectation->subject;
	}
	return count;
}

static bool
check_expectation(const struct expectation *expectation, const struct run *run)
{
	static const char *const operators[] = {
		[EXPECT_EQUAL] = "=",	 [EXPECT_NOT_EQUAL] = "!=", [EXPECT_AT_LEAST] = ">=",
		[EXPECT_AT_MOST] = "<=", [EXPECT_CONTAINS] = "~",   [EXPECT_LACKS] = "!~",
	};
	unsigned subject = expectation->subject;
	const json_t *record =
		subject == EXPECT_CAPTURE ? run->capture : json_array_get(run->flows, subject - 1);
	if (record != NULL && expectation_holds(expectation, record))
		return true;
	const json_t *value = json_object_get(record, expectation->key);
	char *got = value == NULL ? strdup("nothing") : record_value_text(value);
	printf("#   line %u, %s %u: expected %s%s%s, got %s\n", expectation->line,
	       subject == EXPECT_CAPTURE ? "capture" : "flow", subject, expectation->key,
	       operators[expectation->operator], expectation->value, got);
	free(got);
	return false;
}

static bool
check_run(const struct script *script, const struct run *run)
{
	bool good = true;
	size_t flows = json_array_size(run->flows), wanted = flows_expected(script);
	if (flows != wanted) {
		printf("#   expected %zu flows, got %zu\n", wanted, flows);
		good = false;
	}
	for (size_t i = 0; i < script->expectation_count; i++)
		good = check_expectation(&script->expectations[i], run) && good;
	if (script->expectation_count == 0) {
		printf("#   nothing is expected\n");
		good = false;
	}
	return good;
}

static bool
run_scenario(const struct script *script, bool verbose)
{
	struct run singly = {0}, at_once = {0};
	const char *reason = run_frames(&singly, script, true);
	if (reason == NULL)
		reason = run_frames(&at_once, script, false);
	if (reason != NULL) {
		printf("#   %s\n", reason);
		run_release(&singly);
		return false;
	}
	bool good = check_run(script, &singly);
	if (!json_equal(singly.flows, at_once.flows) ||
	    !json_equal(singly.capture, at_once.capture)) {
		printf("#   fed at once, the records are others:\n");
		show("at once", at_once.flows);
		good = false;
	}
	if (!good || verbose) {
		show("flows", singly.flows);
		show("capture", singly.capture);
	}
	run_release(&singly);
	run_release(&at_once);
	return good;
}

/* The file's name without its ending. */
static const char *
scenario_name(const char *path)
{
	static char name[256];
	const char *slash = strrchr(path, '/');
	snprintf(name, sizeof name, "%s", slash == NULL ? path : slash + 1);
	char *ending = strstr(name, ".tw");
	if (ending != NULL)
		*ending = '\0';
	return name;
}

static bool
test_file(unsigned number, const char *path, bool verbose, bool all)
{
	struct script *script;
	char error[256];
	const char *name = scenario_name(path);
	if (script_load(path, &script, error, sizeof error) != 0) {
		printf("not ok %u - %s\n#   %s\n", number, name, error);
		return false;
	}
	if (script->skip != NULL && !all) {
		printf("ok %u - %s # SKIP %s\n", number, name, script->skip);
		script_free(script);
		return true;
	}
	bool good = run_scenario(script, verbose);
	printf("%s %u - %s\n", good ? "ok" : "not ok", number, name);
	script_free(script);
	return good;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	int first = verbose ? 2 : 1;
	char pattern[4096];
	glob_t files = {0};
	bool good = true;
	for (int i = first; i < argc; i++)
		glob(argv[i], GLOB_NOCHECK | (i > first ? GLOB_APPEND : 0), NULL, &files);
	if (first >= argc) {
		snprintf(pattern, sizeof pattern, "%s/tests/scenarios/*.tw", top ? top : ".");
		glob(pattern, 0, NULL, &files);
		snprintf(pattern, sizeof pattern, "%s/tests/crowds/plays/*.tw", top ? top : ".");
		glob(pattern, GLOB_APPEND, NULL, &files);
	}
	printf("1..%zu\n", files.gl_pathc);
	for (size_t i = 0; i < files.gl_pathc; i++)
		good = test_file((unsigned)i + 1, files.gl_pathv[i], verbose, first < argc) && good;
	if (files.gl_pathc == 0)
		printf("Bail out! no scenario was found\n");
	good = good && files.gl_pathc > 0;
	globfree(&files);
	return good ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading and judging of samples for the property tests. */
#include "tests/property_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/application.h"
#include "analyzer/tracker.h"
#include "dissect/capture.h"
#include "dissect/dissect.h"
#include "tests/padding.h"
#include "tests/script.h"
#include "ui/limit_option.h"

enum { READ_BATCH = 32 };

static void *
allocated(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

void
sample_init(struct sample *sample, const struct sample *like)
{
	*sample = (struct sample){
		.name = allocated(strdup(like->name)),
		.limits = like->limits,
	};
}

void
sample_add(struct sample *sample, const struct frame *frame)
{
	if (sample->count == sample->max) {
		sample->max = sample->max * 2 + 16;
		sample->frames =
			allocated(realloc(sample->frames, sample->max * sizeof(*sample->frames)));
		sample->packets =
			allocated(realloc(sample->packets, sample->max * sizeof(*sample->packets)));
	}
	struct frame *copy = &sample->frames[sample->count];
	struct packet *packet = &sample->packets[sample->count++];
	uint8_t *bytes = allocated(malloc(frame->caplen + 1));
	memcpy(bytes, frame->data, frame->caplen);
	*copy = *frame;
	copy->data = bytes;
	memset(packet, 0, sizeof(*packet));
	if (dissect_frame(copy, packet) != DISSECT_OK)
		packet->kind = PACKET_NOT_TCP;
}

void
sample_release(struct sample *sample)
{
	for (size_t i = 0; i < sample->count; i++)
		free((void *)(uintptr_t)sample->frames[i].data);
	free(sample->frames);
	free(sample->packets);
	free(sample->name);
	*sample = (struct sample){ .count = 0 };
}

static bool
load_script(struct sample *sample, const char *path)
{
	struct script *script;
	char text[256], assignment[128];
	if (script_load(path, &script, text, sizeof(text)) != 0) {
		printf("# %s\n", text);
		return false;
	}
	bool good = true;
	for (size_t i = 0; i < script->limit_count && good; i++) {
		snprintf(assignment, sizeof(assignment), "%s=%s", script->limits[i].name,
			 script->limits[i].value);
		good = limit_assign(&sample->limits, assignment, text, sizeof(text));
	}
	for (size_t i = 0; i < script->frame_count && good; i++)
		sample_add(sample, &script->frames[i]);
	if (!good)
		printf("# %s: %s\n", path, text);
	script_free(script);
	return good;
}

static bool
load_capture(struct sample *sample, const char *path)
{
	struct capture *capture;
	struct frame frames[READ_BATCH];
	char text[256];
	const struct capture_options options = { .paths = &path, .path_count = 1 };
	if (capture_open(&capture, &options, text, sizeof(text)) != CAPTURE_OK) {
		printf("# %s\n", text);
		return false;
	}
	size_t count;
	while ((count = capture_read(capture, frames, READ_BATCH)) > 0)
		for (size_t i = 0; i < count; i++)
			sample_add(sample, &frames[i]);
	capture_close(capture);
	return true;
}

bool
sample_load(struct sample *sample, const char *path, const char *name)
{
	*sample = (struct sample){ .name = allocated(strdup(name)) };
	limits_init(&sample->limits);
	const char *ending = strrchr(path, '.');
	bool script = ending != NULL && strcmp(ending, ".tw") == 0;
	return script ? load_script(sample, path) : load_capture(sample, path);
}

static uint64_t
digest(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	return hash;
}

static void
clear_padding(struct detail *detail)
{
	for (size_t i = 0; i < sizeof(detail->rst) / sizeof(detail->rst[0]); i++)
		PADDING_CLEAR(struct rst_record, &detail->rst[i], wire_segments, after_us);
	PADDING_CLEAR(struct icmp_record, &detail->icmp, at, from);
	PADDING_CLEAR_END(struct icmp_record, &detail->icmp, quotes_syn);
	for (int dir = 0; dir < 2; dir++) {
		PADDING_CLEAR(struct stall, &detail->stall[dir], transmissions, first);
		PADDING_CLEAR_END(struct storm, &detail->storm[dir], raging);
	}
}

/* Pointers differ from run to run; what they point to must not. */
static uint64_t
digest_flow(const struct flow *flow)
{
	struct flow plain;
	memcpy(&plain, flow, sizeof(plain));
	plain.hash = plain.hash_next = plain.list_next = plain.list_previous = 0;
	plain.detail = NULL;
	plain.application = NULL;
	uint64_t hash = digest(UINT64_C(0xcbf29ce484222325), &plain, sizeof(plain));
	if (flow->detail != NULL) {
		struct detail detail;
		memcpy(&detail, flow->detail, sizeof(detail));
		clear_padding(&detail);
		hash = digest(hash, &detail, sizeof(detail));
	}
	if (flow->application != NULL)
		hash = digest(hash, flow->application->half, sizeof(flow->application->half));
	return hash;
}

static void
take_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct outcomes *outcomes = user;
	if (outcomes->count == outcomes->max) {
		outcomes->max = outcomes->max * 2 + 8;
		outcomes->list =
			allocated(realloc(outcomes->list, outcomes->max * sizeof(*outcomes->list)));
	}
	outcomes->list[outcomes->count++] = (struct outcome){
		.number = flow->number,
		.client = flow->client,
		.server = flow->server,
		.client_port = flow->client_port,
		.server_port = flow->server_port,
		.isn = flow->half[TO_SERVER].isn_known ? flow->half[TO_SERVER].isn : 0,
		.verdict = *verdict,
		.digest = digest_flow(flow),
	};
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t left = ((const struct outcome *)a)->number;
	uint32_t right = ((const struct outcome *)b)->number;
	return (left > right) - (left < right);
}

struct outcomes
sample_judge(const struct sample *sample, size_t count, size_t batch, bool waits)
{
	struct outcomes outcomes = { .count = 0 };
	const struct tracker_options options = {
		.limits = sample->limits,
		.flow_ended = take_flow,
		.user = &outcomes,
		.unpredicted = sample->long_way,
	};
	struct tracker *tracker = allocated(tracker_new(&options));
	size_t fed = 0;
	for (size_t i = 0; i < count; i++) {
		const struct packet *packet = &sample->packets[i];
		bool silent = packet->kind == PACKET_NOT_TCP;
		if (i + !silent - fed == batch || silent) {
			tracker_feed(tracker, &sample->packets[fed], i + !silent - fed);
			fed = i + 1;
		}
		if (silent)
			tracker_advance(tracker, packet->ts_ns);
	}
	tracker_feed(tracker, &sample->packets[fed], count - fed);
	if (waits && count < sample->count)
		tracker_advance(tracker, sample->packets[count].ts_ns - 1000);
	tracker_finish(tracker);
	tracker_free(tracker);
	if (outcomes.count > 0)
		qsort(outcomes.list, outcomes.count, sizeof(*outcomes.list), compare_numbers);
	return outcomes;
}

/* The flow's row, or a new one. */
static uint8_t
review_flow(void *user, const struct flow *flow, const struct verdict *verdict, uint32_t handle)
{
	struct outcomes *outcomes = user;
	(void)handle;
	for (size_t i = 0; i < outcomes->count; i++) {
		if (outcomes->list[i].number != flow->number)
			continue;
		outcomes->list[i] = outcomes->list[--outcomes->count];
		break;
	}
	take_flow(user, flow, verdict);
	return 0;
}

static void
end_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	review_flow(user, flow, verdict, 0);
}

enum { REVIEW_EVERY_MS = 100, REVIEWS_MAX = 4000 /* of one silence */ };

static void
review_until(struct tracker *tracker, int64_t from_ns, int64_t until_ns, struct outcomes *outcomes)
{
	int64_t step_ns = REVIEW_EVERY_MS * NS_PER_MS;
	if ((until_ns - from_ns) / REVIEWS_MAX > step_ns)
		step_ns = (until_ns - from_ns) / REVIEWS_MAX;
	for (int64_t now_ns = from_ns; now_ns <= until_ns; now_ns += step_ns) {
		tracker_advance(tracker, now_ns);
		tracker_review(tracker, now_ns, SIZE_MAX, review_flow, outcomes);
	}
}

struct outcomes
sample_watch(const struct sample *sample, size_t count)
{
	struct outcomes outcomes = { .count = 0 };
	const struct tracker_options options = {
		.live = true,
		.limits = sample->limits,
		.flow_ended = end_flow,
		.user = &outcomes,
	};
	struct tracker *tracker = allocated(tracker_new(&options));
	int64_t latest_ns = 0;
	for (size_t i = 0; i < count; i++) {
		const struct packet *packet = &sample->packets[i];
		if (packet->kind != PACKET_NOT_TCP)
			tracker_feed(tracker, packet, 1);
		latest_ns = packet->ts_ns > latest_ns ? packet->ts_ns : latest_ns;
		if (i + 1 < sample->count)
			review_until(tracker, latest_ns, sample->packets[i + 1].ts_ns - 1000,
				     &outcomes);
	}
	tracker_free(tracker);
	if (outcomes.count > 0)
		qsort(outcomes.list, outcomes.count, sizeof(*outcomes.list), compare_numbers);
	return outcomes;
}

void
outcomes_release(struct outcomes *outcomes)
{
	free(outcomes->list);
	*outcomes = (struct outcomes){ .count = 0 };
}

static bool
is_same_flow(const struct outcome *a, const struct outcome *b)
{
	return ip_addr_equal(a->client, b->client) && ip_addr_equal(a->server, b->server) &&
	       a->client_port == b->client_port && a->server_port == b->server_port &&
	       (a->isn == b->isn || a->isn == 0 || b->isn == 0);
}

const struct outcome *
outcomes_find(const struct outcomes *outcomes, const struct outcome *wanted)
{
	const struct outcome *like = NULL;
	for (size_t i = 0; i < outcomes->count; i++) {
		const struct outcome *outcome = &outcomes->list[i];
		if (!is_same_flow(outcome, wanted))
			continue;
		if (outcome->number == wanted->number)
			return outcome;
		if (like == NULL)
			like = outcome;
	}
	return like;
}

const char *
outcome_slug(const struct outcome *outcome)
{
	return verdict_infos[outcome->verdict.code].slug;
}

enum verdict_class
outcome_class(const struct outcome *outcome)
{
	return (enum verdict_class)verdict_infos[outcome->verdict.code].verdict_class;
}

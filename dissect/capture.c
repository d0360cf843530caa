/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures as one stream of frames in time order: opening, filtering, counting. */
#include "dissect/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/capture_complaint.h"
#include "dissect/capture_filter.h"
#include "dissect/capture_live.h"
#include "dissect/capture_merge.h"
#include "dissect/capture_paths.h"

enum {
	/* More files than this are closed again after the first look, until their time comes. */
	KEEP_OPEN_MAX = 32,
	LINKTYPE_ETHERNET = 1,
};

struct capture {
	struct capture_live *live;  /* NULL: files, which are the business of all that follows */
	struct capture_paths paths; /* owns the sources' names */
	struct capture_merge merge;
	struct capture_filter *filter;
	struct capture_filter *errors; /* beside filter: what passes it is an ICMP error */
	bool *delivered; /* for each source, live or not: has it first_ns and last_ns? */
	size_t passed_over;
};

/* Reads as far as the first interface is described, or the first record of a pcap file could be. */
static void
find_linktype(struct capture_file *file)
{
	while (!file->ended && !file->has_linktype) {
		capture_file_walk(file, NULL, 0);
		if (!file->ended && !file->has_linktype && file->need > 0)
			capture_file_refill(file);
	}
}

/* Looks into a file: is it a capture, and when does it begin? Only then is it a source. */
static int
add_source(struct capture *capture, const struct capture_path *path,
	   const struct complaint *complaint)
{
	struct capture_merge *merge = &capture->merge;
	bool many = capture->paths.count > KEEP_OPEN_MAX;
	size_t interface_count = merge->interfaces.count;
	size_t index = merge->count;
	struct capture_source *source = &merge->sources[index];
	struct capture_stream *stream = &merge->streams[index];
	int errno_value;

	*source = (struct capture_source){ .name = path->name };
	errno_value = merge_open(merge, index, many);
	if (errno_value == ENOMEM || (errno_value != 0 && capture->paths.count == 1))
		return complain_errno(complaint, path->name, errno_value);
	if (errno_value != 0) {
		source->damage = CAPTURE_READ_ERROR;
		source->damages = 1;
		source->errno_value = errno_value;
		merge->count++;
		return CAPTURE_OK;
	}
	if (path->directory && source->format == CAPTURE_UNKNOWN && source->errno_value == 0) {
		merge_close(merge, index);
		*stream = (struct capture_stream){ .key = 0 };
		capture->passed_over++;
		return CAPTURE_OK;
	}
	merge->count++;
	if (capture->paths.count == 1) {
		/* A pipe's first frame may be long in coming: do without. */
		find_linktype(stream->file);
		stream->has_linktype = stream->file->has_linktype;
		merge_enter(merge, index);
		return CAPTURE_OK;
	}
	if (merge_peek(merge, index)) {
		merge_enter(merge, index);
		if (many && stream->regular)
			merge_postpone(merge, index, interface_count);
	} else {
		merge_close(merge, index);
	}
	return CAPTURE_OK;
}

static int
add_sources(struct capture *capture, const struct complaint *complaint)
{
	const struct capture_paths *paths = &capture->paths;
	size_t before = 0;
	int error;

	for (size_t i = 0; i < paths->count; i++) {
		const struct capture_path *path = &paths->items[i];
		bool last = i + 1 == paths->count || path[1].directory != path->directory;

		error = add_source(capture, path, complaint);
		if (error != CAPTURE_OK)
			return error;
		if (!last)
			continue;
		if (path->directory && capture->merge.count == before)
			return capture_complain(complaint, CAPTURE_ERROR_EMPTY_DIRECTORY, path->directory,
					"no capture in this directory");
		before = capture->merge.count;
	}
	return CAPTURE_OK;
}

/* An expression that makes no sense at all, or not for the first capture, is the user's mistake. */
static int
check_filter(struct capture *capture, const struct capture_options *options,
	     const struct complaint *complaint)
{
	uint16_t linktype = LINKTYPE_ETHERNET;
	char reason[256];

	for (size_t i = 0; i < capture->merge.count; i++) {
		if (!capture->merge.streams[i].has_linktype)
			continue;
		linktype = capture->merge.sources[i].first_linktype;
		break;
	}
	if (capture_filter_check(capture->filter, linktype, reason, sizeof(reason)))
		return CAPTURE_OK;
	return complain_filter(complaint, options->filter, reason);
}

/* Unreachable, TTL exceeded, parameter problem, source quench; in ICMPv6 all types below 128
 * (RFC 4443 2.1). */
static const char icmp_errors[] =
	"(icmp and (icmp[0] == 3 or icmp[0] == 4 or icmp[0] == 11 or icmp[0] == 12)) or "
	"(icmp6 and ip6[40] < 128)";

/* Words of a filter may be names of hosts and services, which nobody can look up later. */
static int
make_ready(struct capture *capture, const struct capture_options *options,
	   const struct complaint *complaint)
{
	if (options->filter && (!capture_filter_complete(capture->filter) ||
				!capture_filter_complete(capture->errors)))
		return complain_errno(complaint, NULL, ENOMEM);
	return options->before_reading(options->user, capture, complaint->text, complaint->size)
		       ? CAPTURE_OK
		       : CAPTURE_ERROR_GIVEN_UP;
}

static int
fill(struct capture *capture, const struct capture_options *options,
     const struct complaint *complaint)
{
	int error = capture_paths_find(&capture->paths, options, complaint);

	if (error != CAPTURE_OK)
		return error;
	capture->delivered = calloc(capture->paths.count + 1, sizeof(*capture->delivered));
	if (!capture->delivered ||
	    !merge_init(&capture->merge, capture->paths.count, options->stop))
		return complain_errno(complaint, NULL, ENOMEM);
	if (options->filter) {
		capture->filter = capture_filter_new(options->filter);
		capture->errors = capture_filter_new(icmp_errors);
		if (!capture->filter || !capture->errors)
			return complain_errno(complaint, NULL, ENOMEM);
	}
	if (options->before_reading) {
		error = make_ready(capture, options, complaint);
		if (error != CAPTURE_OK)
			return error;
	}
	error = add_sources(capture, complaint);
	return error != CAPTURE_OK || !options->filter ? error
						       : check_filter(capture, options, complaint);
}

static int
fill_live(struct capture *capture, const struct capture_options *options,
	  const struct complaint *complaint)
{
	capture->delivered = calloc(options->interface_count, sizeof(*capture->delivered));
	if (!capture->delivered)
		return complain_errno(complaint, NULL, ENOMEM);
	return capture_live_open(&capture->live, options, complaint);
}

int
capture_open(struct capture **ret_capture, const struct capture_options *options, char *text,
	     size_t text_size)
{
	const struct complaint complaint = { .text = text, .size = text_size };
	struct capture *capture = calloc(1, sizeof(*capture));
	int error;

	if (!capture)
		return complain_errno(&complaint, NULL, ENOMEM);
	if (options->interface_count > 0)
		error = fill_live(capture, options, &complaint);
	else
		error = fill(capture, options, &complaint);
	if (error != CAPTURE_OK) {
		capture_close(capture);
		return error;
	}
	*ret_capture = capture;
	return CAPTURE_OK;
}

/* Keeps the frames that the filter accepts. */
static size_t
apply_filter(struct capture *capture, struct frame *frames, size_t count)
{
	struct capture_source *source;
	size_t kept = 0;

	if (!capture->filter)
		return count;
	for (size_t i = 0; i < count; i++) {
		switch (capture_filter_ask(capture->filter, &frames[i])) {
		case FILTER_ACCEPT:
			frames[kept++] = frames[i];
			break;
		case FILTER_REJECT:
			source = &capture->merge.sources[frames[i].source];
			source->rejected++;
			source->rejected_errors +=
				capture_filter_ask(capture->errors, &frames[i]) == FILTER_ACCEPT;
			break;
		case FILTER_UNUSABLE:
			capture->merge.sources[frames[i].source].unfiltered++;
			break;
		}
	}
	return kept;
}

static struct capture_source *
source_at(const struct capture *capture, size_t index)
{
	return capture->live ? capture_live_source(capture->live, index)
			     : &capture->merge.sources[index];
}

/* Counts frames of one source. */
static void
count_run(struct capture *capture, const struct frame *frames, size_t count)
{
	struct capture_source *source = source_at(capture, frames->source);
	bool *delivered = &capture->delivered[frames->source];
	int64_t first_ns = *delivered ? source->first_ns : frames->ts_ns;
	int64_t last_ns = *delivered ? source->last_ns : frames->ts_ns;
	uint64_t snapped = 0;

	for (size_t i = 0; i < count; i++) {
		snapped += frames[i].caplen < frames[i].wirelen;
		if (frames[i].ts_ns < first_ns)
			first_ns = frames[i].ts_ns;
		if (frames[i].ts_ns > last_ns)
			last_ns = frames[i].ts_ns;
	}
	*delivered = true;
	source->first_ns = first_ns;
	source->last_ns = last_ns;
	source->snapped += snapped;
}

static void
count_frames(struct capture *capture, const struct frame *frames, size_t count)
{
	size_t start = 0;

	if (count == 0)
		return;
	if (capture_source_count(capture) == 1) {
		count_run(capture, frames, count);
		return;
	}
	for (size_t i = 1; i <= count; i++) {
		if (i < count && frames[i].source == frames[start].source)
			continue;
		count_run(capture, frames + start, i - start);
		start = i;
	}
}

const char *
capture_path(const struct capture *capture, size_t index)
{
	return index < capture->paths.count ? capture->paths.items[index].name : NULL;
}

size_t
capture_read(struct capture *capture, struct frame *frames, size_t max)
{
	size_t count;

	if (capture->live) {
		count = capture_live_read(capture->live, frames, max);
		count_frames(capture, frames, count);
		return count;
	}
	while (max > 0) {
		if (capture->merge.stop && *capture->merge.stop)
			break;
		count = merge_read(&capture->merge, frames, max);
		if (count == 0)
			break;
		count = apply_filter(capture, frames, count);
		if (count == 0)
			continue;
		count_frames(capture, frames, count);
		return count;
	}
	return 0;
}

size_t
capture_source_count(const struct capture *capture)
{
	return capture->live ? capture_live_count(capture->live) : capture->merge.count;
}

const struct capture_source *
capture_source(const struct capture *capture, size_t index)
{
	return index < capture_source_count(capture) ? source_at(capture, index) : NULL;
}

size_t
capture_interface_count(const struct capture *capture)
{
	return capture->live ? capture_live_count(capture->live) : capture->merge.interfaces.count;
}

const struct capture_interface *
capture_interface(const struct capture *capture, size_t index)
{
	const struct capture_interfaces *interfaces = &capture->merge.interfaces;

	if (index >= capture_interface_count(capture))
		return NULL;
	return capture->live ? capture_live_interface(capture->live, index)
			     : interfaces->items[index];
}

size_t
capture_passed_over(const struct capture *capture)
{
	return capture->passed_over;
}

void
capture_progress(const struct capture *capture, uint64_t *ret_done, uint64_t *ret_total)
{
	*ret_done = 0;
	*ret_total = 0;
	if (!capture->live) {
		merge_progress(&capture->merge, ret_done, ret_total);
		return;
	}
	for (size_t i = 0; i < capture_live_count(capture->live); i++)
		*ret_done += capture_live_source(capture->live, i)->bytes;
}

int
capture_start(struct capture *capture)
{
	return capture->live ? capture_live_start(capture->live) : 0;
}

bool
capture_is_live(const struct capture *capture)
{
	return capture->live != NULL;
}

int
capture_wait_fd(const struct capture *capture)
{
	return capture->live ? capture_live_wait_fd(capture->live) : -1;
}

void
capture_update(struct capture *capture)
{
	if (capture->live)
		capture_live_update(capture->live);
}

void
capture_stop(struct capture *capture)
{
	if (capture->live)
		capture_live_stop(capture->live);
}

void
capture_close(struct capture *capture)
{
	if (!capture)
		return;
	capture_live_close(capture->live);
	merge_release(&capture->merge);
	capture_filter_free(capture->filter);
	capture_filter_free(capture->errors);
	capture_paths_release(&capture->paths);
	free(capture->delivered);
	free(capture);
}

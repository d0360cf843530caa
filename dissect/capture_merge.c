/* SPDX-License-Identifier: BSD-2-Clause */
/* Several capture files as one stream of frames in time order, opened when their time comes. */
#include "dissect/capture_merge.h"

#include <errno.h>
#include <stdlib.h>

enum {
	PENDING_MAX = 64,
	/* With more files than this open at once, each gets a small buffer and, if it is a plain
	 * file, no descriptor of its own: a thousand files that overlap must not exhaust either. */
	OPEN_MANY = 64,
	BLOCK_SMALL = 16 * 1024,
};

enum load {
	LOAD_READY,
	LOAD_BLOCKED, /* more cannot be read while frames of this batch are in the buffer */
	LOAD_OVER,
};

bool
merge_init(struct capture_merge *merge, size_t count, const volatile sig_atomic_t *stop)
{
	*merge = (struct capture_merge){
		.sources = calloc(count + 1, sizeof(*merge->sources)),
		.streams = calloc(count + 1, sizeof(*merge->streams)),
		.heap = calloc(count + 1, sizeof(*merge->heap)),
		.stop = stop,
	};
	return merge->sources && merge->streams && merge->heap;
}

int
merge_open(struct capture_merge *merge, size_t index, bool briefly)
{
	struct capture_stream *stream = &merge->streams[index];
	struct capture_source *source = &merge->sources[index];
	bool many = merge->open_count >= OPEN_MANY;
	const struct capture_input_options options = {
		.block_bytes = briefly || many ? (size_t)BLOCK_SMALL : CAPTURE_INPUT_BLOCK,
		.close_between = many,
		.stop = merge->stop,
	};
	int errno_value;

	stream->file = malloc(sizeof(*stream->file));
	stream->pending = malloc(PENDING_MAX * sizeof(*stream->pending));
	errno_value = ENOMEM;
	if (stream->file && stream->pending)
		errno_value = capture_file_open(stream->file, source->name, &options, source,
						(uint16_t)index, &merge->interfaces);
	if (errno_value != 0) {
		free(stream->file);
		free(stream->pending);
		stream->file = NULL;
		stream->pending = NULL;
		return errno_value;
	}
	stream->pending_at = stream->pending_count = 0;
	stream->regular = stream->file->input.regular;
	stream->bytes_all = stream->file->input.file_bytes;
	stream->sized = stream->regular || stream->bytes_all > 0;
	merge->open_count++;
	return 0;
}

void
merge_close(struct capture_merge *merge, size_t index)
{
	struct capture_stream *stream = &merge->streams[index];

	if (!stream->file)
		return;
	stream->bytes_done = stream->file->input.bytes_taken;
	capture_file_close(stream->file);
	free(stream->file);
	free(stream->pending);
	stream->file = NULL;
	stream->pending = NULL;
	stream->pending_at = stream->pending_count = 0;
	merge->open_count--;
}

void
merge_postpone(struct capture_merge *merge, size_t index, size_t interface_count)
{
	struct capture_source *source = &merge->sources[index];

	merge_close(merge, index);
	merge->streams[index].bytes_done = 0;
	capture_interfaces_cut(&merge->interfaces, interface_count);
	*source = (struct capture_source){
		.name = source->name,
		.compression = source->compression,
		.format = source->format,
		.first_linktype = source->first_linktype,
	};
}

static enum load
load(struct capture_merge *merge, struct capture_stream *stream)
{
	while (stream->pending_at == stream->pending_count) {
		stream->pending_at = 0;
		stream->pending_count =
			capture_file_walk(stream->file, stream->pending, PENDING_MAX);
		if (stream->pending_count > 0)
			break;
		if (stream->batch == merge->batch)
			return LOAD_BLOCKED;
		if (stream->file->ended)
			return LOAD_OVER;
		capture_file_refill(stream->file);
	}
	if (stream->key < stream->pending[stream->pending_at].ts_ns)
		stream->key = stream->pending[stream->pending_at].ts_ns;
	return LOAD_READY;
}

bool
merge_peek(struct capture_merge *merge, size_t index)
{
	struct capture_stream *stream = &merge->streams[index];

	bool ready;

	/* Nothing was handed out in a new batch, so nothing stops load(). */
	merge->batch++;
	ready = load(merge, stream) == LOAD_READY;
	stream->has_linktype = stream->file->has_linktype;
	return ready;
}

/* Does stream a go before stream b? Ties are broken by the order of the sources. */
static bool
is_before(const struct capture_merge *merge, uint16_t a, uint16_t b)
{
	int64_t left = merge->streams[a].key;
	int64_t right = merge->streams[b].key;

	return left != right ? left < right : a < b;
}

static void
sink(struct capture_merge *merge, size_t at)
{
	uint16_t *heap = merge->heap;
	uint16_t moved = heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= merge->heap_count)
			break;
		if (child + 1 < merge->heap_count && is_before(merge, heap[child + 1], heap[child]))
			child++;
		if (!is_before(merge, heap[child], moved))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moved;
}

void
merge_enter(struct capture_merge *merge, size_t index)
{
	uint16_t *heap = merge->heap;
	size_t at = merge->heap_count++;

	for (; at > 0 && is_before(merge, (uint16_t)index, heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = (uint16_t)index;
}

static void
leave(struct capture_merge *merge)
{
	merge_close(merge, merge->heap[0]);
	merge->heap[0] = merge->heap[--merge->heap_count];
	if (merge->heap_count > 0)
		sink(merge, 0);
}

/* Its time has come: opens the first of the heap, unless it is. */
static bool
wake(struct capture_merge *merge)
{
	size_t index = merge->heap[0];
	struct capture_source *source = &merge->sources[index];
	int errno_value;

	if (merge->streams[index].file)
		return true;
	*source = (struct capture_source){ .name = source->name };
	errno_value = merge_open(merge, index, false);
	if (errno_value == 0)
		return true;
	source->damage = CAPTURE_READ_ERROR;
	source->damages = 1;
	source->errno_value = errno_value;
	leave(merge);
	return false;
}

/* The one that goes next after the first of the heap, or the first when it is alone. */
static uint16_t
find_second(const struct capture_merge *merge)
{
	const uint16_t *heap = merge->heap;

	if (merge->heap_count < 3)
		return heap[merge->heap_count - 1];
	return is_before(merge, heap[2], heap[1]) ? heap[2] : heap[1];
}

/* Hands out frames of the first of the heap for as long as it is first. */
static size_t
take(struct capture_merge *merge, struct frame *frames, size_t max)
{
	uint16_t first = merge->heap[0];
	uint16_t second = find_second(merge);
	struct capture_stream *stream = &merge->streams[first];
	size_t count = 0;

	while (count < max && !is_before(merge, second, first)) {
		stream->batch = merge->batch;
		frames[count++] = stream->pending[stream->pending_at++];
		if (stream->pending_at == stream->pending_count)
			break;
		if (stream->key < stream->pending[stream->pending_at].ts_ns)
			stream->key = stream->pending[stream->pending_at].ts_ns;
	}
	sink(merge, 0);
	return count;
}

/* What is left is one file: no merging, no copying. */
static size_t
read_alone(struct capture_merge *merge, struct frame *frames, size_t max)
{
	struct capture_file *file = merge->streams[merge->heap[0]].file;
	size_t count;

	for (;;) {
		count = capture_file_walk(file, frames, max);
		if (count > 0)
			return count;
		if (file->ended)
			break;
		capture_file_refill(file);
	}
	leave(merge);
	return 0;
}

size_t
merge_read(struct capture_merge *merge, struct frame *frames, size_t max)
{
	struct capture_stream *stream;
	uint16_t first;
	size_t count = 0;

	merge->batch++;
	while (count < max && merge->heap_count > 0) {
		if (!wake(merge))
			continue;
		first = merge->heap[0];
		stream = &merge->streams[first];
		if (merge->heap_count == 1 && count == 0 &&
		    stream->pending_at == stream->pending_count) {
			count = read_alone(merge, frames, max);
			break;
		}
		switch (load(merge, stream)) {
		case LOAD_READY:
			/* What was loaded may be later than what others have. */
			sink(merge, 0);
			if (merge->heap[0] == first)
				count += take(merge, frames + count, max - count);
			break;
		case LOAD_BLOCKED:
			return count;
		case LOAD_OVER:
			leave(merge);
			break;
		}
	}
	return count;
}

void
merge_progress(const struct capture_merge *merge, uint64_t *ret_done, uint64_t *ret_total)
{
	uint64_t done = 0;
	uint64_t total = 0;
	bool sized = true;

	for (size_t i = 0; i < merge->count; i++) {
		const struct capture_stream *stream = &merge->streams[i];

		done += stream->file ? stream->file->input.bytes_taken : stream->bytes_done;
		total += stream->bytes_all;
		sized = sized && stream->sized;
	}
	*ret_done = done;
	*ret_total = sized ? total : 0;
}

void
merge_release(struct capture_merge *merge)
{
	if (merge->streams)
		for (size_t i = 0; i < merge->count; i++)
			merge_close(merge, i);
	capture_interfaces_release(&merge->interfaces);
	free(merge->sources);
	free(merge->streams);
	free(merge->heap);
}

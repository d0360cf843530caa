/* SPDX-License-Identifier: BSD-2-Clause */
/* Several capture files as one stream of frames in time order, opened when their time comes. */
#ifndef TCPWHY_CAPTURE_MERGE_H
#define TCPWHY_CAPTURE_MERGE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/capture.h"
#include "dissect/capture_file.h"

/* One file on its way through the merge. */
struct capture_stream {
	struct capture_file *file; /* NULL: not open yet, or not any more */
	struct frame *pending;	   /* read, but not yet handed out */
	size_t pending_at, pending_count;
	int64_t key;	/* the latest time so far: frames of a file stay in its order */
	uint64_t batch; /* the last one that its frames went into */
	uint64_t bytes_done, bytes_all; /* on disk */
	bool sized;			/* bytes_all is known */
	bool regular;			/* can be opened again */
	bool has_linktype;		/* source->first_linktype is known */
};

struct capture_merge {
	struct capture_source *sources; /* one for each stream */
	struct capture_stream *streams;
	size_t count;
	size_t open_count;
	struct capture_interfaces interfaces;
	uint16_t *heap; /* indices of the streams that are not over, the one to go on with first */
	size_t heap_count;
	uint64_t batch;
	const volatile sig_atomic_t *stop;
};

/* Makes room for so many sources. False without memory. */
bool merge_init(struct capture_merge *merge, size_t count, const volatile sig_atomic_t *stop);

/* Opens source number index. Returns 0 or an errno value. */
int merge_open(struct capture_merge *merge, size_t index, bool briefly);
/* Reads on in an open source as far as its first frame, to learn its time. False: it has none. */
bool merge_peek(struct capture_merge *merge, size_t index);
/* Closes a source that was opened briefly, as if it had never been read. */
void merge_postpone(struct capture_merge *merge, size_t index, size_t interface_count);
void merge_close(struct capture_merge *merge, size_t index);
/* From now on the source takes part, with the time that its first frame has. */
void merge_enter(struct capture_merge *merge, size_t index);

/* The next frames of all sources. Returns 0 at the end. What was read before loses its data. */
size_t merge_read(struct capture_merge *merge, struct frame *frames, size_t max);

/* As capture_progress(). */
void merge_progress(const struct capture_merge *merge, uint64_t *ret_done, uint64_t *ret_total);

void merge_release(struct capture_merge *merge);

#endif

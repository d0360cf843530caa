/* SPDX-License-Identifier: BSD-2-Clause */
/* A file, a pipe or a piece of memory as a window that slides over its plain bytes. */
#include "dissect/capture_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dissect/capture_rescue.h"
#include "dissect/capture_unpack.h"

enum {
	STOP_POLL_MS = 250,
	PACKED_BLOCK = 64 * 1024,
	/* A pipe's compressed bytes are held up to here, to decode them again if they break off. */
	PACKED_KEEP_MAX = 4 * 1024 * 1024,
};

/* Where an empty window lies: data is never NULL, which may not be calculated with. */
static const uint8_t nothing[1];

static void
fail(struct capture_input *input, int errno_value)
{
	input->end = INPUT_FAILED;
	input->errno_value = errno_value;
}

/* A file that is closed between reads goes on where it was. */
static bool
reopen(struct capture_input *input)
{
	if (input->fd >= 0)
		return true;
	input->fd = open(input->path, O_RDONLY | O_CLOEXEC);
	if (input->fd < 0)
		return false;
	return lseek(input->fd, (off_t)input->position, SEEK_SET) >= 0;
}

/* Waits until a pipe has something to say. False when the user stops it. */
static bool
wait_for_input(const struct capture_input *input)
{
	const volatile sig_atomic_t *stop = input->options.stop;
	struct pollfd pollfd = { .fd = input->fd, .events = POLLIN };

	for (;;) {
		if (stop && *stop)
			return false;
		/* The time limit is for a signal that comes between the question and the wait. */
		if (input->regular || poll(&pollfd, 1, STOP_POLL_MS) > 0)
			return true;
	}
}

static size_t
read_memory(struct capture_input *input, uint8_t *data, size_t room)
{
	uint64_t left = input->file_bytes - input->bytes_taken;

	if (room > input->options.block_bytes)
		room = input->options.block_bytes;
	if (room > left)
		room = (size_t)left;
	memcpy(data, input->memory + input->bytes_taken, room);
	input->bytes_taken += room;
	if (room == 0)
		input->fd_end = INPUT_COMPLETE;
	return room;
}

/* One read from the descriptor. 0 at the end or when it fails: then fd_end is set. */
static size_t
read_descriptor(struct capture_input *input, uint8_t *data, size_t room)
{
	ssize_t count;

	if (input->memory)
		return read_memory(input, data, room);
	if (!reopen(input)) {
		fail(input, errno);
		input->fd_end = INPUT_FAILED;
		return 0;
	}
	do {
		if (!wait_for_input(input)) {
			input->fd_end = INPUT_STOPPED;
			return 0;
		}
		count = read(input->fd, data, room);
	} while (count < 0 && (errno == EINTR || errno == EAGAIN));
	if (count < 0)
		fail(input, errno);
	if (input->options.close_between && input->regular) {
		close(input->fd);
		input->fd = -1;
	}
	if (count <= 0) {
		input->fd_end = count < 0 ? INPUT_FAILED : INPUT_COMPLETE;
		return 0;
	}
	input->position += (uint64_t)count;
	if (!input->replaying)
		input->bytes_taken += (uint64_t)count;
	return (size_t)count;
}

/* Forgets the compressed bytes that were used, unless they are kept, and makes room for more. */
static bool
make_packed_room(struct capture_input *input)
{
	size_t room;
	uint8_t *packed;

	if (input->packed_bytes + PACKED_BLOCK > PACKED_KEEP_MAX)
		input->packed_kept = false;
	if (!input->packed_kept)
		input->packed_bytes = input->packed_given = 0;
	if (input->packed_bytes + PACKED_BLOCK <= input->packed_room)
		return true;
	room = 2 * (input->packed_bytes + PACKED_BLOCK);
	packed = realloc(input->packed, room);
	if (!packed)
		return false;
	input->packed = packed;
	input->packed_room = room;
	return true;
}

static ssize_t
feed_read(void *context, const uint8_t **ret_data)
{
	struct capture_input *input = context;
	size_t given = input->packed_given;

	if (given == input->packed_bytes) {
		if (!make_packed_room(input)) {
			fail(input, ENOMEM);
			input->fd_end = INPUT_FAILED;
			return -1;
		}
		given = input->packed_given;
		input->packed_bytes +=
			read_descriptor(input, input->packed + input->packed_bytes, PACKED_BLOCK);
		if (given == input->packed_bytes)
			return input->fd_end == INPUT_COMPLETE ? 0 : -1;
	}
	*ret_data = input->packed + given;
	input->packed_given = input->packed_bytes;
	return (ssize_t)(input->packed_bytes - given);
}

static bool
feed_rewind(void *context)
{
	struct capture_input *input = context;

	input->replaying = true;
	if (!input->packed_kept) {
		if (!input->regular || (input->fd >= 0 && lseek(input->fd, 0, SEEK_SET) < 0))
			return false;
		input->position = 0;
		input->packed_bytes = 0;
	}
	input->packed_given = 0;
	return true;
}

/* The decoder gives no more: why? What happened to the descriptor explains it best. */
static void
end_unpacked(struct capture_input *input)
{
	if (input->fd_end == INPUT_STOPPED || input->fd_end == INPUT_FAILED) {
		input->end = input->fd_end;
		return;
	}
	switch (unpack_end(input->unpack)) {
	case UNPACK_GOES_ON:
	case UNPACK_COMPLETE:
		input->end = input->rescued_bytes > 0 ? INPUT_CUT : INPUT_COMPLETE;
		return;
	case UNPACK_CUT:
		input->end = INPUT_CUT;
		return;
	case UNPACK_BROKEN:
		fail(input, 0);
		snprintf(input->text, sizeof(input->text), "%s", unpack_text(input->unpack));
		return;
	case UNPACK_NO_MEMORY:
		fail(input, ENOMEM);
		return;
	}
}

static void
rescue(struct capture_input *input)
{
	const struct unpack_feed feed = { .read = feed_read,
					  .rewind = feed_rewind,
					  .context = input };
	enum unpack_end end = unpack_end(input->unpack);

	input->rescue_tried = true;
	/* A short stream that lacks only its last bytes is taken for an empty one. */
	if (end == UNPACK_COMPLETE && input->offset + input->size > 0)
		return;
	if (end != UNPACK_NO_MEMORY && input->fd_end != INPUT_STOPPED &&
	    input->fd_end != INPUT_FAILED)
		input->rescued = unpack_rescue(input->compression, &feed, input->bytes_taken,
					       input->offset + input->size, &input->rescued_bytes);
}

static size_t
read_unpacked(struct capture_input *input, uint8_t *data, size_t room)
{
	size_t got = 0;

	if (!input->rescue_tried)
		got = unpack_read(input->unpack, data, room);
	if (got > 0)
		return got;
	if (!input->rescue_tried)
		rescue(input);
	got = input->rescued_bytes - input->rescued_given;
	if (got > room)
		got = room;
	if (got > 0)
		memcpy(data, input->rescued + input->rescued_given, got);
	input->rescued_given += got;
	return got;
}

/* Makes room for a block behind what is in sight. */
static bool
make_room(struct capture_input *input)
{
	size_t held = input->keep + input->size;
	size_t wanted = held + input->options.block_bytes;
	const uint8_t *start = input->data - input->keep;
	uint8_t *buffer;

	if (input->buffer_bytes < wanted) {
		/* Half as much again spares a move for every block of a long record. */
		wanted += wanted / 2;
		buffer = malloc(wanted);
		if (!buffer)
			return false;
		memcpy(buffer, start, held);
		free(input->buffer);
		input->buffer = buffer;
		input->buffer_bytes = wanted;
	} else if (start != input->buffer) {
		memmove(input->buffer, start, held);
	}
	input->data = input->buffer + input->keep;
	return true;
}

bool
capture_input_want(struct capture_input *input, size_t bytes)
{
	uint8_t *behind;
	size_t room;
	size_t got;

	while (input->size < bytes && input->end == INPUT_GOES_ON) {
		if (!make_room(input)) {
			fail(input, ENOMEM);
			break;
		}
		behind = input->buffer + input->keep + input->size;
		room = input->buffer_bytes - input->keep - input->size;
		if (input->unpack) {
			got = read_unpacked(input, behind, room);
			if (got == 0)
				end_unpacked(input);
		} else {
			got = read_descriptor(input, behind, room);
			if (got == 0)
				input->end = input->fd_end;
		}
		input->size += got;
	}
	return input->size >= bytes;
}

/* What was read so far turns out to be compressed: it becomes the decoder's first input. */
static bool
start_unpacking(struct capture_input *input)
{
	const struct unpack_feed feed = { .read = feed_read,
					  .rewind = feed_rewind,
					  .context = input };

	input->packed = input->buffer;
	input->packed_room = input->buffer_bytes;
	input->packed_bytes = input->size;
	input->packed_kept = !input->regular;
	input->buffer = NULL;
	input->buffer_bytes = 0;
	input->data = nothing;
	input->size = 0;
	if (input->end == INPUT_COMPLETE)
		input->end = INPUT_GOES_ON;
	input->unpack = unpack_new(input->compression, &feed);
	return input->unpack != NULL;
}

int
capture_input_open(struct capture_input *input, const char *path,
		   const struct capture_input_options *options)
{
	struct stat status;
	int errno_value = 0;

	*input = (struct capture_input){
		.data = nothing, .path = path, .options = *options, .fd = STDIN_FILENO
	};
	if (strcmp(path, "-") != 0)
		input->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (input->fd < 0)
		return errno;
	if (fstat(input->fd, &status) < 0) {
		errno_value = errno;
	} else if (S_ISDIR(status.st_mode)) {
		errno_value = EISDIR;
	} else if (S_ISREG(status.st_mode)) {
		/* Standard input may be a file that somebody has read a part of already. */
		input->regular = input->fd != STDIN_FILENO;
		input->file_bytes = (uint64_t)status.st_size;
		posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	if (errno_value == 0 && !capture_input_want(input, UNPACK_MAGIC_LENGTH) &&
	    input->end == INPUT_FAILED && input->errno_value == ENOMEM)
		errno_value = ENOMEM;
	if (errno_value == 0) {
		input->compression = unpack_recognise(input->data, input->size);
		if (input->compression && !start_unpacking(input))
			errno_value = ENOMEM;
	}
	if (errno_value != 0)
		capture_input_close(input);
	return errno_value;
}

void
capture_input_open_memory(struct capture_input *input, const uint8_t *data, size_t size,
			  size_t block_bytes)
{
	*input = (struct capture_input){
		.data = nothing,
		.memory = size > 0 ? data : nothing,
		.file_bytes = size,
		.options.block_bytes = block_bytes,
		.fd = -1,
	};
}

void
capture_input_close(struct capture_input *input)
{
	if (input->unpack)
		unpack_free(input->unpack);
	if (input->fd > STDIN_FILENO)
		close(input->fd);
	free(input->rescued);
	free(input->packed);
	free(input->buffer);
	*input = (struct capture_input){ .fd = -1, .bytes_taken = input->bytes_taken };
}

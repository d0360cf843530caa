/* SPDX-License-Identifier: BSD-2-Clause */
/* A file, a pipe or a piece of memory as a window that slides over its plain bytes. */
#ifndef TCPWHY_CAPTURE_INPUT_H
#define TCPWHY_CAPTURE_INPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CAPTURE_INPUT_BLOCK = 256 * 1024, /* read at once; fits a level 2 cache */
};

enum capture_input_end {
	INPUT_GOES_ON,
	INPUT_COMPLETE,
	INPUT_STOPPED, /* the user had enough */
	INPUT_CUT,     /* a compressed stream that ends too early */
	INPUT_FAILED,  /* see errno_value and text */
};

struct unpack;

/* How to open. */
struct capture_input_options {
	size_t block_bytes; /* read at once */
	bool close_between; /* hold no descriptor between reads, where the file allows it */
	const volatile sig_atomic_t *stop; /* as in struct capture_options */
};

struct capture_input {
	/* What is in sight. Only capture_input_want() moves it. */
	const uint8_t *data;
	size_t size;
	size_t keep;		    /* bytes before data that capture_input_want() is to preserve */
	uint64_t offset;	    /* of data[0] in the plain stream */
	enum capture_input_end end; /* of what comes after data[size-1] */
	int errno_value;
	char text[160];
	const char *compression;
	bool regular;	      /* a regular file: can be opened again */
	uint64_t file_bytes;  /* its size, else 0 */
	uint64_t bytes_taken; /* compressed or not, as they lie on disk */

	/* Private. */
	uint8_t *buffer;
	size_t buffer_bytes;
	const char *path;
	const uint8_t *memory;	       /* read instead of a descriptor, if not NULL */
	int fd;			       /* -1: none is open */
	enum capture_input_end fd_end; /* when compressed, decoded bytes may follow nevertheless */
	uint64_t position;	       /* in the file, of what is to be read next */
	bool replaying;		       /* reading again what was counted in bytes_taken before */
	struct capture_input_options options;
	struct unpack *unpack;
	uint8_t *packed; /* compressed bytes: the last block, or all so far when kept */
	size_t packed_bytes, packed_given, packed_room;
	bool packed_kept; /* all since the start are at hand, for an input that cannot be rewound */
	uint8_t *rescued; /* decoded bytes that follow when the decoder has ended */
	size_t rescued_bytes, rescued_given;
	bool rescue_tried;
};

/* Opens path ("-": standard input), which must stay valid. Returns 0 or an errno value. */
int capture_input_open(struct capture_input *input, const char *path,
		       const struct capture_input_options *options);
/* The same for bytes in memory, which the caller keeps; they are taken as they are, in pieces of
 * block_bytes, as if each were read from a file. */
void capture_input_open_memory(struct capture_input *input, const uint8_t *data, size_t size,
			       size_t block_bytes);

/* Reads until at least this many bytes are in sight. False when the input ends before: then end
 * tells why, and what is in sight is all that is left. */
bool capture_input_want(struct capture_input *input, size_t bytes);

/* Steps over bytes that are in sight; negative: back into what keep preserved. */
static inline void
capture_input_skip(struct capture_input *input, ptrdiff_t bytes)
{
	input->data += bytes;
	input->size -= (size_t)bytes;
	input->offset += (uint64_t)bytes;
}

void capture_input_close(struct capture_input *input);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed input as a plain byte stream: gzip, zstd, xz, bzip2 and lz4, told apart by content. */
#ifndef TCPWHY_CAPTURE_UNPACK_H
#define TCPWHY_CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	UNPACK_MAGIC_LENGTH = 6, /* bytes that capture_unpack_recognise() wants to see */
};

/* Where the compressed bytes come from. read returns how many were put at *ret_data, 0 at the end,
 * -1 on failure. rewind starts over from the first byte; false when that is impossible. */
struct unpack_feed {
	ssize_t (*read)(void *context, const uint8_t **ret_data);
	bool (*rewind)(void *context);
	void *context;
};

enum unpack_end {
	UNPACK_GOES_ON,
	UNPACK_COMPLETE,
	UNPACK_CUT,    /* the compressed bytes end too early */
	UNPACK_BROKEN, /* they are no valid stream, or reading them failed */
	UNPACK_NO_MEMORY,
};

struct unpack;

/* Name of the compression whose mark these bytes begin with, or NULL. */
const char *unpack_recognise(const uint8_t *data, size_t size);

/* A decoder for a compression that unpack_recognise() named; NULL without memory. */
struct unpack *unpack_new(const char *compression, const struct unpack_feed *feed);

/* Puts up to room decoded bytes into data. Returns how many; 0 at the end, whatever its reason. */
size_t unpack_read(struct unpack *unpack, uint8_t *data, size_t room);

enum unpack_end unpack_end(const struct unpack *unpack);
/* The decoder's own words about UNPACK_BROKEN; may be empty. */
const char *unpack_text(const struct unpack *unpack);

void unpack_free(struct unpack *unpack);

#endif

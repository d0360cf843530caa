/* SPDX-License-Identifier: BSD-2-Clause */
/* What an xz stream asks of its decoder: each block names the dictionary that it wants in memory, up to 4 GB
 * in a file of a few bytes, and the decoder takes it at its word. Here the parts of the container are
 * followed, not decoded, so that this is known before the decoder is told. */
#ifndef TCPWHY_CAPTURE_XZ_H
#define TCPWHY_CAPTURE_XZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	XZ_DICTIONARY_MAX = 1 << 27, /* twice that of xz -9; what libzstd holds to as well */
	XZ_HEADER_MAX = 1024,	     /* of a block */
};

enum xz_part {
	XZ_STREAM_HEADER,
	XZ_BLOCK_HEADER,
	XZ_CHUNK,
	XZ_INDEX,
	XZ_PADDING,      /* zeros between two streams */
	XZ_NOT_FOLLOWED, /* it is no valid stream: the decoder will say so at the same place */
};

/* All zero at the first byte of the file. */
struct xz {
	enum xz_part part;
	uint64_t skip;	       /* bytes before this part */
	uint32_t held, wanted; /* of its header */
	uint64_t block_bytes;  /* compressed ones of the block so far */
	uint64_t numbers;      /* of the index, still to come */
	uint32_t index_bytes;
	bool counted;		/* how many records the index has is known */
	uint64_t number;	/* of the index, as far as it was read */
	unsigned number_bits;
	uint8_t check_bytes;
	uint64_t dictionary; /* of the block that was refused; 0: none */
	uint8_t header[XZ_HEADER_MAX];
};

/* Follows the next bytes. Returns how many of them the decoder may have: all, or those before the end of
 * the header of a block that wants more than XZ_DICTIONARY_MAX; then dictionary is set. */
size_t xz_follow(struct xz *xz, const uint8_t *data, size_t size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the blocks of a pcapng file say, each by itself. */
#ifndef TCPWHY_CAPTURE_BLOCK_H
#define TCPWHY_CAPTURE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/capture_file.h"

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in both byte orders */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2,
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_NAMES = 4,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_JOURNAL = 9,
	BLOCK_SECRETS = 10,
	BLOCK_SYSDIG_EVENT = 0x204,
	BLOCK_SYSDIG_EVENT_2 = 0x216,
	BLOCK_CUSTOM = 0xbad,
	BLOCK_CUSTOM_NO_COPY = 0x40000bad,
};

/* What lies between a block's header and its second length. */
struct block_body {
	const uint8_t *data;
	size_t size;
	bool swapped;
};

/* Takes what a block says into file. False when it cannot be so. When it holds a frame, this is put
 * into frame, and *ret_count grows. */
bool block_take(struct capture_file *file, uint32_t type, struct block_body body,
		struct frame *frame, size_t *ret_count);

#endif

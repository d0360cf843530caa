/* SPDX-License-Identifier: BSD-2-Clause */
/* The last bytes of a compressed stream that breaks off, which libarchive keeps to itself. */
#ifndef TCPWHY_CAPTURE_RESCUE_H
#define TCPWHY_CAPTURE_RESCUE_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/capture_unpack.h"

/* To be called after a decoder for the feed gave taken bytes and broke off. Rewinds the feed, which
 * is packed_bytes long, and reads it again, several times.
 * Returns the bytes that follow the taken ones, to be freed by the caller, or NULL when there are
 * none, or too many would have to be decoded again to find them. */
uint8_t *unpack_rescue(const char *compression, const struct unpack_feed *feed,
		       uint64_t packed_bytes, uint64_t taken, size_t *ret_size);

#endif

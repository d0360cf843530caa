/* SPDX-License-Identifier: BSD-2-Clause */
/* One captured frame: what a capture source hands over, before anything in it is understood. */
#ifndef TCPWHY_FRAME_H
#define TCPWHY_FRAME_H

#include <stdint.h>

/* Where the capturing host says the frame went; known for Linux cooked captures and for pcapng with
 * epb_flags, unknown for most. */
enum frame_direction {
	FRAME_DIRECTION_UNKNOWN,
	FRAME_INBOUND,
	FRAME_OUTBOUND,
};

struct frame {
	int64_t ts_ns;	     /* nanoseconds since 1970-01-01 UTC; may step backwards within a file */
	const uint8_t *data; /* caplen bytes, owned by the capture, valid until its next read */
	uint32_t number;     /* from 1 in its own file, counted as Wireshark counts */
	uint32_t caplen;     /* bytes that were captured */
	uint32_t wirelen;    /* bytes that were on the wire; never less than caplen (mended if so) */
	uint16_t linktype;   /* LINKTYPE_ value as in a file header (tcpdump.org/linktypes.html) */
	uint16_t source;     /* which file, as an index for capture_source() */
	uint16_t interface;  /* which interface, as an index for capture_interface() */
	uint8_t direction;   /* enum frame_direction */
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The classic file format, byte by byte. */
#include "tests/pcap_write.h"

#include <stdio.h>

enum {
	SNAPLEN = 262144,
};

static void
put32(FILE *file, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		putc((int)(value >> 8 * i & 0xff), file);
}

static void
put_header(FILE *file, uint16_t linktype)
{
	put32(file, UINT32_C(0xa1b2c3d4));
	put32(file, 2 | 4 << 16);
	put32(file, 0);
	put32(file, 0);
	put32(file, SNAPLEN);
	put32(file, linktype);
}

static void
put_frame(FILE *file, const struct frame *frame)
{
	int64_t us = frame->ts_ns / 1000;
	put32(file, (uint32_t)(us / 1000000));
	put32(file, (uint32_t)(us % 1000000));
	put32(file, frame->caplen);
	put32(file, frame->wirelen);
	fwrite(frame->data, 1, frame->caplen, file);
}

bool
pcap_write(const char *path, uint16_t linktype, const struct frame *frames, size_t count)
{
	FILE *file = fopen(path, "wb");
	if (file == NULL)
		return false;
	put_header(file, linktype);
	for (size_t i = 0; i < count; i++)
		put_frame(file, &frames[i]);
	bool written = !ferror(file);
	return fclose(file) == 0 && written;
}

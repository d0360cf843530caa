/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the frames of a scenario to a pcap file: mkpcap SCENARIO.tw OUT.pcap. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/script.h"

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

int
main(int argc, char **argv)
{
	struct script *script;
	char error[256];
	if (argc != 3) {
		fprintf(stderr, "usage: mkpcap SCENARIO OUT.pcap\n");
		return 1;
	}
	if (script_load(argv[1], &script, error, sizeof error) != 0) {
		fprintf(stderr, "mkpcap: %s\n", error);
		return 2;
	}
	FILE *file = fopen(argv[2], "wb");
	bool written = file != NULL;
	if (written) {
		put_header(file, script->linktype);
		for (size_t i = 0; i < script->frame_count; i++)
			put_frame(file, &script->frames[i]);
		written = !ferror(file);
		written = fclose(file) == 0 && written;
	}
	if (!written)
		fprintf(stderr, "mkpcap: %s: cannot be written\n", argv[2]);
	script_free(script);
	return written ? 0 : 2;
}

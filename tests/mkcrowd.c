/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the frames of a crowd to a pcap file: mkcrowd CROWD.crowd OUT.pcap. */
#include <stdbool.h>
#include <stdio.h>

#include "tests/crowd.h"
#include "tests/pcap_write.h"

int
main(int argc, char **argv)
{
	struct crowd *crowd;
	char error[512];
	if (argc != 3) {
		fprintf(stderr, "usage: mkcrowd CROWD OUT.pcap\n");
		return 1;
	}
	if (crowd_load(argv[1], &crowd, error, sizeof error) != 0) {
		fprintf(stderr, "mkcrowd: %s\n", error);
		return 2;
	}
	bool written = pcap_write(argv[2], crowd->linktype, crowd->frames, crowd->frame_count);
	if (!written)
		fprintf(stderr, "mkcrowd: %s: cannot be written\n", argv[2]);
	crowd_free(crowd);
	return written ? 0 : 2;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the frames of a scenario to a pcap file: mkpcap SCENARIO.tw OUT.pcap. */
#include <stdbool.h>
#include <stdio.h>

#include "tests/pcap_write.h"
#include "tests/script.h"

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
	bool written = pcap_write(argv[2], script->linktype, script->frames, script->frame_count);
	if (!written)
		fprintf(stderr, "mkpcap: %s: cannot be written\n", argv[2]);
	script_free(script);
	return written ? 0 : 2;
}

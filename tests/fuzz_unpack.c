/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzing of compressed captures: any bytes as a file, through the decoders, the search for the last
 * bytes of a stream that breaks off, and the walkers. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dissect/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BATCH = 16, FRAMES_MOST = 10000 /* small files can hold very many */ };

static void
read_all(struct capture *capture)
{
	struct frame frames[BATCH];
	volatile uint8_t sum = 0;
	size_t count;
	size_t all = 0;
	while (all < FRAMES_MOST && (count = capture_read(capture, frames, BATCH)) > 0) {
		for (size_t i = 0; i < count; i++) {
			if (frames[i].caplen > frames[i].wirelen)
				abort();
			for (uint32_t byte = 0; byte < frames[i].caplen; byte++)
				sum = (uint8_t)(sum + frames[i].data[byte]);
		}
		all += count;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	char text[1024];
	struct capture *capture = NULL;
	int fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	const struct capture_options options = {
		.paths = (const char *const[]){ path },
		.path_count = 1,
	};
	if (write(fd, data, size) == (ssize_t)size &&
	    capture_open(&capture, &options, text, sizeof(text)) == CAPTURE_OK) {
		read_all(capture);
		capture_close(capture);
	}
	close(fd);
	return 0;
}

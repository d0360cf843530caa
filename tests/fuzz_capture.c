/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzing of the pcap and pcapng walkers: any bytes, in one piece or in many, the same frames. */
#include <stdlib.h>

#include "dissect/capture_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that a walk gave, as one number, and what became of the source. */
struct walk {
	struct capture_source source;
	uint64_t sum;
	uint64_t count;
};

static void
add(struct walk *walk, uint64_t value)
{
	walk->sum = (walk->sum ^ value) * UINT64_C(0x100000001b3);
}

static void
add_frame(struct walk *walk, const struct frame *frame)
{
	if (frame->caplen > frame->wirelen || frame->ts_ns < 0 || frame->ts_ns > CAPTURE_TIME_MAX)
		abort();
	walk->count++;
	add(walk, (uint64_t)frame->ts_ns);
	add(walk, frame->number);
	add(walk, frame->caplen);
	add(walk, frame->wirelen);
	add(walk, frame->linktype);
	add(walk, frame->interface);
	add(walk, frame->direction);
	for (uint32_t i = 0; i < frame->caplen; i++)
		add(walk, frame->data[i]);
}

static void
read_all(struct walk *walk, const uint8_t *data, size_t size, size_t block_bytes, size_t max)
{
	struct capture_interfaces interfaces = { .count = 0 };
	struct capture_file file;
	struct frame frames[16];
	size_t count;

	*walk = (struct walk){ .source.name = "fuzz" };
	capture_file_open_memory(&file, data, size, block_bytes, &walk->source, &interfaces);
	while (!file.ended) {
		while ((count = capture_file_walk(&file, frames, max)) > 0)
			for (size_t i = 0; i < count; i++)
				add_frame(walk, &frames[i]);
		capture_file_refill(&file);
	}
	add(walk, interfaces.count);
	capture_file_close(&file);
	capture_interfaces_release(&interfaces);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk whole;
	struct walk pieces;

	read_all(&whole, data, size, size + 1, 16);
	read_all(&pieces, data, size, 1 + size % 61, 1 + size % 5);
	if (whole.sum != pieces.sum || whole.count != pieces.count ||
	    whole.source.frames != pieces.source.frames ||
	    whole.source.damage != pieces.source.damage ||
	    whole.source.damages != pieces.source.damages ||
	    whole.source.damage_offset != pieces.source.damage_offset ||
	    whole.source.skipped_bytes != pieces.source.skipped_bytes ||
	    (whole.source.format != CAPTURE_UNKNOWN && whole.source.bytes != size))
		abort();
	return 0;
}

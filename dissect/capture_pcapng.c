/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks of pcapng files (draft-ietf-opsawg-pcapng): any sections, any interfaces. */
#include "dissect/capture_block.h"

enum {
	BLOCK_HEADER_LENGTH = 8,
	BLOCK_LENGTH_MIN = 12,
	/* A longer block may be, but is not waited for when something must be guessed. */
	BLOCK_GUESS_MAX = 1024 * 1024,
};

static const uint32_t byte_order_magic = 0x1a2b3c4d;

bool
pcapng_has_magic(const uint8_t *data, size_t size)
{
	return size >= 4 && size < BLOCK_LENGTH_MIN && capture_get32(data, false) == BLOCK_SECTION;
}

bool
pcapng_is_section(const uint8_t *data, size_t size, bool *ret_swapped)
{
	uint32_t magic;

	if (size < BLOCK_LENGTH_MIN || capture_get32(data, false) != BLOCK_SECTION)
		return false;
	magic = capture_get32(data + BLOCK_HEADER_LENGTH, false);
	if (magic == byte_order_magic) {
		*ret_swapped = false;
		return true;
	}
	*ret_swapped = true;
	return __builtin_bswap32(magic) == byte_order_magic;
}

/* Is there a whole block of consistent length? */
static enum capture_guess
check_block(struct capture_file *file, const uint8_t *data, size_t left, uint32_t *ret_length,
	    bool *ret_swapped)
{
	bool swapped = file->section_swapped;
	uint32_t length;

	file->need = BLOCK_LENGTH_MIN;
	if (left < BLOCK_LENGTH_MIN)
		return GUESS_WAIT;
	if (capture_get32(data, swapped) == BLOCK_SECTION &&
	    !pcapng_is_section(data, left, &swapped))
		return GUESS_NO;
	length = capture_get32(data + 4, swapped);
	if (length < BLOCK_LENGTH_MIN || length % 4 != 0 || length > CAPTURE_BLOCK_MAX)
		return GUESS_NO;
	file->need = length;
	if (left < length)
		return GUESS_WAIT;
	*ret_length = length;
	*ret_swapped = swapped;
	return capture_get32(data + length - 4, swapped) == length ? GUESS_YES : GUESS_NO;
}

static bool
is_frame(uint32_t type)
{
	return type == BLOCK_PACKET || type == BLOCK_PACKET_OLD || type == BLOCK_PACKET_SIMPLE;
}

static bool
is_known(uint32_t type)
{
	switch (type) {
	case BLOCK_SECTION:
	case BLOCK_INTERFACE:
	case BLOCK_PACKET_OLD:
	case BLOCK_PACKET_SIMPLE:
	case BLOCK_NAMES:
	case BLOCK_STATISTICS:
	case BLOCK_PACKET:
	case BLOCK_JOURNAL:
	case BLOCK_SECRETS:
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_NO_COPY:
		return true;
	default:
		return false;
	}
}

enum capture_guess
pcapng_guess(struct capture_file *file, size_t at)
{
	const struct capture_input *input = &file->input;
	const uint8_t *data = input->data - input->keep + at;
	size_t left = input->keep + input->size - at;
	enum capture_guess guess;
	uint32_t length;
	bool swapped;

	if (left >= BLOCK_LENGTH_MIN && !is_known(capture_get32(data, file->section_swapped)))
		return GUESS_NO;
	guess = check_block(file, data, left, &length, &swapped);
	if (file->need > BLOCK_GUESS_MAX)
		return GUESS_NO;
	if (guess != GUESS_WAIT)
		return guess;
	if (input->end != INPUT_GOES_ON)
		return GUESS_NO;
	file->need += at - input->keep;
	return GUESS_WAIT;
}

/* There is no whole block: it is not all there yet, or never will be, or this is no block. */
static void
meet_end(struct capture_file *file, enum capture_guess guess)
{
	const struct capture_input *input = &file->input;

	if (guess == GUESS_NO && pcap_has_magic(input->data, input->size) &&
	    input->size < PCAP_HEADER_LENGTH && input->end == INPUT_GOES_ON) {
		file->need = PCAP_HEADER_LENGTH;
		return;
	}
	if (guess == GUESS_WAIT && input->end == INPUT_GOES_ON)
		return;
	file->need = 0;
	if (guess == GUESS_YES)
		return;
	if (guess == GUESS_NO) {
		if (!capture_file_join(file))
			capture_file_scan(file, false);
	} else if (input->size < BLOCK_LENGTH_MIN) {
		capture_file_finish(file);
	} else {
		capture_file_scan(file, true);
	}
}

size_t
pcapng_walk(struct capture_file *file, struct frame *frames, size_t max)
{
	struct capture_input *input = &file->input;
	enum capture_guess guess;
	struct block_body body;
	uint32_t length = 0;
	size_t count = 0;
	uint32_t type;

	for (;;) {
		guess = check_block(file, input->data, input->size, &length, &body.swapped);
		if (guess != GUESS_YES)
			break;
		type = capture_get32(input->data, body.swapped);
		if (count == max && is_frame(type) && file->section_count > 0)
			break;
		file->section_swapped = body.swapped;
		body.data = input->data + BLOCK_HEADER_LENGTH;
		body.size = length - BLOCK_LENGTH_MIN;
		if (!block_take(file, type, body, frames ? &frames[count] : NULL, &count)) {
			capture_file_damage(file, CAPTURE_GARBAGE, input->offset);
			file->source->skipped_bytes += length;
		}
		capture_input_skip(input, (ptrdiff_t)length);
	}
	/* Frames first; what stands in the way behind them is met again by the next call. */
	if (count == 0)
		meet_end(file, guess);
	else
		file->need = 0;
	return count;
}

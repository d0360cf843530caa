/* SPDX-License-Identifier: BSD-2-Clause */
/* One capture file as a sequence of frames: what it is, and how to go on behind damage. */
#include "dissect/capture_file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	INTERFACES_MAX = 65535, /* so that an index fits struct frame */
};

int
capture_interfaces_add(struct capture_interfaces *interfaces,
		       const struct capture_interface *interface, const char *name,
		       size_t name_length)
{
	struct capture_interface *item;
	size_t length = name ? strnlen(name, name_length) : 0;
	char *copy;

	if (interfaces->count == INTERFACES_MAX)
		return -1;
	/* Pages of it are touched, and so used, only as interfaces come. */
	if (!interfaces->items)
		interfaces->items = calloc(INTERFACES_MAX, sizeof(item));
	if (!interfaces->items)
		return -1;
	/* The name lies behind its interface: one piece to free. */
	item = malloc(sizeof(*item) + length + 1);
	if (!item)
		return -1;
	*item = *interface;
	item->name = NULL;
	if (name) {
		copy = (char *)(item + 1);
		memcpy(copy, name, length);
		copy[length] = '\0';
		item->name = copy;
	}
	interfaces->items[interfaces->count] = item;
	return (int)interfaces->count++;
}

void
capture_interfaces_cut(struct capture_interfaces *interfaces, size_t count)
{
	while (interfaces->count > count)
		free(interfaces->items[--interfaces->count]);
}

void
capture_interfaces_release(struct capture_interfaces *interfaces)
{
	capture_interfaces_cut(interfaces, 0);
	free(interfaces->items);
	*interfaces = (struct capture_interfaces){ .count = 0 };
}

void
capture_file_damage(struct capture_file *file, enum capture_damage damage, uint64_t offset)
{
	struct capture_source *source = file->source;

	if (source->damages++ == 0)
		source->damage_offset = offset;
	if (damage > source->damage)
		source->damage = damage;
}

void
capture_file_finish(struct capture_file *file)
{
	struct capture_input *input = &file->input;
	struct capture_source *source = file->source;

	switch (input->end) {
	case INPUT_GOES_ON:
	case INPUT_STOPPED:
		break;
	case INPUT_COMPLETE:
		if (input->size > 0)
			capture_file_damage(file, CAPTURE_TRUNCATED, input->offset);
		break;
	case INPUT_CUT:
		capture_file_damage(file, CAPTURE_TRUNCATED, input->offset);
		break;
	case INPUT_FAILED:
		capture_file_damage(file, CAPTURE_READ_ERROR, input->offset);
		source->errno_value = input->errno_value;
		snprintf(source->text, sizeof(source->text), "%s", input->text);
		break;
	}
	input->keep = 0;
	capture_input_skip(input, (ptrdiff_t)input->size);
	source->bytes = input->offset;
	file->ended = true;
}

void
capture_file_scan(struct capture_file *file, bool tail)
{
	file->scanning = true;
	file->scan_tail = tail;
	file->scan_offset = file->input.offset;
	file->scan_at = file->input.keep > 0 ? 0 : 1;
}

/* A header of either format, or else a record of the format at hand. */
static enum capture_guess
guess(struct capture_file *file)
{
	const struct capture_input *input = &file->input;
	const uint8_t *data = input->data - input->keep + file->scan_at;
	size_t left = input->keep + input->size - file->scan_at;
	enum capture_guess guess = pcap_guess_header(file, file->scan_at);
	bool swapped;

	if (guess != GUESS_NO)
		return guess;
	if (file->format == CAPTURE_PCAPNG || pcapng_is_section(data, left, &swapped))
		return pcapng_guess(file, file->scan_at);
	return pcap_guess(file, file->scan_at);
}

/* Lets go what lies before scan_at, for the window not to grow with the damage. */
static void
let_go(struct capture_file *file)
{
	struct capture_input *input = &file->input;
	size_t step;

	if (file->scan_at <= input->keep)
		return;
	step = file->scan_at - input->keep;
	if (step > input->size)
		step = input->size;
	input->keep = 0;
	capture_input_skip(input, (ptrdiff_t)step);
	file->scan_at = 0;
	file->need = file->need > step ? file->need - step : 1;
}

/* Nothing that could be read comes any more. */
static void
give_up(struct capture_file *file)
{
	struct capture_input *input = &file->input;
	uint64_t left = input->offset + input->size - file->scan_offset;

	file->scanning = false;
	file->need = 0;
	if (file->scan_tail && input->end == INPUT_COMPLETE)
		capture_file_damage(file, CAPTURE_TRUNCATED, file->scan_offset);
	if (!file->scan_tail) {
		capture_file_damage(file, CAPTURE_GARBAGE, file->scan_offset);
		file->source->skipped_bytes += left;
	}
	capture_input_skip(input, (ptrdiff_t)input->size);
	capture_file_finish(file);
}

/* Looks for the next record, as far as it can be seen. */
static void
scan(struct capture_file *file)
{
	struct capture_input *input = &file->input;
	ptrdiff_t step;

	while (file->scan_at < input->keep + input->size) {
		switch (guess(file)) {
		case GUESS_WAIT:
			let_go(file);
			return;
		case GUESS_YES:
			step = (ptrdiff_t)file->scan_at - (ptrdiff_t)input->keep;
			input->keep = 0;
			capture_input_skip(input, step);
			file->scanning = false;
			file->need = 0;
			capture_file_damage(file, CAPTURE_GARBAGE, file->scan_offset);
			if (input->offset > file->scan_offset)
				file->source->skipped_bytes += input->offset - file->scan_offset;
			return;
		case GUESS_NO:
			file->scan_at++;
			break;
		}
	}
	if (input->end != INPUT_GOES_ON) {
		give_up(file);
		return;
	}
	file->need = input->size + 1;
	let_go(file);
}

bool
capture_file_join(struct capture_file *file)
{
	struct capture_input *input = &file->input;
	struct pcap_form form;
	bool swapped;

	if (pcap_parse_header(input->data, input->size, &form) && form.known_version) {
		capture_file_damage(file, CAPTURE_JOINED, input->offset);
		pcap_start(file, &form);
		capture_input_skip(input, PCAP_HEADER_LENGTH);
		return true;
	}
	/* To pcapng another section is no news. */
	if (file->format == CAPTURE_PCAP && pcapng_is_section(input->data, input->size, &swapped)) {
		capture_file_damage(file, CAPTURE_JOINED, input->offset);
		file->format = CAPTURE_PCAPNG;
		return true;
	}
	return false;
}

size_t
capture_file_walk(struct capture_file *file, struct frame *frames, size_t max)
{
	size_t count = 0;

	if (file->ended)
		return 0;
	do {
		file->need = 0;
		if (file->scanning)
			scan(file);
		else if (file->format == CAPTURE_PCAP)
			count = pcap_walk(file, frames, max);
		else
			count = pcapng_walk(file, frames, max);
	} while (count == 0 && max > 0 && file->need == 0 && !file->ended);
	assert(file->need == 0 || file->ended || file->input.end == INPUT_GOES_ON);
	file->source->frames = file->number;
	file->source->bytes = file->input.offset;
	return count;
}

void
capture_file_refill(struct capture_file *file)
{
	if (!file->ended)
		capture_input_want(&file->input, file->need > 0 ? file->need : 1);
}

/* What is it, by its first bytes? */
static void
identify(struct capture_file *file)
{
	struct capture_input *input = &file->input;
	struct capture_source *source = file->source;
	struct pcap_form form;
	bool swapped;

	capture_input_want(input, PCAP_HEADER_LENGTH);
	source->compression = input->compression;
	if (pcapng_is_section(input->data, input->size, &swapped)) {
		file->format = CAPTURE_PCAPNG;
	} else if (pcap_parse_header(input->data, input->size, &form)) {
		pcap_start(file, &form);
		capture_input_skip(input, PCAP_HEADER_LENGTH);
	} else if (pcap_has_magic(input->data, input->size)) {
		file->format = CAPTURE_PCAP;
		capture_file_finish(file);
	} else if (pcapng_has_magic(input->data, input->size)) {
		file->format = CAPTURE_PCAPNG;
		capture_file_finish(file);
	} else if (input->end == INPUT_COMPLETE || input->size >= PCAP_HEADER_LENGTH) {
		capture_file_damage(file, input->size ? CAPTURE_NOT_CAPTURE : CAPTURE_EMPTY, 0);
		file->ended = true;
	} else {
		capture_file_finish(file);
	}
	source->format = file->format;
}

int
capture_file_open(struct capture_file *file, const char *path,
		  const struct capture_input_options *options, struct capture_source *source,
		  uint16_t source_index, struct capture_interfaces *interfaces)
{
	int errno_value;

	*file = (struct capture_file){ .source = source,
				       .source_index = source_index,
				       .interfaces = interfaces };
	errno_value = capture_input_open(&file->input, path, options);
	if (errno_value == 0)
		identify(file);
	return errno_value;
}

void
capture_file_open_memory(struct capture_file *file, const uint8_t *data, size_t size,
			 size_t block_bytes, struct capture_source *source,
			 struct capture_interfaces *interfaces)
{
	*file = (struct capture_file){ .source = source, .interfaces = interfaces };
	capture_input_open_memory(&file->input, data, size, block_bytes);
	identify(file);
}

void
capture_file_close(struct capture_file *file)
{
	capture_input_close(&file->input);
	free(file->section);
	file->section = NULL;
	file->ended = true;
}

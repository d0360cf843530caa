/* SPDX-License-Identifier: BSD-2-Clause */
/* What the blocks of a pcapng file say, each by itself (draft-ietf-opsawg-pcapng 4). */
#include "dissect/capture_block.h"

#include <stdlib.h>

enum {
	OPTION_END = 0,
	OPTION_FLAGS = 2,	    /* epb_flags, pack_flags */
	OPTION_NAME = 2,	    /* if_name */
	OPTION_RESOLUTION = 9,	    /* if_tsresol */
	OPTION_OFFSET = 14,	    /* if_tsoffset */
	OPTION_INTERFACE_DROPS = 5, /* isb_ifdrop */
	OPTION_KERNEL_DROPS = 7,    /* isb_osdrop */
};

enum {
	SECTION_BODY_MIN = 16,
	SECTION_INTERFACES_MAX = 65535,
};

/* The value of the next option in a list, NULL at its end. */
static const uint8_t *
next_option(struct block_body *options, uint16_t *ret_code, uint16_t *ret_length)
{
	const uint8_t *value;
	size_t padded;

	if (options->size < 4)
		return NULL;
	value = options->data + 4;
	*ret_code = capture_get16(options->data, options->swapped);
	*ret_length = capture_get16(options->data + 2, options->swapped);
	padded = 4 + (*ret_length + 3U) / 4 * 4;
	if (*ret_code == OPTION_END || padded > options->size)
		return NULL;
	options->data += padded;
	options->size -= padded;
	return value;
}

static bool
start_section(struct capture_file *file, struct block_body body)
{
	if (body.size < SECTION_BODY_MIN)
		return false;
	file->section_count = 0;
	return true;
}

static struct pcapng_interface *
grow_section(struct capture_file *file)
{
	struct pcapng_interface *section = file->section;
	size_t room = file->section_room ? 2 * file->section_room : 4;

	if (file->section_count >= SECTION_INTERFACES_MAX)
		return NULL;
	if (file->section_count == file->section_room) {
		section = realloc(section, room * sizeof(*section));
		if (!section)
			return NULL;
		file->section = section;
		file->section_room = room;
	}
	return &section[file->section_count];
}

static bool
add_interface(struct capture_file *file, struct block_body body)
{
	struct pcapng_interface *interface = grow_section(file);
	struct capture_interface public = { .source = file->source_index };
	const uint8_t *name = NULL;
	const uint8_t *value;
	uint16_t name_length = 0;
	uint16_t code;
	uint16_t length;
	int index;

	if (body.size < 8 || !interface)
		return false;
	public.linktype = capture_get16(body.data, body.swapped);
	public.snaplen = capture_get32(body.data + 4, body.swapped);
	*interface = (struct pcapng_interface){ .linktype = public.linktype,
						.snaplen = public.snaplen,
						.clock = capture_clock_default };
	body.data += 8;
	body.size -= 8;
	while ((value = next_option(&body, &code, &length))) {
		if (code == OPTION_NAME) {
			name = value;
			name_length = length;
		} else if (code == OPTION_RESOLUTION && length >= 1) {
			capture_clock_set_resolution(&interface->clock, value[0]);
		} else if (code == OPTION_OFFSET && length >= 8) {
			capture_clock_set_offset(&interface->clock,
						 (int64_t)capture_get64(value, body.swapped));
		}
	}
	index = capture_interfaces_add(file->interfaces, &public, (const char *)name, name_length);
	if (index < 0)
		return false;
	interface->index = (uint16_t)index;
	file->section_count++;
	if (!file->has_linktype)
		file->source->first_linktype = public.linktype;
	file->has_linktype = true;
	return true;
}

/* The counters run from the start of the capture: the last ones hold. */
static bool
take_statistics(struct capture_file *file, struct block_body body)
{
	struct capture_source *source = file->source;
	struct pcapng_interface *interface;
	const uint8_t *value;
	uint64_t drops;
	uint16_t code;
	uint16_t length;

	if (body.size < 12 || capture_get32(body.data, body.swapped) >= file->section_count)
		return false;
	interface = &file->section[capture_get32(body.data, body.swapped)];
	body.data += 12;
	body.size -= 12;
	while ((value = next_option(&body, &code, &length))) {
		if (length < 8 || (code != OPTION_INTERFACE_DROPS && code != OPTION_KERNEL_DROPS))
			continue;
		drops = capture_get64(value, body.swapped);
		if (code == OPTION_KERNEL_DROPS) {
			source->kernel_drops += drops - interface->kernel_drops;
			interface->kernel_drops = drops;
		} else {
			source->interface_drops += drops - interface->interface_drops;
			interface->interface_drops = drops;
		}
	}
	return true;
}

static enum frame_direction
find_direction(struct block_body options)
{
	const uint8_t *value;
	uint16_t code;
	uint16_t length;

	while ((value = next_option(&options, &code, &length))) {
		if (code != OPTION_FLAGS || length < 4)
			continue;
		switch (capture_get32(value, options.swapped) & 3) {
		case 1:
			return FRAME_INBOUND;
		case 2:
			return FRAME_OUTBOUND;
		default:
			return FRAME_DIRECTION_UNKNOWN;
		}
	}
	return FRAME_DIRECTION_UNKNOWN;
}

static void
fill_frame(struct capture_file *file, const struct pcapng_interface *interface, int64_t ts_ns,
	   struct frame *frame)
{
	file->last_ns = ts_ns;
	frame->ts_ns = ts_ns;
	frame->number = ++file->number;
	frame->linktype = interface->linktype;
	frame->interface = interface->index;
	frame->source = file->source_index;
	if (frame->wirelen < frame->caplen)
		frame->wirelen = frame->caplen;
}

/* Both kinds of packet block are the same but for where the interface stands. */
static bool
take_packet(struct capture_file *file, struct block_body body, bool old, struct frame *frame)
{
	const struct pcapng_interface *interface;
	uint64_t ticks;
	uint32_t id;
	size_t padded;

	if (body.size < 20 || file->section_count == 0)
		return false;
	id = old ? capture_get16(body.data, body.swapped) : capture_get32(body.data, body.swapped);
	ticks = (uint64_t)capture_get32(body.data + 4, body.swapped) << 32 |
		capture_get32(body.data + 8, body.swapped);
	*frame = (struct frame){
		.data = body.data + 20,
		.caplen = capture_get32(body.data + 12, body.swapped),
		.wirelen = capture_get32(body.data + 16, body.swapped),
	};
	body.data += 20;
	body.size -= 20;
	if (id >= file->section_count || frame->caplen > body.size)
		return false;
	padded = ((size_t)frame->caplen + 3) / 4 * 4;
	if (padded + 4 <= body.size) {
		body.data += padded;
		body.size -= padded;
		frame->direction = (uint8_t)find_direction(body);
	}
	interface = &file->section[id];
	fill_frame(file, interface, capture_clock_ns(&interface->clock, ticks), frame);
	return true;
}

/* Without a time, it is taken to be as old as the one before. */
static bool
take_simple_packet(struct capture_file *file, struct block_body body, struct frame *frame)
{
	const struct pcapng_interface *interface = file->section;
	uint32_t limit;

	if (body.size < 4 || file->section_count == 0)
		return false;
	*frame = (struct frame){
		.data = body.data + 4,
		.wirelen = capture_get32(body.data, body.swapped),
	};
	limit = interface->snaplen > 0 ? interface->snaplen : UINT32_MAX;
	frame->caplen = frame->wirelen < limit ? frame->wirelen : limit;
	/* The block holds less than that only when something else cut the frame. */
	if (frame->caplen > body.size - 4)
		frame->caplen = (uint32_t)(body.size - 4);
	fill_frame(file, interface, file->last_ns, frame);
	return true;
}

bool
block_take(struct capture_file *file, uint32_t type, struct block_body body, struct frame *frame,
	   size_t *ret_count)
{
	bool good;

	switch (type) {
	case BLOCK_SECTION:
		return start_section(file, body);
	case BLOCK_INTERFACE:
		return add_interface(file, body);
	case BLOCK_STATISTICS:
		return take_statistics(file, body);
	case BLOCK_PACKET:
	case BLOCK_PACKET_OLD:
		good = take_packet(file, body, type == BLOCK_PACKET_OLD, frame);
		break;
	case BLOCK_PACKET_SIMPLE:
		good = take_simple_packet(file, body, frame);
		break;
	case BLOCK_JOURNAL:
	case BLOCK_SYSDIG_EVENT:
	case BLOCK_SYSDIG_EVENT_2:
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_NO_COPY:
		/* Nothing to us, but Wireshark shows them as frames. */
		file->number++;
		return true;
	default:
		return true;
	}
	*ret_count += good;
	return good;
}

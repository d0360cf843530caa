/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks are put together in a buffer that begins with a block and holds whole ones only. */
#include "ui/pcapng_write.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sections 4.1 to 4.6 of the draft. */
enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,	   /* in any block */
	OPTION_NAME = 2,	   /* if_name */
	OPTION_FLAGS = 2,	   /* epb_flags */
	OPTION_APPLICATION = 4,	   /* shb_userappl */
	OPTION_INTERFACE_DROP = 5, /* isb_ifdrop */
	OPTION_KERNEL_DROP = 7,	   /* isb_osdrop */
	OPTION_RESOLUTION = 9,	   /* if_tsresol */
};

enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	NANOSECONDS = 9, /* if_tsresol: powers of ten */
	NAME_MAX_BYTES = 255,
	COMMENT_SIZE = 24,
	DIRECTION_INBOUND = 1, /* epb_flags, bits 0 and 1 */
	DIRECTION_OUTBOUND = 2,
	PACKET_OVERHEAD = 80,	  /* of a packet block with both options, at most */
	INTERFACE_OVERHEAD = 320, /* an interface block and its statistics, at most */
};

struct pcapng_writer *
pcapng_new(const struct capture *capture)
{
	struct pcapng_writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL)
		return NULL;
	writer->capture = capture;
	writer->fd = -1;
	return writer;
}

void
pcapng_free(struct pcapng_writer *writer)
{
	free(writer);
}

static void
put_bytes(struct pcapng_writer *writer, const void *bytes, size_t length)
{
	static const uint8_t padding[4];
	size_t pad = -length & 3;
	memcpy(writer->buffer + writer->used, bytes, length);
	memcpy(writer->buffer + writer->used + length, padding, pad);
	writer->used += length + pad;
}

static void
put32(struct pcapng_writer *writer, uint32_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

/* Times are two halves, the upper one first, in either byte order. */
static void
put_time(struct pcapng_writer *writer, int64_t ts_ns)
{
	uint64_t time = ts_ns > 0 ? (uint64_t)ts_ns : 0;
	put32(writer, (uint32_t)(time >> 32));
	put32(writer, (uint32_t)time);
}

static void
put_option(struct pcapng_writer *writer, enum option option, const void *value, size_t length)
{
	uint16_t head[2] = { (uint16_t)option, (uint16_t)length };
	put_bytes(writer, head, sizeof(head));
	put_bytes(writer, value, length);
}

/* Returns where the block begins. */
static size_t
open_block(struct pcapng_writer *writer, enum block_type type)
{
	size_t start = writer->used;
	put32(writer, type);
	put32(writer, 0); /* the length follows */
	return start;
}

static void
close_block(struct pcapng_writer *writer, size_t start)
{
	uint32_t length = (uint32_t)(writer->used - start) + 4;
	put32(writer, length);
	memcpy(writer->buffer + start + 4, &length, sizeof(length));
}

/* How many of the buffer's first bytes are whole blocks. */
static size_t
whole_blocks(const struct pcapng_writer *writer, size_t bytes)
{
	size_t whole = 0;
	while (whole + 8 <= bytes) {
		uint32_t length;
		memcpy(&length, writer->buffer + whole + 4, sizeof(length));
		if (length > bytes - whole)
			break;
		whole += length;
	}
	return whole;
}

/* Leaves a file that every reader likes: what was written of the block in hand is taken back. A pipe
 * cannot do that, and its reader has noticed. */
static void
cut_behind_whole(struct pcapng_writer *writer, size_t done)
{
	writer->written += whole_blocks(writer, done);
	if (writer->plain && ftruncate(writer->fd, (off_t)writer->written) != 0)
		return; /* the first error tells more */
}

int
pcapng_flush(struct pcapng_writer *writer)
{
	size_t done = 0;
	while (done < writer->used && writer->error == 0) {
		ssize_t step = write(writer->fd, writer->buffer + done, writer->used - done);
		if (step >= 0) {
			done += (size_t)step;
		} else if (errno == EAGAIN) { /* somebody made the pipe non-blocking */
			struct pollfd writable = { .fd = writer->fd, .events = POLLOUT };
			poll(&writable, 1, -1);
		} else if (errno != EINTR) {
			writer->error = errno;
		}
	}
	if (writer->error == 0)
		writer->written += done;
	else if (writer->used > 0)
		cut_behind_whole(writer, done);
	writer->used = 0;
	return writer->error;
}

static void
put_section(struct pcapng_writer *writer)
{
	static const char application[] = "tcpwhy " PACKAGE_VERSION;
	static const uint16_t version[2] = { 1, 0 };
	static const int64_t unknown_length = -1;
	size_t start = open_block(writer, BLOCK_SECTION);
	put32(writer, BYTE_ORDER_MAGIC);
	put_bytes(writer, version, sizeof(version));
	put_bytes(writer, &unknown_length, sizeof(unknown_length));
	put_option(writer, OPTION_APPLICATION, application, sizeof(application) - 1);
	put_option(writer, OPTION_END, "", 0);
	close_block(writer, start);
}

void
pcapng_begin(struct pcapng_writer *writer, int fd, bool plain, uint64_t before)
{
	memset(writer->ids, 0, writer->interface_end * sizeof(writer->ids[0]));
	writer->interface_end = 0;
	writer->id_count = 0;
	writer->fd = fd;
	writer->plain = plain;
	writer->error = 0;
	writer->written = before;
	writer->used = 0;
	writer->frames = 0;
	writer->last_ns = 0;
	put_section(writer);
}

static const struct capture_interface *
known_interface(const struct pcapng_writer *writer, uint16_t interface)
{
	if (writer->capture == NULL || interface >= capture_interface_count(writer->capture))
		return NULL;
	return capture_interface(writer->capture, interface);
}

static void
put_interface(struct pcapng_writer *writer, const struct capture_interface *known,
	      uint16_t linktype)
{
	static const uint8_t resolution = NANOSECONDS;
	const uint16_t link[2] = { linktype, 0 };
	const char *name = known != NULL ? known->name : NULL;
	size_t start = open_block(writer, BLOCK_INTERFACE);
	put_bytes(writer, link, sizeof(link));
	put32(writer, known != NULL ? known->snaplen : 0);
	if (name != NULL)
		put_option(writer, OPTION_NAME, name, strnlen(name, NAME_MAX_BYTES));
	put_option(writer, OPTION_RESOLUTION, &resolution, sizeof(resolution));
	put_option(writer, OPTION_END, "", 0);
	close_block(writer, start);
}

/* The number of the frame's interface in the file. */
static uint32_t
interface_id(struct pcapng_writer *writer, const struct frame *frame)
{
	struct pcapng_id *id = &writer->ids[frame->interface];
	if (id->id == 0 || id->linktype != frame->linktype) {
		put_interface(writer, known_interface(writer, frame->interface), frame->linktype);
		*id = (struct pcapng_id){ ++writer->id_count, frame->linktype };
		if (writer->interface_end <= frame->interface)
			writer->interface_end = frame->interface + 1U;
	}
	return id->id - 1U;
}

uint64_t
pcapng_size_with(const struct pcapng_writer *writer, const struct frame *frame)
{
	return writer->written + writer->used + frame->caplen + PACKET_OVERHEAD +
	       (writer->id_count + 1U) * (uint64_t)INTERFACE_OVERHEAD;
}

void
pcapng_frame(struct pcapng_writer *writer, const struct frame *frame)
{
	char comment[COMMENT_SIZE];
	assert(frame->caplen <= PCAPNG_FRAME_MAX);
	if (writer->error != 0)
		return;
	int comment_length =
		snprintf(comment, sizeof(comment), "frame %u", (unsigned)frame->number);
	uint32_t id = interface_id(writer, frame);
	size_t start = open_block(writer, BLOCK_PACKET);
	put32(writer, id);
	put_time(writer, frame->ts_ns);
	put32(writer, frame->caplen);
	put32(writer, frame->wirelen);
	put_bytes(writer, frame->data, frame->caplen);
	if (frame->direction != FRAME_DIRECTION_UNKNOWN) {
		uint32_t flags =
			frame->direction == FRAME_INBOUND ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
		put_option(writer, OPTION_FLAGS, &flags, sizeof(flags));
	}
	put_option(writer, OPTION_COMMENT, comment, (size_t)comment_length);
	put_option(writer, OPTION_END, "", 0);
	close_block(writer, start);
	writer->frames++;
	writer->last_ns = frame->ts_ns;
	if (writer->used >= PCAPNG_FLUSH_BYTES)
		pcapng_flush(writer);
}

/* What our own ring had no room for is lost to the reader of the file as what the kernel dropped. */
static void
put_statistics(struct pcapng_writer *writer, uint32_t id, const struct capture_source *source)
{
	const uint64_t drops = source->kernel_drops + source->ring_drops;
	size_t start = open_block(writer, BLOCK_STATISTICS);
	put32(writer, id);
	put_time(writer, writer->last_ns);
	put_option(writer, OPTION_INTERFACE_DROP, &source->interface_drops,
		   sizeof(source->interface_drops));
	put_option(writer, OPTION_KERNEL_DROP, &drops, sizeof(drops));
	put_option(writer, OPTION_END, "", 0);
	close_block(writer, start);
}

int
pcapng_end(struct pcapng_writer *writer)
{
	/* A source's drops are told once, though it may have several interfaces. */
	uint8_t told[(UINT16_MAX + 1) / 8] = { 0 };
	for (uint32_t i = 0; i < writer->interface_end && writer->error == 0; i++) {
		const struct capture_interface *known = known_interface(writer, (uint16_t)i);
		if (writer->ids[i].id == 0 || known == NULL ||
		    (told[known->source / 8] >> known->source % 8 & 1) != 0)
			continue;
		told[known->source / 8] |= (uint8_t)(1U << known->source % 8);
		put_statistics(writer, writer->ids[i].id - 1U,
			       capture_source(writer->capture, known->source));
		if (writer->used >= PCAPNG_FLUSH_BYTES)
			pcapng_flush(writer);
	}
	return pcapng_flush(writer);
}

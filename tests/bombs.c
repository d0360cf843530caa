/* SPDX-License-Identifier: BSD-2-Clause */
/* Small files that are meant to cost much: nesting, endless headers, floods of fragments, blocks and
 * options, compressed nothing, and times that leap. Each is read within bounds of time and memory.
 *
 * bombs.t [NAME]: only that one. */
#include <archive.h>
#include <archive_entry.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/trial.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SLOWER = 8, IS_MEASURED = 0 };
#else
enum { SLOWER = 1, IS_MEASURED = 1 };
#endif

enum {
	CPU_MOST_MS = 3000 * SLOWER, /* many times what it takes: other programs run besides */
	AT_ONCE_MS = 300 * SLOWER,   /* less than unpacking all of it would take */
	PEAK_MOST_KB = 200 * 1024,
	PACKED_PEAK_MOST_KB = 48 * 1024, /* what comes of a file is never held */
	PACKED_ROOM = 1 << 21,
	MIB = 1 << 20,
	GOOD = 1 << 0 | 1 << 2,
	FRAME_MOST = 65535,
	ETHERNET = 14,
};

/* --- bytes */

struct bytes {
	unsigned char *data;
	size_t size, room;
};

static void
put(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->room) {
		bytes->room = 2 * (bytes->size + size);
		bytes->data = realloc(bytes->data, bytes->room);
		if (bytes->data == NULL)
			abort();
	}
	if (size > 0)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static void
put8(struct bytes *bytes, unsigned value)
{
	put(bytes, &(unsigned char){ (unsigned char)value }, 1);
}

static void
put16(struct bytes *bytes, unsigned value)
{
	put8(bytes, value >> 8 & 0xff);
	put8(bytes, value & 0xff);
}

static void
put32(struct bytes *bytes, uint32_t value)
{
	put16(bytes, value >> 16);
	put16(bytes, value & 0xffff);
}

/* Files are written in the order of a little-endian machine. */
static void
file32(struct bytes *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		put8(bytes, value >> 8 * i & 0xff);
}

static void
fill(struct bytes *bytes, unsigned value, size_t size)
{
	while (size-- > 0)
		put8(bytes, value);
}

static void
pcap_header(struct bytes *file)
{
	file32(file, 0xa1b2c3d4);
	file32(file, 4 << 16 | 2);
	file32(file, 0);
	file32(file, 0);
	file32(file, 1 << 18);
	file32(file, 1);
}

static void
pcap_record(struct bytes *file, uint32_t seconds, const struct bytes *frame)
{
	file32(file, seconds);
	file32(file, 0);
	file32(file, (uint32_t)frame->size);
	file32(file, (uint32_t)frame->size);
	put(file, frame->data, frame->size);
}

static void
ethernet(struct bytes *frame, unsigned type)
{
	frame->size = 0;
	fill(frame, 2, ETHERNET - 2);
	put16(frame, type);
}

static void
ip4(struct bytes *frame, size_t length, unsigned id, unsigned fragment, unsigned protocol,
    uint32_t source)
{
	put16(frame, 0x4500);
	put16(frame, (unsigned)length);
	put16(frame, id);
	put16(frame, fragment);
	put16(frame, 64 << 8 | protocol);
	put16(frame, 0);
	put32(frame, source);
	put32(frame, 0x0a000001);
}

/* flags as they stand in the header. */
static void
tcp(struct bytes *frame, unsigned port, uint32_t seq, uint32_t ack, unsigned flags)
{
	put16(frame, port);
	put16(frame, 443);
	put32(frame, seq);
	put32(frame, ack);
	put16(frame, 5 << 12 | flags);
	put16(frame, 1000);
	put32(frame, 0);
}

static void
tcp_frame(struct bytes *frame, uint32_t source, unsigned port, uint32_t seq, unsigned flags)
{
	ethernet(frame, 0x0800);
	ip4(frame, 40, seq & 0xffff, 0, 6, source);
	tcp(frame, port, seq, 1, flags);
}

/* --- bombs */

static void
nested_tags(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 50; i++) {
		ethernet(frame, 0x8100);
		while (frame->size < FRAME_MOST - 4) {
			put16(frame, 1);
			put16(frame, 0x8100);
		}
		pcap_record(file, i, frame);
	}
}

static void
nested_labels(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 50; i++) {
		ethernet(frame, 0x8847);
		while (frame->size < FRAME_MOST - 4)
			put32(frame, 0x00001040); /* never the bottom of the stack */
		pcap_record(file, i, frame);
	}
}

static void
nested_ip(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 50; i++) {
		ethernet(frame, 0x0800);
		while (frame->size < FRAME_MOST - 20)
			ip4(frame, FRAME_MOST - frame->size, 1, 0, 4, 0x0a000002);
		pcap_record(file, i, frame);
	}
}

static void
endless_extensions(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 50; i++) {
		ethernet(frame, 0x86dd);
		put32(frame, 0x60000000);
		put16(frame, FRAME_MOST - ETHERNET - 40);
		put16(frame, 60 << 8 | 64);
		fill(frame, 0xfe, 32);
		while (frame->size < FRAME_MOST - 8) { /* destination options, each 8 bytes */
			put16(frame, 60 << 8);
			put16(frame, 0x0104);
			put32(frame, 0);
		}
		pcap_record(file, i, frame);
	}
}

static void
fragment_flood(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 100000; i++) {
		ethernet(frame, 0x0800);
		ip4(frame, 28, i & 0xffff, 0x2000 | (i % 7 * 1000), 6, 0x0a010000 + i / 7);
		put32(frame, i);
		put32(frame, i);
		pcap_record(file, i / 10000, frame);
	}
}

static void
overlapping_fragments(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 100000; i++) {
		ethernet(frame, 0x0800);
		ip4(frame, 36, 7, 0x2000 | (i * 2654435761U % 8000), 6, 0x0a010001);
		fill(frame, i & 0xff, 16);
		pcap_record(file, 1, frame);
	}
}

static void
section(struct bytes *file)
{
	file32(file, 0x0a0d0d0a);
	file32(file, 28);
	file32(file, 0x1a2b3c4d);
	file32(file, 1);
	file32(file, UINT32_MAX);
	file32(file, UINT32_MAX);
	file32(file, 28);
}

static void
interface(struct bytes *file, unsigned linktype)
{
	file32(file, 1);
	file32(file, 20);
	file32(file, linktype);
	file32(file, 0);
	file32(file, 20);
}

static void
sections(struct bytes *file, struct bytes *frame)
{
	(void)frame;
	for (unsigned i = 0; i < 200000; i++)
		section(file);
}

static void
enhanced(struct bytes *file, unsigned number, const struct bytes *frame)
{
	uint32_t length = (uint32_t)(32 + (frame->size + 3) / 4 * 4);
	file32(file, 6);
	file32(file, length);
	file32(file, number);
	file32(file, 0);
	file32(file, number);
	file32(file, (uint32_t)frame->size);
	file32(file, (uint32_t)frame->size);
	put(file, frame->data, frame->size);
	fill(file, 0, (0 - frame->size) & 3);
	file32(file, length);
}

/* Each of another link type: a filter has to be compiled for it, or found among those that were. */
static void
interfaces(struct bytes *file, struct bytes *frame)
{
	enum { COUNT = 60000 };
	section(file);
	for (unsigned i = 0; i < COUNT; i++)
		interface(file, i);
	tcp_frame(frame, 0x0a000002, 1000, 1, 2);
	for (unsigned i = 0; i < 2 * COUNT; i++)
		enhanced(file, i * 7919 % COUNT, frame);
}

static void
options(struct bytes *file, struct bytes *frame)
{
	enum { COUNT = 1 << 20 };
	(void)frame;
	section(file);
	for (unsigned block = 0; block < 4; block++) {
		uint32_t length = 20 + 4 * COUNT;
		file32(file, 1);
		file32(file, length);
		file32(file, 1);
		file32(file, 0);
		for (unsigned i = 0; i < COUNT; i++)
			file32(file, 0x00000007); /* an option without a value */
		file32(file, length);
	}
}

/* Between the records of a capture: what might be the header of one, at every byte. */
static void
plausible_garbage(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	tcp_frame(frame, 0x0a000002, 1000, 1, 2);
	pcap_record(file, 1, frame);
	for (unsigned i = 0; i < 1 << 20; i++)
		file32(file, i % 4 == 3 ? 0x00020000 : 0x00010000 + (i % 16));
}

static void
zeros(struct bytes *file, struct bytes *frame)
{
	(void)frame;
	pcap_header(file);
	fill(file, 0, 16 << 20);
}

static void
leaping_time(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 20000; i++) {
		tcp_frame(frame, 0x0a000002 + i % 100, 1000 + i % 50000, i, i % 3 == 0 ? 2 : 16);
		pcap_record(file, i % 2 == 0 ? 1 : 1577836800U + i, frame);
	}
}

static void
time_backwards(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 50000; i++) {
		tcp_frame(frame, 0x0a000002 + i % 100, 1000 + i % 50000, i, 2);
		pcap_record(file, UINT32_MAX - i * 60, frame);
	}
}

/* One flow, and every segment behind a gap of its own. */
static void
gaps(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 100000; i++) {
		uint32_t seq = i == 0 ? 1 : i * 2654435761U % 60000;
		ethernet(frame, 0x0800);
		ip4(frame, 44, i & 0xffff, 0, 6, 0x0a000002);
		tcp(frame, 1000, seq, 1, i == 0 ? 2 : 16);
		put32(frame, i);
		pcap_record(file, 1 + i / 1000, frame);
	}
}

/* Every port is opened anew, again and again, with another number. */
static void
incarnations(struct bytes *file, struct bytes *frame)
{
	pcap_header(file);
	for (unsigned i = 0; i < 100000; i++) {
		tcp_frame(frame, 0x0a000002, 1000 + i % 3, i * 2654435761U, 2);
		pcap_record(file, 1 + i / 1000, frame);
	}
}

static void
empty_records(struct bytes *file, struct bytes *frame)
{
	enum { LENGTH = 1400 };
	pcap_header(file);
	for (unsigned i = 0; i < 20000; i++) {
		ethernet(frame, 0x0800);
		ip4(frame, 40 + LENGTH, i & 0xffff, 0, 6, 0x0a000002 + i / 12);
		tcp(frame, 1000, 2 + i % 12 * LENGTH, 1, i % 12 == 0 ? 2 : 24);
		for (unsigned j = 0; j < LENGTH / 5; j++) { /* TLS records that hold nothing */
			put8(frame, 22);
			put16(frame, 0x0301);
			put16(frame, 0);
		}
		pcap_record(file, 1 + i / 1000, frame);
	}
}

/* --- compressed bombs: streams in a row, each of which holds what is unpacked to much more */

/* A stream of its own behind those of the file. False where libarchive was built without that codec. */
static bool
pack(struct bytes *file, const char *codec, const void *data, size_t size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	unsigned char *packed = malloc(PACKED_ROOM);
	size_t used = 0;
	if (archive == NULL || entry == NULL || packed == NULL)
		abort();
	archive_entry_set_pathname(entry, "bomb");
	archive_entry_set_filetype(entry, AE_IFREG);
	/* ARCHIVE_WARN: a program would be run */
	bool well = archive_write_set_format_raw(archive) == ARCHIVE_OK &&
		    archive_write_add_filter_by_name(archive, codec) == ARCHIVE_OK &&
		    archive_write_open_memory(archive, packed, PACKED_ROOM, &used) == ARCHIVE_OK &&
		    archive_write_header(archive, entry) == ARCHIVE_OK &&
		    archive_write_data(archive, data, size) == (la_ssize_t)size &&
		    archive_write_close(archive) == ARCHIVE_OK;
	archive_write_free(archive);
	archive_entry_free(entry);
	if (well)
		put(file, packed, used);
	free(packed);
	return well;
}

/* The header of a capture, when wanted, and the same bytes so many times. */
static bool
pack_repeated(struct bytes *file, const char *codec, bool header, const struct bytes *piece,
	      unsigned times)
{
	struct bytes start = { .size = 0 };
	bool well = true;
	if (header) {
		pcap_header(&start);
		well = pack(file, codec, start.data, start.size);
	}
	size_t before = file->size;
	well = well && pack(file, codec, piece->data, piece->size);
	size_t length = file->size - before;
	for (unsigned i = 1; well && i < times; i++) {
		unsigned char *copy = malloc(length);
		if (copy == NULL)
			abort();
		memcpy(copy, file->data + before, length);
		put(file, copy, length);
		free(copy);
	}
	free(start.data);
	return well;
}

static bool
packed_zeros(struct bytes *file, struct bytes *piece, const char *codec)
{
	fill(piece, 0, MIB);
	return pack_repeated(file, codec, true, piece, 64 / SLOWER);
}

/* No capture: said without unpacking the rest. */
static bool
packed_nothing(struct bytes *file, struct bytes *piece, const char *codec)
{
	fill(piece, 0, MIB);
	return pack_repeated(file, codec, false, piece, 1024);
}

static bool
packed_records(struct bytes *file, struct bytes *piece, const char *codec)
{
	struct bytes frame = { .size = 0 };
	fill(&frame, 2, ETHERNET);
	for (unsigned i = 0; i < 30000; i++)
		pcap_record(piece, 1, &frame);
	free(frame.data);
	return pack_repeated(file, codec, true, piece, 100 / SLOWER);
}

static bool
packed_empty_records(struct bytes *file, struct bytes *piece, const char *codec)
{
	struct bytes frame = { .size = 0 };
	for (unsigned i = 0; i < 60000; i++)
		pcap_record(piece, 1, &frame);
	return pack_repeated(file, codec, true, piece, 100 / SLOWER);
}

static bool
packed_again(struct bytes *file, struct bytes *piece, const char *codec)
{
	bool well = true;
	pcap_header(piece);
	for (unsigned i = 0; well && i < 40; i++) {
		file->size = 0;
		well = pack(file, codec, piece->data, piece->size);
		piece->size = 0;
		put(piece, file->data, file->size);
	}
	return well;
}

static uint32_t
crc32(const unsigned char *data, size_t size)
{
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The second stream asks for a dictionary of 1.5 GB, and would fill it. */
static bool
hungry_dictionary(struct bytes *file, struct bytes *piece, const char *codec)
{
	enum {
		STREAM_HEADER = 12,
		BLOCK_HEADER = 12,
		DICTIONARY = 4,
		CRC = 8,
		DICTIONARY_1536_MIB = 37,
	};
	pcap_header(piece);
	bool well = pack(file, codec, piece->data, piece->size);
	size_t at = file->size + STREAM_HEADER;
	piece->size = 0;
	fill(piece, 0, (size_t)64 * MIB);
	well = well && pack(file, codec, piece->data, piece->size);
	if (!well || file->size < at + BLOCK_HEADER || file->data[at] != BLOCK_HEADER / 4 - 1)
		return false;
	file->data[at + DICTIONARY] = DICTIONARY_1536_MIB;
	struct bytes crc = { .size = 0 };
	file32(&crc, crc32(file->data + at, CRC));
	memcpy(file->data + at + CRC, crc.data, crc.size);
	free(crc.data);
	return true;
}

static const struct packed_bomb {
	const char *name, *codec;
	bool (*make)(struct bytes *file, struct bytes *piece, const char *codec);
	const char *told;
	bool at_once;
} packed_bombs[] = {
	{ "zeros", "gzip", packed_zeros, "damaged at byte 24 of the unpacked data", false },
	{ "zeros", "zstd", packed_zeros, "damaged at byte 24 of the unpacked data", false },
	{ "zeros", "xz", packed_zeros, "damaged at byte 24 of the unpacked data", false },
	{ "zeros", "bzip2", packed_zeros, "damaged at byte 24 of the unpacked data", false },
	{ "zeros", "lz4", packed_zeros, "damaged at byte 24 of the unpacked data", false },
	{ "a GB without a header", "gzip", packed_nothing, "not a capture file", true },
	{ "a GB without a header", "zstd", packed_nothing, "not a capture file", true },
	{ "a GB without a header", "bzip2", packed_nothing, "not a capture file", true },
	{ "3 million small frames", "gzip", packed_records, "contradict themselves", false },
	{ "3 million small frames", "zstd", packed_records, "contradict themselves", false },
	{ "6 million empty frames", "gzip", packed_empty_records, "contradict themselves", false },
	{ "packed 40 times", "gzip", packed_again, "not a capture file", true },
	{ "packed 40 times", "zstd", packed_again, "not a capture file", true },
	{ "packed 40 times", "xz", packed_again, "not a capture file", true },
	{ "a dictionary of 1.5 GB", "xz", hungry_dictionary,
	  "wants 1536 MB of memory for a dictionary", true },
};
enum { PACKED_BOMBS = sizeof(packed_bombs) / sizeof(packed_bombs[0]) };

static const struct bomb {
	const char *name;
	void (*make)(struct bytes *file, struct bytes *frame);
	const char *filter;
	const char *told; /* in the report or the complaints, or NULL: nothing is wrong with it */
} bombs[] = {
	{ "nested-tags", nested_tags, NULL, "is not understood" },
	{ "nested-labels", nested_labels, NULL, "is not understood" },
	{ "nested-ip", nested_ip, NULL, "is not understood" },
	{ "endless-extensions", endless_extensions, NULL, "is not understood" },
	{ "fragment-flood", fragment_flood, NULL, "fragment" },
	{ "overlapping-fragments", overlapping_fragments, NULL, "fragment" },
	{ "sections", sections, NULL, NULL },
	{ "interfaces", interfaces, NULL, "is not understood" },
	{ "interfaces-filtered", interfaces, "tcp", "no meaning for their link type" },
	{ "options", options, NULL, NULL },
	{ "plausible-garbage", plausible_garbage, NULL, "damaged at byte" },
	{ "zeros", zeros, NULL, NULL },
	{ "leaping-time", leaping_time, NULL, "more than a year after the one before" },
	{ "time-backwards", time_backwards, NULL, "older than the one before" },
	{ "gaps", gaps, NULL, NULL },
	{ "incarnations", incarnations, NULL, NULL },
	{ "empty-tls-records", empty_records, NULL, NULL },
};
enum { BOMBS = sizeof(bombs) / sizeof(bombs[0]) };

static const char *
judge(const struct trial *trial, const char *told, int64_t cpu_most_ms, int64_t peak_most_kb)
{
	const char *fault = trial_fault(trial, GOOD);
	if (fault != NULL)
		return fault;
	if (trial->cpu_ms > cpu_most_ms)
		return "it takes too much time";
	if (IS_MEASURED && trial->peak_kb > peak_most_kb)
		return "it takes too much memory";
	if (!trial_is_clean(trial->out, trial->out_bytes))
		return "it writes bytes that a terminal obeys";
	if (told != NULL && strstr(trial->out, told) == NULL &&
	    strstr(trial->error, told) == NULL)
		return "it is not told what is odd about it";
	return NULL;
}

static void
report(const struct trial *trial, const char *fault, const char *name, unsigned number, size_t size)
{
	printf("%sok %u - %s (%zu KB): %lld ms, at most %lld MB\n", fault != NULL ? "not " : "",
	       number, name, size / 1024, (long long)trial->cpu_ms,
	       (long long)trial->peak_kb / 1024);
	if (fault != NULL)
		printf("# %s: code %d, signal %d\n# %.600s\n# %.2000s\n", fault, trial->code,
		       trial->signal, trial->error, trial->out);
}

static void
try_bomb(struct trial *trial, const struct bomb *bomb, unsigned number)
{
	struct bytes file = { .size = 0 };
	struct bytes frame = { .size = 0 };
	char path[TRIAL_PATH];
	trial_path(trial, "input", path);
	bomb->make(&file, &frame);
	const char *arguments[] = { path, bomb->filter != NULL ? "-f" : NULL, bomb->filter, NULL };
	bool written = trial_write(trial, "input", file.data, file.size);
	if (written)
		trial_run(trial, arguments, NULL, NULL);
	report(trial,
	       written ? judge(trial, bomb->told, CPU_MOST_MS, PEAK_MOST_KB) : "cannot be written",
	       bomb->name, number, file.size);
	free(file.data);
	free(frame.data);
}

static void
try_packed(struct trial *trial, const struct packed_bomb *bomb, unsigned number)
{
	struct bytes file = { .size = 0 };
	struct bytes piece = { .size = 0 };
	char path[TRIAL_PATH], name[80];
	trial_path(trial, "input", path);
	snprintf(name, sizeof(name), "%s, in %s", bomb->name, bomb->codec);
	const char *arguments[] = { path, NULL };
	bool made = bomb->make(&file, &piece, bomb->codec);
	bool written = made && trial_write(trial, "input", file.data, file.size);
	size_t size = file.size;
	free(file.data);
	free(piece.data); /* before the fork: what the child inherits counts as its own */
	if (!made) {
		printf("ok %u - %s # SKIP libarchive cannot pack that here\n", number, name);
		return;
	}
	if (written)
		trial_run(trial, arguments, NULL, NULL);
	report(trial,
	       written ? judge(trial, bomb->told, bomb->at_once ? AT_ONCE_MS : CPU_MOST_MS,
			       PACKED_PEAK_MOST_KB)
		       : "cannot be written",
	       name, number, size);
}

int
main(int argc, char **argv)
{
	struct trial trial;
	unsigned number = 0;
	if (!trial_open(&trial))
		return EXIT_FAILURE;
	for (unsigned i = 0; i < BOMBS; i++)
		if (argc < 2 || strcmp(argv[1], bombs[i].name) == 0)
			try_bomb(&trial, &bombs[i], ++number);
	for (unsigned i = 0; i < PACKED_BOMBS; i++)
		if (argc < 2 || strcmp(argv[1], packed_bombs[i].name) == 0)
			try_packed(&trial, &packed_bombs[i], ++number);
	trial_close(&trial);
	printf("1..%u\n", number);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures made byte by byte, and read back, for the tests of what reads them. */
#ifndef TCPWHY_TESTS_CAPTURE_BUILD_H
#define TCPWHY_TESTS_CAPTURE_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dissect/capture.h"

enum {
	MAGIC_MICRO = (int)0xa1b2c3d4,
	MAGIC_NANO = (int)0xa1b23c4d,
	MAGIC_PADDED = (int)0xa1b2cd34,
	/* A time that nobody takes for damage. */
	BUILD_SECONDS = 1700000000,
	SEEN_MAX = 4096,
};

/* A capture in the making. */
struct build {
	uint8_t data[512 * 1024];
	size_t size;
	bool big; /* byte order */
};

void build_start(struct build *build, bool big);
void build_bytes(struct build *build, const void *data, size_t size);
void build_fill(struct build *build, uint8_t value, size_t size);
void build_16(struct build *build, unsigned value);
void build_32(struct build *build, uint32_t value);
void build_64(struct build *build, uint64_t value);

void build_pcap(struct build *build, int magic, uint32_t snaplen, uint32_t linktype);
/* A record of caplen bytes, all of them the low byte of mark. */
void build_record(struct build *build, uint32_t seconds, uint32_t fraction, uint32_t caplen,
		  uint32_t wirelen, unsigned mark);
/* count records of 20 + i bytes, marked first + i, a millisecond apart from BUILD_SECONDS on. */
void build_records(struct build *build, unsigned first, unsigned count);

/* pcapng. A block is what lies between build_block(), which says where, and build_block_end(). */
size_t build_block(struct build *build, uint32_t type);
void build_block_end(struct build *build, size_t at);
void build_option(struct build *build, unsigned code, const void *value, unsigned length);
void build_section(struct build *build, bool big);
void build_interface(struct build *build, unsigned linktype, uint32_t snaplen);
void build_packet(struct build *build, uint32_t interface, uint64_t ticks, uint32_t caplen,
		  uint32_t wirelen, unsigned mark);
/* As build_records(), on interface 0, in microseconds. */
void build_packets(struct build *build, unsigned first, unsigned count);

/* A directory for one test, and files in it. */
const char *build_directory(void);
const char *build_path(const char *name);
const char *build_write(const struct build *build, const char *name);
void build_write_bytes(const void *data, size_t size, const char *name);
/* The same bytes through libarchive's compressor of that name. */
size_t build_compress(const char *compression, const void *data, size_t size, uint8_t *packed,
		      size_t room);
void build_remove_directory(void);

/* What a capture gave. */
struct seen {
	struct frame frames[SEEN_MAX];
	unsigned marks[SEEN_MAX]; /* the first byte of each */
	size_t count;
	struct capture *capture; /* still open, for its sources */
};

/* Reads the files (names in the test's directory, "-", or ".": the directory) to their end. Checks
 * that every byte of every frame is its mark. */
void seen_read(struct seen *seen, const char *const *names, size_t count, const char *filter);
void seen_read_one(struct seen *seen, const char *name);
const struct capture_source *seen_source(const struct seen *seen, size_t index);
void seen_release(struct seen *seen);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes one pcapng file (draft-ietf-opsawg-pcapng): one section in the byte order of this host, times
 * in nanoseconds.
 *
 * Nothing but whole blocks is handed to the operating system, so a file can be read up to its last
 * flush while it grows. When writing fails half way, a regular file is cut behind its last whole
 * block. */
#ifndef TCPWHY_PCAPNG_WRITE_H
#define TCPWHY_PCAPNG_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/capture.h"
#include "dissect/frame.h"

enum {
	PCAPNG_FRAME_MAX = 262144,		   /* longest frame, as for libpcap */
	PCAPNG_FLUSH_BYTES = 65536,		   /* from here on the operating system gets them */
	PCAPNG_BUFFER = PCAPNG_FRAME_MAX + 131072, /* room for the longest block behind that */
};

/* An interface of a frame, and what it is called in the file. */
struct pcapng_id {
	uint32_t id; /* from 1; 0: not described yet */
	uint16_t linktype;
};

/* Members are read-only outside pcapng_write.c. */
struct pcapng_writer {
	const struct capture *capture; /* names and drops of interfaces; NULL: none are known */
	int fd;			       /* -1: closed */
	bool plain;	  /* a regular file that may be cut behind its last whole block */
	int error;	  /* errno of the first failure; nothing is written after it */
	uint64_t written; /* bytes in the file, whole blocks */
	size_t used;	  /* bytes that wait in the buffer */
	uint64_t frames;  /* in this section */
	int64_t last_ns;  /* time of the latest frame */
	uint32_t id_count;
	uint32_t interface_end;		      /* no interface from here on is described */
	struct pcapng_id ids[UINT16_MAX + 1]; /* by struct frame's interface; touched as needed */
	uint8_t buffer[PCAPNG_BUFFER];
};

/* NULL when memory is short. */
struct pcapng_writer *pcapng_new(const struct capture *capture);
void pcapng_free(struct pcapng_writer *writer); /* closes nothing */

/* Begins a section on fd, which stays the caller's to close; whatever was pending is forgotten. plain:
 * fd is a regular file in which `before` bytes stand before the section, and may be cut. */
void pcapng_begin(struct pcapng_writer *writer, int fd, bool plain, uint64_t before);

/* Writes a frame of at most PCAPNG_FRAME_MAX bytes, with its number as the comment "frame N", and its
 * interface before it if that is new. */
void pcapng_frame(struct pcapng_writer *writer, const struct frame *frame);

/* Bytes that the file will have at most when that frame is added and the file is ended. */
uint64_t pcapng_size_with(const struct pcapng_writer *writer, const struct frame *frame);

/* Hands over all that waits. Returns writer->error. */
int pcapng_flush(struct pcapng_writer *writer);

/* Adds what the capture lost, for each interface described, and flushes. Returns writer->error. */
int pcapng_end(struct pcapng_writer *writer);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture file behind the recorder: its names, its rotation, and what becomes of a full disk.
 *
 * The directory is opened once; everything else is relative to it, by plain names, so that a program
 * that has locked itself in can still rotate. A recording grows for hours and is read while it
 * grows, so it stands under its name from the start; a file of one flow appears when it is complete. */
#ifndef TCPWHY_RECORDER_FILE_H
#define TCPWHY_RECORDER_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ui/pcapng_write.h"

enum { RECORDER_NAME_MAX = 255 };

/* Members are read-only outside recorder_file.c. */
struct recorder_file {
	struct pcapng_writer *writer;
	int directory; /* -1: none, it is standard output */
	int fd;	       /* -1: nothing is being written */
	bool plain;    /* a regular file: it can be rotated */
	dev_t device;  /* of the file that was opened last */
	ino_t inode;
	char name[RECORDER_NAME_MAX + 1];
	uint64_t rotate_bytes;
	int64_t rotate_ns, began_ns; /* began: time of its first frame */
	unsigned keep;
	uint64_t files; /* begun */
	int error;	/* errno of the first failure */
};

struct recorder_output;

/* Begins the file. Returns 0 or an errno; then there is nothing to close. */
int recorder_file_open(struct recorder_file *file, const struct recorder_output *output,
		       const struct capture *capture);

/* Whether frames are written. */
bool recorder_file_works(const struct recorder_file *file);

/* Writes a frame, into a new file if it is time for one. Returns false when it is lost. */
bool recorder_file_write(struct recorder_file *file, const struct frame *frame);

/* Hands over what waits in the buffer. */
void recorder_file_flush(struct recorder_file *file);

/* Ends the file and begins another under the name, unless it still stands there: then it goes on, for
 * what it holds is worth more than a fresh one. After a failure, too, writing goes on, behind what is
 * there. Returns 0 or an errno. */
int recorder_file_reopen(struct recorder_file *file);

/* Ends the file. Returns 0 or the errno of the first failure. */
int recorder_file_close(struct recorder_file *file);

/* A file that appears under path when it is complete, and only if nothing stands there.
 * Returns 0 or an errno. */
int recorder_file_new(struct recorder_file *file, const char *path, const struct capture *capture,
		      char temporary[RECORDER_NAME_MAX + 1]);
int recorder_file_publish(struct recorder_file *file, const char *temporary);

#endif

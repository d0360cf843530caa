/* SPDX-License-Identifier: BSD-2-Clause */
/* Where output goes: every byte that is written passes here, and no failure to write is lost. */
#ifndef TCPWHY_SINK_H
#define TCPWHY_SINK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { SINK_BUFFER = 65536 };

/* Members are read-only outside sink.c. */
struct sink {
	int fd;
	int error;	   /* errno of the first failure, else 0; nothing is written after it */
	bool spool_failed; /* the error is that of a spool which was to be copied */
	char *path;	   /* the file that is made, or NULL */
	char *temporary;   /* what it is called until it is complete, or NULL: it has its name */
	char *memory;	   /* what was written so far, of a sink that goes nowhere else */
	size_t memory_used;
	bool in_memory;
	bool is_log;	   /* see sink_open_log() */
	size_t line_bytes; /* of a log: those of the last line, which is not complete, in the file */
	size_t used;
	char buffer[SINK_BUFFER];
};

/* Writes to standard output. */
void sink_open_stdout(struct sink *sink);

/* Makes a file that appears under path only when it is complete, readable by its owner alone. A
 * symbolic link at path is refused; a device or pipe is written to directly.
 * Returns 0, or the errno of what failed (ELOOP for the link). */
int sink_open_file(struct sink *sink, const char *path);

/* A file that grows under its own name: what is there already stays, and what is new is appended. Made
 * if need be, readable by its owner alone; a symbolic link is refused. A line that could not be
 * written to its end (a full disk) is taken back. Returns 0 or an errno. */
int sink_open_log(struct sink *sink, const char *path);

/* Goes on in a new file of that name (somebody has renamed the old one). On failure, an errno, it goes
 * on in the old one. */
int sink_reopen_log(struct sink *sink);

/* Where temporary files lie: $TMPDIR, or /tmp. */
const char *sink_spool_directory(void);

/* A nameless temporary file there, to be read back with sink_copy(). Returns 0 or an errno. */
int sink_open_spool(struct sink *sink);

/* Keeps what is written in memory, up to SINK_MEMORY_MOST bytes (then the error is EFBIG). */
enum { SINK_MEMORY_MOST = 16 << 20 };
void sink_open_memory(struct sink *sink);

/* What a sink in memory holds, NUL-terminated; valid until it is written to, closed or abandoned. NULL
 * if something failed. */
const char *sink_text(struct sink *sink);

void sink_write(struct sink *sink, const void *bytes, size_t length);
void sink_puts(struct sink *sink, const char *text);
void sink_printf(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hands everything to the operating system. Returns sink->error. */
int sink_flush(struct sink *sink);

/* Hands over what to holds, then appends all that was written to the spool. A failure of either ends
 * up in to->error. */
void sink_copy(struct sink *to, struct sink *spool);

/* Writes the rest; a file takes its name, unless something failed: then nothing is left behind.
 * Returns the errno of the first failure, or 0. */
int sink_close(struct sink *sink);

/* Gives up: nothing is left behind. */
void sink_abandon(struct sink *sink);

/* For a signal handler: removes the temporary file that is being written, if any. */
void sink_remove_temporary(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* After the start the program needs few services of the system: all others are taken away, so that a
 * fault in the handling of packets is of little use to who sent them. seccomp(2) limits the system
 * calls, Landlock the files (where the kernel has it).
 *
 * What the caller has done before:
 *	- rights dropped (ui/privileges.h); sandbox_enter() sets no_new_privs if that was left out
 *	- captures opened and activated, filters set, non-blocking mode chosen; sockets, pipes, eventfds
 *	  and signal handlers made. No socket can be made, bound or connected later: no new look at
 *	  interfaces (if_nametoindex(), getifaddrs()), no name resolution
 *	- outputs opened, notify_open() called
 *	- the screen opened: newterm() reads terminfo. Resizing, suspending and closing it is possible
 *	- tzset() and a first localtime_r(), setlocale(), users and groups looked up, iconv_open(): they
 *	  read files, and their plug-ins
 *	- random keys drawn; json_object_seed(0) called, as jansson reads /dev/urandom for its first object
 *	  and takes a key that can be guessed without it
 *	- nothing is loaded by dlopen() later. pthread_exit() and pthread_cancel() do
 *	  that (libgcc_s): a thread returns from its function instead
 *	- scheduling and affinity of the calling thread set
 * Threads may be made before or after. Those that run already are limited by seccomp, but not by
 * Landlock, which knows no way to reach them: make them after, and both hold for all. */
#ifndef TCPWHY_SANDBOX_H
#define TCPWHY_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox_options {
	/* Packet sockets are open: what libpcap calls to read them, and to ask for drops. */
	bool network_capture;
	/* Where files may be made later, opened for writing, renamed and removed: directories of -w
	 * with rotation, of exports, of outputs that are reopened. A file to be made must be opened
	 * write-only with O_CREAT, or in any mode with O_CREAT | O_EXCL (mkstemp()). */
	const char *const *directories;
	size_t directory_count;
	bool only_rename; /* there: files that are open already get other names, and no new ones are made */
	/* Files and directories that may be read later; those that are missing do no harm. pcap_stats()
	 * reads /sys/class/net/NAME/statistics of interfaces in promiscuous mode. Held only with
	 * Landlock: without it nothing can be opened for reading. */
	const char *const *readable;
	size_t readable_count;
	/* The program is of no use without them: where Landlock cannot hold it, everything can be read. */
	bool must_read;
};

enum sandbox_result {
	SANDBOX_ENTERED,     /* text says what holds */
	SANDBOX_UNAVAILABLE, /* not in this build or not by this kernel; nothing has changed but
			      * no_new_privs */
	SANDBOX_FAILED,	     /* some limits may hold already: the program should not go on */
};

/* Enters the sandbox for the rest of the process's life. text receives one sentence in any case, for
 * --verbose and for complaints. What the program does not need ends it by SIGSYS (audit logs the
 * number of the call); to open a file that is not allowed, and to make a directory, fails by EACCES, as
 * libraries try that and can do without. */
enum sandbox_result sandbox_enter(const struct sandbox_options *options, char *text, size_t size);

/* Whether this build has a sandbox at all: sanitizers need system calls that it forbids. */
bool sandbox_is_built(void);

#endif

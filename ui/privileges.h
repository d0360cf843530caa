/* SPDX-License-Identifier: BSD-2-Clause */
/* Rights that are needed to open captures, and gone before the first packet is looked at.
 *
 * The order of a live run:
 *	privileges_can_write()	for each directory where files are to be made later
 *	open the captures	needs CAP_NET_RAW; the only thing that does
 *	privileges_drop()	while there is one thread only
 *	open the outputs	so they belong to the user who will rotate and rename them
 *	sandbox_enter()		see ui/sandbox.h
 *	start threads, loop
 *
 * Who runs it, and as whom it goes on:
 *	root			-Z USER; else who called sudo ($SUDO_UID and $SUDO_GID); else nobody
 *	root, -Z root		root, who without capabilities may only do what files' owners may
 *	a setuid binary		who called it, always
 *	anybody else		the same user, without the capabilities of a setcap binary or of
 *				systemd's AmbientCapabilities= */
#ifndef TCPWHY_PRIVILEGES_H
#define TCPWHY_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PRIVILEGES_TEXT_SIZE = 1024, /* of a buffer that suffices for all sentences made here */
	PRIVILEGES_REMEDY_SIZE = 8192,
};

struct privileges {
	const char *user; /* -Z: a name or a number; NULL: chosen as above */
};

/* Gives up all rights: another user and no supplementary groups when the process is root's, no
 * capability in any set, no_new_privs, no core dumps and no tracing by the same user, umask 077.
 * The bounding set can be emptied only by those who hold CAP_SETPCAP; for others no_new_privs makes
 * it meaningless. That nothing can be regained is tried.
 * False, and one sentence in text, when anything of that failed: the program must not go on then,
 * it may have kept some rights. */
bool privileges_drop(const struct privileges *wanted, char *text, size_t size);

/* To be asked before privileges_drop(), with one thread only: whether the user that it will change to
 * can make files in the directory. False, and a sentence in text that names the user and a remedy,
 * when it cannot. Tried in a child process that drops its rights. */
bool privileges_can_write(const struct privileges *wanted, const char *directory, char *text,
			  size_t size);

/* What to tell who may not capture (exit code 3): lines for a shell, each ended by a newline, with
 * the arguments as they were typed and nothing in them that a terminal would obey. For root, who
 * lacks CAP_NET_RAW only in containers, one sentence. size: PRIVILEGES_REMEDY_SIZE suffices for all but
 * extremely long command lines, whose rest becomes "...". */
void privileges_remedy(int argc, char *const *argv, char *text, size_t size);

#endif

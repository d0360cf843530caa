/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that would have worked, for who has no right to capture. */
#include "ui/privileges.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/shell_quote.h"

static void
append(char *text, size_t size, const char *word)
{
	size_t length = strlen(text);
	snprintf(text + length, size - length, "%s", word);
}

/* The words with blanks between them; what does not fit is cut between words. room: bytes that are
 * left free for what follows. */
static void
append_words(int argc, char *const *argv, char *text, size_t size, size_t room)
{
	static const char cut[] = " ...";
	size_t limit = size > room + sizeof(cut) ? size - room - sizeof(cut) : 1;
	for (int i = 0; i < argc; i++) {
		size_t length = strlen(text);
		append(text, limit, " ");
		if (strlen(text) == length || !shell_quote(argv[i], text, limit)) {
			text[length] = '\0';
			append(text, size - room, cut);
			return;
		}
	}
}

void
privileges_remedy(int argc, char *const *argv, char *text, size_t size)
{
	static const char setcap[] =
		"or, for all who may run this file:\n  sudo setcap cap_net_raw=ep";
	char path[PATH_MAX];
	char other[PRIVILEGES_REMEDY_SIZE / 2] = "";
	text[0] = '\0';
	if (geteuid() == 0) {
		append(text, size,
		       "this root lacks CAP_NET_RAW: a container gets it by "
		       "--cap-add=NET_RAW, a unit by AmbientCapabilities=CAP_NET_RAW\n");
		return;
	}
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length > 0) {
		char *words[] = { path };
		path[length] = '\0';
		append(other, sizeof(other), setcap);
		append_words(1, words, other, sizeof(other), 2);
		append(other, sizeof(other), "\n");
	}
	append(text, size, "  sudo");
	append_words(argc, argv, text, size, strlen(other) + 1);
	append(text, size, "\n");
	append(text, size, other);
}

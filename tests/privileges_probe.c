/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives up all rights and shows what is left.
 * Usage: privileges_probe drop [USER]		drops; then the lines of /proc/self/status that tell
 *	  privileges_probe write DIRECTORY [USER]	asks whether files can be made there after a drop
 *	  privileges_probe thread		drops while another thread runs
 *	  privileges_probe exec PROGRAM [ARGUMENT]...	drops, then runs a program
 * Exit code: 0 yes, 1 no, with the sentence on standard output. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/privileges.h"

enum { ETHERTYPE_ALL = 0x0300 }; /* in network order */

static int
say_no(const char *text)
{
	printf("%s\n", text);
	return 1;
}

/* What the kernel says, not what the library believes. */
static void
show_status(void)
{
	static const char *const wanted[] = { "Uid:",	     "Gid:",	"Groups:", "CapInh:",
					      "CapPrm:",     "CapEff:", "CapBnd:", "CapAmb:",
					      "NoNewPrivs:", "Umask:" };
	char line[1024];
	FILE *file = fopen("/proc/self/status", "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				fputs(line, stdout);
	if (file != NULL)
		fclose(file);
	printf("Dumpable:\t%d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	printf("PacketSocket:\t%s\n",
	       socket(AF_PACKET, SOCK_RAW, ETHERTYPE_ALL) >= 0 ? "yes" : strerror(errno));
}

static int
drop(const struct privileges *wanted)
{
	char text[PRIVILEGES_TEXT_SIZE];
	if (!privileges_drop(wanted, text, sizeof(text)))
		return say_no(text);
	show_status();
	return 0;
}

static int
write_there(const struct privileges *wanted, const char *directory)
{
	char text[PRIVILEGES_TEXT_SIZE];
	char path[4096];
	bool can = privileges_can_write(wanted, directory, text, sizeof(text));
	if (!can)
		return say_no(text);
	/* the promise is kept */
	if (!privileges_drop(wanted, text, sizeof(text)))
		return say_no(text);
	snprintf(path, sizeof(path), "%s/promised", directory);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	struct stat status;
	if (fd < 0 || fstat(fd, &status) != 0)
		return say_no("it was said that files can be made, but they cannot");
	printf("%lu:%lu %o\n", (unsigned long)status.st_uid, (unsigned long)status.st_gid,
	       status.st_mode & 07777);
	unlink(path);
	return 0;
}

static void *
wait_for_byte(void *argument)
{
	char byte;
	(void)!read(*(int *)argument, &byte, 1);
	return NULL;
}

static int
drop_beside_thread(const struct privileges *wanted)
{
	char text[PRIVILEGES_TEXT_SIZE];
	int ends[2];
	pthread_t thread;
	if (pipe(ends) != 0 || pthread_create(&thread, NULL, wait_for_byte, &ends[0]) != 0)
		return 2;
	bool dropped = privileges_drop(wanted, text, sizeof(text));
	close(ends[1]);
	pthread_join(thread, NULL);
	return dropped ? 0 : say_no(text);
}

int
main(int argc, char **argv)
{
	struct privileges wanted = { NULL };
	if (argc >= 2 && strcmp(argv[1], "drop") == 0) {
		wanted.user = argv[2];
		return drop(&wanted);
	}
	if (argc >= 3 && strcmp(argv[1], "write") == 0) {
		wanted.user = argv[3];
		return write_there(&wanted, argv[2]);
	}
	if (argc == 2 && strcmp(argv[1], "thread") == 0)
		return drop_beside_thread(&wanted);
	if (argc >= 3 && strcmp(argv[1], "exec") == 0) {
		char text[PRIVILEGES_TEXT_SIZE];
		if (!privileges_drop(&wanted, text, sizeof(text)))
			return say_no(text);
		execv(argv[2], argv + 2);
	}
	return 2;
}

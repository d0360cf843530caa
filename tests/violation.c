/* SPDX-License-Identifier: BSD-2-Clause */
/* A parser that was taken over: the program is linked with a dissector and a file walker that do, on their
 * first call, one thing that no parser does. Whatever it is, it must fail or end the program.
 *
 * The linker sends the calls of dissect_frame() and pcap_parse_header() here (--wrap). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dissect/capture_file.h"
#include "dissect/dissect.h"
#include "tests/trial.h"
#include "ui/landlock.h"
#include "ui/sandbox.h"

enum { EXIT_DONE = 42 }; /* the deed was done; else the errno: below */

enum moment { AT_FIRST_BYTES, AT_FIRST_FRAME, MOMENTS };
static const char *const moment_names[MOMENTS] = { "in the walker", "in the dissector" };

struct deed {
	const char *name;
	int (*act)(void); /* returns as system calls do */
	int error;	  /* that it must fail with; 0: it is fatal; -1: it works */
	bool landlock;	  /* only where the kernel has it */
};

static const struct deed *armed; /* NULL: nothing happens */
static enum moment armed_moment;
static char victim[TRIAL_PATH]; /* a file that is not ours */
static char input[TRIAL_PATH];

/* --- deeds */

static int
open_other_file(void)
{
	return open(victim, O_RDONLY | O_CLOEXEC);
}

static int
open_input(void)
{
	return open(input, O_RDONLY | O_CLOEXEC);
}

static int
write_input(void)
{
	return open(input, O_WRONLY | O_CLOEXEC);
}

static int
make_file(void)
{
	char path[TRIAL_PATH + 24];
	snprintf(path, sizeof(path), "%s.new", victim);
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static int
list_directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
remove_input(void)
{
	return unlink(input);
}

static int
take_over_file(void)
{
	return rename(victim, input);
}

static int
call_home(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
talk_to_daemon(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
run_program(void)
{
	char *arguments[] = { (char[]){ "true" }, NULL };
	return execv("/bin/true", arguments);
}

static int
make_process(void)
{
	return fork();
}

static int
kill_parent(void)
{
	return kill(getppid(), 0);
}

static int
make_link(void)
{
	char path[TRIAL_PATH + 24];
	snprintf(path, sizeof(path), "%s.link", victim);
	return symlink(victim, path);
}

static int
change_mode(void)
{
	return chmod(input, 04755);
}

static const struct deed deeds[] = {
	{ "open its input again", open_input, -1, false },
	{ "open another file", open_other_file, EACCES, true },
	{ "list a directory", list_directory, EACCES, true },
	{ "open its input for writing", write_input, EACCES, false },
	{ "make a file", make_file, EACCES, false },
	{ "remove its input", remove_input, 0, false },
	{ "put another file in its place", take_over_file, 0, false },
	{ "open a connection", call_home, 0, false },
	{ "talk to a daemon", talk_to_daemon, 0, false },
	{ "run a program", run_program, 0, false },
	{ "make a process", make_process, 0, false },
	{ "send a signal", kill_parent, 0, false },
	{ "make a link", make_link, 0, false },
	{ "change a mode", change_mode, 0, false },
};
enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

static void
act(enum moment moment)
{
	if (armed == NULL || moment != armed_moment)
		return;
	const struct deed *deed = armed;
	armed = NULL;
	int error = deed->act() < 0 ? errno : 0;
	_exit(error != 0 ? error : EXIT_DONE);
}

enum dissect_status __real_dissect_frame(const struct frame *frame, struct packet *packet);
enum dissect_status __wrap_dissect_frame(const struct frame *frame, struct packet *packet);
bool __real_pcap_parse_header(const uint8_t *data, size_t size, struct pcap_form *ret_form);
bool __wrap_pcap_parse_header(const uint8_t *data, size_t size, struct pcap_form *ret_form);

enum dissect_status
__wrap_dissect_frame(const struct frame *frame, struct packet *packet)
{
	act(AT_FIRST_FRAME);
	return __real_dissect_frame(frame, packet);
}

bool
__wrap_pcap_parse_header(const uint8_t *data, size_t size, struct pcap_form *ret_form)
{
	act(AT_FIRST_BYTES);
	return __real_pcap_parse_header(data, size, ret_form);
}

/* --- trials */

static void
arm(void *user)
{
	armed = user;
}

static bool
is_as_wanted(const struct trial *trial, const struct deed *deed)
{
	if (deed->error == 0)
		return trial->signal == SIGSYS;
	return trial->code == (deed->error < 0 ? (int)EXIT_DONE : deed->error);
}

/* json: a file is to be named at the end, so names can be given in its directory. */
static void
try_deed(struct trial *trial, const struct deed *deed, bool json, unsigned number)
{
	char result[TRIAL_PATH + 24];
	struct deed copy = *deed;
	snprintf(result, sizeof(result), "--json=%s/result", trial->directory);
	const char *arguments[] = { json ? result : "--text", input, NULL };
	trial_run(trial, arguments, arm, &copy);
	bool well = is_as_wanted(trial, deed);
	printf("%sok %u - %s%s: %s\n", well ? "" : "not ", number, moment_names[armed_moment],
	       json ? ", with a file to write" : "", deed->name);
	if (!well)
		printf("# code %d, signal %d, wanted error %d\n# %s\n", trial->code, trial->signal,
		       deed->error, trial->error);
}

/* Whether a deed is tried as it is: with a file to write some are only bounded, see below. */
static bool
is_tried(const struct deed *deed, bool json)
{
	bool named = deed->act == remove_input || deed->act == take_over_file;
	return (!json || !named) && (!deed->landlock || landlock_version() > 0);
}

static unsigned
try_all(struct trial *trial)
{
	unsigned number = 0;
	for (armed_moment = 0; armed_moment < MOMENTS; armed_moment++)
		for (unsigned json = 0; json < 2; json++)
			for (unsigned i = 0; i < DEEDS; i++)
				if (is_tried(&deeds[i], json != 0))
					try_deed(trial, &deeds[i], json != 0, ++number);
	return number;
}

/* The bytes of a sample, where the trial can spoil them. */
static bool
prepare(const struct trial *trial)
{
	char sample[TRIAL_PATH];
	const char *top = getenv("top_srcdir");
	size_t size;
	snprintf(sample, sizeof(sample), "%s/pcaps/refused.pcap", top != NULL ? top : ".");
	char *bytes = trial_read(sample, &size);
	bool well = bytes != NULL && trial_write(trial, "input", bytes, size) &&
		    trial_write(trial, "victim", "victim", 6);
	free(bytes);
	trial_path(trial, "input", input);
	trial_path(trial, "victim", victim);
	return well;
}

int
main(void)
{
	struct trial trial;
	if (!sandbox_is_built()) {
		printf("1..0 # SKIP no sandbox in this build\n");
		return EXIT_SUCCESS;
	}
	if (!trial_open(&trial) || !prepare(&trial))
		return EXIT_FAILURE;
	const char *arguments[] = { "--verbose", input, NULL };
	trial_run(&trial, arguments, NULL, NULL);
	if (strstr(trial.error, "sandbox: system calls are limited") == NULL)
		printf("1..0 # SKIP %s", trial.error);
	else
		printf("1..%u\n", try_all(&trial));
	trial_close(&trial);
	return EXIT_SUCCESS;
}

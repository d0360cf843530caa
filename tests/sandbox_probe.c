/* SPDX-License-Identifier: BSD-2-Clause */
/* Enters the sandbox and does the one thing that its argument names.
 * Usage: sandbox_probe DEED DIRECTORY, where DIRECTORY may be written and DIRECTORY/readable read.
 * Exit code: 0 done, or the errno of what was refused; 200 the sandbox failed, 77 it cannot be tried here.
 * "list" prints all deeds: what must happen ("works", "dies" or the name of an errno) and the name. */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ui/landlock.h"
#include "ui/sandbox.h"

enum { PROBE_FAILED = 200, PROBE_SKIPPED = 77, SORT_ITEMS = 100000 };

static char directory[1024];
static int before_socket;      /* made before the sandbox */
static pcap_t *before_capture; /* of the loopback interface; NULL: it may not be captured */

/* directory/name; valid until the call after the next. */
static const char *
inside(const char *name)
{
	static char paths[2][2048];
	static unsigned turn;
	char *path = paths[turn++ % 2];
	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

/* 0 or the errno; what was opened is closed. */
static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int
result(long value)
{
	return value < 0 ? errno : 0;
}

/* --- what must work */

static int
nothing(void)
{
	return 0;
}

static int
write_and_read(void)
{
	char byte = 'x';
	int fd = open(inside("new"), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	struct stat status;
	bool well = write(fd, &byte, 1) == 1 && fsync(fd) == 0 && fstat(fd, &status) == 0 &&
		    status.st_size == 1 && ftruncate(fd, 0) == 0 && close(fd) == 0;
	return well ? 0 : errno;
}

static int
temporary_file(void)
{
	char path[2048];
	snprintf(path, sizeof(path), "%s/tmp.XXXXXX", directory);
	int fd = mkostemp(path, O_CLOEXEC);
	return fd < 0 ? errno : result(rename(path, inside("renamed")));
}

static int
stream_to_file(void)
{
	FILE *file = fopen(inside("stream"), "w");
	if (file == NULL)
		return errno;
	fprintf(file, "%s\n", "a line");
	return fclose(file) == 0 ? 0 : errno;
}

static int
append_to_file(void)
{
	return try_open(inside("readable"), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW);
}

static int
remove_file(void)
{
	return result(unlink(inside("victim")));
}

static int
link_file(void)
{
	return result(link(inside("readable"), inside("linked")));
}

static int
read_readable(void)
{
	return try_open(inside("readable"), O_RDONLY);
}

static void *
run_thread(void *argument)
{
	/* malloc() in another thread makes an arena of its own: it counts processors, and looks at
	 * /proc when it shrinks. */
	for (size_t size = 1000; size < 100000000; size *= 10) {
		volatile char *memory = malloc(size);
		if (memory == NULL)
			return NULL;
		memory[size - 1] = 1;
		free((void *)memory);
	}
	prctl(PR_SET_NAME, "capture");
	return argument;
}

static int
thread(void)
{
	pthread_t id;
	void *back = NULL;
	int error = pthread_create(&id, NULL, run_thread, &directory);
	if (error == 0)
		error = pthread_join(id, &back);
	return error != 0 ? error : back == &directory ? 0 : ENOMEM;
}

static int
memory(void)
{
	char *bytes =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		return errno;
	bytes[0] = 1;
	if (mprotect(bytes, 4096, PROT_READ) != 0 || madvise(bytes, 1 << 20, MADV_DONTNEED) != 0)
		return errno;
	return result(munmap(bytes, 1 << 20));
}

static int
compare(const void *left, const void *right)
{
	const char *a = left;
	const char *b = right;
	return (*a > *b) - (*a < *b);
}

static int
sort(void)
{
	char *items = calloc(SORT_ITEMS, 64);
	if (items == NULL)
		return ENOMEM;
	items[0] = 1;
	qsort(items, SORT_ITEMS, 64, compare);
	free(items);
	return 0;
}

static int
local_time(void)
{
	time_t now = time(NULL);
	struct tm parts;
	struct timespec pause = { .tv_nsec = 1000 };
	tzset();
	if (localtime_r(&now, &parts) == NULL)
		return EINVAL;
	return nanosleep(&pause, NULL);
}

static int
terminal(void)
{
	struct winsize winsize;
	struct termios mode;
	/* there may be none: what counts is that asking does no harm */
	ioctl(STDIN_FILENO, TIOCGWINSZ, &winsize);
	if (tcgetattr(STDIN_FILENO, &mode) == 0)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
	isatty(STDOUT_FILENO);
	tcgetpgrp(STDIN_FILENO);
	return 0;
}

static int
socket_errors(void)
{
	int error = 0;
	socklen_t length = sizeof(error);
	char byte;
	if (getsockopt(before_socket, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
		return errno;
	if (recv(before_socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		return errno;
	return error;
}

/* What a live capture asks of libpcap. */
static int
capture(void)
{
	struct pcap_stat counts;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	struct pollfd readable = { .fd = pcap_get_selectable_fd(before_capture), .events = POLLIN };
	if (poll(&readable, 1, 0) < 0 || pcap_next_ex(before_capture, &header, &bytes) < 0 ||
	    pcap_stats(before_capture, &counts) != 0)
		return EIO;
	pcap_breakloop(before_capture);
	pcap_close(before_capture);
	return 0;
}

/* Opens the capture that the deed needs, with what may make libpcap call more: promiscuous mode. */
static int
open_capture(void)
{
	char text[PCAP_ERRBUF_SIZE];
	before_capture = pcap_create("lo", text);
	if (before_capture == NULL)
		return -1;
	pcap_set_promisc(before_capture, 1);
	pcap_set_timeout(before_capture, 1);
	return pcap_activate(before_capture) < 0 || pcap_setnonblock(before_capture, 1, text) < 0
		       ? -1
		       : 0;
}

static void
on_signal(int number)
{
	(void)number;
	_exit(0);
}

static int
abort_program(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGABRT, &action, NULL);
	abort();
}

/* --- what must not */

static int
open_passwd(void)
{
	return try_open("/etc/passwd", O_RDONLY);
}

static int
open_for_both(void)
{
	return try_open(inside("readable"), O_RDWR);
}

static int
open_existing(void)
{
	return try_open(inside("readable"), O_WRONLY);
}

static int
open_device(void)
{
	return try_open("/dev/null", O_WRONLY | O_CREAT);
}

static int
open_path(void)
{
	return try_open("/etc/passwd", O_PATH);
}

static int
create_in_directory(void)
{
	int handle = open(inside("."), O_PATH | O_DIRECTORY | O_CLOEXEC);
	return handle < 0 || openat(handle, "new-there", O_WRONLY | O_CREAT | O_EXCL, 0600) < 0
		       ? errno
		       : 0;
}

static int
create_outside(void)
{
	return try_open(inside("../outside"), O_WRONLY | O_CREAT | O_EXCL);
}

static int
create_through_link(void)
{
	return try_open(inside("link"), O_WRONLY | O_CREAT);
}

static int
remove_outside(void)
{
	return result(unlink(inside("../kept")));
}

static int
rename_outside(void)
{
	return result(rename(inside("readable"), inside("../moved")));
}

static int
make_directory(void)
{
	return result(mkdir(inside("directory"), 0700));
}

static int
symbolic_link(void)
{
	return result(symlink("/etc/passwd", inside("symbolic")));
}

static int
change_root(void)
{
	return result(chroot(directory));
}

static int
change_mode(void)
{
	return result(chmod(inside("readable"), 04755));
}

static int
network_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
packet_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
connect_socket(void)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	return result(connect(before_socket, &nobody, sizeof(nobody)));
}

static int
send_to_address(void)
{
	const struct sockaddr nobody = { .sa_family = AF_UNIX };
	return result(sendto(before_socket, "x", 1, 0, &nobody, sizeof(nobody)));
}

static int
set_socket_option(void)
{
	int value = 1;
	return result(setsockopt(before_socket, SOL_SOCKET, SO_PASSCRED, &value, sizeof(value)));
}

static int
execute(void)
{
	char *arguments[] = { (char[]){ "true" }, NULL };
	return result(execv("/bin/true", arguments));
}

static int
make_process(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return result(child);
}

static int
make_process_raw(void)
{
	return result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int
clone3_is_missing(void)
{
	return result(syscall(SYS_clone3, NULL, 0));
}

static int
trace(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
kill_parent(void)
{
	return result(kill(getppid(), 0));
}

static int
kill_everybody(void)
{
	return result(kill(-1, 0));
}

static int
map_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return code == MAP_FAILED ? errno : 0;
}

static int
protect_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return code == MAP_FAILED ? errno : result(mprotect(code, 4096, PROT_READ | PROT_EXEC));
}

static int
type_into_terminal(void)
{
	return result(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int
unlimit_memory(void)
{
	return result(syscall(SYS_personality, 0));
}

static int
set_user(void)
{
	return result(setuid(getuid()));
}

enum fate { WORKS, DIES, REFUSED };
static const struct deed {
	const char *name;
	int (*act)(void);
	enum fate fate;
	int error;     /* for REFUSED */
	bool landlock; /* it is Landlock that decides */
} deeds[] = {
	{ "nothing", nothing, WORKS, 0, false },
	{ "write-new-file", write_and_read, WORKS, 0, false },
	{ "temporary-file-and-rename", temporary_file, WORKS, 0, false },
	{ "stream-to-new-file", stream_to_file, WORKS, 0, false },
	{ "append-to-file", append_to_file, WORKS, 0, false },
	{ "create-in-opened-directory", create_in_directory, WORKS, 0, false },
	{ "remove-file", remove_file, WORKS, 0, false },
	{ "link-file", link_file, WORKS, 0, false },
	{ "read-readable-file", read_readable, WORKS, 0, true },
	{ "thread", thread, WORKS, 0, false },
	{ "memory", memory, WORKS, 0, false },
	{ "sort", sort, WORKS, 0, false },
	{ "local-time", local_time, WORKS, 0, false },
	{ "terminal", terminal, WORKS, 0, false },
	{ "socket-errors", socket_errors, WORKS, 0, false },
	{ "capture", capture, WORKS, 0, false },
	{ "abort-is-caught", abort_program, WORKS, 0, false },
	{ "open-passwd", open_passwd, REFUSED, EACCES, false },
	{ "open-for-reading-and-writing", open_for_both, REFUSED, EACCES, false },
	{ "open-existing-for-writing", open_existing, REFUSED, EACCES, false },
	{ "open-device", open_device, REFUSED, EACCES, true },
	{ "open-path", open_path, DIES, 0, false },
	{ "create-outside", create_outside, REFUSED, EACCES, true },
	{ "create-through-link-to-outside", create_through_link, REFUSED, EACCES, true },
	{ "remove-outside", remove_outside, REFUSED, EACCES, true },
	{ "rename-to-outside", rename_outside, REFUSED, EACCES, true },
	{ "make-directory", make_directory, REFUSED, EACCES, false },
	{ "symbolic-link", symbolic_link, DIES, 0, false },
	{ "change-root", change_root, DIES, 0, false },
	{ "change-mode", change_mode, DIES, 0, false },
	{ "socket", network_socket, DIES, 0, false },
	{ "packet-socket", packet_socket, DIES, 0, false },
	{ "connect", connect_socket, DIES, 0, false },
	{ "send-to-address", send_to_address, DIES, 0, false },
	{ "set-socket-option", set_socket_option, DIES, 0, false },
	{ "execute", execute, DIES, 0, false },
	{ "fork", make_process, DIES, 0, false },
	{ "clone", make_process_raw, DIES, 0, false },
	{ "clone3", clone3_is_missing, REFUSED, ENOSYS, false },
	{ "ptrace", trace, DIES, 0, false },
	{ "kill-parent", kill_parent, DIES, 0, false },
	{ "kill-everybody", kill_everybody, DIES, 0, false },
	{ "map-code", map_code, DIES, 0, false },
	{ "protect-code", protect_code, DIES, 0, false },
	{ "type-into-terminal", type_into_terminal, DIES, 0, false },
	{ "personality", unlimit_memory, DIES, 0, false },
	{ "setuid", set_user, DIES, 0, false },
};
enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

/* Lines "NAME CODE LANDLOCK": the exit code that a shell sees, and whether only Landlock makes it so. */
static int
list(void)
{
	for (size_t i = 0; i < DEEDS; i++)
		printf("%s %d %s\n", deeds[i].name,
		       deeds[i].fate == DIES ? 128 + SIGSYS : deeds[i].error,
		       deeds[i].landlock ? "landlock" : "seccomp");
	return 0;
}

static int
enter_and_act(const struct deed *deed)
{
	char text[1024];
	char readable[sizeof(directory) + sizeof("/readable")];
	snprintf(readable, sizeof(readable), "%s/readable", directory);
	const struct sandbox_options options = {
		.network_capture = true,
		.directories = (const char *[]){ directory },
		.directory_count = 1,
		.readable = (const char *[]){ readable, "/nonexistent",
					      "/sys/class/net/lo/statistics" },
		.readable_count = 3,
	};
	before_socket = socket(AF_UNIX, SOCK_DGRAM, 0);
	tzset();
	if (deed->act == capture && open_capture() != 0)
		return PROBE_SKIPPED;
	enum sandbox_result entered = sandbox_enter(&options, text, sizeof(text));
	printf("%s\n", text);
	fflush(stdout);
	if (entered != SANDBOX_ENTERED)
		return entered == SANDBOX_UNAVAILABLE ? PROBE_SKIPPED : PROBE_FAILED;
	return deed->act();
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list();
	if (argc == 2 && strcmp(argv[1], "landlock") == 0)
		return landlock_version() > 0 ? 0 : PROBE_SKIPPED;
	if (argc != 3)
		return PROBE_FAILED;
	snprintf(directory, sizeof(directory), "%s", argv[2]);
	for (size_t i = 0; i < DEEDS; i++)
		if (strcmp(argv[1], deeds[i].name) == 0)
			_exit(enter_and_act(&deeds[i])); /* no work of others at the end */
	return PROBE_FAILED;
}

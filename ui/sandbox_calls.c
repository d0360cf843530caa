/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of what stays allowed. Calls that an architecture does not have are pseudo numbers, which
 * libseccomp leaves out. Arguments that are int in the kernel are compared in 32 bits: the upper half
 * of the register means nothing. */
#include "ui/sandbox_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t all_bits = UINT32_MAX;

/* One rule with conditions: argument & mask == value for each; mask 0: no condition. */
struct call_rule {
	int call;
	struct {
		unsigned argument;
		uint64_t mask, value;
	} conditions[2];
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define INT_IS(argument, value)                                                                    \
	{                                                                                          \
		argument, UINT32_MAX, (uint32_t)(value)                                            \
	}

/* Whatever the arguments: memory, time, threads, open files. */
static const int plain_calls[] = {
	/* open files */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(pwritev),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat), /* fstat() of the C library; by path it tells sizes and times only */
	SCMP_SYS(fstatat64),
	SCMP_SYS(statx),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64),
	SCMP_SYS(fallocate),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fadvise64_64),
	SCMP_SYS(arm_fadvise64_64),
	/* waiting */
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(select),
	SCMP_SYS(_newselect),
	SCMP_SYS(pselect6),
	SCMP_SYS(pselect6_time64),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64),
	SCMP_SYS(timerfd_gettime),
	SCMP_SYS(timerfd_gettime64),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(restart_syscall),
	/* clocks, chance, facts: the vDSO falls back to them; qsort() asks how much memory there is */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_getres_time64),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getpgrp),
	SCMP_SYS(getpgid),
	SCMP_SYS(getuid),
	SCMP_SYS(getuid32),
	SCMP_SYS(geteuid),
	SCMP_SYS(geteuid32),
	SCMP_SYS(getgid),
	SCMP_SYS(getgid32),
	SCMP_SYS(getegid),
	SCMP_SYS(getegid32),
	/* memory; mmap and mprotect are limited below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* threads; clone is limited below */
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), /* malloc() counts processors */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* signals; kill and tgkill are limited below */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigtimedwait_time64),
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(sigaction),
	SCMP_SYS(sigprocmask),
	SCMP_SYS(sigreturn),
};

/* libpcap reads errors off a packet socket with recv(), and asks by its name whether an interface that
 * went down is still there. */
static const int capture_calls[] = {
	SCMP_SYS(getsockname),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recv),
};

/* With paths that Landlock holds within the directories. */
static const int rename_calls[] = {
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(unlink),   SCMP_SYS(unlinkat),  SCMP_SYS(fchmod),
};

/* Sizes and times by path, which is no secret of newer C libraries either (newfstatat). */
static const int look_calls[] = {
	SCMP_SYS(stat),	  SCMP_SYS(stat64),    SCMP_SYS(lstat),	     SCMP_SYS(lstat64),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
};

/* The structure of TCGETS2, which the C library does not show: C libraries begin to use it. */
struct termios2_size {
	unsigned char bytes[44];
};

/* What is asked of terminals: their mode and size, what waits, who is in the foreground. TIOCSTI, which
 * types commands for the shell that comes after us, is not among it. */
static const uint32_t terminal_requests[] = {
	TCGETS,
	TCSETS,
	TCSETSW,
	TCSETSF,
	TCFLSH,
	TCSBRK,
	TIOCGWINSZ,
	FIONREAD,
	TIOCGPGRP,
	TIOCOUTQ,
#ifdef TCGETS2
	_IOR('T', 0x2A, struct termios2_size),
	_IOW('T', 0x2B, struct termios2_size),
	_IOW('T', 0x2C, struct termios2_size),
	_IOW('T', 0x2D, struct termios2_size),
#endif
};

/* What commands of fcntl() are left. F_SETOWN would send signals to others. */
static const int fcntl_commands[] = {
	F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC,
};

/* clone() as pthread_create() calls it; s390 has its first two arguments exchanged. */
enum {
#ifdef __s390__
	CLONE_FLAGS_ARGUMENT = 1,
#else
	CLONE_FLAGS_ARGUMENT = 0,
#endif
	CLONE_OF_THREADS = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD,
};

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const struct call_rule limited_calls[] = {
	/* Memory never becomes code. */
	{ SCMP_SYS(mmap), { { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(mmap2), { { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(mprotect), { { 2, PROT_EXEC, 0 } } },
	{ SCMP_SYS(clone), { { CLONE_FLAGS_ARGUMENT, CLONE_OF_THREADS, CLONE_OF_THREADS } } },
	{ SCMP_SYS(prctl), { INT_IS(0, PR_SET_NAME) } },
	/* Our own limits are read, not set. */
	{ SCMP_SYS(prlimit64), { INT_IS(0, 0), { 2, UINT64_MAX, 0 } } },
};

static const struct call_rule limited_capture_calls[] = {
	/* pcap_stats(), and why poll() reports an error. */
	{ SCMP_SYS(getsockopt), { INT_IS(1, SOL_PACKET), INT_IS(2, PACKET_STATISTICS) } },
	{ SCMP_SYS(getsockopt), { INT_IS(1, SOL_SOCKET), INT_IS(2, SO_ERROR) } },
	/* pcap_close() gives the ring back. */
	{ SCMP_SYS(setsockopt), { INT_IS(1, SOL_PACKET), INT_IS(2, PACKET_RX_RING) } },
	/* capture_stop() lets no more frames in. */
	{ SCMP_SYS(setsockopt), { INT_IS(1, SOL_SOCKET), INT_IS(2, SO_ATTACH_FILTER) } },
	/* The same question as older versions ask it. */
	{ SCMP_SYS(ioctl), { INT_IS(1, SIOCGIFFLAGS) } },
};

/* clone3() hides its flags in memory: told that it is missing, the C library takes clone(). */
static const int missing_calls[] = { SCMP_SYS(clone3), SCMP_SYS(openat2) };

/* Libraries try them and can do without. */
static const int refused_calls[] = { SCMP_SYS(mkdir), SCMP_SYS(mkdirat) };
static const struct call_rule unsupported_calls[] = {
	/* Names for memory that debuggers show. */
	{ SCMP_SYS(prctl), { INT_IS(0, PR_SET_VMA) } },
};

enum { FILE_KIND = O_ACCMODE | O_CREAT | O_PATH };

/* By flags of open(): to make a new file, or to write one without reading. O_PATH makes the others
 * meaningless. */
static const struct {
	uint64_t mask, value;
} making_flags[] = {
	{ FILE_KIND, O_CREAT | O_WRONLY },
	{ O_PATH | O_CREAT | O_EXCL, O_CREAT | O_EXCL },
	/* a directory to make it in: nothing can be read through it */
	{ FILE_KIND | O_DIRECTORY, O_PATH | O_DIRECTORY },
}, reading_flags[] = {
	{ FILE_KIND | O_TRUNC, O_RDONLY },
}, other_flags[] = {
	/* All that the two above leave, as far as libraries may try it. */
	{ FILE_KIND, O_WRONLY },
	{ FILE_KIND, O_RDWR },
	{ FILE_KIND | O_EXCL, O_CREAT | O_RDWR },
	{ FILE_KIND | O_EXCL, O_CREAT | O_RDONLY },
};

static int
add_plain(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int error = 0;
	for (size_t i = 0; i < count && error == 0; i++)
		error = seccomp_rule_add(filter, action, calls[i], 0);
	return error;
}

static int
add_limited(scmp_filter_ctx filter, uint32_t action, const struct call_rule *rules, size_t count)
{
	int error = 0;
	for (size_t i = 0; i < count && error == 0; i++) {
		struct scmp_arg_cmp compares[2];
		unsigned used = 0;
		for (size_t j = 0; j < 2 && rules[i].conditions[j].mask != 0; j++)
			compares[used++] = (struct scmp_arg_cmp){
				.arg = rules[i].conditions[j].argument,
				.op = SCMP_CMP_MASKED_EQ,
				.datum_a = rules[i].conditions[j].mask,
				.datum_b = rules[i].conditions[j].value,
			};
		error = seccomp_rule_add_array(filter, action, rules[i].call, used, compares);
	}
	return error;
}

/* call with argument & mask == value. */
static int
add_one(scmp_filter_ctx filter, uint32_t action, int call, unsigned argument, uint64_t mask,
	uint64_t value)
{
	const struct call_rule rule = { call, { { argument, mask, value } } };
	return add_limited(filter, action, &rule, 1);
}

/* Signals to ourselves: abort(), and a screen that suspends itself. */
static int
add_signals(scmp_filter_ctx filter)
{
	uint64_t self = (uint64_t)getpid();
	const struct call_rule rules[] = {
		{ SCMP_SYS(tgkill), { INT_IS(0, self) } },
		{ SCMP_SYS(kill), { INT_IS(0, self) } },
		{ SCMP_SYS(kill), { INT_IS(0, 0), INT_IS(1, SIGTSTP) } },
	};
	return add_limited(filter, SCMP_ACT_ALLOW, rules, COUNT(rules));
}

/* open() and openat() with the action that the flags earn. */
static int
add_opening(scmp_filter_ctx filter, const struct sandbox_calls *calls, int call, unsigned argument)
{
	const uint32_t refuse = SCMP_ACT_ERRNO(EACCES);
	const uint32_t make = calls->make_files ? SCMP_ACT_ALLOW : refuse;
	const uint32_t read = calls->read_files ? SCMP_ACT_ALLOW : refuse;
	int error = 0;
	for (size_t i = 0; i < COUNT(making_flags) && error == 0; i++)
		error = add_one(filter, make, call, argument, making_flags[i].mask,
				making_flags[i].value);
	for (size_t i = 0; i < COUNT(reading_flags) && error == 0; i++)
		error = add_one(filter, read, call, argument, reading_flags[i].mask,
				reading_flags[i].value);
	for (size_t i = 0; i < COUNT(other_flags) && error == 0; i++)
		error = add_one(filter, refuse, call, argument, other_flags[i].mask,
				other_flags[i].value);
	return error;
}

static int
add_commands(scmp_filter_ctx filter)
{
	int error = 0;
	for (size_t i = 0; i < COUNT(terminal_requests) && error == 0; i++)
		error = add_one(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, all_bits,
				terminal_requests[i]);
	for (size_t i = 0; i < COUNT(fcntl_commands) && error == 0; i++) {
		uint64_t command = (uint64_t)fcntl_commands[i];
		error = add_one(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, all_bits, command);
		if (error == 0)
			error = add_one(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl64), 1, all_bits,
					command);
	}
	return error;
}

static int
add_capture(scmp_filter_ctx filter)
{
	int error = add_plain(filter, SCMP_ACT_ALLOW, capture_calls, COUNT(capture_calls));
	if (error == 0)
		error = add_limited(filter, SCMP_ACT_ALLOW, limited_capture_calls,
				    COUNT(limited_capture_calls));
	return error;
}

int
sandbox_calls_add(scmp_filter_ctx filter, const struct sandbox_calls *calls)
{
	int error = add_plain(filter, SCMP_ACT_ALLOW, plain_calls, COUNT(plain_calls));
	if (error == 0)
		error = add_limited(filter, SCMP_ACT_ALLOW, limited_calls, COUNT(limited_calls));
	if (error == 0)
		error = add_signals(filter);
	if (error == 0)
		error = add_commands(filter);
	if (error == 0)
		error = add_plain(filter, SCMP_ACT_ERRNO(ENOSYS), missing_calls,
				  COUNT(missing_calls));
	if (error == 0)
		error = add_plain(filter, SCMP_ACT_ERRNO(EACCES), refused_calls,
				  COUNT(refused_calls));
	if (error == 0)
		error = add_limited(filter, SCMP_ACT_ERRNO(EINVAL), unsupported_calls,
				    COUNT(unsupported_calls));
	if (error == 0)
		error = add_opening(filter, calls, SCMP_SYS(open), 1);
	if (error == 0)
		error = add_opening(filter, calls, SCMP_SYS(openat), 2);
	if (error == 0 && calls->network_capture)
		error = add_capture(filter);
	if (error == 0 && calls->rename_files)
		error = add_plain(filter, SCMP_ACT_ALLOW, rename_calls, COUNT(rename_calls));
	if (error == 0 && (calls->rename_files || calls->read_files))
		error = add_plain(filter, SCMP_ACT_ALLOW, look_calls, COUNT(look_calls));
	return error;
}

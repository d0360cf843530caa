/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation fails once: the whole program is run again and again over the same captures, and each
 * time the next request for memory is refused. It may go without what it lacks or give up with a reason,
 * but never crash, never leave half a file behind, and never call half a report whole.
 *
 * The linker sends the project's own requests here (--wrap). Without sanitizers and with the GNU C
 * library those of all libraries come, too: their malloc() is the one of this file.
 *
 * chaos.t [EVERY]: only each EVERY-th allocation, in the order of a run (default: as many as fit a test).
 * chaos.t 0 COMMAND REQUEST: this one only, in this process, for a debugger. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/trial.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                     \
	__has_feature(memory_sanitizer) || !defined(__GLIBC__)
#define OWN_REQUESTS_ONLY 1
#else
#define OWN_REQUESTS_ONLY 0
#endif

enum {
	CASES_MOST = 150, /* of one command line, unless told otherwise */
	/* Exit codes: well (something went without), usage, failed. --tui cannot be reached here. */
	GOOD = 1 << 0 | 1 << 1 | 1 << 2,
};

/* --- the allocator that fails once */

static uint64_t requests; /* since the trial began */
static uint64_t refused;  /* which one is to fail; 0: none */

/* A place for breakpoints. */
static bool __attribute__((noinline)) refuse(void)
{
	errno = ENOMEM;
	return true;
}

/* libpcap's compiler of filters (up to 1.10.4 at least) and libseccomp write through what malloc() refused.
 * That is not ours to mend, and happens before a byte of a stranger's is read. */
static bool
is_of_others(const void *caller)
{
	Dl_info info;
	return dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
	       (strstr(info.dli_fname, "libpcap") != NULL ||
		strstr(info.dli_fname, "libseccomp") != NULL);
}

static bool
is_refused(const void *caller)
{
	if (refused == 0 || is_of_others(caller) || ++requests != refused)
		return false;
	return refuse();
}

#if OWN_REQUESTS_ONLY

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
int __real_vasprintf(char **ret_text, const char *format, va_list arguments);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_vasprintf(char **ret_text, const char *format, va_list arguments);
int __wrap_asprintf(char **ret_text, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *
__wrap_malloc(size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __real_realloc(memory, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL
						       : __real_aligned_alloc(alignment, size);
}

char *
__wrap_strdup(const char *text)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __real_strdup(text);
}

int
__wrap_vasprintf(char **ret_text, const char *format, va_list arguments)
{
	return is_refused(__builtin_return_address(0))
		       ? -1
		       : __real_vasprintf(ret_text, format, arguments);
}

int
__wrap_asprintf(char **ret_text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = __wrap_vasprintf(ret_text, format, arguments);
	va_end(arguments);
	return length;
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *
malloc(size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

#endif

/* --- the trials */

struct command {
	const char *claim;
	const char *arguments[6]; /* "@NAME": a sample; ">": the path of a file to be written */
	bool json;		  /* standard output is JSON */
};

static const struct command commands[] = {
	{ "text", { "--color=never", "@demo.pcap" }, false },
	{ "records", { "--json", "@tls-unknown-ca.pcap" }, true },
	{ "all flows through spools", { "--all", "@syn-scan.pcap" }, false },
	{ "records in a file", { "--json", ">", "@refused.pcap" }, false },
	{ "several files and a filter",
	  { "--json", "-f", "tcp port 22 or net 10.0.0.0/8", "@refused.pcap", "@syn-scan.pcap" },
	  true },
	{ "two captures compared",
	  { "--compare", "--color=never", "@forged-resets.pcap", "@forged-resets-at-server.pcap" },
	  false },
	{ "two captures compared, in records",
	  { "--compare", "--json", "@forged-resets.pcap", "@forged-resets-at-server.pcap" },
	  true },
	{ "a page of --explain", { "--explain=refused-by-rst" }, false },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

struct order {
	uint64_t refused;
};

static void
count_requests(int status, void *user)
{
	(void)status;
	(void)user;
	/* Read by the parent at the end of what was complained. */
	refused = 0;
	fprintf(stderr, "requests %llu\n", (unsigned long long)requests);
}

static void
arm(void *user)
{
	const struct order *order = user;
	on_exit(count_requests, NULL);
	requests = 0;
	refused = order->refused;
}

/* How many requests the last run made, which is taken off its complaints. */
static uint64_t
take_count(struct trial *trial)
{
	static const char word[] = "requests ";
	char *at = trial->error;
	char *last = NULL;
	while (at != NULL && (at = strstr(at, word)) != NULL) {
		last = at;
		at += strlen(word);
	}
	if (last == NULL)
		return 0;
	uint64_t count = strtoull(last + strlen(word), NULL, 10);
	*last = '\0';
	trial->error_bytes = (size_t)(last - trial->error);
	return count;
}

/* What a run without refusals writes. */
struct whole {
	char *out;
	char *file; /* NULL: none */
};

/* Without memory to sort them flows come in another order: the sum of all lines is the same. */
static uint64_t
sum_lines(const char *text)
{
	uint64_t sum = 0;
	while (*text != '\0') {
		uint64_t line = 5381;
		for (; *text != '\0' && *text != '\n'; text++)
			line = line * 33 + (unsigned char)*text;
		text += *text == '\n';
		sum += line * line;
	}
	return sum;
}

static bool
is_same(const char *whole, const char *text)
{
	return whole == NULL ? text == NULL : text != NULL && sum_lines(whole) == sum_lines(text);
}

/* What the run left behind. */
static const char *
judge(const struct trial *trial, const struct command *command, const struct whole *whole)
{
	char path[TRIAL_PATH];
	const char *fault = trial_fault(trial, GOOD);
	bool silent = trial->code == 0 && trial->error_bytes == 0;
	size_t size;
	if (fault != NULL)
		return fault;
	if (trial->code != 0 && trial->error_bytes == 0)
		return "it fails without a word";
	if (command->json && !trial_is_json(trial->out, trial->out_bytes))
		return "a record was cut";
	if (silent && !is_same(whole->out, trial->out))
		return "something is missing, and nobody says so";
	if (trial_has(trial, "result."))
		return "a temporary file is left behind";
	trial_path(trial, "result", path);
	char *result = trial_read(path, &size);
	if (result != NULL && !trial_is_json(result, size))
		fault = "half a file is left behind";
	if (silent && !is_same(whole->file, result))
		fault = "something is missing in the file, and nobody says so";
	free(result);
	unlink(path);
	return fault;
}

/* Fills in the paths of a command. */
static void
prepare(const struct trial *trial, const struct command *command, const char *top,
	char paths[6][2 * TRIAL_PATH], const char *arguments[7])
{
	for (size_t i = 0; i < 6; i++) {
		const char *argument = command->arguments[i];
		arguments[i] = argument;
		if (argument == NULL || (argument[0] != '@' && argument[0] != '>'))
			continue;
		if (argument[0] == '@')
			snprintf(paths[i], sizeof(paths[i]), "%s/pcaps/%s", top, argument + 1);
		else
			snprintf(paths[i], sizeof(paths[i]), "%s/result", trial->directory);
		arguments[i] = paths[i];
	}
	arguments[6] = NULL;
}

/* "--json" and a path behind it are one argument. */
static void
join_json(const char *arguments[7], char joined[2 * TRIAL_PATH + 8])
{
	if (strcmp(arguments[0], "--json") != 0 || strstr(arguments[1], "/result") == NULL)
		return;
	snprintf(joined, 2 * TRIAL_PATH + 8, "--json=%s", arguments[1]);
	arguments[0] = joined;
	memmove(&arguments[1], &arguments[2], 5 * sizeof(arguments[0]));
}

static unsigned
try_command(struct trial *trial, const struct command *command, const char *top, uint64_t every)
{
	char paths[6][2 * TRIAL_PATH];
	char joined[2 * TRIAL_PATH + 8];
	const char *arguments[7];
	struct order order = { .refused = UINT64_MAX };
	unsigned faults = 0;
	size_t size;
	prepare(trial, command, top, paths, arguments);
	join_json(arguments, joined);
	trial_run(trial, arguments, arm, &order);
	uint64_t count = take_count(trial);
	char path[TRIAL_PATH];
	trial_path(trial, "result", path);
	struct whole whole = { .out = trial->out, .file = trial_read(path, &size) };
	trial->out = NULL;
	if (trial->code != 0 || count == 0) {
		printf("# even without refusals: code %d, %llu requests\n%s", trial->code,
		       (unsigned long long)count, trial->error);
		faults++;
	}
	if (every == 0)
		every = count / CASES_MOST + 1;
	for (order.refused = 1; order.refused <= count; order.refused += every) {
		trial_run(trial, arguments, arm, &order);
		take_count(trial);
		const char *fault = judge(trial, command, &whole);
		if (fault == NULL)
			continue;
		faults++;
		printf("# request %llu of %llu: %s (code %d, signal %d)\n%.1500s\n",
		       (unsigned long long)order.refused, (unsigned long long)count, fault,
		       trial->code, trial->signal, trial->error != NULL ? trial->error : "");
	}
	free(whole.out);
	free(whole.file);
	printf("# %llu requests, each %lluth refused\n", (unsigned long long)count,
	       (unsigned long long)every);
	return faults;
}

static int
run_one(struct trial *trial, const struct command *command, const char *top, uint64_t request)
{
	char paths[6][2 * TRIAL_PATH];
	char joined[2 * TRIAL_PATH + 8];
	const char *arguments[8] = { "tcpwhy" };
	char *copies[8] = { 0 };
	int count = 1;
	struct order order = { .refused = request };
	prepare(trial, command, top, paths, &arguments[1]);
	join_json(&arguments[1], joined);
	copies[0] = strdup(arguments[0]);
	while (count < 7 && arguments[count] != NULL) {
		copies[count] = strdup(arguments[count]);
		count++;
	}
	arm(&order);
	return tcpwhy_main(count, copies);
}

int
main(int argc, char **argv)
{
	struct trial trial;
	const char *top = getenv("top_srcdir") != NULL ? getenv("top_srcdir") : ".";
	uint64_t every = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	if (!trial_open(&trial))
		return EXIT_FAILURE;
	setenv("TMPDIR", trial.directory, 1);
	if (argc > 3)
		return run_one(&trial, &commands[(strtoul(argv[2], NULL, 10) - 1) % COMMANDS], top,
			       strtoull(argv[3], NULL, 10));
	for (unsigned i = 0; i < COMMANDS; i++)
		printf("%sok %u - %s: every allocation may fail\n",
		       try_command(&trial, &commands[i], top, every) > 0 ? "not " : "", i + 1,
		       commands[i].claim);
	trial_close(&trial);
	printf("1..%d\n", COMMANDS);
	return EXIT_SUCCESS;
}

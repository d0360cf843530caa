/* SPDX-License-Identifier: BSD-2-Clause */
/* Landlock first, as it has to open the directories, then seccomp. */
#include "ui/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "ui/landlock.h"
#include "ui/sandbox_calls.h"
#include "ui/sanitize.h"
#include "ui/threads.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                     \
	__has_feature(memory_sanitizer) || defined(SANDBOX_LEFT_OUT)
enum { SANDBOX_IS_BUILT = false };
#else
enum { SANDBOX_IS_BUILT = true };
#endif

bool
sandbox_is_built(void)
{
	return SANDBOX_IS_BUILT;
}

static enum sandbox_result __attribute__((format(printf, 4, 5)))
say(enum sandbox_result result, char *text, size_t size, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, size, format, arguments);
	va_end(arguments);
	return result;
}

/* others: more threads run, which must be limited too. Returns 0 or a negative errno. */
static int
limit_calls(const struct sandbox_calls *calls, bool others)
{
	/* Older kernels can end a thread only, which would leave the others waiting for it. */
	uint32_t action = seccomp_api_get() >= 3 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_KILL;
	scmp_filter_ctx filter = seccomp_init(action);
	if (filter == NULL)
		return -ENOMEM;
	int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, action);
	if (error == 0 && others)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* Kernels before 5.16 slow down who is filtered, for the sake of programs that run code of
	 * strangers. This one does not; libraries that cannot ask for it are fine, too. */
	if (error == 0)
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC,
			 1); /* the kernel's errno, not a common one */
	if (error == 0)
		error = sandbox_calls_add(filter, calls);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

static const char *
file_words(enum landlock_result landlock, bool others)
{
	if (landlock == LANDLOCK_ABSENT)
		return "files are not, as Landlock is not available";
	return others ? "files are, but not for threads that ran before" : "files are limited too";
}

enum sandbox_result
sandbox_enter(const struct sandbox_options *options, char *text, size_t size)
{
	const struct landlock_paths paths = {
		.writable = options->directories,
		.writable_count = options->directory_count,
		.only_rename = options->only_rename,
		.readable = options->readable,
		.readable_count = options->readable_count,
	};
	const char *path = NULL;
	char clean[SANITIZED_SIZE] = "";
	bool others = threads_running() != 1;
	if (!SANDBOX_IS_BUILT)
		return say(SANDBOX_UNAVAILABLE, text, size, "no sandbox in this build");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return say(SANDBOX_UNAVAILABLE, text, size, "no sandbox: no_new_privs: %s",
			   strerror(errno));
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return say(SANDBOX_UNAVAILABLE, text, size,
			   "no sandbox: this kernel has no seccomp");
	enum landlock_result landlock = landlock_enter(&paths, &path);
	if (landlock == LANDLOCK_FAILED) {
		int saved = errno;
		if (path != NULL)
			sanitize_string(path, false, clean, sizeof(clean));
		return say(SANDBOX_FAILED, text, size, "sandbox: Landlock: %s%s%s", clean,
			   path != NULL ? ": " : "", strerror(saved));
	}
	const struct sandbox_calls calls = {
		.network_capture = options->network_capture,
		.rename_files = options->directory_count > 0,
		.make_files = options->directory_count > 0 && !options->only_rename,
		.read_files = options->readable_count > 0 &&
			      (options->must_read || (landlock == LANDLOCK_ENTERED && !others)),
	};
	int error = limit_calls(&calls, others);
	if (error != 0)
		return say(SANDBOX_FAILED, text, size, "sandbox: seccomp: %s", strerror(-error));
	return say(SANDBOX_ENTERED, text, size, "sandbox: system calls are limited, %s",
		   file_words(landlock, others));
}

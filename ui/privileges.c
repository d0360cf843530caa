/* SPDX-License-Identifier: BSD-2-Clause */
/* Rights are given up in an order in which each step still has the right it needs, then it is tried
 * whether any can be taken back. */
#include "ui/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/sanitize.h"
#include "ui/threads.h"

/* As whom the program goes on. */
struct target {
	uid_t uid;
	gid_t gid;
	bool changes; /* the process is root's, so that ids are set */
	char name[64];
};

static bool __attribute__((format(printf, 3, 4)))
fail(char *text, size_t size, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, size, format, arguments);
	va_end(arguments);
	return false;
}

/* A decimal number and nothing else; -1, which stands for "no change" in system calls, is none. */
static bool
parse_id(const char *word, uint32_t *ret_id)
{
	char *end;
	if (word == NULL || word[0] < '0' || word[0] > '9' || strlen(word) > 10)
		return false;
	unsigned long long value = strtoull(word, &end, 10);
	if (*end != '\0' || value >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)value;
	return true;
}

static void
target_set(struct target *target, uid_t uid, gid_t gid)
{
	const struct passwd *entry = getpwuid(uid);
	target->uid = uid;
	target->gid = gid;
	if (entry != NULL)
		sanitize_string(entry->pw_name, false, target->name, sizeof(target->name));
	else
		snprintf(target->name, sizeof(target->name), "%lu", (unsigned long)uid);
}

/* -Z USER. */
static bool
target_named(struct target *target, const char *user, char *text, size_t size)
{
	char clean[SANITIZED_SIZE];
	uint32_t uid;
	errno = 0;
	const struct passwd *entry = getpwnam(user);
	if (entry == NULL && parse_id(user, &uid))
		entry = getpwuid(uid);
	if (entry == NULL) {
		sanitize_string(user, false, clean, sizeof(clean));
		return fail(text, size, "-Z %s: there is no such user", clean);
	}
	target_set(target, entry->pw_uid, entry->pw_gid);
	return true;
}

/* Who called sudo, so that files belong to that user. Nobody is believed to be root here. */
static bool
target_of_sudo(struct target *target)
{
	uint32_t uid, gid;
	if (!parse_id(getenv("SUDO_UID"), &uid) || !parse_id(getenv("SUDO_GID"), &gid) ||
	    uid == 0 || gid == 0 || getpwuid(uid) == NULL)
		return false;
	target_set(target, uid, gid);
	return true;
}

static bool
target_choose(struct target *target, const struct privileges *wanted, char *text, size_t size)
{
	target->changes = geteuid() == 0;
	target_set(target, getuid(), getgid());
	if (!target->changes || getuid() != 0) {
		/* The environment and the options of a setuid program are its caller's. */
		if (wanted->user != NULL)
			return fail(text, size, "-Z is for root; this is user %s", target->name);
		return true;
	}
	if (wanted->user != NULL)
		return target_named(target, wanted->user, text, size);
	if (target_of_sudo(target))
		return true;
	const struct passwd *entry = getpwnam("nobody");
	if (entry == NULL || entry->pw_uid == 0 || entry->pw_gid == 0)
		return fail(text, size, "there is no user nobody to go on as; name one: -Z USER");
	target_set(target, entry->pw_uid, entry->pw_gid);
	return true;
}

/* What only the holder of CAP_SETPCAP can do. Capabilities that a program could gain by running
 * another one go first, and that uid 0 stands for capabilities. */
static bool
empty_bounding_set(char *text, size_t size)
{
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		return true;
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return fail(text, size, "capabilities stay in the bounding set: %s",
			    strerror(errno));
	if (capng_lock() != 0)
		return fail(text, size, "securebits: %s", strerror(errno));
	return true;
}

static bool
change_user(const struct target *target, char *text, size_t size)
{
	const char *step =
		setgroups(0, NULL) != 0 ? "supplementary groups are not given up"
		: setresgid(target->gid, target->gid, target->gid) != 0 ? "the group is not changed"
		: setresuid(target->uid, target->uid, target->uid) != 0 ? "the user is not changed"
									: NULL;
	if (step == NULL)
		return true;
	const char *reason = strerror(errno);
	return fail(text, size, "going on as user %s: %s: %s%s", target->name, step, reason,
		    target->uid != 0 ? "; -Z root keeps the user and drops only capabilities" : "");
}

static bool
drop_capabilities(char *text, size_t size)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_apply(CAPNG_SELECT_AMBIENT) != 0)
		return fail(text, size, "capabilities are not given up: %s", strerror(errno));
	return true;
}

/* What the system says now, and whether what was given up comes back on demand. */
static bool
verify(const struct target *target, char *text, size_t size)
{
	uid_t real, effective, saved;
	if (capng_get_caps_process() != 0)
		return fail(text, size, "capabilities cannot be read: %s", strerror(errno));
	if (capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE ||
	    capng_have_capabilities(CAPNG_SELECT_AMBIENT) != CAPNG_NONE)
		return fail(text, size, "capabilities were given up, but some are still there");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return fail(text, size, "no_new_privs was set, but does not hold");
	if (getresuid(&real, &effective, &saved) != 0 || real != target->uid ||
	    effective != target->uid || saved != target->uid)
		return fail(text, size, "the user was changed to %s, but not everywhere",
			    target->name);
	if (target->changes && (getgroups(0, NULL) != 0 || getegid() != target->gid))
		return fail(text, size, "groups were given up, but some are still there");
	if (target->uid != 0 && setuid(0) == 0)
		return fail(text, size, "root's rights were given up, but came back");
	if (target->changes && target->gid != 0 && setgid(0) == 0)
		return fail(text, size, "root's group was given up, but came back");
	return true;
}

static bool
become(const struct target *target, char *text, size_t size)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(text, size, "no_new_privs: %s", strerror(errno));
	if (capng_get_caps_process() != 0)
		return fail(text, size, "capabilities cannot be read: %s", strerror(errno));
	return empty_bounding_set(text, size) &&
	       (!target->changes || change_user(target, text, size)) &&
	       drop_capabilities(text, size) && verify(target, text, size);
}

bool
privileges_drop(const struct privileges *wanted, char *text, size_t size)
{
	struct target target;
	/* Linux keeps rights by thread, and capabilities are changed for the calling one alone. */
	if (threads_running() > 1)
		return fail(text, size, "rights cannot be given up: other threads run already");
	if (!target_choose(&target, wanted, text, size) || !become(&target, text, size))
		return false;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail(text, size, "memory stays open to debuggers: %s", strerror(errno));
	umask(S_IRWXG | S_IRWXO);
	return true;
}

/* The child's exit code: 0, or the errno of what failed. */
static int
try_to_write(const struct target *target, const char *directory)
{
	char text[PRIVILEGES_TEXT_SIZE];
	if (!become(target, text, sizeof(text)))
		return 0; /* privileges_drop() will say why */
	return access(directory, W_OK | X_OK) == 0 ? 0 : errno;
}

/* Whose directory it is may make files there: -Z with that user is a remedy. */
static void
name_remedy(const struct target *target, const char *directory, int error, char *text, size_t size)
{
	struct stat status;
	const struct passwd *owner = NULL;
	char name[64] = "";
	if (error == EACCES && target->changes && getuid() == 0 && stat(directory, &status) == 0 &&
	    status.st_uid != target->uid && (status.st_mode & S_IWUSR) != 0)
		owner = getpwuid(status.st_uid);
	if (owner != NULL)
		sanitize_string(owner->pw_name, false, name, sizeof(name));
	snprintf(text, size, "%s%s%sname another directory", owner != NULL ? "-Z " : "", name,
		 owner != NULL ? " makes them as its owner, or " : "");
}

bool
privileges_can_write(const struct privileges *wanted, const char *directory, char *text,
		     size_t size)
{
	struct target target;
	char clean[SANITIZED_SIZE];
	char remedy[160];
	int status;
	if (!target_choose(&target, wanted, text, size))
		return false;
	pid_t child = fork();
	if (child == 0)
		_exit(try_to_write(&target, directory));
	if (child < 0)
		return fail(text, size, "no process to try file permissions in: %s",
			    strerror(errno));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return true; /* somebody reaps our children; opening will tell */
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 0)
		return true;
	sanitize_string(directory, false, clean, sizeof(clean));
	name_remedy(&target, directory, WEXITSTATUS(status), remedy, sizeof(remedy));
	return fail(text, size, "%s: user %s cannot make files there (%s); %s", clean, target.name,
		    strerror(WEXITSTATUS(status)), remedy);
}

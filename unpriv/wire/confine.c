/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include "lib/caps.h"
#include "lib/sandbox.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/*
 * linux/landlock.h of Debian 12 ends at the second version of what the kernel offers now. A
 * kernel is told of no more than it says it knows (Documentation/userspace-api/landlock.rst).
 */
#define LL_CREATE_RULESET_VERSION 1U
#define LL_RULE_PATH_BENEATH 1
#define LL_FS_READ_FILE (UINT64_C(1) << 2)
#define LL_FS_READ_DIR (UINT64_C(1) << 3)
#define LL_FS_MAKE_SOCK (UINT64_C(1) << 9)
#define LL_FS_V1 ((UINT64_C(1) << 13) - 1)
#define LL_FS_V2_REFER (UINT64_C(1) << 13)
#define LL_FS_V3_TRUNCATE (UINT64_C(1) << 14)
#define LL_FS_V5_IOCTL_DEV (UINT64_C(1) << 15)
#define LL_V6_SCOPES UINT64_C(3) /* abstract unix sockets, signals */

struct ll_ruleset {
	uint64_t fs, net, scoped;
};

struct ll_path {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

static size_t ruleset_for(long version, struct ll_ruleset *ret)
{
	*ret = (struct ll_ruleset){.fs = LL_FS_V1};
	if (version >= 2)
		ret->fs |= LL_FS_V2_REFER;
	if (version >= 3)
		ret->fs |= LL_FS_V3_TRUNCATE;
	if (version >= 5)
		ret->fs |= LL_FS_V5_IOCTL_DEV;
	if (version >= 6)
		ret->scoped = LL_V6_SCOPES;
	return version >= 6   ? sizeof(*ret)
	       : version >= 4 ? offsetof(struct ll_ruleset, scoped)
			      : offsetof(struct ll_ruleset, net);
}

static int allow_reading(int rules, int fd)
{
	struct ll_path path = {.allowed = LL_FS_READ_FILE, .parent_fd = fd};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		path.allowed |= LL_FS_READ_DIR;
	return syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH_BENEATH, &path, 0) < 0 ? -errno
											 : 0;
}

static int enter_landlock(const struct confine *c)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_CREATE_RULESET_VERSION);
	struct ll_ruleset ruleset;
	CLEANUP_FD int rules = -1;
	size_t size;

	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	size = ruleset_for(version, &ruleset);
	if (c->makes_sockets)
		ruleset.fs &= ~LL_FS_MAKE_SOCK;
	rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	if (rules < 0)
		return -errno;
	for (size_t i = 0; i < c->readables; i++) {
		int r = allow_reading(rules, c->readable[i]);

		if (r < 0)
			return r;
	}
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}

/* Not RLIMIT_FSIZE: messages may go to a file, too. */
static int set_limits(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_MEMLOCK, &none) < 0 ? -errno
											 : 0;
}

static int set_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int confine_enter(const struct confine *c, enum confine_step *reterr)
{
	int r;

	*reterr = CONFINE_CAPABILITIES;
	r = caps_drop();
	if (r < 0)
		return r;
	*reterr = CONFINE_LIMITS;
	r = set_limits();
	if (r < 0)
		return r;
	*reterr = CONFINE_PRIVILEGES;
	r = set_privileges();
	if (r < 0)
		return r;
	*reterr = CONFINE_LANDLOCK;
	r = enter_landlock(c);
	if (r < 0)
		return r;
	*reterr = CONFINE_SECCOMP;
	return sandbox_enter(c->filter, c->filter_len);
}

const char *confine_step_text(enum confine_step step)
{
	switch (step) {
	case CONFINE_CAPABILITIES:
		return "drop the capabilities";
	case CONFINE_LIMITS:
		return "set the resource limits";
	case CONFINE_PRIVILEGES:
		return "set no_new_privs";
	case CONFINE_LANDLOCK:
		return "enter landlock";
	case CONFINE_SECCOMP:
		return "load the system call filter";
	}
	return "?";
}

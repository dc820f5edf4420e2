/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "landlock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LL_CREATE_RULESET_VERSION 1U
#define LL_RULE_PATH_BENEATH 1
#define LL_FS_V1 ((UINT64_C(1) << 13) - 1)
#define LL_FS_V2_REFER (UINT64_C(1) << 13)
#define LL_FS_V3_TRUNCATE LL_FS_TRUNCATE
#define LL_FS_V5_IOCTL_DEV (UINT64_C(1) << 15)
#define LL_V6_SCOPES UINT64_C(3) /* abstract unix sockets, signals */

struct ll_ruleset {
	uint64_t fs, net, scoped;
};

struct ll_path {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* A kernel is told of no more than it says it knows. */
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

int landlock_enter(uint64_t fs, const struct landlock_below *below, size_t n)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_CREATE_RULESET_VERSION);
	struct ll_ruleset ruleset;
	CLEANUP_FD int rules = -1;
	size_t size;

	/* EPERM: a filter around us that does not know of it. */
	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -errno;
	size = ruleset_for(version, &ruleset);
	ruleset.fs &= fs;
	rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	if (rules < 0)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		struct ll_path path = {below[i].allowed & ruleset.fs, below[i].fd};

		if (syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH_BENEATH, &path, 0) < 0)
			return -errno;
	}
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}

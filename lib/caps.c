/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caps.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* The capabilities of the list, one bit each. */
static uint64_t kept;

/* What the kernel says, not what the library remembers. */
static int read_sets(uint64_t *permitted, uint64_t *effective, uint64_t *inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	*effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	*inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
	return 0;
}

static int parse_list(const char *list, uint64_t *ret)
{
	uint64_t set = 0;
	const char *end = strrchr(list, '=');

	if (!end || strcmp(end, "=p") != 0)
		return -EINVAL;
	for (const char *p = list;;) {
		size_t len = strcspn(p, ",=");
		char name[32];
		int cap;

		if (len <= 4 || len >= sizeof(name) || strncmp(p, "cap_", 4) != 0)
			return -EINVAL;
		memcpy(name, p + 4, len - 4);
		name[len - 4] = '\0';
		cap = capng_name_to_capability(name);
		if (cap < 0)
			return -EINVAL;
		set |= UINT64_C(1) << cap;
		p += len;
		if (p == end)
			break;
		if (*p++ != ',')
			return -EINVAL;
	}
	*ret = set;
	return 0;
}

/* Sets permitted and effective through libcap-ng, inheritable always empty. */
static int apply(uint64_t permitted, uint64_t effective)
{
	uint64_t p, e, i;
	int r;

	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (permitted >> cap & 1 && capng_update(CAPNG_ADD, CAPNG_PERMITTED, cap) < 0)
			return -EINVAL;
		if (effective >> cap & 1 && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, cap) < 0)
			return -EINVAL;
	}
	/* Its return value alone is no proof: with CAPNG_SELECT_BOTH it is 0 even where the
	 * bounding set stayed as it was (0.8.3). */
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return -EPERM;
	r = read_sets(&p, &e, &i);
	if (r < 0)
		return r;
	return p == permitted && e == effective && i == 0 ? 0 : -EPERM;
}

/* With CAP_SETPCAP (setuid root, root), the bounding set is emptied; but of what a helper keeps
 * that is to execute something as root. */
static int clear_bounding(void)
{
	unsigned long cap = 0;

	/* uid 0 has after an exec what the bounding set leaves it. */
	uint64_t spared = kept >> CAP_SETUID & 1 ? kept : 0;

	while (cap < 64 && (spared >> cap & 1 || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0))
		cap++;
	/* EINVAL: past the kernel's last one. */
	return cap > CAP_NET_ADMIN && (cap == 64 || errno == EINVAL) ? 0 : -EPERM;
}

/* All ids become the caller's. Supplementary groups are the caller's already. */
static int become_caller(void)
{
	uid_t uid = getuid(), r, e, s;
	gid_t gid = getgid(), rg, eg, sg;

	if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return -errno;
	if (r != uid || e != uid || s != uid || rg != gid || eg != gid || sg != gid)
		return -EPERM;
	return 0;
}

static int give_up(uint64_t permitted, uint64_t effective)
{
	bool change_ids = getuid() != geteuid() || getgid() != getegid();
	int r;

	if (effective >> CAP_SETPCAP & 1) {
		r = clear_bounding();
		if (r < 0)
			return r;
	}
	if (change_ids) {
		/* Leaving uid 0 clears the permitted set unless the kernel is told not to. */
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
			return -errno;
		r = become_caller();
		if (r < 0)
			return r;
		if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
			return -errno;
	}
	/* Empties the ambient set as well: it cannot exceed the inheritable one. */
	r = apply(permitted & kept, 0);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* A way back would mean that something above did not do what it said. */
	if (getuid() != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return -EPERM;
	return 0;
}

int caps_enter(const char *list)
{
	uint64_t permitted, effective, inheritable;

	if (parse_list(list, &kept) < 0)
		return -EINVAL;
	if (read_sets(&permitted, &effective, &inheritable) < 0 ||
	    give_up(permitted, effective) < 0)
		return -ENOTRECOVERABLE;
	if ((permitted & kept) == kept)
		return 0;
	kept &= permitted;
	return -EPERM;
}

bool caps_have(const char *list)
{
	uint64_t set;

	return parse_list(list, &set) == 0 && (kept & set) == set;
}

int caps_limit(const char *list)
{
	uint64_t set;

	if (parse_list(list, &set) < 0)
		return -EINVAL;
	kept &= set;
	return apply(kept, 0);
}

int caps_become_root(void)
{
	int r = caps_raise();

	if (r < 0)
		return r;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	return caps_lower();
}

int caps_raise(void)
{
	/* Nothing to raise is no success. */
	return kept ? apply(kept, kept) : -EPERM;
}

int caps_lower(void)
{
	return apply(kept, 0);
}

int caps_drop(void)
{
	kept = 0;
	return apply(0, 0);
}

bool caps_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

bool caps_in_user_namespace(void)
{
	char buf[64];
	CLEANUP_FD int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	size_t len;

	if (n < 0)
		return false;
	/* The first user namespace maps 0 0 4294967295, in three columns; the file is empty
	 * where nobody has written the map of a new one yet. */
	buf[n] = '\0';
	len = strspn(buf, " ");
	return strncmp(buf + len, "0 ", 2) != 0 || !strstr(buf, " 4294967295\n");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runas.h"

#include "num.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Writes the user's own name, which groups are listed by. 1, 0 or -errno. */
static int find_user(const char *user, struct runas *ret, char *name, size_t size)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *pw;
	uint64_t number;
	bool by_number = num_parse(user, strlen(user), 0, (uid_t)-2, &number) == 0;
	int r = 0;

	if (!file)
		return -errno;
	while (r == 0 && (errno = 0, pw = fgetpwent(file))) {
		if (by_number ? pw->pw_uid != number : strcmp(pw->pw_name, user) != 0)
			continue;
		ret->uid = pw->pw_uid;
		ret->gid = pw->pw_gid;
		r = snprintf(name, size, "%s", pw->pw_name) < (int)size ? 1 : -ENAMETOOLONG;
	}
	if (r == 0 && errno && errno != ENOENT)
		r = -errno;
	fclose(file);
	return r;
}

static bool is_member(const struct group *gr, const char *name)
{
	for (char *const *m = gr->gr_mem; *m; m++)
		if (strcmp(*m, name) == 0)
			return true;
	return false;
}

static int find_groups(const char *name, struct runas *ret)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *gr;
	int r = 0;

	if (!file)
		return -errno;
	while (r == 0 && (errno = 0, gr = fgetgrent(file))) {
		if (gr->gr_gid == ret->gid || !is_member(gr, name))
			continue;
		if (ret->ngroups == RUNAS_GROUPS_MAX)
			r = -E2BIG;
		else
			ret->groups[ret->ngroups++] = gr->gr_gid;
	}
	if (r == 0 && errno && errno != ENOENT)
		r = -errno;
	fclose(file);
	return r;
}

int runas_find(const char *user, struct runas *ret)
{
	char name[256];
	int r;

	memset(ret, 0, sizeof(*ret));
	r = find_user(user, ret, name, sizeof(name));
	if (r != 1)
		return r;
	r = find_groups(name, ret);
	return r < 0 ? r : 1;
}

int runas_become(const struct runas *u, uint64_t caps)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{.permitted = (uint32_t)caps, .inheritable = (uint32_t)caps},
		{.permitted = (uint32_t)(caps >> 32), .inheritable = (uint32_t)(caps >> 32)},
	};

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(u->ngroups, u->groups) < 0 ||
	    setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0 ||
	    syscall(SYS_capset, &header, data) < 0)
		return -errno;
	for (unsigned long cap = 0; cap < 64; cap++)
		if (caps >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return u->uid != 0 && setuid(0) == 0 ? -EPERM : 0;
}

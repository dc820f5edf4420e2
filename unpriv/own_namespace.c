/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int map_ourselves(uid_t uid, gid_t gid)
{
	char map[64];
	int r = write_file("/proc/self/setgroups", "deny");

	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	/* Here AppArmor refuses, where it restricts them: unshare(2) went well. */
	if (r == 0)
		r = write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	return r == 0 ? write_file("/proc/self/gid_map", map) : r;
}

int own_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r = 0;

	if (uid != 0)
		r = unshare(CLONE_NEWUSER) < 0 ? -errno : map_ourselves(uid, gid);
	if (r == 0 && unshare(CLONE_NEWNET) < 0)
		r = -errno;
	return r;
}

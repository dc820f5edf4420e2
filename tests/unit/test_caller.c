/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/caller.c, on databases that say what they are told to here. */
#include "lib/caller.h"
#include "lib/names.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* 100 is "known", 101 has no name, 102 is "late", whose name leads to no number. */
int names_uid(const char *name, uid_t *ret)
{
	*ret = 100;
	return strcmp(name, "known") == 0;
}

int names_gid(const char *name, gid_t *ret)
{
	return names_uid(name, ret);
}

int names_user(uid_t uid, char *buf, size_t size)
{
	if (uid == 103)
		return -EIO;
	snprintf(buf, size, "%s", uid == 102 ? "late" : "known");
	return uid != 101;
}

int names_group(gid_t gid, char *buf, size_t size)
{
	return names_user(gid, buf, size);
}

int names_users_certain(void)
{
	return 0;
}

int names_groups_certain(void)
{
	return 0;
}

static int in_group(gid_t first, gid_t second, gid_t third, const char *name)
{
	gid_t groups[] = {second, third};
	const struct caller c = {.gid = first, .groups = groups, .ngroups = 2};

	test_case("%u %u %u in '%s'", first, second, third, name);
	return caller_in_group(&c, name);
}

static void users(void)
{
	static const struct caller known = {.uid = 100}, nameless = {.uid = 101},
				   late = {.uid = 102}, broken = {.uid = 103};

	CHECK_INT(caller_is_user(&known, "known"), 1);
	CHECK_INT(caller_is_user(&known, "late"), 0);
	CHECK_INT(caller_is_user(&nameless, "known"), 0);
	CHECK_INT(caller_is_user(&nameless, "101"), 1);
	CHECK_INT(caller_is_user(&nameless, "late"), -EAGAIN);
	CHECK_INT(caller_is_user(&late, "late"), 1);
	CHECK_INT(caller_is_user(&broken, "late"), -EIO);
}

/* A group without a name is no reason not to look at the others. */
static void groups(void)
{
	CHECK_INT(in_group(101, 100, 102, "late"), 1);
	CHECK_INT(in_group(100, 101, 102, "late"), 1);
	CHECK_INT(in_group(101, 101, 102, "late"), 1);
	CHECK_INT(in_group(102, 101, 101, "late"), 1);
	CHECK_INT(in_group(101, 100, 100, "late"), -EAGAIN);
	CHECK_INT(in_group(100, 101, 100, "late"), -EAGAIN);
	CHECK_INT(in_group(100, 100, 101, "late"), -EAGAIN);
	CHECK_INT(in_group(101, 101, 101, "late"), -EAGAIN);
	CHECK_INT(in_group(100, 100, 100, "late"), 0);
	CHECK_INT(in_group(101, 103, 102, "late"), -EIO);
	CHECK_INT(in_group(101, 102, 100, "known"), 1);
}

int main(void)
{
	static const struct test tests[] = {
		{"users: by name, by number, and when that cannot be told", users, false},
		{"groups: one that has no name hides no other", groups, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

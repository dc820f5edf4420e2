/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"
#include "names_share.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* A group's record lists its members: some sites have very long ones. */
#define RECORD_FIRST ((size_t)4096)
#define RECORD_MOST ((size_t)64 << 20)

/* getpwnam_r(3) lists these as ways in which databases say "not found". */
static bool means_not_found(int err)
{
	return err == 0 || err == ENOENT || err == ESRCH || err == EBADF || err == EPERM;
}

struct question {
	const char *name; /* NULL: ask by id */
	unsigned id;
	char *text; /* of the answer to a question by id */
	size_t size;
};

typedef int (*ask_fn)(struct question *q, char *buf, size_t size, bool *found);

/* Asks with a larger buffer until the record fits. */
static int ask(ask_fn fn, struct question *q)
{
	for (size_t size = RECORD_FIRST; size <= RECORD_MOST; size *= 4) {
		bool found = false;
		char *buf = malloc(size);
		int err;

		if (!buf)
			return -ENOMEM;
		err = fn(q, buf, size, &found);
		free(buf);
		if (found)
			return 1;
		if (err != ERANGE)
			return means_not_found(err) ? 0 : names_error(-err);
	}
	return -ERANGE;
}

static int ask_passwd(struct question *q, char *buf, size_t size, bool *found)
{
	struct passwd pw, *result = NULL;
	int err = q->name ? getpwnam_r(q->name, &pw, buf, size, &result)
			  : getpwuid_r(q->id, &pw, buf, size, &result);

	if (result) {
		*found = true;
		q->id = pw.pw_uid;
		if (!q->name)
			snprintf(q->text, q->size, "%s", pw.pw_name);
	}
	return err;
}

static int ask_group(struct question *q, char *buf, size_t size, bool *found)
{
	struct group gr, *result = NULL;
	int err = q->name ? getgrnam_r(q->name, &gr, buf, size, &result)
			  : getgrgid_r(q->id, &gr, buf, size, &result);

	if (result) {
		*found = true;
		q->id = gr.gr_gid;
		if (!q->name)
			snprintf(q->text, q->size, "%s", gr.gr_name);
	}
	return err;
}

int names_uid(const char *name, uid_t *ret)
{
	struct question q = {.name = name};
	int r = ask(ask_passwd, &q);

	if (r == 1)
		*ret = q.id;
	return r;
}

int names_gid(const char *name, gid_t *ret)
{
	struct question q = {.name = name};
	int r = ask(ask_group, &q);

	if (r == 1)
		*ret = q.id;
	return r;
}

int names_user(uid_t uid, char *buf, size_t size)
{
	struct question q = {.id = uid, .text = buf, .size = size};

	return ask(ask_passwd, &q);
}

int names_group(gid_t gid, char *buf, size_t size)
{
	struct question q = {.id = gid, .text = buf, .size = size};

	return ask(ask_group, &q);
}

/* The C library has the files built in (2.34): it cannot but read them, or fail. */
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
#define FILES_ARE_BUILT_IN true
#else
#define FILES_ARE_BUILT_IN false
#endif

int names_users_certain(void)
{
	return FILES_ARE_BUILT_IN ? names_certain("passwd") : 0;
}

int names_groups_certain(void)
{
	return FILES_ARE_BUILT_IN ? names_certain("group") : 0;
}

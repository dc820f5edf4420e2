/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

/* As many symbolic links as the kernel itself follows in one path. */
#define MAX_LINKS 40

struct walk {
	chain_fn fn;
	void *ctx;
	unsigned links;
	char at[PATH_MAX];   /* reached so far, without links; "" is "/" */
	char rest[PATH_MAX]; /* still to be walked */
};

static int visit(struct walk *w, const struct stat *st, bool last)
{
	return w->fn(w->ctx, w->at[0] ? w->at : "/", st, last);
}

/* Puts a link's target before the rest; w->at is the link, and becomes its folder. */
static int follow(struct walk *w)
{
	char target[PATH_MAX];
	size_t rest = strlen(w->rest);
	ssize_t n = readlink(w->at, target, sizeof(target));

	if (n < 0)
		return -errno;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if ((size_t)n + rest >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + n, w->rest, rest + 1);
	memcpy(w->rest, target, (size_t)n);
	if (w->rest[0] == '/')
		w->at[0] = '\0';
	else
		*strrchr(w->at, '/') = '\0';
	return 0;
}

/* Appends the next component to w->at. 1; 0: there is none; -errno. */
static int advance(struct walk *w)
{
	char *name = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(name, "/"), at = strlen(w->at);

	if (len == 0)
		return 0;
	if (len == 2 && memcmp(name, "..", 2) == 0) {
		if (at > 0)
			*strrchr(w->at, '/') = '\0';
	} else if (len != 1 || name[0] != '.') {
		if (at + 1 + len >= sizeof(w->at))
			return -ENAMETOOLONG;
		w->at[at] = '/';
		memcpy(w->at + at + 1, name, len);
		w->at[at + 1 + len] = '\0';
	}
	memmove(w->rest, name + len, strlen(name + len) + 1);
	return 1;
}

static int walk(struct walk *w)
{
	struct stat st;
	int r;

	if (stat("/", &st) < 0)
		return -errno;
	r = visit(w, &st, false);
	while (r == 0) {
		r = advance(w);
		if (r <= 0)
			return r;
		if (lstat(w->at[0] ? w->at : "/", &st) < 0)
			return -errno;
		r = visit(w, &st, !S_ISLNK(st.st_mode) && w->rest[strspn(w->rest, "/")] == '\0');
		if (r == 0 && S_ISLNK(st.st_mode))
			r = follow(w);
	}
	return r;
}

int chain_walk(const char *path, chain_fn fn, void *ctx, char retpath[PATH_MAX])
{
	struct walk w = {.fn = fn, .ctx = ctx};
	int r;

	snprintf(retpath, PATH_MAX, "%s", path);
	if (path[0] != '/' || strlen(path) >= sizeof(w.rest))
		return path[0] != '/' ? -EINVAL : -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	r = walk(&w);
	snprintf(retpath, PATH_MAX, "%s", w.at[0] ? w.at : "/");
	return r;
}

#define NOT_ALL 1

static int check_readable(void *ctx, const char *path, const struct stat *st, bool last)
{
	mode_t all = last && !S_ISDIR(st->st_mode) ? S_IRUSR | S_IRGRP | S_IROTH
						   : S_IXUSR | S_IXGRP | S_IXOTH;

	(void)ctx;
	if (S_ISLNK(st->st_mode))
		return 0;
	/* Who is in a file's group has the group's rights, even where others have more. */
	if ((st->st_mode & all) != all)
		return NOT_ALL;
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0 ? NOT_ALL : 0;
}

int chain_readable_by_all(const char *path, char retpath[PATH_MAX])
{
	int r = chain_walk(path, check_readable, &r, retpath);

	return r < 0 ? r : r != NOT_ALL;
}

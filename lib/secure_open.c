/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secure_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* As many symbolic links as the kernel itself follows in one path. */
#define MAX_LINKS 40

struct walk {
	int dir;             /* O_PATH descriptor of the folder reached so far */
	char done[256];      /* its path, without a final '/': for messages, cut when longer */
	char rest[PATH_MAX]; /* what is still to be walked */
	struct secure_open_error *error;
};

static int fail(struct walk *w, const char *name, enum secure_open_reason reason, int err)
{
	struct secure_open_error *e = w->error;

	e->reason = reason;
	e->err = err;
	/* A path that is too long for the message is cut: it only names the culprit. */
	if (snprintf(e->path, sizeof(e->path), "%s/%s", w->done, name) < 0)
		e->path[0] = '\0';
	return -err;
}

static int check_owner(struct walk *w, const char *name, const struct stat *st)
{
	w->error->owner = st->st_uid;
	w->error->mode = st->st_mode;
	if (st->st_uid != 0)
		return fail(w, name, SECURE_OPEN_OWNER, EPERM);
	if (S_ISLNK(st->st_mode) || (st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
		return 0;
	return fail(w, name, SECURE_OPEN_WRITABLE, EPERM);
}

static int enter_root(struct walk *w)
{
	struct stat st;
	CLEANUP_FD int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	w->done[0] = '\0';
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(w, "", SECURE_OPEN_ERRNO, errno);
	r = check_owner(w, "", &st);
	if (r < 0)
		return r;
	if (w->dir >= 0)
		close(w->dir);
	w->dir = steal_fd(&fd);
	return 0;
}

/* Takes the first component off w->rest into name. false: there is none. */
static bool next_component(struct walk *w, char name[NAME_MAX + 2], bool *last)
{
	char *start = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(start, "/");
	/* One byte more than a name can have, so that openat() says ENAMETOOLONG. */
	size_t kept = len <= NAME_MAX ? len : NAME_MAX + 1;

	if (len == 0)
		return false;
	memcpy(name, start, kept);
	name[kept] = '\0';
	*last = start[len] == '\0';
	memmove(w->rest, start + len, strlen(start + len) + 1);
	return true;
}

/* Puts the target of the symbolic link fd before what is still to be walked. Not inline: most
 * paths have no link, and would touch the page of stack for its target all the same. */
__attribute__((noinline)) static int follow(struct walk *w, const char *name, int fd)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));
	size_t rest_len = strlen(w->rest);

	if (n < 0)
		return fail(w, name, SECURE_OPEN_ERRNO, errno);
	if ((size_t)n + rest_len >= sizeof(w->rest))
		return fail(w, name, SECURE_OPEN_ERRNO, ENAMETOOLONG);
	memmove(w->rest + n, w->rest, rest_len + 1);
	memcpy(w->rest, target, (size_t)n);
	return w->rest[0] == '/' ? enter_root(w) : 0;
}

static void enter_folder(struct walk *w, const char *name, int *fd)
{
	size_t len = strlen(w->done);

	snprintf(w->done + len, sizeof(w->done) - len, "/%s", name);
	close(w->dir);
	w->dir = steal_fd(fd);
}

/* Opens for reading the regular file that *checked describes. */
static int open_checked(struct walk *w, const char *name, const struct stat *checked)
{
	struct stat st;
	CLEANUP_FD int fd =
		openat(w->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(w, name, SECURE_OPEN_ERRNO, errno);
	/* Only root could have put another file there; it is checked like the first. */
	if (!S_ISREG(st.st_mode))
		return fail(w, name, SECURE_OPEN_TYPE, EPERM);
	if (st.st_dev != checked->st_dev || st.st_ino != checked->st_ino) {
		r = check_owner(w, name, &st);
		if (r < 0)
			return r;
	}
	return steal_fd(&fd);
}

static int walk(struct walk *w)
{
	char name[NAME_MAX + 2];
	unsigned links = 0;
	bool last;
	int r = enter_root(w);

	if (r < 0)
		return r;
	while (next_component(w, name, &last)) {
		struct stat st;
		CLEANUP_FD int fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0 || fstat(fd, &st) < 0)
			return fail(w, name, SECURE_OPEN_ERRNO, errno);
		if (last && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
			return fail(w, name, SECURE_OPEN_TYPE, EPERM);
		r = check_owner(w, name, &st);
		if (r < 0)
			return r;
		if (S_ISLNK(st.st_mode)) {
			if (++links > MAX_LINKS)
				return fail(w, name, SECURE_OPEN_ERRNO, ELOOP);
			r = follow(w, name, fd);
		} else if (S_ISDIR(st.st_mode)) {
			enter_folder(w, name, &fd);
		} else if (!last) {
			r = fail(w, name, SECURE_OPEN_ERRNO, ENOTDIR);
		} else {
			return open_checked(w, name, &st);
		}
		if (r < 0)
			return r;
	}
	return fail(w, "", SECURE_OPEN_TYPE, EPERM);
}

int secure_open(const char *path, struct secure_open_error *reterr)
{
	struct walk w; /* large: filled in as it is used, not cleared as a whole */
	size_t len = strlen(path);
	int r;

	w.dir = -1;
	w.done[0] = '\0';
	w.error = reterr;
	if (path[0] != '/' || len >= sizeof(w.rest)) {
		r = fail(&w, "", path[0] != '/' ? SECURE_OPEN_RELATIVE : SECURE_OPEN_ERRNO,
			 path[0] != '/' ? EPERM : ENAMETOOLONG);
		snprintf(reterr->path, sizeof(reterr->path), "%s", path);
		return r;
	}
	memcpy(w.rest, path, len + 1);
	r = walk(&w);
	if (w.dir >= 0)
		close(w.dir);
	return r;
}

const char *secure_open_text(const struct secure_open_error *error, char *buf, size_t size)
{
	switch (error->reason) {
	case SECURE_OPEN_ERRNO:
		snprintf(buf, size, "%s", strerror(error->err));
		break;
	case SECURE_OPEN_RELATIVE:
		snprintf(buf, size, "is not an absolute path");
		break;
	case SECURE_OPEN_TYPE:
		snprintf(buf, size, "is not a regular file");
		break;
	case SECURE_OPEN_OWNER:
		snprintf(buf, size, "is owned by uid %u; it must be owned by root", error->owner);
		break;
	case SECURE_OPEN_WRITABLE:
		snprintf(buf, size, "has mode %04o; it must not be writable by group or others",
			 error->mode & 07777);
		break;
	}
	return buf;
}

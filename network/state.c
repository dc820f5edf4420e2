/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TRIES 3000
#define LOCK_PAUSE_MS 10
#define TEMP_NAME ".%s.new" /* of a file that is being written */
#define PROC_NET "/proc/sys/net/"

/* The folder of all state: root's, and nobody else can write there. */
static int open_dir(int at, const char *path, bool make, int *ret)
{
	struct stat st;
	CLEANUP_FD int fd = -1;

	if (make && mkdirat(at, path, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	*ret = steal_fd(&fd);
	return 0;
}

static int fail_dir(const char *path, int err)
{
	if (err == -EPERM)
		return worker_fail(EX_FAILED, "%s must be root's, and not writable by others",
				   path);
	return worker_fail(EX_FAILED, "cannot make %s: %s", path, strerror(-err));
}

/* -EPIPE: nobody waits for the outcome any more. A user who ends nat-setup, again and again,
 * would else fill the host with processes that are not the user's own. */
static int wait_for_lock(int fd)
{
	struct pollfd asker = {.fd = STDERR_FILENO};

	for (unsigned i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (poll(&asker, 1, LOCK_PAUSE_MS) > 0 && (asker.revents & POLLERR))
			return -EPIPE;
	}
	return -EWOULDBLOCK;
}

static int lock_file(const char *name)
{
	CLEANUP_FD int dir = -1;
	char text[32] = "";
	int fd, r = open_dir(AT_FDCWD, RUN_DIR, true, &dir);

	if (r < 0)
		return fail_dir(RUN_DIR, r);
	fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return worker_fail(EX_FAILED, "cannot open " RUN_DIR "/%s: %s", name,
				   strerror(errno));
	r = wait_for_lock(fd);
	if (r == -EWOULDBLOCK) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
		return worker_fail(EX_FAILED,
				   "process %s has held " RUN_DIR
				   "/%s for half a minute; is it stopped?",
				   text, name);
	}
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot lock " RUN_DIR "/%s: %s", name, strerror(-r));
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	/* Ignored, because it only helps the message above. */
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		errno = 0;
	/* Not closed: the lock is held until the process ends. */
	return EX_DONE;
}

int state_lock(void)
{
	static bool held;
	int r = held ? EX_DONE : lock_file("lock");

	held = r == EX_DONE;
	return r;
}

int state_lock_user(const char *uid)
{
	char name[32];

	snprintf(name, sizeof(name), "lock.%s", uid);
	return lock_file(name);
}

int state_names(char (*names)[NETNAME_MAX + 1], size_t max)
{
	DIR *dir = opendir(RUN_DIR "/networks");
	struct dirent *entry;
	size_t n = 0;

	while (dir && n < max && (entry = readdir(dir)))
		if (!netname_defect(entry->d_name))
			memcpy(names[n++], entry->d_name, strlen(entry->d_name) + 1);
	if (dir)
		closedir(dir);
	return (int)n;
}

int state_open(struct network *n)
{
	CLEANUP_FD int run = -1;
	CLEANUP_FD int networks = -1;
	int r;

	if (n->dir >= 0)
		return EX_DONE;
	r = open_dir(AT_FDCWD, RUN_DIR, true, &run);
	if (r == 0)
		r = open_dir(run, "networks", true, &networks);
	if (r == 0)
		r = open_dir(networks, n->name, true, &n->dir);
	return r < 0 ? fail_dir(RUN_DIR "/networks", r) : EX_DONE;
}

static const char *const files[] = {"dnsmasq.conf", SETTINGS_FILE, "watch"};

void state_tidy(const struct network *n)
{
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), TEMP_NAME, files[i]);
		(void)unlinkat(n->dir, path, 0);
	}
}

int state_remove(struct network *n)
{
	char path[128];

	if (n->dir < 0)
		return EX_DONE;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), TEMP_NAME, files[i]);
		if ((unlinkat(n->dir, files[i], 0) < 0 && errno != ENOENT) ||
		    (unlinkat(n->dir, path, 0) < 0 && errno != ENOENT))
			return worker_fail(EX_FAILED,
					   "cannot remove " RUN_DIR "/networks/%s/%s: %s", n->name,
					   files[i], strerror(errno));
	}
	close(n->dir);
	n->dir = -1;
	snprintf(path, sizeof(path), RUN_DIR "/networks/%s", n->name);
	if (rmdir(path) < 0 && errno != ENOENT)
		return worker_fail(EX_FAILED, "cannot remove %s: %s", path, strerror(errno));
	return EX_DONE;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int state_write(int dir, const char *name, const char *text)
{
	char temp[64];
	CLEANUP_FD int fd = -1;
	int r;

	snprintf(temp, sizeof(temp), TEMP_NAME, name);
	/* The rest of a run that was killed. */
	if (unlinkat(dir, temp, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, strlen(text));
	/* The umask is the caller's no more, but not 022 either; dnsmasq has to read some. */
	if (r == 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	if (r == 0 && renameat(dir, temp, dir, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, temp, 0);
	return r;
}

int state_read(int dir, const char *name, size_t max, char **ret)
{
	CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len;
	int err = 0;

	*ret = NULL;
	if (fd < 0)
		return -errno;
	*ret = read_whole(fd, max, &len, &err);
	return err;
}

/* ---- settings of the kernel */

int setting_read(const char *path, char value[64])
{
	char full[160];
	CLEANUP_FD int fd = -1;
	ssize_t n;

	snprintf(full, sizeof(full), PROC_NET "%s", path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, value, 63);
	if (n < 0)
		return -errno;
	value[n] = '\0';
	value[strcspn(value, " \t\n")] = '\0';
	return 0;
}

int setting_write(const char *path, const char *value)
{
	char full[160], now[64];
	CLEANUP_FD int fd = -1;
	int r = setting_read(path, now);

	/* What is right already is not written: some writes have effects of their own. */
	if (r < 0 || strcmp(now, value) == 0)
		return r;
	snprintf(full, sizeof(full), PROC_NET "%s", path);
	fd = open(full, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return -errno;
	return 0;
}

bool setting_is(const char *path, const char *value)
{
	char now[64];

	return setting_read(path, now) == 0 && strcmp(now, value) == 0;
}

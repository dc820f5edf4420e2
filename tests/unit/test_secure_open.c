/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers are those of the requirements in lib/secure_open.h. */
#include "lib/secure_open.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define ME TEST_NOBODY

/* Opens what has to be refused for that reason, at that path. */
static void refused(const char *path, enum secure_open_reason reason, int err, const char *at)
{
	struct secure_open_error e = {0};
	int before = test_open_fds();

	test_case("%s", path);
	CHECK_INT(secure_open(path, &e), -err);
	CHECK_INT(e.reason, reason);
	CHECK_INT(e.err, err);
	CHECK_STR(e.path, at);
	CHECK_INT(test_open_fds(), before);
}

static void opened(const char *path, const char *content)
{
	struct secure_open_error e = {0};
	CLEANUP_FD int fd = secure_open(path, &e);
	char buf[64] = "";

	test_case("%s", path);
	if (!CHECK(fd >= 0)) {
		printf("# %s: %s\n", e.path, secure_open_text(&e, buf, sizeof(buf)));
		return;
	}
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(fd, F_GETFL) & (O_ACCMODE | O_PATH), O_RDONLY);
	if (content) {
		CHECK(read(fd, buf, sizeof(buf) - 1) >= 0);
		CHECK_STR(buf, content);
	}
}

static void system_files(void)
{
	opened("/etc/passwd", NULL);
	opened("//etc///passwd", NULL);
	opened("/etc/../etc/./passwd", NULL);
	refused("/dev/null", SECURE_OPEN_TYPE, EPERM, "/dev/null");
	refused("/etc", SECURE_OPEN_TYPE, EPERM, "/etc");
	refused("/etc/", SECURE_OPEN_TYPE, EPERM, "/etc/");
	refused("/", SECURE_OPEN_TYPE, EPERM, "/");
	refused("/etc/passwd/", SECURE_OPEN_ERRNO, ENOTDIR, "/etc/passwd");
	refused("/etc/passwd/x", SECURE_OPEN_ERRNO, ENOTDIR, "/etc/passwd");
	refused("/nonexistent/file", SECURE_OPEN_ERRNO, ENOENT, "/nonexistent");
}

static void relative(void)
{
	refused("etc/passwd", SECURE_OPEN_RELATIVE, EPERM, "etc/passwd");
	refused("./x", SECURE_OPEN_RELATIVE, EPERM, "./x");
	refused("", SECURE_OPEN_RELATIVE, EPERM, "");
}

static void too_long(void)
{
	char path[PATH_MAX + 10], name[NAME_MAX + 3];
	struct secure_open_error e;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	CHECK_INT(secure_open(path, &e), -ENAMETOOLONG);
	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	CHECK_INT(secure_open(name, &e), -ENAMETOOLONG);
}

/* 2 */
static void owner_and_mode(void)
{
	static const mode_t good[] = {0644, 0600, 0444, 0755, 04755};
	static const mode_t bad[] = {0664, 0646, 0666, 0777, 0620, 01646};
	const char *path = test_path("file");

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		test_write(path, "root's", good[i], 0);
		opened(path, "root's");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct secure_open_error e = {0};

		test_write(path, "", bad[i], 0);
		test_case("mode %o", bad[i]);
		CHECK_INT(secure_open(path, &e), -EPERM);
		CHECK_INT(e.reason, SECURE_OPEN_WRITABLE);
		CHECK_INT(e.mode & 07777, bad[i]);
	}
	test_write(path, "", 0600, ME);
	refused(path, SECURE_OPEN_OWNER, EPERM, path);
	test_write(path, "", 0666, ME);
	refused(path, SECURE_OPEN_OWNER, EPERM, path);
}

/* 3 */
static void folders(void)
{
	const char *dir = test_path("dir"), *file = test_path("dir/f");

	CHECK_INT(mkdir(dir, 0755), 0);
	test_write(file, "in", 0644, 0);
	opened(file, "in");
	CHECK_INT(chmod(dir, 0775), 0);
	refused(file, SECURE_OPEN_WRITABLE, EPERM, dir);
	CHECK_INT(chmod(dir, 0757), 0);
	refused(file, SECURE_OPEN_WRITABLE, EPERM, dir);
	/* A folder on the way counts even if the path leaves it again. */
	refused(test_path("dir/../dir/f"), SECURE_OPEN_WRITABLE, EPERM, dir);
	CHECK_INT(chmod(dir, 01777), 0);
	opened(file, "in");
	/* In a sticky folder somebody else's file is still somebody else's. */
	test_write(file, "in", 0644, ME);
	refused(file, SECURE_OPEN_OWNER, EPERM, file);
	test_write(file, "in", 0644, 0);
	CHECK_INT(chown(dir, ME, ME), 0);
	CHECK_INT(chmod(dir, 01755), 0);
	refused(file, SECURE_OPEN_OWNER, EPERM, dir);
}

/* 3 */
static void links(void)
{
	const char *sub = test_path("links"), *link = test_path("links/l");
	const char *file = test_path("links/f"), *way = test_path("links/way");

	CHECK_INT(mkdir(sub, 0755), 0);
	test_write(file, "end", 0644, 0);
	CHECK_INT(symlink("f", link), 0);
	opened(link, "end");
	CHECK_INT(symlink("../links", way), 0);
	opened(test_path("links/way/way/l"), "end");
	CHECK_INT(unlink(way), 0);
	CHECK_INT(symlink(sub, way), 0);
	opened(test_path("links/way/f"), "end");
	refused(way, SECURE_OPEN_TYPE, EPERM, sub);
	refused(test_path("links/l/"), SECURE_OPEN_ERRNO, ENOTDIR, file);
	/* The owner of a link decides where it leads. */
	CHECK_INT(lchown(link, ME, ME), 0);
	refused(link, SECURE_OPEN_OWNER, EPERM, link);
	CHECK_INT(lchown(way, ME, ME), 0);
	refused(test_path("links/way/f"), SECURE_OPEN_OWNER, EPERM, way);
	CHECK_INT(unlink(link), 0);
	CHECK_INT(symlink("nowhere", link), 0);
	refused(link, SECURE_OPEN_ERRNO, ENOENT, test_path("links/nowhere"));
	/* Through a link into a folder that others can write. */
	CHECK_INT(mkdir(test_path("links/open"), 0755), 0);
	CHECK_INT(chmod(test_path("links/open"), 0777), 0);
	test_write(test_path("links/open/f"), "", 0644, 0);
	CHECK_INT(unlink(link), 0);
	CHECK_INT(symlink("open/f", link), 0);
	refused(link, SECURE_OPEN_WRITABLE, EPERM, test_path("links/open"));
}

static void chains_and_loops(void)
{
	const char *sub = test_path("chain");
	struct secure_open_error e;

	CHECK_INT(mkdir(sub, 0755), 0);
	test_write(test_path("chain/0"), "end", 0644, 0);
	for (int i = 1; i <= 41; i++) {
		char target[16];

		snprintf(target, sizeof(target), "%d", i - 1);
		CHECK_INT(symlink(target, test_path("chain/%d", i)), 0);
	}
	/* As many as the kernel follows, and not one more. */
	opened(test_path("chain/40"), "end");
	CHECK_INT(open(test_path("chain/41"), O_RDONLY | O_CLOEXEC), -1);
	CHECK_INT(errno, ELOOP);
	CHECK_INT(secure_open(test_path("chain/41"), &e), -ELOOP);
	CHECK_INT(symlink("self", test_path("chain/self")), 0);
	CHECK_INT(secure_open(test_path("chain/self"), &e), -ELOOP);
	CHECK_INT(symlink("b", test_path("chain/a")), 0);
	CHECK_INT(symlink("a", test_path("chain/b")), 0);
	CHECK_INT(secure_open(test_path("chain/a"), &e), -ELOOP);
	/* One that grows with every turn. */
	CHECK_INT(symlink("grow/x", test_path("chain/grow")), 0);
	CHECK_INT(secure_open(test_path("chain/grow"), &e), -ELOOP);
}

/* 4: opening these has effects, so the kernel must not have been asked to. */
static void not_even_opened(void)
{
	const char *fifo = test_path("fifo"), *dev = test_path("dev"), *alien = test_path("alien");
	CLEANUP_FD int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char events[4096];

	CHECK_INT(mkfifo(fifo, 0600), 0);
	CHECK_INT(mknod(dev, S_IFCHR | 0600, makedev(1, 3)), 0);
	test_write(alien, "", 0644, ME);
	CHECK(inotify_add_watch(watch, fifo, IN_OPEN) >= 0);
	CHECK(inotify_add_watch(watch, dev, IN_OPEN) >= 0);
	CHECK(inotify_add_watch(watch, alien, IN_OPEN) >= 0);
	refused(fifo, SECURE_OPEN_TYPE, EPERM, fifo);
	refused(dev, SECURE_OPEN_TYPE, EPERM, dev);
	refused(alien, SECURE_OPEN_OWNER, EPERM, alien);
	CHECK_INT(read(watch, events, sizeof(events)), -1);
	CHECK_INT(errno, EAGAIN);
	/* The watch does work. */
	close(open(alien, O_RDONLY | O_CLOEXEC));
	CHECK(read(watch, events, sizeof(events)) > 0);
}

static void exchange_for_ever(const char *a, const char *b)
{
	for (;;)
		if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */) < 0)
			_exit(1);
}

/* 1: the file changes places with one of another kind again and again. */
static void swapped(const char *other)
{
	const char *file = test_path("swap");
	unsigned good = 0, bad = 0;
	pid_t pid;

	test_write(file, "root's", 0644, 0);
	pid = fork();
	if (pid == 0)
		exchange_for_ever(file, other);
	if (!CHECK(pid > 0))
		return;
	for (unsigned i = 0; i < 200000 && (i < 20000 || good < 100 || bad < 100); i++) {
		struct secure_open_error e;
		struct stat st;
		CLEANUP_FD int fd = secure_open(file, &e);

		if (fd < 0) {
			bad++;
			continue;
		}
		good++;
		CHECK_INT(fstat(fd, &st), 0);
		if (!CHECK(S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_size == 6))
			break;
	}
	CHECK(good > 0);
	CHECK(bad > 0);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static void swapped_file(void)
{
	const char *other = test_path("alien2");

	test_write(other, "nobody's", 0644, ME);
	swapped(other);
}

static void swapped_fifo(void)
{
	const char *other = test_path("fifo2");

	CHECK_INT(mkfifo(other, 0644), 0);
	swapped(other);
}

static void swapped_link(void)
{
	const char *other = test_path("link2");

	/* To another file of root's: where it leads is nobody's choice all the same. */
	test_write(test_path("another"), "another of root's", 0644, 0);
	CHECK_INT(symlink("another", other), 0);
	CHECK_INT(lchown(other, ME, ME), 0);
	swapped(other);
}

/* 5 */
static void as_nobody(void *ctx)
{
	(void)ctx;
	refused(test_path("secret"), SECURE_OPEN_ERRNO, EACCES, test_path("secret"));
	refused(test_path("closed/f"), SECURE_OPEN_ERRNO, EACCES, test_path("closed/f"));
	opened(test_path("public"), "public");
}

static void own_rights(void)
{
	test_write(test_path("secret"), "", 0600, 0);
	test_write(test_path("public"), "public", 0644, 0);
	CHECK_INT(mkdir(test_path("closed"), 0700), 0);
	test_write(test_path("closed/f"), "", 0644, 0);
	test_in_child(ME, as_nobody, NULL);
}

static void texts(void)
{
	struct secure_open_error e = {.err = ENOENT, .owner = 1000, .mode = S_IFREG | 0664};
	static const struct {
		enum secure_open_reason reason;
		const char *text;
	} cases[] = {
		{SECURE_OPEN_ERRNO, "No such file or directory"},
		{SECURE_OPEN_RELATIVE, "is not an absolute path"},
		{SECURE_OPEN_TYPE, "is not a regular file"},
		{SECURE_OPEN_OWNER, "is owned by uid 1000; it must be owned by root"},
		{SECURE_OPEN_WRITABLE, "has mode 0664; it must not be writable by group or others"},
	};
	char buf[128];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		e.reason = cases[i].reason;
		CHECK_STR(secure_open_text(&e, buf, sizeof(buf)), cases[i].text);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"files of the system", system_files, false},
		{"relative paths", relative, false},
		{"paths and names that are too long", too_long, false},
		{"2: owner and mode of the file", owner_and_mode, true},
		{"3: folders on the way; sticky ones", folders, true},
		{"3: symbolic links on the way", links, true},
		{"chains and loops of links end", chains_and_loops, true},
		{"2, 4: FIFO, device and foreign file are not even opened", not_even_opened, true},
		{"1: a file that changes places with a foreign one", swapped_file, true},
		{"1, 4: a file that changes places with a FIFO", swapped_fifo, true},
		{"1, 3: a file that changes places with a link", swapped_link, true},
		{"5: the process's own rights decide", own_rights, true},
		{"what is said of each reason", texts, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static unsigned failures;    /* of the running test */
static const char *skipped;  /* why the running test was */
static char label[256];      /* of the table's case */
static char folder[64] = ""; /* test_folder() */
static pid_t folder_owner;   /* the process that removes it */

static void tell(const char *file, int line)
{
	const char *base = strrchr(file, '/');

	failures++;
	printf("# %s:%d: %s%s", base ? base + 1 : file, line, label, label[0] ? ": " : "");
}

bool test_check(bool held, const char *file, int line, const char *what)
{
	if (!held) {
		tell(file, line);
		printf("not so: %s\n", what);
	}
	return held;
}

bool test_check_int(long long got, long long want, const char *file, int line, const char *what)
{
	if (got != want) {
		tell(file, line);
		printf("%s is %lld, not %lld\n", what, got, want);
	}
	return got == want;
}

bool test_check_str(const char *got, const char *want, const char *file, int line, const char *what)
{
	bool same = got && strcmp(got, want) == 0;

	if (!same) {
		tell(file, line);
		printf("%s is\n#   \"%s\", not\n#   \"%s\"\n", what, got ? got : "(null)", want);
	}
	return same;
}

void test_case(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(label, sizeof(label), fmt, args);
	va_end(args);
	for (char *p = label; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = '?';
}

static bool must_work(void)
{
	const char *value = secure_getenv("NETGRANT_MUST_WORK");

	return value && strcmp(value, "1") == 0;
}

void test_skip(const char *why)
{
	if (must_work()) {
		failures++;
		printf("# must not be skipped here: %s\n", why);
	} else {
		skipped = why;
	}
}

int test_main(const struct test *tests, size_t n)
{
	unsigned bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		failures = 0;
		skipped = NULL;
		label[0] = '\0';
		alarm(60);
		if (tests[i].root && geteuid() != 0)
			test_skip("needs root");
		else
			tests[i].run();
		bad += failures != 0;
		printf("%s %zu - %s%s%s\n", failures ? "not ok" : "ok", i + 1, tests[i].name,
		       skipped && !failures ? " # SKIP " : "", skipped && !failures ? skipped : "");
	}
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void become(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		_exit(99);
}

static void wait_for(pid_t pid)
{
	int status = 0;

	if (!CHECK(pid > 0) || !CHECK_INT(waitpid(pid, &status, 0), pid))
		return;
	if (WIFSIGNALED(status))
		CHECK_INT(WTERMSIG(status), 0);
	else
		CHECK_INT(WEXITSTATUS(status), 0);
}

void test_in_child(uid_t uid, void (*fn)(void *ctx), void *ctx)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		failures = 0;
		alarm(10);
		if (uid != 0)
			become(uid);
		fn(ctx);
		fflush(stdout);
		_exit(failures ? 98 : 0);
	}
	wait_for(pid);
}

struct in_mount_ns {
	void (*fn)(void *ctx);
	void *ctx;
};

static void enter_mount_ns(void *ctx)
{
	const struct in_mount_ns *in = ctx;

	/* Private first: nothing of this may reach the host's own mounts. */
	if (CHECK_INT(unshare(CLONE_NEWNS), 0) &&
	    CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0))
		in->fn(in->ctx);
}

void test_in_mount_ns(void (*fn)(void *ctx), void *ctx)
{
	struct in_mount_ns in = {fn, ctx};

	test_in_child(0, enter_mount_ns, &in);
}

void test_cover(const char *path)
{
	char part[PATH_MAX];
	struct stat st;
	size_t len = strlen(path);

	snprintf(part, sizeof(part), "%s", path);
	while (len > 1 && stat(part, &st) < 0) {
		while (len > 1 && part[len - 1] != '/')
			len--;
		part[--len] = '\0';
	}
	if (!CHECK(len > 1) ||
	    !CHECK_INT(mount("test", part, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), 0))
		return;
	for (size_t i = len + 1; len < strlen(path) && i <= strlen(path); i++)
		if (path[i] == '/' || path[i] == '\0') {
			snprintf(part, sizeof(part), "%.*s", (int)i, path);
			CHECK_INT(mkdir(part, 0755), 0);
		}
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static void remove_folder(void)
{
	if (getpid() == folder_owner)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

const char *test_folder(void)
{
	if (!folder[0]) {
		/* Not $TMPDIR: its owner may be anybody, and folders are what is tested. */
		snprintf(folder, sizeof(folder), "/tmp/netgrant-test-XXXXXX");
		if (!CHECK(mkdtemp(folder) != NULL))
			exit(EXIT_FAILURE);
		folder_owner = getpid();
		atexit(remove_folder);
		/* Others may enter it, as the tests do that run without privilege. */
		CHECK_INT(chmod(folder, 0755), 0);
	}
	return folder;
}

const char *test_path(const char *fmt, ...)
{
	static char paths[32][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % ARRAY_LEN(paths)];
	va_list args;
	int n = snprintf(path, PATH_MAX, "%s/", test_folder());

	va_start(args, fmt);
	vsnprintf(path + n, PATH_MAX - (size_t)n, fmt, args);
	va_end(args);
	return path;
}

void test_write(const char *path, const char *text, mode_t mode, uid_t owner)
{
	CLEANUP_FD int fd = -1;

	/* Anew, whatever an earlier test left there. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!CHECK(fd >= 0))
		return;
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	/* The mode last: a change of owner clears bits. */
	if (owner != geteuid())
		CHECK_INT(fchown(fd, owner, owner), 0);
	CHECK_INT(fchmod(fd, mode), 0);
}

int test_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!CHECK(dir != NULL))
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

const char *test_source(const char *fmt, ...)
{
	static char path[PATH_MAX];
	const char *source = secure_getenv("srcdir");
	va_list args;
	int n = snprintf(path, sizeof(path), "%s/", source ? source : ".");

	va_start(args, fmt);
	vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, args);
	va_end(args);
	return path;
}

char *test_read(const char *path, size_t *retlen)
{
	FILE *file = fopen(path, "re");
	size_t size = 1 << 16, len = 0, n;
	char *buf = malloc(size);

	test_case("%s", path);
	if (!CHECK(file != NULL) || !CHECK(buf != NULL)) {
		if (file)
			fclose(file);
		free(buf);
		return NULL;
	}
	while ((n = fread(buf + len, 1, size - len - 1, file)) > 0) {
		char *larger = size - len - n > 1 ? buf : realloc(buf, size *= 2);

		len += n;
		if (!CHECK(larger != NULL))
			break;
		buf = larger;
	}
	CHECK_INT(ferror(file), 0);
	fclose(file);
	test_case("%s", "");
	buf[len] = '\0';
	*retlen = len;
	return buf;
}

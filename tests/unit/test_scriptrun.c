/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/scriptrun.c where /proc does not tell what a script has started. */
#include "lib/scriptrun.h"

#include "lib/caps.h"
#include "lib/children.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the questions for children, those from first on, as many as count, fail with err. */
static struct {
	unsigned first, count;
	int err;
} broken;

ssize_t __real_children_list(pid_t *ret, size_t max);
ssize_t __wrap_children_list(pid_t *ret, size_t max);

ssize_t __wrap_children_list(pid_t *ret, size_t max)
{
	static unsigned asked;

	asked++;
	return asked >= broken.first && asked - broken.first < broken.count
		       ? -broken.err
		       : __real_children_list(ret, max);
}

static void no_line(const char *text, size_t len, void *ctx)
{
	(void)text;
	(void)len;
	(void)ctx;
}

/* Fails, and leaves somebody behind, whose number is in the file "left". */
static const char *run_failing(struct script_result *ret)
{
	static char text[256];
	static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	const char *path = test_path("script");
	const char *const argv[] = {path, NULL};
	const struct runas root = {.uid = 0};
	char line[512];
	int fd;

	/* As in ifup-worker. */
	CHECK_INT(caps_enter("cap_setgid,cap_setuid=p"), 0);
	unlink(test_path("left"));
	/* Once it is in a session of its own, which the script's end is not told to. */
	snprintf(line, sizeof(line),
		 "#!/bin/sh\nf=%s\nsetsid sh -c \"echo \\$\\$ >$f; exec sleep 100\" &\n"
		 "while ! test -s $f; do sleep 0.01; done\nexit 7\n",
		 test_path("left"));
	test_write(path, line, 0755, 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	script_run(&(struct script){.fd = fd,
				    .argv = argv,
				    .env = env,
				    .as = &root,
				    .timeout = 60,
				    .line = no_line},
		   ret);
	close(fd);
	return script_text(ret, 60, text, sizeof(text));
}

/* Is what it started there? Then no more. */
static bool is_left(void)
{
	size_t len;
	char *text = test_read(test_path("left"), &len);
	pid_t pid = text ? (pid_t)strtol(text, NULL, 10) : 0;
	bool left = pid > 0 && kill(pid, 0) == 0;

	free(text);
	if (left)
		(void)kill(pid, SIGKILL);
	return left;
}

static void killed(void)
{
	struct script_result r;

	broken.count = 0;
	CHECK_STR(run_failing(&r), "exited with status 7");
	CHECK(!is_left());
	/* For a while only: it is asked again. */
	broken.first = 2;
	broken.count = 5;
	broken.err = EMFILE;
	CHECK_STR(run_failing(&r), "exited with status 7");
	CHECK(!is_left());
}

static void said(void)
{
	struct script_result r;

	broken.first = 2;
	broken.count = ~0U;
	broken.err = ENFILE;
	CHECK_STR(run_failing(&r), "exited with status 7, and what it had started may still run");
	CHECK(is_left());
}

static void refused(void)
{
	struct script_result r;
	struct stat st;

	broken.first = 1;
	broken.count = ~0U;
	broken.err = ENOENT;
	CHECK_STR(
		run_failing(&r),
		"cannot be run: what it starts could not be found in /proc again: No such file or "
		"directory (the kernel needs CONFIG_PROC_CHILDREN)");
	CHECK_INT(r.end, SCRIPT_UNWATCHED);
	CHECK(stat(test_path("left"), &st) < 0);
}

static void told(void *ctx)
{
	const struct rlimit few = {0, 0};
	pid_t pids[4];

	(void)ctx;
	CHECK_INT(__real_children_list(pids, ARRAY_LEN(pids)), 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
	CHECK_INT(__real_children_list(pids, ARRAY_LEN(pids)), -EMFILE);
}

static void children(void)
{
	test_in_child(0, told, NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{"all that a failed script has started is killed", killed, true},
		{"what may be left is said", said, true},
		{"what could not be ended is not begun", refused, true},
		{"no children, and children that nobody can tell", children, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

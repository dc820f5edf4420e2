/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/stdfds.h"

#include "test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/* In these children standard output may be closed: they answer by their status. */
static int status_of(int (*fn)(unsigned), unsigned arg)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(10);
		_exit(fn(arg));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool is_null_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static int fill_with_closed(unsigned mask)
{
	int fds[2], probe;

	if (pipe(fds) < 0)
		return 10;
	for (int fd = 0; fd <= 2; fd++)
		if (mask >> fd & 1)
			close(fd);
		else if (dup2(fds[1], fd) < 0)
			return 11;
	if (stdfds_fill() != 0)
		return 12;
	for (int fd = 0; fd <= 2; fd++) {
		if (is_null_device(fd) != (mask >> fd & 1))
			return 13;
		/* A program that is executed later needs them as much as we do. */
		if (fcntl(fd, F_GETFD) != 0)
			return 14;
		if ((mask >> fd & 1) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
			return 15;
	}
	close(fds[0]);
	close(fds[1]);
	/* Nothing else was left open: the next descriptor is the first one behind. */
	probe = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return probe == fds[0] || probe == 3 ? 0 : 16;
}

static void all_eight(void)
{
	for (unsigned mask = 0; mask < 8; mask++) {
		test_case("closed:%s%s%s", mask & 1 ? " 0" : "", mask & 2 ? " 1" : "",
			  mask & 4 ? " 2" : "");
		CHECK_INT(status_of(fill_with_closed, mask), 0);
	}
}

/* As many as the caller may open are in use: the error must come out. */
static int fill_without_room(unsigned unused)
{
	const struct rlimit none = {0, 0};

	(void)unused;
	close(0);
	if (setrlimit(RLIMIT_NOFILE, &none) < 0)
		return 10;
	return stdfds_fill() < 0 ? 0 : 11;
}

static void no_room(void)
{
	CHECK_INT(status_of(fill_without_room, 0), 0);
}

static int close_others(unsigned keep)
{
	for (int fd = 3; fd < 300; fd++)
		if (dup2(0, fd) < 0)
			return 10;
	if (stdfds_close_others((int)keep) != 0)
		return 11;
	for (int fd = 0; fd < 1024; fd++)
		if ((fcntl(fd, F_GETFD) >= 0) != (fd <= 2 || fd == (int)keep))
			return 12;
	return 0;
}

static void others(void)
{
	static const unsigned keep[] = {3, 4, 5, 8, 150, 298, 299};

	for (size_t i = 0; i < ARRAY_LEN(keep); i++) {
		test_case("keep %u", keep[i]);
		CHECK_INT(status_of(close_others, keep[i]), 0);
	}
}

/* Above a limit that was lowered after it was opened. */
static int close_above_limit(unsigned high)
{
	const struct rlimit few = {16, 16};

	if (dup2(0, 5) < 0 || dup2(0, (int)high) < 0 || setrlimit(RLIMIT_NOFILE, &few) < 0)
		return 10;
	if (stdfds_close_others(5) != 0)
		return 11;
	return fcntl((int)high, F_GETFD) < 0 && fcntl(5, F_GETFD) >= 0 ? 0 : 12;
}

static void above_limit(void)
{
	CHECK_INT(status_of(close_above_limit, 900), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"0, 1 and 2 closed in all 8 ways (threat 58)", all_eight, false},
		{"no descriptor to be had is an error", no_room, false},
		{"every other descriptor is closed", others, false},
		{"also those above a lowered limit (threat 66)", above_limit, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

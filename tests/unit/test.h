/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unit tests in C: one program a module, TAP on standard output, one line a test.
 *
 * A test is a function full of CHECKs; it goes on after one that fails, so that one run
 * shows all. A program that takes longer than a minute ends by SIGALRM.
 */
#ifndef NETGRANT_TEST_H
#define NETGRANT_TEST_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TEST_NOBODY 65534

struct test {
	const char *name;
	void (*run)(void);
	bool root; /* skipped where the process is not root, unless NETGRANT_MUST_WORK=1 */
};

#define CHECK(cond) test_check((cond), __FILE__, __LINE__, #cond)
#define CHECK_INT(got, want)                                                                       \
	test_check_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) test_check_str((got), (want), __FILE__, __LINE__, #got)

/* Each tells of a failure on standard output and returns whether the check held. */
bool test_check(bool held, const char *file, int line, const char *what);
bool test_check_int(long long got, long long want, const char *file, int line, const char *what);
bool test_check_str(const char *got, const char *want, const char *file, int line,
		    const char *what);

/* Names the case of a table that the next checks are about; "" for none. */
PRINTF(1, 2) void test_case(const char *fmt, ...);

/* Ends the test as skipped, or as failed with NETGRANT_MUST_WORK=1. The test returns then. */
void test_skip(const char *why);

/* Runs all of them. Returns main()'s status. */
MUST_CHECK int test_main(const struct test *tests, size_t n);

/* Runs fn in a process of its own, for ten seconds at most; its failed checks are ours.
 * uid: which user it becomes first, without groups and capabilities; 0: stays who it is. */
void test_in_child(uid_t uid, void (*fn)(void *ctx), void *ctx);

/* The same, in a mount namespace of its own. Needs root. */
void test_in_mount_ns(void (*fn)(void *ctx), void *ctx);

/* In such a child: an empty file system where the existing part of path ends, with the
 * folders that are missing. */
void test_cover(const char *path);

/* A folder that only root can reach (root-owned all the way), made once, removed at exit. */
const char *test_folder(void);

/* path below test_folder(), in one of 32 static buffers. */
PRINTF(1, 2) const char *test_path(const char *fmt, ...);

/* Makes a new file, in the place of an old one, with that content, mode and owner. */
void test_write(const char *path, const char *text, mode_t mode, uid_t owner);

/* How many descriptors are open. */
int test_open_fds(void);

/* path below the source tree, in a static buffer. */
PRINTF(1, 2) const char *test_source(const char *fmt, ...);

/* Reads a whole file, terminated; the caller frees it. NULL, and a failed check, if not. */
char *test_read(const char *path, size_t *retlen);

#endif

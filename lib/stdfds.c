/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>

int stdfds_fill(void)
{
	for (;;) {
		/* The lowest free number is given, so this fills 0, 1 and 2 in turn. Without
		 * O_CLOEXEC, for once: a program that is executed later needs them as much. */
		int fd = open("/dev/null", O_RDWR);

		if (fd < 0)
			return -errno;
		if (fd > STDERR_FILENO) {
			close(fd);
			return 0;
		}
	}
}

static int table_end(void)
{
	struct rlimit limit;

	/* A descriptor may lie above a limit that was lowered after it was opened. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < INT_MAX &&
	    limit.rlim_max > 65536)
		return (int)limit.rlim_max;
	return 65536;
}

static int close_one_by_one(int keep)
{
	int end = table_end();

	for (int fd = STDERR_FILENO + 1; fd < end; fd++)
		if (fd != keep)
			close(fd);
	return 0;
}

int stdfds_close_others(int keep)
{
	if (keep > STDERR_FILENO + 1 && close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0) < 0)
		return errno == ENOSYS ? close_one_by_one(keep) : -errno;
	if (close_range((unsigned)keep + 1, ~0U, 0) < 0)
		return errno == ENOSYS ? close_one_by_one(keep) : -errno;
	return 0;
}

int stdfds_leave_others(void)
{
	int end;

	if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return -errno;
	end = table_end();
	for (int fd = STDERR_FILENO + 1; fd < end; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

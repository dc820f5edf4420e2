/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ready.h"

#include "lib/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int ready_fd_parse(const char *text, int *ret)
{
	uint64_t fd;

	if (num_parse(text, strlen(text), 3, INT_MAX, &fd) < 0)
		return -EINVAL;
	if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	*ret = (int)fd;
	return 0;
}

static bool env_number(const char *name, uint64_t max, uint64_t *ret)
{
	const char *text = secure_getenv(name);

	return text && num_parse(text, strlen(text), 1, max, ret) == 0;
}

int ready_listen_fds(void)
{
	uint64_t pid, n;

	if (!env_number("LISTEN_PID", INT_MAX, &pid) || pid != (uint64_t)getpid() ||
	    !env_number("LISTEN_FDS", 1024, &n))
		return 0;
	for (int fd = READY_FIRST_FD; fd < READY_FIRST_FD + (int)n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return 0;
	return (int)n;
}

int ready_notify(int fd)
{
	ssize_t n = write(fd, "\n", 1);
	int r = n < 0 ? -errno : 0;

	close(fd);
	return r;
}

bool ready_gone(int fd)
{
	char buf[256];

	/* What is left to read comes before the end. */
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 0) <= 0)
			return false;
		if (!(p.revents & POLLIN))
			return true;
		if (read(fd, buf, sizeof(buf)) <= 0)
			return true;
	}
}

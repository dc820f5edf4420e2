/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "children.h"

#include "num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

ssize_t children_list(pid_t *ret, size_t max)
{
	char path[64], text[4096];
	CLEANUP_FD int fd = -1;
	size_t n = 0;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	for (const char *p = text; *p && n < max;) {
		size_t len = strcspn(p, " ");
		uint64_t pid;

		/* A blank is behind each: what has none may have been cut, and be another's number.
		 */
		if (p[len] == ' ' && num_parse(p, len, 1, INT32_MAX, &pid) == 0)
			ret[n++] = (pid_t)pid;
		p += len + strspn(p + len, " ");
	}
	return (ssize_t)n;
}

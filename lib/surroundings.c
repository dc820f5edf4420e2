/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "surroundings.h"

#include "compiler.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Ignored, because not every host lets itself be told, and the rest works all the same. */
static void tell(const char *path, const char *text)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		return;
}

/* In the root of cgroup2 already? To move there would wait for a grace period of RCU, 10 ms and
 * more (cgroup_attach_lock(), kernel/cgroup/cgroup.c). */
static bool is_in_root(void)
{
	char text[4096];
	CLEANUP_FD int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *line;

	text[n < 0 ? 0 : n] = '\0';
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	return line && strncmp(line + strspn(line, "\n"), "0::/\n", 5) == 0;
}

/*
 * A user may freeze or kill whatever is in a control group that was delegated, without regard to
 * whose process it is: this one with the lock in its hand, and dnsmasq later on.
 */
static void leave_cgroup(void)
{
	static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	static const char *const procs[] = {"/sys/fs/cgroup/cgroup.procs",
					    "/sys/fs/cgroup/unified/cgroup.procs"};
	struct statfs fs;

	if (is_in_root())
		return;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (statfs(roots[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			tell(procs[i], "0");
}

void surroundings_leave(void)
{
	leave_cgroup();
	/* Lower than where the administrator put the user's processes, it cannot be. */
	tell("/proc/self/oom_score_adj", "0");
}

void surroundings_reset_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	/* Ignored, because it fails for numbers that have no other way only. */
	for (int number = 1; number <= SIGRTMAX; number++)
		(void)sigaction(number, &dfl, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

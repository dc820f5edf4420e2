/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May users have namespaces of their own? netgrant run makes taps there for emulators that take
 * nothing else. Distributions forbid it in more ways than there are sysctls: so it is tried. */
#include "check.h"

#include "own_namespace.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What forbids it, and the value that does not. */
static const struct {
	const char *path;
	int forbids;
	const char *remedy;
} sysctls[] = {
	{"/proc/sys/user/max_user_namespaces", 0, "user.max_user_namespaces=10000"},
	{"/proc/sys/user/max_net_namespaces", 0, "user.max_net_namespaces=10000"},
	/* Debian's kernels */
	{"/proc/sys/kernel/unprivileged_userns_clone", 0, "kernel.unprivileged_userns_clone=1"},
	/* Ubuntu's */
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	 "kernel.apparmor_restrict_unprivileged_userns=0"},
};

static const char *remedy(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sysctls); i++) {
		FILE *f = fopen(sysctls[i].path, "re");
		int value;
		bool known = f && fscanf(f, "%d", &value) == 1;

		if (f)
			fclose(f);
		if (known && value == sysctls[i].forbids)
			return sysctls[i].remedy;
	}
	return NULL;
}

/* 0, or the errno of the attempt. */
static int attempt(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(-own_namespace());
	/* What cannot be found out is not told. */
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 0;
	return WEXITSTATUS(status);
}

void check_namespaces(void)
{
	int error = attempt();
	const char *what = error ? remedy() : NULL;

	if (error)
		printf("user namespaces: %s: netgrant run has no taps without a helper for "
		       "emulators that take only those%s%s\n",
		       strerror(error), what ? "; to allow it: sysctl -w " : "", what ? what : "");
}

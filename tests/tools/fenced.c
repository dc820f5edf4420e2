/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fenced PROFILE CALL: loads the filter of that helper and makes one call behind it. Ends by
 * SIGSYS (as a shell tells it: 159) where the filter does its work, 0 where the call is
 * allowed.
 */
#include "lib/compiler.h"
#include "lib/sandbox.h"

#include "seccomp-bridge-helper.h"
#include "seccomp-nat-setup.h"
#include "seccomp-tap-creator.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	const struct sock_filter *filter;
	size_t len;
} profiles[] = {
	{"bridge-helper", seccomp_bridge_helper, ARRAY_LEN(seccomp_bridge_helper)},
	{"nat-setup", seccomp_nat_setup, ARRAY_LEN(seccomp_nat_setup)},
	{"tap-creator", seccomp_tap_creator, ARRAY_LEN(seccomp_tap_creator)},
};

static bool enter(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return sandbox_enter(profiles[i].filter, profiles[i].len) == 0;
	return false;
}

static void call(const char *name)
{
	if (strcmp(name, "getppid") == 0)
		syscall(SYS_getppid);
	else if (strcmp(name, "ioctl") == 0)
		ioctl(0, TIOCSTI, "x");
	else if (strcmp(name, "open-create") == 0)
		syscall(SYS_openat, AT_FDCWD, "/dev/shm/fenced", O_WRONLY | O_CREAT, 0600);
	else if (strcmp(name, "open-read") == 0)
		syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
	else if (strcmp(name, "socket") == 0)
		syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	else if (strcmp(name, "execve") == 0)
		syscall(SYS_execve, "/bin/true", NULL, NULL);
	else
		_exit(98);
}

int main(int argc, char *argv[])
{
	const struct rlimit none = {0, 0};

	if (argc != 3 || setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || !enter(argv[1])) {
		fprintf(stderr, "usage: fenced PROFILE CALL\n");
		return 98;
	}
	call(argv[2]);
	_exit(0);
}

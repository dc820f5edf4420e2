/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poke PID: all that a process can do to another one of the same user to read it, write it
 * or take something out of it. Prints a line for each that succeeded; exit status 0 if none
 * did, 1 if one did. Not asked for: signals and resource limits, which the kernel lets every
 * process set for another one of its user.
 */
#include "lib/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int done;

static void worked(const char *what)
{
	printf("%s\n", what);
	done++;
}

static void open_files(pid_t pid)
{
	static const char *const files[] = {
		"mem",  "maps", "environ",   "auxv",   "syscall", "stack", "io",   "pagemap",
		"fd/3", "fd/4", "map_files", "fdinfo", "ns/net",  "exe",   "root", "cwd"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[64], byte;
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		/* A folder that opens and cannot be listed gives nothing away. */
		if (fd < 0 || (read(fd, &byte, 1) < 0 && errno == EISDIR &&
			       syscall(SYS_getdents64, fd, path, sizeof(path)) < 0))
			continue;
		worked(files[i]);
		close(fd);
	}
}

static void memory(pid_t pid)
{
	char byte = 0, path[64];
	struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)0x10000, 1};
	int fd;

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT)
		worked("process_vm_readv");
	if (process_vm_writev(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT)
		worked("process_vm_writev");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		worked("mem for writing");
}

static void descriptors(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int fd = 0; pidfd >= 0 && fd < 16; fd++)
		if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0)
			worked("pidfd_getfd");
}

static void trace(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0)
		worked("PTRACE_SEIZE");
	if (ptrace(PTRACE_ATTACH, pid, 0, 0) == 0)
		worked("PTRACE_ATTACH");
}

int main(int argc, char *argv[])
{
	uint64_t pid;

	if (argc != 2 || num_parse(argv[1], strlen(argv[1]), 1, INT32_MAX, &pid) < 0) {
		fprintf(stderr, "usage: poke PID\n");
		return 2;
	}
	if (access("/proc/self/mem", R_OK) < 0) {
		fprintf(stderr, "poke: no /proc\n");
		return 2;
	}
	open_files((pid_t)pid);
	memory((pid_t)pid);
	descriptors((pid_t)pid);
	trace((pid_t)pid);
	return done != 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for a dnsmasq that has been taken over: mounted over it, it tries what that has no
 * need of, writes to the standard error that nat-setup gives it what was not refused, and how
 * much was tried.
 */
#include "lib/compiler.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused, tried;

/* EPERM is the filter's; the kernel has, mostly, something else to say of such arguments. */
static void forbidden(const char *what, long r)
{
	int error = errno;

	tried++;
	if (r < 0 && error == EPERM)
		refused++;
	else
		dprintf(STDERR_FILENO, "%s: %s; ", what, r < 0 ? strerror(error) : "done");
}

#define TRY(name, ...) forbidden(#name, syscall(SYS_##name, __VA_ARGS__))

static void calls(void)
{
	TRY(unshare, 0);
	TRY(setns, -1, 0);
	TRY(mount, NULL, NULL, NULL, 0, NULL);
	TRY(umount2, NULL, 0);
	TRY(open_by_handle_at, -1, NULL, 0);
	TRY(ptrace, 0x4206, -1, NULL, NULL);
	TRY(process_vm_readv, 1, NULL, 0, NULL, 0, 0);
	TRY(pidfd_getfd, -1, 0, 0);
	TRY(bpf, 0, NULL, 0);
	TRY(perf_event_open, NULL, 0, -1, -1, 0);
	TRY(userfaultfd, 1);
	TRY(io_uring_setup, 0, NULL);
	TRY(keyctl, 0, -1);
	TRY(add_key, NULL, NULL, NULL, 0, 0);
	TRY(finit_module, -1, NULL, 0);
	TRY(execveat, -1, NULL, NULL, NULL, 0);
	TRY(memfd_create, NULL, 0);
	/* A wrong flag, so that nobody is made where it is not refused. */
	TRY(clone, CLONE_NEWUSER | CLONE_NEWNET | CLONE_SIGHAND, NULL, NULL, NULL, 0);
}

static void sockets(void)
{
	int pair[2], inet = socket(AF_INET, SOCK_DGRAM, 0), inet6 = socket(AF_INET6, SOCK_DGRAM, 0);

	forbidden("packet", socket(AF_PACKET, SOCK_RAW, 0));
	forbidden("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
	forbidden("alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
	forbidden("nftables", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	forbidden("generic netlink", socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC));
	forbidden("pair of packet", socketpair(AF_PACKET, SOCK_RAW, 0, pair));
	forbidden("iptables", setsockopt(inet, IPPROTO_IP, 64, NULL, 0));
	forbidden("arptables", setsockopt(inet, IPPROTO_IP, 96, NULL, 0));
	forbidden("ip6tables", setsockopt(inet6, IPPROTO_IPV6, 64, NULL, 0));
	/* An int has 32 bits to the kernel, and 64 to a filter. */
	forbidden("packet, with more bits",
		  syscall(SYS_socket, (1UL << 32) | AF_PACKET, SOCK_RAW, 0UL));
	forbidden("nftables, with more bits",
		  syscall(SYS_socket, AF_NETLINK, SOCK_RAW, (1UL << 32) | NETLINK_NETFILTER));
}

/* What landlock refuses: the other networks' dnsmasqs, which have the same user, and files. */
static void others(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
	int found = 0, fd;

	while (version > 0 && proc && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		char path[64];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
		if (pid <= 0 || pid == getpid() || stat(path, &st) < 0 || st.st_uid != getuid())
			continue;
		found++;
		if (open(path, O_RDWR) >= 0)
			dprintf(STDERR_FILENO, "the memory of %d; ", (int)pid);
		if (version >= 6 && (kill(pid, 0) == 0 || errno != EPERM))
			dprintf(STDERR_FILENO, "a signal to %d; ", (int)pid);
	}
	fd = open("/tmp", O_WRONLY | O_TMPFILE, 0600);
	if (version > 0 && (fd >= 0 || errno != EACCES))
		dprintf(STDERR_FILENO, "a file in /tmp; ");
	/* More than one where another test runs beside this one: the user is the machine's. */
	dprintf(STDERR_FILENO, "%s, ",
		version <= 0 ? "no landlock"
		: found      ? "others looked for"
			     : "no others");
}

int main(void)
{
	long r;

	calls();
	sockets();
	others();
	r = syscall(SYS_clone3, NULL, 0);
	if (r >= 0 || errno != ENOSYS)
		dprintf(STDERR_FILENO, "clone3: %s; ", strerror(errno));
	if (socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0 ||
	    socket(AF_UNIX, SOCK_STREAM, 0) < 0 || socket(AF_INET6, SOCK_DGRAM, 0) < 0)
		dprintf(STDERR_FILENO, "what it needs is refused; ");
	dprintf(STDERR_FILENO, "%d of %d refused\n", refused, tried);
	return 1;
}

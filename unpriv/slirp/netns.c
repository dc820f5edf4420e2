/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include "lib/fdpass.h"
#include "lib/num.h"
#include "lib/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What was tried, and the system's word for -r. */
__attribute__((nonnull(1, 3)))
PRINTF(3, 4) static int fail(char error[NETNS_ERROR], int r, const char *fmt, ...)
{
	size_t used;
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, NETNS_ERROR, fmt, args);
	va_end(args);
	used = strlen(error);
	snprintf(error + used, NETNS_ERROR - used, ": %s", strerror(-r));
	return r;
}

/* In words of our own. */
__attribute__((nonnull(1, 2)))
PRINTF(2, 3) static int refuse(char error[NETNS_ERROR], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, NETNS_ERROR, fmt, args);
	va_end(args);
	return -EINVAL;
}

static int open_tap(const char *name, char error[NETNS_ERROR])
{
	struct ifreq req = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	CLEANUP_FD int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return fail(error, -errno, "cannot open /dev/net/tun");
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &req) == 0)
		return steal_fd(&fd);
	if (errno == EINVAL)
		return refuse(error, "'%s' is there, but no tap of one queue", QUOTE(name));
	return fail(error, -errno, "cannot use the tap '%s'", QUOTE(name));
}

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int enter(int net, const char *netns, char error[NETNS_ERROR])
{
	/* Of a namespace that belongs to a user namespace around ours, the kernel does not say
	 * which; entering the network then needs a right there. */
	CLEANUP_FD int user = ioctl(net, NS_GET_USERNS);
	uid_t owner = 0;

	if (user >= 0 && !same_file(user, "/proc/self/ns/user")) {
		/* Whoever is root in there could stop, or trace, root of out here. */
		if (ioctl(user, NS_GET_OWNER_UID, &owner) < 0 || owner != geteuid())
			return refuse(error,
				      "'%s' is in a namespace of user %u's, who has to start this",
				      QUOTE(netns), owner);
		if (setns(user, CLONE_NEWUSER) < 0)
			return fail(error, -errno, "cannot enter the user namespace of '%s'",
				    QUOTE(netns));
	}
	if (setns(net, CLONE_NEWNET) < 0)
		return fail(error, -errno, "cannot enter the network namespace of '%s'",
			    QUOTE(netns));
	return 0;
}

static int open_process(const char *netns, char error[NETNS_ERROR])
{
	uint64_t pid = 0;
	int fd = -1;

	if (num_parse(netns, strlen(netns), 1, INT_MAX, &pid) < 0)
		errno = ESRCH;
	else
		fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	return fd < 0 ? fail(error, -errno, "process '%s'", QUOTE(netns)) : fd;
}

/* Is it there still? */
static bool is_running(int process)
{
	struct pollfd p = {.fd = process, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

static int open_namespace(const char *netns, int process, char error[NETNS_ERROR])
{
	char path[64];
	CLEANUP_FD int fd = -1;

	snprintf(path, sizeof(path), "/proc/%s/ns/net", netns);
	fd = open(process < 0 ? netns : path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* Else the number may be another one's by now. */
	if (process >= 0 && !is_running(process))
		return fail(error, -ESRCH, "process '%s'", QUOTE(netns));
	if (fd < 0)
		return fail(error, -errno, "cannot open the network namespace of '%s'",
			    QUOTE(netns));
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return refuse(error, "'%s' is no network namespace", QUOTE(netns));
	if (same_file(fd, "/proc/self/ns/net"))
		return refuse(error, "'%s' is in this network namespace", QUOTE(netns));
	return steal_fd(&fd);
}

/* There is no way back out of a user namespace, so a child goes. */
static void child(int net, const char *netns, const char *name, int sock, char error[NETNS_ERROR])
{
	int fd, r = enter(net, netns, error);

	if (r == 0) {
		fd = open_tap(name, error);
		r = fd < 0 ? fd : fdpass_send(sock, &fd, 1, "", 0);
	}
	_exit(r < 0);
}

static int ask_child(int net, const char *netns, const char *name, char error[NETNS_ERROR])
{
	int pair[2], fd = -1, r;
	char text[8];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(error, -errno, "cannot make a socket");
	pid = fork();
	if (pid == 0)
		child(net, netns, name, pair[1], error);
	close(pair[1]);
	r = pid < 0 ? -errno : fdpass_recv(pair[0], &fd, 1, text, sizeof(text));
	close(pair[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (r >= 0)
		return fd;
	return error[0] ? r : fail(error, r, "cannot get the tap of '%s'", QUOTE(netns));
}

int netns_tap(const char *netns, const char *name, int *retprocess, char error[NETNS_ERROR])
{
	CLEANUP_FD int net = -1, process = -1;
	char *said;
	int r;

	error[0] = '\0';
	*retprocess = -1;
	if (!netns)
		return open_tap(name, error);
	if (netns[0] != '/') {
		process = open_process(netns, error);
		if (process < 0)
			return process;
	}
	net = open_namespace(netns, process, error);
	if (net < 0)
		return net;
	/* What the child says is read here. */
	said = mmap(NULL, NETNS_ERROR, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (said == MAP_FAILED)
		return fail(error, -errno, "no memory");
	r = ask_child(net, netns, name, said);
	snprintf(error, NETNS_ERROR, "%s", said);
	(void)munmap(said, NETNS_ERROR);
	if (r >= 0)
		*retprocess = steal_fd(&process);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * holder [ACTION...] -- HELPER [ARGUMENT...]: runs a helper as QEMU or libvirt would, takes
 * the descriptor, and then does with it what a hostile holder can. An argument's "@FD@" at
 * its end stands for the socket's number. Actions:
 *
 *   persist       the tap outlives its holder        owner=UID   and is somebody else's
 *   mac=ADDRESS   the tap takes this address         mtu=N       the tap takes this MTU
 *
 * Prints key=value: exit, name, vnet_hdr, and of each action the errno, 0 for success; then
 * "ready", and stays until standard input ends, a minute at most.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 32

static void run_helper(char *const argv[], int sock)
{
	char *args[MAX_ARGS + 1] = {NULL};
	char *at;

	for (unsigned i = 0; argv[i] && i < MAX_ARGS; i++) {
		args[i] = argv[i];
		at = strstr(argv[i], "@FD@");
		if (at && asprintf(&args[i], "%.*s%d", (int)(at - argv[i]), argv[i], sock) < 0)
			_exit(126);
	}
	execv(args[0], args);
	perror(args[0]);
	_exit(126);
}

/* The one descriptor of the one message, or -1. */
static int receive(int sock)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static int set_mac(int tap, const char *text)
{
	struct ifreq r = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};
	unsigned char *a = (unsigned char *)r.ifr_hwaddr.sa_data;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", a, a + 1, a + 2, a + 3, a + 4,
		   a + 5) != 6)
		return errno = EINVAL, -1;
	return ioctl(tap, SIOCSIFHWADDR, &r);
}

static int set_mtu(const char *name, const char *text)
{
	struct ifreq r = {0};
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

	if (sscanf(text, "%d", &r.ifr_mtu) != 1)
		return errno = EINVAL, -1;
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	result = ioctl(sock, SIOCSIFMTU, &r);
	close(sock);
	return result;
}

static int act(int tap, const char *name, const char *action)
{
	unsigned uid;

	if (strcmp(action, "persist") == 0)
		return ioctl(tap, TUNSETPERSIST, 1UL);
	if (sscanf(action, "owner=%u", &uid) == 1)
		return ioctl(tap, TUNSETOWNER, (unsigned long)uid);
	if (strncmp(action, "mac=", 4) == 0)
		return set_mac(tap, action + 4);
	if (strncmp(action, "mtu=", 4) == 0)
		return set_mtu(name, action + 4);
	return errno = EINVAL, -1;
}

int main(int argc, char *argv[])
{
	struct ifreq r = {0};
	int socks[2], tap, status, first = 1;
	char byte;

	while (first < argc && strcmp(argv[first], "--") != 0)
		first++;
	if (first + 1 >= argc || socketpair(AF_UNIX, SOCK_STREAM, 0, socks) < 0)
		return fprintf(stderr, "usage: holder [ACTION...] -- HELPER [ARGUMENT...]\n"), 2;
	alarm(60);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (fork() == 0)
		run_helper(argv + first + 1, socks[1]);
	close(socks[1]);
	tap = receive(socks[0]);
	if (wait(&status) < 0)
		return perror("holder"), 1;
	printf("exit=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (tap < 0)
		return puts("name="), 1;
	if (ioctl(tap, TUNGETIFF, &r) < 0)
		return perror("holder: TUNGETIFF"), 1;
	printf("name=%s\nvnet_hdr=%d\n", r.ifr_name, !!(r.ifr_flags & IFF_VNET_HDR));
	for (int i = 1; i < first; i++)
		printf("%.*s=%d\n", (int)strcspn(argv[i], "="), argv[i],
		       act(tap, r.ifr_name, argv[i]) < 0 ? errno : 0);
	puts("ready");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

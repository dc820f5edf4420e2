/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snatch NAME|any SECONDS: tries for so long to attach a queue of its own to a tap of several
 * queues: to one of that name as soon as there is one, or to any new one that the kernel tells
 * of. Says "snatched" when it did, and then takes the owner's place again and again.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The name of the next interface that the kernel tells of; "": of none, within a second. */
static void listen_for(int sock, char name[IFNAMSIZ])
{
	union {
		char bytes[8192];
		struct nlmsghdr header;
	} msg;
	ssize_t n = recv(sock, &msg, sizeof(msg), 0);
	struct rtattr a;

	name[0] = '\0';
	for (ssize_t at = NLMSG_SPACE(sizeof(struct ifinfomsg)); at + (ssize_t)sizeof(a) <= n;
	     at += RTA_ALIGN(a.rta_len)) {
		memcpy(&a, msg.bytes + at, sizeof(a));
		if (a.rta_len < sizeof(a) || at + a.rta_len > n)
			return;
		if (a.rta_type == IFLA_IFNAME)
			snprintf(name, IFNAMSIZ, "%s", msg.bytes + at + sizeof(a));
	}
}

static int listener(void)
{
	struct sockaddr_nl here = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	struct timeval second = {.tv_sec = 1};
	int sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	return bind(sock, (struct sockaddr *)&here, sizeof(here)) < 0 ? -1 : sock;
}

int main(int argc, char *argv[])
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), sock = listener();
	time_t end = argc == 3 ? time(NULL) + atoi(argv[2]) : 0;
	struct ifreq req;

	while (fd >= 0 && sock >= 0 && time(NULL) < end) {
		memset(&req, 0, sizeof(req));
		if (strcmp(argv[1], "any") == 0)
			listen_for(sock, req.ifr_name);
		else
			snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", argv[1]);
		req.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
		if (!req.ifr_name[0] || ioctl(fd, TUNSETIFF, &req) < 0)
			continue;
		printf("snatched\n");
		fflush(stdout);
		while (time(NULL) < end && ioctl(fd, TUNSETOWNER, (unsigned long)getuid()) == 0)
			usleep(100);
		close(fd);
		fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	}
	return 0;
}

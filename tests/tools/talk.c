/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest conversation, of which both ends are in a test's hands:
 *
 *   talk serve tcp|udp PORT NAME    answers everybody with "NAME sees ADDRESS", both families
 *   talk ask tcp|udp ADDRESS PORT   prints the answer; status 1 if there is none in a second
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int kind;

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static bool comes(int fd, short event)
{
	struct pollfd ready = {fd, event, 0};

	return poll(&ready, 1, 1000) == 1;
}

/* An IPv4 address is written as one, and not as an IPv6 address that stands for it. */
static size_t answer(char *buf, size_t size, const char *name, const struct sockaddr_in6 *asker)
{
	char address[INET6_ADDRSTRLEN];
	const uint8_t *bytes = asker->sin6_addr.s6_addr;
	bool v4 = IN6_IS_ADDR_V4MAPPED(&asker->sin6_addr);

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + 12 : bytes, address, sizeof(address));
	return (size_t)snprintf(buf, size, "%s sees %s\n", name, address);
}

static int serve(uint16_t port, const char *name)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int on = 1, off = 0, fd = socket(AF_INET6, kind | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    (kind == SOCK_STREAM && listen(fd, 16) < 0))
		fail("talk: serve");
	for (;;) {
		struct sockaddr_in6 asker;
		socklen_t len = sizeof(asker);
		char buf[128];
		int peer = fd;

		if (kind == SOCK_STREAM)
			peer = accept4(fd, (struct sockaddr *)&asker, &len, SOCK_CLOEXEC);
		else if (recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&asker, &len) < 0)
			continue;
		if (peer < 0)
			continue;
		if (sendto(peer, buf, answer(buf, sizeof(buf), name, &asker), MSG_NOSIGNAL,
			   kind == SOCK_STREAM ? NULL : (struct sockaddr *)&asker,
			   kind == SOCK_STREAM ? 0 : len) < 0)
			perror("talk: answer");
		if (kind == SOCK_STREAM)
			close(peer);
	}
}

static int ask(const char *address, uint16_t port)
{
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	bool v6 = inet_pton(AF_INET6, address, &to6.sin6_addr) == 1;
	const struct sockaddr *to = v6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4;
	char buf[128];
	ssize_t n;
	int fd;

	if (!v6 && inet_pton(AF_INET, address, &to4.sin_addr) != 1)
		return 2;
	fd = socket(v6 ? AF_INET6 : AF_INET, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		fail("talk: ask");
	/* A datagram is not connected: the answer may come from another address of the host. What
	 * came of connecting shows in what comes back. */
	if (kind == SOCK_STREAM)
		(void)connect(fd, to, v6 ? sizeof(to6) : sizeof(to4));
	else if (sendto(fd, "?", 1, 0, to, v6 ? sizeof(to6) : sizeof(to4)) != 1)
		return 1;
	if (kind == SOCK_STREAM && !comes(fd, POLLOUT))
		return 1;
	if (!comes(fd, POLLIN) || (n = recv(fd, buf, sizeof(buf), 0)) <= 0)
		return 1;
	return fwrite(buf, 1, (size_t)n, stdout) != (size_t)n;
}

int main(int argc, char *argv[])
{
	if (argc != 5) {
		fprintf(stderr, "usage: talk serve tcp|udp PORT NAME\n"
				"       talk ask tcp|udp ADDRESS PORT\n");
		return 2;
	}
	kind = strcmp(argv[2], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	if (strcmp(argv[1], "serve") == 0)
		return serve((uint16_t)strtoul(argv[3], NULL, 10), argv[4]);
	return ask(argv[3], (uint16_t)strtoul(argv[4], NULL, 10));
}

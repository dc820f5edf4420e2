/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer serve NAME PORT...      answers on these ports, TCP and UDP, IPv4 and IPv6, with a line
 *                              "NAME ADDRESS": who it is and whom it sees. TCP echoes what it
 *                              is sent after that; a UDP answer is as long as the question.
 * peer tcp ADDRESS PORT        prints the answer's line; status 1: none within four seconds
 * peer udp ADDRESS PORT [SIZE] the same; with SIZE, neither way may be fragmented
 * peer hold ADDRESS PORT       TCP: prints the line, then sends standard input line by line
 *                              and prints what comes back
 *
 * Runs in guests, too, so it is linked statically and does without names.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PORTS 8
#define MAX_SIZE 65507
#define WAIT_MS 4000

static char buf[MAX_SIZE + 1];

/* "NAME ADDRESS\n", without the prefix of an IPv4 address on an IPv6 socket. */
static int answer(char *to, size_t size, const char *name, const struct sockaddr_in6 *who)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (IN6_IS_ADDR_V4MAPPED(&who->sin6_addr))
		inet_ntop(AF_INET, who->sin6_addr.s6_addr + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &who->sin6_addr, text, sizeof(text));
	return snprintf(to, size, "%s %s\n", name, text);
}

static void serve_tcp(int listener, const char *name)
{
	struct sockaddr_in6 who;
	socklen_t len = sizeof(who);
	int fd = accept(listener, (struct sockaddr *)&who, &len);
	ssize_t n;

	if (fd < 0 || fork() != 0) {
		close(fd);
		return;
	}
	n = answer(buf, sizeof(buf), name, &who);
	do {
		if (write(fd, buf, (size_t)n) != n)
			break;
	} while ((n = read(fd, buf, sizeof(buf))) > 0);
	_exit(0);
}

/* From the address that was asked, which need not be the one nearest to the asker. */
static void serve_udp(int fd, const char *name)
{
	struct sockaddr_in6 who;
	struct iovec iov = {.iov_base = buf, .iov_len = sizeof(buf)};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct msghdr m = {.msg_name = &who,
			   .msg_namelen = sizeof(who),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, 0);
	int said;

	if (n < 0)
		return;
	/* Not also by the device that it was asked by. */
	if (CMSG_FIRSTHDR(&m))
		((struct in6_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&m)))->ipi6_ifindex = 0;
	memset(buf, ' ', sizeof(buf));
	said = answer(buf, sizeof(buf), name, &who);
	iov.iov_len = (size_t)(n > said ? n : said);
	(void)sendmsg(fd, &m, 0);
}

/* On the whole path, no packet is cut in pieces: not here, and not by a router. */
static void forbid_fragments(int fd, int family)
{
	int want = IP_PMTUDISC_DO;

	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &want, sizeof(want));
	want = IPV6_PMTUDISC_DO;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &want, sizeof(want));
}

static int bound(int type, const char *port)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
	int fd = socket(AF_INET6, type, 0), yes = 1, no = 0;

	at.sin6_port = htons((uint16_t)strtoul(port, NULL, 10));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (type == SOCK_DGRAM) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes));
		forbid_fragments(fd, AF_INET6);
	}
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 16) < 0)) {
		perror(port);
		exit(2);
	}
	return fd;
}

static int serve(const char *name, char *ports[])
{
	struct pollfd fds[2 * MAX_PORTS];
	nfds_t n = 0;

	for (unsigned i = 0; ports[i] && i < MAX_PORTS; i++) {
		fds[n++] = (struct pollfd){.fd = bound(SOCK_STREAM, ports[i]), .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = bound(SOCK_DGRAM, ports[i]), .events = POLLIN};
	}
	signal(SIGCHLD, SIG_IGN);
	puts("ready");
	fflush(stdout);
	while (poll(fds, n, -1) >= 0)
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents)
				(i % 2 ? serve_udp : serve_tcp)(fds[i].fd, name);
	return 1;
}

static int connected(int type, const char *address, const char *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to = {.any.sa_family = strchr(address, ':') ? AF_INET6 : AF_INET};
	bool v6 = to.any.sa_family == AF_INET6;
	int fd = socket(to.any.sa_family, type, 0);

	to.v6.sin6_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(to.any.sa_family, address,
		      v6 ? (void *)&to.v6.sin6_addr : (void *)&to.v4.sin_addr) != 1) {
		fprintf(stderr, "peer: '%s' is no address\n", address);
		exit(2);
	}
	return connect(fd, &to.any, v6 ? sizeof(to.v6) : sizeof(to.v4)) < 0 ? -1 : fd;
}

/* Reads a line; in ms milliseconds, or not. */
static bool read_line(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n = poll(&p, 1, ms) == 1 ? read(fd, buf, sizeof(buf) - 1) : -1;
	char *end;

	if (n <= 0)
		return false;
	buf[n] = '\0';
	end = strchr(buf, '\n');
	if (!end)
		return false;
	*end = '\0';
	return true;
}

static int ask_udp(const char *address, const char *port, size_t size)
{
	int fd = connected(SOCK_DGRAM, address, port);

	if (size > MAX_SIZE)
		return 2;
	if (size)
		forbid_fragments(fd, strchr(address, ':') ? AF_INET6 : AF_INET);
	for (int i = 0; fd >= 0 && i < 4; i++) {
		ssize_t n;

		memset(buf, '?', sizeof(buf));
		/* Fails at once where an ICMP error came meanwhile. */
		(void)send(fd, buf, size ? size : 1, 0);
		(void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, WAIT_MS / 4);
		n = recv(fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);
		if (n > 0 && (!size || (size_t)n == size) && read_line(fd, 0))
			return puts(buf) < 0;
	}
	return 1;
}

static int ask_tcp(const char *address, const char *port, bool hold)
{
	int fd;

	if (!hold)
		alarm(WAIT_MS / 1000);
	fd = connected(SOCK_STREAM, address, port);
	if (fd < 0 || !read_line(fd, WAIT_MS))
		return 1;
	puts(buf);
	fflush(stdout);
	while (hold && read_line(0, -1)) {
		size_t len = strlen(buf);

		buf[len] = '\n';
		if (write(fd, buf, len + 1) < 0 || !read_line(fd, WAIT_MS))
			return 1;
		puts(buf);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc >= 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv + 3);
	if (argc == 4 && strcmp(argv[1], "tcp") == 0)
		return ask_tcp(argv[2], argv[3], false);
	if (argc == 4 && strcmp(argv[1], "hold") == 0)
		return ask_tcp(argv[2], argv[3], true);
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "udp") == 0)
		return ask_udp(argv[2], argv[3], argc == 5 ? strtoul(argv[4], NULL, 10) : 0);
	return fprintf(stderr, "usage: peer serve NAME PORT... | tcp|udp|hold ADDRESS PORT\n"), 2;
}

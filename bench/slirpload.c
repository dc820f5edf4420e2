/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slirpload bridge TAP SOCKET     carries frames between a tap of this namespace and a stream
 * socket in QEMU's format, one with each system call, as an emulator does slirpload serve PORT
 * echoes TCP and UDP slirpload cps ADDRESS PORT N    N short connections, one after the other: 64
 * bytes there and back slirpload rr ADDRESS PORT N     N times 64 bytes there and back, by TCP
 * slirpload urr ADDRESS PORT N    by UDP
 * slirpload hold ADDRESS PORT N   N connections, each after one exchange; until standard input ends
 *
 * cps, rr and urr print "per_s=..."; each run is bounded by a minute. bench/slirp-peers.sh runs it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SIZE 64
#define FRAME 70000

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "slirpload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the emulator's place */

static int open_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		die(name);
	return fd;
}

static void to_socket(int tap, int fd)
{
	static uint8_t frame[FRAME];
	ssize_t n = read(tap, frame, sizeof(frame));
	uint32_t head = htonl((uint32_t)n);
	struct iovec iov[] = {{&head, 4}, {frame, n > 0 ? (size_t)n : 0}};

	if (n > 0 && writev(fd, iov, 2) < 0)
		die("the socket");
}

static uint32_t length_at(const uint8_t *p)
{
	uint32_t length;

	memcpy(&length, p, 4);
	return ntohl(length);
}

/* All frames that a read brought, one write each. */
static void to_tap(int fd, int tap)
{
	static uint8_t buf[4 * FRAME];
	static size_t have;
	size_t at = 0;
	ssize_t n = read(fd, buf + have, sizeof(buf) - have);

	if (n <= 0)
		exit(0);
	have += (size_t)n;
	while (have - at >= 4 && have - at - 4 >= length_at(buf + at)) {
		size_t length = length_at(buf + at);

		/* A full tap loses it, as a full NIC does. */
		if (write(tap, buf + at + 4, length) < 0 && errno != EAGAIN && errno != EIO)
			die("the tap");
		at += 4 + length;
	}
	have -= at;
	memmove(buf, buf + at, have);
}

static void bridge(const char *tap_name, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int tap = open_tap(tap_name), fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		die(path);
	for (;;) {
		struct pollfd p[] = {{.fd = tap, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

		if (poll(p, 2, -1) < 0)
			die("poll");
		if (p[0].revents)
			to_socket(tap, fd);
		if (p[1].revents)
			to_tap(fd, tap);
	}
}

/* ---- the server */

static int listening(int type, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 4096) < 0))
		die("bind");
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll");
}

static void echo_tcp(int fd)
{
	char buf[4096];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n <= 0 || send(fd, buf, (size_t)n, MSG_NOSIGNAL) < 0)
		close(fd);
}

static void echo_udp(int fd)
{
	char buf[4096];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

	if (n >= 0)
		(void)sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len);
}

static void serve(uint16_t port)
{
	int epoll = epoll_create1(0), tcp = listening(SOCK_STREAM, port),
	    udp = listening(SOCK_DGRAM, port), yes = 1;

	watch(epoll, tcp);
	watch(epoll, udp);
	for (;;) {
		struct epoll_event events[64];
		int n = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd == tcp) {
				fd = accept(tcp, NULL, NULL);
				if (fd < 0)
					continue;
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
				watch(epoll, fd);
			} else if (fd == udp) {
				echo_udp(udp);
			} else {
				echo_tcp(fd);
			}
		}
	}
}

/* ---- the clients */

static int connected(int type, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, type, 0), yes = 1;

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		die("connect");
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

/* A datagram may be lost: then it is sent again. */
static void exchange(int fd)
{
	char buf[SIZE] = {0};
	struct pollfd p = {.fd = fd, .events = POLLIN};

	do {
		if (send(fd, buf, SIZE, MSG_NOSIGNAL) != SIZE)
			die("send");
	} while (poll(&p, 1, 1000) == 0);
	if (recv(fd, buf, SIZE, MSG_WAITALL) != SIZE)
		die("recv");
}

static void tell(const char *mode, long n, double since)
{
	double s = now() - since;

	printf("mode=%s n=%ld per_s=%.1f us=%.1f\n", mode, n, (double)n / s, s / (double)n * 1e6);
}

static int run(const char *mode, const struct sockaddr_in *to, long n)
{
	double since = now();
	int fd;

	if (strcmp(mode, "cps") == 0) {
		for (long i = 0; i < n; i++) {
			fd = connected(SOCK_STREAM, to);
			exchange(fd);
			close(fd);
		}
	} else if (strcmp(mode, "hold") == 0) {
		for (long i = 0; i < n; i++)
			exchange(connected(SOCK_STREAM, to));
		printf("mode=hold n=%ld\n", n);
		fflush(stdout);
		while (getchar() != EOF)
			;
		return 0;
	} else {
		fd = connected(strcmp(mode, "rr") == 0 ? SOCK_STREAM : SOCK_DGRAM, to);
		exchange(fd);
		since = now();
		for (long i = 0; i < n; i++)
			exchange(fd);
	}
	tell(mode, n, since);
	return 0;
}

int main(int argc, char *argv[])
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
	if (argc == 4 && strcmp(argv[1], "bridge") == 0)
		bridge(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve((uint16_t)strtoul(argv[2], NULL, 10));
	if (argc != 5 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: see the head of slirpload.c\n");
		return 2;
	}
	alarm(60);
	to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	return run(argv[1], &to, (long)strtoul(argv[4], NULL, 10));
}

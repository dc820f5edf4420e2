/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recv-fd [OPTION]... HELPER ARGUMENT...: what QEMU does with a bridge helper. "{fd}" in an
 * argument stands for the socket's number. Prints what came as key=value lines, then does
 * with the descriptor what the options say, as somebody who holds one can.
 *
 *   --hold=SECONDS     keep the descriptor so long (end it sooner with a signal)
 *   --persist          TUNSETPERSIST
 *   --no-persist       the same, undone
 *   --no-carrier       TUNSETCARRIER
 *   --owner=UID        TUNSETOWNER
 *   --set-mac=ADDR     SIOCSIFHWADDR on the tap
 *   --wait-up=SECONDS  until the device is up, at most so long
 *   --send=SRC,DST     one broadcast-size frame from address SRC to DST, 20 times
 *   --count=SECONDS    how many frames come out of the tap in that time
 *   --closed           the other end of the socket is closed before the helper starts
 * Exit status: the helper's own, or 99 where it did not exit.
 */
#include "lib/fdpass.h"
#include "lib/mac.h"
#include "lib/num.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS 64

struct options {
	unsigned hold, count, wait_up;
	bool persist, no_persist, no_carrier, closed;
	const char *owner, *mac, *send;
};

static void die(const char *what)
{
	fprintf(stderr, "recv-fd: %s: %s\n", what, strerror(errno));
	exit(98);
}

static unsigned number(const char *text)
{
	uint64_t value;

	if (num_parse(text, strlen(text), 0, 4294967295U, &value) < 0) {
		fprintf(stderr, "recv-fd: '%s' is no number\n", text);
		exit(98);
	}
	return (unsigned)value;
}

static char **parse(char **arg, struct options *o)
{
	for (; *arg && strncmp(*arg, "--", 2) == 0; arg++) {
		if (strncmp(*arg, "--hold=", 7) == 0)
			o->hold = number(*arg + 7);
		else if (strncmp(*arg, "--count=", 8) == 0)
			o->count = number(*arg + 8);
		else if (strncmp(*arg, "--wait-up=", 10) == 0)
			o->wait_up = number(*arg + 10);
		else if (strncmp(*arg, "--owner=", 8) == 0)
			o->owner = *arg + 8;
		else if (strncmp(*arg, "--set-mac=", 10) == 0)
			o->mac = *arg + 10;
		else if (strncmp(*arg, "--send=", 7) == 0)
			o->send = *arg + 7;
		else if (strcmp(*arg, "--persist") == 0)
			o->persist = true;
		else if (strcmp(*arg, "--no-persist") == 0)
			o->no_persist = true;
		else if (strcmp(*arg, "--no-carrier") == 0)
			o->no_carrier = true;
		else if (strcmp(*arg, "--closed") == 0)
			o->closed = true;
		else {
			fprintf(stderr, "recv-fd: unknown option '%s'\n", *arg);
			exit(98);
		}
	}
	return arg;
}

static void run_helper(char **arg, int sock)
{
	char *argv[MAX_ARGS + 1], text[MAX_ARGS][64];
	size_t n = 0;

	for (; *arg && n < MAX_ARGS; arg++, n++) {
		const char *place = strstr(*arg, "{fd}");

		argv[n] = *arg;
		if (!place || strlen(*arg) > 40)
			continue;
		snprintf(text[n], sizeof(text[n]), "%.*s%d%s", (int)(place - *arg), *arg, sock,
			 place + 4);
		argv[n] = text[n];
	}
	argv[n] = NULL;
	execv(argv[0], argv);
	fprintf(stderr, "recv-fd: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void describe(int fd)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	if (ioctl(fd, TUNGETIFF, &req) < 0)
		die("TUNGETIFF");
	printf("name=%s\nvnet_hdr=%d\ntap=%d\ncloexec=%d\n", req.ifr_name,
	       (req.ifr_flags & IFF_VNET_HDR) != 0, (req.ifr_flags & IFF_TAP) != 0,
	       (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

static void set_mac(int fd, const char *text)
{
	struct ifreq req;
	uint8_t mac[MAC_LEN];

	memset(&req, 0, sizeof(req));
	if (mac_parse(text, strlen(text), mac) < 0 || ioctl(fd, TUNGETIFF, &req) < 0)
		die(text);
	req.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(req.ifr_hwaddr.sa_data, mac, MAC_LEN);
	if (ioctl(fd, SIOCSIFHWADDR, &req) < 0)
		die("SIOCSIFHWADDR");
}

/* Frames of a type that nobody answers (88b5, for experiments). */
static void send_frames(int fd, const char *text)
{
	uint8_t frame[74] = {0};
	size_t header = 0;
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	if (ioctl(fd, TUNGETIFF, &req) == 0 && (req.ifr_flags & IFF_VNET_HDR))
		header = 10;
	if (strlen(text) != 35 || mac_parse(text, 17, frame + header + 6) < 0 ||
	    mac_parse(text + 18, 17, frame + header) < 0)
		die(text);
	frame[header + 12] = 0x88;
	frame[header + 13] = 0xb5;
	for (int i = 0; i < 20; i++)
		if (write(fd, frame, header + 60) < 0)
			die("write");
}

static void count_frames(int fd, unsigned seconds)
{
	struct timespec now;
	time_t end;
	char frame[2048];
	unsigned n = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + seconds;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (now.tv_sec < end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 100) > 0 && read(fd, frame, sizeof(frame)) > 0)
			n++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	printf("frames=%u\n", n);
}

/* Of each descriptor, whose queue it is, or which device. */
static void list(const int *fds, int n)
{
	printf("names=");
	for (int i = 0; i < n; i++) {
		struct ifreq req;
		struct stat st;

		memset(&req, 0, sizeof(req));
		if (ioctl(fds[i], TUNGETIFF, &req) == 0)
			printf("%s%s", i ? " " : "", req.ifr_name);
		else if (fstat(fds[i], &st) == 0)
			printf("%s%u:%u", i ? " " : "", major(st.st_rdev), minor(st.st_rdev));
	}
	printf("\n");
}

static void wait_up(int fd, unsigned seconds)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	if (sock < 0 || ioctl(fd, TUNGETIFF, &req) < 0)
		die("wait-up");
	for (unsigned i = 0; i < seconds * 50; i++) {
		if (ioctl(sock, SIOCGIFFLAGS, &req) == 0 && (req.ifr_flags & IFF_UP))
			break;
		usleep(20000);
	}
	close(sock);
}

static void use(int fd, const struct options *o)
{
	describe(fd);
	if (o->wait_up)
		wait_up(fd, o->wait_up);
	if (o->mac)
		set_mac(fd, o->mac);
	if (o->persist && ioctl(fd, TUNSETPERSIST, 1) < 0)
		die("TUNSETPERSIST");
	if (o->no_persist && ioctl(fd, TUNSETPERSIST, 0) < 0)
		die("TUNSETPERSIST");
	if (o->no_carrier && ioctl(fd, TUNSETCARRIER, &(int){0}) < 0)
		die("TUNSETCARRIER");
	if (o->owner && ioctl(fd, TUNSETOWNER, number(o->owner)) < 0)
		die("TUNSETOWNER");
	if (o->send)
		send_frames(fd, o->send);
	if (o->count)
		count_frames(fd, o->count);
	printf("ready\n");
	fflush(stdout);
	if (o->hold)
		sleep(o->hold);
}

int main(int argc, char *argv[])
{
	struct options o = {0};
	char **helper = parse(argv + 1, &o), text[512];
	int sv[2], fds[FDPASS_MAX], status, n = -EPIPE;
	pid_t pid;

	(void)argc;
	if (!*helper || socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
		die("no helper or no socket");
	fcntl(sv[0], F_SETFD, FD_CLOEXEC);
	if (o.closed)
		close(sv[0]);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		run_helper(helper, sv[1]);
	close(sv[1]);
	if (!o.closed)
		n = fdpass_recv(sv[0], fds, FDPASS_MAX, text, sizeof(text));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	printf("descriptors=%d\n", n > 0 ? n : 0);
	if (WIFEXITED(status))
		printf("status=%d\n", WEXITSTATUS(status));
	else
		printf("signal=%d\n", WTERMSIG(status));
	if (n > 0) {
		printf("text=%s\n", text);
		list(fds, n);
		use(fds[0], &o);
	}
	fflush(stdout);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

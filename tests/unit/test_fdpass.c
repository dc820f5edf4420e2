/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers are those of the requirements in lib/fdpass.h. */
#include "lib/fdpass.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define MANY 200 /* more than FDPASS_MAX + 4, less than the kernel's SCM_MAX_FD */

static void pair(int sv[2])
{
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
}

static void unpair(int sv[2])
{
	close(sv[0]);
	close(sv[1]);
}

/* Sends what fdpass_send() would not. */
static void send_raw(int sock, const char *data, size_t len, const int *fds, size_t n)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * MANY)];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	memset(&control, 0, sizeof(control));
	if (n) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	CHECK_INT(sendmsg(sock, &msg, MSG_NOSIGNAL), len);
}

static void same_file(int a, int b)
{
	struct stat one, two;

	CHECK_INT(fstat(a, &one), 0);
	CHECK_INT(fstat(b, &two), 0);
	CHECK(one.st_dev == two.st_dev && one.st_ino == two.st_ino);
}

static void one_and_all(void)
{
	int out[FDPASS_MAX], sv[2], before = test_open_fds();

	for (size_t n = 1; n <= FDPASS_MAX; n++) {
		int in[FDPASS_MAX];
		char text[64] = "?";

		test_case("%zu descriptors", n);
		pair(sv);
		for (size_t i = 0; i < n; i++)
			out[i] = open(i % 2 ? "/dev/null" : "/dev/zero", O_RDWR | O_CLOEXEC);
		CHECK_INT(fdpass_send(sv[0], out, n, "mtu=1500\n", 9), 0);
		CHECK_INT(fdpass_recv(sv[1], in, FDPASS_MAX, text, sizeof(text)), n);
		CHECK_STR(text, "mtu=1500\n");
		for (size_t i = 0; i < n; i++) {
			same_file(in[i], out[i]);
			CHECK_INT(fcntl(in[i], F_GETFD), FD_CLOEXEC); /* 3 */
			close(in[i]);
			close(out[i]);
		}
		unpair(sv);
	}
	CHECK_INT(test_open_fds(), before);
}

static void too_few_left(void *ctx)
{
	int out[2], in[2], sv[2];
	struct rlimit limit;
	char text[8];

	(void)ctx;
	pair(sv);
	out[0] = out[1] = sv[0];
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int room = 0; room < 2; room++) {
		int lowest = dup(sv[0]), next;

		close(lowest);
		limit.rlim_cur = (rlim_t)(lowest + room);
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
		CHECK_INT(fdpass_send(sv[0], out, 2, "", 0), 0);
		CHECK_INT(fdpass_recv(sv[1], in, 2, text, sizeof(text)), -EMFILE);
		next = dup(sv[0]);
		CHECK_INT(next, room ? lowest : -1);
		close(next);
		limit.rlim_cur = limit.rlim_max;
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	CHECK_INT(fdpass_send(sv[0], out, 2, "", 0), 0);
	CHECK_INT(fdpass_recv(sv[1], in, 2, text, sizeof(text)), 2);
	unpair(sv);
}

/* Whoever cannot take them is told why. */
static void few_descriptors(void)
{
	test_in_child(0, too_few_left, NULL);
}

/* What QEMU and libvirt make of it: one byte 0, one descriptor, nothing else. */
static void stock_message(void)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char data[8];
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	int sv[2], fd = -1;

	pair(sv);
	CHECK_INT(fdpass_send(sv[0], &sv[0], 1, "", 0), 0);
	CHECK_INT(recvmsg(sv[1], &msg, 0), 1);
	CHECK_INT(data[0], 0);
	CHECK_INT(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC), 0);
	CHECK_INT(control.align.cmsg_len, CMSG_LEN(sizeof(int)));
	CHECK_INT(control.align.cmsg_level, SOL_SOCKET);
	CHECK_INT(control.align.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.align), sizeof(fd));
	close(fd);
	unpair(sv);
}

static void refuses_counts(void)
{
	int fds[FDPASS_MAX + 1] = {0}, sv[2];
	char byte;

	pair(sv);
	CHECK_INT(fdpass_send(sv[0], fds, 0, "", 0), -EINVAL);
	CHECK_INT(fdpass_send(sv[0], fds, FDPASS_MAX + 1, "", 0), -EINVAL);
	CHECK_INT(recv(sv[1], &byte, 1, MSG_DONTWAIT), -1);
	unpair(sv);
}

static void peer_gone(void *ctx)
{
	int sv[2];

	(void)ctx;
	signal(SIGPIPE, SIG_DFL);
	pair(sv);
	close(sv[1]);
	CHECK_INT(fdpass_send(sv[0], &sv[0], 1, "", 0), -EPIPE);
	close(sv[0]);
}

static void no_sigpipe(void)
{
	test_in_child(0, peer_gone, NULL);
}

static void send_errors(void)
{
	int sv[2], closed, buffer = 0;
	char byte = 0;

	pair(sv);
	closed = dup(sv[0]);
	close(closed);
	CHECK_INT(fdpass_send(closed, sv, 1, "", 0), -EBADF);
	CHECK_INT(fdpass_send(sv[0], &closed, 1, "", 0), -EBADF);
	/* Full: an error, not a wait, where the caller made it non-blocking. */
	CHECK_INT(fcntl(sv[0], F_SETFL, O_NONBLOCK), 0);
	while (buffer < 100000000 && write(sv[0], &byte, 1) == 1)
		buffer++;
	CHECK_INT(fdpass_send(sv[0], sv, 1, "", 0), -EAGAIN);
	unpair(sv);
}

/* 2: nothing that came in such a message stays open. */
static void bad_message(const char *data, size_t len, size_t n, size_t max, int want)
{
	int fds[MANY], got[FDPASS_MAX], sv[2], before;
	char text[16];

	pair(sv);
	for (size_t i = 0; i < MANY; i++)
		fds[i] = sv[0];
	before = test_open_fds();
	send_raw(sv[0], data, len, fds, n);
	close(sv[0]);
	CHECK_INT(fdpass_recv(sv[1], got, max, text, sizeof(text)), want);
	CHECK_INT(test_open_fds(), before - 1);
	close(sv[1]);
}

static void bad_messages(void)
{
	int sv[2], got[1];
	char text[4] = "?";

	test_case("no descriptor");
	bad_message("", 1, 0, 1, -EPROTO);
	test_case("another first byte");
	bad_message("x", 1, 1, 1, -EPROTO);
	test_case("one more than asked for");
	bad_message("", 1, 2, 1, -EPROTO);
	test_case("more than asked for");
	bad_message("", 1, FDPASS_MAX, 2, -EPROTO);
	test_case("more than there is room for");
	bad_message("", 1, FDPASS_MAX + 4, FDPASS_MAX, -EPROTO);
	test_case("far more");
	bad_message("", 1, MANY, 1, -EPROTO);
	test_case("closed without a word");
	pair(sv);
	close(sv[0]);
	CHECK_INT(fdpass_recv(sv[1], got, 1, text, sizeof(text)), -ENOMSG);
	CHECK_STR(text, "");
	close(sv[1]);
	CHECK_INT(fdpass_recv(sv[1], got, 1, text, sizeof(text)), -EBADF);
}

static void long_text(void)
{
	int sv[2], got[1];
	char text[8];

	pair(sv);
	CHECK_INT(fdpass_send(sv[0], &sv[0], 1, "0123456789", 10), 0);
	CHECK_INT(fdpass_recv(sv[1], got, 1, text, sizeof(text)), 1);
	CHECK_STR(text, "0123456");
	close(got[0]);
	unpair(sv);
}

static void defect_of(int fd, enum fdpass_defect want, const char *text)
{
	test_case("%s", text);
	CHECK_INT(fdpass_check(fd), want);
	CHECK_STR(fdpass_defect_text(want), text);
	close(fd);
}

static void defects(void)
{
	struct sockaddr name = {.sa_family = AF_UNIX};
	int sv[2], fd;

	for (fd = 0; fd <= 2; fd++)
		CHECK_INT(fdpass_check(fd), FDPASS_STDIO);
	CHECK_STR(fdpass_defect_text(FDPASS_STDIO), "is standard input, output or error");
	CHECK_INT(fdpass_check(-1), FDPASS_CLOSED);
	CHECK_INT(fdpass_check(INT32_MAX), FDPASS_CLOSED);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	close(fd);
	defect_of(fd, FDPASS_CLOSED, "is not open");
	defect_of(open("/dev/null", O_RDWR | O_CLOEXEC), FDPASS_NOT_SOCKET, "is not a socket");
	defect_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC), FDPASS_NOT_SOCKET, "is not a socket");
	defect_of(open("/etc/passwd", O_PATH | O_CLOEXEC), FDPASS_NOT_SOCKET, "is not a socket");
	defect_of(open("/", O_PATH | O_CLOEXEC), FDPASS_NOT_SOCKET, "is not a socket");
	defect_of(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), FDPASS_NOT_STREAM,
		  "is a socket of another kind");
	defect_of(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), FDPASS_NOT_STREAM,
		  "is a socket of another kind");
	defect_of(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), FDPASS_NOT_STREAM,
		  "is a socket of another kind");
	defect_of(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), FDPASS_NOT_STREAM,
		  "is a socket of another kind");
	defect_of(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), FDPASS_UNCONNECTED,
		  "is not connected");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(fd, &name, sizeof(name.sa_family)), 0); /* a name of the kernel's choice */
	CHECK_INT(listen(fd, 1), 0);
	defect_of(fd, FDPASS_UNCONNECTED, "is not connected");
	pair(sv);
	defect_of(sv[0], FDPASS_OK, "is a connected unix stream socket");
	close(sv[1]);
}

/* 1: asking writes nothing. */
static void check_is_silent(void)
{
	int sv[2];
	char byte;

	pair(sv);
	CHECK_INT(fdpass_check(sv[0]), FDPASS_OK);
	CHECK_INT(recv(sv[1], &byte, 1, MSG_DONTWAIT), -1);
	CHECK_INT(errno, EAGAIN);
	unpair(sv);
}

int main(void)
{
	static const struct test tests[] = {
		{"3: 1 to 16 descriptors arrive, close-on-exec", one_and_all, false},
		{"no room for all: said so, and nothing is kept", few_descriptors, false},
		{"the message that QEMU expects", stock_message, false},
		{"none and too many are refused", refuses_counts, false},
		{"a peer that is gone: no SIGPIPE (threat 65)", no_sigpipe, false},
		{"closed descriptors, a full socket", send_errors, false},
		{"2: what is not asked for is closed", bad_messages, false},
		{"a long text is cut and terminated", long_text, false},
		{"1: every defect of the socket (threat 74)", defects, false},
		{"1: the check writes nothing", check_is_silent, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

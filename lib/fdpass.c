/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum fdpass_defect fdpass_check(int fd)
{
	struct sockaddr_un peer;
	socklen_t len = sizeof(int);
	int domain, type;

	if (fd >= 0 && fd <= STDERR_FILENO)
		return FDPASS_STDIO;
	if (fcntl(fd, F_GETFD) < 0)
		return FDPASS_CLOSED;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
		return FDPASS_NOT_SOCKET;
	len = sizeof(type);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return FDPASS_NOT_SOCKET;
	if (domain != AF_UNIX || type != SOCK_STREAM)
		return FDPASS_NOT_STREAM;
	len = sizeof(peer);
	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		return FDPASS_UNCONNECTED;
	return FDPASS_OK;
}

const char *fdpass_defect_text(enum fdpass_defect defect)
{
	switch (defect) {
	case FDPASS_OK:
		return "is a connected unix stream socket";
	case FDPASS_STDIO:
		return "is standard input, output or error";
	case FDPASS_CLOSED:
		return "is not open";
	case FDPASS_NOT_SOCKET:
		return "is not a socket";
	case FDPASS_NOT_STREAM:
		return "is a socket of another kind";
	case FDPASS_UNCONNECTED:
		return "is not connected";
	}
	return "cannot be used";
}

int fdpass_send(int sock, const int *fds, size_t n, const char *text, size_t len)
{
	char zero = 0;
	union {
		char buf[CMSG_SPACE(sizeof(int) * FDPASS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov[2] = {
		{.iov_base = &zero, .iov_len = 1},
		{.iov_base = (void *)(uintptr_t)text, .iov_len = len},
	};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = len ? 2 : 1};
	struct cmsghdr *cmsg;
	ssize_t sent;

	if (n == 0 || n > FDPASS_MAX)
		return -EINVAL;
	memset(&control, 0, sizeof(control));
	msg.msg_control = control.buf;
	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, n * sizeof(int));
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	/* A stream socket takes a message of this size whole or blocks. */
	return (size_t)sent == 1 + len ? 0 : -EIO;
}

/* Takes the descriptors out of every SCM_RIGHTS message; closes those beyond max. */
static size_t collect(struct msghdr *msg, int *fds, size_t max, size_t *surplus)
{
	size_t n = 0;

	*surplus = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < max) {
				fds[n++] = fd;
			} else {
				close(fd);
				(*surplus)++;
			}
		}
	}
	return n;
}

static bool no_room(int sock)
{
	int fd = fcntl(sock, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return errno == EMFILE;
	close(fd);
	return false;
}

int fdpass_recv(int sock, int *fds, size_t max, char *text, size_t size)
{
	char first = 1;
	union {
		char buf[CMSG_SPACE(sizeof(int) * FDPASS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov[2] = {
		{.iov_base = &first, .iov_len = 1},
		{.iov_base = text, .iov_len = size - 1},
	};
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	size_t n, surplus;
	ssize_t got;

	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	n = collect(&msg, fds, max, &surplus);
	text[got > 0 ? got - 1 : 0] = '\0';
	if (got == 0 && n == 0)
		return -ENOMSG;
	if (n == 0 || surplus > 0 || first != 0 || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		/* Cut by the kernel at RLIMIT_NOFILE, or by a security module. */
		bool full =
			(msg.msg_flags & MSG_CTRUNC) && n + surplus < FDPASS_MAX && no_room(sock);

		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		return full ? -EMFILE : -EPROTO;
	}
	return (int)n;
}

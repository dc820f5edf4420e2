/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors over a unix stream socket, as QEMU takes them from a helper: one message,
 * at least one byte, one SCM_RIGHTS control message.
 *
 *  1. The sender MUST NOT write to anything but a connected unix stream socket.
 *  2. A receiver MUST NOT keep a descriptor that it did not ask for.
 *  3. A received descriptor MUST be close-on-exec from its first moment.
 */
#ifndef NETGRANT_FDPASS_H
#define NETGRANT_FDPASS_H

#include "compiler.h"

#include <stddef.h>

/* As many as any helper sends: 32 queues and their vhost descriptors. */
#define FDPASS_MAX 64

enum fdpass_defect {
	FDPASS_OK,
	FDPASS_STDIO,       /* 0, 1 or 2 */
	FDPASS_CLOSED,      /* not an open descriptor */
	FDPASS_NOT_SOCKET,  /* a file, a terminal, a device, O_PATH */
	FDPASS_NOT_STREAM,  /* a socket, but no unix stream socket */
	FDPASS_UNCONNECTED, /* nobody at the other end */
};

/* Can fd take a descriptor? Borrows fd, writes nothing to it. */
enum fdpass_defect fdpass_check(int fd);
const char *fdpass_defect_text(enum fdpass_defect defect);

/*
 * Sends a byte 0, then text[0..len), with n descriptors (1..FDPASS_MAX), all in one
 * message. Borrows sock and fds. 0 or -errno; no SIGPIPE.
 */
MUST_CHECK NONNULL int fdpass_send(int sock, const int *fds, size_t n, const char *text,
				   size_t len);

/*
 * Waits for such a message; returns how many descriptors came, at most max, which the
 * caller then owns, and the text behind the first byte, terminated and at most
 * size - 1 bytes. -ENOMSG: the other end closed without sending. -EPROTO: a message
 * that is not of this kind, or with more descriptors. -EMFILE: RLIMIT_NOFILE has no room for
 * all of them. What came with either is closed.
 */
MUST_CHECK NONNULL int fdpass_recv(int sock, int *fds, size_t max, char *text, size_t size);

#endif

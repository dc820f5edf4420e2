/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define STREAM_IN (256 * 1024)
#define DATAGRAMS 32
/* Read of a tap in a turn; more than a frame of the largest would not stay in the cache. */
#define TAP_ENOUGH (64 * 1024)
_Static_assert(TAP_ENOUGH + FRAME_MAX <= STREAM_IN, "the last frame has to fit");
/* What may wait for an emulator that does not read. */
#define OUT_SIZE (512 * 1024)
/* Written as soon as that much waits, so that the emulator can begin. */
#define OUT_ENOUGH (32 * 1024)

int link_init(struct link *l, const struct endpoint_open *open, const struct endpoint_addr *remote)
{
	int size = OUT_SIZE;

	memset(l, 0, sizeof(*l));
	l->fd = l->listener = -1;
	l->what = open->what;
	l->vnet_hdr = (size_t)open->vnet_hdr;
	if (open->what == ENDPOINT_LISTENER)
		l->listener = open->fd;
	else
		l->fd = open->fd;
	if (remote)
		l->remote = *remote;
	/* The kernel gives what it allows. */
	(void)setsockopt(open->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	framing_init(&l->framing);
	l->in = malloc(l->what == ENDPOINT_DATAGRAM ? (size_t)DATAGRAMS * FRAME_MAX : STREAM_IN);
	l->out = malloc(OUT_SIZE);
	return l->in && l->out ? 0 : -ENOMEM;
}

void link_free(struct link *l)
{
	link_hang_up(l);
	if (l->listener >= 0)
		close(l->listener);
	free(l->in);
	free(l->out);
}

void link_hang_up(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->broken = l->joined = false;
	l->out_used = l->out_sent = 0;
	framing_free(&l->framing);
	framing_init(&l->framing);
}

bool link_wants(const struct link *l, struct pollfd *ret)
{
	*ret = (struct pollfd){.fd = l->fd, .events = POLLIN};
	if (link_is_blocked(l))
		ret->events |= POLLOUT;
	return l->fd >= 0;
}

void link_accept(struct link *l)
{
	int fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int size = OUT_SIZE;

	if (fd < 0)
		return;
	if (l->fd >= 0) {
		close(fd);
		return;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	l->fd = fd;
}

static void take(struct link *l, const uint8_t *frame, size_t len, link_frame_fn each, void *ctx)
{
	l->frames_in++;
	l->bytes_in += len;
	each(ctx, frame, len);
}

static bool receive_stream(struct link *l, link_frame_fn each, void *ctx)
{
	struct iovec iov[2];
	struct frame frame;
	int parts = framing_space(&l->framing, iov, l->in, STREAM_IN), r;
	ssize_t n = readv(l->fd, iov, parts);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	framing_received(&l->framing, l->in, (size_t)n);
	while ((r = framing_next(&l->framing, &frame)) > 0)
		take(l, frame.at, frame.len, each, ctx);
	l->broken = r < 0;
	return r == 0;
}

static bool receive_datagrams(struct link *l, link_frame_fn each, void *ctx)
{
	struct mmsghdr messages[DATAGRAMS];
	struct iovec iov[DATAGRAMS];
	int n;

	for (size_t i = 0; i < DATAGRAMS; i++) {
		iov[i] = (struct iovec){.iov_base = l->in + i * FRAME_MAX, .iov_len = FRAME_MAX};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov[i], .msg_iovlen = 1}};
	}
	n = recvmmsg(l->fd, messages, DATAGRAMS, MSG_DONTWAIT, NULL);
	/* An error is one of the other end's, which may come back. */
	for (int i = 0; i < n; i++)
		if (messages[i].msg_len >= FRAME_MIN &&
		    !(messages[i].msg_hdr.msg_flags & MSG_TRUNC))
			take(l, iov[i].iov_base, messages[i].msg_len, each, ctx);
	return true;
}

/* One behind the other: whoever takes them may need them until the last has come. */
static bool receive_tap(struct link *l, link_frame_fn each, void *ctx)
{
	uint8_t header[16];

	for (size_t used = 0; used < TAP_ENOUGH;) {
		struct iovec iov[] = {{.iov_base = header, .iov_len = l->vnet_hdr},
				      {.iov_base = l->in + used, .iov_len = FRAME_MAX}};
		ssize_t n = readv(l->fd, iov, 2);

		/* EBADFD: the interface was deleted. */
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if ((size_t)n < l->vnet_hdr + FRAME_MIN)
			return true;
		take(l, l->in + used, (size_t)n - l->vnet_hdr, each, ctx);
		used += (size_t)n - l->vnet_hdr;
	}
	return true;
}

bool link_receive(struct link *l, link_frame_fn each, void *ctx)
{
	if (l->what == ENDPOINT_TAP)
		return receive_tap(l, each, ctx);
	return l->what == ENDPOINT_DATAGRAM ? receive_datagrams(l, each, ctx)
					    : receive_stream(l, each, ctx);
}

static bool is_full(int error)
{
	return error == EAGAIN || error == EINTR || error == ENOBUFS;
}

/* A frame that is counted already; false: it takes no more. */
static bool write_tap(struct link *l, const uint8_t *frame, size_t len)
{
	static const uint8_t no_offload[16];
	struct iovec iov[] = {{.iov_base = (void *)(uintptr_t)no_offload, .iov_len = l->vnet_hdr},
			      {.iov_base = (void *)(uintptr_t)frame, .iov_len = len}};

	if (writev(l->fd, iov, 2) >= 0)
		return true;
	if (is_full(errno))
		return false;
	/* EIO: the interface is down. */
	l->dropped++;
	l->frames_out--;
	l->bytes_out -= len;
	return true;
}

void link_send(struct link *l, const uint8_t *frame, size_t len)
{
	l->frames_out++;
	l->bytes_out += len;
	/* A tap takes one with each call, so that there is nothing to be had from waiting. */
	if (l->what == ENDPOINT_TAP && !link_is_blocked(l) && write_tap(l, frame, len))
		return;
	if (l->fd >= 0 && OUT_SIZE - l->out_used < FRAME_HEAD + len)
		link_flush(l);
	if (l->fd < 0 || OUT_SIZE - l->out_used < FRAME_HEAD + len) {
		l->dropped++;
		l->frames_out--;
		l->bytes_out -= len;
		return;
	}
	framing_head(l->out + l->out_used, (uint32_t)len);
	memcpy(l->out + l->out_used + FRAME_HEAD, frame, len);
	l->out_used += FRAME_HEAD + len;
	if (l->out_used - l->out_sent >= OUT_ENOUGH)
		link_flush(l);
}

/* How far it came, in bytes; or -1. */
static ssize_t flush_tap(struct link *l)
{
	size_t at = l->out_sent;

	while (at < l->out_used) {
		size_t len = framing_len(l->out + at);

		if (!write_tap(l, l->out + at + FRAME_HEAD, len))
			break;
		at += FRAME_HEAD + len;
	}
	return at > l->out_sent ? (ssize_t)(at - l->out_sent) : -1;
}

/* How far it came, in bytes; or -1. */
static ssize_t flush_datagrams(struct link *l)
{
	struct mmsghdr messages[DATAGRAMS];
	struct iovec iov[DATAGRAMS];
	unsigned count = 0;
	size_t at = l->out_sent;
	ssize_t done = 0;
	int n;

	for (; count < DATAGRAMS && at < l->out_used; count++) {
		size_t len = framing_len(l->out + at);

		iov[count] = (struct iovec){.iov_base = l->out + at + FRAME_HEAD, .iov_len = len};
		messages[count] =
			(struct mmsghdr){.msg_hdr = {.msg_iov = &iov[count], .msg_iovlen = 1}};
		if (l->remote.len && !l->joined) {
			messages[count].msg_hdr.msg_name = &l->remote.u;
			messages[count].msg_hdr.msg_namelen = l->remote.len;
		}
		at += FRAME_HEAD + len;
	}
	n = sendmmsg(l->fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++)
		done += (ssize_t)(FRAME_HEAD + iov[i].iov_len);
	return done;
}

/* A datagram socket that is not connected always polls as writable. Connected to a reader that
 * takes no more it does not; but then it gets nothing from one that took that reader's place,
 * so only for as long as something waits. */
static void join(struct link *l, bool on)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	if (l->remote.len == 0 || l->joined == on)
		return;
	(void)(on ? connect(l->fd, &l->remote.u.any, l->remote.len)
		  : connect(l->fd, &nobody, sizeof(nobody)));
	l->joined = on;
}

static ssize_t flush_some(struct link *l)
{
	if (l->what == ENDPOINT_TAP)
		return flush_tap(l);
	if (l->what == ENDPOINT_DATAGRAM)
		return flush_datagrams(l);
	return send(l->fd, l->out + l->out_sent, l->out_used - l->out_sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

void link_flush(struct link *l)
{
	while (l->fd >= 0 && link_is_blocked(l)) {
		ssize_t n = flush_some(l);

		if (n < 0 && is_full(errno)) {
			join(l, true);
			break;
		}
		if (n < 0) {
			/* Nobody is there: of a stream, reading will say so. */
			l->out_sent = l->out_used;
			l->dropped++;
		} else {
			l->out_sent += (size_t)n;
		}
	}
	/* What is left goes to the front, where that is not too much to copy. */
	if (l->out_sent == l->out_used) {
		l->out_sent = l->out_used = 0;
		join(l, false);
	} else if (l->out_sent > OUT_SIZE / 2) {
		memmove(l->out, l->out + l->out_sent, l->out_used - l->out_sent);
		l->out_used -= l->out_sent;
		l->out_sent = 0;
	}
}

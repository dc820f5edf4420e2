/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames on their way out. */
#include "switch.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define FLUSH_BYTES (128u * 1024) /* about what a socket takes at once */

/* A frame that the port cannot take now; head: with its length in front. */
static void keep_frame(struct sw *sw, struct port *p, const uint8_t *head, size_t len)
{
	if (p->out.bytes + len > sw->options->queue || !backlog_add(&p->out, head, len)) {
		p->n.full++;
		p->n.out_frames--;
		p->n.out_bytes -= len - FRAME_HEAD;
	}
}

/* Keeps what a stream did not take of these pieces, of which `sent` bytes are gone. The rest of
 * a frame that went in part is kept whatever the queue has: the stream would be broken. */
static void keep_runs(struct sw *sw, struct port *p, const struct iovec *iov, unsigned n,
		      size_t sent)
{
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *at = iov[i].iov_base, *end = at + iov[i].iov_len;

		if (sent >= iov[i].iov_len) {
			sent -= iov[i].iov_len;
			continue;
		}
		while (at < end) {
			size_t len = FRAME_HEAD + framing_len(at);

			if (sent >= len) {
				sent -= len;
			} else if (sent > 0) {
				if (!backlog_add(&p->out, at + sent, len - sent)) {
					port_kill(sw, p);
					return;
				}
				sent = 0;
			} else {
				keep_frame(sw, p, at, len);
			}
			at += len;
		}
	}
}

static bool would_block(int error)
{
	return error == EAGAIN; /* EWOULDBLOCK, on Linux */
}

static void send_runs(struct sw *sw, struct port *p, const struct iovec *iov, unsigned n,
		      size_t bytes)
{
	struct msghdr msg;
	ssize_t sent;

	if (p->out.bytes) {
		keep_runs(sw, p, iov, n, 0);
		return;
	}
	if (n == 1) {
		sent = send(p->fd, iov->iov_base, iov->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = (struct iovec *)(uintptr_t)iov;
		msg.msg_iovlen = n;
		sent = sendmsg(p->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (sent == (ssize_t)bytes)
		return;
	if (sent < 0 && !would_block(errno) && errno != EINTR && errno != ENOBUFS) {
		port_kill(sw, p);
		return;
	}
	keep_runs(sw, p, iov, n, sent < 0 ? 0 : (size_t)sent);
	port_watch(sw, p);
}

/* A unix datagram socket is connected while its peer is heard of: only so is it told when the
 * peer has room. */
static bool connect_unix(struct port *p)
{
	if (!p->connected)
		p->connected = p->heard = connect(p->send_fd, &p->to->u.any, p->to->len) == 0;
	return p->connected;
}

static ssize_t write_tap(const struct port *p, const struct iovec *frame)
{
	static const uint8_t no_offload[16];
	struct iovec iov[2] = {{.iov_base = (void *)(uintptr_t)no_offload, .iov_len = p->vnet_hdr},
			       *frame};

	return p->vnet_hdr ? writev(p->fd, iov, 2) : writev(p->fd, frame, 1);
}

/* Sends datagrams until the port takes no more; returns how many are done with, which includes
 * those that the system refused. */
static unsigned send_some(struct port *p, const struct iovec *frame, unsigned n)
{
	struct mmsghdr msg[FLOOD] UNINITIALIZED;
	unsigned done = 0;

	if (p->what == ENDPOINT_DATAGRAM) {
		memset(msg, 0, n * sizeof(msg[0]));
		for (unsigned i = 0; i < n; i++) {
			msg[i].msg_hdr.msg_iov = (struct iovec *)(uintptr_t)&frame[i];
			msg[i].msg_hdr.msg_iovlen = 1;
		}
	}
	while (done < n) {
		int r;

		if (p->what == ENDPOINT_TAP)
			r = write_tap(p, &frame[done]) < 0 ? -1 : 1;
		else if (p->to && !connect_unix(p))
			r = -1;
		else
			r = sendmmsg(p->send_fd, msg + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (r > 0) {
			done += (unsigned)r;
			continue;
		}
		/* For a group epoll watches the socket that hears; what the one that sends does
		 * not take is lost, as it may be anywhere on the way. */
		if ((would_block(errno) && !p->group) || errno == EINTR)
			return done;
		/* The peer is not there, or not yet, or does not like this one. */
		if (errno == ECONNREFUSED)
			p->connected = false;
		p->n.refused++;
		p->n.out_frames--;
		p->n.out_bytes -= frame[done].iov_len;
		done++;
	}
	return done;
}

static void send_frames(struct sw *sw, struct port *p, const struct iovec *frame, unsigned n)
{
	unsigned done = p->out.bytes ? 0 : send_some(p, frame, n);

	for (unsigned i = done; i < n; i++) {
		const uint8_t *at = frame[i].iov_base;

		keep_frame(sw, p, at - FRAME_HEAD, frame[i].iov_len + FRAME_HEAD);
	}
	if (done < n)
		port_watch(sw, p);
}

static void flush_port(struct sw *sw, struct port *p)
{
	unsigned n = p->pendings;
	size_t bytes = p->pending_bytes;

	p->pendings = 0;
	p->pending_bytes = 0;
	if (n == 0 || p->dead)
		return;
	if (p->what == ENDPOINT_STREAM) {
		send_runs(sw, p, p->pending, n, bytes);
	} else {
		send_frames(sw, p, p->pending, n);
	}
}

static void flush_ports(struct sw *sw)
{
	struct port *p;

	while ((p = sw->dirty)) {
		sw->dirty = p->next_dirty;
		p->dirty = false;
		flush_port(sw, p);
	}
}

static void flush_flood(struct sw *sw)
{
	struct flood *f = &sw->flood;

	for (unsigned i = 0; i < sw->ports; i++) {
		struct port *p = sw->port[i];

		if (p->dead || !core_may_pass(&sw->core, f->from->id, p->id))
			continue;
		p->n.out_frames += f->frames;
		p->n.out_bytes += f->bytes;
		if (p->what == ENDPOINT_STREAM)
			send_runs(sw, p, f->run, f->runs, f->bytes + f->frames * FRAME_HEAD);
		else
			send_frames(sw, p, f->frame, f->frames);
	}
	f->frames = f->runs = 0;
	f->bytes = 0;
	f->from = NULL;
}

void output_flush(struct sw *sw)
{
	if (sw->flood.frames)
		flush_flood(sw);
	flush_ports(sw);
}

/* Adds a frame with its length to pieces of a stream; returns their new number. */
static inline unsigned join(struct iovec *iov, unsigned n, const struct frame *frame)
{
	const uint8_t *head = frame->at - FRAME_HEAD;
	struct iovec *last = n ? &iov[n - 1] : NULL;

	if (last && (const uint8_t *)last->iov_base + last->iov_len == head) {
		last->iov_len += FRAME_HEAD + frame->len;
		return n;
	}
	iov[n].iov_base = (void *)(uintptr_t)head;
	iov[n].iov_len = FRAME_HEAD + frame->len;
	return n + 1;
}

void output_frame(struct sw *sw, struct port *p, const struct frame *frame)
{
	/* What came before goes out before. */
	if (sw->flood.frames)
		flush_flood(sw);
	if (p->pendings == PENDING || p->pending_bytes >= FLUSH_BYTES)
		flush_port(sw, p);
	if (p->what == ENDPOINT_STREAM) {
		p->pendings = join(p->pending, p->pendings, frame);
		p->pending_bytes += FRAME_HEAD;
	} else {
		p->pending[p->pendings].iov_base = (void *)(uintptr_t)frame->at;
		p->pending[p->pendings++].iov_len = frame->len;
	}
	p->pending_bytes += frame->len;
	p->n.out_frames++;
	p->n.out_bytes += frame->len;
	if (!p->dirty) {
		p->dirty = true;
		p->next_dirty = sw->dirty;
		sw->dirty = p;
	}
}

void output_flood(struct sw *sw, struct port *from, const struct frame *frame)
{
	struct flood *f = &sw->flood;

	if (sw->dirty)
		flush_ports(sw);
	if (f->frames == FLOOD || (f->frames && f->from != from) || f->bytes >= FLUSH_BYTES)
		flush_flood(sw);
	f->from = from;
	f->frame[f->frames].iov_base = (void *)(uintptr_t)frame->at;
	f->frame[f->frames++].iov_len = frame->len;
	f->runs = join(f->run, f->runs, frame);
	f->bytes += frame->len;
}

static void drain_stream(struct sw *sw, struct port *p)
{
	struct iovec iov[16];
	struct msghdr msg = {.msg_iov = iov};
	ssize_t sent;

	msg.msg_iovlen = backlog_pieces(&p->out, iov, 16);
	sent = sendmsg(p->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent > 0) {
		backlog_sent(&p->out, (size_t)sent);
		patience_read(&p->patience, (uint64_t)sent, p->out.bytes);
	} else if (sent < 0 && !would_block(errno) && errno != EINTR && errno != ENOBUFS) {
		port_kill(sw, p);
	}
}

/* Frames are whole in their blocks. */
static unsigned frames_of(const struct backlog *b, struct iovec frame[PENDING])
{
	struct iovec iov[8];
	unsigned n = 0, pieces = backlog_pieces(b, iov, 8);

	for (unsigned i = 0; i < pieces; i++) {
		const uint8_t *at = iov[i].iov_base, *end = at + iov[i].iov_len;

		while (at < end && n < PENDING) {
			frame[n].iov_base = (void *)(uintptr_t)(at + FRAME_HEAD);
			frame[n].iov_len = framing_len(at);
			at += FRAME_HEAD + frame[n++].iov_len;
		}
	}
	return n;
}

static void drain_frames(struct port *p)
{
	struct iovec frame[PENDING];
	unsigned n = frames_of(&p->out, frame), done = send_some(p, frame, n);
	size_t bytes = 0;

	for (unsigned i = 0; i < done; i++)
		bytes += FRAME_HEAD + frame[i].iov_len;
	backlog_sent(&p->out, bytes);
	patience_read(&p->patience, bytes, p->out.bytes);
}

void output_drain(struct sw *sw, struct port *p)
{
	if (p->what == ENDPOINT_STREAM)
		drain_stream(sw, p);
	else
		drain_frames(p);
	if (!p->dead && p->waiters && p->out.bytes <= sw->options->queue / 4)
		port_release_waiters(sw, p);
	if (!p->dead && !p->out.bytes)
		port_watch(sw, p);
}

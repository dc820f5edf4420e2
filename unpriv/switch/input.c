/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames on their way in. */
#include "switch.h"

#include "lib/quote.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define ARENA (1u << 20)
#define READ_MAX (128u * 1024)   /* of a stream, in a turn */
#define READ_ENOUGH (32u * 1024) /* a read that brings so much is not to wait for more */
_Static_assert(READ_MAX + FRAME_HEAD <= ARENA, "an empty arena has room for a read");

/* A datagram's place: its length belongs in front of it, and places do not lie a multiple of a
 * page apart, or their beginnings would push each other out of the cache. */
#define SLOTS 64u
#define SLOT_HEAD 64u
#define SLOT_SIZE (SLOT_HEAD + FRAME_MAX + 128u)
#define MEMORY (ARENA + (size_t)SLOTS * SLOT_SIZE)
#define TAP_TURN 32u /* frames of a tap in a turn */

int input_init(struct sw *sw)
{
	void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	sw->arena = memory;
	sw->slots = sw->arena + ARENA;
	return 0;
}

void input_end(struct sw *sw)
{
	if (sw->arena)
		(void)munmap(sw->arena, MEMORY);
}

/* All that was read has gone out or been copied: the memory is free again. */
static void recycle(struct sw *sw)
{
	output_flush(sw);
	sw->arena_used = 0;
	sw->slots_used = 0;
}

/* The only other port there is; a flood to it is none. */
static struct port *only_other(struct sw *sw, const struct port *p)
{
	struct port *other;

	if (sw->ports != 2)
		return NULL;
	other = sw->port[p->index == 0];
	return core_may_pass(&sw->core, p->id, other->id) ? other : NULL;
}

static void take(struct sw *sw, struct port *p, const struct frame *frame)
{
	int to = core_forward(&sw->core, p->id, frame, sw->second);
	struct port *dest = NULL;

	p->n.in_frames++;
	p->n.in_bytes += frame->len;
	if (sw->capture)
		capture_frame(sw->capture, &p->interface, p->name, frame);
	if (to >= 0)
		dest = sw->by_id[to];
	else if (to == CORE_FLOOD)
		dest = only_other(sw, p);
	if (dest) {
		flow_add(&p->flow, (int)dest->id, frame->len);
		output_frame(sw, dest, frame);
	} else if (to == CORE_FLOOD) {
		flow_add(&p->flow, FLOW_ALL, frame->len);
		output_flood(sw, p, frame);
	}
}

/* Would a line be taken at once? */
static bool is_read(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT);
}

static void read_stream(struct sw *sw, struct port *p, size_t room)
{
	struct iovec iov[2];
	struct msghdr msg;
	struct frame frame;
	uint8_t *buf;
	ssize_t got;
	int n, r;

	room = room < READ_MAX ? room : READ_MAX;
	if (sw->arena_used + room + FRAME_HEAD > ARENA)
		recycle(sw);
	buf = sw->arena + sw->arena_used;
	n = framing_space(&p->in, iov, buf, room + FRAME_HEAD);
	if (n == 1) {
		got = recv(p->fd, iov[0].iov_base, iov[0].iov_len, MSG_DONTWAIT);
	} else {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = iov;
		msg.msg_iovlen = (size_t)n;
		got = recvmsg(p->fd, &msg, MSG_DONTWAIT);
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		port_kill(sw, p);
		return;
	}
	framing_received(&p->in, buf, (size_t)got);
	/* Not all of it need be there: the rest of a frame has a place of its own. */
	sw->arena_used += (size_t)(p->in.end - buf);
	sw->turn.reads++;
	if ((size_t)got >= READ_ENOUGH)
		sw->turn.hurry = true;
	while ((r = framing_next(&p->in, &frame)) > 0) {
		sw->turn.frames++;
		take(sw, p, &frame);
	}
	if (r < 0) {
		p->n.bad++;
		/* A peer cannot fill the log, nor make us wait for who reads it. */
		if (sw->complained != sw->second && is_read(STDERR_FILENO))
			say(0, "%s: %s: connection ended", QUOTE(p->name),
			    r == -ENOMEM ? "no memory" : "a frame of more than 69632 bytes");
		sw->complained = sw->second;
		port_kill(sw, p);
	}
}

static uint8_t *slot(const struct sw *sw, unsigned i)
{
	return sw->slots + (size_t)(sw->slots_used + i) * SLOT_SIZE + SLOT_HEAD;
}

/* A datagram of len bytes has come into place i. */
static void take_datagram(struct sw *sw, struct port *p, unsigned i, size_t len)
{
	struct frame frame = {.at = slot(sw, i), .len = (uint32_t)len};

	/* A unix socket that is not connected to its sender holds ten (net.unix.max_dgram_qlen;
	 * unix_dgram_sendmsg()), then the sender waits, or drops. */
	sw->turn.hurry = true;
	if (frame.len + FRAME_HEAD > p->largest)
		p->largest = frame.len + FRAME_HEAD;
	if (len < FRAME_MIN) {
		p->n.bad++;
		return;
	}
	framing_head(slot(sw, i) - FRAME_HEAD, frame.len);
	take(sw, p, &frame);
}

/* Is the datagram to be taken? Its sender is asked for only where that is the question. */
static bool is_welcome(struct sw *sw, struct port *p, const struct msghdr *msg,
		       struct endpoint_addr *from)
{
	if (msg->msg_flags & MSG_TRUNC) {
		p->n.bad++;
		return false;
	}
	if (!p->group)
		return true;
	from->len = msg->msg_namelen;
	if (endpoint_same(from, &p->own)) {
		p->n.own++;
		return false;
	}
	if (!options_allow(sw->options, from)) {
		p->n.denied++;
		return false;
	}
	return true;
}

static void read_datagrams(struct sw *sw, struct port *p, size_t room)
{
	struct mmsghdr msg[SLOTS] UNINITIALIZED;
	struct iovec iov[SLOTS] UNINITIALIZED;
	struct endpoint_addr from[SLOTS] UNINITIALIZED;
	unsigned free = SLOTS - sw->slots_used;
	int n;

	if (free < SLOTS / 4) {
		recycle(sw);
		free = SLOTS;
	}
	if (p->largest && room / p->largest < free)
		free = (unsigned)(room / p->largest) + 1;
	memset(msg, 0, free * sizeof(msg[0]));
	for (unsigned i = 0; i < free; i++) {
		iov[i].iov_base = slot(sw, i);
		iov[i].iov_len = FRAME_MAX;
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
		if (p->group) {
			msg[i].msg_hdr.msg_name = &from[i].u;
			msg[i].msg_hdr.msg_namelen = sizeof(from[i].u);
		}
	}
	n = recvmmsg(p->fd, msg, free, MSG_DONTWAIT, NULL);
	if (n < 0) {
		/* Of a datagram socket no error is for ever, but the peer's end of a pair. */
		if (errno != EAGAIN && errno != EINTR)
			p->n.bad++;
		return;
	}
	p->heard = true;
	for (int i = 0; i < n; i++)
		if (is_welcome(sw, p, &msg[i].msg_hdr, &from[i]))
			take_datagram(sw, p, (unsigned)i, msg[i].msg_len);
	/* A flood of more frames than it has room for recycles nothing: it only sends. */
	sw->slots_used += (unsigned)n;
}

static void read_tap(struct sw *sw, struct port *p)
{
	uint8_t header[16];
	struct iovec iov[2] = {{.iov_base = header, .iov_len = p->vnet_hdr}};

	for (unsigned i = 0; i < TAP_TURN; i++) {
		ssize_t got;

		if (sw->slots_used == SLOTS)
			recycle(sw);
		iov[1].iov_base = slot(sw, 0);
		iov[1].iov_len = FRAME_MAX;
		got = readv(p->fd, p->vnet_hdr ? iov : iov + 1, p->vnet_hdr ? 2 : 1);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			port_kill(sw, p); /* the interface was deleted (EBADFD) */
		if (got <= 0)
			return;
		take_datagram(sw, p, 0, (size_t)got > p->vnet_hdr ? (size_t)got - p->vnet_hdr : 0);
		sw->slots_used++;
	}
}

void input_event(struct sw *sw, struct handler *h, uint32_t events)
{
	struct port *p = (struct port *)(void *)h;
	size_t room = 0;

	if (p->dead)
		return;
	if (events & EPOLLOUT)
		output_drain(sw, p);
	if (p->dead || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)))
		return;
	if (!p->waits_for) {
		room = port_room(sw, p);
	}
	if (p->waits_for) {
		/* It has gone away while nobody listened: nothing that is for it can arrive. */
		if (events & (EPOLLHUP | EPOLLERR)) {
			backlog_clear(&p->out);
			port_watch(sw, p);
		}
		return;
	}
	if (p->what == ENDPOINT_STREAM)
		read_stream(sw, p, room);
	else if (p->what == ENDPOINT_DATAGRAM)
		read_datagrams(sw, p, room);
	else
		read_tap(sw, p);
}

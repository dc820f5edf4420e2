/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports come, wait for each other, and go. */
#include "switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_LEAST (16u * 1024) /* with less room a sender had better wait */
#define ROOM (128u * 1024)
#define CHECK_US 5000

static void set_socket(struct port *p, const struct endpoint_open *open, const struct endpoint *ep)
{
	p->what = open->what;
	p->fd = open->fd;
	p->send_fd = open->send_fd >= 0 ? open->send_fd : open->fd;
	p->vnet_hdr = (unsigned)open->vnet_hdr;
	p->group = open->send_fd >= 0;
	p->own = open->own;
	p->ep = ep;
	if (ep && ep->kind == ENDPOINT_DGRAM_UNIX)
		p->to = &ep->addr[0];
	p->interface = CAPTURE_NONE;
	if (p->what == ENDPOINT_STREAM)
		endpoint_tune(p->fd);
}

struct port *port_new(struct sw *sw, const struct endpoint_open *open, const struct endpoint *ep,
		      const char *name)
{
	struct port *p = calloc(1, sizeof(*p));
	int id = p ? core_add(&sw->core, ep && ep->isolated) : -1;

	if (id < 0) {
		free(p);
		close(open->fd);
		cleanup_fd_fn(&open->send_fd);
		return NULL;
	}
	p->handler.event = input_event;
	p->id = (unsigned)id;
	set_socket(p, open, ep);
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->index = sw->ports;
	sw->port[sw->ports++] = p;
	sw->by_id[id] = p;
	sw->unix_datagrams += p->to != NULL;
	port_watch(sw, p);
	return p;
}

void port_watch(struct sw *sw, struct port *p)
{
	uint32_t want = (p->waits_for ? 0u : EPOLLIN) | (p->out.bytes ? EPOLLOUT : 0u);
	struct epoll_event event = {.events = want, .data = {.ptr = p}};
	int op = !want ? EPOLL_CTL_DEL : p->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (p->dead || want == p->events)
		return;
	if ((want ^ p->events) & EPOLLOUT)
		sw->backlogged += want & EPOLLOUT ? 1u : -1u;
	if (epoll_ctl(sw->epoll, op, p->fd, &event) < 0)
		port_kill(sw, p); /* no memory in the kernel, or a descriptor that is no socket */
	p->events = want;
}

void port_release_waiters(struct sw *sw, struct port *p)
{
	for (unsigned i = 0; p->waiters > 0 && i < sw->ports; i++) {
		struct port *sender = sw->port[i];

		if (sender->waits_for != p)
			continue;
		sender->waits_for = NULL;
		p->waiters--;
		sw->waiting--;
		port_watch(sw, sender);
	}
	patience_end(&p->patience, sw->now);
}

/* How much more may come for the port before its sender has to wait. Long before the queue is
 * full: what waits in the sender's socket need not be copied. */
static size_t room_of(const struct sw *sw, const struct port *dest)
{
	size_t used = dest->out.bytes + dest->pending_bytes;
	size_t most = sw->options->queue / 4 > ROOM ? sw->options->queue / 4 : ROOM;

	return used < most ? most - used : 0;
}

static bool wait_for(struct sw *sw, struct port *p, struct port *dest)
{
	if (dest->dead || !patience_begin(&dest->patience, sw->now))
		return false;
	p->waits_for = dest;
	dest->waiters++;
	sw->waiting++;
	port_watch(sw, p);
	return true;
}

/* The same for one who sends to all: it waits while most lag behind, for one of those, and then
 * for the next. A few who do not read keep nobody. */
static size_t room_of_all(struct sw *sw, struct port *p)
{
	struct port *slow = NULL;
	unsigned lag = 0;

	if (2 * sw->backlogged < sw->ports)
		return SIZE_MAX;
	for (unsigned i = 0; i < sw->ports; i++) {
		struct port *dest = sw->port[i];

		if (dest == p || dest->out.bytes <= sw->options->queue / 4)
			continue;
		lag++;
		if (!slow && !dest->patience.given_up)
			slow = dest;
	}
	return slow && 2 * lag >= sw->ports && wait_for(sw, p, slow) ? 0 : SIZE_MAX;
}

size_t port_room(struct sw *sw, struct port *p)
{
	int to = flow_only(&p->flow);
	struct port *dest = to >= 0 ? sw->by_id[to] : NULL;
	/* A frame that has come in part will be there whole, too. */
	size_t need = READ_LEAST + (p->in.body ? p->in.want : p->largest), room;

	if (to == FLOW_ALL)
		return room_of_all(sw, p);
	if (!dest || dest == p || dest->dead)
		return SIZE_MAX;
	room = room_of(sw, dest);
	if (room < need && dest->pending_bytes) {
		output_flush(sw);
		room = room_of(sw, dest);
	}
	if (room >= need)
		return room - need + READ_LEAST;
	return wait_for(sw, p, dest) ? 0 : SIZE_MAX;
}

void ports_check(struct sw *sw)
{
	if (!sw->waiting || sw->now - sw->checked < CHECK_US)
		return;
	sw->checked = sw->now;
	for (unsigned i = 0; i < sw->ports; i++) {
		struct port *p = sw->port[i];

		if (p->waiters && !patience_goes_on(&p->patience, sw->now))
			port_release_waiters(sw, p);
	}
}

void port_kill(struct sw *sw, struct port *p)
{
	if (p->dead)
		return;
	p->dead = true;
	p->next_dead = sw->dead;
	sw->dead = p;
}

static void keep_counters(struct sw *sw, const struct port *p)
{
	struct counters *n = &sw->gone;

	sw->ports_gone++;
	n->in_frames += p->n.in_frames;
	n->in_bytes += p->n.in_bytes;
	n->out_frames += p->n.out_frames;
	n->out_bytes += p->n.out_bytes;
	n->full += p->n.full;
	n->refused += p->n.refused;
	n->bad += p->n.bad + p->in.runts;
	n->own += p->n.own;
	n->denied += p->n.denied;
}

static void bury(struct sw *sw, struct port *p)
{
	keep_counters(sw, p);
	port_release_waiters(sw, p);
	if (p->waits_for) {
		if (--p->waits_for->waiters == 0)
			patience_end(&p->waits_for->patience, sw->now);
		sw->waiting--;
	}
	sw->port[p->index] = sw->port[--sw->ports];
	sw->port[p->index]->index = p->index;
	sw->by_id[p->id] = NULL;
	core_remove(&sw->core, p->id);
	sw->backlogged -= (p->events & EPOLLOUT) != 0;
	sw->unix_datagrams -= p->to != NULL;
	if (p->client)
		sw->clients--;
	if (p->dialer)
		dialer_lost(sw, p->dialer);
	framing_free(&p->in);
	backlog_clear(&p->out);
	/* Which takes it from epoll, too. */
	close(p->fd);
	if (p->send_fd != p->fd)
		close(p->send_fd);
	free(p);
}

void ports_bury(struct sw *sw)
{
	struct port *p;

	while ((p = sw->dead)) {
		sw->dead = p->next_dead;
		bury(sw, p);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where ports come from: listeners, and connections that are made again when they end. */
#include "switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKOFF_FIRST 100000u /* microseconds */
#define BACKOFF_MOST 10000000u
#define ACCEPT_TURN 16 /* clients of a listener in a turn */

struct listener {
	struct handler handler;
	int fd;
	const struct endpoint *ep; /* NULL: systemd passed it */
	char name[PORT_NAME];
	struct listener *next;
	bool resting; /* there were no descriptors left */
};

/* What is to be connected, and stay so. */
struct dialer {
	struct handler handler;
	const struct endpoint *ep;
	struct dialer *next;
	int fd;         /* being connected; -1 */
	bool up;        /* it is a port now */
	unsigned which; /* of the endpoint's addresses */
	uint64_t backoff, due;
};

/* A client is a port from now on; the descriptor is taken. */
static void welcome(struct sw *sw, const struct listener *l, int fd,
		    const struct endpoint_addr *from)
{
	const struct endpoint_open open = {.what = ENDPOINT_STREAM, .fd = fd, .send_fd = -1};
	char name[PORT_NAME], addr[ENDPOINT_NAME];
	struct port *p;

	if (!options_allow(sw->options, from) || sw->clients >= sw->options->max_peers) {
		sw->clients_refused++;
		close(fd);
		return;
	}
	sw->clients_ever++;
	if (from->u.any.sa_family == AF_UNIX)
		snprintf(name, sizeof(name), "%.130s#%llu", l->name,
			 (unsigned long long)sw->clients_ever);
	else
		snprintf(name, sizeof(name), "tcp:%s", endpoint_name(from, addr));
	p = port_new(sw, &open, l->ep, name);
	if (!p)
		return;
	p->client = true;
	sw->clients++;
}

static void listen_event(struct sw *sw, struct handler *h, uint32_t events)
{
	struct listener *l = (struct listener *)(void *)h;

	(void)events;
	for (int i = 0; i < ACCEPT_TURN; i++) {
		struct endpoint_addr from = {.len = sizeof(from.u)};
		int fd = accept4(l->fd, &from.u.any, &from.len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			welcome(sw, l, fd, &from);
			continue;
		}
		/* Without a descriptor to accept with, it would be called again and again. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			(void)epoll_ctl(sw->epoll, EPOLL_CTL_DEL, l->fd, NULL);
			l->resting = true;
			sw->resting++;
		}
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static int add_listener(struct sw *sw, const struct endpoint *ep, int fd, const char *name)
{
	struct listener *l = calloc(1, sizeof(*l));
	int r;

	if (!l) {
		close(fd);
		return -ENOMEM;
	}
	l->handler.event = listen_event;
	l->fd = fd;
	l->ep = ep;
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->next = sw->listener;
	sw->listener = l;
	r = loop_watch(sw, fd, &l->handler, EPOLLIN);
	return r;
}

int links_add(struct sw *sw, const struct endpoint *ep, const struct endpoint_open *open,
	      const char *name)
{
	if (open->what == ENDPOINT_LISTENER)
		return add_listener(sw, ep, open->fd, name);
	return port_new(sw, open, ep, name) ? 0 : -ENOMEM;
}

static void dial_later(struct sw *sw, struct dialer *d)
{
	cleanup_fd_fn(&d->fd);
	d->fd = -1;
	d->which++;
	/* All addresses of a name, one after the other, before it waits. */
	if (d->which % d->ep->addrs) {
		d->due = sw->now;
		return;
	}
	d->due = sw->now + d->backoff;
	d->backoff = 2 * d->backoff < BACKOFF_MOST ? 2 * d->backoff : BACKOFF_MOST;
}

static void dial_done(struct sw *sw, struct handler *h, uint32_t events)
{
	struct dialer *d = (struct dialer *)(void *)h;
	struct endpoint_open open = {.what = ENDPOINT_STREAM, .fd = d->fd, .send_fd = -1};
	int error = 0;
	socklen_t len = sizeof(error);
	struct port *p;

	(void)events;
	if (d->fd < 0 || d->up)
		return;
	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error) {
		dial_later(sw, d);
		return;
	}
	(void)epoll_ctl(sw->epoll, EPOLL_CTL_DEL, d->fd, NULL);
	d->fd = -1;
	p = port_new(sw, &open, d->ep, d->ep->text);
	if (!p) {
		dial_later(sw, d);
		return;
	}
	p->dialer = d;
	d->up = true;
}

static void dial(struct sw *sw, struct dialer *d)
{
	d->fd = endpoint_connect(d->ep, d->which);
	if (d->fd < 0 || loop_watch(sw, d->fd, &d->handler, EPOLLOUT) < 0)
		dial_later(sw, d);
}

void dialer_lost(struct sw *sw, struct dialer *d)
{
	d->up = false;
	/* One that ends at once is not called again at once. */
	d->due = sw->now + d->backoff;
	d->backoff = 2 * d->backoff < BACKOFF_MOST ? 2 * d->backoff : BACKOFF_MOST;
}

uint64_t dialers_run(struct sw *sw, uint64_t most)
{
	for (struct dialer *d = sw->dialers; d; d = d->next) {
		if (!d->up && d->fd < 0 && d->due <= sw->now)
			dial(sw, d);
		if (!d->up && d->fd < 0)
			most = d->due <= sw->now         ? 0
			       : d->due - sw->now < most ? d->due - sw->now
							 : most;
		/* Ten seconds that it held, and it was worth it. */
		if (d->up && d->backoff > BACKOFF_FIRST && sw->now > d->due + BACKOFF_MOST)
			d->backoff = BACKOFF_FIRST;
	}
	return most;
}

void links_retry(struct sw *sw)
{
	for (struct listener *l = sw->listener; l && sw->resting; l = l->next) {
		if (!l->resting || loop_watch(sw, l->fd, &l->handler, EPOLLIN) < 0)
			continue;
		l->resting = false;
		sw->resting--;
	}
}

int links_open(struct sw *sw, const struct endpoint *ep)
{
	char error[ENDPOINT_ERROR], name[PORT_NAME];
	struct endpoint_open open;
	struct dialer *d;
	int r;

	if (ep->kind != ENDPOINT_CONNECT_TCP && ep->kind != ENDPOINT_CONNECT_UNIX) {
		r = endpoint_open(ep, &open, error);
		if (r < 0) {
			say(0, "%s", error);
			return r;
		}
		snprintf(name, sizeof(name), "%s", ep->text);
		return links_add(sw, ep, &open, name);
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->handler.event = dial_done;
	d->ep = ep;
	d->fd = -1;
	d->backoff = BACKOFF_FIRST;
	d->next = sw->dialers;
	sw->dialers = d;
	return 0;
}

void links_close(struct sw *sw)
{
	while (sw->listener) {
		struct listener *l = sw->listener;

		sw->listener = l->next;
		close(l->fd);
		free(l);
	}
	while (sw->dialers) {
		struct dialer *d = sw->dialers;

		sw->dialers = d->next;
		cleanup_fd_fn(&d->fd);
		free(d);
	}
}

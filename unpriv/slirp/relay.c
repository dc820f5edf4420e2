/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define BUF_SIZE (64 * 1024)
#define EVENTS 64

/* What epoll tells of: a slot's listener, or one end of a pair. */
struct end {
	struct pair *pair; /* NULL: a listener */
	int fd;
	uint32_t events; /* asked for; 0: not watched */
	/* From this end to the other. */
	uint8_t *buf;
	size_t at, len;
	bool ended; /* nothing more comes from here */
	bool told;  /* and the other end knows */
};

struct slot {
	struct end listener; /* first */
	int path_fd;
	char path[RELAY_PATH];
	bool used;
	union forward_addr to;
	socklen_t to_len;
};

struct pair {
	struct pair *next, *prev;
	struct end end[2]; /* the guest's, the forward's */
	bool connecting, gone;
};

struct relay {
	int epoll;
	struct slot slot[RELAY_SLOTS];
	struct pair *pairs, *dead;
};

/* In a folder of our own, so that nobody else connects before the name is gone. */
static int hide(struct relay_hidden *ret, const struct sockaddr_un *at)
{
	int r = 0;

	ret->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ret->listener < 0 || bind(ret->listener, (const struct sockaddr *)at, sizeof(*at)) < 0)
		return -errno;
	/* The library connects without a time limit: never more at once than a turn's frames. */
	ret->path_fd = open(at->sun_path, O_PATH | O_CLOEXEC);
	if (ret->path_fd < 0 || listen(ret->listener, 4096) < 0)
		r = -errno;
	if (unlink(at->sun_path) < 0 && r == 0)
		r = -errno;
	snprintf(ret->path, sizeof(ret->path), "/proc/self/fd/%d", ret->path_fd);
	return r;
}

static int hide_all(struct relay_hidden *ret, size_t n)
{
	char folder[] = "/tmp/netgrant-slirp.XXXXXX";
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int r = 0;

	if (!mkdtemp(folder))
		return -errno;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", folder);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = hide(&ret[i], &at);
	if (rmdir(folder) < 0 && r == 0)
		r = -errno;
	return r;
}

int relay_hidden(struct relay_hidden *ret, size_t n)
{
	sigset_t all, before;
	int r;

	for (size_t i = 0; i < n; i++)
		ret[i] = (struct relay_hidden){.listener = -1, .path_fd = -1};
	/* Nothing but SIGKILL comes between the folder and its end. */
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	r = hide_all(ret, n);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	for (size_t i = 0; r < 0 && i < n; i++) {
		cleanup_fd_fn(&ret[i].listener);
		cleanup_fd_fn(&ret[i].path_fd);
	}
	return r;
}

/* Level-triggered: what is not asked for is not told. */
static void watch(struct relay *r, struct end *e, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = e};

	if (events == e->events)
		return;
	(void)epoll_ctl(r->epoll,
			!events      ? EPOLL_CTL_DEL
			: !e->events ? EPOLL_CTL_ADD
				     : EPOLL_CTL_MOD,
			e->fd, &event);
	e->events = events;
}

int relay_new(struct relay **ret, unsigned slots)
{
	struct relay *r = calloc(1, sizeof(*r));
	struct relay_hidden hidden[RELAY_SLOTS];
	int error = 0;

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < RELAY_SLOTS; i++)
		r->slot[i].listener.fd = r->slot[i].path_fd = -1;
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll < 0)
		error = -errno;
	else if (slots > 0)
		error = relay_hidden(hidden, slots);
	for (size_t i = 0; error == 0 && i < slots; i++) {
		struct slot *s = &r->slot[i];

		s->listener.fd = hidden[i].listener;
		s->path_fd = hidden[i].path_fd;
		memcpy(s->path, hidden[i].path, sizeof(s->path));
		watch(r, &s->listener, EPOLLIN);
	}
	if (error < 0) {
		relay_free(r);
		return error;
	}
	*ret = r;
	return 0;
}

static void pair_free(struct pair *p)
{
	for (size_t i = 0; i < 2; i++) {
		cleanup_fd_fn(&p->end[i].fd);
		free(p->end[i].buf);
	}
	free(p);
}

/* Freed at the end of the turn: events of it may be waiting. */
static void pair_end(struct relay *r, struct pair *p)
{
	if (p->gone)
		return;
	p->gone = true;
	if (p->prev)
		p->prev->next = p->next;
	else
		r->pairs = p->next;
	if (p->next)
		p->next->prev = p->prev;
	p->next = r->dead;
	r->dead = p;
}

static void bury(struct relay *r)
{
	while (r->dead) {
		struct pair *p = r->dead;

		r->dead = p->next;
		pair_free(p);
	}
}

void relay_free(struct relay *r)
{
	if (!r)
		return;
	while (r->pairs)
		pair_end(r, r->pairs);
	bury(r);
	for (size_t i = 0; i < RELAY_SLOTS; i++) {
		cleanup_fd_fn(&r->slot[i].listener.fd);
		cleanup_fd_fn(&r->slot[i].path_fd);
	}
	cleanup_fd_fn(&r->epoll);
	free(r);
}

const char *relay_add(struct relay *r, const union forward_addr *to, socklen_t len)
{
	for (size_t i = 0; i < RELAY_SLOTS; i++) {
		struct slot *s = &r->slot[i];

		if (s->used || s->path_fd < 0)
			continue;
		s->used = true;
		s->to = *to;
		s->to_len = len;
		return s->path;
	}
	return NULL;
}

void relay_remove(struct relay *r, const char *path)
{
	for (size_t i = 0; i < RELAY_SLOTS; i++)
		if (strcmp(r->slot[i].path, path) == 0)
			r->slot[i].used = false;
}

int relay_fd(const struct relay *r)
{
	return r->epoll;
}

/* What each end has to wait for follows from what is in the buffers. */
static void pair_watch(struct relay *r, struct pair *p)
{
	for (size_t i = 0; i < 2; i++) {
		struct end *e = &p->end[i], *other = &p->end[!i];
		uint32_t events = 0;

		if (p->connecting) {
			events = i == 1 ? EPOLLOUT : 0;
		} else {
			if (!e->ended && e->len == 0)
				events |= EPOLLIN;
			if (other->len > 0)
				events |= EPOLLOUT;
		}
		watch(r, e, events);
	}
}

/* Reads once from e and writes to the other end what it takes. false: the pair has ended. */
static bool carry(struct end *e, struct end *other)
{
	ssize_t n;

	if (e->len == 0 && !e->ended) {
		n = recv(e->fd, e->buf, BUF_SIZE, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		e->ended = n == 0;
		e->at = 0;
		e->len = (size_t)n;
	}
	if (e->len > 0) {
		n = send(other->fd, e->buf + e->at, e->len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		e->at += (size_t)n;
		e->len -= (size_t)n;
	}
	if (e->ended && e->len == 0 && !e->told) {
		(void)shutdown(other->fd, SHUT_WR);
		e->told = true;
	}
	return true;
}

static void pair_run(struct relay *r, struct pair *p)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (p->connecting) {
		p->connecting = false;
		if (getsockopt(p->end[1].fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error) {
			pair_end(r, p);
			return;
		}
	}
	if (!carry(&p->end[0], &p->end[1]) || !carry(&p->end[1], &p->end[0]) ||
	    (p->end[0].told && p->end[1].told)) {
		pair_end(r, p);
		return;
	}
	pair_watch(r, p);
}

/* Takes both; b may still be on its way to being connected. */
static struct pair *pair_new(struct relay *r, int a, int b)
{
	struct pair *p = calloc(1, sizeof(*p));
	uint8_t *buf = p ? malloc(BUF_SIZE) : NULL, *other = buf ? malloc(BUF_SIZE) : NULL;

	if (!other || a < 0 || b < 0) {
		cleanup_fd_fn(&a);
		cleanup_fd_fn(&b);
		free(buf);
		free(other);
		free(p);
		return NULL;
	}
	p->end[0] = (struct end){.pair = p, .fd = a, .buf = buf};
	p->end[1] = (struct end){.pair = p, .fd = b, .buf = other};
	p->next = r->pairs;
	if (p->next)
		p->next->prev = p;
	r->pairs = p;
	return p;
}

void relay_join(struct relay *r, int a, int b)
{
	struct pair *p = pair_new(r, a, b);

	if (p)
		pair_watch(r, p);
}

/* Takes fd. */
static void pair_begin(struct relay *r, const struct slot *s, int fd)
{
	int to =
		s->used ? socket(s->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
			: -1;
	struct pair *p = pair_new(r, fd, to);

	if (!p)
		return;
	p->connecting = true;
	if (connect(to, &s->to.any, s->to_len) < 0 && errno != EINPROGRESS)
		pair_end(r, p);
	else
		pair_watch(r, p);
}

static void accept_all(struct relay *r, const struct slot *s)
{
	int fd;

	while ((fd = accept4(s->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		pair_begin(r, s, fd);
}

void relay_accepts(struct relay *r, bool on)
{
	for (size_t i = 0; i < RELAY_SLOTS; i++)
		if (r->slot[i].listener.fd >= 0)
			watch(r, &r->slot[i].listener, on ? EPOLLIN : 0);
}

void relay_run(struct relay *r)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(r->epoll, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		struct end *e = events[i].data.ptr;

		if (e->pair) {
			if (!e->pair->gone)
				pair_run(r, e->pair);
			continue;
		}
		/* The listener is the first thing of its slot. */
		accept_all(r, (const struct slot *)(const void *)e);
	}
	bury(r);
}

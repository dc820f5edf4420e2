/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stack.h"

#include "fragments.h"
#include "guard.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <malloc.h>
#include <libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_MS 1000000
/* What the library asks for a datagram socket. */
#define DATAGRAM_EVENTS (SLIRP_POLL_IN | SLIRP_POLL_HUP | SLIRP_POLL_ERR)
/* How many datagrams of one socket are taken before the others' turn. */
#define DATAGRAM_ROUNDS 8
/* Memory is given back when that many connections have gone, a second later. */
#define TRIM_FLOWS 64
#define TRIM_MS 1000
/* How often it is asked whether there are descriptors. */
#define PROBE_MS 100

struct timer {
	struct timer *next;
	SlirpTimerId id;
	void *ctx;
	int64_t at_ms; /* -1: not set */
};

struct stack {
	Slirp *slirp;
	struct link *link;
	struct guard guard;
	struct fragments fragments;
	struct merge merge;
	struct timer *timers;
	int64_t now_ns; /* as of the turn of the loop */
	struct pollfd *fds;
	int *events; /* what the library asked for, of each */
	size_t n, own, room;
	bool asked; /* the library has been asked in this turn */
	bool no_memory;
	size_t flows_most;
	int64_t trim_at_ms; /* 0: nothing to give back */
	int64_t probe_at_ms;
	bool starved; /* there was no descriptor left */
};

static int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 * NS_PER_MS + t.tv_nsec;
}

/* ---- what the library calls */

static ssize_t on_frame(const void *frame, size_t len, void *ctx)
{
	struct stack *s = ctx;

	guard_note(&s->guard, frame, len);
	link_send(s->link, frame, len);
	return (ssize_t)len;
}

/* A guest could fill a disk with these. */
static void on_guest_error(const char *text, void *ctx)
{
	(void)text;
	(void)ctx;
}

static int64_t on_clock(void *ctx)
{
	const struct stack *s = ctx;

	return s->now_ns;
}

static void *on_timer_new(SlirpTimerId id, void *timer_ctx, void *ctx)
{
	struct stack *s = ctx;
	struct timer *t = malloc(sizeof(*t));

	/* The library has no way to be told. */
	if (!t)
		abort();
	*t = (struct timer){.next = s->timers, .id = id, .ctx = timer_ctx, .at_ms = -1};
	s->timers = t;
	return t;
}

static void on_timer_free(void *timer, void *ctx)
{
	struct stack *s = ctx;
	struct timer **at = &s->timers;

	while (*at && *at != timer)
		at = &(*at)->next;
	if (*at)
		*at = (*at)->next;
	free(timer);
}

static void on_timer_mod(void *timer, int64_t at_ms, void *ctx)
{
	struct timer *t = timer;

	(void)ctx;
	t->at_ms = at_ms;
}

/* What glib writes by itself takes system calls that the sandbox does not have. */
static void on_log(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer ctx)
{
	(void)domain;
	(void)level;
	(void)text;
	(void)ctx;
}

/* Each turn asks for all descriptors, and looks at all that came. */
static void on_poll_fd(int fd, void *ctx)
{
	(void)fd;
	(void)ctx;
}

static void on_notify(void *ctx)
{
	(void)ctx;
}

static const SlirpCb callbacks = {
	.send_packet = on_frame,
	.guest_error = on_guest_error,
	.clock_get_ns = on_clock,
	.timer_new_opaque = on_timer_new,
	.timer_free = on_timer_free,
	.timer_mod = on_timer_mod,
	.register_poll_fd = on_poll_fd,
	.unregister_poll_fd = on_poll_fd,
	.notify = on_notify,
};

/* ---- its life */

static SlirpConfig config(const struct options *o)
{
	return (SlirpConfig){
		.version = 4,
		.restricted = o->restricted,
		.in_enabled = o->ipv4,
		.vnetwork = o->net,
		.vnetmask = o->mask,
		.vhost = o->host,
		.in6_enabled = o->ipv6,
		.vprefix_addr6 = o->net6,
		.vprefix_len = o->prefix6,
		.vhost6 = o->host6,
		.vhostname = o->hostname,
		.tftp_server_name = o->tftp_server_name,
		.tftp_path = o->tftp,
		.bootfile = o->bootfile,
		.vdhcp_start = o->dhcpstart,
		.vnameserver = o->dns,
		.vnameserver6 = o->dns6,
		.vdnssearch = (const char **)(uintptr_t)(o->search[0] ? o->search : NULL),
		.vdomainname = o->domain,
		.if_mtu = o->mtu,
		.if_mru = o->mtu,
		.disable_host_loopback = false, /* guard.h says why */
		.enable_emu = false,
	};
}

/* Not its version's text: what it was compiled as and what runs must both be. */
static bool is_old(void)
{
	unsigned major = 0, minor = 0;

	return sscanf(slirp_version_string(), "%u.%u", &major, &minor) != 2 || major < 4 ||
	       (major == 4 && minor < 7);
}

/* The library gives each connection two buffers of 128 KiB and enlarges both once. On pages of
 * their own that costs no copy, the pages that are not used take no memory, and they go back to
 * the system with the connection. A large frame has pages of its own, too: holes that frames
 * leave would be taken for such buffers, and enlarging them there copies all of them. */
static void tune_malloc(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
	(void)mallopt(M_ARENA_MAX, 1);
}

int stack_new(const struct options *o, struct link *link, struct stack **ret)
{
	SlirpConfig c = config(o);
	struct stack *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (is_old()) {
		free(s);
		return -EPROTO;
	}
	tune_malloc();
	g_log_set_default_handler(on_log, NULL);
	s->link = link;
	s->guard.loopback = o->loopback;
	memcpy(s->guard.host, &o->host, 4);
	memcpy(s->guard.net6, &o->net6, 8);
	memcpy(s->guard.host6, &o->host6, 16);
	memcpy(s->guard.dns6, &o->dns6, 16);
	s->now_ns = clock_now();
	s->slirp = slirp_new(&c, &callbacks, s);
	if (!s->slirp) {
		free(s);
		return -EINVAL;
	}
	*ret = s;
	return 0;
}

void stack_free(struct stack *s)
{
	if (!s)
		return;
	slirp_cleanup(s->slirp);
	free(s->fds);
	free(s->events);
	free(s);
}

/* ---- frames */

static void pass_held(struct stack *s)
{
	const uint8_t *frame;
	size_t len;

	if (!merge_holds(&s->merge))
		return;
	frame = merge_take(&s->merge, &len);
	slirp_input(s->slirp, frame, (int)len);
}

void stack_input(void *stack, const uint8_t *frame, size_t len)
{
	struct stack *s = stack;
	enum fragments_what what = fragments_add(&s->fragments, frame, len, &frame, &len);

	if (what == FRAGMENTS_KEPT)
		return;
	if (what == FRAGMENTS_DROPPED || !guard_allows(&s->guard, frame, len)) {
		s->link->dropped++;
		return;
	}
	if (what == FRAGMENTS_WHOLE) {
		/* What came before goes in before; and it is not kept for the next. */
		pass_held(s);
		slirp_input(s->slirp, frame, (int)len);
		return;
	}
	if (merge_add(&s->merge, frame, len))
		return;
	pass_held(s);
	if (!merge_add(&s->merge, frame, len))
		slirp_input(s->slirp, frame, (int)len);
}

void stack_input_done(struct stack *s)
{
	pass_held(s);
}

/* ---- the loop */

static bool has_room(struct stack *s, size_t want)
{
	size_t room = s->room ? s->room : 64;
	struct pollfd *fds;
	int *events;

	while (room < want)
		room *= 2;
	if (room == s->room)
		return true;
	fds = reallocarray(s->fds, room, sizeof(*fds));
	if (fds)
		s->fds = fds;
	events = reallocarray(s->events, room, sizeof(*events));
	if (events)
		s->events = events;
	if (!fds || !events)
		return false;
	s->room = room;
	return true;
}

static short to_poll(int events)
{
	return (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
		       (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
		       (events & SLIRP_POLL_PRI ? POLLPRI : 0));
}

static bool listens(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

static int on_add_poll(int fd, int events, void *ctx)
{
	struct stack *s = ctx;

	/* The library cannot accept from it, and it would wake the loop without end. */
	if (s->starved && events == DATAGRAM_EVENTS && listens(fd))
		fd = -1;
	if (!has_room(s, s->n + 1))
		return -1;
	s->fds[s->n] = (struct pollfd){.fd = fd, .events = to_poll(events)};
	s->events[s->n] = events;
	return (int)s->n++;
}

static int on_revents(int i, void *ctx)
{
	const struct stack *s = ctx;
	short r;

	if (!s->asked || i < 0 || (size_t)i >= s->n)
		return 0;
	r = s->fds[i].revents;
	return (r & POLLIN ? SLIRP_POLL_IN : 0) | (r & POLLOUT ? SLIRP_POLL_OUT : 0) |
	       (r & POLLPRI ? SLIRP_POLL_PRI : 0) | (r & POLLERR ? SLIRP_POLL_ERR : 0) |
	       (r & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static void sooner(int *timeout_ms, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (*timeout_ms < 0 || ms < *timeout_ms)
		*timeout_ms = ms > INT_MAX ? INT_MAX : (int)ms;
}

struct pollfd *stack_prepare(struct stack *s, size_t own, bool idle, size_t *retn, int *timeout_ms)
{
	uint32_t timeout = UINT32_MAX;

	if (!has_room(s, own))
		return NULL;
	s->n = s->own = own;
	s->asked = !idle;
	if (idle)
		timeout = 50; /* its timers go on */
	else
		slirp_pollfds_fill(s->slirp, &timeout, on_add_poll, s);
	if (timeout != UINT32_MAX)
		sooner(timeout_ms, timeout);
	for (const struct timer *t = s->timers; t; t = t->next)
		if (t->at_ms >= 0)
			sooner(timeout_ms, t->at_ms - s->now_ns / NS_PER_MS + 1);
	if (s->n - own > s->flows_most)
		s->flows_most = s->n - own;
	if (s->trim_at_ms)
		sooner(timeout_ms, s->trim_at_ms - s->now_ns / NS_PER_MS);
	if (s->starved)
		sooner(timeout_ms, PROBE_MS);
	*retn = s->n;
	return s->fds;
}

static void run_timers(struct stack *s)
{
	int64_t now = s->now_ns / NS_PER_MS;
	struct timer *next;

	for (struct timer *t = s->timers; t; t = next) {
		next = t->next;
		if (t->at_ms < 0 || t->at_ms > now)
			continue;
		t->at_ms = -1;
		slirp_handle_timer(s->slirp, t->id, t->ctx);
	}
}

/* The library takes one datagram a turn from each socket; a turn costs much more than that. Its
 * listening sockets look the same, and may be asked once more, too: nobody to accept is no
 * error. */
static bool more_datagrams(struct stack *s)
{
	bool more = false;

	for (size_t i = s->own; i < s->n; i++) {
		struct pollfd *p = &s->fds[i];

		if (!(p->revents & POLLIN) || s->events[i] != DATAGRAM_EVENTS) {
			p->revents = 0;
			continue;
		}
		if (poll(p, 1, 0) <= 0)
			p->revents = 0;
		more |= p->revents != 0;
	}
	return more;
}

static void give_back(struct stack *s)
{
	int64_t now = s->now_ns / NS_PER_MS;
	size_t flows = s->n - s->own;

	if (!s->asked)
		return;
	if (!s->trim_at_ms && s->flows_most >= flows + TRIM_FLOWS)
		s->trim_at_ms = now + TRIM_MS;
	if (!s->trim_at_ms || now < s->trim_at_ms)
		return;
	s->trim_at_ms = 0;
	s->flows_most = flows;
	(void)malloc_trim(0);
}

static void probe(struct stack *s)
{
	int64_t now = s->now_ns / NS_PER_MS;
	int fd;

	if (now < s->probe_at_ms)
		return;
	s->probe_at_ms = now + PROBE_MS;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	s->starved = fd < 0;
	cleanup_fd_fn(&fd);
}

bool stack_is_starved(const struct stack *s)
{
	return s->starved;
}

void stack_dispatch(struct stack *s)
{
	s->now_ns = clock_now();
	probe(s);
	run_timers(s);
	slirp_pollfds_poll(s->slirp, 0, on_revents, s);
	for (int i = 1; i < DATAGRAM_ROUNDS && s->asked && more_datagrams(s); i++)
		slirp_pollfds_poll(s->slirp, 0, on_revents, s);
	give_back(s);
}

/* ---- forwards */

int stack_add(struct stack *s, const struct forward *f, const char *path)
{
	struct in_addr guest = f->guest.in.sin_addr;
	int port = ntohs(f->guest.in.sin_port), r;

	errno = 0;
	if (f->way == FORWARD_GUEST)
		/* False for an address of the network's own, or one that is taken. */
		r = slirp_add_unix(s->slirp, path, &guest, port) < 0 ? -EADDRINUSE : 0;
	else
		r = slirp_add_hostxfwd(s->slirp, &f->host.any, f->host_len, &f->guest.any,
				       f->guest_len, f->udp ? SLIRP_HOSTFWD_UDP : 0) < 0
			    ? (errno ? -errno : -EINVAL)
			    : 0;
	return r;
}

int stack_remove(struct stack *s, const struct forward *f)
{
	int r;

	if (f->way == FORWARD_GUEST)
		r = slirp_remove_guestfwd(s->slirp, f->guest.in.sin_addr,
					  ntohs(f->guest.in.sin_port));
	else
		r = slirp_remove_hostxfwd(s->slirp, &f->host.any, f->host_len,
					  f->udp ? SLIRP_HOSTFWD_UDP : 0);
	return r < 0 ? -ENOENT : 0;
}

char *stack_flows(struct stack *s)
{
	return slirp_connection_info(s->slirp);
}

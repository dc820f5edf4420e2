/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server.h"

#include "lib/quote.h"
#include "unpriv/wire/ready.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((nonnull(1, 2)))
PRINTF(2, 3) static int fail(char error[FORWARD_ERROR], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, FORWARD_ERROR, fmt, args);
	va_end(args);
	return -EINVAL;
}

static struct active *find(struct server *s, const struct forward *f)
{
	for (unsigned i = 0; i < s->actives; i++)
		if (forward_same(&s->active[i].forward, f))
			return &s->active[i];
	return NULL;
}

/* Nothing would come to a family that the guest does not have. An address of the guest's may lie
 * outside of its network: whoever answers for it has it. */
static int check_family(const struct options *o, const struct forward *f, char error[FORWARD_ERROR])
{
	bool four = f->guest.any.sa_family == AF_INET;

	if (four && !o->ipv4)
		return fail(error, "the guest's side is IPv4, and --no-ipv4 was given; "
				   "[ADDRESS]:PORT is IPv6");
	if (!four && !o->ipv6)
		return fail(error, "the guest's side is IPv6, and --no-ipv6 was given; "
				   "ADDRESS:PORT is IPv4");
	if (!four && IN6_IS_ADDR_UNSPECIFIED(&f->guest.in6.sin6_addr))
		return fail(error, "the guest's side needs an address: "
				   "the guest chooses its IPv6 addresses itself");
	return 0;
}

/* Where the guest would find router and DNS the library takes no forward, and says no more; nor
 * does a forward to there reach the guest. */
static int check_guest(const struct server *s, const struct forward *f, char error[FORWARD_ERROR])
{
	const struct options *o = s->o;
	struct in_addr at = f->guest.in.sin_addr;
	const struct in6_addr *at6 = &f->guest.in6.sin6_addr;
	bool four = f->guest.any.sa_family == AF_INET;
	int r = check_family(o, f, error);

	if (r < 0)
		return r;
	if (f->way == FORWARD_GUEST && (at.s_addr & o->mask.s_addr) != o->net.s_addr)
		return fail(error, "the guest's side is outside the guest's network");
	if (four ? at.s_addr == o->host.s_addr || at.s_addr == o->dns.s_addr
		 : IN6_ARE_ADDR_EQUAL(at6, &o->host6) || IN6_ARE_ADDR_EQUAL(at6, &o->dns6))
		return fail(error, "the guest's side is the router or its DNS");
	return 0;
}

int server_add(struct server *s, const struct forward *f, char error[FORWARD_ERROR])
{
	struct active *a = &s->active[s->actives];
	int r = check_guest(s, f, error);

	if (r < 0)
		return r;
	if (find(s, f))
		return fail(error, "there is one already");
	if (s->actives == OPTIONS_FORWARDS)
		return fail(error, "there are %d forwards already", OPTIONS_FORWARDS);
	*a = (struct active){.forward = *f};
	if (f->way == FORWARD_GUEST) {
		a->relay = relay_add(s->relay, &f->host, f->host_len);
		if (!a->relay)
			return fail(error, "there are %d guest forwards already", RELAY_SLOTS);
	}
	r = stack_add(s->stack, f, a->relay);
	if (r < 0) {
		if (a->relay)
			relay_remove(s->relay, a->relay);
		return fail(error, "%s", strerror(-r));
	}
	s->actives++;
	return 0;
}

int server_remove(struct server *s, const struct forward *f, char error[FORWARD_ERROR])
{
	struct active *a = find(s, f);

	if (!a || stack_remove(s->stack, &a->forward) < 0)
		return fail(error, "there is no such forward");
	if (a->relay)
		relay_remove(s->relay, a->relay);
	*a = s->active[--s->actives];
	return 0;
}

/* ---- the loop */

enum own {
	OWN_LINK,
	OWN_LISTENER,
	OWN_CONTROL,
	OWN_RELAY,
	OWN_EXIT,
	OWN_PROCESS,
	OWN_COUNT,
};

static struct pollfd *prepare(struct server *s, size_t *retn, int *timeout)
{
	/* An emulator that does not take what it was sent gets no more from outside. */
	struct pollfd *fds =
		stack_prepare(s->stack, OWN_COUNT, link_is_blocked(&s->link), retn, timeout);
	bool starved = stack_is_starved(s->stack);

	if (!fds)
		return NULL;
	(void)link_wants(&s->link, &fds[OWN_LINK]);
	fds[OWN_LISTENER] =
		(struct pollfd){.fd = starved ? -1 : s->link.listener, .events = POLLIN};
	relay_accepts(s->relay, !starved);
	fds[OWN_CONTROL] =
		(struct pollfd){.fd = s->control ? control_fd(s->control) : -1, .events = POLLIN};
	fds[OWN_RELAY] = (struct pollfd){.fd = relay_fd(s->relay), .events = POLLIN};
	fds[OWN_EXIT] = (struct pollfd){.fd = s->exit_with, .events = POLLIN};
	fds[OWN_PROCESS] = (struct pollfd){.fd = s->process, .events = POLLIN};
	return fds;
}

/* For each connection that the guest begins to a forward, the library waits until there is a
 * place in the queue of a relay's socket: before it is full, it is emptied. */
static void on_frame(void *server, const uint8_t *frame, size_t len)
{
	struct server *s = server;

	stack_input(s->stack, frame, len);
	if (++s->unrelayed < 64)
		return;
	s->unrelayed = 0;
	relay_accepts(s->relay, true);
	relay_run(s->relay);
}

/* false: the guest has gone, and no other will come. */
static bool serve_link(struct server *s, const struct pollfd *fds)
{
	bool there = true;

	if (fds[OWN_LINK].revents & (POLLIN | POLLHUP | POLLERR)) {
		there = link_receive(&s->link, on_frame, s);
		stack_input_done(s->stack);
	}
	if (!there) {
		if (s->link.broken)
			fprintf(stderr,
				"netgrant-slirp: the emulator sent a frame that is too long; "
				"the connection is closed\n");
		link_hang_up(&s->link);
		return s->link.listener >= 0 && !s->o->once;
	}
	if (fds[OWN_LISTENER].revents)
		link_accept(&s->link);
	return true;
}

int server_run(struct server *s)
{
	for (;;) {
		struct pollfd *fds;
		size_t n;
		int timeout = -1;

		fds = prepare(s, &n, &timeout);
		if (!fds)
			return -ENOMEM;
		if (poll(fds, n, timeout) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (fds[OWN_EXIT].revents && ready_gone(s->exit_with))
			return 0;
		if (fds[OWN_PROCESS].revents)
			return 0;
		if (!serve_link(s, fds))
			return 0;
		stack_dispatch(s->stack);
		link_flush(&s->link);
		/* Behind the stack: what happens here may change what it was asked about. */
		if (fds[OWN_RELAY].revents)
			relay_run(s->relay);
		if (fds[OWN_CONTROL].revents)
			control_run(s->control);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "lib/exitcode.h"
#include "lib/near.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "unpriv/wire/ready.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int say(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("netgrant-switch: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	return status;
}

static int help(void)
{
	puts("Usage: netgrant-switch [OPTION...] PORT...\n"
	     "       netgrant-switch --help | --version\n\n"
	     "Passes Ethernet frames between its ports, each one of\n"
	     "  listen:tcp:HOST:PORT   listen:unix:PATH     each client is a port\n"
	     "  connect:tcp:HOST:PORT  connect:unix:PATH    connected again when it ends\n"
	     "  mcast:GROUP:PORT[,local=ADDR][,ttl=N]\n"
	     "  udp:LOCALHOST:PORT,REMOTEHOST:PORT\n"
	     "  dgram:unix:LOCALPATH,REMOTEPATH\n"
	     "  fd:N                   a tap, a stream or datagram socket, a listening socket\n"
	     "and behind any of them ,isolated: no frames to other isolated ports\n\n"
	     "  --hub            repeats all to all, and learns no addresses\n"
	     "  --age SECONDS    forgets an address that was silent for so long (300)\n"
	     "  --queue BYTES    of frames that a slow port may have waiting (524288)\n"
	     "  --allow CIDR     takes TCP clients and multicast from there only; may be repeated\n"
	     "  --max-peers N    clients at a time (1024)\n"
	     "  --pcap FILE      writes all that comes in, as pcapng\n"
	     "  --control PATH   a socket for netgrant switch-status\n"
	     "  --ready-fd N     gets a newline when all is open\n"
	     "  --exit-with FD   ends quietly when the other end of FD closes\n"
	     "SIGUSR1 writes statistics to standard error. See netgrant-switch(1).");
	return -1;
}

static int read_cidr(struct options *o, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];
	struct cidr *c = &o->allow[o->allows];
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	unsigned offset = 0;
	uint64_t bits;

	if (o->allows == OPTIONS_ALLOW)
		return say(EX_USAGE_ERR, "--allow: there are more than %d", OPTIONS_ALLOW);
	if (len < sizeof(addr)) {
		memcpy(addr, text, len);
		addr[len] = '\0';
		if (inet_pton(AF_INET, addr, c->addr + 12) == 1) {
			memcpy(c->addr, mapped, sizeof(mapped));
			offset = 96;
		} else if (inet_pton(AF_INET6, addr, c->addr) != 1) {
			len = sizeof(addr);
		}
	}
	if (len >= sizeof(addr) ||
	    (slash && num_parse(slash + 1, strlen(slash + 1), 0, 128 - offset, &bits) < 0))
		return say(EX_USAGE_ERR,
			   "--allow: '%s' is no network; it is an address or ADDRESS/BITS",
			   QUOTE(text));
	c->bits = slash ? offset + (unsigned)bits : 128;
	o->allows++;
	return EX_DONE;
}

static bool cidr_has(const struct cidr *c, const uint8_t addr[16])
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned in_byte = c->bits > 8 * i ? c->bits - 8 * i : 0;
		unsigned mask = in_byte >= 8 ? 0xff : (0xff00u >> in_byte) & 0xff;

		if ((c->addr[i] ^ addr[i]) & mask)
			return false;
	}
	return true;
}

bool options_allow(const struct options *o, const struct endpoint_addr *addr)
{
	uint8_t six[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (o->allows == 0 || addr->len < sizeof(sa_family_t))
		return o->allows == 0;
	if (addr->u.any.sa_family == AF_INET)
		memcpy(six + 12, &addr->u.in.sin_addr, 4);
	else if (addr->u.any.sa_family == AF_INET6)
		memcpy(six, &addr->u.in6.sin6_addr, 16);
	else
		return true; /* a unix socket has its own rights */
	for (unsigned i = 0; i < o->allows; i++)
		if (cidr_has(&o->allow[i], six))
			return true;
	return false;
}

enum option {
	O_HUB,
	O_AGE,
	O_QUEUE,
	O_ALLOW,
	O_MAX_PEERS,
	O_PCAP,
	O_CONTROL,
	O_READY_FD,
	O_EXIT_WITH,
};

static const struct {
	const char *name;
	uint64_t min, max; /* of numbers; max 0: it is none */
	bool value;
} words[] = {
	[O_HUB] = {"--hub", 0, 0, false},
	[O_AGE] = {"--age", 1, 1000000, true},
	[O_QUEUE] = {"--queue", 262144, 1u << 30, true},
	[O_ALLOW] = {"--allow", 0, 0, true},
	[O_MAX_PEERS] = {"--max-peers", 1, 4000, true},
	[O_PCAP] = {"--pcap", 0, 0, true},
	[O_CONTROL] = {"--control", 0, 0, true},
	[O_READY_FD] = {"--ready-fd", 0, 0, true},
	[O_EXIT_WITH] = {"--exit-with", 0, 0, true},
};

static int unknown(const char *arg, size_t len)
{
	const char *best = NULL;
	unsigned distance = 4;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		near_consider(arg, len, words[i].name, &best, &distance);
	if (best)
		return say(EX_USAGE_ERR, "unknown option '%s' (did you mean '%s'?)",
			   QUOTE_N(arg, len), best);
	return say(EX_USAGE_ERR, "unknown option '%s'; see netgrant-switch --help",
		   QUOTE_N(arg, len));
}

static int set(struct options *o, enum option which, const char *value)
{
	const char *name = words[which].name;
	uint64_t number = 0;
	int *fd = which == O_READY_FD ? &o->ready_fd : &o->exit_with;

	if (words[which].max &&
	    num_parse(value, strlen(value), words[which].min, words[which].max, &number) < 0)
		return say(EX_USAGE_ERR, "%s: '%s' is no number from %llu to %llu", name,
			   QUOTE(value), (unsigned long long)words[which].min,
			   (unsigned long long)words[which].max);
	switch (which) {
	case O_HUB:
		o->hub = true;
		break;
	case O_AGE:
		o->age = (uint32_t)number;
		break;
	case O_QUEUE:
		o->queue = (size_t)number;
		break;
	case O_ALLOW:
		return read_cidr(o, value);
	case O_MAX_PEERS:
		o->max_peers = (unsigned)number;
		break;
	case O_PCAP:
		o->pcap = value;
		break;
	case O_CONTROL:
		o->control = value;
		break;
	case O_READY_FD:
	case O_EXIT_WITH:
		if (ready_fd_parse(value, fd) < 0)
			return say(EX_USAGE_ERR, "%s: '%s' is no open descriptor from 3", name,
				   QUOTE(value));
		break;
	}
	return EX_DONE;
}

static int take_option(int argc, char *const argv[], int *i, struct options *o)
{
	const char *arg = argv[*i];
	size_t len = strcspn(arg, "=");
	const char *value = arg[len] ? arg + len + 1 : NULL;

	if (strcmp(arg, "--help") == 0)
		return help();
	if (strcmp(arg, "--version") == 0) {
		puts("netgrant-switch " PACKAGE_VERSION);
		return -1;
	}
	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		if (strlen(words[w].name) != len || memcmp(words[w].name, arg, len) != 0)
			continue;
		if (!words[w].value && value)
			return say(EX_USAGE_ERR, "option '%s' takes no value", words[w].name);
		if (words[w].value && !value) {
			if (*i + 1 >= argc)
				return say(EX_USAGE_ERR, "option '%s' needs a value",
					   words[w].name);
			value = argv[++*i];
		}
		return set(o, (enum option)w, value ? value : "");
	}
	return unknown(arg, len);
}

static int take_port(struct options *o, const char *text)
{
	char error[ENDPOINT_ERROR];

	if (o->endpoints == OPTIONS_ENDPOINTS)
		return say(EX_USAGE_ERR, "there are more than %d ports", OPTIONS_ENDPOINTS);
	if (endpoint_parse(&o->endpoint[o->endpoints], text, ~0u, true, error) < 0)
		return say(EX_USAGE_ERR, "%s", error);
	o->endpoints++;
	return EX_DONE;
}

/* A descriptor has one owner, who closes it. */
static int check_fd(const struct options *o, unsigned which)
{
	const struct endpoint *ep = &o->endpoint[which];

	if (ep->kind != ENDPOINT_FD)
		return EX_DONE;
	if (ep->fd == o->ready_fd || ep->fd == o->exit_with)
		return say(EX_USAGE_ERR, "'%s': descriptor %d is given to %s, too", QUOTE(ep->text),
			   ep->fd, words[ep->fd == o->ready_fd ? O_READY_FD : O_EXIT_WITH].name);
	for (unsigned i = 0; i < which; i++)
		if (o->endpoint[i].kind == ENDPOINT_FD && o->endpoint[i].fd == ep->fd)
			return say(EX_USAGE_ERR, "'%s': descriptor %d is a port already",
				   QUOTE(ep->text), ep->fd);
	return EX_DONE;
}

int options_parse(int argc, char *const argv[], struct options *ret)
{
	bool no_more_options = false;

	memset(ret, 0, sizeof(*ret));
	ret->age = 300;
	ret->queue = 512 * 1024;
	ret->max_peers = 1024;
	ret->ready_fd = ret->exit_with = -1;
	ret->endpoint = calloc((size_t)argc, sizeof(*ret->endpoint));
	if (!ret->endpoint)
		return say(EX_FAILED, "no memory");
	for (int i = 1; i < argc; i++) {
		int r;

		if (!no_more_options && strcmp(argv[i], "--") == 0) {
			no_more_options = true;
			continue;
		}
		r = !no_more_options && argv[i][0] == '-' ? take_option(argc, argv, &i, ret)
							  : take_port(ret, argv[i]);
		if (r != EX_DONE)
			return r;
	}
	for (unsigned i = 0; i < ret->endpoints; i++)
		if (check_fd(ret, i) != EX_DONE)
			return EX_USAGE_ERR;
	return EX_DONE;
}

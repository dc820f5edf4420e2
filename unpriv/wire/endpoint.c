/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands on the command line. */
#include "endpoint.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct form {
	enum endpoint_kind kind;
	const char *prefix;
	const char *form;
} forms[] = {
	{ENDPOINT_LISTEN_TCP, "listen:tcp:", "listen:tcp:HOST:PORT"},
	{ENDPOINT_LISTEN_UNIX, "listen:unix:", "listen:unix:PATH"},
	{ENDPOINT_CONNECT_TCP, "connect:tcp:", "connect:tcp:HOST:PORT"},
	{ENDPOINT_CONNECT_UNIX, "connect:unix:", "connect:unix:PATH"},
	{ENDPOINT_MCAST, "mcast:", "mcast:GROUP:PORT[,local=ADDR][,ttl=N]"},
	{ENDPOINT_UDP, "udp:", "udp:LOCALHOST:PORT,REMOTEHOST:PORT"},
	{ENDPOINT_DGRAM_UNIX, "dgram:unix:", "dgram:unix:LOCALPATH,REMOTEPATH"},
	{ENDPOINT_FD, "fd:", "fd:N"},
};

/* One endpoint that is being read. */
struct reading {
	struct endpoint *ep;
	const struct form *form;
	const char *text;
	char *error;
};

NONNULL PRINTF(2, 3) static int wrong(const struct reading *r, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(r->error, ENDPOINT_ERROR, "'%s': %s; it is %s", QUOTE(r->text), what,
		 r->form->form);
	return -EINVAL;
}

/* Cuts text[0..len) into host and port at its last colon. */
static int split_host(const struct reading *r, const char *text, size_t len, char host[256],
		      uint64_t *port)
{
	size_t colon = len;

	while (colon > 0 && text[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return wrong(r, "the port is missing");
	if (num_parse(text + colon, len - colon, 1, 65535, port) < 0)
		return wrong(r, "'%s' is no port from 1 to 65535",
			     QUOTE_N(text + colon, len - colon));
	len = colon - 1;
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return wrong(r, "an IPv6 address is written in brackets");
	}
	if (len >= 256)
		return wrong(r, "the host's name is too long");
	memcpy(host, text, len);
	host[len] = '\0';
	return 0;
}

/* Looks a host up; of a name with addresses of both families, IPv4 comes first: that is what an
 * emulator means by localhost. */
static int look_up(const struct reading *r, const char *host, uint64_t port, unsigned most,
		   struct endpoint_addr *ret, unsigned *retn)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int e = getaddrinfo(host, NULL, &hints, &list);
	static const int families[] = {AF_INET, AF_INET6};

	if (e != 0)
		return wrong(r, "host '%s': %s", QUOTE(host), gai_strerror(e));
	*retn = 0;
	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		for (struct addrinfo *a = list; a && *retn < most; a = a->ai_next) {
			if (a->ai_family != families[f] || a->ai_addrlen > sizeof(ret->u))
				continue;
			memcpy(&ret[*retn].u, a->ai_addr, a->ai_addrlen);
			ret[*retn].len = a->ai_addrlen;
			/* At the same place in both families (RFC 3493). */
			ret[(*retn)++].u.in.sin_port = htons((uint16_t)port);
		}
	}
	freeaddrinfo(list);
	return *retn ? 0 : wrong(r, "host '%s' has no address", QUOTE(host));
}

/* HOST:PORT; of an empty host, every address, where that has a meaning. */
static int read_inet(const struct reading *r, const char *text, size_t len, bool every,
		     unsigned most, struct endpoint_addr *ret, unsigned *retn)
{
	char host[256];
	uint64_t port;

	if (split_host(r, text, len, host, &port) < 0)
		return -EINVAL;
	if (host[0])
		return look_up(r, host, port, most, ret, retn);
	if (!every)
		return wrong(r, "the host is missing");
	memset(ret, 0, sizeof(*ret));
	ret->u.in6.sin6_family = AF_INET6;
	ret->u.in6.sin6_addr = in6addr_any;
	ret->u.in6.sin6_port = htons((uint16_t)port);
	ret->len = sizeof(ret->u.in6);
	*retn = 1;
	return 0;
}

static int read_path(const struct reading *r, const char *text, size_t len,
		     struct endpoint_addr *ret)
{
	if (len == 0)
		return wrong(r, "the path is missing");
	if (len >= sizeof(ret->u.un.sun_path))
		return wrong(r, "the path has more than %zu bytes", sizeof(ret->u.un.sun_path) - 1);
	memset(ret, 0, sizeof(*ret));
	ret->u.un.sun_family = AF_UNIX;
	memcpy(ret->u.un.sun_path, text, len);
	ret->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

static bool is_group(const struct endpoint_addr *a)
{
	if (a->u.any.sa_family == AF_INET)
		return IN_MULTICAST(ntohl(a->u.in.sin_addr.s_addr));
	return IN6_IS_ADDR_MULTICAST(&a->u.in6.sin6_addr);
}

/* One ",local=ADDR" or ",ttl=N" of a group. */
static int read_group_option(const struct reading *r, const char *text, size_t len)
{
	struct endpoint *ep = r->ep;
	uint64_t ttl;
	char host[256];
	unsigned n;

	if (len > 4 && memcmp(text, "ttl=", 4) == 0) {
		if (num_parse(text + 4, len - 4, 0, 255, &ttl) < 0)
			return wrong(r, "ttl is a number from 0 to 255");
		ep->ttl = (int)ttl;
		return 0;
	}
	if (len <= 6 || len - 6 >= sizeof(host) || memcmp(text, "local=", 6) != 0)
		return wrong(r, "unknown '%s'", QUOTE_N(text, len));
	memcpy(host, text + 6, len - 6);
	host[len - 6] = '\0';
	if (look_up(r, host, 0, 1, &ep->local, &n) < 0)
		return -EINVAL;
	if (ep->local.u.any.sa_family != ep->addr[0].u.any.sa_family)
		return wrong(r, "group and local address are of two families");
	return 0;
}

static int read_group(const struct reading *r, const char *text, size_t len)
{
	size_t part = 0;

	while (part < len && text[part] != ',')
		part++;
	r->ep->ttl = 1;
	if (read_inet(r, text, part, false, 1, r->ep->addr, &r->ep->addrs) < 0)
		return -EINVAL;
	if (!is_group(&r->ep->addr[0]))
		return wrong(r, "'%s' is no multicast group", QUOTE_N(text, part));
	while (part < len) {
		size_t start = part + 1;

		for (part = start; part < len && text[part] != ',';)
			part++;
		if (read_group_option(r, text + start, part - start) < 0)
			return -EINVAL;
	}
	return 0;
}

/* LOCAL,REMOTE */
static int read_pair(const struct reading *r, const char *text, size_t len)
{
	const char *comma = memchr(text, ',', len);
	size_t first = comma ? (size_t)(comma - text) : 0;
	struct endpoint *ep = r->ep;
	unsigned n;

	if (!comma || memchr(comma + 1, ',', len - first - 1))
		return wrong(r, "two addresses are needed, with a comma between");
	if (ep->kind == ENDPOINT_DGRAM_UNIX) {
		ep->addrs = 1;
		if (read_path(r, text, first, &ep->local) < 0)
			return -EINVAL;
		return read_path(r, comma + 1, len - first - 1, &ep->addr[0]);
	}
	if (read_inet(r, comma + 1, len - first - 1, false, 1, ep->addr, &ep->addrs) < 0 ||
	    read_inet(r, text, first, true, 1, &ep->local, &n) < 0)
		return -EINVAL;
	if (ep->local.u.any.sa_family != ep->addr[0].u.any.sa_family) {
		if (text[0] != ':')
			return wrong(r, "the two addresses are of two families");
		/* Every address, that is, and the remote one is of IPv4. */
		ep->local.u.in.sin_family = AF_INET;
		ep->local.u.in.sin_addr.s_addr = htonl(INADDR_ANY);
		ep->local.len = sizeof(ep->local.u.in);
	}
	return 0;
}

static int read_rest(const struct reading *r, const char *text, size_t len)
{
	struct endpoint *ep = r->ep;
	uint64_t fd;

	switch (ep->kind) {
	case ENDPOINT_LISTEN_TCP:
		return read_inet(r, text, len, true, 1, ep->addr, &ep->addrs);
	case ENDPOINT_CONNECT_TCP:
		return read_inet(r, text, len, false, ENDPOINT_ADDRS, ep->addr, &ep->addrs);
	case ENDPOINT_LISTEN_UNIX:
	case ENDPOINT_CONNECT_UNIX:
		ep->addrs = 1;
		if (memchr(text, ',', len))
			return wrong(r, "a path has no comma");
		return read_path(r, text, len, &ep->addr[0]);
	case ENDPOINT_MCAST:
		return read_group(r, text, len);
	case ENDPOINT_UDP:
	case ENDPOINT_DGRAM_UNIX:
		return read_pair(r, text, len);
	case ENDPOINT_FD:
		if (num_parse(text, len, 3, 1048576, &fd) < 0)
			return wrong(r, "'%s' is no number of a descriptor from 3",
				     QUOTE_N(text, len));
		ep->fd = (int)fd;
		return 0;
	}
	return -EINVAL;
}

static int unknown(const char *text, unsigned kinds, char error[ENDPOINT_ERROR])
{
	int n = snprintf(error, ENDPOINT_ERROR, "'%s': not known; there are", QUOTE(text));

	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if ((forms[i].kind & kinds) && n > 0 && n < ENDPOINT_ERROR)
			n += snprintf(error + n, (size_t)(ENDPOINT_ERROR - n), " %s",
				      forms[i].form);
	return -EINVAL;
}

int endpoint_parse(struct endpoint *ret, const char *text, unsigned kinds, bool isolated,
		   char error[ENDPOINT_ERROR])
{
	static const char suffix[] = ",isolated";
	size_t len = strlen(text);
	struct reading r = {.ep = ret, .text = text, .error = error};

	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	ret->text = text;
	if (isolated && len >= sizeof(suffix) &&
	    memcmp(text + len - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1) == 0) {
		ret->isolated = true;
		len -= sizeof(suffix) - 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t prefix = strlen(forms[i].prefix);

		if (!(forms[i].kind & kinds) || len < prefix ||
		    memcmp(text, forms[i].prefix, prefix) != 0)
			continue;
		ret->kind = forms[i].kind;
		r.form = &forms[i];
		return read_rest(&r, text + prefix, len - prefix);
	}
	return unknown(text, kinds, error);
}

const char *endpoint_name(const struct endpoint_addr *addr, char buf[ENDPOINT_NAME])
{
	char host[INET6_ADDRSTRLEN] = "?";
	const struct in6_addr *six = &addr->u.in6.sin6_addr;

	if (addr->len == 0) {
		snprintf(buf, ENDPOINT_NAME, "?");
	} else if (addr->u.any.sa_family == AF_UNIX) {
		bool named = addr->len > offsetof(struct sockaddr_un, sun_path);

		snprintf(buf, ENDPOINT_NAME, "%.108s", named ? addr->u.un.sun_path : "unix");
	} else if (addr->u.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &addr->u.in.sin_addr, host, sizeof(host));
		snprintf(buf, ENDPOINT_NAME, "%s:%u", host, ntohs(addr->u.in.sin_port));
	} else if (IN6_IS_ADDR_V4MAPPED(six)) {
		inet_ntop(AF_INET, &six->s6_addr[12], host, sizeof(host));
		snprintf(buf, ENDPOINT_NAME, "%s:%u", host, ntohs(addr->u.in6.sin6_port));
	} else {
		inet_ntop(AF_INET6, six, host, sizeof(host));
		snprintf(buf, ENDPOINT_NAME, "[%s]:%u", host, ntohs(addr->u.in6.sin6_port));
	}
	return buf;
}

bool endpoint_same(const struct endpoint_addr *a, const struct endpoint_addr *b)
{
	if (a->len == 0 || b->len == 0 || a->u.any.sa_family != b->u.any.sa_family)
		return false;
	if (a->u.any.sa_family == AF_INET)
		return a->u.in.sin_port == b->u.in.sin_port &&
		       a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;
	return a->u.any.sa_family == AF_INET6 && a->u.in6.sin6_port == b->u.in6.sin6_port &&
	       IN6_ARE_ADDR_EQUAL(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "forward.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HOST_SYNTAX                                                                                \
	"[tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT or unix:PATH-[GUESTADDR]:GUESTPORT"
#define GUEST_SYNTAX "[tcp]:GUESTADDR:GUESTPORT-tcp:HOST:PORT or -unix:PATH"

/* A piece of the text: not terminated. */
struct piece {
	const char *p;
	size_t len;
};

__attribute__((nonnull(1, 2)))
PRINTF(2, 3) static int fail(char error[FORWARD_ERROR], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, FORWARD_ERROR, fmt, args);
	va_end(args);
	return -EINVAL;
}

static bool is(const struct piece *piece, const char *word)
{
	return piece->len == strlen(word) && memcmp(piece->p, word, piece->len) == 0;
}

/* What stands before c, which is taken away with it; false: there is no c. */
static bool before(struct piece *rest, char c, struct piece *ret)
{
	const char *at = memchr(rest->p, c, rest->len);

	if (!at)
		return false;
	*ret = (struct piece){rest->p, (size_t)(at - rest->p)};
	rest->p = at + 1;
	rest->len -= ret->len + 1;
	return true;
}

/* ADDRESS:PORT, of which the address may be empty: all zeros. */
static int take_address(struct piece text, const char *what, union forward_addr *ret,
			socklen_t *retlen, char error[FORWARD_ERROR])
{
	char address[INET6_ADDRSTRLEN + 1] = "";
	struct piece host;
	uint64_t port;
	bool v6 = text.len > 0 && text.p[0] == '[';

	if (v6) {
		text.p++;
		text.len--;
	}
	if (!before(&text, v6 ? ']' : ':', &host) || (v6 && (text.len == 0 || text.p[0] != ':')))
		return fail(error, "the %s has to be ADDRESS:PORT", what);
	if (v6) {
		text.p++;
		text.len--;
	}
	memset(ret, 0, sizeof(*ret));
	ret->any.sa_family = v6 ? AF_INET6 : AF_INET;
	*retlen = v6 ? sizeof(ret->in6) : sizeof(ret->in);
	if (host.len >= sizeof(address))
		return fail(error, "'%s' is no IP address", QUOTE_N(host.p, host.len));
	memcpy(address, host.p, host.len);
	/* A NUL in it is seen by its length. */
	if (host.len > 0 &&
	    (strlen(address) != host.len ||
	     inet_pton(ret->any.sa_family, address,
		       v6 ? (void *)&ret->in6.sin6_addr : (void *)&ret->in.sin_addr) != 1))
		return fail(error, "'%s' is no %s address", QUOTE_N(host.p, host.len),
			    v6 ? "IPv6" : "IPv4");
	if (num_parse(text.p, text.len, 1, UINT16_MAX, &port) < 0)
		return fail(error, "'%s' is no port, 1 to 65535", QUOTE_N(text.p, text.len));
	if (v6)
		ret->in6.sin6_port = htons((uint16_t)port);
	else
		ret->in.sin_port = htons((uint16_t)port);
	return 0;
}

static int take_path(struct piece text, union forward_addr *ret, socklen_t *retlen,
		     char error[FORWARD_ERROR])
{
	memset(ret, 0, sizeof(*ret));
	ret->un.sun_family = AF_UNIX;
	/* Relative to what, where it is added from elsewhere? */
	if (text.len == 0 || text.p[0] != '/' || memchr(text.p, '\0', text.len))
		return fail(error, "the path '%s' has to begin with '/'",
			    QUOTE_N(text.p, text.len));
	if (text.len >= sizeof(ret->un.sun_path))
		return fail(error, "the path of a socket has at most %zu bytes",
			    sizeof(ret->un.sun_path) - 1);
	memcpy(ret->un.sun_path, text.p, text.len);
	*retlen = sizeof(ret->un);
	return 0;
}

/* Splits at the '-' before the other side: of a path, the last one; of addresses there is just
 * one; and where there is none, all of it is this side. */
static bool split(struct piece text, bool last, struct piece *ret, struct piece *retother)
{
	const char *at = last ? memrchr(text.p, '-', text.len) : memchr(text.p, '-', text.len);

	*ret = text;
	*retother = (struct piece){text.p + text.len, 0};
	if (!at)
		return false;
	ret->len = (size_t)(at - text.p);
	*retother = (struct piece){at + 1, text.len - ret->len - 1};
	return true;
}

static int parse_host(struct forward *f, struct piece text, bool whole, char error[FORWARD_ERROR])
{
	struct piece protocol, host, guest;
	bool unix_socket, two;
	int r;

	if (!before(&text, ':', &protocol))
		return fail(error, "is not %s", HOST_SYNTAX);
	unix_socket = is(&protocol, "unix");
	f->udp = is(&protocol, "udp");
	if (protocol.len > 0 && !unix_socket && !f->udp && !is(&protocol, "tcp"))
		return fail(error, "'%s' is no protocol; tcp, udp or unix",
			    QUOTE_N(protocol.p, protocol.len));
	/* To remove one, a path with '-' in it can stand alone. */
	two = split(text, unix_socket, &host, &guest) && (whole || memchr(guest.p, ':', guest.len));
	if (!two && whole)
		return fail(error, "is not %s", HOST_SYNTAX);
	if (!two)
		host = text;
	r = unix_socket ? take_path(host, &f->host, &f->host_len, error)
			: take_address(host, "host's side", &f->host, &f->host_len, error);
	if (r < 0 || !two)
		return r;
	return take_address(guest, "guest's side", &f->guest, &f->guest_len, error);
}

static int parse_device(struct forward *f, struct piece text, char error[FORWARD_ERROR])
{
	struct piece kind;

	if (!before(&text, ':', &kind))
		return fail(error, "is not %s", GUEST_SYNTAX);
	if (is(&kind, "unix"))
		return take_path(text, &f->host, &f->host_len, error);
	if (is(&kind, "cmd"))
		return fail(error, "cmd: is not served here: a program of yours can listen on a "
				   "unix socket, as systemd and socat do; then write unix:PATH");
	if (!is(&kind, "tcp"))
		return fail(error, "'%s' is nothing to forward to; tcp or unix",
			    QUOTE_N(kind.p, kind.len));
	return take_address(text, "host's side", &f->host, &f->host_len, error);
}

static int parse_guest(struct forward *f, struct piece text, bool whole, char error[FORWARD_ERROR])
{
	struct piece protocol, guest, device;
	bool two;
	int r;

	if (!before(&text, ':', &protocol))
		return fail(error, "is not %s", GUEST_SYNTAX);
	if (protocol.len > 0 && !is(&protocol, "tcp"))
		return fail(error, "'%s' is no protocol of a guest's forward; tcp",
			    QUOTE_N(protocol.p, protocol.len));
	two = split(text, false, &guest, &device);
	if (!two && whole)
		return fail(error, "is not %s", GUEST_SYNTAX);
	r = take_address(guest, "guest's side", &f->guest, &f->guest_len, error);
	if (r < 0)
		return r;
	if (f->guest.any.sa_family != AF_INET || f->guest.in.sin_addr.s_addr == 0)
		return fail(error, "the guest's side needs an IPv4 address");
	if (!two)
		return 0;
	r = parse_device(f, device, error);
	if (r == 0 && f->host.any.sa_family == AF_INET && f->host.in.sin_addr.s_addr == 0)
		return fail(error, "the host's side needs an address");
	return r;
}

int forward_parse(struct forward *ret, enum forward_way way, const char *text, bool whole,
		  char error[FORWARD_ERROR])
{
	struct piece all = {text, strlen(text)};
	struct forward f = {.way = way};
	int r;

	r = way == FORWARD_HOST ? parse_host(&f, all, whole, error)
				: parse_guest(&f, all, whole, error);
	if (r == 0)
		*ret = f;
	return r;
}

int forward_parse_named(struct forward *ret, const char *text, bool whole,
			char error[FORWARD_ERROR])
{
	if (strncmp(text, "hostfwd=", 8) == 0)
		return forward_parse(ret, FORWARD_HOST, text + 8, whole, error);
	if (strncmp(text, "guestfwd=", 9) == 0)
		return forward_parse(ret, FORWARD_GUEST, text + 9, whole, error);
	return fail(error, "has to begin with hostfwd= or guestfwd=");
}

static bool same_address(const union forward_addr *a, const union forward_addr *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_UNIX)
		return strcmp(a->un.sun_path, b->un.sun_path) == 0;
	if (a->any.sa_family == AF_INET)
		return a->in.sin_port == b->in.sin_port &&
		       a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return a->in6.sin6_port == b->in6.sin6_port &&
	       memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
}

bool forward_same(const struct forward *a, const struct forward *b)
{
	if (a->way != b->way)
		return false;
	if (a->way == FORWARD_GUEST)
		return same_address(&a->guest, &b->guest);
	return a->udp == b->udp && same_address(&a->host, &b->host);
}

const char *forward_addr(char buf[FORWARD_ADDR], const union forward_addr *a)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (a->any.sa_family == AF_UNIX) {
		snprintf(buf, FORWARD_ADDR, "%s", a->un.sun_path);
	} else if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof(text));
		snprintf(buf, FORWARD_ADDR, "[%s]:%u", text, ntohs(a->in6.sin6_port));
	} else {
		/* None is how it is written. */
		if (a->in.sin_addr.s_addr != 0)
			inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof(text));
		snprintf(buf, FORWARD_ADDR, "%s:%u", text, ntohs(a->in.sin_port));
	}
	return buf;
}

const char *forward_format(char buf[FORWARD_TEXT], const struct forward *f)
{
	char host[FORWARD_ADDR], guest[FORWARD_ADDR];
	const char *protocol = f->host.any.sa_family == AF_UNIX ? "unix" : f->udp ? "udp" : "tcp";

	forward_addr(host, &f->host);
	forward_addr(guest, &f->guest);
	if (f->way == FORWARD_GUEST)
		snprintf(buf, FORWARD_TEXT, "guestfwd=tcp:%s%s%s%s%s", guest,
			 f->host_len ? "-" : "", f->host_len ? protocol : "",
			 f->host_len ? ":" : "", f->host_len ? host : "");
	else
		snprintf(buf, FORWARD_TEXT, "hostfwd=%s:%s%s%s", protocol, host,
			 f->guest_len ? "-" : "", f->guest_len ? guest : "");
	return buf;
}

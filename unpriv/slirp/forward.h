/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forwards in QEMU's syntax (its -netdev user,hostfwd=,guestfwd=). Pure: no name is looked up.
 *
 *	hostfwd   [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT
 *	          unix:PATH-[GUESTADDR]:GUESTPORT
 *	guestfwd  [tcp]:GUESTADDR:GUESTPORT-tcp:HOST:PORT
 *	          [tcp]:GUESTADDR:GUESTPORT-unix:PATH
 *
 * To remove one, what stands before '-' is enough. An IPv6 address stands in brackets.
 */
#ifndef NETGRANT_SLIRP_FORWARD_H
#define NETGRANT_SLIRP_FORWARD_H

#include "lib/compiler.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FORWARD_ERROR 320
#define FORWARD_TEXT 320

enum forward_way {
	FORWARD_HOST,  /* from the host to the guest */
	FORWARD_GUEST, /* from the guest to the host */
};

union forward_addr {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

struct forward {
	enum forward_way way;
	bool udp;
	union forward_addr host; /* where the host listens, or is connected to */
	socklen_t host_len;      /* 0: not given (to be removed) */
	/* The guest's address, or the one that it talks to; zeros: the first that DHCP gives. */
	union forward_addr guest;
	socklen_t guest_len; /* 0: not given (to be removed) */
};

/* Reads the SPEC of a forward of that way. whole: both sides have to
 * be there; otherwise just the one that names it. 0, or -EINVAL and a message. */
MUST_CHECK NONNULL int forward_parse(struct forward *ret, enum forward_way way, const char *text,
				     bool whole, char error[FORWARD_ERROR]);

/* The same for "hostfwd=SPEC" or "guestfwd=SPEC". */
MUST_CHECK NONNULL int forward_parse_named(struct forward *ret, const char *text, bool whole,
					   char error[FORWARD_ERROR]);

/* Do both take the same place: where the host listens, or what the guest talks to? */
NONNULL bool forward_same(const struct forward *a, const struct forward *b);

/* Writes it as it can be read again, "hostfwd=tcp:127.0.0.1:2222-:22". Returns buf. */
NONNULL const char *forward_format(char buf[FORWARD_TEXT], const struct forward *f);

/* "127.0.0.1:2222", "[::1]:2222" or a path. Returns buf. */
#define FORWARD_ADDR 128
NONNULL const char *forward_addr(char buf[FORWARD_ADDR], const union forward_addr *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints as they stand on a command line, and the sockets that they mean:
 *
 *	listen:tcp:HOST:PORT       connect:tcp:HOST:PORT
 *	listen:unix:PATH           connect:unix:PATH
 *	udp:LOCAL,REMOTE           dgram:unix:LOCAL,REMOTE
 *	mcast:GROUP:PORT[,local=ADDR][,ttl=N]
 *	fd:N
 *
 * A HOST is a name, an IPv4 address or an IPv6 address in brackets; where something listens
 * it may be empty, which means every address. Names are looked up once, when they are parsed.
 */
#ifndef NETGRANT_ENDPOINT_H
#define NETGRANT_ENDPOINT_H

#include "lib/compiler.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum endpoint_kind {
	ENDPOINT_LISTEN_TCP = 1 << 0,
	ENDPOINT_LISTEN_UNIX = 1 << 1,
	ENDPOINT_CONNECT_TCP = 1 << 2,
	ENDPOINT_CONNECT_UNIX = 1 << 3,
	ENDPOINT_MCAST = 1 << 4,
	ENDPOINT_UDP = 1 << 5,
	ENDPOINT_DGRAM_UNIX = 1 << 6,
	ENDPOINT_FD = 1 << 7,
};

#define ENDPOINT_ERROR 384 /* bytes of a message */
#define ENDPOINT_ADDRS 8   /* that a name may have; more are not tried */

struct endpoint_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} u;
	socklen_t len; /* 0: none */
};

struct endpoint {
	enum endpoint_kind kind;
	const char *text; /* as given; borrowed */
	bool isolated;    /* ",isolated" stood behind it */
	int fd;           /* ENDPOINT_FD */
	int ttl;          /* ENDPOINT_MCAST */
	/* Where to listen, to connect to or to send to; one but for ENDPOINT_CONNECT_TCP. */
	struct endpoint_addr addr[ENDPOINT_ADDRS];
	unsigned addrs;
	struct endpoint_addr local; /* udp, dgram:unix; mcast: of the interface */
};

/* What an open endpoint is. */
enum endpoint_socket {
	ENDPOINT_LISTENER,
	ENDPOINT_STREAM,
	ENDPOINT_DATAGRAM,
	ENDPOINT_TAP,
};

struct endpoint_open {
	enum endpoint_socket what;
	int fd;
	/* ENDPOINT_MCAST: sends, from an address that no other member of the group has, which is
	 * in `own`: what comes from there is our own. Otherwise -1. */
	int send_fd;
	struct endpoint_addr own;
	int vnet_hdr; /* ENDPOINT_TAP: bytes of virtio-net header before each frame */
};

/* Reads text. kinds: enum endpoint_kind, those that the caller serves; isolated: ",isolated" may
 * stand behind it. 0; -EINVAL and a message that says what would be right. Looks up names. */
MUST_CHECK NONNULL int endpoint_parse(struct endpoint *ret, const char *text, unsigned kinds,
				      bool isolated, char error[ENDPOINT_ERROR]);

/* Opens what does not have to be connected; the descriptors are the caller's, close-on-exec,
 * without blocking, and of ENDPOINT_FD it is the one that was given. A unix socket's file is
 * made with mode 0600; one that nobody listens on any more is replaced. 0; -errno and a message. */
MUST_CHECK NONNULL int endpoint_open(const struct endpoint *ep, struct endpoint_open *ret,
				     char error[ENDPOINT_ERROR]);

/* Removes the unix socket of that type (SOCK_*) and name if nobody listens on it any more. true:
 * it is removed. */
NONNULL bool endpoint_remove_stale(const struct endpoint_addr *addr, int type);

/* Begins to connect to address `which` of ENDPOINT_CONNECT_*. A descriptor, the caller's,
 * which becomes writable when SO_ERROR is to be asked for; or -errno. */
MUST_CHECK NONNULL int endpoint_connect(const struct endpoint *ep, unsigned which);

/* TCP_NODELAY and keep-alive, where it is TCP. */
void endpoint_tune(int fd);

/* Finds out what an inherited descriptor is and makes it ready for use. 0; -errno and a message. */
MUST_CHECK NONNULL int endpoint_classify(int fd, struct endpoint_open *ret,
					 char error[ENDPOINT_ERROR]);

#define ENDPOINT_NAME 128

/* Writes "192.0.2.1:5558", "[::1]:5558" or a path; an IPv4 address in IPv6 is an IPv4 address.
 * Returns buf. */
NONNULL const char *endpoint_name(const struct endpoint_addr *addr, char buf[ENDPOINT_NAME]);

/* Is it the same host and port? */
NONNULL bool endpoint_same(const struct endpoint_addr *a, const struct endpoint_addr *b);

#endif

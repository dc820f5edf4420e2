/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a virtual network is made of over rtnetlink: bridges, addresses, routes; beside
 * link.h, whose rules hold. Functions return 0 or -errno.
 */
#ifndef NETGRANT_LINK_NET_H
#define NETGRANT_LINK_NET_H

#include "link.h"

#include <netinet/in.h>

struct link_bridge {
	const char *name;
	const char *alias;
	unsigned group;
	uint32_t mtu;
	bool stp;
	bool cable;         /* for two ports: it learns nothing, and lets everything pass */
	const uint8_t *mac; /* kept, whatever its ports have; NULL: the kernel chooses one */
};

/* Makes a bridge, down and in b->group. -EEXIST: there is such a device. */
MUST_CHECK NONNULL int link_create_bridge(struct link_conn *conn, const struct link_bridge *b);

/* Gives an existing bridge of ours what b says, but for the name. */
MUST_CHECK NONNULL int link_change_bridge(struct link_conn *conn, unsigned index,
					  const struct link_bridge *b);

MUST_CHECK NONNULL int link_down(struct link_conn *conn, unsigned index);
MUST_CHECK NONNULL int link_delete(struct link_conn *conn, unsigned index);

/* An address of a device, or a destination that leads to it. */
struct link_prefix {
	unsigned index; /* of the device */
	int family;     /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} u;
	uint8_t prefix;
	uint8_t scope, table, type; /* RT_SCOPE_…; of a route only: RT_TABLE_…, RTN_… */
	uint8_t protocol;           /* of a route: RTPROT_…, who made it */
};

/* A descriptor, the caller's, that can be read whenever some device has changed; what is read
 * from it is of no use. Or -errno. */
MUST_CHECK int link_events(void);

/* The same for one device only: what happens to others wakes nobody up. */
MUST_CHECK int link_events_of(unsigned index);

/* The same, and of that only its end (or that of its time as a bridge's port). */
MUST_CHECK int link_end_of(unsigned index);

typedef int (*link_prefix_fn)(const struct link_prefix *prefix, void *ctx);

/* Calls fn for every address, every route of both families. Stops at, and returns, its first
 * result that is not 0. */
MUST_CHECK NONNULL int link_each_address(struct link_conn *conn, link_prefix_fn fn, void *ctx);
/* The addresses of one device; kernels before 4.20 do not filter and give those of all. */
MUST_CHECK NONNULL int link_each_address_of(struct link_conn *conn, unsigned index,
					    link_prefix_fn fn, void *ctx);
MUST_CHECK NONNULL int link_each_route(struct link_conn *conn, link_prefix_fn fn, void *ctx);

/* Adds the address, or changes it; no duplicate address detection, as nobody else can have
 * it. Takes it away; -EADDRNOTAVAIL: it was not there. */
MUST_CHECK NONNULL int link_add_address(struct link_conn *conn, const struct link_prefix *a);
MUST_CHECK NONNULL int link_del_address(struct link_conn *conn, const struct link_prefix *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel knows which bridge is which virtual network. The bridge's alias says whose
 * it is; an alternative name says that it is ready for ports, and leads to it. Both take
 * CAP_NET_ADMIN, so nobody else can make or change them.
 */
#ifndef NETGRANT_NETNAME_H
#define NETGRANT_NETNAME_H

#include "alias.h"
#include "compiler.h"

#include <stdbool.h>

#define NETNAME_MAX 15

/*
 * Groups of devices (IFLA_GROUP), by which the rules know them: no list has to be kept in
 * step. A bridge of ours is in the first from the message on that makes it; a port in that
 * of its bridge from the message on that makes it one, until it is gone.
 */
#define NETNAME_BRIDGES 0x006e6700U
#define NETNAME_PORTS 0x40000000U
static inline unsigned netname_port_group(unsigned bridge_index)
{
	return NETNAME_PORTS | bridge_index;
}

/* NULL: name can be a network's. Else what is wrong with it: "is longer than 15 bytes". */
NONNULL const char *netname_defect(const char *name);

/* "netgrant-network-NAME", the alternative name of the bridge of a network that is up. */
#define NETNAME_ALTNAME_SIZE (sizeof("netgrant-network-") + NETNAME_MAX)
NONNULL const char *netname_altname(char buf[NETNAME_ALTNAME_SIZE], const char *name);

/* "netgrant network=NAME", and " isolated" where guests are not to reach each other. */
NONNULL void netname_alias(char buf[ALIAS_SIZE], const char *name, bool isolated);

/* Is alias that of the network? *isolated as above. */
MUST_CHECK NONNULL bool netname_is(const char *alias, const char *name, bool *isolated);

#endif

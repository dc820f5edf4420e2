/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of dnsmasq (2.90) for one network. Pure: struct in, text out. */
#ifndef NETGRANT_NETWORK_DNSMASQ_H
#define NETGRANT_NETWORK_DNSMASQ_H

#include "network/config.h"

/* Files that dnsmasq opens: absolute paths. */
struct net_dnsmasq_paths {
	const char *leases; /* in a folder where its user may write */
	const char *pid;    /* the same */
	const char *resolv; /* the host's resolvers; NULL: there are none */
	const char *hosts;  /* names besides the network's own, as hosts(5); NULL: none */
};

/* Is there anything for dnsmasq to do? */
MUST_CHECK NONNULL bool net_dnsmasq_needed(const struct net_config *config);

/*
 * The capabilities without which dnsmasq does not start for this network: bit N is the
 * kernel's capability N. Ports below 1024 are one; DHCP writes ARP entries (CAP_NET_ADMIN);
 * IPv6 needs a raw socket too (CAP_NET_RAW).
 */
MUST_CHECK NONNULL uint64_t net_dnsmasq_caps(const struct net_config *config);

/*
 * Writes the configuration; *ret is malloc'ed, the caller's to free. 0, -ENOMEM, or -EINVAL:
 * some value would not be one word of one line of dnsmasq's, or cannot work there. The parser
 * refuses such values with a message; this is the second lock on the same door.
 */
MUST_CHECK NONNULL int net_dnsmasq_render(const struct net_config *config,
					  const struct net_dnsmasq_paths *paths, char **ret);

#endif

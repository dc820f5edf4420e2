/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet filter of one network: two tables, `bridge netgrant-NAME` (what a guest may say
 * to the bridge) and `inet netgrant-NAME` (what passes between the network, the host and
 * everything else). Pure: text out; the worker gives it to libnftables.
 */
#ifndef NETGRANT_NETWORK_NFT_H
#define NETGRANT_NETWORK_NFT_H

#include "network/config.h"

/*
 * The rules know devices by their group (IFLA_GROUP), which the kernel sets in the message
 * that makes a port of a tap, and forgets with the device: there is no list to keep in step,
 * and `meta ibrname`, which could do the same, is not in every kernel. Every bridge of ours
 * is in NETNAME_BRIDGES; every port in netname_port_group() of its bridge.
 */

/* A lease as dnsmasq has it, so that a reload does not forget whose address it is. */
struct net_nft_lease {
	struct in_addr ip;
	uint8_t mac[MAC_LEN];
	uint32_t seconds; /* what is left of it; 0: no end */
};

/* What of the running network the rules depend on. */
struct net_nft_state {
	unsigned bridge_index;
	uint8_t bridge_mac[MAC_LEN];
	const struct net_nft_lease *leases;
	size_t n_leases;
	bool fresh; /* there are no such tables, and the text need not take them away */
};

/*
 * Text for nft_run_cmd_from_buffer() that makes the network's tables in one transaction,
 * in place of those that are there, if any. malloc'ed, the caller's to free. NULL: errno is
 * ENOMEM, or EINVAL where a name in config is none or bridge_index is not below NETNAME_PORTS.
 */
MUST_CHECK NONNULL char *net_nft_render(const struct net_config *config,
					const struct net_nft_state *state);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by nft.c and nft_bridge.c. */
#ifndef NETGRANT_NETWORK_NFT_PRIV_H
#define NETGRANT_NETWORK_NFT_PRIV_H

#include "network/nft.h"

#include <stdio.h>

/* What both tables are written from. */
struct nft_out {
	FILE *f;
	const struct net_config *config;
	const struct net_nft_state *state;
	uint32_t ports; /* the group of the network's ports */
	bool has4, has6;
};

/* One rule, indented. */
PRINTF(2, 3) void nft_rule(const struct nft_out *out, const char *fmt, ...);

/* Begins a chain; hook NULL: one that others jump to. Policy is always accept: what is not
 * ours is not for us to drop. */
void nft_chain(const struct nft_out *out, const char *name, const char *type, const char *hook,
	       int priority);
void nft_end(const struct nft_out *out);

/* The network's subnets, or the host's own addresses (with the broadcast ones), of family,
 * and after them `more`, as the right side of a match: one value, or a set in braces. There
 * has to be one of them. */
enum nft_what { NFT_SUBNETS, NFT_HOST };
void nft_addresses(const struct nft_out *out, int family, enum nft_what what, const char *more);

/* The bridge's own link-local address, as the kernel derives it. */
struct in6_addr nft_link_local(const struct nft_out *out);

void nft_write_bridge(const struct nft_out *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by nft*.c. */
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

/* Before the hooks of everybody else, br_netfilter's (0) included. */
#define NFT_BRIDGE_PRIORITY (-350)

/*
 * Fields as bare bytes. A MAC in a set is written as two halves, and no rule with one of these
 * names the protocol: nft would list such a field by its name (`ip saddr`, `ether saddr`), whose
 * type is another one than what the set was made with, and then not read its own listing.
 * `nft list ruleset >file` would be a file that does not load.
 */
#define NFT_ETHER_SOURCE "@ll,48,24 . @ll,72,24"
#define NFT_IP_SOURCE "@nh,96,32"
#define NFT_IP6_SOURCE "@nh,64,128"

/* "0x0a0b" */
void nft_put_hex(const struct nft_out *out, const void *bytes, size_t n);

/* An element of a set, with a comma behind it. mac NULL: of addresses alone; seconds 0: no
 * end. */
void nft_put_element(const struct nft_out *out, const void *ip, size_t len, const uint8_t *mac,
		     uint32_t seconds);

/*
 * type: the set's declaration. size: of one whose elements come and go by rules; 0: of one that
 * stays as it is. The kernel makes the hash table of such a set that large at once, and looks
 * through all of it for what has expired every gc-interval: 65535, a hundred networks and
 * the usual interval of a second were seconds of work. When one is full, nothing is taken that
 * would have to be remembered.
 */
void nft_begin_set(const struct nft_out *out, const char *name, const char *type, unsigned size);
#define NFT_SET_MAX 65535U
#define NFT_PORTS_SIZE                                                                             \
	2048U /* a bridge has 1023 ports; of those that left, some are remembered                  \
	       */

/* Is there a host with a MAC and an address of that family? */
bool nft_any_fixed(const struct nft_out *out, int family);

void nft_write_bindings(const struct nft_out *out);
void nft_write_dhcp(const struct nft_out *out);
/* A rule behind all that may drop a frame for the host: `prerouting` comes before a port's lock
 * (mac=), and a RELEASE that the lock drops ends no lease. */
void nft_write_release(const struct nft_out *out);
void nft_write_snooping(const struct nft_out *out);
void nft_write_bridge(const struct nft_out *out);

#endif

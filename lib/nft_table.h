/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the packet filter as such: is there one, and away with it. libnftables reads every
 * table of the host before it does either, which with a hundred networks takes longer
 * than all the rest of bringing one up or down.
 */
#ifndef NETGRANT_NFT_TABLE_H
#define NETGRANT_NFT_TABLE_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>

struct nft_table {
	int family; /* NFPROTO_… */
	const char *name;
};

#define NFT_NAME_SIZE 256 /* the kernel's NFT_NAME_MAXLEN */

/* A chain at a hook, that filters or translates. */
struct nft_chain {
	int family;
	unsigned hook; /* NF_INET_…; other families' hooks have the same numbers */
	bool nats;     /* else it filters */
	bool drops;    /* what none of its rules decides */
	char table[NFT_NAME_SIZE], name[NFT_NAME_SIZE];
};

/* Calls fn for every such chain of the family's tables (NFPROTO_…; NFPROTO_UNSPEC: of all). 0 or
 * -errno. */
typedef void (*nft_chain_fn)(const struct nft_chain *chain, void *ctx);
MUST_CHECK int nft_each_chain(int family, nft_chain_fn fn, void *ctx);

/* Calls fn for every table. 0 or -errno. */
typedef void (*nft_table_fn)(const struct nft_table *table, void *ctx);
MUST_CHECK int nft_each_table(nft_table_fn fn, void *ctx);

/* What nft(8) calls the family: "ip", "inet". NULL: another one than ip, ip6, inet, bridge. */
MUST_CHECK const char *nft_family_name(int family);

/* 1: it is there; 0: it is not; -errno. */
MUST_CHECK NONNULL int nft_table_exists(const struct nft_table *table);

/* Removes those of the tables that are there, all in one transaction. 0 or -errno. */
MUST_CHECK NONNULL int nft_table_delete(const struct nft_table *tables, size_t n);

#endif

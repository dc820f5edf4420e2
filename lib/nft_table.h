/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the packet filter as such: is there one, and away with it. libnftables reads every
 * table of the host before it does either, which with a hundred networks takes longer
 * than all the rest of bringing one up or down.
 */
#ifndef NETGRANT_NFT_TABLE_H
#define NETGRANT_NFT_TABLE_H

#include "compiler.h"

#include <stddef.h>

struct nft_table {
	int family; /* NFPROTO_… */
	const char *name;
};

/* A base chain that drops what none of its rules decides. */
struct nft_chain {
	int family;
	unsigned hook;            /* NF_INET_…; other families' hooks have the same numbers */
	char table[64], name[64]; /* longer ones are cut */
};

/* Calls fn for every chain with the policy drop, of any table, 0 or -errno. */
typedef void (*nft_chain_fn)(const struct nft_chain *chain, void *ctx);
MUST_CHECK int nft_each_dropping_chain(nft_chain_fn fn, void *ctx);

/* 1: it is there; 0: it is not; -errno. */
MUST_CHECK NONNULL int nft_table_exists(const struct nft_table *table);

/* Removes those of the tables that are there, all in one transaction. 0 or -errno. */
MUST_CHECK NONNULL int nft_table_delete(const struct nft_table *tables, size_t n);

#endif

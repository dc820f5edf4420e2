/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between obstacles.c, which finds a chain that blocks, listing.c, which reads chains, and
 * remedy.c, which knows whose they are. */
#ifndef NETGRANT_NETWORK_OBSTACLES_PRIV_H
#define NETGRANT_NETWORK_OBSTACLES_PRIV_H

#include "worker.h"

#include "lib/nft_table.h"

#include <json-c/json.h>

enum hook {
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
};

/* A base chain at a hook that the network needs. */
struct blocking {
	const char *family, *table, *name;
	enum hook hook;
	struct json_object *objects; /* all of its table; NULL: they cannot be listed */
	bool to, from;               /* what comes from the bridge, what goes to it, is blocked */
};

/* ---- listing.c */

struct listed_chain {
	char *name;
	struct json_object
		*rules; /* a list that has them, and other things; NULL: nobody can tell */
	bool passes;    /* obstacles.c has found that it does not end in a drop */
};

/*
 * One table. libnftables 1.0 reads every chain of the host before it lists a table, but only one
 * before it lists that; so where there are many, by_chain, they are asked for as they are wanted.
 */
struct listing {
	char family[8], table[NFT_NAME_SIZE];
	bool by_chain, asked;
	struct json_object *all;
	struct listed_chain **chains;
	size_t n_chains;
};

/* Is it a name that nft(8) takes as one? The kernel takes any. */
NONNULL bool listing_word(const char *name);

/* The list that is the output of a command, the caller's; NULL: it failed. */
NONNULL struct json_object *listing_ask(const char *command, unsigned flags);

/* Of this table from now on; what was listed of it already stays. */
NONNULL void listing_begin(struct listing *l, const char *family, const char *table, bool by_chain);
NONNULL void listing_end(struct listing *l);

/* All of its objects, borrowed; NULL: they cannot be listed. */
NONNULL struct json_object *listing_all(struct listing *l);

/* One of its chains, borrowed. NULL: no memory. */
NONNULL struct listed_chain *listing_chain(struct listing *l, const char *name);

/* ---- obstacles.c, remedy.c */

/* The value of a key that is a string; "" where there is none. */
NONNULL const char *json_text(struct json_object *o, const char *key);

/* The command that lets the network's packets pass b. */
NONNULL void obstacle_remedy(const struct network *n, const struct blocking *b, char *buf,
			     size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libnftables tells of another firewall's table. */
#include "obstacles_priv.h"

#include "lib/nft_table.h"

#include <ctype.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json_object *listing_ask(const char *command, unsigned flags)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	struct json_object *all = NULL, *list = NULL;

	if (!ctx)
		return NULL;
	nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_JSON | flags);
	if (nft_ctx_buffer_error(ctx) == 0 && nft_ctx_buffer_output(ctx) == 0 &&
	    nft_run_cmd_from_buffer(ctx, command) == 0)
		all = json_tokener_parse(nft_ctx_get_output_buffer(ctx));
	nft_ctx_free(ctx);
	if (all && json_object_object_get_ex(all, "nftables", &list) &&
	    json_object_is_type(list, json_type_array))
		json_object_get(list);
	else
		list = NULL;
	json_object_put(all);
	return list;
}

bool listing_word(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("/-_.", *p))
			return false;
	return isalpha((unsigned char)*name) || *name == '_' || *name == '.';
}

void listing_begin(struct listing *l, const char *family, const char *table, bool by_chain)
{
	if (strcmp(l->family, family) == 0 && strcmp(l->table, table) == 0)
		return;
	listing_end(l);
	l->by_chain = by_chain;
	snprintf(l->family, sizeof(l->family), "%s", family);
	snprintf(l->table, sizeof(l->table), "%s", table);
}

void listing_end(struct listing *l)
{
	for (size_t i = 0; i < l->n_chains; i++) {
		json_object_put(l->chains[i]->rules);
		free(l->chains[i]->name);
		free(l->chains[i]);
	}
	free(l->chains);
	json_object_put(l->all);
	memset(l, 0, sizeof(*l));
}

struct json_object *listing_all(struct listing *l)
{
	char command[2 * NFT_NAME_SIZE];

	if (!l->asked && listing_word(l->table)) {
		snprintf(command, sizeof(command), "list table %s %s", l->family, l->table);
		l->all = listing_ask(command, NFT_CTX_OUTPUT_TERSE);
	}
	l->asked = true;
	return l->all;
}

/* A name that is a word of nft's language cannot be asked for; the table can. */
static struct json_object *rules_of(struct listing *l, const char *chain)
{
	char command[3 * NFT_NAME_SIZE];
	struct json_object *rules = NULL;

	if (l->by_chain && !l->asked && listing_word(l->table) && listing_word(chain)) {
		snprintf(command, sizeof(command), "list chain %s %s %s", l->family, l->table,
			 chain);
		rules = listing_ask(command, NFT_CTX_OUTPUT_TERSE);
	}
	return rules ? rules : json_object_get(listing_all(l));
}

struct listed_chain *listing_chain(struct listing *l, const char *name)
{
	struct listed_chain *c, **chains;

	for (size_t i = 0; i < l->n_chains; i++)
		if (strcmp(l->chains[i]->name, name) == 0)
			return l->chains[i];
	chains = reallocarray(l->chains, l->n_chains + 1, sizeof(*chains));
	if (!chains)
		return NULL;
	l->chains = chains;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->name = strdup(name);
	if (!c->name) {
		free(c);
		return NULL;
	}
	c->rules = rules_of(l, name);
	l->chains[l->n_chains++] = c;
	return c;
}

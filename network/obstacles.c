/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else on the host stands in a network's way. In netfilter an accept holds for its own
 * table only, and a drop for good: what another firewall drops, no rule of ours brings
 * back. So it is named, with the command that makes that firewall let the network be.
 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The output of one command, malloc'ed; NULL: it failed. */
static char *ask(const char *command, unsigned flags)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	char *out = NULL;

	if (!ctx)
		return NULL;
	nft_ctx_output_set_flags(ctx, flags);
	if (nft_ctx_buffer_error(ctx) == 0 && nft_ctx_buffer_output(ctx) == 0 &&
	    nft_run_cmd_from_buffer(ctx, command) == 0)
		out = strdup(nft_ctx_get_output_buffer(ctx));
	nft_ctx_free(ctx);
	return out;
}

static const char *get(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : "";
}

/* Does a rule of the table speak of the bridge? Then somebody has thought of it. */
static char *table_without(const char *family, const char *table, const char *bridge)
{
	char command[160], quoted[IFNAME_MAX + 3];
	char *text;

	snprintf(command, sizeof(command), "list table %.10s %.100s", family, table);
	snprintf(quoted, sizeof(quoted), "\"%s\"", bridge);
	text = ask(command, 0);
	if (text && strstr(text, quoted)) {
		free(text);
		return NULL;
	}
	return text;
}

static void remedy(const char *family, const char *text, const char *bridge, char *buf, size_t size)
{
	const char *iptables = strcmp(family, "ip6") == 0 ? "ip6tables" : "iptables";

	if (strstr(text, "chain ufw"))
		snprintf(buf, size,
			 "ufw route allow in on %s; ufw route allow out on %s; "
			 "ufw allow in on %s",
			 bridge, bridge, bridge);
	else if (strstr(text, "chain DOCKER-USER"))
		snprintf(buf, size,
			 "%s -I DOCKER-USER -i %s -j ACCEPT; %s -I DOCKER-USER -o %s -j ACCEPT",
			 iptables, bridge, iptables, bridge);
	else if (strcmp(family, "inet") != 0 && strstr(text, "chain FORWARD"))
		snprintf(buf, size, "%s -I FORWARD -i %s -j ACCEPT; %s -I FORWARD -o %s -j ACCEPT",
			 iptables, bridge, iptables, bridge);
	else
		snprintf(buf, size, "let packets from and to '%s' pass there", bridge);
}

static bool ours(const char *table)
{
	return strncmp(table, "netgrant-", 9) == 0;
}

struct report {
	const struct network *n;
	obstacle_fn fn;
	void *ctx;
};

/* A chain at a hook that we need, which drops what none of its rules lets pass. */
static void look_at_chain(const struct report *r, struct json_object *chain)
{
	const char *family = get(chain, "family"), *table = get(chain, "table");
	const char *bridge = r->n->config.bridge, *hook = get(chain, "hook");
	char what[320], how[320], *text;

	if ((strcmp(hook, "forward") != 0 && strcmp(hook, "input") != 0) ||
	    strcmp(get(chain, "policy"), "drop") != 0 || ours(table) ||
	    (strcmp(family, "ip") != 0 && strcmp(family, "ip6") != 0 &&
	     strcmp(family, "inet") != 0))
		return;
	if (strcmp(hook, "forward") == 0 && r->n->config.mode == NET_ISOLATED)
		return;
	text = table_without(family, table, bridge);
	if (!text)
		return;
	snprintf(what, sizeof(what),
		 "chain '%s' of the firewall table '%s %s' drops what it does "
		 "not know",
		 get(chain, "name"), family, table);
	if (strcmp(hook, "input") == 0 && !strstr(text, "chain ufw"))
		snprintf(how, sizeof(how),
			 "let DHCP (udp port 67) and DNS (port 53) from '%s' pass there", bridge);
	else
		remedy(family, text, bridge, how, sizeof(how));
	r->fn(what, how, r->ctx);
	free(text);
}

/* firewalld rejects at the end of its chains what is in no zone. */
static void look_at_firewalld(const struct report *r)
{
	char how[128], *text = table_without("inet", "firewalld", r->n->config.bridge);

	if (!text)
		return;
	snprintf(how, sizeof(how),
		 "firewall-cmd --permanent --zone=trusted --add-interface=%s && "
		 "firewall-cmd --reload",
		 r->n->config.bridge);
	r->fn("firewalld rejects packets of devices that are in no zone", how, r->ctx);
	free(text);
}

/* The old iptables keep tables of their own, which nft does not show. */
static void look_at_legacy(const struct report *r)
{
	char how[128], *names;
	CLEANUP_FD int fd = open("/proc/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
	size_t len;
	int err = 0;

	names = fd < 0 ? NULL : read_whole(fd, 4096, &len, &err);
	if (names && strstr(names, "filter")) {
		snprintf(how, sizeof(how),
			 "look whether 'iptables-legacy -S FORWARD' lets '%s' pass",
			 r->n->config.bridge);
		r->fn("the host has rules of the old iptables, which cannot be read here", how,
		      r->ctx);
	}
	free(names);
}

void obstacles(const struct network *n, obstacle_fn fn, void *ctx)
{
	const struct report r = {.n = n, .fn = fn, .ctx = ctx};
	char *text = ask("list chains", NFT_CTX_OUTPUT_JSON);
	struct json_object *all = text ? json_tokener_parse(text) : NULL, *list, *chain;

	if (all && json_object_object_get_ex(all, "nftables", &list) &&
	    json_object_is_type(list, json_type_array))
		for (size_t i = 0; i < json_object_array_length(list); i++)
			if (json_object_object_get_ex(json_object_array_get_idx(list, i), "chain",
						      &chain))
				look_at_chain(&r, chain);
	if (all)
		json_object_put(all);
	free(text);
	look_at_firewalld(&r);
	look_at_legacy(&r);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else on the host stands in a network's way. In netfilter an accept holds for its own
 * table only, and a drop for good: what another firewall drops, no rule of ours brings
 * back. So it is named, with the command that makes that firewall let the network be.
 */
#include "worker.h"

#include "lib/nft_table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The output of one command, malloc'ed; NULL: it failed. */
static char *ask(const char *command)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	char *out = NULL;

	if (!ctx)
		return NULL;
	if (nft_ctx_buffer_error(ctx) == 0 && nft_ctx_buffer_output(ctx) == 0 &&
	    nft_run_cmd_from_buffer(ctx, command) == 0)
		out = strdup(nft_ctx_get_output_buffer(ctx));
	nft_ctx_free(ctx);
	return out;
}

static const char *family_name(int family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	default:
		return NULL;
	}
}

/* Does a rule of the table speak of the bridge? Then somebody has thought of it. */
static char *table_without(const char *family, const char *table, const char *bridge)
{
	char command[160], quoted[IFNAME_MAX + 3];
	char *text;

	snprintf(command, sizeof(command), "list table %.10s %.100s", family, table);
	snprintf(quoted, sizeof(quoted), "\"%s\"", bridge);
	text = ask(command);
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
static void look_at_chain(const struct nft_chain *chain, void *ctx)
{
	const struct report *r = ctx;
	const char *family = family_name(chain->family), *bridge = r->n->config.bridge;
	char what[320], how[320], *text;

	if (!family || ours(chain->table) ||
	    (chain->hook != NF_INET_LOCAL_IN &&
	     (chain->hook != NF_INET_FORWARD || r->n->config.mode == NET_ISOLATED)))
		return;
	text = table_without(family, chain->table, bridge);
	if (!text)
		return;
	snprintf(what, sizeof(what),
		 "chain '%s' of the firewall table '%s %s' drops what it does not know",
		 chain->name, family, chain->table);
	if (chain->hook == NF_INET_LOCAL_IN && !strstr(text, "chain ufw"))
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
	const struct nft_table firewalld = {NFPROTO_INET, "firewalld"};
	struct report r = {.n = n, .fn = fn, .ctx = ctx};

	if (nft_each_dropping_chain(look_at_chain, &r) < 0)
		fn("the host's firewall cannot be read", "nft list chains", ctx);
	if (nft_table_exists(&firewalld) == 1)
		look_at_firewalld(&r);
	look_at_legacy(&r);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands for root, each in the words of whoever made the chain: what another program put
 * there with its own hand, it would take away again. They let everything of the bridge pass,
 * because our own tables have dropped what may not; but mode open has none of those.
 */
#include "obstacles_priv.h"

#include "lib/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
	char *buf;
	size_t size, len;
};

/* One more command. */
static PRINTF(2, 3) void add(struct text *t, const char *fmt, ...)
{
	va_list args;

	if (t->len > 0 && t->len < t->size)
		t->len += (size_t)snprintf(t->buf + t->len, t->size - t->len, "; ");
	if (t->len >= t->size)
		return;
	va_start(args, fmt);
	t->len += (size_t)vsnprintf(t->buf + t->len, t->size - t->len, fmt, args);
	va_end(args);
}

static bool has_chain(const struct blocking *b, const char *prefix)
{
	for (size_t i = 0; b->objects && i < json_object_array_length(b->objects); i++) {
		struct json_object *chain;

		if (json_object_object_get_ex(json_object_array_get_idx(b->objects, i), "chain",
					      &chain) &&
		    strncmp(json_text(chain, "name"), prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}

static void by_ufw(const char *bridge, bool open, const struct blocking *b, struct text *t)
{
	if (b->hook == HOOK_OUTPUT) {
		add(t, "ufw allow out on %s", bridge);
	} else if (b->hook == HOOK_FORWARD) {
		add(t, "ufw route allow in on %s", bridge);
		add(t, "ufw route allow out on %s", bridge);
	} else if (open) {
		add(t, "ufw allow in on %s to any port 67 proto udp", bridge);
		add(t, "ufw allow in on %s to any port 53", bridge);
	} else {
		add(t, "ufw allow in on %s", bridge);
	}
}

static void by_iptables(const char *bridge, bool open, const struct blocking *b, struct text *t)
{
	const char *program = strcmp(b->family, "ip6") == 0 ? "ip6tables" : "iptables";
	const char *chain = b->name;

	/* Docker makes its own rules anew, and keeps what is in this chain. */
	if (b->hook == HOOK_FORWARD && has_chain(b, "DOCKER-USER"))
		chain = "DOCKER-USER";
	if (b->hook == HOOK_INPUT && open) {
		add(t, "%s -I %s -i %s -p udp --dport %s -j ACCEPT", program, chain, bridge,
		    strcmp(b->family, "ip6") == 0 ? "547" : "67");
		add(t, "%s -I %s -i %s -p udp --dport 53 -j ACCEPT", program, chain, bridge);
		add(t, "%s -I %s -i %s -p tcp --dport 53 -j ACCEPT", program, chain, bridge);
		return;
	}
	if (b->from)
		add(t, "%s -I %s -i %s -j ACCEPT", program, chain, bridge);
	if (b->to)
		add(t, "%s -I %s -o %s -j ACCEPT", program, chain, bridge);
}

static void by_nft(const char *bridge, bool open, const struct blocking *b, struct text *t)
{
	const char *in = strcmp(b->family, "bridge") == 0 ? "ibrname" : "iifname";
	const char *out = strcmp(b->family, "bridge") == 0 ? "obrname" : "oifname";
	const char *services = "";

	if (b->hook == HOOK_INPUT && open)
		services = "meta l4proto { tcp, udp } th dport { 53, 67, 547 } ";
	if (b->from)
		add(t, "nft 'insert rule %s %s %s meta %s \"%s\" %saccept'", b->family, b->table,
		    b->name, in, bridge, services);
	if (b->to)
		add(t, "nft 'insert rule %s %s %s meta %s \"%s\" accept'", b->family, b->table,
		    b->name, out, bridge);
}

static void by_firewalld(const char *bridge, bool open, struct text *t)
{
	add(t,
	    "firewall-cmd --permanent --zone=trusted --add-interface=%s && firewall-cmd --reload%s",
	    bridge, open ? " (in mode open, that opens the host itself to the guests, too)" : "");
}

/* Only root makes tables, and may give them any name: none that would not be taken as it is. */
static bool plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_-")] == '\0';
}

void obstacle_remedy(const struct network *n, const struct blocking *b, char *buf, size_t size)
{
	static const char *const iptables[] = {
		[HOOK_INPUT] = "INPUT",
		[HOOK_FORWARD] = "FORWARD",
		[HOOK_OUTPUT] = "OUTPUT",
	};
	struct text t = {.buf = buf, .size = size};
	const char *bridge = n->config.bridge;
	bool open = n->config.mode == NET_OPEN, ip = strcmp(b->family, "inet") != 0;

	buf[0] = '\0';
	if (has_chain(b, "ufw-"))
		by_ufw(bridge, open, b, &t);
	else if (strcmp(b->table, "firewalld") == 0)
		by_firewalld(bridge, open, &t);
	else if (ip && strcmp(b->table, "filter") == 0 && strcmp(b->name, iptables[b->hook]) == 0)
		by_iptables(bridge, open, b, &t);
	else if (plain(b->table) && plain(b->name))
		by_nft(bridge, open, b, &t);
	else
		add(&t, "let packets from and to '%s' pass there", bridge);
}

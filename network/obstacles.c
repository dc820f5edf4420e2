/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else on the host stands in a network's way. In netfilter an accept holds for its own
 * table only, and a drop for good: what another firewall drops, no rule of ours brings
 * back. So it is named, with the command that makes that firewall let the network be.
 *
 * A chain is in the way that ends in a drop, by its policy or by a rule without a condition,
 * and that leads to no rule which accepts something of the network's by name or address. That
 * is an estimate, made without knowing what packets there will be.
 */
#include "obstacles_priv.h"

#include "lib/nft_table.h"
#include "lib/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS_MAX 4096 /* of one table, that are looked at */
#define DEPTH_MAX 16    /* of chains within each other: the kernel's */
#define REMEDIES_MAX 16

#define MANY_NETWORKS 16 /* with more, a firewall's chains are asked for one by one */

struct report {
	const struct network *n;
	unsigned ours;    /* tables; a network has two */
	uint32_t foreign; /* families that have others, as bits 1 << NFPROTO_… */
	struct listing listing;
	obstacle_fn fn;
	void *ctx;
	char told[REMEDIES_MAX][512]; /* one command may help with several chains */
	size_t n_told;
};

/* What the rules that a chain leads to say of the network. */
struct view {
	const struct network *n;
	const struct blocking *b;
	struct listing *listing;  /* of its table; borrowed */
	char *chains[CHAINS_MAX]; /* that were reached; owned */
	size_t n_chains;
	bool from, to;    /* a rule accepts something that comes from the bridge, goes to it */
	bool established; /* a rule accepts answers */
};

/* Of one rule. */
struct words {
	bool ours;           /* it speaks of the network */
	bool from, to;       /* by what comes from it, what goes to it */
	bool passes, leads;  /* it accepts, or asks another chain */
	bool state, refuses; /* it looks at connections; it drops or rejects */
	bool condition;
};

const char *json_text(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) && value ? json_object_get_string(value)
								  : "";
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* ---- rules */

/* The bridge, a pattern that stands for it, or one of the network's subnets. */
static bool names_us(const struct network *n, const char *text)
{
	const char *bridge = n->config.bridge;
	size_t len = strlen(text);

	if (is(text, bridge) ||
	    (len > 1 && text[len - 1] == '*' && strncmp(text, bridge, len - 1) == 0))
		return true;
	for (size_t i = 0; i < n->config.n_addresses; i++) {
		struct net_ip ip;

		if (net_ip_parse(text, len, &ip) == 0 &&
		    net_ip_within(&ip, &n->config.addresses[i]))
			return true;
	}
	return false;
}

static void reach(struct view *v, const char *chain)
{
	for (size_t i = 0; i < v->n_chains; i++)
		if (is(v->chains[i], chain))
			return;
	if (v->n_chains < CHAINS_MAX && (v->chains[v->n_chains] = strdup(chain)))
		v->n_chains++;
}

/* A key of a match or statement. */
static void note_key(struct words *w, const char *key)
{
	w->passes |= is(key, "accept");
	w->leads |= is(key, "jump") || is(key, "goto") || is(key, "vmap");
	w->refuses |= is(key, "drop") || is(key, "reject");
	w->condition |= is(key, "match") || is(key, "vmap") || is(key, "limit");
}

static void note_text(struct view *v, struct words *w, const char *text)
{
	w->from |=
		is(text, "iifname") || is(text, "iif") || is(text, "ibrname") || is(text, "saddr");
	w->to |= is(text, "oifname") || is(text, "oif") || is(text, "obrname") || is(text, "daddr");
	w->state |= is(text, "established");
	w->ours |= names_us(v->n, text);
}

/* What is still in the hands of an extension of iptables. */
static void note_extension(struct words *w, struct json_object *xt)
{
	const char *name = json_text(xt, "name");

	w->refuses |= is(name, "REJECT") || is(name, "DROP");
	w->state |= is(name, "conntrack") || is(name, "state");
	w->condition |= is(json_text(xt, "type"), "match");
}

static void walk(struct view *v, struct words *w, struct json_object *o, unsigned depth);

/* A set or map with a name: nothing but its elements is left to be told. */
static void walk_named(struct view *v, struct words *w, const char *name, unsigned depth)
{
	static const char *const kinds[] = {"set", "map"};
	char command[3 * NFT_NAME_SIZE];

	/* It may be any text that a rule has. */
	if (!listing_word(name) || !listing_word(v->b->table))
		return;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct json_object *o;

		snprintf(command, sizeof(command), "list %s %s %s %s", kinds[i], v->b->family,
			 v->b->table, name);
		o = listing_ask(command, 0);
		walk(v, w, o, depth);
		json_object_put(o);
	}
}

static void walk_object(struct view *v, struct words *w, struct json_object *o, unsigned depth)
{
	json_object_object_foreach(o, key, value)
	{
		note_key(w, key);
		if (is(key, "xt"))
			note_extension(w, value);
		else if (is(key, "jump") || is(key, "goto"))
			reach(v, json_text(value, "target"));
		else
			walk(v, w, value, depth);
	}
}

static void walk(struct view *v, struct words *w, struct json_object *o, unsigned depth)
{
	if (!o || depth > 32)
		return;
	if (json_object_is_type(o, json_type_object))
		walk_object(v, w, o, depth + 1);
	else if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk(v, w, json_object_array_get_idx(o, i), depth + 1);
	else if (json_object_is_type(o, json_type_string)) {
		const char *text = json_object_get_string(o);

		if (text[0] == '@')
			walk_named(v, w, text + 1, depth + 1);
		else
			note_text(v, w, text);
	}
}

typedef bool (*rule_fn)(struct view *v, struct json_object *expr, unsigned depth);

/* Calls fn with each rule of the chain, until it returns true. */
static bool each_rule(struct view *v, const char *chain, rule_fn fn, unsigned depth)
{
	const struct listed_chain *c = listing_chain(v->listing, chain);
	struct json_object *list = c ? c->rules : NULL;
	bool found = false;

	for (size_t i = 0; list && !found && i < json_object_array_length(list); i++) {
		struct json_object *rule, *expr;

		found = json_object_object_get_ex(json_object_array_get_idx(list, i), "rule",
						  &rule) &&
			is(json_text(rule, "chain"), chain) &&
			json_object_object_get_ex(rule, "expr", &expr) && fn(v, expr, depth);
	}
	return found;
}

static bool look_for_us(struct view *v, struct json_object *expr, unsigned depth)
{
	struct words w = {0};

	(void)depth;
	walk(v, &w, expr, 0);
	if ((w.passes || w.leads) && w.ours) {
		v->from |= w.from;
		v->to |= w.to;
	}
	/* Docker lets answers pass to its own bridges. */
	v->established |= w.passes && w.state && !w.from && !w.to;
	return false;
}

/* ---- chains */

static bool ends_in_drop(struct view *v, const char *chain, unsigned depth);

/* Where a rule without a condition leads to, or NULL. */
static const char *target(struct json_object *expr)
{
	static const char *const words[] = {"jump", "goto"};
	struct json_object *to;

	for (size_t i = 0; i < json_object_array_length(expr); i++)
		for (size_t j = 0; j < ARRAY_LEN(words); j++)
			if (json_object_object_get_ex(json_object_array_get_idx(expr, i), words[j],
						      &to))
				return json_text(to, "target");
	return NULL;
}

/* Is this where every packet ends that comes here? */
static bool drops_all(struct view *v, struct json_object *expr, unsigned depth)
{
	const char *to = target(expr);
	struct words w = {0};

	walk(v, &w, expr, 0);
	if (w.condition)
		return false;
	return w.refuses || (to && depth < DEPTH_MAX && ends_in_drop(v, to, depth + 1));
}

static bool ends_in_drop(struct view *v, const char *chain, unsigned depth)
{
	struct listed_chain *c = listing_chain(v->listing, chain);

	if (!c || c->passes)
		return false;
	if (each_rule(v, chain, drops_all, depth))
		return true;
	c->passes = true;
	return false;
}

/* Every chain that b leads to, and what is said there. */
static void look_at_rules(struct view *v)
{
	reach(v, v->b->name);
	for (size_t i = 0; i < v->n_chains; i++)
		each_rule(v, v->chains[i], look_for_us, 0);
}

static void tell(struct report *r, struct blocking *b, const char *more)
{
	char what[640], how[sizeof(r->told[0])] = "";

	snprintf(what, sizeof(what),
		 "chain '%s' of the firewall table '%s %s' drops what it does not know%s",
		 QUOTE(b->name), b->family, QUOTE(b->table), more);
	b->objects = listing_all(&r->listing);
	obstacle_remedy(r->n, b, how, sizeof(how));
	for (size_t i = 0; i < r->n_told; i++)
		if (is(r->told[i], how))
			return;
	if (r->n_told < REMEDIES_MAX)
		memcpy(r->told[r->n_told++], how, sizeof(how));
	r->fn(what, how, r->ctx);
}

/* Does br_netfilter lead frames between guests through the rules for packets? */
static bool frames_are_packets(const char *family)
{
	char path[96], value = '0';

	snprintf(path, sizeof(path), "/proc/sys/net/bridge/bridge-nf-call-ip%stables",
		 is(family, "ip6") ? "6" : "");
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &value, 1) == 1 && value == '1';
}

/* Does the network need what the chain may drop? *more: why, where it is no matter of course. */
static bool concerns(const struct network *n, const struct blocking *b, const char **more)
{
	const struct net_config *c = &n->config;

	*more = "";
	if (is(b->family, "ip") ? !net_config_has(c, AF_INET)
				: is(b->family, "ip6") && !net_config_has(c, AF_INET6))
		return false;
	if (b->hook != HOOK_FORWARD)
		return service_wanted(c) || c->n_services > 0;
	if (c->mode != NET_ISOLATED)
		return true;
	if (!c->guests_isolated && is(b->family, "bridge"))
		return true;
	*more = ", frames between guests included (net.bridge.bridge-nf-call-iptables is 1)";
	return !c->guests_isolated && frames_are_packets(b->family);
}

static void judge(struct report *r, struct blocking *b, bool policy_drops, const char *more)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v)
		return;
	v->n = r->n;
	v->b = b;
	v->listing = &r->listing;
	if (policy_drops || ends_in_drop(v, b->name, 0)) {
		look_at_rules(v);
		b->from = b->hook != HOOK_OUTPUT && !v->from;
		b->to = b->hook != HOOK_INPUT && !v->to;
		/* Of a network that is translated nothing but answers goes to the guests. */
		if (b->hook == HOOK_FORWARD && v->established && r->n->config.mode == NET_NAT &&
		    r->n->config.n_forwards == 0)
			b->to = false;
		if (b->hook == HOOK_OUTPUT && v->established)
			b->to = false;
		if (b->from || b->to)
			tell(r, b, more);
	}
	for (size_t i = 0; i < v->n_chains; i++)
		free(v->chains[i]);
	free(v);
}

static bool takes_hook(unsigned number, enum hook *ret)
{
	switch (number) {
	case NF_INET_LOCAL_IN:
		*ret = HOOK_INPUT;
		return true;
	case NF_INET_FORWARD:
		*ret = HOOK_FORWARD;
		return true;
	case NF_INET_LOCAL_OUT:
		*ret = HOOK_OUTPUT;
		return true;
	default:
		return false;
	}
}

static bool is_ours(const char *table)
{
	return strncmp(table, "netgrant-", 9) == 0;
}

static void look_at_chain(const struct nft_chain *chain, void *ctx)
{
	struct report *r = ctx;
	struct blocking b = {.family = nft_family_name(chain->family),
			     .table = chain->table,
			     .name = chain->name};
	const struct listed_chain *c;
	const char *more;

	if (chain->nats || !b.family || !takes_hook(chain->hook, &b.hook) || is_ours(b.table) ||
	    !concerns(r->n, &b, &more))
		return;
	listing_begin(&r->listing, b.family, b.table, r->ours > 2 * MANY_NETWORKS);
	c = listing_chain(&r->listing, b.name);
	if (c && c->rules)
		judge(r, &b, chain->drops, more);
}

static void count_table(const struct nft_table *table, void *ctx)
{
	struct report *r = ctx;

	if (is_ours(table->name))
		r->ours++;
	else if (nft_family_name(table->family))
		r->foreign |= UINT32_C(1) << table->family;
}

/* Where there is no table but ours, no chain is asked for. */
static int look_at_chains(struct report *r)
{
	int result = nft_each_table(count_table, r);

	for (int family = 0; result == 0 && family < NFPROTO_NUMPROTO; family++)
		if (r->foreign >> family & 1)
			result = nft_each_chain(family, look_at_chain, r);
	listing_end(&r->listing);
	return result;
}

/* The old iptables keep tables of their own, which nft does not show. */
static void look_at_legacy(const struct report *r, const char *path, const char *program)
{
	char how[128], *names;
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len;
	int err = 0;

	names = fd < 0 ? NULL : read_whole(fd, 4096, &len, &err);
	if (names && strstr(names, "filter")) {
		snprintf(how, sizeof(how), "look whether '%s-legacy -S' lets '%s' pass", program,
			 r->n->config.bridge);
		r->fn("the host has rules of the old iptables, which cannot be read here", how,
		      r->ctx);
	}
	free(names);
}

void obstacles(const struct network *n, obstacle_fn fn, void *ctx)
{
	struct report r = {.n = n, .fn = fn, .ctx = ctx};

	if (look_at_chains(&r) < 0)
		fn("the host's firewall cannot be read", "nft list chains", ctx);
	look_at_legacy(&r, "/proc/net/ip_tables_names", "iptables");
	look_at_legacy(&r, "/proc/net/ip6_tables_names", "ip6tables");
}

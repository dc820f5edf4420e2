/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include "lib/link_net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

struct search {
	struct network *n;
	uint8_t mac[MAC_LEN];
	struct link_info by_alias, by_name, by_mac;
};

/*
 * A bridge that was given no address would change it with its ports; and guests would
 * have to learn a new one each time the network comes up. Local, "ng", and FNV-1a of the name.
 */
static void own_mac(const char *name, uint8_t ret[MAC_LEN])
{
	uint32_t hash = 2166136261U;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	ret[0] = 0x02;
	ret[1] = 'n';
	ret[2] = 'g';
	ret[3] = (uint8_t)(hash >> 16);
	ret[4] = (uint8_t)(hash >> 8);
	ret[5] = (uint8_t)hash;
}

/* Made by us, and killed before it had an alias: the group says so from the first moment. */
static bool is_half_made(const struct link_info *info)
{
	return info->group == NETNAME_BRIDGES && !info->alias[0] &&
	       strcmp(info->kind, "bridge") == 0;
}

static int look(const struct link_info *info, void *ctx)
{
	struct search *s = ctx;
	bool isolated;

	if (strcmp(info->kind, "bridge") == 0 && netname_is(info->alias, s->n->name, &isolated))
		s->by_alias = *info;
	if (strcmp(info->name, s->n->config.bridge) == 0)
		s->by_name = *info;
	if (is_half_made(info) && memcmp(info->mac, s->mac, MAC_LEN) == 0)
		s->by_mac = *info;
	return 0;
}

int bridge_find(struct network *n)
{
	char altname[NETNAME_ALTNAME_SIZE];
	struct link_info found;
	struct search s;
	int r = -EAGAIN;

	memset(&n->bridge, 0, sizeof(n->bridge));
	/* Down needs no file, and finds a bridge of that default name too. */
	if (!n->config.bridge[0])
		snprintf(n->config.bridge, sizeof(n->config.bridge), "ng-%s", n->name);
	/* A dump that devices came and went in is not complete: begin again. */
	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++) {
		memset(&s, 0, sizeof(s));
		s.n = n;
		own_mac(n->name, s.mac);
		r = link_each(n->conn, look, &s);
	}
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot list devices: %s", strerror(-r));
	if (s.by_alias.index)
		n->bridge = s.by_alias;
	else if (is_half_made(&s.by_name))
		n->bridge = s.by_name;
	/* Of a name that only the file knew. */
	else if (s.by_mac.index)
		n->bridge = s.by_mac;
	else if (s.by_name.index && n->loaded)
		return worker_fail(
			EX_FAILED,
			"device '%s', the bridge of network '%s', exists and was not made by "
			"nat-setup; remove it, or name another one with bridge=",
			s.by_name.name, n->name);
	r = link_get_altname(n->conn, netname_altname(altname, n->name), &found);
	n->is_up = r == 0 && found.index == n->bridge.index;
	return EX_DONE;
}

/* ---- overlap */

static struct link_prefix as_prefix(const struct net_address *a, unsigned index)
{
	struct link_prefix p = {.index = index, .family = a->ip.family, .prefix = a->prefix};

	if (a->ip.family == AF_INET)
		p.u.v4 = a->ip.u.v4;
	else
		p.u.v6 = a->ip.u.v6;
	return p;
}

static struct net_ip as_ip(const struct link_prefix *p)
{
	struct net_ip ip = {.family = p->family};

	if (p->family == AF_INET)
		ip.u.v4 = p->u.v4;
	else
		ip.u.v6 = p->u.v6;
	return ip;
}

/* Which address of the file that is; -1: none. */
static int find_ours(const struct network *n, const struct link_prefix *p)
{
	struct net_ip ip = as_ip(p);

	for (size_t i = 0; i < n->config.n_addresses; i++) {
		const struct net_address *a = &n->config.addresses[i];

		if (a->ip.family == p->family && a->prefix == p->prefix &&
		    net_ip_compare(&a->ip, &ip) == 0)
			return (int)i;
	}
	return -1;
}

struct overlap {
	const struct network *n;
	struct link_prefix what;
	const struct net_address *with;
	bool there[NET_ADDRESSES_MAX]; /* which of ours the bridge has already */
	bool of_those;                 /* those are looked at, else the others */
};

static int note_there(const struct link_prefix *p, void *ctx)
{
	struct overlap *o = ctx;
	int which = p->index == o->n->bridge.index ? find_ours(o->n, p) : -1;

	if (which >= 0)
		o->there[which] = true;
	return 0;
}

static int compare(const struct link_prefix *p, void *ctx)
{
	struct overlap *o = ctx;
	struct net_address other = {.ip = as_ip(p), .prefix = p->prefix};

	if (p->index == o->n->bridge.index || p->prefix == 0 || p->table == RT_TABLE_LOCAL ||
	    p->type == RTN_MULTICAST || p->type == RTN_BROADCAST)
		return 0;
	if (p->family == AF_INET6 &&
	    (IN6_IS_ADDR_LINKLOCAL(&p->u.v6) || IN6_IS_ADDR_MULTICAST(&p->u.v6)))
		return 0;
	for (size_t i = 0; i < o->n->config.n_addresses; i++) {
		const struct net_address *a = &o->n->config.addresses[i];

		if (o->there[i] == o->of_those &&
		    (net_ip_within(&other.ip, a) || net_ip_within(&a->ip, &other))) {
			o->what = *p;
			o->with = a;
			return 1;
		}
	}
	return 0;
}

static int check_overlap(struct overlap *o)
{
	const struct network *n = o->n;
	char ours[NET_IP_TEXT_SIZE], theirs[NET_IP_TEXT_SIZE];
	struct link_info device = {0};
	struct net_ip ip;
	const char *kind = "address";
	int r = link_each_address(n->conn, compare, o);

	if (r == 0) {
		kind = "route";
		r = link_each_route(n->conn, compare, o);
	}
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot list addresses and routes: %s", strerror(-r));
	if (r == 0)
		return EX_DONE;
	ip = as_ip(&o->what);
	if (o->what.index == 0 || link_get_index(n->conn, o->what.index, &device) < 0)
		snprintf(device.name, sizeof(device.name), "none");
	return worker_fail(
		o->of_those ? EX_DONE : EX_FAILED,
		"%snetwork '%s': address %s/%u overlaps the host's %s %s/%u on device '%s'; "
		"choose another subnet in " NETWORKS_CONF "/%s.conf",
		o->of_those ? "warning: " : "", n->name, net_ip_format(ours, &o->with->ip),
		o->with->prefix, kind, net_ip_format(theirs, &ip), o->what.prefix, device.name,
		n->name);
}

int bridge_check_overlap(const struct network *n)
{
	struct overlap o = {.n = n};
	int r = n->is_up ? link_each_address_of(n->conn, n->bridge.index, note_there, &o) : 0;

	if (r < 0)
		return worker_fail(EX_FAILED, "cannot list addresses: %s", strerror(-r));
	r = check_overlap(&o);
	o.of_those = true;
	return r == EX_DONE && n->is_up ? check_overlap(&o) : r;
}

/* ---- the bridge and its addresses */

static int failed(const struct network *n, const char *what, int err)
{
	const char *words = link_error(n->conn);

	return worker_fail(EX_FAILED, "cannot %s bridge '%s': %s%s%s", what, n->config.bridge,
			   strerror(-err), words[0] ? ": " : "", words);
}

struct addresses {
	const struct network *n;
	struct link_prefix wrong[NET_ADDRESSES_MAX];
	size_t n_wrong;
};

static int note_wrong(const struct link_prefix *p, void *ctx)
{
	struct addresses *a = ctx;

	if (p->index == a->n->bridge.index && find_ours(a->n, p) < 0 &&
	    !(p->family == AF_INET6 && p->scope == RT_SCOPE_LINK) &&
	    a->n_wrong < ARRAY_LEN(a->wrong))
		a->wrong[a->n_wrong++] = *p;
	return 0;
}

/* The bridge has the addresses of the file, and no other. */
static int set_addresses(const struct network *n)
{
	struct addresses a = {.n = n};
	int r = link_each_address_of(n->conn, n->bridge.index, note_wrong, &a);

	for (size_t i = 0; r == 0 && i < a.n_wrong; i++)
		r = link_del_address(n->conn, &a.wrong[i]);
	for (size_t i = 0; r == 0 && i < n->config.n_addresses; i++) {
		struct link_prefix p = as_prefix(&n->config.addresses[i], n->bridge.index);

		r = link_add_address(n->conn, &p);
	}
	return r < 0 ? failed(n, "give its addresses to", r) : EX_DONE;
}

/* Before the bridge is up, so that no advertisement of a guest is ever listened to. */
static int set_settings(const struct network *n)
{
	bool six = net_config_has(&n->config, AF_INET6);
	const struct {
		const char *family, *name, *value;
	} settings[] = {
		/* The addresses are ours; nobody can have them before. */
		{"ipv6", "accept_dad", "0"},
		{"ipv6", "accept_ra", "0"},
		{"ipv6", "autoconf", "0"},
		{"ipv6", "accept_redirects", "0"},
		{"ipv6", "disable_ipv6", six ? "0" : "1"},
		{"ipv4", "accept_redirects", "0"},
		{"ipv4", "send_redirects", "0"},
	};
	char path[96];
	int r;

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		snprintf(path, sizeof(path), "%s/conf/%s/%s", settings[i].family, n->bridge.name,
			 settings[i].name);
		r = setting_write(path, settings[i].value);
		/* A kernel without IPv6 has nothing to be turned off. */
		if (r < 0 && !(r == -ENOENT && strcmp(settings[i].family, "ipv6") == 0 && !six))
			return worker_fail(EX_FAILED, "cannot set /proc/sys/net/%s: %s", path,
					   strerror(-r));
	}
	snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", n->bridge.name);
	r = setting_hold(n, path, n->config.mode == NET_ISOLATED ? "0" : "1");
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot set /proc/sys/net/%s: %s", path,
				   strerror(-r));
	return EX_DONE;
}

struct ports {
	const struct network *n;
	unsigned wrong[1024];
	size_t n_wrong;
};

static int note_port(const struct link_info *info, void *ctx)
{
	struct ports *p = ctx;
	const struct net_config *c = &p->n->config;

	if (info->master == p->n->bridge.index &&
	    info->group == netname_port_group(p->n->bridge.index) &&
	    (info->mtu != c->mtu || (c->guests_isolated && !info->isolated)) &&
	    p->n_wrong < ARRAY_LEN(p->wrong))
		p->wrong[p->n_wrong++] = info->index;
	return 0;
}

/* Ports that there are, as new ones would be. But which of those that are isolated were so by
 * their own rule, nobody knows any more. */
static int set_ports(const struct network *n)
{
	const struct link_flags isolated = {.isolated = true};
	struct ports p = {.n = n};
	int r = -EAGAIN;

	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++) {
		p.n_wrong = 0;
		r = link_each(n->conn, note_port, &p);
	}
	for (size_t i = 0; r == 0 && i < p.n_wrong; i++) {
		r = link_set_mtu(n->conn, p.wrong[i], n->config.mtu);
		if (r == 0 && n->config.guests_isolated)
			r = link_set_flags(n->conn, p.wrong[i], &isolated);
		if (r == -ENODEV) /* it has left */
			r = 0;
	}
	return r;
}

int bridge_make(struct network *n)
{
	const struct net_config *c = &n->config;
	char alias[ALIAS_SIZE];
	uint8_t mac[MAC_LEN];
	bool made = !n->bridge.index;
	struct link_bridge b = {
		.name = c->bridge,
		.alias = alias,
		.group = NETNAME_BRIDGES,
		.mtu = c->mtu,
		.stp = c->stp,
		.mac = mac,
	};
	int r;

	if (n->bridge.index && strcmp(n->bridge.name, c->bridge) != 0)
		return worker_fail(
			EX_FAILED,
			"network '%s' is up on bridge '%s', but its file says '%s'; run: "
			"nat-setup down %s",
			n->name, n->bridge.name, c->bridge, n->name);
	netname_alias(alias, n->name, c->guests_isolated);
	own_mac(n->name, mac);
	if (made) {
		r = link_create_bridge(n->conn, &b);
		if (r == 0)
			r = link_get(n->conn, c->bridge, &n->bridge);
		if (r < 0)
			return failed(n, "make", r);
	}
	if (c->has_mac)
		b.mac = c->mac;
	r = link_change_bridge(n->conn, n->bridge.index, &b);
	if (r == 0) {
		memcpy(n->bridge.mac, b.mac, MAC_LEN); /* the rules name it */
		r = made ? 0 : set_ports(n);
	}
	if (r < 0)
		return failed(n, "set up", r);
	r = set_settings(n);
	return r == EX_DONE ? set_addresses(n) : r;
}

int bridge_up(struct network *n)
{
	int r = link_up(n->conn, n->bridge.index);

	return r < 0 ? failed(n, "bring up", r) : EX_DONE;
}

int bridge_announce(struct network *n)
{
	char altname[NETNAME_ALTNAME_SIZE];
	int r = 0;

	if (!n->is_up)
		r = link_add_altname(n->conn, n->bridge.index, netname_altname(altname, n->name));
	if (r < 0)
		return failed(n, "announce", r);
	n->is_up = true;
	return EX_DONE;
}

int bridge_withdraw(struct network *n)
{
	char altname[NETNAME_ALTNAME_SIZE];
	int r = 0;

	if (n->is_up)
		r = link_del_altname(n->conn, n->bridge.index, netname_altname(altname, n->name));
	if (r < 0)
		return failed(n, "withdraw", r);
	n->is_up = false;
	return EX_DONE;
}

int bridge_remove(struct network *n)
{
	int r = bridge_withdraw(n);

	if (r != EX_DONE)
		return r;
	if (n->bridge.index)
		r = link_delete(n->conn, n->bridge.index);
	if (r < 0 && r != -ENODEV)
		return failed(n, "remove", r);
	n->bridge.index = 0;
	return EX_DONE;
}

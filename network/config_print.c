/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The normal form: sections and keys in one order, defaults left out. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out {
	char *buf;
	size_t size, used;
	bool failed;
	const char *section; /* to be written before the next key; NULL: is there */
	const char *name;
	unsigned items; /* of the list that is being written */
};

PRINTF(2, 3) static void put(struct out *o, const char *fmt, ...)
{
	va_list args;
	int n;

	for (;;) {
		size_t room = o->size - o->used;
		char *bigger;

		if (o->failed)
			return;
		va_start(args, fmt);
		n = vsnprintf(o->buf + o->used, room, fmt, args);
		va_end(args);
		if (n >= 0 && (size_t)n < room)
			break;
		bigger = n < 0 ? NULL : realloc(o->buf, 2 * o->size + (size_t)n + 1);
		if (!bigger) {
			o->failed = true;
			return;
		}
		o->size = 2 * o->size + (size_t)n + 1;
		o->buf = bigger;
	}
	o->used += (size_t)n;
}

static void section(struct out *o, const char *kind, const char *name)
{
	o->section = kind;
	o->name = name;
}

/* "key=", and the section's line before its first one. */
static void key(struct out *o, const char *name)
{
	if (o->section)
		put(o, "%s[%s%s%s]\n", o->used ? "\n" : "", o->section, o->name ? " " : "",
		    o->name ? o->name : "");
	o->section = NULL;
	o->items = 0;
	put(o, "%s=", name);
}

/* Begins an item of a list: its key, or a comma. */
static void item(struct out *o, const char *name)
{
	if (o->items == 0)
		key(o, name);
	else
		put(o, ", ");
	o->items++;
}

static void end(struct out *o)
{
	if (o->items > 0)
		put(o, "\n");
	o->items = 0;
}

static void put_text(struct out *o, const char *name, const char *text)
{
	if (!text || text[0] == '\0')
		return;
	key(o, name);
	put(o, "%s\n", text);
}

static void put_ip(struct out *o, const char *name, const struct net_ip *ip)
{
	char text[NET_IP_TEXT_SIZE];

	if (ip->family)
		put_text(o, name, net_ip_format(text, ip));
}

static void put_mac(struct out *o, bool has, const uint8_t mac[MAC_LEN])
{
	char text[MAC_TEXT_SIZE];

	if (has)
		put_text(o, "mac", mac_format(text, mac));
}

static void put_ports(struct out *o, const struct net_ports *ports)
{
	put(o, "%u", ports->first);
	if (ports->last != ports->first)
		put(o, "-%u", ports->last);
}

/* single: one address may stand for a range of itself. */
static void put_range(struct out *o, const struct net_range *range, bool single)
{
	char text[NET_IP_TEXT_SIZE];

	put(o, "%s", net_ip_format(text, &range->first));
	if (!single || net_ip_compare(&range->first, &range->last) != 0)
		put(o, "-%s", net_ip_format(text, &range->last));
}

/* ADDRESS or ADDRESS:PORT; port 0: none. */
static void put_endpoint(struct out *o, const struct net_ip *ip, unsigned port)
{
	bool brackets = ip->family == AF_INET6 && port != 0;
	char text[NET_IP_TEXT_SIZE];

	put(o, "%s%s%s", brackets ? "[" : "", net_ip_format(text, ip), brackets ? "]" : "");
	if (port != 0)
		put(o, ":%u", port);
}

static void put_lease(struct out *o, uint32_t seconds)
{
	if (seconds == 3600)
		return;
	key(o, "lease-time");
	if (seconds % 86400 == 0)
		put(o, "%ud\n", seconds / 86400);
	else if (seconds % 3600 == 0)
		put(o, "%uh\n", seconds / 3600);
	else if (seconds % 60 == 0)
		put(o, "%um\n", seconds / 60);
	else
		put(o, "%us\n", seconds);
}

static void print_network(struct out *o, const struct net_config *c)
{
	static const char *const modes[] = {
		[NET_NAT] = "nat",
		[NET_ROUTE] = "route",
		[NET_ISOLATED] = "isolated",
		[NET_OPEN] = "open",
	};

	section(o, "network", NULL);
	put_text(o, "mode", modes[c->mode]);
	put_text(o, "uplink", c->uplink);
	if (strncmp(c->bridge, "ng-", 3) != 0 || strcmp(c->bridge + 3, c->name) != 0)
		put_text(o, "bridge", c->bridge);
	put_mac(o, c->has_mac, c->mac);
	if (c->mtu != 1500) {
		key(o, "mtu");
		put(o, "%u\n", c->mtu);
	}
	put_text(o, "stp", c->stp ? "yes" : "");
	put_text(o, "guests", c->guests_isolated ? "isolated" : "");
	put_text(o, "start", c->start_allowed ? "" : "admin");
	put_text(o, "stop", c->stop_last ? "last-port" : "");
	for (size_t i = 0; i < c->n_services; i++) {
		item(o, "host-services");
		put(o, "%s/", c->services[i].protocol == NET_TCP ? "tcp" : "udp");
		put_ports(o, &c->services[i].ports);
	}
	end(o);
	if (c->leases_per_port != 8) {
		key(o, "leases-per-port");
		put(o, "%u\n", c->leases_per_port);
	}
}

/* What [ipv4] and [ipv6] have in common. */
static void print_family(struct out *o, const struct net_config *c, int family)
{
	char text[NET_IP_TEXT_SIZE];

	section(o, family == AF_INET ? "ipv4" : "ipv6", NULL);
	for (size_t i = 0; i < c->n_addresses; i++) {
		const struct net_address *a = &c->addresses[i];

		if (a->ip.family != family)
			continue;
		item(o, "address");
		put(o, "%s/%u", net_ip_format(text, &a->ip), a->prefix);
	}
	end(o);
	for (size_t i = 0; i < c->n_dhcp; i++) {
		if (c->dhcp[i].first.family != family)
			continue;
		item(o, "dhcp");
		put_range(o, &c->dhcp[i], false);
	}
	end(o);
	put_lease(o, family == AF_INET ? c->lease4 : c->lease6);
}

static void print_addresses(struct out *o, const struct net_config *c)
{
	bool has6 = false;

	print_family(o, c, AF_INET);
	if (c->nat.first.family) {
		key(o, "nat-address");
		put_range(o, &c->nat, true);
		put(o, "\n");
	}
	if (c->nat_ports.first) {
		key(o, "nat-ports");
		put_ports(o, &c->nat_ports);
		put(o, "\n");
	}
	print_family(o, c, AF_INET6);
	for (size_t i = 0; i < c->n_addresses; i++)
		has6 = has6 || c->addresses[i].ip.family == AF_INET6;
	if (has6 && !c->ra)
		put_text(o, "ra", "no");
	put_text(o, "nat", c->nat6 ? "yes" : "");
}

static void print_services(struct out *o, const struct net_config *c)
{
	char text[NET_IP_TEXT_SIZE];

	section(o, "dhcp", NULL);
	put_text(o, "router", c->no_router ? "none" : net_ip_format(text, &c->router));
	for (size_t i = 0; i < c->n_ntp; i++) {
		item(o, "ntp");
		put(o, "%s", net_ip_format(text, &c->ntp[i]));
	}
	end(o);
	for (size_t i = 0; i < c->n_search; i++) {
		item(o, "search");
		put(o, "%s", c->search[i]);
	}
	end(o);
	put_text(o, "boot-file", c->boot_file);
	put_ip(o, "boot-server", &c->boot_server);

	section(o, "dns", NULL);
	put_text(o, "enabled", c->dns ? "" : "no");
	put_text(o, "domain", c->domain);
	for (size_t i = 0; i < c->n_forwarders; i++) {
		const struct net_forwarder *f = &c->forwarders[i];

		item(o, "forwarders");
		put(o, "%s%s", f->domain, f->domain[0] ? "@" : "");
		put_endpoint(o, &f->ip, f->port == 53 ? 0 : f->port);
	}
	end(o);
	section(o, "tftp", NULL);
	put_text(o, "root", c->tftp_root);
}

static void print_record(struct out *o, const struct net_record *rec)
{
	char text[NET_IP_TEXT_SIZE];

	section(o, "record", rec->name);
	for (size_t i = 0; i < rec->n_addresses; i++) {
		item(o, "address");
		put(o, "%s", net_ip_format(text, &rec->addresses[i]));
	}
	end(o);
	if (rec->txt) {
		key(o, "txt");
		put(o, "\"%s\"\n", rec->txt);
	}
	if (rec->srv_target) {
		key(o, "srv");
		put(o, "%s:%u:%u:%u\n", rec->srv_target, rec->srv_port, rec->srv_priority,
		    rec->srv_weight);
	}
}

static void print_forward(struct out *o, const struct net_forward *f)
{
	section(o, "forward", f->name);
	put_text(o, "protocol",
		 f->protocols == NET_TCP   ? "tcp"
		 : f->protocols == NET_UDP ? "udp"
					   : "tcp, udp");
	key(o, "port");
	put_ports(o, &f->port);
	put(o, "\n");
	key(o, "to");
	put_endpoint(o, &f->to, f->to_port == f->port.first ? 0 : f->to_port);
	put(o, "\n");
	put_ip(o, "address", &f->address);
}

char *net_config_print(const struct net_config *config)
{
	struct out o = {.buf = malloc(1024), .size = 1024};

	if (!o.buf)
		return NULL;
	print_network(&o, config);
	print_addresses(&o, config);
	print_services(&o, config);
	for (size_t i = 0; i < config->n_hosts; i++) {
		section(&o, "host", config->hosts[i].name);
		put_mac(&o, config->hosts[i].has_mac, config->hosts[i].mac);
		put_text(&o, "id", config->hosts[i].id);
		put_ip(&o, "ipv4", &config->hosts[i].ipv4);
		put_ip(&o, "ipv6", &config->hosts[i].ipv6);
	}
	for (size_t i = 0; i < config->n_records; i++)
		print_record(&o, &config->records[i]);
	for (size_t i = 0; i < config->n_forwards; i++)
		print_forward(&o, &config->forwards[i]);
	if (o.failed) {
		free(o.buf);
		return NULL;
	}
	return o.buf;
}

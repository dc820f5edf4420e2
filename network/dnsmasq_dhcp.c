/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dnsmasq_priv.h"

#include <stdio.h>
#include <string.h>

/* A bridge has 1023 ports at most. More leases than all of them may have help nobody. */
#define PORTS_MOST 1024

static bool in_subnet(const struct net_config *c, const struct net_address *a)
{
	for (size_t i = 0; i < c->n_dhcp; i++)
		if (net_ip_within(&c->dhcp[i].first, a))
			return true;
	return false;
}

/* Does a host always get an address of this subnet? */
static bool has_host(const struct net_config *c, const struct net_address *a)
{
	for (size_t i = 0; i < c->n_hosts; i++)
		if (net_ip_within(&c->hosts[i].ipv4, a) || net_ip_within(&c->hosts[i].ipv6, a))
			return true;
	return false;
}

bool dnsmasq_dhcp_of(const struct net_config *c, int family)
{
	for (size_t i = 0; i < c->n_addresses; i++) {
		const struct net_address *a = &c->addresses[i];

		if (a->ip.family == family && (in_subnet(c, a) || has_host(c, a)))
			return true;
	}
	return false;
}

bool dnsmasq_advertises(const struct net_config *c)
{
	for (size_t i = 0; c->ra && i < c->n_addresses; i++)
		if (c->addresses[i].ip.family == AF_INET6)
			return true;
	return false;
}

static struct net_address subnet64(const struct net_address *a)
{
	struct net_address wide = *a;

	if (wide.prefix < 64)
		wide.prefix = 64;
	return wide;
}

static void render_range(struct dq_out *o, const struct net_config *c,
			 const struct net_range *range)
{
	for (size_t i = 0; i < c->n_addresses; i++) {
		const struct net_address *a = &c->addresses[i];
		struct net_address six = subnet64(a), all = *a;
		struct net_ip mask;

		if (!net_ip_within(&range->first, a))
			continue;
		if (a->ip.family == AF_INET6) {
			/* dnsmasq serves no more than the /64 where the host is. */
			if (!net_ip_within(&range->first, &six) ||
			    !net_ip_within(&range->last, &six))
				break;
			dq_put(o, "dhcp-range=%s,%s,%u,%u", IP(&range->first), IP(&range->last),
			       six.prefix, c->lease6);
			return;
		}
		memset(&all.ip.u, 0xff, sizeof(all.ip.u));
		mask = net_subnet(&all);
		dq_put(o, "dhcp-range=%s,%s,%s,%u", IP(&range->first), IP(&range->last), IP(&mask),
		       c->lease4);
		return;
	}
	dq_refuse(o);
}

/* Subnets without a range: hosts that have an address in it, and router advertisements. */
static void render_subnet(struct dq_out *o, const struct net_config *c, const struct net_address *a)
{
	struct net_address six = subnet64(a), all = *a;
	struct net_ip subnet, mask;
	bool hosts = has_host(c, a);

	if (in_subnet(c, a))
		return;
	if (a->ip.family == AF_INET6) {
		subnet = net_subnet(&six);
		if (hosts)
			dq_put(o, "dhcp-range=%s,static%s,%u,%u", IP(&subnet),
			       c->ra ? ",slaac" : "", six.prefix, c->lease6);
		else if (c->ra)
			dq_put(o, "dhcp-range=%s,ra-stateless,%u,%u", IP(&subnet), six.prefix,
			       c->lease6);
	} else if (hosts) {
		memset(&all.ip.u, 0xff, sizeof(all.ip.u));
		subnet = net_subnet(a);
		mask = net_subnet(&all);
		dq_put(o, "dhcp-range=%s,static,%s,%u", IP(&subnet), IP(&mask), c->lease4);
	}
}

/* How many addresses a range has; no more than `most`. */
static uint32_t range_size(const struct net_range *range, uint32_t most)
{
	const uint8_t *first = range->first.u.v6.s6_addr, *last = range->last.u.v6.s6_addr;
	size_t bytes = range->first.family == AF_INET6 ? 16 : 4;
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++) {
		n = n * 256 + last[i] - first[i];
		if (n >= (uint64_t)1 << 40)
			return most;
	}
	return n < most ? (uint32_t)n + 1 : most;
}

static uint32_t lease_max(const struct net_config *c)
{
	uint32_t most = PORTS_MOST * c->leases_per_port, sum4 = 0, sum6 = 0;

	for (size_t i = 0; i < c->n_dhcp; i++) {
		uint32_t *sum = c->dhcp[i].first.family == AF_INET6 ? &sum6 : &sum4;

		*sum += range_size(&c->dhcp[i], most - *sum);
	}
	return sum4 + sum6 + 2 * (uint32_t)c->n_hosts;
}

static void put_list(struct dq_out *o, const char *option, int family, const struct net_ip *ips,
		     size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (ips[i].family != family)
			continue;
		if (!any)
			dq_add(o, "dhcp-option=%s", option);
		any = true;
		dq_add(o, family == AF_INET6 ? ",[%s]" : ",%s", IP(&ips[i]));
	}
	if (any)
		dq_end(o);
}

/* Our own domain comes first, so that a guest's short name is never looked for outside. */
static void put_search(struct dq_out *o, const struct net_config *c, const char *option)
{
	if (c->n_search == 0)
		return;
	dq_add(o, "dhcp-option=%s", option);
	if (*c->domain)
		dq_add(o, ",%s", c->domain);
	for (size_t i = 0; i < c->n_search; i++)
		if (strcasecmp(c->search[i], c->domain) != 0)
			dq_add(o, ",%s", dq_name(o, c->search[i]));
	dq_end(o);
}

static void render_boot(struct dq_out *o, const struct net_config *c, bool v4, bool v6)
{
	const struct net_ip *server = &c->boot_server;

	if (!c->boot_file)
		return;
	if (v4) {
		dq_add(o, "dhcp-boot=");
		dq_quoted(o, c->boot_file);
		if (server->family == AF_INET)
			dq_add(o, ",,%s", IP(server));
		dq_end(o);
		/* Old clients take the fields, not the options that may stand in them. */
		dq_put(o, "dhcp-no-override");
	}
	for (size_t i = 0; v6 && server->family != AF_INET6 && i < c->n_addresses; i++)
		if (c->addresses[i].ip.family == AF_INET6)
			server = &c->addresses[i].ip;
	if (v6 && strstr(c->boot_file, "://")) {
		dq_add(o, "dhcp-option=option6:bootfile-url,");
		dq_quoted(o, c->boot_file);
		dq_end(o);
	} else if (v6 && server->family == AF_INET6) {
		char url[LINE_MOST];
		int n = snprintf(url, sizeof(url), "tftp://[%s]/%s", IP(server), c->boot_file);

		if (n < 0 || (size_t)n >= sizeof(url))
			dq_refuse(o);
		dq_add(o, "dhcp-option=option6:bootfile-url,");
		dq_quoted(o, url);
		dq_end(o);
	}
}

static void render_options(struct dq_out *o, const struct net_config *c, bool v4, bool v6)
{
	/* A way out that is none is worse than none. */
	bool no_router = c->no_router || (c->mode == NET_ISOLATED && !c->router.family);

	if (v4 && no_router)
		dq_put(o, "dhcp-option=option:router");
	else if (v4 && c->router.family)
		dq_put(o, "dhcp-option=option:router,%s", IP(&c->router));
	/* Most clients do not ask for it, and with a larger one nothing works. */
	if (v4 && c->mtu && c->mtu != 1500)
		dq_put(o, "dhcp-option-force=option:mtu,%u", c->mtu);
	if (v4) {
		put_list(o, "option:ntp-server", AF_INET, c->ntp, c->n_ntp);
		put_search(o, c, "option:domain-search");
	}
	if (v6) {
		put_list(o, "option6:ntp-server", AF_INET6, c->ntp, c->n_ntp);
		put_list(o, "option6:sntp-server", AF_INET6, c->ntp, c->n_ntp);
		put_search(o, c, "option6:domain-search");
	}
	render_boot(o, c, v4, v6);
	if (dnsmasq_advertises(c)) {
		dq_put(o, "enable-ra");
		dq_add(o, "ra-param=%s,", c->bridge);
		if (c->mtu >= 1280)
			dq_add(o, "mtu:%u,", c->mtu);
		dq_add(o, no_router ? "0,0" : "0");
		dq_end(o);
	}
}

/* dnsmasq takes these words in a dhcp-host line for something else than a name. */
static bool is_name(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return strcmp(name, "infinite") != 0 && strcmp(name, "ignore") != 0 &&
	       !(digits && (name[digits] == '\0' ||
			    (strchr("smhdw", name[digits]) && name[digits + 1] == '\0')));
}

static void render_host(struct dq_out *o, const struct net_host *host)
{
	char mac[MAC_TEXT_SIZE];

	/* Without either, it would be whoever says that this is its name. */
	if ((!host->has_mac && !host->id) || !is_name(dq_name(o, host->name)))
		dq_refuse(o);
	dq_add(o, "dhcp-host=");
	if (host->has_mac)
		dq_add(o, "%s,", mac_format(mac, host->mac));
	if (host->id)
		dq_add(o, "id:%s,", dq_word(o, host->id));
	if (host->ipv4.family)
		dq_add(o, "%s,", IP(&host->ipv4));
	if (host->ipv6.family)
		dq_add(o, "[%s],", IP(&host->ipv6));
	dq_add(o, "%s", host->name);
	dq_end(o);
}

/* Is a guest known to DHCPv4 by its client identifier? (A host with an IPv6 address only is
 * known by its DUID, which is another thing.) */
static bool ids_count(const struct net_config *c)
{
	for (size_t i = 0; i < c->n_hosts; i++)
		if (c->hosts[i].id && (c->hosts[i].ipv4.family || !c->hosts[i].ipv6.family))
			return true;
	return false;
}

void dnsmasq_render_dhcp(struct dq_out *o, const struct net_config *c)
{
	bool v4 = dnsmasq_dhcp_of(c, AF_INET),
	     v6 = dnsmasq_dhcp_of(c, AF_INET6) || dnsmasq_advertises(c);

	if (!v4 && !v6)
		return;
	dq_put(o, "dhcp-authoritative");
	dq_put(o, "dhcp-lease-max=%u", lease_max(c));
	if (v4) {
		/* The check holds up every offer for three seconds. */
		dq_put(o, "no-ping");
		/* One MAC address has one lease, however many identifiers it claims. */
		if (!ids_count(c))
			dq_put(o, "dhcp-ignore-clid");
	}
	/* Names that mean something to programs are no guest's (VU#598349). */
	dq_put(o, "dhcp-name-match=set:no-name,wpad");
	dq_put(o, "dhcp-name-match=set:no-name,isatap");
	dq_put(o, "dhcp-name-match=set:no-name,localhost");
	dq_put(o, "dhcp-ignore-names=tag:no-name");
	for (size_t i = 0; i < c->n_dhcp; i++)
		render_range(o, c, &c->dhcp[i]);
	for (size_t i = 0; i < c->n_addresses; i++)
		render_subnet(o, c, &c->addresses[i]);
	render_options(o, c, v4, v6);
	for (size_t i = 0; i < c->n_hosts; i++)
		render_host(o, &c->hosts[i]);
}

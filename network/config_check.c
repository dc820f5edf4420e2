/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no line of the file can tell alone: the network. */
#include "config_priv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int check_bridge(struct net_parser *p)
{
	struct net_config *c = p->config;
	unsigned line = p->section_line[SECTION_NETWORK];

	if (!p->key_line[KEY_MODE])
		return net_fail_at(p, line,
				   "no 'mode=' in [network]; it is nat, route, isolated or open");
	if (c->bridge[0] == '\0') {
		if (strlen(c->name) + strlen("ng-") > IFNAME_MAX)
			return net_fail_at(p, line,
					   "the bridge 'ng-%s' would have more than 15 bytes; name "
					   "one with 'bridge='",
					   c->name);
		snprintf(c->bridge, sizeof(c->bridge), "ng-%.12s", c->name);
	}
	if (strcmp(c->bridge, c->uplink) == 0)
		return net_fail_at(p, p->key_line[KEY_UPLINK],
				   "'uplink=%s' is the network's own bridge", c->uplink);
	if (c->uplink[0] != '\0' && c->mode != NET_NAT && c->mode != NET_ROUTE)
		return net_fail_at(p, p->key_line[KEY_UPLINK],
				   "'uplink=' needs mode=nat or mode=route");
	for (size_t i = 0; i < c->n_services; i++)
		for (size_t j = 0; j < i; j++)
			if (c->services[i].protocol == c->services[j].protocol &&
			    c->services[i].ports.first <= c->services[j].ports.last &&
			    c->services[j].ports.first <= c->services[i].ports.last)
				return net_fail_at(p, p->key_line[KEY_SERVICES],
						   "'host-services=' has port %u twice",
						   c->services[i].ports.first);
	return 0;
}

static int check_nat(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_ip *nat = &c->nat.first;
	unsigned lines[] = {p->key_line[KEY_NAT_ADDRESS], p->key_line[KEY_NAT_PORTS]};
	static const char *const names[] = {"nat-address", "nat-ports"};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (lines[i] && (c->mode != NET_NAT || !net_config_has(c, AF_INET)))
			return net_fail_at(p, lines[i],
					   "'%s=' needs mode=nat and an 'address=' in [ipv4]",
					   names[i]);
	for (size_t i = 0; nat->family && i < c->n_addresses; i++)
		if (net_ip_within(nat, &c->addresses[i]) ||
		    net_ip_within(&c->nat.last, &c->addresses[i]) ||
		    (c->addresses[i].ip.family == AF_INET &&
		     net_ip_compare(nat, &c->addresses[i].ip) <= 0 &&
		     net_ip_compare(&c->addresses[i].ip, &c->nat.last) <= 0))
			return net_fail_at(p, lines[0],
					   "'nat-address=' is in the guests' own subnet");
	if (c->nat6 && (c->mode != NET_NAT || !net_config_has(c, AF_INET6)))
		return net_fail_at(p, p->key_line[KEY_NAT6],
				   "'nat=yes' needs mode=nat and an 'address=' in [ipv6]");
	if (c->mode == NET_NAT && !net_config_has(c, AF_INET) && !c->nat6)
		return net_fail_at(p, p->key_line[KEY_MODE],
				   "'mode=nat' needs an 'address=' in [ipv4], or one in [ipv6] and "
				   "'nat=yes'");
	if (c->mode == NET_ROUTE && c->n_addresses == 0)
		return net_fail_at(p, p->key_line[KEY_MODE],
				   "'mode=route' needs an 'address=' in [ipv4] or [ipv6]");
	return 0;
}

static int check_ipv6(struct net_parser *p)
{
	struct net_config *c = p->config;
	bool has = net_config_has(c, AF_INET6);
	unsigned line = p->key_line[KEY_RA];

	if (has && c->mtu < 1280)
		return net_fail_at(p, p->key_line[KEY_MTU],
				   "'mtu=%u' is too small for IPv6, which needs 1280", c->mtu);
	if (!line)
		c->ra = has;
	if (c->ra && !has)
		return net_fail_at(p, line, "'ra=yes' needs an 'address=' in [ipv6]");
	for (size_t i = 0; c->ra && i < c->n_addresses; i++)
		if (c->addresses[i].ip.family == AF_INET6 && c->addresses[i].prefix != 64)
			return net_fail_at(p, line ? line : p->key_line[KEY_ADDRESS6],
					   "router advertisements need a subnet of length /64, not "
					   "/%u; or write 'ra=no'",
					   c->addresses[i].prefix);
	return 0;
}

static int check_range(struct net_parser *p, const struct net_range *range)
{
	struct net_config *c = p->config;
	const struct net_address *subnet = net_subnet_of(c, &range->first);
	unsigned line = p->key_line[range->first.family == AF_INET ? KEY_DHCP4 : KEY_DHCP6];
	char first[NET_IP_TEXT_SIZE], last[NET_IP_TEXT_SIZE], own[NET_IP_TEXT_SIZE];

	net_ip_format(first, &range->first);
	net_ip_format(last, &range->last);
	if (!subnet || !net_ip_within(&range->last, subnet))
		return net_fail_at(p, line, "'%s-%s' in 'dhcp=' is in no subnet of 'address='",
				   first, last);
	if (net_ip_compare(&range->first, &subnet->ip) <= 0 &&
	    net_ip_compare(&subnet->ip, &range->last) <= 0)
		return net_fail_at(p, line,
				   "'%s-%s' in 'dhcp=' holds the host's own address %s; write one "
				   "range before it and one behind",
				   first, last, net_ip_format(own, &subnet->ip));
	if (net_is_edge(&range->first, subnet) || net_is_edge(&range->last, subnet))
		return net_fail_at(p, line,
				   "'%s-%s' in 'dhcp=' holds the subnet's first or last address, "
				   "which no guest can have",
				   first, last);
	if (range->first.family == AF_INET6 && subnet->prefix < 64)
		return net_fail_at(p, line,
				   "'dhcp=' needs a subnet of length /64 or longer, not /%u",
				   subnet->prefix);
	return 0;
}

static int check_dhcp(struct net_parser *p)
{
	struct net_config *c = p->config;
	unsigned line = p->section_line[SECTION_DHCP];
	const struct net_address *subnet;
	int r;

	for (size_t i = 0; i < c->n_dhcp; i++) {
		r = check_range(p, &c->dhcp[i]);
		if (r < 0)
			return r;
	}
	if (line && c->n_dhcp == 0 && !c->ra && c->n_hosts == 0)
		return net_fail_at(
			p, line, "[dhcp] without 'dhcp=' in [ipv4] or [ipv6], 'ra=yes' or [host]");
	if (c->router.family == 0)
		return 0;
	subnet = net_subnet_of(c, &c->router);
	if (!subnet || net_is_edge(&c->router, subnet))
		return net_fail_at(p, p->key_line[KEY_ROUTER],
				   "'router=' is no address that a machine in the subnets of "
				   "'address=' can have");
	return 0;
}

static int check_dns(struct net_parser *p)
{
	struct net_config *c = p->config;

	if (!c->dns && c->n_forwarders > 0)
		return net_fail_at(p, p->key_line[KEY_FORWARDERS],
				   "'forwarders=' with 'enabled=no'");
	if (!c->dns && c->n_records > 0)
		return net_fail_at(p, c->records[0].line, "[record %s] with 'enabled=no' in [dns]",
				   c->records[0].name);
	for (size_t i = 0; i < c->n_forwarders; i++)
		for (size_t j = 0; j < i; j++) {
			struct net_forwarder *a = &c->forwarders[i], *b = &c->forwarders[j];

			if (strcasecmp(a->domain, b->domain) == 0 && a->port == b->port &&
			    a->ip.family == b->ip.family && net_ip_compare(&a->ip, &b->ip) == 0)
				return net_fail_at(p, p->key_line[KEY_FORWARDERS],
						   "'forwarders=' has one twice");
		}
	return 0;
}

int net_check(struct net_parser *p)
{
	int r = check_bridge(p);

	if (r == 0)
		r = check_nat(p);
	if (r == 0)
		r = check_ipv6(p);
	if (r == 0)
		r = check_dhcp(p);
	if (r == 0)
		r = check_dns(p);
	return r < 0 ? r : net_check_items(p);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values with addresses in them, and the keys of [ipv4] and [ipv6]. */
#include "config_priv.h"

#include "lib/num.h"

#include <errno.h>
#include <string.h>

static const char *defect4(const struct in_addr *addr)
{
	uint32_t ip = ntohl(addr->s_addr);

	if (ip >> 24 == 0)
		return "is in 0.0.0.0/8, which no machine can have";
	if (ip >> 28 == 14)
		return "is a multicast address";
	if (ip >> 28 == 15)
		return "is in 240.0.0.0/4, which no machine can have";
	return NULL;
}

static const char *defect6(const struct in6_addr *addr)
{
	if (IN6_IS_ADDR_UNSPECIFIED(addr))
		return "is the address of nobody";
	if (IN6_IS_ADDR_MULTICAST(addr))
		return "is a multicast address";
	if (IN6_IS_ADDR_LINKLOCAL(addr))
		return "is a link-local address, which means nothing without a device";
	if (IN6_IS_ADDR_V4MAPPED(addr))
		return "is an IPv4 address; write it as one";
	return NULL;
}

bool net_is_loopback(const struct net_ip *ip)
{
	if (ip->family == AF_INET)
		return ntohl(ip->u.v4.s_addr) >> 24 == 127;
	return ip->family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&ip->u.v6);
}

int net_read_ip(struct net_parser *p, struct net_text text, int family, struct net_ip *ret)
{
	const char *defect;

	if (net_ip_parse(text.p, text.len, ret) < 0 ||
	    (family != AF_UNSPEC && ret->family != family))
		return net_bad(p, text,
			       family == AF_INET    ? "is no IPv4 address, as 192.168.22.5"
			       : family == AF_INET6 ? "is no IPv6 address, as fd00:22::5"
						    : "is no address, as 192.168.22.5");
	defect = ret->family == AF_INET ? defect4(&ret->u.v4) : defect6(&ret->u.v6);
	return defect ? net_bad(p, text, defect) : 0;
}

int net_read_endpoint(struct net_parser *p, struct net_text text, struct net_ip *ret,
		      uint16_t *retport)
{
	struct net_text port = text, ip = text;
	bool bracket = text.p[0] == '[';
	uint64_t value;

	if (bracket) {
		ip.p++;
		port = ip = (struct net_text){ip.p, text.len - 1};
		if (!net_cut(&port, ']', &ip) || (port.len > 0 && port.p[0] != ':'))
			return net_bad(p, text, "is no address and port, as [fd00:22::5]:80");
		if (port.len > 0)
			port = (struct net_text){port.p + 1, port.len - 1};
		else
			port.p = NULL;
	} else if (!net_cut(&port, ':', &ip) || memchr(port.p, ':', port.len)) {
		ip = text;
		port.p = NULL;
	}
	if (port.p) {
		if (num_parse(port.p, port.len, 1, 65535, &value) < 0)
			return net_bad(p, text, "ends in no port, which is a number to 65535");
		*retport = (uint16_t)value;
	}
	return net_read_ip(p, ip, bracket ? AF_INET6 : AF_UNSPEC, ret);
}

bool net_is_edge(const struct net_ip *ip, const struct net_address *address)
{
	uint32_t host;

	if (ip->family != AF_INET)
		return false;
	host = address->prefix < 32 ? UINT32_MAX >> address->prefix : 0;
	return (ntohl(ip->u.v4.s_addr) & host) == 0 || (ntohl(ip->u.v4.s_addr) & host) == host;
}

const struct net_address *net_subnet_of(const struct net_config *c, const struct net_ip *ip)
{
	for (size_t i = 0; i < c->n_addresses; i++)
		if (net_ip_within(ip, &c->addresses[i]))
			return &c->addresses[i];
	return NULL;
}

static int family_of_section(const struct net_parser *p)
{
	return p->section == SECTION_IPV4 ? AF_INET : AF_INET6;
}

static int full(struct net_parser *p, size_t most)
{
	return net_fail(p, "more than %zu values in '%s='", most, p->key);
}

static int read_address(struct net_parser *p, struct net_text item, struct net_address *ret)
{
	int family = family_of_section(p);
	struct net_text prefix = item, ip;
	struct net_ip subnet;
	uint64_t bits;
	int r;

	if (!net_cut(&prefix, '/', &ip))
		return net_bad(p, item,
			       family == AF_INET ? "has no '/' and length, as 192.168.22.1/24"
						 : "has no '/' and length, as fd00:22::1/64");
	r = net_read_ip(p, ip, family, &ret->ip);
	if (r < 0)
		return r;
	if (net_is_loopback(&ret->ip))
		return net_bad(p, item, "is a loopback address");
	if (num_parse(prefix.p, prefix.len, 8, family == AF_INET ? 30 : 126, &bits) < 0)
		return net_bad(p, item,
			       family == AF_INET ? "has a length outside 8 to 30"
						 : "has a length outside 8 to 126");
	ret->prefix = (uint8_t)bits;
	if (net_is_edge(&ret->ip, ret))
		return net_bad(p, item, "is the subnet's first or last address, not the host's");
	subnet = net_subnet(ret);
	if (net_ip_compare(&ret->ip, &subnet) == 0)
		return net_bad(p, item, "is the subnet's address, not the host's");
	return 0;
}

int net_key_address(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_text list = p->value, item;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		struct net_address *a = &c->addresses[c->n_addresses];

		if (c->n_addresses == NET_ADDRESSES_MAX)
			return net_fail(p, "more than %d addresses in a network",
					NET_ADDRESSES_MAX);
		r = read_address(p, item, a);
		if (r < 0)
			return r;
		for (size_t i = 0; i < c->n_addresses; i++)
			if (net_ip_within(&a->ip, &c->addresses[i]) ||
			    net_ip_within(&c->addresses[i].ip, a))
				return net_bad(p, item,
					       "has a subnet that overlaps another one's here");
		c->n_addresses++;
	}
	return r;
}

static int read_range(struct net_parser *p, struct net_text item, int family, struct net_range *ret)
{
	struct net_text first, last = item;
	int r;

	if (!net_cut(&last, '-', &first))
		return net_bad(p, item,
			       family == AF_INET ? "is no range, as 192.168.22.2-192.168.22.254"
						 : "is no range, as fd00:22::100-fd00:22::1ff");
	first = net_trim(first);
	last = net_trim(last);
	r = net_read_ip(p, first, family, &ret->first);
	if (r == 0)
		r = net_read_ip(p, last, family, &ret->last);
	if (r == 0 && net_ip_compare(&ret->first, &ret->last) > 0)
		r = net_bad(p, item, "ends before it begins");
	return r;
}

int net_key_dhcp(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_text list = p->value, item;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		struct net_range *range = &c->dhcp[c->n_dhcp];

		if (c->n_dhcp == NET_RANGES_MAX)
			return net_fail(p, "more than %d DHCP ranges in a network", NET_RANGES_MAX);
		r = read_range(p, item, family_of_section(p), range);
		if (r < 0)
			return r;
		for (size_t i = 0; i < c->n_dhcp; i++)
			if (c->dhcp[i].first.family == range->first.family &&
			    net_ip_compare(&range->first, &c->dhcp[i].last) <= 0 &&
			    net_ip_compare(&c->dhcp[i].first, &range->last) <= 0)
				return net_bad(p, item, "overlaps another range");
		c->n_dhcp++;
	}
	return r;
}

int net_key_lease(struct net_parser *p)
{
	struct net_config *c = p->config;

	return net_read_seconds(p, p->value, p->section == SECTION_IPV4 ? &c->lease4 : &c->lease6);
}

int net_key_nat_address(struct net_parser *p)
{
	struct net_range *nat = &p->config->nat;
	int r;

	if (memchr(p->value.p, '-', p->value.len))
		return read_range(p, p->value, AF_INET, nat);
	r = net_read_ip(p, p->value, AF_INET, &nat->first);
	nat->last = nat->first;
	return r;
}

int net_key_nat_ports(struct net_parser *p)
{
	return net_read_ports(p, p->value, &p->config->nat_ports);
}

int net_key_ra(struct net_parser *p)
{
	return net_read_yes(p, p->value, &p->config->ra);
}

int net_key_nat6(struct net_parser *p)
{
	return net_read_yes(p, p->value, &p->config->nat6);
}

/* One address that the guests are told of. */
static int read_told(struct net_parser *p, struct net_text item, int family, struct net_ip *ret)
{
	int r = net_read_ip(p, item, family, ret);

	if (r == 0 && net_is_loopback(ret))
		return net_bad(p, item, "is a loopback address, the guest's own");
	return r;
}

int net_key_router(struct net_parser *p)
{
	struct net_config *c = p->config;

	if (p->value.len == 4 && memcmp(p->value.p, "none", 4) == 0) {
		c->no_router = true;
		return 0;
	}
	return read_told(p, p->value, AF_INET, &c->router);
}

int net_key_ntp(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_text list = p->value, item;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		if (c->n_ntp == NET_NTP_MAX)
			return full(p, NET_NTP_MAX);
		r = read_told(p, item, AF_UNSPEC, &c->ntp[c->n_ntp]);
		if (r < 0)
			return r;
		c->n_ntp++;
	}
	return r;
}

int net_key_boot_server(struct net_parser *p)
{
	return read_told(p, p->value, AF_INET, &p->config->boot_server);
}

int net_key_forwarders(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_text list = p->value, item;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		struct net_forwarder *f = &c->forwarders[c->n_forwarders];
		struct net_text domain = {"", 0}, where = item;
		const char *defect;

		if (c->n_forwarders == NET_FORWARDERS_MAX)
			return full(p, NET_FORWARDERS_MAX);
		if (net_cut(&where, '@', &domain)) {
			defect = net_domain_defect(domain, true);
			if (defect)
				return net_bad(p, domain, defect);
		}
		if (where.len == 0)
			return net_bad(p, item, "has no address behind '@'");
		f->port = 53;
		r = net_read_endpoint(p, where, &f->ip, &f->port);
		if (r == 0)
			r = net_copy(domain, &f->domain);
		if (r < 0)
			return r;
		c->n_forwarders++;
	}
	return r;
}

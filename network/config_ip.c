/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as such. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static size_t ip_size(const struct net_ip *ip)
{
	return ip->family == AF_INET ? sizeof(ip->u.v4) : sizeof(ip->u.v6);
}

const char *net_ip_format(char buf[NET_IP_TEXT_SIZE], const struct net_ip *ip)
{
	buf[0] = '\0';
	if (ip->family != 0 && !inet_ntop(ip->family, &ip->u, buf, NET_IP_TEXT_SIZE))
		buf[0] = '\0';
	return buf;
}

int net_ip_parse(const char *text, size_t len, struct net_ip *ret)
{
	struct net_ip ip = {0};
	char copy[NET_IP_TEXT_SIZE];

	if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	ip.family = memchr(text, ':', len) ? AF_INET6 : AF_INET;
	if (inet_pton(ip.family, copy, &ip.u) != 1)
		return -EINVAL;
	*ret = ip;
	return 0;
}

int net_ip_compare(const struct net_ip *a, const struct net_ip *b)
{
	return memcmp(&a->u, &b->u, ip_size(a));
}

struct net_ip net_subnet(const struct net_address *address)
{
	struct net_ip subnet = address->ip;
	uint8_t bytes[sizeof(subnet.u)];
	size_t size = ip_size(&subnet);

	memcpy(bytes, &subnet.u, size);
	for (size_t i = 0; i < size; i++) {
		unsigned kept = address->prefix > 8 * i ? address->prefix - 8 * (unsigned)i : 0;

		if (kept < 8)
			bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
	memcpy(&subnet.u, bytes, size);
	return subnet;
}

bool net_ip_within(const struct net_ip *ip, const struct net_address *address)
{
	struct net_address other = {.ip = *ip, .prefix = address->prefix};
	struct net_ip a, b;

	if (ip->family != address->ip.family || ip->family == 0)
		return false;
	a = net_subnet(&other);
	b = net_subnet(address);
	return net_ip_compare(&a, &b) == 0;
}

bool net_config_has(const struct net_config *config, int family)
{
	for (size_t i = 0; i < config->n_addresses; i++)
		if (config->addresses[i].ip.family == family)
			return true;
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge table: frames as they come out of a guest, before anything acts on them.
 */
#include "nft_priv.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define ARP_SENDER_IP "@nh,112,32"
#define ARP_SENDER_MAC "@nh,64,24 . @nh,88,24"
#define ND_TARGET "@th,64,128"

/* ---- ARP and IPv4 */

static void rule_addresses(const struct nft_out *out, const char *field, int family,
			   enum nft_what what, const char *more, const char *verdict)
{
	fprintf(out->f, "\t\t%s ", field);
	nft_addresses(out, family, what, more);
	fprintf(out->f, " %s\n", verdict);
}

static void write_arp(const struct nft_out *out)
{
	nft_chain(out, "from_arp", NULL, NULL, 0);
	/* Ethernet, IPv4, lengths 6 and 4: behind these the offsets hold. */
	nft_rule(out, "@nh,0,48 != 0x000108000604 drop");
	nft_rule(out, "arp operation != { request, reply } drop");
	if (out->has4)
		rule_addresses(out, "arp saddr ip", AF_INET, NFT_HOST, "", "drop");
	nft_rule(out, "arp operation request arp saddr ip 0.0.0.0 accept");
	if (out->config->mode != NET_OPEN && out->has4)
		rule_addresses(out, "arp saddr ip !=", AF_INET, NFT_SUBNETS, "", "drop");
	else if (out->config->mode != NET_OPEN)
		nft_rule(out, "drop");
	nft_rule(out,
		 ARP_SENDER_IP " @taken " ARP_SENDER_IP " . " ARP_SENDER_MAC " != @bound drop");
	nft_rule(out,
		 ARP_SENDER_IP " @taken " ARP_SENDER_IP " . " NFT_ETHER_SOURCE " != @bound drop");
	nft_end(out);
}

static void rule_bridge_mac(const struct nft_out *out)
{
	char mac[MAC_TEXT_SIZE];

	nft_rule(out, "ether saddr %s drop", mac_format(mac, out->state->bridge_mac));
}

static void write_ip(const struct nft_out *out)
{
	bool strict = out->config->mode != NET_OPEN;

	nft_chain(out, "from_ip", NULL, NULL, 0);
	/* The short way of nearly all frames: who has leased this address may use it, and it is
	 * neither the host's nor of another subnet. */
	nft_rule(out, NFT_IP_SOURCE " . " NFT_ETHER_SOURCE " @bound goto from_bound");
	rule_bridge_mac(out);
	if (out->has4)
		rule_addresses(out, "ip saddr", AF_INET, NFT_HOST, "", "drop");
	nft_rule(out, "ip saddr 0.0.0.0 goto no_ip");
	if (strict && out->has4)
		rule_addresses(out, "ip saddr !=", AF_INET, NFT_SUBNETS, "", "drop");
	else if (strict)
		nft_rule(out, "drop");
	nft_rule(out, NFT_IP_SOURCE " @taken drop");
	nft_rule(out, "goto from_bound");
	nft_end(out);

	nft_chain(out, "from_bound", NULL, NULL, 0);
	nft_rule(out, "ip protocol tcp accept");
	nft_rule(out, "udp sport > 4011 udp dport > 68 accept");
	nft_rule(out, "ip protocol vmap { udp : jump from_udp, igmp : jump from_igmp }");
	nft_end(out);

	/* Who has no address yet may ask for one, and nothing else. */
	nft_chain(out, "no_ip", NULL, NULL, 0);
	nft_rule(out, "ip daddr 255.255.255.255 udp sport 68 udp dport 67 goto from_dhcp");
	nft_rule(out, "drop");
	nft_end(out);

	nft_chain(out, "from_udp", NULL, NULL, 0);
	/* A DHCP or PXE server among the guests has no voice. */
	nft_rule(out, "udp sport { 67, 4011 } drop");
	nft_rule(out, "udp dport 68 drop");
	nft_rule(out, "udp dport 67 goto from_dhcp");
	nft_end(out);

	nft_chain(out, "from_igmp", NULL, NULL, 0);
	nft_rule(out, "igmp type membership-query drop");
	nft_end(out);
}

/* ---- IPv6 */

/* The host's own, as what a neighbour message is about. */
static void put_hosts6(const struct nft_out *out)
{
	struct in6_addr local = nft_link_local(out);

	fputs("{ ", out->f);
	for (size_t i = 0; i < out->config->n_addresses; i++)
		if (out->config->addresses[i].ip.family == AF_INET6)
			nft_put_element(out, &out->config->addresses[i].ip.u.v6, 16, NULL, 0);
	nft_put_element(out, &local, sizeof(local), NULL, 0);
	fputs("}", out->f);
}

/* The target has to be in one of the subnets or link-local. */
static void write_nd_subnets(const struct nft_out *out)
{
	nft_rule(out, "@th,64,10 0x3fa return");
	for (size_t i = 0; i < out->config->n_addresses; i++) {
		const struct net_address *a = &out->config->addresses[i];
		struct in6_addr mask = {0}, first = a->ip.u.v6;

		if (a->ip.family != AF_INET6)
			continue;
		for (unsigned bit = 0; bit < a->prefix && bit < 128; bit++)
			mask.s6_addr[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
		for (unsigned byte = 0; byte < 16; byte++)
			first.s6_addr[byte] &= mask.s6_addr[byte];
		fputs("\t\t" ND_TARGET " & ", out->f);
		nft_put_hex(out, &mask, sizeof(mask));
		fputs(" == ", out->f);
		nft_put_hex(out, &first, sizeof(first));
		fputs(" return\n", out->f);
	}
	nft_rule(out, "drop");
}

static void write_nd(const struct nft_out *out)
{
	bool any = nft_any_fixed(out, AF_INET6);

	nft_chain(out, "from_icmp6", NULL, NULL, 0);
	nft_rule(out, "icmpv6 type { nd-router-advert, nd-redirect, mld-listener-query } drop");
	/* RFC 6980; and what is in a later fragment nobody here would see. */
	nft_rule(out, "exthdr frag exists icmpv6 type { nd-router-solicit, nd-neighbor-solicit, "
		      "nd-neighbor-advert } drop");
	nft_rule(out, "icmpv6 type nd-neighbor-advert goto nd_advert");
	nft_end(out);

	nft_chain(out, "nd_advert", NULL, NULL, 0);
	fputs("\t\t" ND_TARGET " ", out->f);
	put_hosts6(out);
	fputs(" drop\n", out->f);
	if (any)
		nft_rule(out,
			 ND_TARGET " @taken6 " ND_TARGET " . " NFT_ETHER_SOURCE " != @bound6 drop");
	if (out->config->mode != NET_OPEN)
		write_nd_subnets(out);
	nft_end(out);
}

static void write_ip6(const struct nft_out *out)
{
	bool strict = out->config->mode != NET_OPEN;

	nft_chain(out, "from_ip6", NULL, NULL, 0);
	rule_addresses(out, "ip6 saddr", AF_INET6, NFT_HOST, "", "drop");
	nft_rule(out, "ip6 saddr :: goto no_ip6");
	if (strict)
		rule_addresses(out, "ip6 saddr !=", AF_INET6, NFT_SUBNETS, "fe80::/10", "drop");
	if (nft_any_fixed(out, AF_INET6))
		nft_rule(out, NFT_IP6_SOURCE " @taken6 " NFT_IP6_SOURCE " . " NFT_ETHER_SOURCE
					     " != @bound6 drop");
	/* Of a fragment that does not begin with what the packet is about, that may be in the next
	 * one, which nobody here would see (RFC 7112). */
	nft_rule(out, "ip6 nexthdr != tcp frag nexthdr { 0, 43, 44, 51, 60, 135, 139, 140 } drop");
	nft_rule(out, "meta l4proto vmap { icmpv6 : jump from_icmp6, udp : jump from_udp6 }");
	/* Where the headers do not lead to a protocol, something may hide behind them. */
	nft_rule(out, "meta l4proto != 255 accept");
	nft_rule(out, "drop");
	nft_end(out);

	/* Is my address free, who is the router, and what I listen to. */
	nft_chain(out, "no_ip6", NULL, NULL, 0);
	nft_rule(out, "exthdr frag exists drop");
	fputs("\t\ticmpv6 type nd-neighbor-solicit " ND_TARGET " ", out->f);
	put_hosts6(out);
	fputs(" drop\n", out->f);
	nft_rule(out, "icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-report, "
		      "mld2-listener-report } accept");
	nft_rule(out, "drop");
	nft_end(out);

	nft_chain(out, "from_udp6", NULL, NULL, 0);
	nft_rule(out, "udp sport 547 drop");
	nft_rule(out, "udp dport 546 drop");
	nft_rule(out, "udp dport 547 goto from_dhcp6");
	nft_end(out);
}

/* What a DHCPv6 client is called stands nowhere in particular in its messages, so what is
 * counted is how often a port asks for a lease. Renewing is free. */
static void write_dhcp6(const struct nft_out *out)
{
	nft_begin_set(out, "budget6", "type iface_index", NFT_PORTS_SIZE);
	nft_rule(out, "timeout 1d");
	nft_end(out);
	nft_chain(out, "from_dhcp6", NULL, NULL, 0);
	nft_rule(out, "exthdr frag exists drop");
	nft_rule(out, "update @pace { iif limit rate over 20/second burst 50 packets } drop");
	nft_rule(out, "@th,64,8 { 4, 5, 6, 8, 11 } accept");
	nft_rule(out, "@th,64,8 1 accept");
	nft_rule(out,
		 "@th,64,8 3 update @budget6 { iif limit rate 4/hour burst %u packets } accept",
		 2 * out->config->leases_per_port);
	nft_rule(out, "drop");
	nft_end(out);
}

/* ---- the whole */

static void write_between(const struct nft_out *out)
{
	nft_chain(out, "forward", "filter", "forward", NFT_BRIDGE_PRIORITY);
	if (out->config->guests_isolated) {
		nft_rule(out, "iifgroup 0x%08x oifgroup 0x%08x drop", out->ports, out->ports);
	} else {
		/* Questions to a server are for the host alone. */
		nft_rule(out, "iifgroup 0x%08x udp dport { 67, 547 } drop", out->ports);
		nft_rule(out, "iifgroup 0x%08x icmpv6 type nd-router-solicit drop", out->ports);
	}
	nft_end(out);
	/* What no bridge forwards comes here without having met `prerouting`; some of it not even
	 * here: see the inet table. */
	nft_chain(out, "input", "filter", "input", NFT_BRIDGE_PRIORITY);
	nft_rule(out, "iifgroup != 0x%08x accept", out->ports);
	nft_rule(out, "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop");
	nft_write_release(out);
	nft_end(out);
}

void nft_write_bridge(const struct nft_out *out)
{
	nft_write_bindings(out);
	nft_write_dhcp(out);
	write_dhcp6(out);
	write_arp(out);
	write_ip(out);
	write_nd(out);
	write_ip6(out);

	/*
	 * Nothing else than these three: no service of the network speaks another protocol, and a
	 * frame in a VLAN tag would be one that the rules above did not read.
	 */
	nft_chain(out, "from_guest", NULL, NULL, 0);
	rule_bridge_mac(out);
	nft_rule(out, "ether type vmap { ip6 : goto from_ip6, arp : goto from_arp }");
	nft_rule(out, "drop");
	nft_end(out);

	nft_chain(out, "prerouting", "filter", "prerouting", NFT_BRIDGE_PRIORITY);
	nft_rule(out, "iifgroup != 0x%08x accept", out->ports);
	nft_rule(out, "ether type ip goto from_ip");
	nft_rule(out, "goto from_guest");
	nft_end(out);
	write_between(out);
	nft_write_snooping(out);
}

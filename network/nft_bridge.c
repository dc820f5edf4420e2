/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge table: frames as they come out of a guest, before anything acts on them.
 *
 * A MAC in a set is written as two halves: nft lists a whole one at that place as
 * `ether saddr`, whose type is another one than what it was made with, and then cannot
 * read its own listing (`nft list ruleset >file` would be a file that does not load).
 */
#include "nft_priv.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

/* Before the hooks of everybody else, br_netfilter's (0) included. */
#define PRIORITY (-350)

#define ETHER_SOURCE "@ll,48,24 . @ll,72,24"
#define IP_SOURCE "@nh,96,32"
#define IP6_SOURCE "@nh,64,128"
#define ARP_SENDER_IP "@nh,112,32"
#define ARP_SENDER_MAC "@nh,64,24 . @nh,88,24"
/* In a DHCP message, counted from the UDP header. */
#define DHCP_OP_TYPE_LEN "@th,64,24"
#define DHCP_CIADDR "@th,160,32"
#define DHCP_YIADDR "@th,192,32"
#define DHCP_GIADDR "@th,256,32"
#define DHCP_CHADDR "@th,288,24 . @th,312,24"
#define DHCP_FIRST_OPTION "@th,1984,24"
#define ND_TARGET "@th,64,128"

static bool fixed(const struct net_host *host, int family)
{
	const struct net_ip *ip = family == AF_INET ? &host->ipv4 : &host->ipv6;

	return host->has_mac && ip->family == family;
}

static bool any_fixed(const struct nft_out *out, int family)
{
	for (size_t i = 0; i < out->config->n_hosts; i++)
		if (fixed(&out->config->hosts[i], family))
			return true;
	return false;
}

/* ---- whose address is whose */

static void put_hex(const struct nft_out *out, const void *bytes, size_t n)
{
	fputs("0x", out->f);
	for (size_t i = 0; i < n; i++)
		fprintf(out->f, "%02x", ((const uint8_t *)bytes)[i]);
}

static void put_element(const struct nft_out *out, const void *ip, size_t len, const uint8_t *mac,
			uint32_t seconds)
{
	put_hex(out, ip, len);
	if (mac) {
		fputs(" . ", out->f);
		put_hex(out, mac, 3);
		fputs(" . ", out->f);
		put_hex(out, mac + 3, 3);
	}
	if (seconds)
		fprintf(out->f, " timeout %us", seconds);
	fputs(",\n", out->f);
}

static void put_fixed(const struct nft_out *out, int family, bool mac)
{
	for (size_t i = 0; i < out->config->n_hosts; i++) {
		const struct net_host *host = &out->config->hosts[i];

		if (!fixed(host, family))
			continue;
		if (family == AF_INET)
			put_element(out, &host->ipv4.u.v4, 4, mac ? host->mac : NULL, 0);
		else
			put_element(out, &host->ipv6.u.v6, 16, mac ? host->mac : NULL, 0);
	}
}

static bool is_fixed(const struct nft_out *out, struct in_addr ip)
{
	for (size_t i = 0; i < out->config->n_hosts; i++)
		if (fixed(&out->config->hosts[i], AF_INET) &&
		    out->config->hosts[i].ipv4.u.v4.s_addr == ip.s_addr)
			return true;
	return false;
}

static void put_leases(const struct nft_out *out, bool mac)
{
	for (size_t i = 0; i < out->state->n_leases; i++) {
		const struct net_nft_lease *lease = &out->state->leases[i];

		if (!is_fixed(out, lease->ip))
			put_element(out, &lease->ip, 4, mac ? lease->mac : NULL, lease->seconds);
	}
}

/* Begins a set; type is what stands behind "typeof" or the whole of another declaration. */
static void begin_set(const struct nft_out *out, const char *name, const char *type,
		      const char *flags)
{
	fprintf(out->f, "\tset %s {\n", name);
	nft_rule(out, "%s", type);
	if (*flags)
		nft_rule(out, "size 65535; flags %s;", flags);
}

static void write_bindings(const struct nft_out *out)
{
	bool fixed4 = any_fixed(out, AF_INET), any4 = fixed4 || out->state->n_leases > 0;

	for (int mac = 0; mac < 2; mac++) {
		begin_set(out, mac ? "bound" : "taken",
			  mac ? "typeof " IP_SOURCE " . " ETHER_SOURCE : "typeof " IP_SOURCE,
			  "dynamic,timeout");
		fputs(any4 ? "\t\telements = {\n" : "", out->f);
		put_fixed(out, AF_INET, mac);
		put_leases(out, mac);
		fputs(any4 ? "\t\t}\n" : "", out->f);
		nft_end(out);
	}
	if (fixed4) {
		begin_set(out, "fixed", "typeof " IP_SOURCE, "");
		fputs("\t\telements = {\n", out->f);
		put_fixed(out, AF_INET, false);
		fputs("\t\t}\n", out->f);
		nft_end(out);
	}
	for (int mac = 0; mac < 2 && any_fixed(out, AF_INET6); mac++) {
		begin_set(out, mac ? "bound6" : "taken6",
			  mac ? "typeof " IP6_SOURCE " . " ETHER_SOURCE : "typeof " IP6_SOURCE, "");
		fputs("\t\telements = {\n", out->f);
		put_fixed(out, AF_INET6, mac);
		fputs("\t\t}\n", out->f);
		nft_end(out);
	}
}

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
	nft_rule(out, ARP_SENDER_IP " @taken " ARP_SENDER_IP " . " ETHER_SOURCE " != @bound drop");
	nft_end(out);
}

static void write_ip(const struct nft_out *out)
{
	bool strict = out->config->mode != NET_OPEN;

	nft_chain(out, "from_ip", NULL, NULL, 0);
	if (out->has4)
		rule_addresses(out, "ip saddr", AF_INET, NFT_HOST, "", "drop");
	nft_rule(out, "ip saddr 0.0.0.0 goto no_ip");
	if (strict && out->has4)
		rule_addresses(out, "ip saddr !=", AF_INET, NFT_SUBNETS, "", "drop");
	else if (strict)
		nft_rule(out, "drop");
	nft_rule(out, IP_SOURCE " @taken " IP_SOURCE " . " ETHER_SOURCE " != @bound drop");
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

/* ---- DHCP */

/*
 * A port gets leases for as many hardware addresses as its share is, and one more a week:
 * `budget` counts the new ones of each port, `clients` knows the rest for as long as they
 * keep asking. What does not look exactly as it should finds no rule that takes it.
 */
static void write_dhcp(const struct nft_out *out)
{
	const struct net_config *c = out->config;
	unsigned lease = c->lease4 ? c->lease4 : 3600;

	begin_set(out, "clients", "typeof iif . " DHCP_CHADDR, "dynamic,timeout");
	nft_rule(out, "timeout %us", lease);
	nft_end(out);
	begin_set(out, "budget", "type iface_index", "dynamic,timeout");
	nft_rule(out, "timeout 7d");
	nft_end(out);
	begin_set(out, "pace", "type iface_index", "dynamic,timeout");
	nft_rule(out, "timeout 1m");
	nft_end(out);

	nft_chain(out, "from_dhcp", NULL, NULL, 0);
	nft_rule(out, "ip frag-off & 0x3fff != 0 drop");
	/* A request, of Ethernet, with 6 bytes of address; and no relay's. */
	nft_rule(out, DHCP_OP_TYPE_LEN " != 0x010106 drop");
	nft_rule(out, DHCP_GIADDR " != 0 drop");
	nft_rule(out, "update @pace { iif limit rate over 20/second burst 50 packets } drop");
	nft_rule(out, "iif . " DHCP_CHADDR " @clients update @clients { iif . " DHCP_CHADDR
		      " } goto dhcp_known");
	nft_rule(out,
		 "update @budget { iif limit rate 1/week burst %u packets } "
		 "update @clients { iif . " DHCP_CHADDR " } goto dhcp_known",
		 c->leases_per_port);
	nft_rule(out, "drop");
	nft_end(out);

	nft_chain(out, "dhcp_known", NULL, NULL, 0);
	/* DISCOVER, REQUEST, INFORM. All clients begin with this option, and what could hide
	 * behind another one is a RELEASE that we did not see. A DECLINE would let a guest
	 * burn one address of the range after the other. */
	nft_rule(out, DHCP_FIRST_OPTION " { 0x350101, 0x350103, 0x350108 } accept");
	nft_rule(out,
		 DHCP_FIRST_OPTION " 0x350107 %s" DHCP_CIADDR " . " DHCP_CHADDR
				   " @bound delete @bound { " DHCP_CIADDR " . " DHCP_CHADDR
				   " } delete @taken { " DHCP_CIADDR " } accept",
		 any_fixed(out, AF_INET) ? DHCP_CIADDR " != @fixed " : "");
	nft_rule(out, "drop");
	nft_end(out);
}

/* The host's own answers say whose address is whose. */
static void write_snooping(const struct nft_out *out)
{
	unsigned lease = out->config->lease4 ? out->config->lease4 : 3600;

	nft_chain(out, "output", "filter", "output", PRIORITY);
	if (out->has4) {
		fprintf(out->f, "\t\toifgroup 0x%08x udp sport 67 udp dport 68 ip saddr ",
			out->ports);
		nft_addresses(out, AF_INET, NFT_HOST, "");
		fprintf(out->f, " " DHCP_FIRST_OPTION " 0x350105 goto dhcp_ack\n");
	}
	nft_end(out);
	if (!out->has4)
		return;
	nft_chain(out, "dhcp_ack", NULL, NULL, 0);
	nft_rule(out, DHCP_YIADDR " 0 accept");
	if (any_fixed(out, AF_INET))
		nft_rule(out, DHCP_YIADDR " @fixed accept");
	nft_rule(out,
		 "update @bound { " DHCP_YIADDR " . " DHCP_CHADDR " timeout %us } "
		 "update @taken { " DHCP_YIADDR " timeout %us }",
		 lease, lease);
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
			put_element(out, &out->config->addresses[i].ip.u.v6, 16, NULL, 0);
	put_element(out, &local, sizeof(local), NULL, 0);
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
		put_hex(out, &mask, sizeof(mask));
		fputs(" == ", out->f);
		put_hex(out, &first, sizeof(first));
		fputs(" return\n", out->f);
	}
	nft_rule(out, "drop");
}

static void write_nd(const struct nft_out *out)
{
	bool any = any_fixed(out, AF_INET6);

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
			 ND_TARGET " @taken6 " ND_TARGET " . " ETHER_SOURCE " != @bound6 drop");
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
	if (any_fixed(out, AF_INET6))
		nft_rule(out,
			 IP6_SOURCE " @taken6 " IP6_SOURCE " . " ETHER_SOURCE " != @bound6 drop");
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
	begin_set(out, "budget6", "type iface_index", "dynamic,timeout");
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
	nft_chain(out, "forward", "filter", "forward", PRIORITY);
	if (out->config->guests_isolated) {
		nft_rule(out, "iifgroup 0x%08x oifgroup 0x%08x drop", out->ports, out->ports);
	} else {
		/* Questions to a server are for the host alone. */
		nft_rule(out, "iifgroup 0x%08x udp dport { 67, 547 } drop", out->ports);
		nft_rule(out, "iifgroup 0x%08x icmpv6 type nd-router-solicit drop", out->ports);
	}
	nft_end(out);
	if (!out->config->stp)
		return;
	/* With STP, what is for the bridge itself takes another way. */
	nft_chain(out, "input", "filter", "input", PRIORITY);
	nft_rule(out, "iifgroup 0x%08x ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop",
		 out->ports);
	nft_end(out);
}

void nft_write_bridge(const struct nft_out *out)
{
	char mac[MAC_TEXT_SIZE];

	write_bindings(out);
	write_dhcp(out);
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
	nft_rule(out, "ether saddr %s drop", mac_format(mac, out->state->bridge_mac));
	nft_rule(out,
		 "ether type vmap { ip : goto from_ip, ip6 : goto from_ip6, arp : goto from_arp }");
	nft_rule(out, "drop");
	nft_end(out);

	nft_chain(out, "prerouting", "filter", "prerouting", PRIORITY);
	nft_rule(out, "iifgroup 0x%08x goto from_guest", out->ports);
	nft_end(out);
	write_between(out);
	write_snooping(out);
}

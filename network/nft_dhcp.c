/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge table: who may ask for an address, and whose it is then. */
#include "nft_priv.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

/* In a DHCP message, counted from the UDP header. */
#define DHCP_OP_TYPE_LEN "@th,64,24"
#define DHCP_CIADDR "@th,160,32"
#define DHCP_YIADDR "@th,192,32"
#define DHCP_GIADDR "@th,256,32"
#define DHCP_CHADDR "@th,288,24 . @th,312,24"
#define DHCP_FIRST_OPTION "@th,1984,24"
#define DHCP_RELEASE "0x350107"

/* What is bound passes without a further look, so it has to be what a guest may have. */
static bool bindable(const struct nft_out *out, struct in_addr ip, const uint8_t mac[MAC_LEN])
{
	bool within = false;

	for (size_t i = 0; i < out->config->n_addresses; i++) {
		const struct net_address *a = &out->config->addresses[i];
		uint32_t mask = a->prefix ? 0xffffffffU << (32 - a->prefix % 33) : 0;

		if (a->ip.family != AF_INET)
			continue;
		if (ip.s_addr == a->ip.u.v4.s_addr)
			return false;
		within |= ((ip.s_addr ^ a->ip.u.v4.s_addr) & htonl(mask)) == 0;
	}
	return within && memcmp(mac, out->state->bridge_mac, MAC_LEN) != 0;
}

static bool fixed(const struct nft_out *out, const struct net_host *host, int family)
{
	if (family == AF_INET6)
		return host->has_mac && host->ipv6.family == AF_INET6;
	return host->has_mac && host->ipv4.family == AF_INET &&
	       bindable(out, host->ipv4.u.v4, host->mac);
}

bool nft_any_fixed(const struct nft_out *out, int family)
{
	for (size_t i = 0; i < out->config->n_hosts; i++)
		if (fixed(out, &out->config->hosts[i], family))
			return true;
	return false;
}

/* ---- whose address is whose */

void nft_put_hex(const struct nft_out *out, const void *bytes, size_t n)
{
	fputs("0x", out->f);
	for (size_t i = 0; i < n; i++)
		fprintf(out->f, "%02x", ((const uint8_t *)bytes)[i]);
}

static void put_mac(const struct nft_out *out, const uint8_t mac[MAC_LEN])
{
	nft_put_hex(out, mac, 3);
	fputs(" . ", out->f);
	nft_put_hex(out, mac + 3, 3);
}

void nft_put_element(const struct nft_out *out, const void *ip, size_t len, const uint8_t *mac,
		     uint32_t seconds)
{
	nft_put_hex(out, ip, len);
	if (mac) {
		fputs(" . ", out->f);
		put_mac(out, mac);
	}
	if (seconds)
		fprintf(out->f, " timeout %us", seconds);
	fputs(",\n", out->f);
}

static void put_fixed(const struct nft_out *out, int family, bool mac)
{
	for (size_t i = 0; i < out->config->n_hosts; i++) {
		const struct net_host *host = &out->config->hosts[i];

		if (!fixed(out, host, family))
			continue;
		if (family == AF_INET)
			nft_put_element(out, &host->ipv4.u.v4, 4, mac ? host->mac : NULL, 0);
		else
			nft_put_element(out, &host->ipv6.u.v6, 16, mac ? host->mac : NULL, 0);
	}
}

static bool is_fixed(const struct nft_out *out, struct in_addr ip)
{
	for (size_t i = 0; i < out->config->n_hosts; i++)
		if (fixed(out, &out->config->hosts[i], AF_INET) &&
		    out->config->hosts[i].ipv4.u.v4.s_addr == ip.s_addr)
			return true;
	return false;
}

static void put_leases(const struct nft_out *out, bool mac)
{
	for (size_t i = 0; i < out->state->n_leases; i++) {
		const struct net_nft_lease *lease = &out->state->leases[i];

		if (bindable(out, lease->ip, lease->mac) && !is_fixed(out, lease->ip))
			nft_put_element(out, &lease->ip, 4, mac ? lease->mac : NULL,
					lease->seconds);
	}
}

void nft_begin_set(const struct nft_out *out, const char *name, const char *type, unsigned size)
{
	fprintf(out->f, "\tset %s {\n", name);
	nft_rule(out, "%s", type);
	if (size)
		nft_rule(out, "size %u; flags dynamic,timeout; gc-interval 10s;", size);
}

/* How many leases there can be, and room for those that were given before. */
static unsigned lease_room(const struct nft_out *out)
{
	uint64_t room = 256;

	for (size_t i = 0; i < out->config->n_dhcp; i++) {
		const struct net_range *range = &out->config->dhcp[i];

		if (range->first.family == AF_INET)
			room += 2 * ((uint64_t)ntohl(range->last.u.v4.s_addr) -
				     ntohl(range->first.u.v4.s_addr) + 1);
	}
	room += out->config->n_hosts;
	return room < NFT_SET_MAX ? (unsigned)room : NFT_SET_MAX;
}

void nft_write_bindings(const struct nft_out *out)
{
	bool fixed4 = nft_any_fixed(out, AF_INET), any4 = fixed4;

	for (size_t i = 0; i < out->state->n_leases; i++)
		any4 |= bindable(out, out->state->leases[i].ip, out->state->leases[i].mac);

	for (int mac = 0; mac < 2; mac++) {
		nft_begin_set(out, mac ? "bound" : "taken",
			      mac ? "typeof " NFT_IP_SOURCE " . " NFT_ETHER_SOURCE
				  : "typeof " NFT_IP_SOURCE,
			      lease_room(out));
		fputs(any4 ? "\t\telements = {\n" : "", out->f);
		put_fixed(out, AF_INET, mac);
		put_leases(out, mac);
		fputs(any4 ? "\t\t}\n" : "", out->f);
		nft_end(out);
	}
	if (fixed4) {
		nft_begin_set(out, "fixed", "typeof " NFT_IP_SOURCE, 0);
		fputs("\t\telements = {\n", out->f);
		put_fixed(out, AF_INET, false);
		fputs("\t\t}\n", out->f);
		nft_end(out);
	}
	for (int mac = 0; mac < 2 && nft_any_fixed(out, AF_INET6); mac++) {
		nft_begin_set(out, mac ? "bound6" : "taken6",
			      mac ? "typeof " NFT_IP6_SOURCE " . " NFT_ETHER_SOURCE
				  : "typeof " NFT_IP6_SOURCE,
			      0);
		fputs("\t\telements = {\n", out->f);
		put_fixed(out, AF_INET6, mac);
		fputs("\t\t}\n", out->f);
		nft_end(out);
	}
}

/* ---- DHCP */

/*
 * A port gets leases for as many hardware addresses as its share is: `budget` counts the new ones
 * of each port, and forgets them when it has heard of none for as long as a lease lasts; `clients`
 * knows the rest for as long as they keep asking. What does not look exactly as it should finds no
 * rule that takes it.
 */
void nft_write_dhcp(const struct nft_out *out)
{
	const struct net_config *c = out->config;
	unsigned lease = c->lease4 ? c->lease4 : 3600;
	/* The shares of all ports; where they are small, of ports that left as well. */
	unsigned room = NFT_PORTS_SIZE / 2 * (c->leases_per_port > 8 ? c->leases_per_port : 8);

	nft_begin_set(out, "clients", "typeof iif . " DHCP_CHADDR,
		      room < NFT_SET_MAX ? room : NFT_SET_MAX);
	nft_rule(out, "timeout %us", lease);
	nft_end(out);
	nft_begin_set(out, "budget", "type iface_index", NFT_PORTS_SIZE);
	nft_rule(out, "timeout %us", lease);
	nft_end(out);
	nft_begin_set(out, "pace", "type iface_index", NFT_PORTS_SIZE);
	nft_rule(out, "timeout 1m");
	nft_end(out);

	nft_chain(out, "from_dhcp", NULL, NULL, 0);
	nft_rule(out, "ip frag-off & 0x3fff != 0 drop");
	/* A request, of Ethernet, with 6 bytes of address; and no relay's. */
	nft_rule(out, DHCP_OP_TYPE_LEN " != 0x010106 drop");
	nft_rule(out, DHCP_GIADDR " != 0 drop");
	/* Who asks in another's name would end that one's lease, by a RELEASE or by a REQUEST for
	 * another address. nft cannot compare two fields, but can write one over the other: who
	 * asks is whose frame it is. (With a checksum of before, the server does not hear it.) */
	nft_rule(out, "@th,288,24 set @ll,48,24 @th,312,24 set @ll,72,24");
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
		 DHCP_FIRST_OPTION " " DHCP_RELEASE " %s" DHCP_CIADDR " . " DHCP_CHADDR
				   " @bound accept",
		 nft_any_fixed(out, AF_INET) ? DHCP_CIADDR " != @fixed " : "");
	nft_rule(out, "drop");
	nft_end(out);

	nft_chain(out, "dhcp_release", NULL, NULL, 0);
	nft_rule(out, "delete @bound { " DHCP_CIADDR " . " DHCP_CHADDR
		      " } delete @taken { " DHCP_CIADDR " }");
	nft_end(out);
}

void nft_write_release(const struct nft_out *out)
{
	nft_rule(out, "ip protocol udp udp dport 67 " DHCP_FIRST_OPTION " " DHCP_RELEASE
		      " goto dhcp_release");
}

/* The host's own answers say whose address is whose. */
void nft_write_snooping(const struct nft_out *out)
{
	unsigned lease = out->config->lease4 ? out->config->lease4 : 3600;

	nft_chain(out, "output", "filter", "output", NFT_BRIDGE_PRIORITY);
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
	if (nft_any_fixed(out, AF_INET))
		nft_rule(out, DHCP_YIADDR " @fixed accept");
	nft_rule(out,
		 "update @bound { " DHCP_YIADDR " . " DHCP_CHADDR " timeout %us } "
		 "update @taken { " DHCP_YIADDR " timeout %us }",
		 lease, lease);
	nft_end(out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inet table: what passes between the network, the host and everything else. */
#include "nft_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Before the chains of others, so that what we refuse costs them nothing. What we accept
 * they still see: no table can overrule another one's drop. */
#define FILTER (-10)
#define DSTNAT (-100)
#define SRCNAT 100

/* ---- writing */

void nft_rule(const struct nft_out *out, const char *fmt, ...)
{
	va_list args;

	fputs("\t\t", out->f);
	va_start(args, fmt);
	vfprintf(out->f, fmt, args);
	va_end(args);
	fputc('\n', out->f);
}

void nft_chain(const struct nft_out *out, const char *name, const char *type, const char *hook,
	       int priority)
{
	fprintf(out->f, "\tchain %s {\n", name);
	if (hook)
		nft_rule(out, "type %s hook %s priority %d; policy accept;", type, hook, priority);
}

void nft_end(const struct nft_out *out)
{
	fputs("\t}\n", out->f);
}

/* ip with all bits behind the first `prefix` set to ones, or to zeros. */
static struct net_ip fill(const struct net_ip *ip, unsigned prefix, bool ones)
{
	struct net_ip filled = *ip;
	uint8_t *bytes = (uint8_t *)&filled.u;
	unsigned bits = ip->family == AF_INET ? 32 : 128;

	for (unsigned i = prefix; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> (i % 8));

		bytes[i / 8] = (uint8_t)(ones ? bytes[i / 8] | bit : bytes[i / 8] & ~bit);
	}
	return filled;
}

static const char *text(char buf[NET_IP_TEXT_SIZE], const struct net_ip *ip)
{
	return inet_ntop(ip->family, &ip->u, buf, NET_IP_TEXT_SIZE) ? buf : "";
}

struct in6_addr nft_link_local(const struct nft_out *out)
{
	const uint8_t *mac = out->state->bridge_mac;
	struct in6_addr ip = {{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff,
				0xfe, mac[3], mac[4], mac[5]}}};

	return ip;
}

void nft_addresses(const struct nft_out *out, int family, enum nft_what what, const char *more)
{
	char buf[NET_IP_TEXT_SIZE];
	const char *comma = "";
	size_t n = *more ? 2 : 0;

	/* A single value is compared, which is cheaper than a set of one. */
	for (size_t i = 0; i < out->config->n_addresses; i++)
		n += out->config->addresses[i].ip.family == family ? 1 : 0;
	if (what == NFT_HOST)
		n += 1;
	fputs(n > 1 ? "{ " : "", out->f);
	for (size_t i = 0; i < out->config->n_addresses; i++) {
		const struct net_address *a = &out->config->addresses[i];
		struct net_ip first = fill(&a->ip, a->prefix, false);
		struct net_ip last = fill(&a->ip, a->prefix, true);

		if (a->ip.family != family)
			continue;
		fprintf(out->f, "%s%s", comma, text(buf, what == NFT_HOST ? &a->ip : &first));
		comma = ", ";
		if (what == NFT_SUBNETS)
			fprintf(out->f, "/%u", a->prefix);
		else if (family == AF_INET && a->prefix < 31)
			fprintf(out->f, ", %s", text(buf, &last));
	}
	if (what == NFT_HOST && family == AF_INET6) {
		struct net_ip ip = {.family = AF_INET6, .u.v6 = nft_link_local(out)};

		fprintf(out->f, "%s%s", comma, text(buf, &ip));
		comma = ", ";
	}
	if (*more)
		fprintf(out->f, "%s%s", comma, more);
	fputs(n > 1 ? " }" : "", out->f);
}

/* "FIELD OPERATOR addresses VERDICT" */
static void match(const struct nft_out *out, int family, const char *field, enum nft_what what,
		  const char *more, const char *verdict)
{
	bool any = family == AF_INET ? out->has4 : out->has6;

	if (!any && !*more) {
		nft_rule(out, "meta nfproto %s %s", family == AF_INET ? "ipv4" : "ipv6", verdict);
		return;
	}
	fprintf(out->f, "\t\t%s ", field);
	nft_addresses(out, family, what, more);
	fprintf(out->f, " %s\n", verdict);
}

/* "8000", "8000-8010" */
static const char *ports_text(char buf[16], const struct net_ports *ports)
{
	if (ports->last > ports->first)
		snprintf(buf, 16, "%u-%u", ports->first, ports->last);
	else
		snprintf(buf, 16, "%u", ports->first);
	return buf;
}

/* ---- guests and host */

static void write_services(const struct nft_out *out)
{
	const struct net_config *c = out->config;
	char buf[16];

	nft_rule(out, "icmp type echo-request accept");
	nft_rule(out, "icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, "
		      "nd-router-solicit, mld-listener-report, mld-listener-reduction, "
		      "mld2-listener-report } accept");
	if (out->has4)
		nft_rule(out, "udp sport 68 udp dport 67 accept");
	if (out->has6)
		nft_rule(out, "udp sport 546 udp dport 547 accept");
	if (c->dns)
		nft_rule(out, "meta l4proto { tcp, udp } th dport 53 accept");
	if (c->tftp_root)
		nft_rule(out, "udp dport 69 accept");
	for (size_t i = 0; i < c->n_services; i++)
		nft_rule(out, "%s dport %s accept",
			 c->services[i].protocol == NET_TCP ? "tcp" : "udp",
			 ports_text(buf, &c->services[i].ports));
}

/* dnsmasq serves this network and nobody else. */
static void write_others(const struct nft_out *out)
{
	if (out->has4)
		match(out, AF_INET, "iifname != \"lo\" udp dport { 53, 67, 69 } ip daddr", NFT_HOST,
		      "", "drop");
	if (out->has4)
		match(out, AF_INET, "iifname != \"lo\" tcp dport 53 ip daddr", NFT_HOST, "",
		      "drop");
	if (out->has6)
		match(out, AF_INET6, "iifname != \"lo\" udp dport { 53, 69, 547 } ip6 daddr",
		      NFT_HOST, "", "drop");
	if (out->has6)
		match(out, AF_INET6, "iifname != \"lo\" tcp dport 53 ip6 daddr", NFT_HOST, "",
		      "drop");
}

static void write_to_host(const struct nft_out *out)
{
	nft_chain(out, "to_host", NULL, NULL, 0);
	match(out, AF_INET, "ip saddr !=", NFT_SUBNETS, "0.0.0.0", "drop");
	match(out, AF_INET6, "ip6 saddr !=", NFT_SUBNETS, "fe80::/10, ::", "drop");
	nft_rule(out, "ct state established,related accept");
	nft_rule(out, "ct state invalid drop");
	match(out, AF_INET, "ip daddr !=", NFT_HOST, "255.255.255.255", "drop");
	match(out, AF_INET6, "ip6 daddr !=", NFT_HOST, "ff00::/8", "drop");
	write_services(out);
	nft_rule(out, "drop");
	nft_end(out);
}

static void write_input(const struct nft_out *out)
{
	bool open = out->config->mode == NET_OPEN;

	nft_chain(out, "input", "filter", "input", FILTER);
	/* A frame to some of the addresses that no bridge forwards (LLDP's, the spanning tree's)
	 * meets no rule of the bridge's, and comes to the host as from the port itself. Nothing
	 * else does: br_netfilter, too, names the bridge. (The kernel passes on to elsewhere no
	 * packet that was not sent to it alone.) */
	nft_rule(out, "iifgroup 0x%08x drop", out->ports);
	if (!open) {
		nft_rule(out, "iifname \"%s\" goto to_host", out->config->bridge);
		write_others(out);
	}
	nft_end(out);
	if (!open)
		write_to_host(out);
}

/* ---- forwarding */

/* To the network and from it alike: where the path is narrower than the guests' own MTU, the
 * other end learns it from the first packet, as those that would tell it are often lost. */
static void write_new(const struct nft_out *out)
{
	nft_rule(out, "tcp flags syn / syn,rst tcp option maxseg size set rt mtu");
	nft_rule(out, "accept");
}

static void write_from_guests(const struct nft_out *out)
{
	const struct net_config *c = out->config;

	nft_chain(out, "from_guests", NULL, NULL, 0);
	/* Where br_netfilter is on, frames between guests come by here too, so what may be said
	 * on a link has to pass. */
	nft_rule(out, "oifname \"%s\" goto between_guests", c->bridge);
	match(out, AF_INET, "ip saddr !=", NFT_SUBNETS, "", "drop");
	match(out, AF_INET6, "ip6 saddr !=", NFT_SUBNETS, "", "drop");
	if (c->mode != NET_ISOLATED) {
		nft_rule(out, "ct state established,related accept");
		nft_rule(out, "ct state invalid drop");
		nft_rule(out, "oifgroup 0x%08x reject with icmpx admin-prohibited",
			 NETNAME_BRIDGES);
		if (*c->uplink)
			nft_rule(out, "oifname != \"%s\" reject with icmpx admin-prohibited",
				 c->uplink);
		write_new(out);
	} else {
		nft_rule(out, "reject with icmpx admin-prohibited");
	}
	nft_end(out);

	nft_chain(out, "between_guests", NULL, NULL, 0);
	if (c->guests_isolated)
		nft_rule(out, "drop");
	match(out, AF_INET, "ip saddr !=", NFT_SUBNETS, "0.0.0.0", "drop");
	match(out, AF_INET6, "ip6 saddr !=", NFT_SUBNETS, "fe80::/10, ::", "drop");
	nft_end(out);
}

static void write_to_guests(const struct nft_out *out)
{
	const struct net_config *c = out->config;

	nft_chain(out, "to_guests", NULL, NULL, 0);
	if (c->mode != NET_ISOLATED) {
		nft_rule(out, "ct state established,related accept");
		nft_rule(out, "ct state invalid drop");
		nft_rule(out, "iifgroup 0x%08x drop", NETNAME_BRIDGES);
		nft_rule(out, "ct status dnat accept");
	}
	if (c->mode == NET_ROUTE && *c->uplink)
		nft_rule(out, "iifname != \"%s\" drop", c->uplink);
	if (c->mode == NET_ROUTE)
		write_new(out);
	else
		nft_rule(out, "drop");
	nft_end(out);
}

/*
 * The short way of nearly all packets, by groups, which cost less than names. It lets pass nothing
 * that the chains behind it would not, nor, as no table overrules another's drop, what the
 * chains of another network would not. (By index it would be shorter still; but rules that
 * were listed into a file would then not load where there is no such bridge.)
 */
static void write_short_way(const struct nft_out *out)
{
	for (int v6 = 0; v6 < 2; v6++)
		for (int in = 0; in < 2; in++) {
			if (v6 ? !out->has6 : !out->has4)
				continue;
			fprintf(out->f, "\t\t%cifgroup 0x%08x %cifgroup != 0x%08x %s %s ",
				in ? 'o' : 'i', NETNAME_BRIDGES, in ? 'i' : 'o', NETNAME_BRIDGES,
				v6 ? "ip6" : "ip", in ? "daddr" : "saddr");
			nft_addresses(out, v6 ? AF_INET6 : AF_INET, NFT_SUBNETS, "");
			fputs(" ct state established,related accept\n", out->f);
		}
}

static void write_forward(const struct nft_out *out)
{
	nft_chain(out, "forward", "filter", "forward", FILTER);
	if (out->config->mode != NET_ISOLATED)
		write_short_way(out);
	nft_rule(out, "iifname \"%s\" goto from_guests", out->config->bridge);
	nft_rule(out, "oifname \"%s\" goto to_guests", out->config->bridge);
	nft_end(out);
	write_from_guests(out);
	write_to_guests(out);
}

/* The isolation of ports ends where a guest sends by way of the host. */
static void write_isolation(const struct nft_out *out)
{
	const char *bridge = out->config->bridge;

	nft_chain(out, "forward", "filter", "forward", FILTER);
	nft_rule(out, "iifname \"%s\" oifname \"%s\" drop", bridge, bridge);
	nft_end(out);
}

/* ---- translation */

/*
 * A range that keeps its numbers needs no port in the rule. One that moves needs a map: what
 * the kernel does with a range of ports is to pick any of them.
 */
static void write_forward_to(const struct nft_out *out, const struct net_forward *fw,
			     const char *protocol)
{
	const char *family = fw->to.family == AF_INET ? "ip" : "ip6";
	bool v6 = fw->to.family == AF_INET6;
	char to[NET_IP_TEXT_SIZE], address[NET_IP_TEXT_SIZE], ports[16];

	fprintf(out->f, "\t\tmeta nfproto %s ", v6 ? "ipv6" : "ipv4");
	if (fw->address.family)
		fprintf(out->f, "%s daddr %s ", family, text(address, &fw->address));
	fprintf(out->f, "%s dport %s dnat %s to ", protocol, ports_text(ports, &fw->port), family);
	if (!fw->to_port || fw->to_port == fw->port.first) {
		fprintf(out->f, "%s\n", text(to, &fw->to));
		return;
	}
	fprintf(out->f, v6 ? "[%s]:" : "%s:", text(to, &fw->to));
	if (fw->port.last <= fw->port.first) {
		fprintf(out->f, "%u\n", fw->to_port);
		return;
	}
	fprintf(out->f, " %s dport map { ", protocol);
	for (unsigned port = fw->port.first; port <= fw->port.last; port++)
		fprintf(out->f, "%s%u : %u", port > fw->port.first ? ", " : "", port,
			(fw->to_port + (port - fw->port.first)) & 0xffff);
	fputs(" }\n", out->f);
}

static void write_forwards(const struct nft_out *out)
{
	const struct net_config *c = out->config;

	/* Only what is sent to the host itself: what is merely on its way through the host to
	 * the same port of somebody else is none of ours. */
	nft_chain(out, "dstnat", "nat", "prerouting", DSTNAT);
	nft_rule(out, "fib daddr type local jump forwards");
	nft_end(out);
	/* From the host's loopback address no guest could be answered. */
	nft_chain(out, "dstnat_host", "nat", "output", DSTNAT);
	nft_rule(out, "oifname != \"lo\" return");
	nft_rule(out, "ip daddr 127.0.0.0/8 return");
	nft_rule(out, "ip6 daddr ::1 return");
	nft_rule(out, "fib daddr type local jump forwards");
	nft_end(out);

	nft_chain(out, "forwards", NULL, NULL, 0);
	for (size_t i = 0; i < c->n_forwards; i++) {
		if (c->forwards[i].protocols & NET_TCP)
			write_forward_to(out, &c->forwards[i], "tcp");
		if (c->forwards[i].protocols & NET_UDP)
			write_forward_to(out, &c->forwards[i], "udp");
	}
	nft_end(out);
}

/* Out of the network in the host's name: of one family, and of all protocols or, with a
 * range of ports, of those that have ports. */
static void write_translation(const struct nft_out *out, int family, const struct net_ports *ports)
{
	const struct net_config *c = out->config;
	const struct net_range *nat = &c->nat;
	char buf[NET_IP_TEXT_SIZE];

	fprintf(out->f, "\t\toifname %s\"%s\" %s saddr ",
		*c->uplink ? "" : "!= ", *c->uplink ? c->uplink : c->bridge,
		family == AF_INET ? "ip" : "ip6");
	nft_addresses(out, family, NFT_SUBNETS, "");
	if (ports)
		fputs(" meta l4proto { tcp, udp }", out->f);
	if (nat->first.family != family) {
		fputs(ports ? " masquerade to " : " masquerade", out->f);
	} else {
		fprintf(out->f, " snat %s to %s", family == AF_INET ? "ip" : "ip6",
			text(buf, &nat->first));
		if (memcmp(&nat->first.u, &nat->last.u, family == AF_INET ? 4 : 16) != 0)
			fprintf(out->f, "-%s", text(buf, &nat->last));
	}
	if (ports)
		fprintf(out->f, ":%u-%u", ports->first, ports->last);
	fputc('\n', out->f);
}

static void write_nat(const struct nft_out *out)
{
	const struct net_config *c = out->config;

	if (c->n_forwards)
		write_forwards(out);
	nft_chain(out, "srcnat", "nat", "postrouting", SRCNAT);
	/* A guest that goes by the host's address to a guest of the same network: the answer
	 * has to come back the same way. (Where it came in is not known here: br_netfilter does
	 * not say, nor do kernels before 5.7.) */
	for (int v6 = 0; v6 < 2 && c->n_forwards; v6++)
		if (v6 ? out->has6 : out->has4) {
			fprintf(out->f, "\t\toifname \"%s\" ct status dnat %s saddr ", c->bridge,
				v6 ? "ip6" : "ip");
			nft_addresses(out, v6 ? AF_INET6 : AF_INET, NFT_SUBNETS, "");
			fputs(" masquerade\n", out->f);
		}
	for (int v6 = 0; v6 < 2 && c->mode == NET_NAT; v6++) {
		int family = v6 ? AF_INET6 : AF_INET;

		if (v6 ? !c->nat6 || !out->has6 : !out->has4)
			continue;
		if (c->nat_ports.first)
			write_translation(out, family, &c->nat_ports);
		write_translation(out, family, NULL);
	}
	nft_end(out);
}

/* ---- the whole */

static bool name_ok(const char *name)
{
	return ifname_check(name, strnlen(name, IFNAME_MAX + 1)) == IFNAME_OK;
}

static void write_removal(FILE *f, const char *name)
{
	/* To delete what is not there is an error, to add what is there is none. */
	fprintf(f,
		"table bridge netgrant-%s { }\ndelete table bridge netgrant-%s\n"
		"table inet netgrant-%s { }\ndelete table inet netgrant-%s\n",
		name, name, name, name);
}

static void write_tables(const struct nft_out *out)
{
	const struct net_config *c = out->config;

	if (!out->state->fresh)
		write_removal(out->f, c->name);
	fprintf(out->f, "table bridge netgrant-%s {\n", c->name);
	nft_write_bridge(out);
	fprintf(out->f, "}\ntable inet netgrant-%s {\n", c->name);
	write_input(out);
	if (c->mode != NET_OPEN)
		write_forward(out);
	else if (c->guests_isolated)
		write_isolation(out);
	if (c->mode != NET_ISOLATED)
		write_nat(out);
	fputs("}\n", out->f);
}

/* Takes f. */
static char *finish(FILE *f, char **text_of)
{
	bool failed = ferror(f);

	if (fclose(f) == 0 && !failed)
		return *text_of;
	free(*text_of);
	errno = ENOMEM;
	return NULL;
}

char *net_nft_render(const struct net_config *config, const struct net_nft_state *state)
{
	struct nft_out out = {
		.config = config, .state = state, .ports = netname_port_group(state->bridge_index)};
	char *done = NULL;
	size_t size;

	if (!name_ok(config->name) || !name_ok(config->bridge) || state->bridge_index == 0 ||
	    state->bridge_index >= NETNAME_PORTS || (*config->uplink && !name_ok(config->uplink))) {
		errno = EINVAL;
		return NULL;
	}
	out.has4 = net_config_has(config, AF_INET);
	out.has6 = net_config_has(config, AF_INET6);
	out.f = open_memstream(&done, &size);
	if (!out.f)
		return NULL;
	write_tables(&out);
	return finish(out.f, &done);
}

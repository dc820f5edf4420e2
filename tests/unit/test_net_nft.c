/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text only: what it does to packets is tests/nft.bats. */
#include "network/nft.h"

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct net_ip ip(const char *text)
{
	struct net_ip ip = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	CHECK_INT(inet_pton(ip.family, text, &ip.u), 1);
	return ip;
}

static struct net_config *base(void)
{
	struct net_config *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	memcpy(c->name, "default", 8);
	memcpy(c->bridge, "ng-default", 11);
	c->leases_per_port = 8;
	c->addresses[0] = (struct net_address){ip("192.168.22.1"), 24};
	c->addresses[1] = (struct net_address){ip("fd22::1"), 64};
	c->n_addresses = 2;
	return c;
}

static const struct net_nft_state here = {.bridge_index = 7,
					  .bridge_mac = {0x52, 0x54, 0, 0, 0, 1}};

/* Is line one of text's, but for the blanks it begins with? */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; at && *at; at = strchr(at, '\n')) {
		at += strspn(at, "\n\t ");
		if (strncmp(at, line, len) == 0 && (at[len] == '\n' || at[len] == '\0'))
			return true;
	}
	return false;
}

static void check_line(const struct net_config *c, const char *line, bool want)
{
	char *text = net_nft_render(c, &here);

	test_case("%s", line);
	if (CHECK(text))
		CHECK_INT(has_line(text, line), want);
	test_case("%s", "");
	free(text);
}

/* A name is refused by every byte that is none of a name's, wherever it stands. */
static void hostile_names(void)
{
	struct net_config *c = base();
	char *fields[] = {c->name, c->bridge, c->uplink};

	memcpy(c->uplink, "eth0", 5);
	for (size_t field = 0; field < ARRAY_LEN(fields); field++)
		for (unsigned byte = 1; byte < 256; byte++)
			for (size_t at = 0; at < 4; at++) {
				char before = fields[field][at], *text;
				bool good = ifname_char_ok((unsigned char)byte);

				test_case("field %zu, byte %u at %zu", field, byte, at);
				fields[field][at] = (char)byte;
				errno = 0;
				text = net_nft_render(c, &here);
				CHECK_INT(text != NULL, good);
				CHECK_INT(errno, good ? 0 : EINVAL);
				fields[field][at] = before;
				free(text);
			}
	free(c);
}

static void names_without_end(void)
{
	struct net_config *c = base();

	memset(c->name, 'a', sizeof(c->name));
	CHECK(!net_nft_render(c, &here));
	memset(c->name, 0, sizeof(c->name));
	CHECK(!net_nft_render(c, &here));
	memcpy(c->name, "default", 8);
	memset(c->bridge, 'a', sizeof(c->bridge));
	CHECK(!net_nft_render(c, &here));
	memcpy(c->bridge, "..", 3);
	CHECK(!net_nft_render(c, &here));
	memcpy(c->bridge, "br0", 4);
	memset(c->uplink, 'a', sizeof(c->uplink));
	CHECK(!net_nft_render(c, &here));
	free(c);
}

/* No name comes here that the reader of the file did not check; by rule, not luck. */
static void bad_names(void)
{
	static const char *const bad[] = {"",   "a b", "a;b", "a\nb", "a\"b", "a{",
					  "..", "a}b", "a#",  "a$b",  "a/b",  "a*"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct net_config *c = base();

		test_case("'%s'", bad[i]);
		snprintf(c->name, sizeof(c->name), "%s", bad[i]);
		errno = 0;
		CHECK(!net_nft_render(c, &here));
		CHECK_INT(errno, EINVAL);
		free(c);
	}
}

static void bridge_indices(void)
{
	struct net_config *c = base();
	struct net_nft_state state = here;
	char *text;

	state.bridge_index = 0;
	CHECK(!net_nft_render(c, &state));
	state.bridge_index = NETNAME_PORTS;
	CHECK(!net_nft_render(c, &state));
	state.bridge_index = NETNAME_PORTS - 1;
	text = net_nft_render(c, &state);
	if (CHECK(text))
		CHECK(has_line(text, "iifgroup != 0x7fffffff accept"));
	free(text);
	free(c);
}

/* Strings of a configuration that are for dnsmasq never get here. */
static void other_strings(void)
{
	static char evil[] = "x\"; } } flush ruleset; #\n";
	struct net_host host = {.name = evil, .id = evil};
	struct net_record record = {.name = evil, .txt = evil, .srv_target = evil};
	struct net_forward fw = {.name = evil, .protocols = NET_TCP, .port = {1, 1}, .to_port = 1};
	struct net_config *c = base();
	char *text;

	fw.to = ip("192.168.22.5");
	c->boot_file = c->domain = c->tftp_root = c->search[0] = evil;
	c->n_search = 1;
	c->hosts = &host;
	c->records = &record;
	c->forwards = &fw;
	c->n_hosts = c->n_records = c->n_forwards = 1;
	text = net_nft_render(c, &here);
	if (CHECK(text))
		CHECK(!strstr(text, "flush") && !strstr(text, "x\""));
	free(text);
	free(c);
}

static void subnets(void)
{
	struct net_config *c = base();

	c->addresses[0] = (struct net_address){ip("192.168.23.77"), 23};
	c->addresses[1] = (struct net_address){ip("2001:db8:1:2ff::1"), 57};
	check_line(c, "ip saddr != 192.168.22.0/23 drop", true);
	check_line(c, "ip saddr { 192.168.23.77, 192.168.23.255 } drop", true);
	check_line(c, "ip6 saddr != 2001:db8:1:280::/57 drop", true);
	c->addresses[0].prefix = 32;
	check_line(c, "ip saddr != 192.168.23.77/32 drop", true);
	c->addresses[0].prefix = 0;
	check_line(c, "ip saddr != 0.0.0.0/0 drop", true);
	/* A family that the network does not have has no way. */
	c->n_addresses = 1;
	check_line(c, "meta nfproto ipv6 drop", true);
	c->n_addresses = 0;
	check_line(c, "meta nfproto ipv4 drop", true);
	free(c);
}

static void port_forwards(void)
{
	struct net_forward fw = {.protocols = NET_TCP | NET_UDP, .port = {8000, 8002}};
	struct net_config *c = base();

	fw.to = ip("192.168.22.5");
	fw.to_port = 65535; /* past the end: the parser refuses it, and here it wraps */
	c->forwards = &fw;
	c->n_forwards = 1;
	check_line(c,
		   "meta nfproto ipv4 udp dport 8000-8002 dnat ip to 192.168.22.5: udp dport map "
		   "{ 8000 : 65535, 8001 : 0, 8002 : 1 }",
		   true);
	fw.port = (struct net_ports){65535, 65535};
	fw.to_port = 80;
	fw.to = ip("fd22::5");
	fw.address = ip("fd22::1");
	check_line(c,
		   "meta nfproto ipv6 ip6 daddr fd22::1 tcp dport 65535 dnat ip6 to [fd22::5]:80",
		   true);
	c->mode = NET_ISOLATED;
	check_line(c, "chain forwards {", false);
	free(c);
}

/* What is bound passes without a further look: it is never the host's, nor of elsewhere. */
static void bindings(void)
{
	struct net_nft_lease leases[] = {{.mac = {2}, .seconds = 9},
					 {.mac = {2}, .seconds = 9},
					 {.mac = {0x52, 0x54, 0, 0, 0, 1}, .seconds = 9}};
	struct net_host host = {.has_mac = true, .mac = {2}};
	struct net_config *c = base();
	struct net_nft_state state = here;
	char *text;

	leases[0].ip = ip("192.168.22.1").u.v4;
	leases[1].ip = ip("192.168.23.5").u.v4;
	leases[2].ip = ip("192.168.22.5").u.v4;
	host.ipv4 = ip("192.168.22.1");
	c->hosts = &host;
	c->n_hosts = 1;
	state.leases = leases;
	state.n_leases = ARRAY_LEN(leases);
	text = net_nft_render(c, &state);
	if (CHECK(text))
		CHECK(!strstr(text, "elements"));
	free(text);
	leases[2].mac[5] = 2;
	text = net_nft_render(c, &state);
	if (CHECK(text))
		CHECK(has_line(text, "0xc0a81605 . 0x525400 . 0x000002 timeout 9s,"));
	free(text);
	free(c);
}

/* The set of those who asked has room for the shares of all ports, as far as a set goes. */
static void shares(void)
{
	struct net_config *c = base();

	check_line(c, "size 8192; flags dynamic,timeout; gc-interval 10s;", true);
	c->leases_per_port = 1;
	check_line(c, "size 8192; flags dynamic,timeout; gc-interval 10s;", true);
	c->leases_per_port = 9;
	check_line(c, "size 9216; flags dynamic,timeout; gc-interval 10s;", true);
	c->leases_per_port = 4096;
	check_line(c, "size 65535; flags dynamic,timeout; gc-interval 10s;", true);
	free(c);
}

static void many(void)
{
	struct net_config *c = base();
	struct net_nft_state state = here;
	struct net_host *hosts = calloc(NET_HOSTS_MAX, sizeof(*hosts));
	struct net_nft_lease *leases = calloc(NET_HOSTS_MAX, sizeof(*leases));
	char *text;

	c->addresses[0] = (struct net_address){ip("10.9.9.9"), 8};
	for (unsigned i = 0; i < NET_HOSTS_MAX; i++) {
		hosts[i].has_mac = true;
		hosts[i].ipv4.family = AF_INET;
		hosts[i].ipv4.u.v4.s_addr = htonl(0x0a000000U + i);
		leases[i].ip.s_addr = htonl(0x0a000000U + NET_HOSTS_MAX / 2 + i);
		leases[i].seconds = 1;
	}
	c->hosts = hosts;
	c->n_hosts = NET_HOSTS_MAX;
	state.leases = leases;
	state.n_leases = NET_HOSTS_MAX;
	text = net_nft_render(c, &state);
	if (CHECK(text)) {
		/* What is fixed has no end, even where there is a lease of it. */
		CHECK(has_line(text, "0x0a000fff,"));
		CHECK(!has_line(text, "0x0a000fff timeout 1s,"));
		CHECK(has_line(text, "0x0a001000 timeout 1s,"));
		CHECK(has_line(text, "0x0a001000 . 0x000000 . 0x000000 timeout 1s,"));
	}
	free(text);
	free(hosts);
	free(leases);
	free(c);
}

int main(void)
{
	static const struct test tests[] = {
		{"names of all bytes", hostile_names, false},
		{"names that are too long, empty, or dots", names_without_end, false},
		{"bad names", bad_names, false},
		{"bridge indices", bridge_indices, false},
		{"other strings do not get in", other_strings, false},
		{"subnets of all lengths", subnets, false},
		{"port forwards", port_forwards, false},
		{"bindings", bindings, false},
		{"shares of all sizes", shares, false},
		{"as many hosts and leases as there may be", many, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

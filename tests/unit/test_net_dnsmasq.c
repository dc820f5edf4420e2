/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network/dnsmasq.h"

#include "netconf.h"
#include "test.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct net_dnsmasq_paths paths = {
	.leases = "/var/lib/netgrant/test.leases",
	.pid = "/run/netgrant/networks/test/dnsmasq.pid",
	.resolv = "/etc/resolv.conf",
};

static char *rendered(const struct net_config *c)
{
	char *text = NULL;

	CHECK_INT(net_dnsmasq_render(c, &paths, &text), 0);
	return text;
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; p && (p = strstr(p, line)); p++)
		if (p > text && p[-1] == '\n' && p[len] == '\n')
			return true;
	return false;
}

static int result(const struct net_config *c)
{
	char *text = NULL;
	int r = net_dnsmasq_render(c, &paths, &text);

	CHECK((r == 0) == (text != NULL));
	free(text);
	return r;
}

/* tests/dnsmasq.bats shows that dnsmasq takes these to mean what they should. */
static void whole(void)
{
	struct net_config c;
	char *text;

	CHECK(netconf("plain", &c));
	text = rendered(&c);
	CHECK_STR(text, "# Written by nat-setup for the network 'test' at each start.\n"
			"interface=ng-test\n"
			"except-interface=lo\n"
			"bind-dynamic\n"
			"pid-file=\"/run/netgrant/networks/test/dnsmasq.pid\"\n"
			"dhcp-leasefile=\"/var/lib/netgrant/test.leases\"\n"
			"quiet-dhcp\n"
			"quiet-dhcp6\n"
			"quiet-ra\n"
			"quiet-tftp\n"
			"domain=test.internal\n"
			"no-hosts\n"
			"cache-size=1000\n"
			"domain-needed\n"
			"local=//\n"
			"local=/test.internal/\n"
			"rev-server=192.168.22.0/24\n"
			"resolv-file=\"/etc/resolv.conf\"\n"
			"dhcp-authoritative\n"
			"dhcp-lease-max=253\n"
			"no-ping\n"
			"dhcp-ignore-clid\n"
			"dhcp-name-match=set:no-name,wpad\n"
			"dhcp-name-match=set:no-name,isatap\n"
			"dhcp-name-match=set:no-name,localhost\n"
			"dhcp-ignore-names=tag:no-name\n"
			"dhcp-range=192.168.22.2,192.168.22.254,255.255.255.0,3600\n");
	free(text);
}

static void lines(void)
{
	static const struct {
		const char *network, *line;
		bool there;
	} cases[] = {
		{"full", "server=10.9.0.2#53", true},
		{"full", "server=/example.com/fd00:9::2#5353", true},
		{"full", "no-resolv", true},
		{"full", "rev-server=fd00:22::/64", true},
		{"full", "host-record=web.test.internal,web,192.168.22.10", true},
		{"full", "host-record=printer.test.internal,printer,fd00:22::77", true},
		{"full", "host-record=www.example.org,192.168.22.78", true},
		{"full", "txt-record=printer.test.internal,\"say \\\"hi\\\", \\\\ # there\"", true},
		{"full", "srv-host=_ldap._tcp.test.internal,web.test.internal,389,1,2", true},
		{"full", "dhcp-range=fd00:22::100,fd00:22::1ff,64,7200", true},
		{"full", "dhcp-range=fd00:23::,ra-stateless,64,7200", true},
		{"full", "dhcp-option=option:router", false},
		{"full", "dhcp-option-force=option:mtu,1400", true},
		{"full", "dhcp-option=option6:ntp-server,[fd00:22::1]", true},
		{"full", "dhcp-option=option:domain-search,test.internal,corp.example", true},
		{"full", "dhcp-boot=\"boot dir/a,b \\\"c\\\" \\\\ #d\"", true},
		{"full", "enable-ra", true},
		{"full", "ra-param=ng-test,mtu:1400,0", true},
		{"full", "dhcp-host=52:54:00:00:00:02,192.168.22.10,[fd00:22::10],web", true},
		{"full", "dhcp-lease-max=513", true},
		{"full", "tftp-root=\"/srv/tftp\"", true},
		{"isolated", "no-resolv", true},
		{"isolated", "resolv-file=\"/etc/resolv.conf\"", false},
		{"isolated", "dhcp-option=option:router", true},
		{"isolated", "ra-param=ng-test,mtu:1500,0,0", true},
		{"static", "dhcp-range=192.168.22.0,static,255.255.255.0,3600", true},
		{"static", "dhcp-range=fd00:22::,static,slaac,64,7200", true},
		{"static", "dhcp-lease-max=4", true},
		{"ids", "dhcp-ignore-clid", false},
		{"ids", "dhcp-host=id:01:02:03,192.168.22.20,vm", true},
		{"quiet", "port=0", true},
		{"quiet", "dhcp-authoritative", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct net_config c;
		char *text;

		CHECK(netconf(cases[i].network, &c));
		text = rendered(&c);
		test_case("%s: %s", cases[i].network, cases[i].line);
		CHECK_INT(has_line(text, cases[i].line), cases[i].there);
		free(text);
	}
}

/* What dnsmasq sees of a text's shape: the keys, and the marks that are not in quotes. */
static char *shape(const char *text)
{
	char *out = calloc(strlen(text) + 1, 1), *to = out;
	bool key = true, quoted = false;

	for (const char *p = text; out && *p; p++) {
		if (key && *p == '#') /* a comment */
			p += strcspn(p, "\n");
		if (quoted && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == '\n') {
			CHECK(!quoted);
			quoted = false;
			key = true;
			*to++ = *p;
		} else if (!quoted && (key || strchr(",/#@[]=\\' \t\r", *p)))
			*to++ = *p;
		if (*p == '=')
			key = false;
	}
	return out;
}

static void insert(char *value, size_t at, char b)
{
	memmove(value + at + 1, value + at, strlen(value + at) + 1);
	value[at] = b;
}

/* Row 36: each byte, at the start, in the middle and at the end of a value. Either the
 * text is refused, or it has the same lines with the same parts. */
static void inject(const struct net_config *c, const struct net_dnsmasq_paths *p, char *value,
		   const char *what)
{
	char *text = NULL, *before, was[300];
	size_t len = strlen(value), places[] = {0, len / 2, len};
	unsigned refused = 0;

	CHECK_INT(net_dnsmasq_render(c, p, &text), 0);
	before = shape(text ? text : "");
	free(text);
	snprintf(was, sizeof(was), "%s", value);
	for (unsigned i = 0; i < 3 * 256; i++) {
		char b = (char)(i % 256), *after;

		test_case("%s: byte %u at %zu", what, i % 256, places[i / 256]);
		insert(value, places[i / 256], b);
		text = NULL;
		if (net_dnsmasq_render(c, p, &text) == 0 && CHECK(text != NULL)) {
			after = shape(text);
			/* A dot makes another name of a name: web, but not w.eb, has a domain. */
			if (b != '.' && b != '_' && *value)
				CHECK_STR(after, before);
			CHECK((unsigned char)b >= ' ' || b == 0);
			CHECK(b != 0x7f);
			free(after);
		} else {
			refused++;
			CHECK(text == NULL);
		}
		free(text);
		memcpy(value, was, len + 1);
	}
	CHECK(refused >= 3 * 32);
	free(before);
}

static void every_byte(void)
{
	char leases[300] = "/l", pid[300] = "/p", resolv[300] = "/r", hosts[300] = "/h",
	     id[300] = "x:1";
	struct net_dnsmasq_paths p = {leases, pid, resolv, hosts};
	struct net_config c;

	CHECK(netconf("plain", &c));
	inject(&c, &p, leases, "leases");
	inject(&c, &p, pid, "pid");
	inject(&c, &p, resolv, "resolv");
	inject(&c, &p, hosts, "hosts");
	c.domain[5] = '\0';
	inject(&c, &p, c.domain, "domain");
	CHECK(netconf("full", &c));
	c.hosts[1].id = id;
	inject(&c, &p, c.name, "name");
	inject(&c, &p, c.bridge, "bridge");
	inject(&c, &p, c.domain, "domain");
	inject(&c, &p, c.search[0], "search");
	inject(&c, &p, c.boot_file, "boot-file");
	inject(&c, &p, c.tftp_root, "root");
	inject(&c, &p, c.forwarders[1].domain, "forwarders");
	inject(&c, &p, c.hosts[0].name, "host");
	inject(&c, &p, id, "id");
	inject(&c, &p, c.records[0].name, "record");
	inject(&c, &p, c.records[0].txt, "txt");
	inject(&c, &p, c.records[1].name, "record with srv");
	inject(&c, &p, c.records[1].srv_target, "srv");
}

/* dnsmasq makes two lines of one that is longer than 1024 bytes. */
static void long_lines(void)
{
	static char longest[2001];
	struct net_config c;

	for (size_t len = 1; len <= 2000; len += len < 900 ? 37 : 1) {
		char *text = NULL;
		size_t line = 0;

		test_case("%zu bytes", len);
		memset(longest, 'x', len);
		longest[len] = '\0';
		CHECK(netconf("full", &c));
		c.records[0].txt = longest;
		if (net_dnsmasq_render(&c, &paths, &text) < 0)
			CHECK(len > 900);
		else
			CHECK(len < 1000);
		for (const char *p = text; p && *p; p++) {
			line = *p == '\n' ? 0 : line + 1;
			CHECK(line <= 1000);
		}
		free(text);
	}
	memset(longest, '"', 600);
	longest[600] = '\0';
	CHECK_INT(result(&c), -EINVAL);
	c.records[0].txt = NULL;
	for (size_t i = 0; i < NET_LIST_MAX; i++)
		c.search[i] = longest;
	memset(longest, 'x', 60);
	longest[60] = '\0';
	c.n_search = NET_LIST_MAX;
	CHECK_INT(result(&c), -EINVAL);
	c.n_search = 12;
	CHECK_INT(result(&c), 0);
}

static void txt_parts(void)
{
	static char txt[601];
	struct net_config c;
	const char *line;
	char *text;

	memset(txt, 'x', 600);
	CHECK(netconf("full", &c));
	c.records[0].txt = txt;
	text = rendered(&c);
	line = text ? strstr(text, "txt-record=") : NULL;
	if (CHECK(line != NULL)) {
		const char *second = strstr(line, "\",\"");

		CHECK(second != NULL && second - strchr(line, '"') == 256);
	}
	free(text);
	txt[0] = '\0';
	text = rendered(&c);
	CHECK(has_line(text, "txt-record=printer.test.internal,\"\""));
	free(text);
}

static void refused_hosts(void)
{
	char name[20];
	static const char *const names[] = {"infinite", "ignore", "42",   "7d", "3600s",
					    "a:b",      "-a",     "a..b", ""};
	struct net_config c;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CHECK(netconf("full", &c));
		test_case("%s", names[i]);
		snprintf(name, sizeof(name), "%s", names[i]);
		c.hosts[1].name = name;
		CHECK_INT(result(&c), -EINVAL);
	}
	CHECK(netconf("full", &c));
	test_case("neither mac nor id");
	c.hosts[1].has_mac = false;
	CHECK_INT(result(&c), -EINVAL);
	c.hosts[1].id = (char[]){"*"};
	CHECK_INT(result(&c), -EINVAL);
	c.hosts[1].id = (char[]){"01:02"};
	CHECK_INT(result(&c), 0);
	c.hosts[1].name = (char[]){"7days"};
	CHECK_INT(result(&c), 0);
}

static void refused_others(void)
{
	struct net_config c;

	CHECK(netconf("full", &c));
	test_case("the local domain asked for elsewhere");
	c.forwarders[1].domain = (char[]){"Test.Internal"};
	CHECK_INT(result(&c), -EINVAL);
	CHECK(netconf("full", &c));
	test_case("no address");
	c.forwarders[1].ip.family = 0;
	CHECK_INT(result(&c), -EINVAL);
	CHECK(netconf("full", &c));
	test_case("a range outside");
	c.dhcp[0].first.u.v4.s_addr = 1;
	CHECK_INT(result(&c), -EINVAL);
	CHECK(netconf("full", &c));
	test_case("a range that leaves the host's /64");
	c.addresses[1].prefix = 48;
	CHECK_INT(result(&c), 0);
	c.dhcp[1].last.u.v6.s6_addr[7] = 1;
	CHECK_INT(result(&c), -EINVAL);
}

/* A guest known by DHCPv4's identifier needs them read; one known by its DUID does not. */
static void identifiers(void)
{
	struct net_config c;
	char *text;

	CHECK(netconf("full", &c));
	c.hosts[0].id = (char[]){"00:01"};
	c.hosts[0].ipv4.family = 0;
	text = rendered(&c);
	CHECK(has_line(text, "dhcp-ignore-clid"));
	CHECK(has_line(text, "dhcp-host=52:54:00:00:00:02,id:00:01,[fd00:22::10],web"));
	free(text);
}

static void without_dns(void)
{
	struct net_config c;
	char *text;

	CHECK(netconf("full", &c));
	c.dns = false;
	text = rendered(&c);
	CHECK(has_line(text, "port=0"));
	CHECK(has_line(text, "domain=test.internal"));
	CHECK(text && !strstr(text, "host-record") && !strstr(text, "\nserver="));
	free(text);
}

static void lease_counts(void)
{
	struct net_config c;
	char *text;

	/* 253 of one family, and as many of the other as the bridge has ports. */
	CHECK(netconf("full", &c));
	memset(c.dhcp[1].last.u.v6.s6_addr + 8, 0xff, 8);
	c.leases_per_port = 2;
	c.n_hosts = 0;
	text = rendered(&c);
	CHECK(has_line(text, "dhcp-lease-max=2301"));
	free(text);
	c.leases_per_port = 4096; /* the most that the file can ask for */
	text = rendered(&c);
	CHECK(has_line(text, "dhcp-lease-max=4194557"));
	free(text);
	c.dhcp[1].last = c.dhcp[1].first;
	text = rendered(&c);
	CHECK(has_line(text, "dhcp-lease-max=254"));
	free(text);
	/* A borrow between the bytes: .1.250 to .2.3 are ten. */
	c.addresses[0].prefix = 16;
	memcpy(&c.dhcp[0].first.u, (uint8_t[]){192, 168, 1, 250}, 4);
	memcpy(&c.dhcp[0].last.u, (uint8_t[]){192, 168, 2, 3}, 4);
	text = rendered(&c);
	CHECK(has_line(text, "dhcp-lease-max=11"));
	CHECK(has_line(text, "dhcp-range=192.168.1.250,192.168.2.3,255.255.0.0,3600"));
	free(text);
}

static void needs(void)
{
	const uint64_t bind = 1u << CAP_NET_BIND_SERVICE, admin = 1u << CAP_NET_ADMIN;
	struct net_config c;

	CHECK(netconf("quiet", &c));
	CHECK(!net_dnsmasq_needed(&c));
	c.dns = true;
	CHECK(net_dnsmasq_needed(&c));
	CHECK_INT(net_dnsmasq_caps(&c), bind);
	CHECK(netconf("plain", &c));
	CHECK_INT(net_dnsmasq_caps(&c), bind | admin);
	CHECK(netconf("isolated", &c));
	CHECK_INT(net_dnsmasq_caps(&c), bind | admin | 1u << CAP_NET_RAW);
	c.ra = false;
	CHECK_INT(net_dnsmasq_caps(&c), bind | admin);
}

int main(void)
{
	static const struct test tests[] = {
		{"a plain network, whole", whole, false},
		{"lines of all kinds", lines, false},
		{"row 36: every byte in every value", every_byte, false},
		{"long lines are refused", long_lines, false},
		{"long TXT records have parts", txt_parts, false},
		{"hosts that would be something else", refused_hosts, false},
		{"values that cannot work", refused_others, false},
		{"client identifiers and DUIDs", identifiers, false},
		{"no DNS", without_dns, false},
		{"how many leases", lease_counts, false},
		{"whether, and with which capabilities", needs, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

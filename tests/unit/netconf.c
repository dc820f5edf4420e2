/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netconf.h"

#include <stdlib.h>
#include <string.h>

static struct net_host hosts[4];
static struct net_record records[4];
static char text[64][300];
static size_t n_text;

/* Strings of the configuration can be written to, as the parser's. */
static char *str(const char *from)
{
	return strncpy(text[n_text++], from, sizeof(text[0]) - 1);
}

static struct net_ip ip(const char *from)
{
	struct net_ip ret = {0};

	if (net_ip_parse(from, strlen(from), &ret) < 0)
		abort();
	return ret;
}

static struct net_range range(const char *first, const char *last)
{
	return (struct net_range){ip(first), ip(last)};
}

static void plain(struct net_config *c)
{
	c->addresses[c->n_addresses++] = (struct net_address){ip("192.168.22.1"), 24};
	c->dhcp[c->n_dhcp++] = range("192.168.22.2", "192.168.22.254");
}

static void two_hosts(struct net_config *c)
{
	hosts[0] = (struct net_host){.name = str("web"),
				     .has_mac = true,
				     .mac = {0x52, 0x54, 0, 0, 0, 2},
				     .ipv4 = ip("192.168.22.10"),
				     .ipv6 = ip("fd00:22::10")};
	hosts[1] = (struct net_host){
		.name = str("db"), .has_mac = true, .mac = {0x52, 0x54, 0, 0, 0, 3}};
	c->hosts = hosts;
	c->n_hosts = 2;
}

static void full(struct net_config *c)
{
	plain(c);
	c->addresses[c->n_addresses++] = (struct net_address){ip("fd00:22::1"), 64};
	c->addresses[c->n_addresses++] = (struct net_address){ip("fd00:23::1"), 64};
	c->dhcp[c->n_dhcp++] = range("fd00:22::100", "fd00:22::1ff");
	c->ra = true;
	c->mtu = 1400;
	c->ntp[c->n_ntp++] = ip("192.168.22.1");
	c->ntp[c->n_ntp++] = ip("fd00:22::1");
	c->search[c->n_search++] = str("corp.example");
	c->boot_file = str("boot dir/a,b \"c\" \\ #d");
	c->tftp_root = str("/srv/tftp");
	c->forwarders[c->n_forwarders++] = (struct net_forwarder){str(""), ip("10.9.0.2"), 53};
	c->forwarders[c->n_forwarders++] =
		(struct net_forwarder){str("example.com"), ip("fd00:9::2"), 5353};
	two_hosts(c);
	records[0] = (struct net_record){.name = str("printer"),
					 .addresses = {ip("192.168.22.77"), ip("fd00:22::77")},
					 .n_addresses = 2,
					 .txt = str("say \"hi\", \\ # there")};
	records[1] = (struct net_record){.name = str("_ldap._tcp"),
					 .srv_target = str("web"),
					 .srv_port = 389,
					 .srv_priority = 1,
					 .srv_weight = 2};
	records[2] = (struct net_record){.name = str("www.example.org"),
					 .addresses = {ip("192.168.22.78")},
					 .n_addresses = 1};
	c->records = records;
	c->n_records = 3;
}

static void isolated(struct net_config *c)
{
	plain(c);
	c->mode = NET_ISOLATED;
	c->addresses[c->n_addresses++] = (struct net_address){ip("fd00:22::1"), 64};
	c->ra = true;
}

static void only_static(struct net_config *c)
{
	plain(c);
	c->n_dhcp = 0;
	c->addresses[c->n_addresses++] = (struct net_address){ip("fd00:22::1"), 64};
	c->ra = true;
	two_hosts(c);
}

static void ids(struct net_config *c)
{
	plain(c);
	hosts[0] = (struct net_host){
		.name = str("vm"), .id = str("01:02:03"), .ipv4 = ip("192.168.22.20")};
	c->hosts = hosts;
	c->n_hosts = 1;
}

static void quiet(struct net_config *c)
{
	plain(c);
	c->n_dhcp = 0;
	c->dns = false;
}

bool netconf(const char *name, struct net_config *ret)
{
	static const struct {
		const char *name;
		void (*fill)(struct net_config *c);
	} networks[] = {
		{"plain", plain},        {"full", full}, {"isolated", isolated},
		{"static", only_static}, {"ids", ids},   {"quiet", quiet},
	};

	n_text = 0;
	memset(text, 0, sizeof(text));
	*ret = (struct net_config){.name = "test",
				   .mode = NET_NAT,
				   .bridge = "ng-test",
				   .mtu = 1500,
				   .leases_per_port = 8,
				   .lease4 = 3600,
				   .lease6 = 7200,
				   .dns = true,
				   .domain = str("test.internal")};
	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		if (strcmp(name, networks[i].name) != 0)
			continue;
		networks[i].fill(ret);
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values are put together in buffers that are larger than whatever our format takes: one
 * that was cut is refused there. */

/* attribute of node as key of [section]. */
static void note(struct import *im, const xmlNode *node, const char *attribute, const char *section,
		 const char *key, bool list)
{
	char *value = xml_get(node, attribute);

	import_note(im, xml_line(node), section, NULL, key, value, list);
	xmlFree(value);
}

static void take_name(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	free(im->network);
	im->network = xml_content(node);
}

/* What says nothing about the network, or is libvirt's own book-keeping. */
static void take_nothing(void *ctx, const xmlNode *node)
{
	(void)ctx;
	(void)node;
}

static void take_bridge(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *stp = xml_get(node, "stp");

	note(im, node, "name", "network", "bridge", false);
	if (stp)
		import_note(im, xml_line(node), "network", NULL, "stp",
			    xml_is(stp, "on")    ? "yes"
			    : xml_is(stp, "off") ? "no"
						 : stp,
			    false);
	xml_only(&im->in, node, "delay", "0");
	xml_only(&im->in, node, "macTableManager", "kernel");
	xmlFree(stp);
}

static void take_mac(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "address", "network", "mac", false);
}

static void take_mtu(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "size", "network", "mtu", false);
}

static void take_domain(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "name", "dns", "domain", false);
	xml_only(&im->in, node, "localOnly", "yes");
}

static void take_forward(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *mode = xml_get(node, "mode");

	im->forwards = true;
	if (xml_is(mode, "nat") || xml_is(mode, "route") || xml_is(mode, "open") || !mode)
		import_note(im, xml_line(node), "network", NULL, "mode", mode ? mode : "nat",
			    false);
	else
		xml_fail(&im->in, xml_line(node),
			 "<forward mode='%s'> is no network of the host's own", QUOTE(mode));
	note(im, node, "dev", "network", "uplink", false);
	xmlFree(mode);
}

/* libvirt shows the device of <forward dev=''> a second time, in here. */
static void take_interface(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *dev = xml_get(node, "dev"), *first = xml_get(node->parent, "dev");

	if (dev && !xml_is(first, dev))
		import_note(im, xml_line(node), "network", NULL, "uplink", dev, false);
	xmlFree(dev);
	xmlFree(first);
}

static void take_nat(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "ipv6", "ipv6", "nat", false);
}

/* start='' and end='' as FIRST-LAST. */
static void take_range(struct import *im, const xmlNode *node, const char *section, const char *key,
		       bool list)
{
	char *start = xml_get(node, "start"), *end = xml_get(node, "end"), range[128];

	snprintf(range, sizeof(range), "%.60s-%.60s", start ? start : "", end ? end : "");
	import_note(im, xml_line(node), section, NULL, key, range, list);
	xmlFree(start);
	xmlFree(end);
}

static void take_nat_address(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	take_range(im, node, "ipv4", "nat-address", false);
}

static void take_nat_port(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	take_range(im, node, "ipv4", "nat-ports", false);
}

static void take_port(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *isolated = xml_get(node, "isolated");

	if (isolated)
		import_note(im, xml_line(node), "network", NULL, "guests",
			    xml_is(isolated, "yes")  ? "isolated"
			    : xml_is(isolated, "no") ? "connected"
						     : isolated,
			    false);
	xmlFree(isolated);
}

static void take_dns(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "enable", "dns", "enabled", false);
	xml_only(&im->in, node, "forwardPlainNames", "no");
}

static void take_forwarder(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *domain = xml_get(node, "domain"), *addr = xml_get(node, "addr"), text[400];

	if (addr) {
		snprintf(text, sizeof(text), "%.255s%s%.60s", domain ? domain : "",
			 domain ? "@" : "", addr);
		import_note(im, xml_line(node), "dns", NULL, "forwarders", text, true);
	} else {
		xml_refuse(&im->in, xml_line(node),
			   "<forwarder> without addr cannot be carried over");
	}
	xmlFree(domain);
	xmlFree(addr);
}

static void take_txt(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *name = xml_get(node, "name"), *value = xml_get(node, "value"), text[300];

	if (name && value) {
		snprintf(text, sizeof(text), "\"%.290s\"", value);
		import_note(im, xml_line(node), "record", name, "txt", text, false);
	} else {
		xml_fail(&im->in, xml_line(node), "<txt> without name or value");
	}
	xmlFree(name);
	xmlFree(value);
}

static void take_srv(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	static const char *const names[] = {"service", "protocol", "domain", "target",
					    "port",    "priority", "weight"};
	enum { SERVICE, PROTOCOL, DOMAIN, TARGET, PORT, PRIORITY, WEIGHT, COUNT };
	char *v[COUNT], name[600], text[400];

	for (size_t i = 0; i < COUNT; i++)
		v[i] = xml_get(node, names[i]);
	if (v[SERVICE] && v[PROTOCOL] && v[TARGET] && v[PORT]) {
		snprintf(name, sizeof(name), "%s%.100s._%.100s%s%.255s",
			 v[SERVICE][0] == '_' ? "" : "_", v[SERVICE], v[PROTOCOL],
			 v[DOMAIN] ? "." : "", v[DOMAIN] ? v[DOMAIN] : "");
		snprintf(text, sizeof(text), "%.255s:%.20s:%.20s:%.20s", v[TARGET], v[PORT],
			 v[PRIORITY] ? v[PRIORITY] : "0", v[WEIGHT] ? v[WEIGHT] : "0");
		import_note(im, xml_line(node), "record", name, "srv", text, false);
	} else {
		xml_refuse(&im->in, xml_line(node),
			   "<srv> without service, protocol, target or port cannot be carried "
			   "over");
	}
	for (size_t i = 0; i < COUNT; i++)
		xmlFree(v[i]);
}

/* Of <host ip=''>, the parent. */
static void take_hostname(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *name = xml_content(node), *ip = xml_get(node->parent, "ip");

	if (ip && name && name[0])
		import_note(im, xml_line(node), "record", name, "address", ip, true);
	else
		xml_fail(&im->in, xml_line(node),
			 "<hostname> without a name, or <host> without ip");
	xmlFree(name);
	xmlFree(ip);
}

/* Of an <ip>, or what is inside one. */
static const char *family_of(const xmlNode *node)
{
	const char *section = "ipv4";
	char *family;

	while (node && strcmp((const char *)node->name, "ip") != 0)
		node = node->parent;
	family = node ? xml_get(node, "family") : NULL;
	if (xml_is(family, "ipv6"))
		section = "ipv6";
	xmlFree(family);
	return section;
}

/* 255.255.255.0 is 24; -1: no such mask. */
static int mask_bits(const char *text)
{
	struct in_addr addr;
	uint32_t mask;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return -1;
	mask = ntohl(addr.s_addr);
	if ((~mask & (~mask + 1)) != 0)
		return -1;
	return __builtin_popcount(mask);
}

static void take_ip(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *address = xml_get(node, "address"), *prefix = xml_get(node, "prefix");
	char *mask = xml_get(node, "netmask"), *family = xml_get(node, "family"), text[128];
	int bits = mask ? mask_bits(mask) : -1;

	if (family && !xml_is(family, "ipv4") && !xml_is(family, "ipv6"))
		xml_fail(&im->in, xml_line(node), "<ip family='%s'>", QUOTE(family));
	else if (!address || (!prefix && bits < 0))
		xml_fail(&im->in, xml_line(node),
			 "<ip> without address, or without prefix or netmask");
	else {
		if (prefix)
			snprintf(text, sizeof(text), "%.60s/%.20s", address, prefix);
		else
			snprintf(text, sizeof(text), "%.60s/%d", address, bits);
		import_note(im, xml_line(node), family_of(node), NULL, "address", text, true);
	}
	xmlFree(address);
	xmlFree(prefix);
	xmlFree(mask);
	xmlFree(family);
}

static void take_tftp(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "root", "tftp", "root", false);
}

static void take_dhcp_range(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	take_range(im, node, family_of(node), "dhcp", true);
}

static void take_lease(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *expiry = xml_get(node, "expiry"), *unit = xml_get(node, "unit"), text[32];
	char letter = xml_is(unit, "seconds") ? 's' : xml_is(unit, "hours") ? 'h' : 'm';
	bool known = !unit || letter != 'm' || xml_is(unit, "minutes");

	/* A range has a time of its own there; here it is the network's. */
	if (!expiry || !known || xml_is(expiry, "0")) {
		xml_refuse(&im->in, xml_line(node), "<lease> of that time cannot be carried over");
	} else {
		snprintf(text, sizeof(text), "%.20s%c", expiry, letter);
		import_note(im, xml_line(node), family_of(node), NULL, "lease-time", text, false);
	}
	xmlFree(expiry);
	xmlFree(unit);
}

/* "0:4:7e" is 00:04:7e. What is no such thing stays as it is. Returns buf. */
static const char *long_bytes(const char *id, char *buf, size_t size)
{
	size_t used = 0;

	if (!strchr(id, ':') || strlen(id) * 2 >= size)
		return id;
	for (const char *p = id; *p; p += strcspn(p, ":") + (strchr(p, ':') != NULL)) {
		int len = (int)strcspn(p, ":");

		used += (size_t)snprintf(buf + used, size - used, "%s%s%.*s", p == id ? "" : ":",
					 len == 1 ? "0" : "", len, p);
	}
	return buf;
}

static void take_host(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;
	char *mac = xml_get(node, "mac"), *id = xml_get(node, "id"), *name = xml_get(node, "name"),
	     buf[1024];
	char *ip = xml_get(node, "ip"), made[32] = "guest-";
	const char *family = family_of(node), *called = name;

	if (!name) {
		for (const char *p = mac ? mac : ""; *p && strlen(made) < 20; p++)
			if (*p != ':')
				snprintf(made + strlen(made), 2, "%c", *p);
		called = made;
	}
	if (!mac && !id && !name) {
		xml_fail(&im->in, xml_line(node), "<host> without mac, id and name");
	} else if (!mac && !id) {
		/* libvirt knows it by the name that the guest tells, which anybody can tell. */
		xml_refuse(&im->in, xml_line(node),
			   "<host> without mac or id cannot be carried over");
	} else {
		import_note(im, xml_line(node), "host", called, "mac", mac, false);
		import_note(im, xml_line(node), "host", called, "id",
			    id ? long_bytes(id, buf, sizeof(buf)) : NULL, false);
		import_note(im, xml_line(node), "host", called, family, ip, false);
	}
	xmlFree(mac);
	xmlFree(id);
	xmlFree(name);
	xmlFree(ip);
}

static void take_bootp(void *ctx, const xmlNode *node)
{
	struct import *im = ctx;

	note(im, node, "file", "dhcp", "boot-file", false);
	note(im, node, "server", "dhcp", "boot-server", false);
}

static const struct xml_element elements[] = {
	{"network", "connections ", false, false, take_nothing},
	{"network/name", "", true, false, take_name},
	{"network/uuid", "", true, false, take_nothing},
	{"network/title", "", true, false, take_nothing},
	{"network/description", "", true, false, take_nothing},
	{"network/bridge", "name stp delay macTableManager ", false, false, take_bridge},
	{"network/mac", "address ", false, false, take_mac},
	{"network/mtu", "size ", false, false, take_mtu},
	{"network/domain", "name localOnly ", false, false, take_domain},
	{"network/forward", "mode dev ", false, false, take_forward},
	{"network/forward/interface", "dev ", false, false, take_interface},
	{"network/forward/nat", "ipv6 ", false, false, take_nat},
	{"network/forward/nat/address", "start end ", false, false, take_nat_address},
	{"network/forward/nat/port", "start end ", false, false, take_nat_port},
	{"network/port", "isolated ", false, false, take_port},
	{"network/dns", "enable forwardPlainNames ", false, false, take_dns},
	{"network/dns/forwarder", "domain addr ", false, false, take_forwarder},
	{"network/dns/txt", "name value ", false, false, take_txt},
	{"network/dns/srv", "service protocol domain target port priority weight ", false, false,
	 take_srv},
	{"network/dns/host", "ip ", false, false, take_nothing},
	{"network/dns/host/hostname", "", true, false, take_hostname},
	{"network/ip", "family address prefix netmask ", false, false, take_ip},
	{"network/ip/tftp", "root ", false, false, take_tftp},
	{"network/ip/dhcp", "", false, false, take_nothing},
	{"network/ip/dhcp/range", "start end ", false, false, take_dhcp_range},
	{"network/ip/dhcp/range/lease", "expiry unit ", false, false, take_lease},
	{"network/ip/dhcp/host", "mac id name ip ", false, false, take_host},
	{"network/ip/dhcp/bootp", "file server ", false, false, take_bootp},
};

void import_network(struct import *im, const xmlNode *root)
{
	if (strcmp((const char *)root->name, "network") != 0 || root->ns) {
		xml_fail(&im->in, xml_line(root), "<%s> is no <network>",
			 QUOTE((const char *)root->name));
		return;
	}
	xml_walk(&im->in, elements, ARRAY_LEN(elements), im, root, "");
	if (!im->forwards)
		import_note(im, xml_line(root), "network", NULL, "mode", "isolated", false);
}

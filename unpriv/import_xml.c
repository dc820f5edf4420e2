/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void take_fn(struct import *im, const xmlNode *node);

static unsigned line_of(const xmlNode *node)
{
	long line = xmlGetLineNo(node);

	return line > 0 ? (unsigned)line : 0;
}

/* Values are put together in buffers that are larger than whatever our format takes: one
 * that was cut is refused there. */

/* The attribute, or NULL; malloc'ed. */
static char *get(const xmlNode *node, const char *name)
{
	return (char *)xmlGetNoNsProp(node, (const xmlChar *)name);
}

/* The text of an element. */
static char *content(const xmlNode *node)
{
	return (char *)xmlNodeGetContent(node);
}

static bool is(const char *value, const char *word)
{
	return value && strcmp(value, word) == 0;
}

/* Refuses a value that we have no word for; frees it. */
static void only(struct import *im, const xmlNode *node, const char *name, const char *word)
{
	char *value = get(node, name);

	if (value && strcmp(value, word) != 0)
		import_refuse(im, line_of(node), "<%s %s='%s'> cannot be carried over", node->name,
			      name, QUOTE(value));
	xmlFree(value);
}

/* attribute of node as key of [section]. */
static void note(struct import *im, const xmlNode *node, const char *attribute, const char *section,
		 const char *key, bool list)
{
	char *value = get(node, attribute);

	import_note(im, line_of(node), section, NULL, key, value, list);
	xmlFree(value);
}

static void take_name(struct import *im, const xmlNode *node)
{
	free(im->network);
	im->network = content(node);
}

/* What says nothing about the network, or is libvirt's own book-keeping. */
static void take_nothing(struct import *im, const xmlNode *node)
{
	(void)im;
	(void)node;
}

static void take_bridge(struct import *im, const xmlNode *node)
{
	char *stp = get(node, "stp");

	note(im, node, "name", "network", "bridge", false);
	if (stp)
		import_note(im, line_of(node), "network", NULL, "stp",
			    is(stp, "on")    ? "yes"
			    : is(stp, "off") ? "no"
					     : stp,
			    false);
	only(im, node, "delay", "0");
	only(im, node, "macTableManager", "kernel");
	xmlFree(stp);
}

static void take_mac(struct import *im, const xmlNode *node)
{
	note(im, node, "address", "network", "mac", false);
}

static void take_mtu(struct import *im, const xmlNode *node)
{
	note(im, node, "size", "network", "mtu", false);
}

static void take_domain(struct import *im, const xmlNode *node)
{
	note(im, node, "name", "dns", "domain", false);
	only(im, node, "localOnly", "yes");
}

static void take_forward(struct import *im, const xmlNode *node)
{
	char *mode = get(node, "mode");

	im->forwards = true;
	if (is(mode, "nat") || is(mode, "route") || is(mode, "open") || !mode)
		import_note(im, line_of(node), "network", NULL, "mode", mode ? mode : "nat", false);
	else
		import_fail(im, line_of(node),
			    "<forward mode='%s'> is no network of the host's own", QUOTE(mode));
	note(im, node, "dev", "network", "uplink", false);
	xmlFree(mode);
}

/* libvirt shows the device of <forward dev=''> a second time, in here. */
static void take_interface(struct import *im, const xmlNode *node)
{
	char *dev = get(node, "dev"), *first = get(node->parent, "dev");

	if (dev && !is(first, dev))
		import_note(im, line_of(node), "network", NULL, "uplink", dev, false);
	xmlFree(dev);
	xmlFree(first);
}

static void take_nat(struct import *im, const xmlNode *node)
{
	note(im, node, "ipv6", "ipv6", "nat", false);
}

/* start='' and end='' as FIRST-LAST. */
static void take_range(struct import *im, const xmlNode *node, const char *section, const char *key,
		       bool list)
{
	char *start = get(node, "start"), *end = get(node, "end"), range[128];

	snprintf(range, sizeof(range), "%.60s-%.60s", start ? start : "", end ? end : "");
	import_note(im, line_of(node), section, NULL, key, range, list);
	xmlFree(start);
	xmlFree(end);
}

static void take_nat_address(struct import *im, const xmlNode *node)
{
	take_range(im, node, "ipv4", "nat-address", false);
}

static void take_nat_port(struct import *im, const xmlNode *node)
{
	take_range(im, node, "ipv4", "nat-ports", false);
}

static void take_port(struct import *im, const xmlNode *node)
{
	char *isolated = get(node, "isolated");

	if (isolated)
		import_note(im, line_of(node), "network", NULL, "guests",
			    is(isolated, "yes")  ? "isolated"
			    : is(isolated, "no") ? "connected"
						 : isolated,
			    false);
	xmlFree(isolated);
}

static void take_dns(struct import *im, const xmlNode *node)
{
	note(im, node, "enable", "dns", "enabled", false);
	only(im, node, "forwardPlainNames", "no");
}

static void take_forwarder(struct import *im, const xmlNode *node)
{
	char *domain = get(node, "domain"), *addr = get(node, "addr"), text[400];

	if (addr) {
		snprintf(text, sizeof(text), "%.255s%s%.60s", domain ? domain : "",
			 domain ? "@" : "", addr);
		import_note(im, line_of(node), "dns", NULL, "forwarders", text, true);
	} else {
		import_refuse(im, line_of(node), "<forwarder> without addr cannot be carried over");
	}
	xmlFree(domain);
	xmlFree(addr);
}

static void take_txt(struct import *im, const xmlNode *node)
{
	char *name = get(node, "name"), *value = get(node, "value"), text[300];

	if (name && value) {
		snprintf(text, sizeof(text), "\"%.290s\"", value);
		import_note(im, line_of(node), "record", name, "txt", text, false);
	} else {
		import_fail(im, line_of(node), "<txt> without name or value");
	}
	xmlFree(name);
	xmlFree(value);
}

static void take_srv(struct import *im, const xmlNode *node)
{
	static const char *const names[] = {"service", "protocol", "domain", "target",
					    "port",    "priority", "weight"};
	enum { SERVICE, PROTOCOL, DOMAIN, TARGET, PORT, PRIORITY, WEIGHT, COUNT };
	char *v[COUNT], name[600], text[400];

	for (size_t i = 0; i < COUNT; i++)
		v[i] = get(node, names[i]);
	if (v[SERVICE] && v[PROTOCOL] && v[TARGET] && v[PORT]) {
		snprintf(name, sizeof(name), "%s%.100s._%.100s%s%.255s",
			 v[SERVICE][0] == '_' ? "" : "_", v[SERVICE], v[PROTOCOL],
			 v[DOMAIN] ? "." : "", v[DOMAIN] ? v[DOMAIN] : "");
		snprintf(text, sizeof(text), "%.255s:%.20s:%.20s:%.20s", v[TARGET], v[PORT],
			 v[PRIORITY] ? v[PRIORITY] : "0", v[WEIGHT] ? v[WEIGHT] : "0");
		import_note(im, line_of(node), "record", name, "srv", text, false);
	} else {
		import_refuse(im, line_of(node),
			      "<srv> without service, protocol, target or port cannot be carried "
			      "over");
	}
	for (size_t i = 0; i < COUNT; i++)
		xmlFree(v[i]);
}

/* Of <host ip=''>, the parent. */
static void take_hostname(struct import *im, const xmlNode *node)
{
	char *name = content(node), *ip = get(node->parent, "ip");

	if (ip && name && name[0])
		import_note(im, line_of(node), "record", name, "address", ip, true);
	else
		import_fail(im, line_of(node), "<hostname> without a name, or <host> without ip");
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
	family = node ? get(node, "family") : NULL;
	if (is(family, "ipv6"))
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

static void take_ip(struct import *im, const xmlNode *node)
{
	char *address = get(node, "address"), *prefix = get(node, "prefix");
	char *mask = get(node, "netmask"), *family = get(node, "family"), text[128];
	int bits = mask ? mask_bits(mask) : -1;

	if (family && !is(family, "ipv4") && !is(family, "ipv6"))
		import_fail(im, line_of(node), "<ip family='%s'>", QUOTE(family));
	else if (!address || (!prefix && bits < 0))
		import_fail(im, line_of(node),
			    "<ip> without address, or without prefix or netmask");
	else {
		if (prefix)
			snprintf(text, sizeof(text), "%.60s/%.20s", address, prefix);
		else
			snprintf(text, sizeof(text), "%.60s/%d", address, bits);
		import_note(im, line_of(node), family_of(node), NULL, "address", text, true);
	}
	xmlFree(address);
	xmlFree(prefix);
	xmlFree(mask);
	xmlFree(family);
}

static void take_tftp(struct import *im, const xmlNode *node)
{
	note(im, node, "root", "tftp", "root", false);
}

static void take_dhcp_range(struct import *im, const xmlNode *node)
{
	take_range(im, node, family_of(node), "dhcp", true);
}

static void take_lease(struct import *im, const xmlNode *node)
{
	char *expiry = get(node, "expiry"), *unit = get(node, "unit"), text[32];
	char letter = is(unit, "seconds") ? 's' : is(unit, "hours") ? 'h' : 'm';
	bool known = !unit || letter != 'm' || is(unit, "minutes");

	/* A range has a time of its own there; here it is the network's. */
	if (!expiry || !known || is(expiry, "0")) {
		import_refuse(im, line_of(node), "<lease> of that time cannot be carried over");
	} else {
		snprintf(text, sizeof(text), "%.20s%c", expiry, letter);
		import_note(im, line_of(node), family_of(node), NULL, "lease-time", text, false);
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

static void take_host(struct import *im, const xmlNode *node)
{
	char *mac = get(node, "mac"), *id = get(node, "id"), *name = get(node, "name"), buf[1024];
	char *ip = get(node, "ip"), made[32] = "guest-";
	const char *family = family_of(node), *called = name;

	if (!name) {
		for (const char *p = mac ? mac : ""; *p && strlen(made) < 20; p++)
			if (*p != ':')
				snprintf(made + strlen(made), 2, "%c", *p);
		called = made;
	}
	if (!mac && !id && !name) {
		import_fail(im, line_of(node), "<host> without mac, id and name");
	} else if (!mac && !id) {
		/* libvirt knows it by the name that the guest tells, which anybody can tell. */
		import_refuse(im, line_of(node), "<host> without mac or id cannot be carried over");
	} else {
		import_note(im, line_of(node), "host", called, "mac", mac, false);
		import_note(im, line_of(node), "host", called, "id",
			    id ? long_bytes(id, buf, sizeof(buf)) : NULL, false);
		import_note(im, line_of(node), "host", called, family, ip, false);
	}
	xmlFree(mac);
	xmlFree(id);
	xmlFree(name);
	xmlFree(ip);
}

static void take_bootp(struct import *im, const xmlNode *node)
{
	note(im, node, "file", "dhcp", "boot-file", false);
	note(im, node, "server", "dhcp", "boot-server", false);
}

static const struct {
	const char *path, *attributes;
	bool text;
	take_fn *take;
} elements[] = {
	{"network", "connections ", false, take_nothing},
	{"network/name", "", true, take_name},
	{"network/uuid", "", true, take_nothing},
	{"network/title", "", true, take_nothing},
	{"network/description", "", true, take_nothing},
	{"network/bridge", "name stp delay macTableManager ", false, take_bridge},
	{"network/mac", "address ", false, take_mac},
	{"network/mtu", "size ", false, take_mtu},
	{"network/domain", "name localOnly ", false, take_domain},
	{"network/forward", "mode dev ", false, take_forward},
	{"network/forward/interface", "dev ", false, take_interface},
	{"network/forward/nat", "ipv6 ", false, take_nat},
	{"network/forward/nat/address", "start end ", false, take_nat_address},
	{"network/forward/nat/port", "start end ", false, take_nat_port},
	{"network/port", "isolated ", false, take_port},
	{"network/dns", "enable forwardPlainNames ", false, take_dns},
	{"network/dns/forwarder", "domain addr ", false, take_forwarder},
	{"network/dns/txt", "name value ", false, take_txt},
	{"network/dns/srv", "service protocol domain target port priority weight ", false,
	 take_srv},
	{"network/dns/host", "ip ", false, take_nothing},
	{"network/dns/host/hostname", "", true, take_hostname},
	{"network/ip", "family address prefix netmask ", false, take_ip},
	{"network/ip/tftp", "root ", false, take_tftp},
	{"network/ip/dhcp", "", false, take_nothing},
	{"network/ip/dhcp/range", "start end ", false, take_dhcp_range},
	{"network/ip/dhcp/range/lease", "expiry unit ", false, take_lease},
	{"network/ip/dhcp/host", "mac id name ip ", false, take_host},
	{"network/ip/dhcp/bootp", "file server ", false, take_bootp},
};

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; *p; p = strchr(p, ' ') + 1)
		if (strncmp(p, word, len) == 0 && p[len] == ' ')
			return true;
	return false;
}

static void check_attributes(struct import *im, const xmlNode *node, const char *known)
{
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (a->ns || !has_word(known, (const char *)a->name))
			import_refuse(im, line_of(node), "<%s %s=''> cannot be carried over",
				      node->name, QUOTE((const char *)a->name));
}

static void walk(struct import *im, const xmlNode *node, const char *above);

static void walk_inside(struct import *im, const xmlNode *node, const char *path, bool text)
{
	for (const xmlNode *child = node->children; child; child = child->next) {
		bool is_text =
			child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE;

		if (child->type == XML_ELEMENT_NODE)
			walk(im, child, path);
		else if (is_text && !text && !xmlIsBlankNode(child))
			import_fail(im, line_of(node), "<%s> has a text, where none belongs",
				    node->name);
		else if (!is_text && child->type != XML_COMMENT_NODE)
			import_fail(im, line_of(node), "<%s> has something other than elements",
				    node->name);
	}
}

/* As deep as the elements that are known. */
static void walk(struct import *im, const xmlNode *node, const char *above)
{
	char path[64];
	int len = snprintf(path, sizeof(path), "%s%s%s", above, above[0] ? "/" : "",
			   (const char *)node->name);

	for (size_t i = 0; !node->ns && len < (int)sizeof(path) && i < ARRAY_LEN(elements); i++) {
		if (strcmp(path, elements[i].path) != 0)
			continue;
		check_attributes(im, node, elements[i].attributes);
		elements[i].take(im, node);
		walk_inside(im, node, elements[i].path, elements[i].text);
		return;
	}
	import_refuse(im, line_of(node), "<%s> in <%s> cannot be carried over",
		      QUOTE((const char *)node->name), above[0] ? above : "the file");
}

void import_network(struct import *im, const xmlNode *root)
{
	if (strcmp((const char *)root->name, "network") != 0 || root->ns) {
		import_fail(im, line_of(root), "<%s> is no <network>",
			    QUOTE((const char *)root->name));
		return;
	}
	walk(im, root, "");
	if (!im->forwards)
		import_note(im, line_of(root), "network", NULL, "mode", "isolated", false);
}

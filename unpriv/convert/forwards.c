/* SPDX-License-Identifier: GPL-2.0-or-later */
/* <portForward> and hostfwd=: a range there, one port a text here. */
#include "convert.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HOST_SIZE (INET6_ADDRSTRLEN + 2)

#define RANGES_MAX 256 /* of one <portForward> */

struct range {
	unsigned start, end, to;
	bool exclude;
};

/* 0: not given. */
static bool read_port(struct convert *c, const xmlNode *node, const char *attribute, unsigned *ret)
{
	char *value = xml_get(node, attribute);
	uint64_t n = 0;
	bool good = !value || num_parse(value, strlen(value), 1, 65535, &n) == 0;

	if (!good)
		xml_fail(&c->in, xml_line(node), "<range %s='%s'> is no number from 1 to 65535",
			 attribute, QUOTE(value));
	*ret = (unsigned)n;
	xmlFree(value);
	return good;
}

/* false after a message. */
static bool read_range(struct convert *c, const xmlNode *node, struct range *ret)
{
	char *exclude = xml_get(node, "exclude");
	bool good = read_port(c, node, "start", &ret->start) &&
		    read_port(c, node, "end", &ret->end) && read_port(c, node, "to", &ret->to);

	ret->exclude = xml_is(exclude, "yes");
	if (good && exclude && !ret->exclude && strcmp(exclude, "no") != 0) {
		xml_fail(&c->in, xml_line(node), "<range exclude='%s'> is neither yes nor no",
			 QUOTE(exclude));
		good = false;
	}
	xmlFree(exclude);
	if (!good)
		return false;
	if (!ret->end)
		ret->end = ret->start;
	if (ret->start && ret->end >= ret->start && !(ret->exclude && ret->to)) {
		if (!ret->to)
			ret->to = ret->start;
		if (ret->to + (ret->end - ret->start) <= 65535)
			return true;
	}
	xml_fail(&c->in, xml_line(node),
		 "<range> wants start, an end that is not before it, and to= within 65535 unless "
		 "it is excluded");
	return false;
}

static bool is_range(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       xml_is((const char *)node->name, "range");
}

/* Which ports of a <portForward> are left out: one bit each. */
struct ports {
	uint8_t bits[65536 / 8];
};

static void exclude(struct convert *c, const xmlNode *forward, struct ports *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (const xmlNode *child = forward->children; child; child = child->next) {
		struct range range;

		if (!is_range(child) || !read_range(c, child, &range) || !range.exclude)
			continue;
		for (unsigned p = range.start; p <= range.end; p++)
			ret->bits[p / 8] |= (uint8_t)(1u << (p % 8));
	}
}

/* Each range adds one at least, so that NIC_FORWARDS_MAX bounds how many there are. */
static void add_range(struct convert *c, const xmlNode *node, const char *prefix,
		      const struct range *range, const struct ports *excluded)
{
	unsigned before = c->in.problems, added = 0;
	char text[HOST_SIZE + 32];

	for (unsigned p = range->start; p <= range->end && c->in.problems == before; p++) {
		if (excluded->bits[p / 8] & 1u << (p % 8))
			continue;
		snprintf(text, sizeof(text), "%s:%u-:%u", prefix, p,
			 range->to + (p - range->start));
		convert_set(c, node, "start", "hostfwd", text);
		added++;
	}
	if (!added)
		xml_fail(&c->in, xml_line(node), "<range> has no port that is not excluded");
}

/* Of a host: "", "1.2.3.4" or "[::1]". false: it is no address. */
static bool write_address(const char *address, char buf[HOST_SIZE])
{
	struct in6_addr six;
	struct in_addr four;

	snprintf(buf, HOST_SIZE, "%s", address);
	if (!address[0] || inet_pton(AF_INET, address, &four) == 1)
		return true;
	if (inet_pton(AF_INET6, address, &six) != 1)
		return false;
	snprintf(buf, HOST_SIZE, "[%s]", address);
	return true;
}

/* "tcp:[::1]", what stands before a port. false after a message. */
static bool read_prefix(struct convert *c, const xmlNode *node, char *buf, size_t size)
{
	char *proto = xml_get(node, "proto"), *address = xml_get(node, "address");
	bool tcp = xml_is(proto, "tcp"), good = false;
	char host[HOST_SIZE];

	if (!tcp && !xml_is(proto, "udp"))
		xml_fail(&c->in, xml_line(node), "<portForward> wants proto='tcp' or proto='udp'");
	else if (!write_address(address ? address : "", host))
		xml_fail(&c->in, xml_line(node), "<portForward address='%s'> is no address",
			 QUOTE(address));
	else
		good = true;
	if (good)
		snprintf(buf, size, "%s:%s", tcp ? "tcp" : "udp", host);
	xmlFree(proto);
	xmlFree(address);
	return good;
}

/* false after a message; true: all ranges are good, and one of them forwards something. */
static bool check_ranges(struct convert *c, const xmlNode *node)
{
	bool any = false, good = true;
	unsigned n = 0;

	for (const xmlNode *child = node->children; child; child = child->next) {
		struct range range;

		if (!is_range(child))
			continue;
		if (n++ == RANGES_MAX) {
			xml_fail(&c->in, xml_line(child), "<portForward> has more than %u ranges",
				 RANGES_MAX);
			return false;
		}
		good = read_range(c, child, &range) && good;
		any |= !range.exclude;
	}
	if (good && !any) /* to passt: all ports */
		xml_refuse(
			&c->in, xml_line(node),
			"<portForward> without a <range> that it forwards cannot be carried over");
	return good && any;
}

void convert_forward(struct convert *c, const xmlNode *node)
{
	unsigned before = c->in.problems;
	struct ports excluded;
	char prefix[HOST_SIZE + 4];

	if (c->nic.type != NIC_USER) {
		xml_refuse(&c->in, xml_line(node),
			   "<portForward> of type %s cannot be carried over",
			   nic_type_name(c->nic.type));
		return;
	}
	if (!read_prefix(c, node, prefix, sizeof(prefix)) || !check_ranges(c, node))
		return;
	exclude(c, node, &excluded);
	for (const xmlNode *child = node->children; child; child = child->next) {
		struct range range;

		if (c->in.problems == before && is_range(child) && read_range(c, child, &range) &&
		    !range.exclude)
			add_range(c, child, prefix, &range, &excluded);
	}
}

/* ---- and back */

void convert_forward_back(struct convert *c, xmlNode *interface, const char *forward)
{
	char buf[NIC_TEXT_MAX];
	struct nic_forward f;
	xmlNode *node;

	snprintf(buf, sizeof(buf), "%s", forward);
	if (nic_forward_cut(buf, &f) < 0) {
		xml_fail(&c->in, 0, "hostfwd '%s' is not tcp|udp:[HOST]:PORT-[GUEST]:PORT",
			 QUOTE(forward));
		return;
	}
	if (!f.host || f.guest[0]) {
		xml_refuse(&c->in, 0, "hostfwd=%s cannot be carried over: <portForward> has %s",
			   QUOTE(forward), f.host ? "no guest's address" : "tcp and udp only");
		return;
	}
	node = convert_element(c, interface, "portForward");
	convert_attribute(c, node, "proto", f.proto);
	if (f.host[0])
		convert_attribute(c, node, "address", f.host);
	node = convert_element(c, node, "range");
	convert_attribute(c, node, "start", f.port);
	if (strcmp(f.port, f.to) != 0)
		convert_attribute(c, node, "to", f.to);
}

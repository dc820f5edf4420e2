/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert.h"

#include "lib/quote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BIT(type) (1u << (type))
#define TUNNELS (BIT(NIC_MCAST) | BIT(NIC_SERVER) | BIT(NIC_CLIENT) | BIT(NIC_UDP))

void convert_leave_out(struct xml_in *in, unsigned line, const char *what)
{
	char place[XML_PLACE_SIZE];

	fprintf(in->err, "# %s %s\n", xml_place(in, line, place), what);
}

static bool has_key(enum nic_type type, const char *key)
{
	const char *what, *name;

	for (size_t i = 0; (name = nic_key(type, i, &what)) != NULL; i++)
		if (strcmp(name, key) == 0)
			return true;
	return false;
}

void convert_set(struct convert *c, const xmlNode *node, const char *attribute, const char *key,
		 const char *value)
{
	struct nic_error error;
	int r;

	if (!has_key(c->nic.type, key)) {
		char *said = xml_get(node, attribute);

		xml_refuse(&c->in, xml_line(node),
			   "<%s %s='%s'> cannot be carried over: %s has no '%s'", node->name,
			   attribute, QUOTE(said ? said : ""), nic_type_name(c->nic.type), key);
		xmlFree(said);
		return;
	}
	r = nic_set(&c->nic, key, value, &error);
	if (r < 0)
		xml_fail(&c->in, xml_line(node), "<%s>: %s", node->name,
			 r == -EINVAL ? error.text : strerror(-r));
}

/* The attribute, where there is one, as that key. */
static void note(struct convert *c, const xmlNode *node, const char *attribute, const char *key)
{
	char *value = xml_get(node, attribute);

	if (value)
		convert_set(c, node, attribute, key, value);
	xmlFree(value);
}

/* ---- the elements */

static void take_interface(void *ctx, const xmlNode *node)
{
	struct convert *c = ctx;

	xml_only(&c->in, node, "trustGuestRxFilters", "no");
}

static void take_mac(void *ctx, const xmlNode *node)
{
	note(ctx, node, "address", "mac");
}

static const struct {
	const char *attribute;
	unsigned types;
	const char *key;
} sources[] = {
	{"network", BIT(NIC_NETWORK), "source"},
	{"bridge", BIT(NIC_BRIDGE), "source"},
	{"address", TUNNELS, "address"},
	{"port", TUNNELS, "port"},
};

static void take_source(void *ctx, const xmlNode *node)
{
	struct convert *c = ctx;

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		if (sources[i].types & BIT(c->nic.type))
			note(c, node, sources[i].attribute, sources[i].key);
		else if (xmlHasProp(node, (const xmlChar *)sources[i].attribute))
			xml_refuse(&c->in, xml_line(node),
				   "<source %s=''> of type %s cannot be carried over",
				   sources[i].attribute, nic_type_name(c->nic.type));
	}
}

static void take_local(void *ctx, const xmlNode *node)
{
	note(ctx, node, "address", "local-address");
	note(ctx, node, "port", "local-port");
}

static void take_target(void *ctx, const xmlNode *node)
{
	struct convert *c = ctx;

	note(c, node, "dev", "target");
	xml_only(&c->in, node, "managed", "yes");
}

static void take_script(void *ctx, const xmlNode *node)
{
	note(ctx, node, "path", "script");
}

static void take_downscript(void *ctx, const xmlNode *node)
{
	note(ctx, node, "path", "downscript");
}

static void take_model(void *ctx, const xmlNode *node)
{
	note(ctx, node, "type", "model");
}

static void take_driver(void *ctx, const xmlNode *node)
{
	struct convert *c = ctx;
	char *name = xml_get(node, "name");

	/* "qemu" is what there is without vhost. */
	if (xml_is(name, "vhost"))
		convert_set(c, node, "name", "vhost", "on");
	else
		xml_only(&c->in, node, "name", "qemu");
	note(c, node, "queues", "queues");
	xmlFree(name);
}

static void take_backend(void *ctx, const xmlNode *node)
{
	struct convert *c = ctx;
	char *type = xml_get(node, "type");

	if (xml_is(type, "passt"))
		convert_set(c, node, "type", "backend", type);
	else
		xml_only(&c->in, node, "type", "default");
	xmlFree(type);
}

static void take_link(void *ctx, const xmlNode *node)
{
	note(ctx, node, "state", "link");
}

static void take_mtu(void *ctx, const xmlNode *node)
{
	note(ctx, node, "size", "mtu");
}

static void take_boot(void *ctx, const xmlNode *node)
{
	note(ctx, node, "order", "boot");
}

static void take_alias(void *ctx, const xmlNode *node)
{
	note(ctx, node, "name", "alias");
}

static void take_port(void *ctx, const xmlNode *node)
{
	struct convert *c = ctx;

	xml_only(&c->in, node, "isolated", "no");
}

static void take_forward(void *ctx, const xmlNode *node)
{
	convert_forward(ctx, node);
}

/* convert_forward() has taken them. */
static void take_range(void *ctx, const xmlNode *node)
{
	(void)ctx;
	(void)node;
}

static const struct xml_element elements[] = {
	{"interface", "type trustGuestRxFilters ", false, false, take_interface},
	{"interface/mac", "address ", false, true, take_mac},
	{"interface/source", "network bridge address port ", false, true, take_source},
	{"interface/source/local", "address port ", false, true, take_local},
	{"interface/target", "dev managed ", false, true, take_target},
	{"interface/script", "path ", false, true, take_script},
	{"interface/downscript", "path ", false, true, take_downscript},
	{"interface/model", "type ", false, true, take_model},
	{"interface/driver", "name queues ", false, true, take_driver},
	{"interface/backend", "type ", false, true, take_backend},
	{"interface/link", "state ", false, true, take_link},
	{"interface/mtu", "size ", false, true, take_mtu},
	{"interface/boot", "order ", false, true, take_boot},
	{"interface/alias", "name ", false, true, take_alias},
	{"interface/port", "isolated ", false, true, take_port},
	{"interface/portForward", "proto address ", false, false, take_forward},
	{"interface/portForward/range", "start end to exclude ", false, false, take_range},
};

/* ---- one, and all */

/* Where no script is named libvirt runs none, and ifup-runner those of QEMU. */
static void default_scripts(struct convert *c, const xmlNode *node)
{
	struct nic *nic = &c->nic;

	if (!nic->script && nic->downscript && strcmp(nic->downscript, "no") != 0) {
		xml_refuse(&c->in, xml_line(node),
			   "<downscript> without a <script> cannot be carried over");
		free(nic->downscript);
		nic->downscript = NULL;
	}
	if (!nic->script)
		convert_set(c, node, "type", "script", "no");
	else if (!nic->downscript && strcmp(nic->script, "no") != 0)
		convert_set(c, node, "type", "downscript", "no");
}

/* What libvirt fills in where nothing is said. */
static void defaults(struct convert *c, const xmlNode *node)
{
	if (c->nic.type == NIC_ETHERNET)
		default_scripts(c, node);
	if (c->nic.type == NIC_SERVER && !c->nic.address)
		convert_set(c, node, "address", "address", "0.0.0.0");
}

static void finish(struct convert *c, const xmlNode *node)
{
	struct nic_error error;
	char *text;

	if (nic_complete(&c->nic, &error) < 0) {
		xml_fail(&c->in, xml_line(node), "<interface>: %s", error.text);
		return;
	}
	text = nic_print(&c->nic);
	if (!text)
		xml_fail(&c->in, xml_line(node), "no memory");
	else if (strlen(text) >= NIC_TEXT_MAX)
		xml_fail(&c->in, xml_line(node), "<interface>: it is longer than %u bytes as --nic",
			 NIC_TEXT_MAX - 1);
	else
		fprintf(c->out, "%s\n", text);
	free(text);
}

static void one(struct convert *c, const xmlNode *node)
{
	char *type = xml_get(node, "type");
	unsigned before = c->in.problems;

	c->count++;
	memset(&c->nic, 0, sizeof(c->nic));
	if (!type) {
		xml_fail(&c->in, xml_line(node), "<interface> has no type, like type='user'");
	} else if (nic_type_find(type, strlen(type), &c->nic.type) < 0 ||
		   c->nic.type == NIC_HUB) { /* which libvirt does not have */
		xml_refuse(&c->in, xml_line(node), "<interface type='%s'> cannot be carried over",
			   QUOTE(type));
	} else {
		xml_walk(&c->in, elements, ARRAY_LEN(elements), c, node, "");
		defaults(c, node);
		if (c->in.problems == before)
			finish(c, node);
	}
	nic_free(&c->nic);
	xmlFree(type);
}

static bool is_named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       xml_is((const char *)node->name, name);
}

/* others: what else there is, is none of our business. */
static void each(struct convert *c, const xmlNode *parent, bool others)
{
	if (!others)
		xml_check_inside(&c->in, parent, false);
	for (const xmlNode *child = parent->children; child; child = child->next) {
		if (is_named(child, "interface"))
			one(c, child);
		else if (!others && child->type == XML_ELEMENT_NODE)
			xml_refuse(&c->in, xml_line(child), "<%s> in <%s> cannot be carried over",
				   QUOTE((const char *)child->name), parent->name);
	}
}

void convert_name(struct convert *c, const xmlNode *root)
{
	for (const xmlNode *child = root->children; child; child = child->next) {
		char *name;

		if (!is_named(child, "name"))
			continue;
		name = xml_content(child);
		if (name && *name && !strpbrk(name, "\n\r"))
			fprintf(c->out, "name=%s\n", name);
		xmlFree(name);
		return;
	}
}

static void of_domain(struct convert *c, const xmlNode *root)
{
	if (!is_named(root, "domain")) {
		xml_fail(&c->in, xml_line(root), "<%s> is no <domain>",
			 QUOTE((const char *)root->name));
		return;
	}
	for (const xmlNode *child = root->children; child; child = child->next)
		if (is_named(child, "devices"))
			each(c, child, true);
}

void convert_interfaces(struct convert *c, const xmlNode *root, bool domain)
{
	if (domain)
		of_domain(c, root);
	else if (is_named(root, "interface"))
		one(c, root);
	else if (is_named(root, "interfaces") || is_named(root, "devices"))
		each(c, root, false);
	else
		xml_fail(&c->in, xml_line(root),
			 is_named(root, "domain")
				 ? "<%s> is read with --domain"
				 : "<%s> is no <interface>, nor <interfaces> around some",
			 QUOTE((const char *)root->name));
	if (c->count == 0 && c->in.problems == 0)
		xml_fail(&c->in, xml_line(root), "has no <interface>");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert.h"

#include "lib/quote.h"

#include <errno.h>
#include <libxml/parserInternals.h>
#include <string.h>
#include <unistd.h>

xmlNode *convert_element(struct convert *c, xmlNode *parent, const char *name)
{
	xmlNode *node = parent ? xmlNewChild(parent, NULL, (const xmlChar *)name, NULL) : NULL;

	if (!node && c->in.problems == 0)
		xml_fail(&c->in, 0, "no memory");
	return node;
}

/* Not every text can stand in XML, however it is escaped. */
static bool fits_xml(const char *value)
{
	const unsigned char *p = (const unsigned char *)value;

	while (*p) {
		int len = (int)strnlen((const char *)p, 4);
		int c = xmlGetUTF8Char(p, &len);

		if (c < 0 || !IS_CHAR((unsigned)c))
			return false;
		p += len;
	}
	return true;
}

void convert_attribute(struct convert *c, xmlNode *node, const char *name, const char *value)
{
	if (!fits_xml(value))
		xml_fail(&c->in, 0, "'%s' cannot stand in XML", QUOTE(value));
	else if (node && !xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)value))
		xml_fail(&c->in, 0, "no memory");
}

/* <element attribute='value'/>; nothing where value is NULL. */
static void add(struct convert *c, xmlNode *parent, const char *element, const char *attribute,
		const char *value)
{
	if (value)
		convert_attribute(c, convert_element(c, parent, element), attribute, value);
}

static const char *number(char *buf, size_t size, unsigned n)
{
	snprintf(buf, size, "%u", n);
	return n ? buf : NULL;
}

static void some(struct convert *c, xmlNode *node, const char *attribute, const char *value)
{
	if (value)
		convert_attribute(c, node, attribute, value);
}

static void add_source(struct convert *c, xmlNode *interface, const struct nic *nic)
{
	xmlNode *source;
	char buf[16];

	if (!nic->source && !nic->address)
		return;
	source = convert_element(c, interface, "source");
	some(c, source, nic->type == NIC_BRIDGE ? "bridge" : "network", nic->source);
	some(c, source, "address", nic->address);
	some(c, source, "port", number(buf, sizeof(buf), nic->port));
	if (nic->type == NIC_MCAST && nic->local_address) {
		xml_refuse(&c->in, 0, "local-address=%s of mcast cannot be carried over",
			   QUOTE(nic->local_address));
	} else if (nic->local_address || nic->local_port) {
		source = convert_element(c, source, "local");
		some(c, source, "address", nic->local_address);
		some(c, source, "port", number(buf, sizeof(buf), nic->local_port));
	}
}

/* libvirt runs no script that is not named, and ifup-runner those of QEMU: so they are. */
static void add_scripts(struct convert *c, xmlNode *interface, const struct nic *nic)
{
	const char *up = nic->script ? nic->script : "/etc/qemu-ifup";
	const char *down = nic->downscript;

	if (nic->type != NIC_ETHERNET || strcmp(up, "no") == 0)
		return;
	/* As ifup-runner, where it is. */
	if (!down)
		down = access("/etc/qemu-ifdown", F_OK) == 0 ? "/etc/qemu-ifdown" : "no";
	add(c, interface, "script", "path", up);
	if (strcmp(down, "no") != 0)
		add(c, interface, "downscript", "path", down);
}

static void add_driver(struct convert *c, xmlNode *interface, const struct nic *nic)
{
	xmlNode *driver;
	char buf[16];

	if (!nic->vhost && !nic->queues)
		return;
	driver = convert_element(c, interface, "driver");
	some(c, driver, "name", nic->vhost ? "vhost" : NULL);
	some(c, driver, "queues", number(buf, sizeof(buf), nic->queues));
}

static void add_backend(struct convert *c, xmlNode *interface, const struct nic *nic)
{
	if (nic->backend == NIC_BACKEND_PASST)
		add(c, interface, "backend", "type", "passt");
	else if (nic->backend != NIC_BACKEND_BEST)
		xml_refuse(&c->in, 0, "backend=%s cannot be carried over",
			   nic->backend == NIC_BACKEND_QEMU ? "qemu" : "netgrant");
	if (nic->restricted)
		xml_refuse(&c->in, 0, "restrict=on cannot be carried over");
	for (size_t i = 0; i < nic->n_forwards; i++)
		convert_forward_back(c, interface, nic->forwards[i]);
}

static void write_nic(struct convert *c, xmlNode *parent, const struct nic *nic)
{
	xmlNode *interface = convert_element(c, parent, "interface");
	char mac[MAC_TEXT_SIZE], buf[16];

	convert_attribute(c, interface, "type", nic_type_name(nic->type));
	add(c, interface, "mac", "address", nic->has_mac ? mac_format(mac, nic->mac) : NULL);
	add_source(c, interface, nic);
	add(c, interface, "target", "dev", nic->target);
	add_scripts(c, interface, nic);
	add(c, interface, "model", "type", nic->model);
	add_driver(c, interface, nic);
	add_backend(c, interface, nic);
	add(c, interface, "link", "state", nic->link_down ? "down" : NULL);
	add(c, interface, "mtu", "size", number(buf, sizeof(buf), nic->mtu));
	add(c, interface, "boot", "order", number(buf, sizeof(buf), nic->boot));
	add(c, interface, "alias", "name", nic->alias);
}

static void one_text(struct convert *c, xmlNode *root, const char *text)
{
	struct nic_error error;
	int r = nic_parse(text, &c->nic, &error);

	c->in.file = text;
	if (r == -EINVAL)
		xml_fail(&c->in, 0, "%s", error.text);
	else if (r < 0)
		xml_fail(&c->in, 0, "no memory");
	else if (c->nic.type == NIC_HUB)
		xml_refuse(&c->in, 0, "type hub cannot be carried over");
	else
		write_nic(c, root, &c->nic);
	if (r == 0)
		nic_free(&c->nic);
}

void convert_nics(struct convert *c, char *const texts[], size_t n)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *root = xmlNewDocNode(doc, NULL, (const xmlChar *)"interfaces", NULL);
	xmlBuffer *text = xmlBufferCreate();

	if (!doc || !root || !text) {
		xml_fail(&c->in, 0, "no memory");
	} else {
		xmlDocSetRootElement(doc, root);
		for (size_t i = 0; i < n; i++)
			one_text(c, root, texts[i]);
		if (c->in.problems == 0 &&
		    xmlNodeDump(text, doc, n == 1 && root->children ? root->children : root, 0, 1) <
			    0)
			xml_fail(&c->in, 0, "no memory");
	}
	if (c->in.problems == 0)
		fprintf(c->out, "%s\n", (const char *)xmlBufferContent(text));
	xmlBufferFree(text);
	xmlFreeDoc(doc);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between libvirt's <interface> and the texts of --nic. netgrant-nic(5) has the table. */
#ifndef NETGRANT_CONVERT_H
#define NETGRANT_CONVERT_H

#include "unpriv/run/nic.h"
#include "unpriv/xml_in.h"

struct convert {
	struct xml_in in; /* first, see convert_leave_out() */
	FILE *out;        /* borrowed */
	struct nic nic;   /* the one that is being read */
	unsigned count;   /* <interface> elements seen */
};

/* xml_in's leave_out: a comment on standard error. */
NONNULL void convert_leave_out(struct xml_in *in, unsigned line, const char *what);

/* Writes each <interface> as one line of --nic. domain: those of a <domain>; else root is one,
 * or <interfaces> or <devices> around many. What went wrong is in c->in.problems. */
NONNULL void convert_interfaces(struct convert *c, const xmlNode *root, bool domain);

/* Writes a <domain>'s <name>, where it has one of a single line, as the line name=NAME. */
NONNULL void convert_name(struct convert *c, const xmlNode *root);

/* Writes the --nic texts as XML: one <interface>, or <interfaces> around many. */
NONNULL void convert_nics(struct convert *c, char *const texts[], size_t n);

/* forwards.c: <portForward>, with its ranges, as hostfwd of c->nic; and one of those back
 * (interface: as for convert_element()). */
NONNULL void convert_forward(struct convert *c, const xmlNode *node);
void convert_forward_back(struct convert *c, xmlNode *interface, const char *forward);

/* from_xml.c: sets a key of c->nic, or tells why not. attribute: where value is from. */
NONNULL void convert_set(struct convert *c, const xmlNode *node, const char *attribute,
			 const char *key, const char *value);

/* to_xml.c: a new element, and an attribute of it. NULL, which may be their parent and node,
 * after a message. */
xmlNode *convert_element(struct convert *c, xmlNode *parent, const char *name);
void convert_attribute(struct convert *c, xmlNode *node, const char *name, const char *value);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From libvirt's <network> to our format: the elements, and the draft they are noted in. */
#ifndef NETGRANT_IMPORT_H
#define NETGRANT_IMPORT_H

#include "xml_in.h"

/* One "key=value" of a section, and the line of the XML that it comes from. */
struct import_entry {
	const char *section, *key;
	char *name; /* of the section; "" : it has none */
	char *value;
	unsigned line;
};

struct import {
	struct xml_in in;
	char *notes;   /* comments on what is left out; NULL: none */
	char *network; /* its name */
	bool forwards; /* there is a <forward> */
	struct import_entry *entries;
	size_t n;
};

/* import_draft.c */

/* xml_in's leave_out: a comment of the result. */
NONNULL void import_leave_out(struct xml_in *in, unsigned line, const char *what);

/* Notes key=value in [section name]. list: joins an earlier value with a comma. NULL is
 * no value, and nothing to note. */
void import_note(struct import *im, unsigned line, const char *section, const char *name,
		 const char *key, const char *value, bool list);

/* Prints the network's normal form, or tells what is wrong with it. */
NONNULL void import_print(struct import *im);

NONNULL void import_free(struct import *im);

/* import_xml.c: notes everything below <network>. */
NONNULL void import_network(struct import *im, const xmlNode *root);

#endif

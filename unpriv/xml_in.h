/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML from people: read strictly. No document type, and so no entity of one's own; no other
 * file, no network; bounded in size and depth. Elements and attributes that a table does not
 * have are told with their line, not passed over.
 */
#ifndef NETGRANT_XML_IN_H
#define NETGRANT_XML_IN_H

#include "lib/compiler.h"

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define XML_IN_MAX (1024 * 1024) /* bytes of a file */
#define XML_IN_TAG_MAX 65536     /* bytes of an element's beginning, or of a text */
#define XML_IN_PROBLEMS 50       /* that are told */
#define XML_IN_LEFT_OUT 1000     /* that lenient takes */

/* Where messages go, and how many there were. */
struct xml_in {
	const char *file;  /* "-": standard input */
	FILE *err;         /* borrowed */
	bool lenient;      /* what cannot be carried over is left out, with a comment */
	unsigned problems; /* so that there is no result */
	bool refused;      /* something cannot be carried over */
	unsigned left_out; /* how often */
	/* With lenient: takes the comment. */
	void (*leave_out)(struct xml_in *in, unsigned line, const char *what);
};

/* "FILE:LINE:", as messages have it; without the line where that is 0. Returns buf. */
#define XML_PLACE_SIZE 1024
NONNULL const char *xml_place(const struct xml_in *in, unsigned line, char buf[XML_PLACE_SIZE]);

/* Tells what is wrong, always. line 0: of no line. */
NONNULL PRINTF(3, 4) void xml_fail(struct xml_in *in, unsigned line, const char *fmt, ...);

/* Tells what cannot be carried over: an error, unless lenient. */
NONNULL PRINTF(3, 4) void xml_refuse(struct xml_in *in, unsigned line, const char *fmt, ...);

/* Reads all of in->file: malloc'ed, *retlen bytes. NULL after a message. */
MUST_CHECK NONNULL char *xml_read(struct xml_in *in, size_t *retlen);

/* The document, to be given to xmlFreeDoc(); NULL after a message. */
MUST_CHECK NONNULL xmlDoc *xml_parse(struct xml_in *in, const char *text, size_t len);

/* Its line; 0: not known. */
NONNULL unsigned xml_line(const xmlNode *node);

/* An attribute, or NULL; the text of an element. To be given to xmlFree(). */
NONNULL char *xml_get(const xmlNode *node, const char *name);
NONNULL char *xml_content(const xmlNode *node);

/* Is value (which may be NULL) that word? */
bool xml_is(const char *value, const char *word);

/* Refuses a value of the attribute other than word, which says what is so anyway. */
NONNULL void xml_only(struct xml_in *in, const xmlNode *node, const char *name, const char *word);

/* One element that is known. */
struct xml_element {
	const char *path;       /* "network/ip" */
	const char *attributes; /* "address prefix ": each with a blank behind it */
	bool text;              /* it may have one */
	bool once;              /* a second one beside it is an error */
	void (*take)(void *ctx, const xmlNode *node);
};

/* Takes node, which is inside the path above ("": nothing), and all that is inside it, by the
 * table. */
NONNULL void xml_walk(struct xml_in *in, const struct xml_element *known, size_t n, void *ctx,
		      const xmlNode *node, const char *above);

/* Tells of what is inside node and neither an element nor a comment; text: nor a text. */
NONNULL void xml_check_inside(struct xml_in *in, const xmlNode *node, bool text);

#endif

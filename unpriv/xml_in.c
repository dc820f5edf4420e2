/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xml_in.h"

#include "lib/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *xml_place(const struct xml_in *in, unsigned line, char buf[XML_PLACE_SIZE])
{
	char file[XML_PLACE_SIZE - 16];

	quote(file, sizeof(file), in->file);
	if (line)
		snprintf(buf, XML_PLACE_SIZE, "%s:%u:", file, line);
	else
		snprintf(buf, XML_PLACE_SIZE, "%s:", file);
	return buf;
}

void xml_fail(struct xml_in *in, unsigned line, const char *fmt, ...)
{
	char place[XML_PLACE_SIZE];
	va_list args;

	if (in->problems++ >= XML_IN_PROBLEMS) {
		if (in->problems == XML_IN_PROBLEMS + 1)
			fprintf(in->err, "netgrant: %s and more\n", xml_place(in, 0, place));
		return;
	}
	va_start(args, fmt);
	fprintf(in->err, "netgrant: %s ", xml_place(in, line, place));
	vfprintf(in->err, fmt, args);
	fputc('\n', in->err);
	va_end(args);
}

void xml_refuse(struct xml_in *in, unsigned line, const char *fmt, ...)
{
	char what[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	in->refused = true;
	if (!in->lenient)
		xml_fail(in, line, "%s", what);
	else if (in->left_out++ < XML_IN_LEFT_OUT)
		in->leave_out(in, line, what);
	else if (in->left_out == XML_IN_LEFT_OUT + 1)
		xml_fail(in, line, "there is too much that cannot be carried over");
}

/* ---- the file */

/* A FIFO that nobody writes to does not hold us up; one that somebody does, or a pipe named
 * /dev/fd/N, is waited for. */
static int open_file(const char *file)
{
	int fd, flags;

	if (strcmp(file, "-") == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
		int saved = errno;

		if (fd >= 0)
			close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* One byte more than a file may have, so that one that is too large is seen. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n > 0) {
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	return n < 0 ? -1 : (ssize_t)len;
}

char *xml_read(struct xml_in *in, size_t *retlen)
{
	CLEANUP_FD int fd = open_file(in->file);
	char *text = fd < 0 ? NULL : malloc(XML_IN_MAX + 1);
	ssize_t len = text ? read_all(fd, text, XML_IN_MAX + 1) : -1;

	if (len < 0)
		xml_fail(in, 0, "%s", strerror(errno));
	else if (len > XML_IN_MAX)
		xml_fail(in, 0, "is larger than %d bytes", XML_IN_MAX);
	else {
		*retlen = (size_t)len;
		return text;
	}
	free(text);
	return NULL;
}

/* A document type brings entities, and those other files or gigabytes. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	xmlParserCtxt *parser = ctx;
	bool *doctype = parser->_private;

	(void)name;
	(void)id;
	(void)system;
	*doctype = true;
	xmlStopParser(parser);
}

/* libxml2 compares each attribute of an element with all others of it: a hundred thousand would
 * take minutes. In UTF-16 too, a '>' has this byte. */
static bool has_endless_tag(const char *text, size_t len)
{
	const char *end = text + len, *next;

	for (const char *p = text; p < end; p = next + 1) {
		next = memchr(p, '>', (size_t)(end - p));
		if ((next ? next : end) - p > XML_IN_TAG_MAX)
			return true;
		if (!next)
			break;
	}
	return false;
}

/* Errors of encodings go here, whatever the options say; the parser's own error has the rest. */
static void say_nothing(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

xmlDoc *xml_parse(struct xml_in *in, const char *text, size_t len)
{
	xmlParserCtxt *parser;
	bool doctype = false, good;
	const xmlError *error;
	xmlDoc *doc;

	if (has_endless_tag(text, len)) {
		xml_fail(in, 0, "has more than %d bytes without a '>'", XML_IN_TAG_MAX);
		return NULL;
	}
	parser = xmlNewParserCtxt();
	if (!parser) {
		xml_fail(in, 0, "no memory");
		return NULL;
	}
	xmlSetGenericErrorFunc(NULL, say_nothing);
	parser->_private = &doctype;
	parser->sax->internalSubset = on_doctype;
	doc = xmlCtxtReadMemory(parser, text, (int)len, "xml", NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					XML_PARSE_BIG_LINES);
	error = xmlCtxtGetLastError(parser);
	good = doc && parser->wellFormed && !doctype;
	if (doctype)
		xml_fail(in, 0, "has a document type, which is not read");
	else if (!good)
		xml_fail(in, error && error->line > 0 ? (unsigned)error->line : 0, "is no XML: %s",
			 QUOTE_N(error && error->message ? error->message : "unknown",
				 error && error->message ? strcspn(error->message, "\n") : 7));
	xmlFreeParserCtxt(parser);
	if (good)
		return doc;
	xmlFreeDoc(doc);
	return NULL;
}

/* ---- nodes */

unsigned xml_line(const xmlNode *node)
{
	long line = xmlGetLineNo(node);

	return line > 0 ? (unsigned)line : 0;
}

char *xml_get(const xmlNode *node, const char *name)
{
	return (char *)xmlGetNoNsProp(node, (const xmlChar *)name);
}

char *xml_content(const xmlNode *node)
{
	return (char *)xmlNodeGetContent(node);
}

bool xml_is(const char *value, const char *word)
{
	return value && strcmp(value, word) == 0;
}

void xml_only(struct xml_in *in, const xmlNode *node, const char *name, const char *word)
{
	char *value = xml_get(node, name);

	if (value && strcmp(value, word) != 0)
		xml_refuse(in, xml_line(node), "<%s %s='%s'> cannot be carried over", node->name,
			   name, QUOTE(value));
	xmlFree(value);
}

/* ---- the walk */

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; *p; p = strchr(p, ' ') + 1)
		if (strncmp(p, word, len) == 0 && p[len] == ' ')
			return true;
	return false;
}

static void check_attributes(struct xml_in *in, const xmlNode *node, const char *known)
{
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (a->ns || !has_word(known, (const char *)a->name))
			xml_refuse(in, xml_line(node), "<%s %s=''> cannot be carried over",
				   node->name, QUOTE((const char *)a->name));
}

static bool is_second(const xmlNode *node)
{
	for (const xmlNode *p = node->prev; p; p = p->prev)
		if (p->type == XML_ELEMENT_NODE && !p->ns && xmlStrEqual(p->name, node->name))
			return true;
	return false;
}

void xml_check_inside(struct xml_in *in, const xmlNode *node, bool text)
{
	for (const xmlNode *child = node->children; child; child = child->next) {
		bool is_text =
			child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE;

		if (is_text && !text && !xmlIsBlankNode(child))
			xml_fail(in, xml_line(node), "<%s> has a text, where none belongs",
				 QUOTE((const char *)node->name));
		else if (!is_text && child->type != XML_ELEMENT_NODE &&
			 child->type != XML_COMMENT_NODE)
			xml_fail(in, xml_line(node), "<%s> has something other than elements",
				 QUOTE((const char *)node->name));
	}
}

/* As deep as the elements that are known. */
void xml_walk(struct xml_in *in, const struct xml_element *known, size_t n, void *ctx,
	      const xmlNode *node, const char *above)
{
	char path[64];
	int len = snprintf(path, sizeof(path), "%s%s%s", above, above[0] ? "/" : "",
			   (const char *)node->name);

	for (size_t i = 0; !node->ns && len < (int)sizeof(path) && i < n; i++) {
		if (strcmp(path, known[i].path) != 0)
			continue;
		if (known[i].once && is_second(node)) {
			xml_fail(in, xml_line(node), "<%s> is there twice", node->name);
			return;
		}
		check_attributes(in, node, known[i].attributes);
		known[i].take(ctx, node);
		xml_check_inside(in, node, known[i].text);
		for (const xmlNode *child = node->children; child; child = child->next)
			if (child->type == XML_ELEMENT_NODE)
				xml_walk(in, known, n, ctx, child, known[i].path);
		return;
	}
	xml_refuse(in, xml_line(node), "<%s> in <%s> cannot be carried over",
		   QUOTE((const char *)node->name), above[0] ? above : "the file");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netgrant import-network: a program of its own, because libxml2 and what it brings along
 * would make every start of netgrant slower.
 */
#include "import.h"

#include "lib/exitcode.h"
#include "lib/quote.h"
#include "network/config.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int read_file(struct import *im, char *buf, size_t size, size_t *retlen)
{
	CLEANUP_FD int fd = open(im->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0) {
		import_fail(im, 0, "%s", strerror(errno));
		return -1;
	}
	while (len < size && n > 0) {
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	if (n < 0)
		import_fail(im, 0, "%s", strerror(errno));
	else if (len == size)
		import_fail(im, 0, "is larger than %d bytes", NET_FILE_MAX);
	*retlen = len;
	return im->problems ? -1 : 0;
}

static void parse(struct import *im, const char *text, size_t len)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();
	bool doctype = false;
	const xmlError *error;
	xmlDoc *doc;

	if (!parser) {
		import_fail(im, 0, "no memory");
		return;
	}
	parser->_private = &doctype;
	parser->sax->internalSubset = on_doctype;
	doc = xmlCtxtReadMemory(parser, text, (int)len, "network.xml", NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	error = xmlCtxtGetLastError(parser);
	if (doctype) {
		import_fail(im, 0, "has a document type, which is not read");
	} else if (!doc || !parser->wellFormed) {
		import_fail(im, error && error->line > 0 ? (unsigned)error->line : 0,
			    "is no XML: %s",
			    QUOTE_N(error && error->message ? error->message : "unknown",
				    error && error->message ? strcspn(error->message, "\n") : 7));
	} else {
		import_network(im, xmlDocGetRootElement(doc));
	}
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(parser);
}

int main(int argc, char *argv[])
{
	struct import im = {0};
	size_t len = 0;
	char *text;

	im.lenient = argc > 1 && strcmp(argv[1], "--lenient") == 0;
	if (argc != 2 + im.lenient) {
		fputs("netgrant: usage: netgrant import-network [--lenient] FILE.xml\n", stderr);
		return EX_USAGE_ERR;
	}
	im.file = argv[argc - 1];
	text = malloc(NET_FILE_MAX + 1);
	if (!text)
		import_fail(&im, 0, "no memory");
	else if (read_file(&im, text, NET_FILE_MAX + 1, &len) == 0)
		parse(&im, text, len);
	if (im.problems == 0)
		import_print(&im);
	if (fflush(stdout) != 0)
		import_fail(&im, 0, "standard output: %s", strerror(errno));
	len = im.problems;
	free(text);
	import_free(&im);
	return len ? EX_FAILED : EX_DONE;
}

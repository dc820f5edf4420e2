/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netgrant import-network: a program of its own, because libxml2 and what it brings along
 * would make every start of netgrant slower.
 */
#include "import.h"

#include "lib/exitcode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[])
{
	struct import im = {.in = {.err = stderr, .leave_out = import_leave_out}};
	xmlDoc *doc = NULL;
	size_t len;
	char *text;

	im.in.lenient = argc > 1 && strcmp(argv[1], "--lenient") == 0;
	if (argc != 2 + im.in.lenient) {
		fputs("netgrant: usage: netgrant import-network [--lenient] FILE.xml\n", stderr);
		return EX_USAGE_ERR;
	}
	im.in.file = argv[argc - 1];
	text = xml_read(&im.in, &len);
	if (text)
		doc = xml_parse(&im.in, text, len);
	if (doc)
		import_network(&im, xmlDocGetRootElement(doc));
	if (im.in.problems == 0)
		import_print(&im);
	if (fflush(stdout) != 0)
		xml_fail(&im.in, 0, "standard output: %s", strerror(errno));
	xmlFreeDoc(doc);
	free(text);
	import_free(&im);
	return im.in.problems ? EX_FAILED : EX_DONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML from people, as netgrant convert reads it. What must hold: what is understood is one line
 * of --nic for each NIC, each in its normal form; as XML, it is understood as the same; an error
 * is told, and nothing but whole lines come out.
 */
#include "fuzz.h"

#include "unpriv/convert/convert.h"

#include <libxml/parser.h>
#include <string.h>

#define NICS_MAX 4096

/* Where messages go, which are counted and not read. */
static FILE *nowhere(void)
{
	static FILE *f;

	if (!f)
		f = fopen("/dev/null", "we");
	MUST(f);
	return f;
}

static void comment(struct xml_in *in, unsigned line, const char *what)
{
	MUST(what[0]);
	convert_leave_out(in, line, what);
}

static struct convert start(bool lenient)
{
	return (struct convert){
		.in = {.file = "fuzz", .err = nowhere(), .lenient = lenient, .leave_out = comment}};
}

/* The lines of --nic, or NULL where something is wrong. */
static char *read_xml(const char *xml, size_t len, bool lenient)
{
	struct convert c = start(lenient);
	xmlDoc *doc = xml_parse(&c.in, xml, len);
	char *text = NULL;
	size_t size;

	c.out = open_memstream(&text, &size);
	MUST(c.out);
	MUST((doc != NULL) == (c.in.problems == 0));
	if (doc) {
		const xmlNode *root = xmlDocGetRootElement(doc);

		MUST(root);
		convert_interfaces(&c, root, xml_is((const char *)root->name, "domain"));
	}
	MUST(fclose(c.out) == 0);
	xmlFreeDoc(doc);
	if (c.in.problems == 0)
		return text;
	free(text);
	return NULL;
}

static void check_line(const char *line)
{
	struct nic_error error;
	struct nic nic;
	char *again;

	MUST(nic_parse(line, &nic, &error) == 0);
	again = nic_print(&nic);
	MUST(again && strcmp(again, line) == 0);
	free(again);
	nic_free(&nic);
}

/* Cuts text into its lines. */
static size_t split(char *text, char *lines[NICS_MAX])
{
	size_t n = 0;

	for (char *p = text, *end; *p && n < NICS_MAX; p = end + 1) {
		end = strchr(p, '\n');
		MUST(end);
		*end = '\0';
		lines[n++] = p;
	}
	return n;
}

static void check_back(const char *text, char *const lines[], size_t n)
{
	struct convert c = start(false);
	char *xml = NULL, *again;
	size_t size;

	c.out = open_memstream(&xml, &size);
	MUST(c.out);
	convert_nics(&c, lines, n);
	MUST(fclose(c.out) == 0);
	if (c.in.problems == 0) {
		again = read_xml(xml, size, false);
		MUST(again && strcmp(again, text) == 0);
		free(again);
	} else {
		MUST(c.in.refused); /* what libvirt has no word for */
	}
	free(xml);
}

static void check(const uint8_t *data, size_t size, bool lenient)
{
	static char *lines[NICS_MAX];
	char *text = read_xml((const char *)data, size, lenient), *copy;
	size_t n;

	if (!text)
		return;
	copy = strdup(text);
	MUST(copy);
	n = split(copy, lines);
	for (size_t i = 0; i < n; i++)
		check_line(lines[i]);
	if (n > 0 && n < NICS_MAX)
		check_back(text, lines, n);
	free(copy);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > XML_IN_MAX)
		return 0;
	check(data, size, false);
	check(data, size, true);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netgrant convert: a program of its own, because libxml2 and what it brings along would make
 * every start of netgrant slower. netgrant run reads its output.
 */
#include "convert.h"

#include "lib/exitcode.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct args {
	bool lenient, domain, name, xml;
	char **operands;
	size_t n;
};

static int usage(const char *what, const char *arg)
{
	fprintf(stderr,
		"netgrant: convert: %s%s; usage: netgrant convert [--lenient] [--domain] FILE | "
		"--xml NIC...\n",
		what, arg);
	return EX_USAGE_ERR;
}

static int read_args(int argc, char *argv[], struct args *ret)
{
	int i = 1;

	*ret = (struct args){0};
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--lenient") == 0)
			ret->lenient = true;
		else if (strcmp(argv[i], "--domain") == 0)
			ret->domain = true;
		/* For netgrant run, which knows that line by its beginning. */
		else if (strcmp(argv[i], "--with-name") == 0)
			ret->name = true;
		else if (strcmp(argv[i], "--xml") == 0)
			ret->xml = true;
		else
			return usage("unknown option ", argv[i]);
	}
	ret->operands = argv + i;
	ret->n = (size_t)(argc - i);
	if (ret->xml && ret->domain)
		return usage("--domain is for reading", "");
	if (ret->n == 0)
		return usage("an argument is missing", "");
	return !ret->xml && ret->n > 1 ? usage("unexpected argument ", ret->operands[1]) : EX_DONE;
}

static void from_file(struct convert *c, const struct args *args)
{
	xmlDoc *doc = NULL;
	size_t len;
	char *text;

	c->in.file = args->operands[0];
	text = xml_read(&c->in, &len);
	if (text)
		doc = xml_parse(&c->in, text, len);
	if (doc && args->name)
		convert_name(c, xmlDocGetRootElement(doc));
	if (doc)
		convert_interfaces(c, xmlDocGetRootElement(doc), args->domain);
	xmlFreeDoc(doc);
	free(text);
}

/* Prints what there is when all went well: half of the NICs would be worse than none. */
static int convert(const struct args *args)
{
	struct convert c = {
		.in = {.err = stderr, .lenient = args->lenient, .leave_out = convert_leave_out}};
	char *text = NULL;
	size_t size;

	c.out = open_memstream(&text, &size);
	if (!c.out) {
		fprintf(stderr, "netgrant: convert: %s\n", strerror(errno));
		return EX_FAILED;
	}
	if (args->xml)
		convert_nics(&c, args->operands, args->n);
	else
		from_file(&c, args);
	if (c.in.refused && !c.in.lenient)
		fputs("netgrant: convert: --lenient leaves out what cannot be carried over\n",
		      stderr);
	if (ferror(c.out) | fclose(c.out))
		xml_fail(&c.in, 0, "no memory");
	else if (c.in.problems == 0)
		fputs(text, stdout);
	if (fflush(stdout) != 0)
		xml_fail(&c.in, 0, "standard output: %s", strerror(errno));
	free(text);
	return c.in.problems ? EX_FAILED : EX_DONE;
}

int main(int argc, char *argv[])
{
	struct args args;
	int r;

	if (stdfds_fill() < 0)
		return EX_FAILED; /* there is nowhere to say so */
	r = read_args(argc, argv, &args);
	return r == EX_DONE ? convert(&args) : r;
}

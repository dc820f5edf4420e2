/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands that hand over to programs of their own: import-network and convert, as those know
 * XML; leases, as nat-setup knows them. */
#include "verbs.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define FOLDER LIBEXECDIR "/netgrant/"

/* words: of options and operands, ended by NULL. Does not return when all is well. */
static int become(const char *program, const char *const words[])
{
	/* execve() takes what it does not change as if it did. */
	execv(program, (char *const *)(uintptr_t)words);
	return cli_fail(EX_FAILED, "%s: %s", program, strerror(errno));
}

int verb_import(const struct cli_args *args)
{
	const char *words[4] = {"import-network"};
	size_t n = 1;

	if (args->lenient)
		words[n++] = "--lenient";
	words[n] = args->operand[0];
	return become(FOLDER "import-network", words);
}

int verb_convert(const struct cli_args *args)
{
	const char *words[CLI_OPERANDS_MAX + 6] = {"convert-interface"};
	size_t n = 1;

	if (args->lenient)
		words[n++] = "--lenient";
	if (args->domain)
		words[n++] = "--domain";
	if (args->xml)
		words[n++] = "--xml";
	words[n++] = "--";
	for (unsigned i = 0; i < args->operands; i++)
		words[n++] = args->operand[i];
	return become(FOLDER "convert-interface", words);
}

int verb_leases(const struct cli_args *args)
{
	const char *words[5] = {"nat-setup", "leases"};
	size_t n = 2;

	if (args->json)
		words[n++] = "--json";
	if (args->operands)
		words[n++] = args->operand[0];
	return become(FOLDER "nat-setup", words);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant import-network: hands over to the program that knows XML. */
#include "verbs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM LIBEXECDIR "/netgrant/import-network"

int verb_import(const struct cli_args *args)
{
	char name[] = "import-network", lenient[] = "--lenient";
	char *argv[4] = {name};
	size_t n = 1;

	if (args->lenient)
		argv[n++] = lenient;
	argv[n] = strdup(args->operand[0]);
	if (!argv[n])
		return cli_fail(EX_FAILED, "no memory");
	execv(PROGRAM, argv);
	return cli_fail(EX_FAILED, "%s: %s", PROGRAM, strerror(errno));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant switch-status: asks a netgrant-switch by its control socket. */
#include "verbs.h"

#include "lib/quote.h"
#include "unpriv/wire/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int verb_switch_status(const struct cli_args *args)
{
	const char *path = args->operand[0];
	char error[256];
	int r = control_ask(path, args->json ? "json" : "status", stdout, error, sizeof(error));

	if (r < 0)
		return cli_fail(EX_FAILED, "'%s': %s", QUOTE(path), strerror(-r));
	return r ? cli_fail(EX_FAILED, "'%s': %s", QUOTE(path), error) : EX_DONE;
}

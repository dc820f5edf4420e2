/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the control socket answers. */
#include "server.h"

#include "lib/quote.h"

#include <string.h>

bool server_answer(void *server, const char *request, FILE *out)
{
	struct server *s = server;

	(void)s;
	fprintf(out, "'%s' is no request\n", QUOTE(request));
	return false;
}

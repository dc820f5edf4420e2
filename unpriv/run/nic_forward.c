/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nic.h"

#include <errno.h>
#include <string.h>

/* Cuts "HOST:PORT" at its last colon; the brackets of an IPv6 address go. */
static bool cut_address(char *text, const char **host, const char **port)
{
	char *colon = strrchr(text, ':');
	size_t len;

	if (!colon || !colon[1])
		return false;
	*colon = '\0';
	*port = colon + 1;
	len = strlen(text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	*host = text;
	return true;
}

int nic_forward_cut(char *text, struct nic_forward *ret)
{
	char *colon = strchr(text, ':'), *dash = strrchr(text, '-');

	memset(ret, 0, sizeof(*ret));
	if (!colon || !dash || dash < colon)
		return -EINVAL;
	*colon = *dash = '\0';
	ret->proto = text[0] ? text : "tcp";
	if (strcmp(ret->proto, "tcp") != 0 && strcmp(ret->proto, "udp") != 0)
		return 0;
	return cut_address(colon + 1, &ret->host, &ret->port) &&
			       cut_address(dash + 1, &ret->guest, &ret->to)
		       ? 0
		       : -EINVAL;
}

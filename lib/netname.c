/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netname.h"

#include "ifname.h"

#include <stdio.h>
#include <string.h>

const char *netname_defect(const char *name)
{
	size_t len = strlen(name);

	/* It becomes part of paths, and of the names of firewall tables, devices and units. */
	if (len == 0)
		return "is empty";
	if (name[0] == '-' || name[0] == '_')
		return "does not begin with a letter or a digit";
	for (size_t i = 0; i < len; i++)
		if (name[i] == '.' || !ifname_char_ok((unsigned char)name[i]))
			return "has a character other than A-Z a-z 0-9 _ -";
	return len > NETNAME_MAX ? "is longer than 15 bytes" : NULL;
}

const char *netname_altname(char buf[NETNAME_ALTNAME_SIZE], const char *name)
{
	snprintf(buf, NETNAME_ALTNAME_SIZE, "netgrant-network-%s", name);
	return buf;
}

void netname_alias(char buf[ALIAS_SIZE], const char *name, bool isolated)
{
	snprintf(buf, ALIAS_SIZE, "netgrant network=%s%s", name, isolated ? " isolated" : "");
}

bool netname_is(const char *alias, const char *name, bool *isolated)
{
	char plain[ALIAS_SIZE], with[ALIAS_SIZE];

	netname_alias(plain, name, false);
	netname_alias(with, name, true);
	*isolated = strcmp(alias, with) == 0;
	return *isolated || strcmp(alias, plain) == 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netname.h"

#include "ifname.h"

#include <stdio.h>
#include <string.h>

const char *netname_defect(const char *name)
{
	enum ifname_defect defect = ifname_check(name, strlen(name));

	if (defect != IFNAME_OK)
		return ifname_defect_text(defect);
	/* It becomes part of paths, and of the names of firewall tables and units. */
	if (name[0] == '.' || name[0] == '-')
		return "begins with '.' or '-'";
	return NULL;
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

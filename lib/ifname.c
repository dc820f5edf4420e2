/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ifname.h"

#include <string.h>

bool ifname_char_ok(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

enum ifname_defect ifname_check(const char *name, size_t len)
{
	if (len == 0)
		return IFNAME_EMPTY;
	for (size_t i = 0; i < len; i++)
		if (!ifname_char_ok((unsigned char)name[i]))
			return IFNAME_CHAR;
	if (len > IFNAME_MAX)
		return IFNAME_LONG;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return IFNAME_DOTS;
	return IFNAME_OK;
}

const char *ifname_defect_text(enum ifname_defect defect)
{
	switch (defect) {
	case IFNAME_OK:
		return "is valid";
	case IFNAME_EMPTY:
		return "is empty";
	case IFNAME_LONG:
		return "is longer than 15 bytes";
	case IFNAME_CHAR:
		return "has a character other than A-Z a-z 0-9 _ . -";
	case IFNAME_DOTS:
		return "is not a device name";
	}
	return "is not a device name";
}

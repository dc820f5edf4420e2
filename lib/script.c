/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script.h"

#include "ifname.h"

#include <string.h>

bool script_char_ok(char c)
{
	return ifname_char_ok((unsigned char)c) || c == '/' || c == '+' || c == '@' || c == '~';
}

const char *script_shape(const char *path, size_t len)
{
	const char *p = path, *end = path + len;

	if (len == 0)
		return "is empty";
	if (*path != '/')
		return "is relative; write it from '/' on";
	if (len > SCRIPT_MAX)
		return "is longer than 127 bytes";
	while (p < end) {
		const char *part = p + 1, *slash = memchr(part, '/', (size_t)(end - part));
		size_t n = (size_t)((slash ? slash : end) - part);

		if (n == 0)
			return "has an empty part, or ends in '/'";
		if (part[0] == '.' && (n == 1 || (n == 2 && part[1] == '.')))
			return "has '.' or '..' for a part";
		p = part + n;
	}
	return NULL;
}

const char *script_defect(const char *path)
{
	for (const char *p = path; *p; p++)
		if (!script_char_ok(*p))
			return SCRIPT_BAD_CHAR;
	return script_shape(path, strlen(path));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alias.h"

#include "num.h"

#include <stdio.h>
#include <string.h>

size_t alias_format(char buf[ALIAS_SIZE], uid_t uid, const char *helper, const char *file,
		    unsigned line)
{
	char number[16];
	size_t room, file_len = strlen(file);
	int used, tail;

	tail = snprintf(number, sizeof(number), ":%u", line);
	used = snprintf(buf, ALIAS_SIZE, "netgrant uid=%u helper=%.31s rule=", uid, helper);
	room = ALIAS_SIZE - 1 - (size_t)used - (size_t)tail;
	if (file_len <= room)
		used += snprintf(buf + used, ALIAS_SIZE - (size_t)used, "%s%s", file, number);
	else
		used += snprintf(buf + used, ALIAS_SIZE - (size_t)used, "...%s%s",
				 file + file_len - (room - 3), number);
	return (size_t)used;
}

/* If *text starts with key, moves it behind the value and gives the value's bounds. */
static bool take(const char **text, const char *key, const char **value, size_t *len)
{
	size_t key_len = strlen(key);

	if (strncmp(*text, key, key_len) != 0)
		return false;
	*value = *text + key_len;
	*len = strcspn(*value, " ");
	*text = *value + *len;
	return true;
}

bool alias_parse(const char *text, struct alias *ret)
{
	struct alias out;
	const char *uid, *helper;
	size_t uid_len, helper_len;
	uint64_t parsed;

	if (!take(&text, "netgrant uid=", &uid, &uid_len) ||
	    !take(&text, " helper=", &helper, &helper_len) || strncmp(text, " rule=", 6) != 0)
		return false;
	text += 6;
	if (num_parse(uid, uid_len, 0, (uid_t)-2, &parsed) < 0 || helper_len == 0 ||
	    helper_len >= sizeof(out.helper) || strlen(text) >= sizeof(out.rule))
		return false;
	out.uid = (uid_t)parsed;
	memcpy(out.helper, helper, helper_len);
	out.helper[helper_len] = '\0';
	memcpy(out.rule, text, strlen(text) + 1);
	*ret = out;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alias.h"

#include "num.h"

#include <stdio.h>
#include <string.h>

/* The end of a rule's place that there is room for in any case: "...ifup.conf:4294967295". */
#define RULE_LEAST 32

size_t alias_format_words(char buf[ALIAS_SIZE], uid_t uid, const char *helper, const char *words,
			  const char *file, unsigned line)
{
	char number[16];
	size_t room, file_len = strlen(file);
	int used, tail;

	tail = snprintf(number, sizeof(number), ":%u", line);
	used = snprintf(buf, ALIAS_SIZE, "netgrant uid=%u helper=%.31s %s%srule=", uid, helper,
			words, words[0] ? " " : "");
	if (used + RULE_LEAST >= ALIAS_SIZE)
		return 0;
	room = ALIAS_SIZE - 1 - (size_t)used - (size_t)tail;
	if (file_len <= room)
		used += snprintf(buf + used, ALIAS_SIZE - (size_t)used, "%s%s", file, number);
	else
		used += snprintf(buf + used, ALIAS_SIZE - (size_t)used, "...%s%s",
				 file + file_len - (room - 3), number);
	return (size_t)used;
}

size_t alias_format(char buf[ALIAS_SIZE], uid_t uid, const char *helper, const char *file,
		    unsigned line)
{
	return alias_format_words(buf, uid, helper, "", file, line);
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
	const char *uid, *helper, *rule;
	size_t uid_len, helper_len, words_len;
	uint64_t parsed;

	if (!take(&text, "netgrant uid=", &uid, &uid_len) ||
	    !take(&text, " helper=", &helper, &helper_len))
		return false;
	/* The first one: a rule's file may well have it in its name, the words have not. */
	rule = strstr(text, " rule=");
	if (!rule || text[0] != ' ' || strlen(rule + 6) >= sizeof(out.rule))
		return false;
	if (num_parse(uid, uid_len, 0, (uid_t)-2, &parsed) < 0 || helper_len == 0 ||
	    helper_len >= sizeof(out.helper) || (size_t)(rule - text) > sizeof(out.words))
		return false;
	out.uid = (uid_t)parsed;
	memcpy(out.helper, helper, helper_len);
	out.helper[helper_len] = '\0';
	words_len = rule == text ? 0 : (size_t)(rule - text) - 1;
	memcpy(out.words, text + 1, words_len);
	out.words[words_len] = '\0';
	memcpy(out.rule, rule + 6, strlen(rule + 6) + 1);
	*ret = out;
	return true;
}

bool alias_word(const struct alias *a, const char *key, char *buf, size_t size)
{
	size_t key_len = strlen(key);

	for (const char *p = a->words; *p;) {
		size_t len = strcspn(p, " ");

		if (len > key_len && p[key_len] == '=' && strncmp(p, key, key_len) == 0) {
			len -= key_len + 1;
			if (len >= size)
				return false;
			memcpy(buf, p + key_len + 1, len);
			buf[len] = '\0';
			return true;
		}
		p += len + (p[len] == ' ');
	}
	return false;
}

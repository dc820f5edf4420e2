/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single values. What passes here is written into other programs' configuration. */
#include "config_priv.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct net_text net_trim(struct net_text text)
{
	while (text.len > 0 && is_blank(text.p[0])) {
		text.p++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.p[text.len - 1]))
		text.len--;
	return text;
}

bool net_cut(struct net_text *text, char c, struct net_text *before)
{
	const char *at = text->len ? memchr(text->p, c, text->len) : NULL;

	if (!at)
		return false;
	*before = (struct net_text){text->p, (size_t)(at - text->p)};
	text->len -= before->len + 1;
	text->p = at + 1;
	return true;
}

int net_next_item(struct net_parser *p, struct net_text *list, struct net_text *ret)
{
	if (!list->p)
		return 0;
	if (!net_cut(list, ',', ret)) {
		*ret = *list;
		list->p = NULL;
	}
	*ret = net_trim(*ret);
	if (ret->len == 0)
		return net_fail(p, "'%s=' has nothing between two commas, or around one", p->key);
	return 1;
}

int net_copy(struct net_text text, char **ret)
{
	char *copy = malloc(text.len + 1);

	if (!copy)
		return -ENOMEM;
	if (text.len > 0)
		memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	free(*ret);
	*ret = copy;
	return 0;
}

int net_read_word(struct net_parser *p, struct net_text text, const char *const *words, size_t n,
		  unsigned *ret)
{
	char list[128] = "";
	size_t used = 0;

	for (unsigned i = 0; i < n; i++) {
		if (strlen(words[i]) == text.len && memcmp(words[i], text.p, text.len) == 0) {
			*ret = i;
			return 0;
		}
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i == 0       ? ""
					 : i + 1 == n ? " or "
						      : ", ",
					 words[i]);
	}
	return net_fail(p, "'%s=' is %s, not '%s'", p->key, list, QUOTE_N(text.p, text.len));
}

int net_read_yes(struct net_parser *p, struct net_text text, bool *ret)
{
	static const char *const words[] = {"no", "yes"};
	unsigned word;
	int r = net_read_word(p, text, words, ARRAY_LEN(words), &word);

	if (r == 0)
		*ret = word == 1;
	return r;
}

int net_read_number(struct net_parser *p, struct net_text text, uint64_t min, uint64_t max,
		    uint64_t *ret)
{
	if (num_parse(text.p, text.len, min, max, ret) == 0)
		return 0;
	return net_fail(p, "'%s' in '%s=' is no number from %llu to %llu",
			QUOTE_N(text.p, text.len), p->key, (unsigned long long)min,
			(unsigned long long)max);
}

int net_read_mac(struct net_parser *p, struct net_text text, uint8_t ret[MAC_LEN])
{
	static const uint8_t none[MAC_LEN];

	if (mac_parse(text.p, text.len, ret) < 0)
		return net_bad(p, text, "is no MAC address, as 52:54:00:aa:00:01");
	if (mac_is_group(ret) || memcmp(ret, none, MAC_LEN) == 0)
		return net_bad(p, text, "is no address of a single device");
	return 0;
}

int net_read_device(struct net_parser *p, struct net_text text, char ret[IFNAME_MAX + 1])
{
	/* Of the last two, sysctl has files that stand for no device. */
	static const char *const taken[] = {"lo", "all", "default"};
	enum ifname_defect defect = ifname_check(text.p, text.len);

	if (defect != IFNAME_OK)
		return net_bad(p, text, ifname_defect_text(defect));
	if (text.p[0] == '-')
		return net_bad(p, text, "begins with '-'");
	snprintf(ret, IFNAME_MAX + 1, "%.*s", (int)text.len, text.p);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (strcmp(ret, taken[i]) == 0)
			return net_bad(p, text, "is no device that can be used here");
	return 0;
}

int net_read_ports(struct net_parser *p, struct net_text text, struct net_ports *ret)
{
	struct net_text first = text, last = text;
	uint64_t from, to;

	if (!net_cut(&last, '-', &first))
		first = last = text;
	if (num_parse(first.p, first.len, 1, 65535, &from) < 0 ||
	    num_parse(last.p, last.len, 1, 65535, &to) < 0)
		return net_bad(p, text, "is no port, as 8080, nor range of them, as 8000-8010");
	if (from > to)
		return net_bad(p, text, "ends before it begins");
	*ret = (struct net_ports){(uint16_t)from, (uint16_t)to};
	return 0;
}

int net_read_seconds(struct net_parser *p, struct net_text text, uint32_t *ret)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	struct net_text digits = text;
	uint64_t value, factor = 1;

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (text.p[text.len - 1] != units[i].unit)
			continue;
		factor = units[i].seconds;
		digits.len--;
	}
	if (num_parse(digits.p, digits.len, 1, 365 * 86400, &value) < 0)
		return net_bad(p, text, "is no time, as 1h: a number and s, m, h or d");
	value *= factor;
	if (value < 120 || value > 365 * 86400)
		return net_bad(p, text, "is outside 120 seconds to 365 days");
	*ret = (uint32_t)value;
	return 0;
}

static const char *label_defect(struct net_text text, bool underscores)
{
	if (text.len == 0)
		return "has nothing before, behind or between dots";
	if (text.len > NET_LABEL_MAX)
		return "has more than 63 bytes between dots";
	for (size_t i = 0; i < text.len; i++)
		if (!is_letter(text.p[i]) && !is_digit(text.p[i]) && text.p[i] != '-' &&
		    (text.p[i] != '_' || !underscores))
			return "has a character other than A-Z a-z 0-9 -";
	if (text.p[0] == '-' || text.p[text.len - 1] == '-')
		return "begins or ends with '-'";
	return NULL;
}

const char *net_label_defect(struct net_text text)
{
	return label_defect(text, false);
}

const char *net_domain_defect(struct net_text text, bool underscores)
{
	struct net_text label = text;
	const char *defect;

	if (text.len > NET_DOMAIN_MAX)
		return "is longer than 253 bytes";
	while (net_cut(&text, '.', &label)) {
		defect = label_defect(label, underscores);
		if (defect)
			return defect;
	}
	defect = label_defect(text, underscores);
	if (defect)
		return defect;
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.p[i]))
			return NULL;
	/* 10.0.0.1 is one, and would be taken for an address further on. */
	return "ends in a number, as no domain does";
}

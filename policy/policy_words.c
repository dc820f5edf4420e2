/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conditions and limits of a rule: their words, and what may stand behind them. */
#include "line_priv.h"

#include "lib/ifname.h"
#include "lib/near.h"
#include "lib/num.h"
#include "lib/quote.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct line_word line_words[] = {
	{POLICY_USER, "user=", 5, false},       {POLICY_GROUP, "group=", 6, false},
	{POLICY_LIMIT, "limit=", 6, true},      {POLICY_MAC, "mac=", 4, true},
	{POLICY_ISOLATED, "isolated", 8, true}, {POLICY_START, "start", 5, true},
	{POLICY_QUEUES, "queues=", 7, true},    {POLICY_VHOST, "vhost", 5, true},
	{POLICY_PERSIST, "persist", 7, true},   {POLICY_MTU, "mtu=", 4, true},
	{POLICY_IFNAME, "ifname=", 7, true},    {POLICY_RUN_AS, "run-as=", 7, true},
	{POLICY_CAPS, "caps=", 5, true},        {POLICY_TIMEOUT, "timeout=", 8, true},
};

const size_t n_line_words = ARRAY_LEN(line_words);

/* What ifup-runner itself can have (packaging/filecaps.list). */
static const struct {
	const char *name;
	unsigned number;
} caps[] = {
	{"cap_net_admin", CAP_NET_ADMIN},
	{"cap_net_raw", CAP_NET_RAW},
	{"cap_setgid", CAP_SETGID},
	{"cap_setuid", CAP_SETUID},
};

int line_fail(struct cursor *c, const char *at, const char *fmt, ...)
{
	va_list args;

	c->error->column = (unsigned)(at - c->line) + 1;
	va_start(args, fmt);
	vsnprintf(c->error->text, sizeof(c->error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

int line_unknown_word(struct cursor *c, struct policy_text t, const char *best)
{
	if (best)
		return line_fail(c, t.p, "unknown word '%s' (did you mean '%s'?)",
				 QUOTE_N(t.p, t.len), best);
	return line_fail(c, t.p, "unknown word '%s'", QUOTE_N(t.p, t.len));
}

int line_unknown_option(struct cursor *c, const struct policy_vocab *vocab, struct policy_text t)
{
	const char *equals = memchr(t.p, '=', t.len);
	const char *best = NULL;
	unsigned d = 3;

	if (equals)
		t.len = (size_t)(equals - t.p) + 1;
	for (size_t i = 0; i < n_line_words; i++)
		if (vocab->words & line_words[i].word)
			near_consider(t.p, t.len, line_words[i].text, &best, &d);
	return line_unknown_word(c, t, best);
}

static bool all_digits(const struct policy_text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->p[i] < '0' || t->p[i] > '9')
			return false;
	return true;
}

static int check_who(struct cursor *c, const char *key, const struct policy_text *t)
{
	uint64_t number;

	if (t->len == 0)
		return line_fail(c, t->p, "empty name in '%s'", key);
	if (t->len > POLICY_NAME_MAX)
		return line_fail(c, t->p, "name in '%s' is longer than %d bytes", key,
				 POLICY_NAME_MAX);
	if (memchr("-+", t->p[0], 2))
		return line_fail(c, t->p, "'%s' in '%s' is neither a name nor a number",
				 QUOTE_N(t->p, t->len), key);
	if (memchr("%@", t->p[0], 2))
		return line_fail(c, t->p, "'%s' in '%s'; groups are written group=NAME",
				 QUOTE_N(t->p, t->len), key);
	if (memchr(t->p, '#', t->len) || memchr(t->p, ':', t->len))
		return line_fail(c, t->p,
				 "'%s' in '%s' is no name; a comment begins behind a blank",
				 QUOTE_N(t->p, t->len), key);
	if (t->len > 1 && t->p[0] == '0' && (t->p[1] == 'x' || t->p[1] == 'X'))
		return line_fail(c, t->p, "'%s' in '%s': numbers are decimal",
				 QUOTE_N(t->p, t->len), key);
	if (all_digits(t) && num_parse(t->p, t->len, 0, (uid_t)-2, &number) < 0)
		return line_fail(c, t->p,
				 "'%s' in '%s' is no id: 0 to 4294967294, without leading zeros",
				 QUOTE_N(t->p, t->len), key);
	return 0;
}

static int parse_list(struct cursor *c, const char *key, const struct policy_text *value,
		      struct policy_text *ret)
{
	struct policy_text list = *value, name;

	while (policy_next_name(&list, &name)) {
		int r = check_who(c, key, &name);

		if (r < 0)
			return r;
	}
	*ret = *value;
	return 0;
}

static int parse_mac(struct cursor *c, const struct policy_text *value, struct mac_range *ret)
{
	const char *slash = memchr(value->p, '/', value->len);
	size_t len = slash ? (size_t)(slash - value->p) : value->len;
	uint8_t mask[MAC_LEN];
	uint64_t bits = 48;
	char text[MAC_TEXT_SIZE];
	bool outside = false;

	if (mac_parse(value->p, len, ret->addr) < 0)
		return line_fail(c, value->p, "'%s' is no MAC address, as 52:54:00:aa:00:01",
				 QUOTE_N(value->p, len));
	if (slash && num_parse(slash + 1, value->len - len - 1, 8, 48, &bits) < 0)
		return line_fail(c, slash + 1, "'%s' is no prefix length: 8 to 48",
				 QUOTE_N(slash + 1, value->len - len - 1));
	if (mac_is_group(ret->addr))
		return line_fail(c, value->p,
				 "'%s' is a group address, which no guest can have as its own",
				 QUOTE_N(value->p, len));
	ret->bits = (uint8_t)bits;
	mac_mask(ret->bits, mask);
	for (size_t i = 0; i < MAC_LEN; i++) {
		outside = outside || (ret->addr[i] & ~mask[i]);
		mask[i] &= ret->addr[i];
	}
	if (outside)
		return line_fail(c, value->p,
				 "address has bits behind its prefix (did you mean '%s/%u'?)",
				 mac_format(text, mask), ret->bits);
	return 0;
}

static int parse_number(struct cursor *c, const char *what, const struct policy_text *value,
			uint32_t least, uint32_t most, uint32_t *ret)
{
	uint64_t number;

	if (num_parse(value->p, value->len, least, most, &number) < 0)
		return line_fail(c, value->p, "'%s' is no %s: %u to %u",
				 QUOTE_N(value->p, value->len), what, least, most);
	*ret = (uint32_t)number;
	return 0;
}

/* The bit of a capability's name; 0: it is none of these. */
static uint32_t cap_bit(const struct policy_text *name)
{
	for (size_t i = 0; i < ARRAY_LEN(caps); i++)
		if (line_is(name, caps[i].name, strlen(caps[i].name)))
			return UINT32_C(1) << caps[i].number;
	return 0;
}

static int parse_caps(struct cursor *c, const struct policy_text *value, struct policy_rule *rule)
{
	struct policy_text list = *value, name;

	rule->has_caps = true;
	if (line_is(value, "none", 4))
		return 0;
	while (policy_next_name(&list, &name)) {
		uint32_t bit = cap_bit(&name);

		if (!bit)
			return line_fail(c, name.p,
					 "'%s' is none of cap_net_admin, cap_net_raw, cap_setgid, "
					 "cap_setuid; or 'none' alone",
					 QUOTE_N(name.p, name.len));
		if (rule->caps & bit)
			return line_fail(c, name.p, "'%s' twice in 'caps='",
					 QUOTE_N(name.p, name.len));
		rule->caps |= bit;
	}
	return 0;
}

const char *policy_caps_text(uint32_t set, char buf[POLICY_CAPS_SIZE])
{
	size_t used = 0;

	snprintf(buf, POLICY_CAPS_SIZE, "none");
	for (size_t i = 0; i < ARRAY_LEN(caps); i++)
		if (set & UINT32_C(1) << caps[i].number)
			used += (size_t)snprintf(buf + used, POLICY_CAPS_SIZE - used, "%s%s",
						 used ? "," : "", caps[i].name);
	return buf;
}

static int parse_ifname(struct cursor *c, const struct policy_text *value, struct policy_text *ret)
{
	enum ifname_defect defect = ifname_check(value->p, value->len);

	*ret = *value;
	if (defect == IFNAME_OK)
		return 0;
	if (defect != IFNAME_CHAR)
		return line_fail(c, value->p, "interface name '%s' %s",
				 QUOTE_N(value->p, value->len), ifname_defect_text(defect));
	return line_glob(c, "interface", value, false);
}

/* One user, where conditions have a list of them. */
static int parse_run_as(struct cursor *c, const struct policy_text *value, struct policy_text *ret)
{
	int r = parse_list(c, "run-as=", value, ret);

	if (r == 0 && memchr(value->p, ',', value->len))
		return line_fail(c, value->p, "'run-as=' takes one user");
	return r;
}

int line_value(struct cursor *c, enum policy_word word, const struct policy_text *value,
	       struct policy_rule *rule)
{
	switch (word) {
	case POLICY_USER:
		return parse_list(c, "user=", value, &rule->users);
	case POLICY_GROUP:
		return parse_list(c, "group=", value, &rule->groups);
	case POLICY_LIMIT:
		return parse_number(c, "limit", value, 1, POLICY_LIMIT_MAX, &rule->limit);
	case POLICY_MAC:
		return parse_mac(c, value, &rule->mac);
	case POLICY_QUEUES:
		return parse_number(c, "number of queues", value, 1, POLICY_QUEUES_MAX,
				    &rule->queues);
	case POLICY_MTU:
		return parse_number(c, "MTU", value, POLICY_MTU_MIN, POLICY_MTU_MAX, &rule->mtu);
	case POLICY_TIMEOUT:
		return parse_number(c, "number of seconds", value, 1, POLICY_TIMEOUT_MAX,
				    &rule->timeout);
	case POLICY_IFNAME:
		return parse_ifname(c, value, &rule->ifname);
	case POLICY_RUN_AS:
		return parse_run_as(c, value, &rule->run_as);
	case POLICY_CAPS:
		return parse_caps(c, value, rule);
	case POLICY_ISOLATED:
		rule->isolated = true;
		return 0;
	case POLICY_START:
		rule->start = true;
		return 0;
	case POLICY_VHOST:
		rule->vhost = true;
		return 0;
	case POLICY_PERSIST:
		rule->persist = true;
		return 0;
	}
	return -EINVAL;
}

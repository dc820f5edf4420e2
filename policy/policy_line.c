/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of a policy file. */
#include "policy.h"

#include "lib/ifname.h"
#include "lib/near.h"
#include "lib/num.h"
#include "lib/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* As in policy/GRAMMAR; longer ones could not match anything that their prefix does not. */
#define GLOB_MAX 63

/* What stands between blanks. */
struct token {
	struct policy_text text;
	bool plain; /* nothing but bytes of device names */
};

struct cursor {
	const char *line, *p, *end;
	struct policy_error *error;
};

static const struct {
	enum policy_word word;
	const char *text;
	size_t len;
	bool limit; /* belongs to an allow */
} words[] = {
	{POLICY_USER, "user=", 5, false},       {POLICY_GROUP, "group=", 6, false},
	{POLICY_LIMIT, "limit=", 6, true},      {POLICY_MAC, "mac=", 4, true},
	{POLICY_ISOLATED, "isolated", 8, true}, {POLICY_START, "start", 5, true},
};

__attribute__((format(printf, 3, 4))) static int fail(struct cursor *c, const char *at,
						      const char *fmt, ...)
{
	va_list args;

	c->error->column = (unsigned)(at - c->line) + 1;
	va_start(args, fmt);
	vsnprintf(c->error->text, sizeof(c->error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

/* What a byte can be part of. A table, because a policy may have 100,000 lines and every
 * byte of them is looked at once, here. */
enum {
	NAME = 1 << 0, /* as ifname_char_ok() */
	BLANK = 1 << 1,
	CONTROL = 1 << 2,
	OTHER = 1 << 3,
};

static const unsigned char class_of[256] = {
	[0 ... 8] = CONTROL,   ['\t'] = BLANK,       [10 ... 31] = CONTROL, [' '] = BLANK,
	['!' ... ','] = OTHER, ['-' ... '.'] = NAME, ['/'] = OTHER,         ['0' ... '9'] = NAME,
	[':' ... '@'] = OTHER, ['A' ... 'Z'] = NAME, ['[' ... '^'] = OTHER, ['_'] = NAME,
	['`'] = OTHER,         ['a' ... 'z'] = NAME, ['{' ... '~'] = OTHER, [127] = CONTROL,
	[128 ... 255] = OTHER,
};

static int check_controls(struct cursor *c, const char *from, const char *to)
{
	for (const char *p = from; p < to; p++)
		if (class_of[(unsigned char)*p] == CONTROL)
			return fail(c, p, "%s",
				    *p ? "control character (only TAB may stand here)"
				       : "NUL byte; this is not a text file");
	return 0;
}

/* The next token: 1 and *ret, 0 at the end of the line or at a comment, -EINVAL. */
static inline int next_token(struct cursor *c, struct token *ret)
{
	const unsigned char *p = (const unsigned char *)c->p, *start;
	const unsigned char *end = (const unsigned char *)c->end;
	unsigned class = BLANK, all = 0;

	while (p < end && class_of[*p] == BLANK)
		p++;
	start = p;
	while (p < end && !((class = class_of[*p]) & (BLANK | CONTROL))) {
		all |= class;
		p++;
	}
	c->p = (const char *)p;
	ret->text.p = (const char *)start;
	ret->text.len = (size_t)(p - start);
	ret->plain = all == NAME;
	if (p < end && class == CONTROL)
		return check_controls(c, c->p, c->end);
	if (p == start)
		return 0;
	if (*start == '#') {
		c->p = c->end;
		return check_controls(c, (const char *)p, c->end);
	}
	return 1;
}

static bool is(const struct policy_text *t, const char *word, size_t len)
{
	return t->len == len && memcmp(t->p, word, len) == 0;
}

static bool begins(const struct policy_text *t, const char *word, size_t len)
{
	return t->len >= len && memcmp(t->p, word, len) == 0;
}

static int unknown_word(struct cursor *c, struct policy_text t, const char *best)
{
	if (best)
		return fail(c, t.p, "unknown word '%s' (did you mean '%s'?)", QUOTE_N(t.p, t.len),
			    best);
	return fail(c, t.p, "unknown word '%s'", QUOTE_N(t.p, t.len));
}

static int unknown_verb(struct cursor *c, const struct policy_text *t)
{
	const char *best = NULL;
	unsigned d = 3;

	near_consider(t->p, t->len, "allow", &best, &d);
	near_consider(t->p, t->len, "deny", &best, &d);
	near_consider(t->p, t->len, "include", &best, &d);
	if (best)
		return unknown_word(c, *t, best);
	return fail(c, t->p, "unknown word '%s'; a line begins with allow, deny or include",
		    QUOTE_N(t->p, t->len));
}

static int unknown_option(struct cursor *c, const struct policy_vocab *vocab, struct policy_text t)
{
	const char *equals = memchr(t.p, '=', t.len);
	const char *best = NULL;
	unsigned d = 3;

	if (equals)
		t.len = (size_t)(equals - t.p) + 1;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (vocab->words & words[i].word)
			near_consider(t.p, t.len, words[i].text, &best, &d);
	return unknown_word(c, t, best);
}

/* The bytes of a set, p being behind '['. Returns the one behind ']', or NULL. */
static const char *glob_set(const char *p, const char *end)
{
	const char *first;

	if (p < end && (*p == '!' || *p == '^'))
		p++;
	first = p;
	while (p < end && ifname_char_ok((unsigned char)*p))
		p++;
	return p > first && p < end && *p == ']' ? p + 1 : NULL;
}

/* A range that holds nothing would make a deny that denies nothing. set is what stands
 * between the brackets. */
static int check_ranges(struct cursor *c, const char *set, const char *end)
{
	const char *p = set + (*set == '!' || *set == '^');

	for (; end - p > 2; p++) {
		if (p[1] != '-')
			continue;
		if (p[0] > p[2])
			return fail(c, p, "range '%.3s' of a set is backwards", p);
		p += 2;
	}
	return 0;
}

static int parse_glob(struct cursor *c, const struct policy_vocab *vocab,
		      const struct policy_text *t)
{
	const char *p = t->p, *end = t->p + t->len;

	if (t->len > GLOB_MAX)
		return fail(c, t->p, "pattern '%s' is longer than %d bytes", QUOTE_N(t->p, t->len),
			    GLOB_MAX);
	while (p < end) {
		if (*p == '[') {
			const char *behind = glob_set(p + 1, end);

			if (!behind)
				return fail(c, p,
					    "'[' begins a set of characters that is not complete, "
					    "as in [ab-d]");
			if (check_ranges(c, p + 1, behind - 1) < 0)
				return -EINVAL;
			p = behind;
		} else if (*p == '*' || *p == '?' || ifname_char_ok((unsigned char)*p)) {
			p++;
		} else {
			return fail(c, p, "%s name '%s' %s", vocab->noun, QUOTE_N(t->p, t->len),
				    *p == ',' ? "has a comma; write one line for each name"
					      : ifname_defect_text(IFNAME_CHAR));
		}
	}
	return 0;
}

PER_LINE static int parse_object(struct cursor *c, const struct policy_vocab *vocab,
				 const struct token *token, struct policy_rule *rule)
{
	const struct policy_text *t = &token->text;
	enum ifname_defect defect = IFNAME_OK;

	rule->object = *t;
	/* The whole check only where the bytes alone do not settle it. */
	if (!token->plain || t->len > IFNAME_MAX || t->p[0] == '.')
		defect = ifname_check(t->p, t->len);
	if (defect == IFNAME_OK) {
		rule->kind = is(t, "all", 3) ? POLICY_OBJECT_ALL : POLICY_OBJECT_NAME;
		return 0;
	}
	if (defect != IFNAME_CHAR)
		return fail(c, t->p, "%s name '%s' %s", vocab->noun, QUOTE_N(t->p, t->len),
			    ifname_defect_text(defect));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].text[words[i].len - 1] == '=' &&
		    begins(t, words[i].text, words[i].len))
			return fail(c, t->p, "'%s' comes after the %s, as in 'allow br0 %s…'",
				    words[i].text, vocab->noun, words[i].text);
	if (memchr(t->p, '=', t->len))
		return unknown_option(c, vocab, *t);
	rule->kind = POLICY_OBJECT_GLOB;
	return parse_glob(c, vocab, t);
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
		return fail(c, t->p, "empty name in '%s'", key);
	if (t->len > POLICY_NAME_MAX)
		return fail(c, t->p, "name in '%s' is longer than %d bytes", key, POLICY_NAME_MAX);
	if (memchr("-+", t->p[0], 2))
		return fail(c, t->p, "'%s' in '%s' is neither a name nor a number",
			    QUOTE_N(t->p, t->len), key);
	if (memchr("%@", t->p[0], 2))
		return fail(c, t->p, "'%s' in '%s'; groups are written group=NAME",
			    QUOTE_N(t->p, t->len), key);
	if (memchr(t->p, '#', t->len) || memchr(t->p, ':', t->len))
		return fail(c, t->p, "'%s' in '%s' is no name; a comment begins behind a blank",
			    QUOTE_N(t->p, t->len), key);
	if (t->len > 1 && t->p[0] == '0' && (t->p[1] == 'x' || t->p[1] == 'X'))
		return fail(c, t->p, "'%s' in '%s': numbers are decimal", QUOTE_N(t->p, t->len),
			    key);
	if (all_digits(t) && num_parse(t->p, t->len, 0, (uid_t)-2, &number) < 0)
		return fail(c, t->p,
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
		return fail(c, value->p, "'%s' is no MAC address, as 52:54:00:aa:00:01",
			    QUOTE_N(value->p, len));
	if (slash && num_parse(slash + 1, value->len - len - 1, 8, 48, &bits) < 0)
		return fail(c, slash + 1, "'%s' is no prefix length: 8 to 48",
			    QUOTE_N(slash + 1, value->len - len - 1));
	if (mac_is_group(ret->addr))
		return fail(c, value->p,
			    "'%s' is a group address, which no guest can have as its own",
			    QUOTE_N(value->p, len));
	ret->bits = (uint8_t)bits;
	mac_mask(ret->bits, mask);
	for (size_t i = 0; i < MAC_LEN; i++) {
		outside = outside || (ret->addr[i] & ~mask[i]);
		mask[i] &= ret->addr[i];
	}
	if (outside)
		return fail(c, value->p,
			    "address has bits behind its prefix (did you mean '%s/%u'?)",
			    mac_format(text, mask), ret->bits);
	return 0;
}

static int parse_value(struct cursor *c, enum policy_word word, const struct policy_text *value,
		       struct policy_rule *rule)
{
	uint64_t number;

	switch (word) {
	case POLICY_USER:
		return parse_list(c, "user=", value, &rule->users);
	case POLICY_GROUP:
		return parse_list(c, "group=", value, &rule->groups);
	case POLICY_LIMIT:
		if (num_parse(value->p, value->len, 1, POLICY_LIMIT_MAX, &number) < 0)
			return fail(c, value->p, "'%s' is no limit: 1 to %d",
				    QUOTE_N(value->p, value->len), POLICY_LIMIT_MAX);
		rule->limit = (uint32_t)number;
		return 0;
	case POLICY_MAC:
		return parse_mac(c, value, &rule->mac);
	case POLICY_ISOLATED:
		rule->isolated = true;
		return 0;
	case POLICY_START:
		rule->start = true;
		return 0;
	}
	return -EINVAL;
}

static int parse_word(struct cursor *c, const struct policy_vocab *vocab,
		      const struct policy_text *t, unsigned *seen, struct policy_rule *rule)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		bool takes_value = words[i].text[words[i].len - 1] == '=';
		struct policy_text value;

		if (!(vocab->words & words[i].word))
			continue;
		if (takes_value ? !begins(t, words[i].text, words[i].len)
				: !is(t, words[i].text, words[i].len))
			continue;
		if (*seen & words[i].word)
			return fail(c, t->p, "'%s' twice in a rule%s", words[i].text,
				    words[i].limit ? ""
						   : "; several names stand in one, with commas");
		if (words[i].limit && rule->verb != POLICY_ALLOW)
			return fail(c, t->p, "'%s' is a limit; a deny has none", words[i].text);
		*seen |= words[i].word;
		value.p = t->p + words[i].len;
		value.len = t->len - words[i].len;
		return parse_value(c, words[i].word, &value, rule);
	}
	return unknown_option(c, vocab, *t);
}

PER_LINE static int parse_rule(struct cursor *c, const struct policy_vocab *vocab,
			       const struct policy_text *verb, struct policy_rule *rule)
{
	struct token t;
	unsigned seen = 0;
	int r = next_token(c, &t);

	if (r < 0)
		return r;
	if (r == 0)
		return fail(c, verb->p + verb->len, "'%.*s' without a %s name", (int)verb->len,
			    verb->p, vocab->noun);
	r = parse_object(c, vocab, &t, rule);
	while (r == 0) {
		r = next_token(c, &t);
		if (r <= 0)
			return r < 0 ? r : 1;
		r = parse_word(c, vocab, &t.text, &seen, rule);
	}
	return r;
}

/* The rest of the line up to a comment, blanks inside included. */
static int parse_include(struct cursor *c, const struct policy_text *verb, struct policy_rule *rule)
{
	struct token t;
	const char *start = NULL, *end = NULL;
	int r;

	while ((r = next_token(c, &t)) > 0) {
		if (!start)
			start = t.text.p;
		end = t.text.p + t.text.len;
	}
	if (r < 0)
		return r;
	if (!start)
		return fail(c, verb->p + verb->len, "'include' without a path");
	rule->object.p = start;
	rule->object.len = (size_t)(end - start);
	if (start[0] != '/')
		return fail(c, start, "path '%s' of an include is relative; write it from '/' on",
			    QUOTE_N(rule->object.p, rule->object.len));
	return 2;
}

PER_LINE int policy_line(const struct policy_vocab *vocab, const char *line, size_t len,
			 struct policy_rule *ret, struct policy_error *reterr)
{
	struct cursor c = {.line = line, .p = line, .end = line + len, .error = reterr};
	struct token t;
	const struct policy_text *verb = &t.text;
	int r;

	/* Field by field: for a struct of this size compilers write a string instruction, which
	 * takes longer than the rest of a short line. */
	ret->file = NULL;
	ret->line = 0;
	ret->verb = POLICY_DENY;
	ret->kind = POLICY_OBJECT_NAME;
	ret->object.p = ret->users.p = ret->groups.p = NULL;
	ret->object.len = ret->users.len = ret->groups.len = 0;
	ret->limit = 0;
	ret->mac.bits = 0;
	ret->isolated = false;
	ret->start = false;
	/* How almost every line begins; what is not written so plainly, next_token() reads. */
	if (len > 6 && memcmp(line, "allow ", 6) == 0) {
		c.p += 6;
		t.text.p = line;
		t.text.len = 5;
		ret->verb = POLICY_ALLOW;
		return parse_rule(&c, vocab, verb, ret);
	}
	r = next_token(&c, &t);
	if (r <= 0)
		return r;
	if (is(verb, "allow", 5))
		ret->verb = POLICY_ALLOW;
	else if (is(verb, "deny", 4))
		ret->verb = POLICY_DENY;
	else if (is(verb, "include", 7))
		return parse_include(&c, verb, ret);
	else
		return unknown_verb(&c, verb);
	return parse_rule(&c, vocab, verb, ret);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of a policy file. */
#include "line_priv.h"

#include "lib/ifname.h"
#include "lib/near.h"
#include "lib/quote.h"

#include <errno.h>
#include <string.h>

/* What stands between blanks. */
struct token {
	struct policy_text text;
	bool plain; /* nothing but bytes of device names */
};

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
			return line_fail(c, p, "%s",
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

static int unknown_verb(struct cursor *c, const struct policy_text *t)
{
	const char *best = NULL;
	unsigned d = 3;

	near_consider(t->p, t->len, "allow", &best, &d);
	near_consider(t->p, t->len, "deny", &best, &d);
	near_consider(t->p, t->len, "include", &best, &d);
	if (best)
		return line_unknown_word(c, *t, best);
	return line_fail(c, t->p, "unknown word '%s'; a line begins with allow, deny or include",
			 QUOTE_N(t->p, t->len));
}

PER_LINE static int parse_object(struct cursor *c, const struct policy_vocab *vocab,
				 const struct token *token, struct policy_rule *rule)
{
	const struct policy_text *t = &token->text;

	rule->object = *t;
	/* The whole check only where the bytes alone do not settle it. */
	if (!token->plain || t->len > IFNAME_MAX || t->p[0] == '.' || vocab->paths)
		return line_object(c, vocab, rule);
	rule->kind = line_is(t, "all", 3) ? POLICY_OBJECT_ALL : POLICY_OBJECT_NAME;
	return 0;
}

static int parse_word(struct cursor *c, const struct policy_vocab *vocab,
		      const struct policy_text *t, struct policy_rule *rule)
{
	for (size_t i = 0; i < n_line_words; i++) {
		bool takes_value = line_words[i].text[line_words[i].len - 1] == '=';
		struct policy_text value;

		if (!(vocab->words & line_words[i].word))
			continue;
		if (takes_value ? !line_begins(t, line_words[i].text, line_words[i].len)
				: !line_is(t, line_words[i].text, line_words[i].len))
			continue;
		if (rule->words & line_words[i].word)
			return line_fail(c, t->p, "'%s' twice in a rule%s", line_words[i].text,
					 line_words[i].limit
						 ? ""
						 : "; several names stand in one, with commas");
		if (line_words[i].limit && rule->verb != POLICY_ALLOW)
			return line_fail(c, t->p, "'%s' is a limit; a deny has none",
					 line_words[i].text);
		rule->words |= line_words[i].word;
		value.p = t->p + line_words[i].len;
		value.len = t->len - line_words[i].len;
		return line_value(c, line_words[i].word, &value, rule);
	}
	return line_unknown_option(c, vocab, *t);
}

PER_LINE static int parse_rule(struct cursor *c, const struct policy_vocab *vocab,
			       const struct policy_text *verb, struct policy_rule *rule)
{
	struct token t;
	int r = next_token(c, &t);

	if (r < 0)
		return r;
	if (r == 0)
		return line_fail(c, verb->p + verb->len, "'%.*s' without a %s name", (int)verb->len,
				 verb->p, vocab->noun);
	r = parse_object(c, vocab, &t, rule);
	while (r == 0) {
		r = next_token(c, &t);
		if (r <= 0)
			return r < 0 ? r : 1;
		r = parse_word(c, vocab, &t.text, rule);
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
		return line_fail(c, verb->p + verb->len, "'include' without a path");
	rule->object.p = start;
	rule->object.len = (size_t)(end - start);
	if (start[0] != '/')
		return line_fail(c, start,
				 "path '%s' of an include is relative; write it from '/' on",
				 QUOTE_N(rule->object.p, rule->object.len));
	return 2;
}

PER_LINE bool policy_line_is_of_another(const struct policy_vocab *vocab, const char *line,
					size_t len, const char *object)
{
	const char *name, *end = line + len;

	if (len <= 6 || len > 6 + IFNAME_MAX || memcmp(line, "allow ", 6) != 0 || vocab->paths)
		return false;
	name = line + 6;
	for (const char *p = name; p < end; p++)
		if (class_of[(unsigned char)*p] != NAME)
			return false;
	if (*name == '.' || (len == 9 && memcmp(name, "all", 3) == 0))
		return false;
	while (name < end && *name == *object) {
		name++;
		object++;
	}
	return name < end || *object;
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
	ret->vocab = vocab;
	ret->file = NULL;
	ret->line = 0;
	ret->verb = POLICY_DENY;
	ret->kind = POLICY_OBJECT_NAME;
	ret->object.p = ret->users.p = ret->groups.p = ret->ifname.p = ret->run_as.p = NULL;
	ret->object.len = ret->users.len = ret->groups.len = 0;
	ret->ifname.len = ret->run_as.len = 0;
	ret->words = 0;
	ret->limit = ret->queues = ret->mtu = ret->timeout = ret->caps = 0;
	ret->mac.bits = 0;
	ret->isolated = ret->start = ret->vhost = ret->persist = ret->has_caps = false;
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
	if (line_is(verb, "allow", 5))
		ret->verb = POLICY_ALLOW;
	else if (line_is(verb, "deny", 4))
		ret->verb = POLICY_DENY;
	else if (line_is(verb, "include", 7))
		return parse_include(&c, verb, ret);
	else
		return unknown_verb(&c, verb);
	return parse_rule(&c, vocab, verb, ret);
}

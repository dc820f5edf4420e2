/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule is about: names of devices, paths, patterns of both. */
#include "line_priv.h"

#include "lib/ifname.h"
#include "lib/quote.h"
#include "lib/script.h"

#include <errno.h>
#include <string.h>

static bool char_ok(char c, bool path)
{
	return path ? script_char_ok(c) : ifname_char_ok((unsigned char)c);
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
			return line_fail(c, p, "range '%.3s' of a set is backwards", p);
		p += 2;
	}
	return 0;
}

int line_glob(struct cursor *c, const char *noun, const struct policy_text *t, bool path)
{
	const char *p = t->p, *end = t->p + t->len;
	size_t most = path ? POLICY_OBJECT_MAX : POLICY_GLOB_MAX;

	if (t->len > most)
		return line_fail(c, t->p, "pattern '%s' is longer than %zu bytes",
				 QUOTE_N(t->p, t->len), most);
	while (p < end) {
		if (*p == '[') {
			const char *behind = glob_set(p + 1, end);

			if (!behind)
				return line_fail(
					c, p,
					"'[' begins a set of characters that is not complete, "
					"as in [ab-d]");
			if (check_ranges(c, p + 1, behind - 1) < 0)
				return -EINVAL;
			p = behind;
		} else if (*p == '*' || *p == '?' || char_ok(*p, path)) {
			p++;
		} else {
			return line_fail(c, p, "%s name '%s' %s", noun, QUOTE_N(t->p, t->len),
					 *p == ',' ? "has a comma; write one line for each name"
					 : path    ? SCRIPT_BAD_CHAR
						   : ifname_defect_text(IFNAME_CHAR));
		}
	}
	return 0;
}

/* A word in the object's place. 0: it is none. */
static int misplaced_word(struct cursor *c, const struct policy_vocab *vocab,
			  const struct policy_text *t)
{
	for (size_t i = 0; i < n_line_words; i++)
		if ((vocab->words & line_words[i].word) &&
		    line_words[i].text[line_words[i].len - 1] == '=' &&
		    line_begins(t, line_words[i].text, line_words[i].len))
			return line_fail(c, t->p, "'%s' comes after the %s, as in 'allow %s %s…'",
					 line_words[i].text, vocab->noun, vocab->example,
					 line_words[i].text);
	if (memchr(t->p, '=', t->len))
		return line_unknown_option(c, vocab, *t);
	return 0;
}

static int device_object(struct cursor *c, const struct policy_vocab *vocab,
			 struct policy_rule *rule)
{
	const struct policy_text *t = &rule->object;
	enum ifname_defect defect = ifname_check(t->p, t->len);
	int r;

	if (defect == IFNAME_OK) {
		rule->kind = POLICY_OBJECT_NAME;
		return 0;
	}
	if (defect != IFNAME_CHAR)
		return line_fail(c, t->p, "%s name '%s' %s", vocab->noun, QUOTE_N(t->p, t->len),
				 ifname_defect_text(defect));
	r = misplaced_word(c, vocab, t);
	if (r < 0)
		return r;
	rule->kind = POLICY_OBJECT_GLOB;
	return line_glob(c, vocab->noun, t, false);
}

/* "all" in an allow would be every program there is. */
static int path_object(struct cursor *c, const struct policy_vocab *vocab, struct policy_rule *rule)
{
	const struct policy_text *t = &rule->object;
	const char *defect;
	int r;

	if (line_is(t, "all", 3) && rule->verb == POLICY_DENY) {
		rule->kind = POLICY_OBJECT_ALL;
		return 0;
	}
	if (line_is(t, "all", 3))
		return line_fail(
			c, t->p,
			"'allow all' would allow every program; name the %s, or a pattern, "
			"as in 'allow /etc/netgrant/ifup.d/*'",
			vocab->noun);
	r = misplaced_word(c, vocab, t);
	if (r < 0)
		return r;
	defect = script_shape(t->p, t->len);
	if (defect)
		return line_fail(c, t->p, "%s '%s' %s", vocab->noun, QUOTE_N(t->p, t->len), defect);
	rule->kind = POLICY_OBJECT_NAME;
	for (size_t i = 0; i < t->len; i++)
		if (!script_char_ok(t->p[i]))
			rule->kind = POLICY_OBJECT_GLOB;
	return rule->kind == POLICY_OBJECT_GLOB ? line_glob(c, vocab->noun, t, true) : 0;
}

int line_object(struct cursor *c, const struct policy_vocab *vocab, struct policy_rule *rule)
{
	return vocab->paths ? path_object(c, vocab, rule) : device_object(c, vocab, rule);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that another one leaves nothing to say. */
#include "check.h"

#include "lib/quote.h"
#include "memo.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Each rule is compared with all that may cover it; this bounds the work. */
#define COMPARISONS_MOST 50000000UL

#define NONE ((size_t)-1)

/* The rules of one verb that may cover one of an exact name: those of the same name, and
 * those of patterns. Each chain is in the order of the rules. */
struct index {
	struct memo heads; /* by name: the first rule */
	size_t *next;
	size_t wide; /* the first rule of a pattern or of all */
};

struct comparing {
	const struct kind *kind;
	const struct rules *rules;
	struct index allows, denies;
	unsigned long left; /* comparisons */
};

/* What leaves a rule nothing to say. */
struct cover {
	size_t same, other; /* NONE: there is none */
};

static bool same_text(const struct policy_text *a, const struct policy_text *b)
{
	if (!a->p || !b->p)
		return a->p == b->p;
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* Does the pattern stand for every name? */
static bool is_everything(const struct policy_rule *rule)
{
	return rule->kind == POLICY_OBJECT_ALL || (rule->kind == POLICY_OBJECT_GLOB &&
						   strspn(rule->object.p, "*") >= rule->object.len);
}

/* Is every name of the one also one of the other? Where that is hard to tell: no. */
static bool object_covers(const struct policy_rule *a, const struct policy_rule *b)
{
	size_t literal = 0;
	object_name name;

	/* First of all, because some names are not everything's. */
	if (b->kind == POLICY_OBJECT_NAME && b->object.len < sizeof(name)) {
		memcpy(name, b->object.p, b->object.len);
		name[b->object.len] = '\0';
		return policy_object_matches(a, name);
	}
	if (is_everything(a))
		return true;
	if (is_everything(b))
		return false;
	if (same_text(&a->object, &b->object))
		return true;
	if (a->vocab->paths)
		return false;
	/* "lab*" covers whatever begins with "lab". */
	while (literal < a->object.len && ifname_char_ok((unsigned char)a->object.p[literal]))
		literal++;
	return a->kind == POLICY_OBJECT_GLOB && literal + 1 == a->object.len &&
	       a->object.p[literal] == '*' && b->object.len >= literal &&
	       memcmp(a->object.p, b->object.p, literal) == 0;
}

static bool has_name(struct policy_text list, const struct policy_text *name)
{
	struct policy_text t;

	while (policy_next_name(&list, &t))
		if (same_text(&t, name))
			return true;
	return false;
}

/* No condition holds for everybody; a longer list for more than a shorter one. */
static bool list_covers(const struct policy_text *a, struct policy_text b)
{
	struct policy_text t;

	if (!a->p)
		return true;
	if (!b.p)
		return false;
	while (policy_next_name(&b, &t))
		if (!has_name(*a, &t))
			return false;
	return true;
}

static bool covers(const struct policy_rule *a, const struct policy_rule *b)
{
	return list_covers(&a->users, b->users) && list_covers(&a->groups, b->groups) &&
	       object_covers(a, b);
}

static bool same_limits(const struct policy_rule *a, const struct policy_rule *b)
{
	return a->limit == b->limit && a->isolated == b->isolated && a->start == b->start &&
	       a->queues == b->queues && a->vhost == b->vhost && a->persist == b->persist &&
	       a->mtu == b->mtu && same_text(&a->ifname, &b->ifname) &&
	       same_text(&a->run_as, &b->run_as) && a->has_caps == b->has_caps &&
	       a->caps == b->caps && a->timeout == b->timeout && a->mac.bits == b->mac.bits &&
	       memcmp(a->mac.addr, b->mac.addr, MAC_LEN) == 0;
}

static bool same_rule(const struct policy_rule *a, const struct policy_rule *b)
{
	return a->verb == b->verb && a->kind == b->kind && same_text(&a->object, &b->object) &&
	       same_text(&a->users, &b->users) && same_text(&a->groups, &b->groups) &&
	       same_limits(a, b);
}

static bool build(struct index *ix, const struct rules *rules, enum policy_verb verb)
{
	ix->next = calloc(rules->n, sizeof(*ix->next));
	ix->wide = NONE;
	if (!ix->next)
		return false;
	/* From the end on, so that each chain is in the order of the rules. */
	for (size_t i = rules->n; i-- > 0;) {
		const struct policy_rule *rule = &rules->v[i];
		bool fresh;
		int *head;

		if (rule->verb != verb)
			continue;
		if (rule->kind != POLICY_OBJECT_NAME) {
			ix->next[i] = ix->wide;
			ix->wide = i;
			continue;
		}
		head = memo_slot(&ix->heads, rule->object.p, rule->object.len, &fresh);
		if (!head)
			return false;
		ix->next[i] = *head < 0 ? NONE : (size_t)*head;
		*head = (int)i;
	}
	return true;
}

/* Compares the rule with those of a chain that stand before the end-th rule. */
static void search_chain(struct comparing *c, const struct index *ix, size_t from, size_t end,
			 const struct policy_rule *rule, struct cover *ret)
{
	for (size_t j = from; j != NONE && j < end && ret->other == NONE; j = ix->next[j]) {
		const struct policy_rule *other = &c->rules->v[j];

		if (c->left == 0)
			return;
		c->left--;
		if (rule->verb == POLICY_DENY ? same_rule(other, rule) : covers(other, rule))
			ret->other = j;
		if (ret->same == NONE && same_rule(other, rule))
			ret->same = j;
	}
}

/* Does an allow have to name it, whatever others allow? Of networks that are down there is the
 * name only, mostly. */
static bool only_by_name(const struct comparing *c, const struct policy_rule *rule)
{
	object_name name;

	if (!c->kind->exact || rule->verb != POLICY_ALLOW || rule->kind != POLICY_OBJECT_NAME ||
	    rule->object.len >= sizeof(name))
		return false;
	memcpy(name, rule->object.p, rule->object.len);
	name[rule->object.len] = '\0';
	return strncmp(name, "ng-", 3) == 0 || c->kind->exact(name);
}

static void search(struct comparing *c, struct index *ix, size_t end,
		   const struct policy_rule *rule, struct cover *ret)
{
	bool fresh;
	int *head;

	ret->same = ret->other = NONE;
	if (ix != &c->allows || !only_by_name(c, rule))
		search_chain(c, ix, ix->wide, end, rule, ret);
	if (rule->kind != POLICY_OBJECT_NAME)
		return;
	head = memo_slot(&ix->heads, rule->object.p, rule->object.len, &fresh);
	if (head && *head >= 0)
		search_chain(c, ix, (size_t)*head, end, rule, ret);
}

static void tell(struct findings *all, const char *kind, const struct policy_rule *rule,
		 const struct policy_rule *other)
{
	const struct finding f = {.kind = kind, .line = rule->line};
	const char *file = QUOTE(other->file);

	if (strcmp(kind, "duplicate") == 0)
		findings_add(all, &f, rule->file, NULL, "the same rule as %s:%u", file,
			     other->line);
	else if (strcmp(kind, "denied") == 0)
		findings_add(all, &f, rule->file, NULL,
			     "this allow never grants anything: %s:%u denies the same", file,
			     other->line);
	else
		findings_add(all, &f, rule->file, NULL,
			     "this allow is never reached: %s:%u allows the same before it%s", file,
			     other->line,
			     same_limits(rule, other) ? "" : ", and its limits never apply");
}

/* At most one of the three is told about a rule. */
static void check_one(struct comparing *c, size_t i, struct findings *all)
{
	const struct policy_rule *rule = &c->rules->v[i];
	bool allow = rule->verb == POLICY_ALLOW;
	struct cover before, denied = {NONE, NONE};

	/* Of the same verb, those before it; a deny matters wherever it stands. */
	search(c, allow ? &c->allows : &c->denies, i, rule, &before);
	if (allow && before.same == NONE)
		search(c, &c->denies, c->rules->n, rule, &denied);
	if (before.same != NONE)
		tell(all, "duplicate", rule, &c->rules->v[before.same]);
	else if (denied.other != NONE)
		tell(all, "denied", rule, &c->rules->v[denied.other]);
	else if (before.other != NONE)
		tell(all, "shadowed", rule, &c->rules->v[before.other]);
}

static void compare_all(struct comparing *c, struct findings *all)
{
	for (size_t i = 0; i < c->rules->n; i++) {
		const struct policy_rule *rule = &c->rules->v[i];
		const struct finding f = {.kind = "too-many", .line = rule->line};

		if (c->left > 0) {
			check_one(c, i, all);
			continue;
		}
		findings_add(all, &f, rule->file, NULL,
			     "too many rules to compare each with all others; from here on, none "
			     "was looked at for being shadowed");
		return;
	}
}

static void index_free(struct index *ix)
{
	free(ix->next);
	memo_free(&ix->heads);
}

void check_cover(const struct kind *kind, const struct rules *rules, struct findings *all)
{
	struct comparing c = {.kind = kind, .rules = rules, .left = COMPARISONS_MOST};

	if (rules->n == 0)
		return;
	if (rules->n < INT_MAX && build(&c.allows, rules, POLICY_ALLOW) &&
	    build(&c.denies, rules, POLICY_DENY))
		compare_all(&c, all);
	else
		all->no_memory = true;
	index_free(&c.allows);
	index_free(&c.denies);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may use what. */
#include "policy.h"

#include "lib/ifname.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void policy_decision_init(struct policy_decision *d)
{
	memset(d, 0, sizeof(*d));
	d->verdict = POLICY_NO_RULE;
}

void policy_decision_free(struct policy_decision *d)
{
	free(d->file);
	free(d->run_as);
	free(d->unsure.file);
	policy_decision_init(d);
}

/* A star does not reach over a '/', which names of devices have not. */
#define FNMATCH (FNM_NOESCAPE | FNM_PATHNAME)

bool policy_glob_matches(const char *glob, const char *name)
{
	return fnmatch(glob, name, FNMATCH) == 0;
}

static bool glob_matches(const struct policy_text *glob, const char *object)
{
	char pattern[POLICY_OBJECT_MAX + 1];

	if (glob->len >= sizeof(pattern))
		return false;
	memcpy(pattern, glob->p, glob->len);
	pattern[glob->len] = '\0';
	return policy_glob_matches(pattern, object);
}

PER_LINE bool policy_object_matches(const struct policy_rule *rule, const char *object)
{
	/* Without a call, for policies of 100,000 lines. */
	if (rule->kind == POLICY_OBJECT_NAME) {
		size_t len = rule->object.len, i = 0;

		while (i < len && object[i] == rule->object.p[i] && object[i])
			i++;
		return i == len && !object[len];
	}
	if (rule->verb == POLICY_ALLOW && rule->vocab->guarded && ifname_reserved(object))
		return false;
	return rule->kind == POLICY_OBJECT_ALL || glob_matches(&rule->object, object);
}

bool policy_next_name(struct policy_text *list, struct policy_text *ret)
{
	const char *comma;

	if (!list->p)
		return false;
	comma = memchr(list->p, ',', list->len);
	ret->p = list->p;
	ret->len = comma ? (size_t)(comma - list->p) : list->len;
	list->p = comma ? comma + 1 : NULL;
	list->len -= comma ? ret->len + 1 : ret->len;
	return true;
}

/* Is one of the names of the list the asker's? No list is no condition. */
static int holds(const struct policy_text *names, int (*ask)(void *, const char *), void *ctx)
{
	struct policy_text list = *names, name;
	int unsure = 0;

	if (!names->p)
		return 1;
	while (policy_next_name(&list, &name)) {
		char text[POLICY_NAME_MAX + 1];
		int r;

		if (name.len >= sizeof(text))
			return -EINVAL;
		memcpy(text, name.p, name.len);
		text[name.len] = '\0';
		r = ask(ctx, text);
		/* The next one may settle it. */
		if (r == -EAGAIN)
			unsure = r;
		else if (r != 0)
			return r;
	}
	return unsure;
}

PER_LINE static int matches(const struct policy_request *q, const struct policy_rule *rule)
{
	int r = policy_object_matches(rule, q->object), in_group;

	if (q->exact && rule->verb == POLICY_ALLOW && rule->kind != POLICY_OBJECT_NAME)
		return 0;
	if (r == 1)
		r = holds(&rule->users, q->is_user, q->ctx);
	if (r != 1 && r != -EAGAIN)
		return r;
	in_group = holds(&rule->groups, q->in_group, q->ctx);
	return in_group == 1 ? r : in_group;
}

/* What the rule grants. false: no memory. */
static bool take_limits(struct policy_decision *d, const struct policy_rule *rule)
{
	d->limit = rule->limit;
	d->mac = rule->mac;
	d->isolated = rule->isolated;
	d->start = rule->start;
	d->vhost = rule->vhost;
	d->persist = rule->persist;
	d->queues = rule->queues;
	d->mtu = rule->mtu;
	d->timeout = rule->timeout;
	d->has_caps = rule->has_caps;
	d->caps = rule->caps;
	if (rule->ifname.p && rule->ifname.len < sizeof(d->ifname)) {
		memcpy(d->ifname, rule->ifname.p, rule->ifname.len);
		d->ifname[rule->ifname.len] = '\0';
	}
	if (rule->run_as.p)
		d->run_as = strndup(rule->run_as.p, rule->run_as.len);
	return !rule->run_as.p || d->run_as;
}

/* Words without which a rule grants more, and words with which it may. */
#define NARROWS                                                                                    \
	(POLICY_LIMIT | POLICY_MAC | POLICY_ISOLATED | POLICY_QUEUES | POLICY_MTU |                \
	 POLICY_IFNAME | POLICY_RUN_AS | POLICY_CAPS | POLICY_TIMEOUT)
#define WIDENS                                                                                     \
	(POLICY_START | POLICY_VHOST | POLICY_PERSIST | POLICY_QUEUES | POLICY_MTU |               \
	 POLICY_IFNAME | POLICY_RUN_AS | POLICY_CAPS | POLICY_TIMEOUT)
#define ANY_WORDS (1U << 31) /* or none */

/*
 * An allow of which nobody can tell whether it is the asker's, who may have seen to that: it
 * does not grant, nor may a later one grant what this one would not.
 */
static int pass_over(struct policy_decision *d, const struct policy_rule *rule)
{
	unsigned words = rule->words & NARROWS ? ANY_WORDS : WIDENS & ~rule->words;
	char *file;

	if (!(words & ~d->unsure.words))
		return 0;
	file = strdup(rule->file);
	if (!file)
		return -ENOMEM;
	free(d->unsure.file);
	d->unsure.file = file;
	d->unsure.line = rule->line;
	d->unsure.words |= words;
	return 0;
}

PER_LINE int policy_decide(struct policy_decision *d, const struct policy_request *q,
			   const struct policy_rule *rule)
{
	char *file;
	int r;

	/* Nothing takes a deny back, and a second allow has nothing to say. */
	if (d->verdict == POLICY_DENIED ||
	    (d->verdict == POLICY_GRANTED && rule->verb == POLICY_ALLOW))
		return 0;
	r = matches(q, rule);
	if (r == -EAGAIN && rule->verb == POLICY_ALLOW)
		return pass_over(d, rule);
	if (r <= 0)
		return r;
	if (rule->verb == POLICY_ALLOW && (d->unsure.words & (rule->words | ANY_WORDS)))
		return -EAGAIN;
	file = strdup(rule->file);
	if (!file)
		return -ENOMEM;
	policy_decision_free(d);
	d->file = file;
	d->line = rule->line;
	d->exact = rule->kind == POLICY_OBJECT_NAME;
	if (rule->verb == POLICY_DENY)
		d->verdict = POLICY_DENIED;
	else if (take_limits(d, rule))
		d->verdict = POLICY_GRANTED;
	else
		return -ENOMEM;
	return 0;
}

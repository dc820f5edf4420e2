/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that are legal but surely not meant, each looked at on its own. */
#include "check.h"

#include "lib/names.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "lib/script.h"
#include "memo.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checking {
	const struct kind *kind;
	struct findings *all;
	struct memo users, groups; /* 1: exists, 0: does not */
	struct memo names;         /* objects that were looked at */
	struct memo wireless;      /* objects that were warned about */
	device_name *existing;
	size_t n_existing;
};

static struct finding warning(const char *kind, const struct policy_rule *rule)
{
	return (struct finding){.kind = kind, .line = rule->line};
}

static int find_user(const char *name)
{
	uid_t uid;

	return names_uid(name, &uid);
}

static int find_group(const char *name)
{
	gid_t gid;

	return names_gid(name, &gid);
}

static void check_names(struct checking *c, const struct policy_rule *rule, bool users)
{
	const struct finding f = warning(users ? "unknown-user" : "unknown-group", rule);
	struct policy_text list = users ? rule->users : rule->groups, t;
	struct memo *known = users ? &c->users : &c->groups;
	uint64_t number;
	bool fresh;

	while (policy_next_name(&list, &t)) {
		char name[POLICY_NAME_MAX + 1];
		int *slot = memo_slot(known, t.p, t.len, &fresh);

		if (!slot) {
			c->all->no_memory = true;
			return;
		}
		snprintf(name, sizeof(name), "%.*s", (int)t.len, t.p);
		/* A number stands for itself, whether somebody has it or not. */
		if (fresh && num_parse(t.p, t.len, 0, UINT32_MAX, &number) == 0)
			*slot = 1;
		else if (fresh)
			*slot = users ? find_user(name) : find_group(name);
		if (*slot == 0)
			findings_add(c->all, &f, rule->file, NULL,
				     "%s '%s' does not exist; the name matches nobody",
				     users ? "user" : "group", QUOTE(name));
		else if (*slot < 0)
			findings_add(c->all, &f, rule->file, NULL,
				     "%s '%s' cannot be looked up: %s", users ? "user" : "group",
				     QUOTE(name), strerror(-*slot));
	}
}

static void check_exists(struct checking *c, const struct policy_rule *rule)
{
	const struct finding f = warning("no-object", rule);
	const char *noun = c->kind->vocab->noun;
	object_name name;
	device_name kernel;

	if (rule->kind != POLICY_OBJECT_NAME || rule->object.len >= sizeof(name) || c->kind->made)
		return;
	memcpy(name, rule->object.p, rule->object.len);
	name[rule->object.len] = '\0';
	/* check_pattern() tells of a name that nothing can have. */
	if (c->kind->defect(name) || !memo_first(&c->names, rule->object.p, rule->object.len))
		return;
	switch (c->kind->state(name, kernel)) {
	case DEVICE_RIGHT:
		break;
	case DEVICE_NONE:
		findings_add(c->all, &f, rule->file, NULL, "%s '%s' does not exist on this host",
			     noun, name);
		break;
	case DEVICE_OTHER:
		findings_add(c->all, &f, rule->file, NULL, "'%s' is not a %s", name, noun);
		break;
	case DEVICE_ALTNAME:
		findings_add(c->all, &f, rule->file, NULL,
			     "'%s' is an alternative name of '%s', under which the rule never "
			     "matches; write '%s'",
			     name, QUOTE(kernel), QUOTE(kernel));
		break;
	}
}

static void check_wireless(struct checking *c, const struct policy_rule *rule)
{
	const struct finding f = warning("wireless", rule);

	for (size_t i = 0; c->kind->wireless && i < c->n_existing; i++) {
		const char *name = c->existing[i];
		device_name port;

		/* Which bridge has one is asked once, for the first rule that allows it. */
		if (!policy_object_matches(rule, name) ||
		    !memo_first(&c->wireless, name, strlen(name)) || !c->kind->wireless(name, port))
			continue;
		findings_add(c->all, &f, rule->file, NULL,
			     "%s '%s' has the wireless port '%s'; unless that is an access point, "
			     "it does not pass the frames of guests",
			     c->kind->vocab->noun, name, QUOTE(port));
	}
}

/* Appends to name[0..*len) what the element at p matches, another byte than '.' if it can.
 * Returns what is behind the element, or NULL: it matches nothing. */
static const char *match_element(const char *p, const char *end, object_name name, size_t *len)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./+@~";
	const char *last = *p == '[' ? memchr(p, ']', (size_t)(end - p)) : p;
	char pattern[64];

	if (!last || *len >= sizeof(object_name) - 1 || (size_t)(last - p) + 2 > sizeof(pattern))
		return NULL;
	memcpy(pattern, p, (size_t)(last - p) + 1);
	pattern[last - p + 1] = '\0';
	for (const char *ch = chars; *ch; ch++) {
		const char one[2] = {*ch, '\0'};

		if (fnmatch(pattern, one, FNM_NOESCAPE) == 0) {
			name[(*len)++] = *ch;
			return last + 1;
		}
	}
	return NULL;
}

/* The shortest name; with filled, the first star stands for one byte and not for none. */
static bool make_example(const struct policy_rule *rule, bool filled, object_name ret)
{
	const char *p = rule->object.p, *end = p + rule->object.len;
	size_t len = 0;

	while (p && p < end) {
		if (*p != '*' || filled)
			p = match_element(p, end, ret, &len);
		else
			p++;
		filled = filled && p && p[-1] != '*';
	}
	if (!p)
		return false;
	ret[len] = '\0';
	if (rule->vocab->paths ? script_defect(ret) != NULL : ifname_check(ret, len) != IFNAME_OK)
		return false;
	return policy_object_matches(rule, ret);
}

bool check_glob_example(const struct policy_rule *rule, object_name ret)
{
	/* "*" and ".*" need the second, where the rest alone is no name. */
	return make_example(rule, false, ret) || make_example(rule, true, ret);
}

static void check_pattern(struct checking *c, const struct policy_rule *rule)
{
	const struct finding f = warning("no-match", rule);
	object_name name;
	const char *defect;

	if (rule->kind == POLICY_OBJECT_NAME && rule->object.len < sizeof(name)) {
		snprintf(name, sizeof(name), "%.*s", (int)rule->object.len, rule->object.p);
		defect = c->kind->defect(name);
		if (defect)
			findings_add(c->all, &f, rule->file, NULL,
				     "'%s' %s, so that no %s can have that name", QUOTE(name),
				     defect, c->kind->vocab->noun);
	}

	if (rule->kind == POLICY_OBJECT_GLOB &&
	    (!check_glob_example(rule, name) || c->kind->defect(name)))
		findings_add(c->all, &f, rule->file, NULL,
			     "pattern '%s' matches no name that a %s can have",
			     QUOTE_N(rule->object.p, rule->object.len), c->kind->vocab->noun);
}

/* Whoever writes "eth*" may not know that it grants next to nothing. */
static void check_reserved(struct checking *c, const struct policy_rule *rule)
{
	const struct finding f = warning("reserved", rule);
	size_t len = 0;
	object_name name;

	if (rule->kind != POLICY_OBJECT_GLOB || !rule->vocab->guarded)
		return;
	while (len < rule->object.len && ifname_char_ok((unsigned char)rule->object.p[len]))
		len++;
	snprintf(name, sizeof(name), "%.*s0", (int)len, rule->object.p);
	if (len > 0 && ifname_reserved(name))
		findings_add(c->all, &f, rule->file, NULL,
			     "'%s' and its like are names of the system's own devices, which a "
			     "pattern does not allow; write each such name out",
			     QUOTE(name));
}

static void check_open(struct checking *c, const struct policy_rule *rule)
{
	const struct finding f = warning("allow-all", rule);

	if (rule->users.p || rule->groups.p ||
	    (rule->kind != POLICY_OBJECT_ALL && strspn(rule->object.p, "*") < rule->object.len))
		return;
	findings_add(c->all, &f, rule->file, NULL,
		     "every user may use every %s; user= or group= would say who",
		     c->kind->vocab->noun);
}

void check_rules(const struct kind *kind, const struct rules *rules, struct findings *all)
{
	struct checking c = {.kind = kind, .all = all};

	if (kind->list && kind->list(&c.existing, &c.n_existing) < 0) {
		c.existing = NULL;
		c.n_existing = 0;
	}
	for (size_t i = 0; i < rules->n; i++) {
		const struct policy_rule *rule = &rules->v[i];

		check_names(&c, rule, true);
		check_names(&c, rule, false);
		check_exists(&c, rule);
		check_pattern(&c, rule);
		if (rule->verb != POLICY_ALLOW)
			continue;
		check_open(&c, rule);
		check_reserved(&c, rule);
		check_wireless(&c, rule);
	}
	free(c.existing);
	memo_free(&c.users);
	memo_free(&c.groups);
	memo_free(&c.names);
	memo_free(&c.wireless);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of a policy, as each file would read it. What must hold: an error names a column of the
 * line and has a text without control characters; a rule is within its bounds, lies inside the
 * line, and its normal form is read again as the same rule; matching and listing names come to an
 * end.
 */
#include "fuzz.h"

#include "lib/ifname.h"
#include "lib/script.h"
#include "policy/policy.h"

#include <string.h>

static void check_error(const struct policy_error *e, size_t len)
{
	MUST(e->column >= 1 && e->column <= len + 1);
	MUST(e->text[0] && strlen(e->text) < sizeof(e->text));
	for (const char *p = e->text; *p; p++)
		MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void check_inside(const struct policy_text *t, const char *line, size_t len)
{
	if (t->p)
		MUST(t->len > 0 && t->p >= line && t->p + t->len <= line + len);
}

static void check_names(struct policy_text list)
{
	struct policy_text name;
	size_t total = 0, n = 0, whole = list.len;

	if (!list.p)
		return;
	while (policy_next_name(&list, &name)) {
		MUST(name.len >= 1 && name.len <= POLICY_NAME_MAX);
		total += name.len;
		n++;
	}
	MUST(total + n - 1 == whole);
}

static const struct policy_vocab *const vocabs[] = {&policy_bridge, &policy_network, &policy_tap,
						    &policy_ifup};

static void check_object(const struct policy_rule *rule)
{
	if (rule->vocab->paths) {
		MUST(rule->object.len <= POLICY_OBJECT_MAX);
		MUST(rule->kind == POLICY_OBJECT_ALL ||
		     script_shape(rule->object.p, rule->object.len) == NULL);
		MUST(rule->kind != POLICY_OBJECT_ALL || rule->verb == POLICY_DENY);
	} else if (rule->kind == POLICY_OBJECT_NAME) {
		MUST(ifname_check(rule->object.p, rule->object.len) == IFNAME_OK);
	}
}

/* No word of another file, and no limit of a deny. */
static void check_limits(const struct policy_rule *rule)
{
	unsigned words = rule->vocab->words;

	if (rule->verb == POLICY_DENY)
		words = 0;
	MUST(!rule->limit || (words & POLICY_LIMIT));
	MUST(!rule->mac.bits || (words & POLICY_MAC));
	MUST(!rule->isolated || (words & POLICY_ISOLATED));
	MUST(!rule->start || (words & POLICY_START));
	MUST(!rule->vhost || (words & POLICY_VHOST));
	MUST(!rule->persist || (words & POLICY_PERSIST));
	MUST(!rule->queues || (words & POLICY_QUEUES));
	MUST(!rule->mtu || (words & POLICY_MTU));
	MUST(!rule->timeout || (words & POLICY_TIMEOUT));
	MUST(!rule->has_caps || (words & POLICY_CAPS));
	MUST(!rule->ifname.p || (words & POLICY_IFNAME));
	MUST(!rule->run_as.p || (words & POLICY_RUN_AS));
	MUST(rule->limit <= POLICY_LIMIT_MAX && rule->queues <= POLICY_QUEUES_MAX);
	MUST(!rule->mtu || (rule->mtu >= POLICY_MTU_MIN && rule->mtu <= POLICY_MTU_MAX));
	MUST(rule->timeout <= POLICY_TIMEOUT_MAX && rule->ifname.len <= POLICY_GLOB_MAX);
	MUST(rule->has_caps || !rule->caps);
}

static void check_match(const struct policy_rule *rule, const char *name)
{
	bool matches = policy_object_matches(rule, name);
	bool guarded = rule->vocab->guarded && rule->verb == POLICY_ALLOW && ifname_reserved(name);

	if (rule->kind == POLICY_OBJECT_ALL)
		MUST(matches != guarded);
	else if (rule->kind == POLICY_OBJECT_GLOB)
		MUST(!matches || !guarded);
	else
		MUST(!matches || strlen(name) == rule->object.len);
}

static void check_rule(const struct policy_rule *rule, const char *line, size_t len)
{
	static const char *const names[] = {"br0", "all", "aaaaaaaaaaaaaaa", ".", "-"};
	uint8_t mask[MAC_LEN];

	MUST(rule->verb == POLICY_ALLOW || rule->verb == POLICY_DENY);
	check_inside(&rule->object, line, len);
	check_inside(&rule->users, line, len);
	check_inside(&rule->groups, line, len);
	check_names(rule->users);
	check_names(rule->groups);
	check_inside(&rule->ifname, line, len);
	check_inside(&rule->run_as, line, len);
	check_object(rule);
	check_limits(rule);
	MUST(rule->mac.bits == 0 || (rule->mac.bits >= 8 && rule->mac.bits <= 48));
	mac_mask(rule->mac.bits, mask);
	for (int i = 0; rule->mac.bits && i < MAC_LEN; i++)
		MUST((rule->mac.addr[i] & ~mask[i]) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_match(rule, names[i]);
}

/* What is passed over unread could not have said anything of that device. */
static void check_passed_over(const struct policy_vocab *vocab, const char *line, size_t len, int r,
			      const struct policy_rule *rule)
{
	static const char *const names[] = {"br0", "br", "b", "br00", "all", "al", ""};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (policy_line_is_of_another(vocab, line, len, names[i]))
			MUST(r == 1 && rule->verb == POLICY_ALLOW && !rule->users.p &&
			     !rule->groups.p && !policy_object_matches(rule, names[i]));
}

static void check_printed(const struct policy_rule *rule)
{
	char once[2 * POLICY_LINE_MAX], twice[2 * POLICY_LINE_MAX];
	struct policy_error error;
	struct policy_rule again;
	size_t n = policy_print(rule, once, sizeof(once));

	MUST(n == strlen(once));
	MUST(policy_line(rule->vocab, once, n, &again, &error) == 1);
	MUST(policy_print(&again, twice, sizeof(twice)) == n && strcmp(once, twice) == 0);
	MUST(again.verb == rule->verb && again.kind == rule->kind && again.limit == rule->limit &&
	     again.isolated == rule->isolated && again.mac.bits == rule->mac.bits);
}

static void one_line(const struct policy_vocab *vocab, const uint8_t *data, size_t size)
{
	struct policy_error error = {0};
	struct policy_rule rule;
	char *line;
	int r;

	/* A block of just that size, so that ASan sees a read behind it. */
	line = malloc(size ? size : 1);
	MUST(line);
	memcpy(line, data, size);
	r = policy_line(vocab, line, size, &rule, &error);
	MUST(r == 0 || r == 1 || r == 2 || r == -22);
	check_passed_over(vocab, line, size, r, &rule);
	if (r < 0)
		check_error(&error, size);
	if (r == 1) {
		check_rule(&rule, line, size);
		check_printed(&rule);
	}
	if (r == 2) {
		check_inside(&rule.object, line, size);
		MUST(rule.object.p[0] == '/');
	}
	if (r >= 0)
		for (size_t i = 0; i < size; i++)
			MUST(data[i] == '\t' || (data[i] >= 0x20 && data[i] != 0x7f));
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > POLICY_LINE_MAX)
		return 0;
	for (size_t i = 0; i < sizeof(vocabs) / sizeof(vocabs[0]); i++)
		one_line(vocabs[i], data, size);
	return 0;
}

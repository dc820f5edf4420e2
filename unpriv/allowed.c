/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant allowed: everything that a user may use, from one reading of the policy. */
#include "verbs.h"

#include "answer.h"
#include "lib/quote.h"
#include "memo.h"
#include "policy/reader.h"
#include "rules.h"
#include "who.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An object that exists, or that a rule names. */
struct target {
	object_name name;   /* or a pattern, where the kind has them listed */
	bool exists, exact; /* exact: as in struct policy_request */
	struct policy_decision decision;
};

struct question {
	const struct kind *kind;
	const struct who *who;
	const char *path;
	struct rules rules;
	size_t granted;
	struct memo users, groups; /* answers so far */
	struct policy_request request;
	struct target *targets; /* in the order of their names */
	size_t n;
	struct policy_error error;
};

typedef int (*ask_fn)(const struct caller *c, const char *name);

static int remember(struct memo *m, ask_fn ask, const struct caller *c, const char *name)
{
	bool fresh;
	int *slot = memo_slot(m, name, strlen(name), &fresh);

	if (!slot)
		return -ENOMEM;
	if (*slot < 0)
		*slot = ask(c, name);
	return *slot;
}

static int is_user(void *ctx, const char *name)
{
	struct question *q = ctx;

	return remember(&q->users, caller_is_user, &q->who->caller, name);
}

static int in_group(void *ctx, const char *name)
{
	struct question *q = ctx;

	return remember(&q->groups, caller_in_group, &q->who->caller, name);
}

static int on_rule(void *ctx, const struct policy_rule *rule)
{
	struct question *q = ctx;

	return rules_add(&q->rules, rule);
}

static bool on_error(void *ctx, const struct policy_error *error)
{
	struct question *q = ctx;

	q->error = *error;
	return false;
}

static int read_rules(struct question *q)
{
	const struct reader_hooks hooks = {.rule = on_rule, .error = on_error, .ctx = q};
	int r = who_reads_the_same(q->who, q->kind, q->path);

	if (r != EX_DONE || !reader_exists(q->path))
		return r;
	r = reader_read(q->kind->vocab, q->path, &hooks);
	if (r < 0 && !q->error.text[0])
		snprintf(q->error.text, sizeof(q->error.text), "%s", strerror(-r));
	return r < 0 ? cli_policy_error(&q->error, q->path, r) : EX_DONE;
}

/* Lets a rule have its say about a target. EX_DONE, or EX_FAILED after a message. */
static int decide(struct question *q, const char *name, bool exact, const struct policy_rule *rule,
		  struct policy_decision *d)
{
	int r;

	q->request.object = name;
	q->request.exact = exact;
	r = policy_decide(d, &q->request, rule);
	if (r == 0)
		return EX_DONE;
	r = reader_undecided(d, rule, &q->who->caller, r, &q->error);
	return cli_policy_error(&q->error, q->path, r);
}

/* By name; what exists comes first, and stays when doubles go. */
static int compare(const void *a, const void *b)
{
	const struct target *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r != 0 ? r : (int)y->exists - (int)x->exists;
}

static int compare_name(const void *name, const void *b)
{
	const struct target *y = b;

	return strcmp(name, y->name);
}

static void add_target(struct question *q, const char *name, size_t len, bool exists)
{
	struct target *t = &q->targets[q->n++];

	memset(t, 0, sizeof(*t));
	memcpy(t->name, name, len);
	t->exists = exists;
	t->exact = exists && q->kind->exact && q->kind->exact(t->name);
	policy_decision_init(&t->decision);
}

static void sort_targets(struct question *q)
{
	size_t kept = 0;

	qsort(q->targets, q->n, sizeof(*q->targets), compare);
	for (size_t i = 0; i < q->n; i++)
		if (kept == 0 || strcmp(q->targets[kept - 1].name, q->targets[i].name) != 0)
			q->targets[kept++] = q->targets[i];
	q->n = kept;
}

/* Of what cannot be listed, each is asked for. */
static bool exists(const struct kind *kind, const struct policy_rule *rule, const char *name)
{
	device_name kernel;

	return !kind->list && rule->kind == POLICY_OBJECT_NAME &&
	       kind->state(name, kernel) == DEVICE_RIGHT;
}

/* The exact names, and where the kind has them the patterns, that rules allow to this user. */
static int add_named(struct question *q)
{
	for (size_t i = 0; i < q->rules.n; i++) {
		const struct policy_rule *rule = &q->rules.v[i];
		struct policy_decision d;
		object_name name;
		bool allows;
		int r;

		if (rule->verb != POLICY_ALLOW || rule->object.len >= sizeof(name) ||
		    (rule->kind != POLICY_OBJECT_NAME && !q->kind->patterns))
			continue;
		memcpy(name, rule->object.p, rule->object.len);
		name[rule->object.len] = '\0';
		policy_decision_init(&d);
		r = decide(q, name, false, rule, &d);
		allows = d.verdict == POLICY_GRANTED;
		policy_decision_free(&d);
		if (r != EX_DONE)
			return r;
		if (allows)
			add_target(q, name, rule->object.len, exists(q->kind, rule, name));
	}
	return EX_DONE;
}

static int collect(struct question *q)
{
	device_name *names = NULL;
	size_t n = 0;
	int r = q->kind->list ? q->kind->list(&names, &n) : 0;

	if (r < 0)
		return cli_fail(EX_FAILED, "cannot list the %s: %s", q->kind->plural, strerror(-r));
	q->targets = calloc(n + q->rules.n + 1, sizeof(*q->targets));
	if (!q->targets) {
		free(names);
		return cli_fail(EX_FAILED, "out of memory");
	}
	for (size_t i = 0; i < n; i++)
		add_target(q, names[i], strlen(names[i]), true);
	free(names);
	r = add_named(q);
	if (r == EX_DONE)
		sort_targets(q);
	return r;
}

/* policy_decide() on every pair of rule and target that may match, in the rules' order. */
static int decide_all(struct question *q)
{
	for (size_t i = 0; i < q->rules.n; i++) {
		const struct policy_rule *rule = &q->rules.v[i];
		struct target *from = q->targets, *end = q->targets + q->n;

		if (rule->kind == POLICY_OBJECT_NAME) {
			object_name name = "";

			if (rule->object.len >= sizeof(name))
				continue;
			memcpy(name, rule->object.p, rule->object.len);
			from = bsearch(name, q->targets, q->n, sizeof(*from), compare_name);
			end = from ? from + 1 : NULL;
		}
		for (struct target *t = from; t != end; t++) {
			int r = decide(q, t->name, t->exact, rule, &t->decision);

			if (r != EX_DONE)
				return r;
		}
	}
	return EX_DONE;
}

/* What exists comes first. fn's results are added up. */
typedef bool (*target_fn)(const struct question *q, const struct target *t, void *ctx);

static size_t each_granted(const struct question *q, target_fn fn, void *ctx)
{
	size_t n = 0;

	for (int exists = 1; exists >= 0; exists--)
		for (size_t i = 0; i < q->n; i++)
			if (q->targets[i].exists == (exists == 1) &&
			    q->targets[i].decision.verdict == POLICY_GRANTED)
				n += fn(q, &q->targets[i], ctx);
	return n;
}

static void print_facts(const struct kind *kind, const char *name)
{
	static const char *const words[] = {
		[NETWORK_DOWN] = ", down",
		[NETWORK_UP] = ", up",
		[NETWORK_UNKNOWN] = "",
	};
	struct network_facts f;

	kind->facts(name, &f);
	printf("  (%s%s)", kind->vocab->noun, words[f.up]);
}

static bool print_target(const struct question *q, const struct target *t, void *ctx)
{
	char limits[ANSWER_LIMITS_SIZE];

	(void)ctx;
	/* One line a name, of whatever kind: what is no bridge says so. */
	printf("%-15s  %s:%u%s", t->name, QUOTE(t->decision.file), t->decision.line,
	       answer_limits(&t->decision, limits));
	if (q->kind->made && t->exists)
		printf("  (exists already)");
	else if (q->kind->made || strpbrk(t->name, "*?["))
		;
	else if (!t->exists)
		printf("  (there is no such %s now)", q->kind->vocab->noun);
	else if (q->kind->facts)
		print_facts(q->kind, t->name);
	putchar('\n');
	return true;
}

static bool add_target_json(const struct question *q, const struct target *t, void *ctx)
{
	const struct answer a = {
		.kind = q->kind,
		.name = t->name,
		.caller = &q->who->caller,
		.decision = &t->decision,
		.exists = t->exists,
	};
	struct json_object *list = ctx, *o = answer_json(&a);

	if (o && json_object_array_add(list, o) == 0)
		return true;
	json_object_put(o);
	return false;
}

static size_t count_granted(const struct question *q)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n; i++)
		n += q->targets[i].decision.verdict == POLICY_GRANTED;
	return n;
}

static int answer(struct question *q, struct json_object *list)
{
	int r = read_rules(q);

	if (r == EX_DONE)
		r = collect(q);
	if (r == EX_DONE)
		r = decide_all(q);
	if (r != EX_DONE)
		return r;
	q->granted = count_granted(q);
	if (list && each_granted(q, add_target_json, list) < q->granted)
		return cli_fail(EX_FAILED, "out of memory");
	if (!list)
		each_granted(q, print_target, NULL);
	return EX_DONE;
}

/* *granted counts on. */
static int answer_kind(const struct kind *kind, const struct who *who, struct json_object *list,
		       size_t *granted)
{
	struct question q = {
		.kind = kind,
		.who = who,
		.path = kind->path(),
		.request = {.object = "", .is_user = is_user, .in_group = in_group},
	};
	int r;

	q.request.ctx = &q;
	r = answer(&q, list);
	*granted += q.granted;
	for (size_t i = 0; i < q.n; i++)
		policy_decision_free(&q.targets[i].decision);
	free(q.targets);
	rules_free(&q.rules);
	memo_free(&q.users);
	memo_free(&q.groups);
	return r;
}

static int answer_all(const struct who *who, struct json_object *list)
{
	char text[QUOTE_SIZE];
	size_t granted = 0;
	int r = EX_DONE;

	for (size_t i = 0; r == EX_DONE && i < n_kinds; i++)
		r = answer_kind(&kinds[i], who, list, &granted);
	for (size_t i = 0; r == EX_DONE && !list && granted == 0 && i < n_kinds; i++)
		printf("%s grants no %s to %s now\n", kinds[i].path(), kinds[i].vocab->noun,
		       caller_text(&who->caller, text, sizeof(text)));
	return r;
}

int verb_allowed(const struct cli_args *args)
{
	struct json_object *list = args->json ? json_object_new_array() : NULL;
	struct who who;
	int r;

	if (args->json && !list)
		return cli_fail(EX_FAILED, "out of memory");
	r = who_get(args->user, &who);
	if (r == EX_DONE) {
		r = answer_all(&who, list);
		caller_free(&who.caller);
	}
	if (r == EX_DONE && list)
		return cli_json_print(list);
	json_object_put(list);
	return r;
}

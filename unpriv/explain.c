/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant explain: may this user use that, and why. */
#include "verbs.h"

#include "answer.h"
#include "lib/quote.h"
#include "policy/reader.h"
#include "who.h"

#include <stdio.h>
#include <string.h>

/* The helper's own order: the name, then what the kernel has by it, then the policy. */
static int check_name(const struct kind *kind, const char *name, enum device_state *state)
{
	const char *defect = kind->defect(name);
	const char *noun = kind->vocab->noun;
	device_name kernel;

	if (defect)
		return cli_fail(EX_USAGE_ERR, "%s name '%s' %s", noun, QUOTE(name), defect);
	*state = kind->state(name, kernel);
	/* The helper refuses it before it asks the policy, so there is no verdict to tell. */
	if (*state == DEVICE_ALTNAME)
		return cli_fail(EX_USAGE_ERR,
				"'%s' is an alternative name of '%s'; only the kernel's own name "
				"of a %s is taken",
				name, QUOTE(kernel), noun);
	return EX_DONE;
}

static int decide(const struct kind *kind, const char *path, const struct who *who,
		  const char *name, struct policy_decision *ret)
{
	struct policy_error error;
	int r = who_reads_the_same(who, kind, path);

	if (r != EX_DONE)
		return r;
	policy_decision_init(ret);
	if (!reader_exists(path))
		return EX_DONE;
	r = reader_decide(kind->vocab, path, &who->caller, name, kind->exact && kind->exact(name),
			  ret, &error);
	return r < 0 ? cli_policy_error(&error, path, r) : EX_DONE;
}

/* The sentences of a denial are the helpers' own (helpers/helper.c, denied()). */
static void tell(const struct answer *a, const char *path)
{
	const struct policy_decision *d = a->decision;
	const char *noun = a->kind->vocab->noun;
	char who[QUOTE_SIZE], name[QUOTE_SIZE], limits[ANSWER_LIMITS_SIZE];

	caller_text(a->caller, who, sizeof(who));
	switch (d->verdict) {
	case POLICY_GRANTED:
		answer_limits(d, limits);
		printf("granted: %s:%u allows %s '%s' to %s%s%s\n", QUOTE(d->file), d->line, noun,
		       a->name, who, limits[0] ? ", with" : "", limits);
		break;
	case POLICY_DENIED:
		printf("denied: %s:%u denies %s '%s' to %s\n", QUOTE(d->file), d->line, noun,
		       a->name, who);
		break;
	case POLICY_NO_RULE:
		printf("denied: no rule in %s allows %s '%s' to %s; "
		       "root can add the line: allow %s user=%s%s\n",
		       path, noun, a->name, who, a->name,
		       caller_word(a->caller, name, sizeof(name)),
		       a->kind->exact && a->kind->exact(a->name) ? READER_EXACT : "");
		break;
	}
}

/* What stands in the way even of somebody who is allowed. */
static void tell_state(const struct answer *a, enum device_state state)
{
	if (a->kind->made && state == DEVICE_RIGHT)
		printf("interface '%s' exists already; only a free name can be had\n", a->name);
	else if (state == DEVICE_NONE && !a->kind->made)
		printf("%s '%s' does not exist\n", a->kind->vocab->noun, a->name);
	else if (state == DEVICE_OTHER)
		printf("'%s' is not a %s\n", a->name, a->kind->vocab->noun);
}

/* Whether a network is up, and whether this user's request would bring it up. */
static void tell_facts(const struct answer *a)
{
	struct network_facts f;
	char who[QUOTE_SIZE];

	if (!a->kind->facts)
		return;
	a->kind->facts(a->name, &f);
	if (f.problem[0])
		printf("network '%s' cannot be started or reloaded: %s\n", a->name, f.problem);
	if (f.up == NETWORK_UP)
		printf("network '%s' is up, on bridge '%s'\n", a->name, f.bridge);
	else if (f.up == NETWORK_UNKNOWN)
		printf("whether network '%s' is up cannot be told: /sys is not of this network "
		       "namespace\n",
		       a->name);
	else if (answer_may_start(a, &f))
		printf("network '%s' is down; a request of %s starts it\n", a->name,
		       caller_text(a->caller, who, sizeof(who)));
	else if (a->exists && !f.problem[0])
		printf("network '%s' is down; root can start it with: nat-setup up %s%s\n", a->name,
		       a->name,
		       a->decision->start && !f.start_allowed ? " (its file says start=admin)"
							      : "");
}

static int explain(const struct kind *kind, const char *name, const struct who *who,
		   enum device_state state, bool json)
{
	const char *path = kind->path();
	struct policy_decision d;
	const struct answer a = {
		.kind = kind,
		.name = name,
		.caller = &who->caller,
		.decision = &d,
		.exists = state == DEVICE_RIGHT,
	};
	int r = decide(kind, path, who, name, &d);

	if (r != EX_DONE)
		return r;
	if (json) {
		r = cli_json_print(answer_json(&a));
	} else {
		tell(&a, path);
		tell_state(&a, state);
		tell_facts(&a);
	}
	if (r == EX_DONE && d.verdict != POLICY_GRANTED)
		r = EX_DENIED;
	policy_decision_free(&d);
	return r;
}

int verb_explain(const struct cli_args *args)
{
	const struct kind *kind = kind_by_noun(args->operand[0]);
	enum device_state state;
	struct who who;
	char nouns[128];
	int r;

	if (!kind)
		return cli_fail(EX_USAGE_ERR, "explain: unknown kind of object '%s'; there is: %s",
				QUOTE(args->operand[0]), kind_nouns(nouns, sizeof(nouns)));
	r = check_name(kind, args->operand[1], &state);
	if (r == EX_DONE)
		r = who_get(args->user, &who);
	if (r != EX_DONE)
		return r;
	r = explain(kind, args->operand[1], &who, state, args->json);
	caller_free(&who.caller);
	return r;
}

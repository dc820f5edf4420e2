/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy's files, for netgrant check: errors, and who can read them. */
#include "check.h"

#include "chain.h"
#include "cli.h"
#include "lib/quote.h"
#include "policy/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A file being read, within the one before it. */
struct level {
	char *path; /* owned */
	bool told;  /* a deny of it has been reported */
};

/* A file that is no policy at all has an error on each of its lines. */
#define ERRORS_MOST 1000

struct reading {
	unsigned errors;
	struct rules *rules;
	struct findings *all;
	struct level levels[POLICY_DEPTH_MAX + 1];
	size_t depth;
};

/* Leaves the files that have come to their end, so that the innermost one is file. */
static void leave(struct reading *r, const char *file)
{
	while (r->depth > 0 && (!file || strcmp(r->levels[r->depth - 1].path, file) != 0))
		free(r->levels[--r->depth].path);
}

static void on_opened(void *ctx, const char *path, const char *file, unsigned line)
{
	struct reading *r = ctx;
	char *copy = strdup(path);

	(void)line;
	leave(r, file);
	/* Deeper ones are refused before they are opened. */
	if (!copy || r->depth >= ARRAY_LEN(r->levels)) {
		free(copy);
		r->all->no_memory = true;
		return;
	}
	r->levels[r->depth++] = (struct level){.path = copy};
}

/*
 * An include is passed over for those who may not read it, and the denies in it and below
 * are, too. The first file is different: without it nothing is granted.
 */
static void check_deny(struct reading *r, const struct policy_rule *rule)
{
	static const struct finding kind = {.kind = "hidden-deny"};
	struct finding f = kind;
	char culprit[PATH_MAX];
	struct level *last;

	leave(r, rule->file);
	if (r->depth < 2)
		return;
	last = &r->levels[r->depth - 1];
	for (size_t i = 1; i < r->depth && !last->told; i++) {
		struct stat st;

		if (chain_readable_by_all(r->levels[i].path, culprit) != 0)
			continue;
		last->told = true;
		f.line = rule->line;
		findings_add(r->all, &f, rule->file,
			     findings_command(lstat(culprit, &st) == 0 && S_ISDIR(st.st_mode)
						      ? "chmod go+x"
						      : "chmod go+r",
					      culprit),
			     "this deny does not hold for users who may not read '%s': the include "
			     "is passed over for them",
			     QUOTE(culprit));
	}
}

static int on_rule(void *ctx, const struct policy_rule *rule)
{
	struct reading *r = ctx;

	if (rule->verb == POLICY_DENY)
		check_deny(r, rule);
	return rules_add(r->rules, rule);
}

static bool on_error(void *ctx, const struct policy_error *error)
{
	struct reading *r = ctx;
	const struct finding f = {
		.kind = "syntax",
		.severity = FINDING_POLICY,
		.line = error->line,
		.column = error->column,
	};
	struct finding file = f;

	/* Without a column it is not about a word but about a file. */
	file.kind = "file";
	findings_add(r->all, error->column ? &f : &file, error->file, NULL, "%s", error->text);
	if (++r->errors < ERRORS_MOST)
		return true;
	file.kind = "too-many";
	findings_add(r->all, &file, error->file, NULL, "so many errors; the rest is not checked");
	return false;
}

static void on_passed_over(void *ctx, const char *path, const char *file, unsigned line)
{
	struct reading *r = ctx;
	const struct finding f = {.kind = "passed-over", .line = line};

	findings_add(r->all, &f, file, NULL,
		     "include '%s' is passed over, because you may not read it; what it says was "
		     "not checked",
		     QUOTE(path));
}

int check_read(const struct kind *kind, const char *path, struct rules *ret, struct findings *all)
{
	struct reading r = {.rules = ret, .all = all};
	const struct reader_hooks hooks = {
		.rule = on_rule,
		.error = on_error,
		.opened = on_opened,
		.passed_over = on_passed_over,
		.ctx = &r,
	};
	int e = reader_read(kind->vocab, path, &hooks);

	leave(&r, NULL);
	/* What is wrong with the policy is among the findings. */
	if (e < 0 && e != -EINVAL)
		return cli_fail(EX_FAILED, "%s: %s", QUOTE(path), strerror(-e));
	return EX_DONE;
}

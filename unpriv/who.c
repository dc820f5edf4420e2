/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "who.h"

#include "chain.h"
#include "cli.h"
#include "lib/names.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "policy/reader.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many as the kernel lets a process have (NGROUPS_MAX), and the primary one. */
#define GROUPS_MOST 65537

/* getpwnam(3) lists these as ways in which databases say "not found". */
static bool means_not_found(int err)
{
	return err == 0 || err == ENOENT || err == ESRCH || err == EBADF || err == EPERM;
}

static int find_user(const char *user, const struct passwd **ret)
{
	uint64_t number;

	/* What is a number in a policy file is one here. */
	errno = 0;
	if (num_parse(user, strlen(user), 0, (uid_t)-2, &number) == 0)
		*ret = getpwuid((uid_t)number);
	else
		*ret = getpwnam(user);
	if (*ret)
		return EX_DONE;
	if (!means_not_found(errno))
		return cli_fail(EX_FAILED, "cannot look up user '%s': %s", QUOTE(user),
				strerror(errno));
	return cli_fail(EX_USAGE_ERR, "there is no user '%s'", QUOTE(user));
}

static int get_groups(const struct passwd *pw, struct caller *ret)
{
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	for (int size = 64; size < 2 * GROUPS_MOST; size *= 2) {
		gid_t *groups = calloc((size_t)size, sizeof(*groups));
		int n = size;

		if (!groups)
			return cli_fail(EX_FAILED, "out of memory");
		if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) >= 0) {
			ret->groups = groups;
			ret->ngroups = (size_t)n;
			return EX_DONE;
		}
		free(groups);
	}
	return cli_fail(EX_FAILED, "user '%s' is in too many groups", QUOTE(pw->pw_name));
}

static int become(const struct caller *c)
{
	uid_t r, e, s;

	if (setgroups(c->ngroups, c->groups) < 0 || setresgid(c->gid, c->gid, c->gid) < 0 ||
	    setresuid(c->uid, c->uid, c->uid) < 0)
		return cli_fail(EX_FAILED, "cannot become uid %u to read what they can read: %s",
				c->uid, strerror(errno));
	if (getresuid(&r, &e, &s) < 0 || r != c->uid || e != c->uid || s != c->uid)
		return cli_fail(EX_FAILED, "cannot become uid %u: the kernel kept root", c->uid);
	return EX_DONE;
}

static int get_own(struct caller *ret)
{
	int r = caller_get(ret);

	if (r < 0)
		return cli_fail(EX_FAILED, "cannot read the groups of this process: %s",
				strerror(-r));
	return EX_DONE;
}

int who_get(const char *user, struct who *ret)
{
	const struct passwd *pw;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!user)
		return get_own(&ret->caller);
	r = find_user(user, &pw);
	if (r != EX_DONE)
		return r;
	if (pw->pw_uid == getuid() && pw->pw_uid == geteuid())
		return get_own(&ret->caller);
	r = get_groups(pw, &ret->caller);
	if (r != EX_DONE)
		return r;
	if (geteuid() == 0)
		r = become(&ret->caller);
	else
		ret->foreign = true;
	if (r != EX_DONE)
		caller_free(&ret->caller);
	return r;
}

/* The first thing on the way that not everybody can read. */
struct obstacle {
	bool found;
	char path[PATH_MAX];
};

static void look(struct obstacle *o, const char *path)
{
	if (!o->found) {
		int r = chain_readable_by_all(path, o->path);

		o->found = r == 0 || (r < 0 && r != -ENOENT);
	}
}

static int on_rule(void *ctx, const struct policy_rule *rule)
{
	(void)ctx;
	(void)rule;
	return 0;
}

static bool on_error(void *ctx, const struct policy_error *error)
{
	(void)ctx;
	(void)error;
	return false; /* reader_decide() will tell */
}

static void on_opened(void *ctx, const char *path, const char *file, unsigned line)
{
	(void)file;
	(void)line;
	look(ctx, path);
}

static void on_passed_over(void *ctx, const char *path, const char *file, unsigned line)
{
	struct obstacle *o = ctx;

	on_opened(ctx, path, file, line);
	if (!o->found) {
		o->found = true;
		snprintf(o->path, sizeof(o->path), "%s", path);
	}
}

int who_reads_the_same(const struct who *who, const struct kind *kind, const char *path)
{
	struct obstacle o = {.found = false};
	const struct reader_hooks hooks = {
		.rule = on_rule,
		.error = on_error,
		.opened = on_opened,
		.passed_over = on_passed_over,
		.ctx = &o,
	};
	char text[QUOTE_SIZE];

	if (!who->foreign)
		return EX_DONE;
	look(&o, path);
	if (!o.found && reader_exists(path) && reader_read(kind->vocab, path, &hooks) == -ENOMEM)
		return cli_fail(EX_FAILED, "out of memory");
	if (!o.found)
		return EX_DONE;
	return cli_fail(EX_FAILED, "only root can tell for %s: '%s' is not readable by everybody",
			caller_text(&who->caller, text, sizeof(text)), QUOTE(o.path));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ifup.h"

#include "lib/authlog.h"
#include "lib/caps.h"
#include "lib/link_net.h"
#include "lib/quote.h"
#include "lib/scriptrun.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How much of a script's output is passed on. */
#define LINES_MOST 100
#define BYTES_MOST 16384

int ifup_fail(const struct ifup *u, enum exitcode status, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* What cannot be written at once is lost: nobody may make this process wait. */
	if (u->heard)
		fprintf(stderr, IFUP_HELPER ": %s\n", text);
	else
		authlog_send(u->log, IFUP_HELPER, text);
	return (int)status;
}

static int copy_link(struct ifup *u, const struct link_info *info)
{
	enum ifup_stage stage;

	if (!alias_parse(info->alias, &u->alias) || !ifup_read_words(&u->alias, &u->down, &stage))
		return -ENODEV;
	u->begun = stage == IFUP_BEGUN;
	u->index = info->index;
	memcpy(u->name, info->name, sizeof(u->name));
	return 0;
}

int ifup_load(struct ifup *u, unsigned index)
{
	struct link_info info;
	int r = link_get_index(u->conn, index, &info);

	return r < 0 ? r : copy_link(u, &info);
}

/* ---- a script */

void ifup_open(const struct ifup_script *s, struct ifup_opened *ret)
{
	ret->fd = secure_open(s->path, &ret->error);
	ret->found = ret->fd < 0 ? 0 : runas_find(s->as, &ret->as);
}

int ifup_check(const struct ifup *u, const struct ifup_script *s, const struct ifup_opened *o)
{
	char text[256];

	if (o->fd < 0)
		return ifup_fail(u, EX_FAILED, "script '%s': '%s': %s", QUOTE(s->path),
				 QUOTE(o->error.path),
				 secure_open_text(&o->error, text, sizeof(text)));
	if (o->found == 1)
		return EX_DONE;
	if (o->found == 0)
		return ifup_fail(u, EX_FAILED,
				 "there is no user '%s' in /etc/passwd to run '%s' as%s",
				 QUOTE(s->as), QUOTE(s->path),
				 strcmp(s->as, IFUP_USER) == 0
					 ? "; as root, run: useradd --system --no-create-home "
					   "--shell /usr/sbin/nologin " IFUP_USER
					 : "");
	return ifup_fail(u, EX_FAILED, "cannot look up user '%s': %s", QUOTE(s->as),
			 strerror(-o->found));
}

struct output {
	const struct ifup *u;
	const struct ifup_script *s;
	unsigned lines;
	size_t bytes;
	bool cut;
};

static void pass_on(const char *text, size_t len, void *ctx)
{
	struct output *o = ctx;
	char safe[900];

	if (o->cut)
		return;
	o->lines++;
	o->bytes += len;
	o->cut = o->lines > LINES_MOST || o->bytes > BYTES_MOST;
	if (o->cut)
		(void)ifup_fail(o->u, EX_DONE, "%s: (the rest of its output is left out)",
				o->s->path);
	else
		(void)ifup_fail(o->u, EX_DONE, "%s: %s", o->s->path,
				quote_n(safe, sizeof(safe), text, len));
}

static int tell(const struct ifup *u, const struct ifup_script *s, const char *action,
		const struct script_result *r)
{
	char text[256];
	const char *why = "";

	if (r->end == SCRIPT_EXITED && r->number == 0)
		return EX_DONE;
	if (r->end == SCRIPT_UNSTARTED && r->number == EACCES)
		why = "; has that user the right to read and to execute it?";
	else if (r->end == SCRIPT_UNSTARTED && r->number == ENOEXEC)
		why = "; its first line has to name an interpreter: #!/bin/sh";
	else if (r->end == SCRIPT_UNSTARTED && r->number == ENOENT)
		why = "; the interpreter that it names does not exist";
	return ifup_fail(u, EX_FAILED, "%s script '%s' for '%s' as user '%s' %s%s", action, s->path,
			 u->name, s->as, script_text(r, s->timeout, text, sizeof(text)), why);
}

int ifup_run(const struct ifup *u, const struct ifup_script *s, const struct ifup_opened *o,
	     const char *action, bool *started)
{
	char uid[32], user[256], name[64], act[32];
	const char *const argv[] = {s->path, u->name, NULL};
	const char *const env[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", uid, user, name, act, NULL};
	struct output out = {.u = u, .s = s};
	struct script_result result;
	int r = ifup_check(u, s, o);

	*started = false;
	if (r != EX_DONE)
		return r;
	snprintf(uid, sizeof(uid), "NETGRANT_UID=%u", u->alias.uid);
	snprintf(user, sizeof(user), "NETGRANT_USER=%s", u->user);
	snprintf(name, sizeof(name), "NETGRANT_IFNAME=%s", u->name);
	snprintf(act, sizeof(act), "NETGRANT_ACTION=%s", action);
	script_run(&(struct script){.fd = o->fd,
				    .argv = argv,
				    .env = env,
				    .as = &o->as,
				    .caps = s->caps,
				    .timeout = s->timeout,
				    .line = pass_on,
				    .ctx = &out},
		   &result);
	*started = result.end != SCRIPT_UNSTARTED && result.end != SCRIPT_UNWATCHED;
	return tell(u, s, action, &result);
}

/* ---- the end of a tap */

int ifup_note(const struct ifup *u, enum ifup_stage stage)
{
	char words[IFUP_WORDS_SIZE], alias[ALIAS_SIZE];
	int r;

	/* As long as it was, so that there is room. */
	ifup_words(&u->down, stage, words);
	if (snprintf(alias, sizeof(alias), "netgrant uid=%u helper=" IFUP_HELPER " %s rule=%s",
		     u->alias.uid, words, u->alias.rule) >= (int)sizeof(alias))
		return -EINVAL;
	r = caps_raise();
	if (r == 0)
		r = link_set_alias(u->conn, u->index, alias);
	return caps_lower() < 0 ? -EPERM : r;
}

static int run_down(struct ifup *u, bool device_there)
{
	struct ifup_opened o;
	bool started;
	int r = 0;

	if (!u->down.path[0] || u->begun)
		return EX_DONE;
	u->begun = true;
	if (device_there)
		r = ifup_note(u, IFUP_BEGUN);
	/* Gone at this moment: the script is run all the same. */
	if (r < 0 && r != -ENODEV)
		return ifup_fail(u, EX_FAILED, "cannot note the begin of '%s' for '%s': %s",
				 u->down.path, u->name, strerror(-r));
	ifup_open(&u->down, &o);
	r = ifup_run(u, &u->down, &o, "down", &started);
	if (o.fd >= 0)
		close(o.fd);
	return r;
}

int ifup_end(struct ifup *u, bool device_there)
{
	int r = run_down(u, device_there), removed = 0;

	if (device_there && caps_raise() == 0) {
		removed = link_delete(u->conn, u->index);
		if (caps_lower() < 0)
			return EX_FAILED;
	}
	if (removed < 0 && removed != -ENODEV)
		return ifup_fail(u, EX_FAILED, "cannot remove '%s': %s", u->name,
				 strerror(-removed));
	return r;
}

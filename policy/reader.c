/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reader.h"

#include "lib/quote.h"
#include "lib/secure_open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_BRIDGE_CONF SYSCONFDIR "/netgrant/bridge.conf"
#define QEMU_BRIDGE_CONF SYSCONFDIR "/qemu/bridge.conf"

static int reader_open(void *ctx, const char *path, bool included, struct policy_file_id *retid,
		       char *why, size_t size)
{
	struct secure_open_error error;
	struct stat st;
	char text[128];
	CLEANUP_FD int fd = secure_open(path, &error);

	(void)ctx;
	if (fd == -EACCES && included)
		return POLICY_OPEN_PASSED_OVER;
	if (fd < 0) {
		secure_open_text(&error, text, sizeof(text));
		/* The culprit may be a folder or a link on the way. */
		if (strcmp(error.path, path) != 0)
			snprintf(why, size, "'%s': %s", QUOTE(error.path), text);
		else
			snprintf(why, size, "%s", text);
		return POLICY_OPEN_FAILED;
	}
	if (fstat(fd, &st) < 0) {
		snprintf(why, size, "%s", strerror(errno));
		return POLICY_OPEN_FAILED;
	}
	retid->dev = st.st_dev;
	retid->ino = st.st_ino;
	return steal_fd(&fd);
}

static ssize_t reader_read_some(void *ctx, int handle, char *buf, size_t size)
{
	ssize_t n;

	(void)ctx;
	do
		n = read(handle, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static void reader_close(void *ctx, int handle)
{
	(void)ctx;
	close(handle);
}

int reader_read(const struct policy_vocab *vocab, const char *path,
		const struct reader_hooks *hooks)
{
	const struct policy_ops ops = {
		.open = reader_open,
		.read = reader_read_some,
		.close = reader_close,
		.rule = hooks->rule,
		.error = hooks->error,
		.opened = hooks->opened,
		.passed_over = hooks->passed_over,
		.object = hooks->object,
	};

	return policy_read(vocab, &ops, hooks->ctx, path);
}

const char *reader_bridge_path(void)
{
	struct stat st;

	/* Only where there is nothing at all, not even a dangling link or a folder that the
	 * caller may not enter: those are errors, not reasons to read another policy. */
	if (lstat(OWN_BRIDGE_CONF, &st) < 0 && errno == ENOENT && lstat(QEMU_BRIDGE_CONF, &st) == 0)
		return QEMU_BRIDGE_CONF;
	return OWN_BRIDGE_CONF;
}

const char *reader_network_path(void)
{
	return SYSCONFDIR "/netgrant/network.conf";
}

const char *reader_tap_path(void)
{
	return SYSCONFDIR "/netgrant/tap.conf";
}

const char *reader_ifup_path(void)
{
	return SYSCONFDIR "/netgrant/ifup.conf";
}

bool reader_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || errno != ENOENT;
}

struct deciding {
	const struct caller *caller;
	struct policy_request request;
	struct policy_decision *decision;
	struct policy_error *error;
};

static int ask_user(void *ctx, const char *name)
{
	return caller_is_user(ctx, name);
}

static int ask_group(void *ctx, const char *name)
{
	return caller_in_group(ctx, name);
}

int reader_undecided(const struct policy_decision *d, const struct policy_rule *rule,
		     const struct caller *c, int err, struct policy_error *reterr)
{
	bool before = err == -EAGAIN && rule->verb == POLICY_ALLOW;
	char later[QUOTE_SIZE] = "";

	snprintf(reterr->file, sizeof(reterr->file), "%s", before ? d->unsure.file : rule->file);
	reterr->line = before ? d->unsure.line : rule->line;
	reterr->column = 0;
	if (before)
		snprintf(later, sizeof(later), ", before %.128s:%u may allow more",
			 QUOTE(rule->file), rule->line);
	if (err == -EAGAIN)
		snprintf(reterr->text, sizeof(reterr->text),
			 "cannot tell whether it is for uid %u%s: no name of that user, or of one "
			 "of the groups, is known; write numbers for its names",
			 c->uid, later);
	else
		snprintf(reterr->text, sizeof(reterr->text),
			 "cannot look up its users and groups: %s", strerror(-err));
	return err == -EINVAL ? -EIO : err;
}

PER_LINE static int on_rule(void *ctx, const struct policy_rule *rule)
{
	struct deciding *d = ctx;
	int r = policy_decide(d->decision, &d->request, rule);

	return r < 0 ? reader_undecided(d->decision, rule, d->caller, r, d->error) : r;
}

static bool on_error(void *ctx, const struct policy_error *error)
{
	struct deciding *d = ctx;

	*d->error = *error;
	return false;
}

int reader_decide(const struct policy_vocab *vocab, const char *path, const struct caller *c,
		  const char *object, bool exact, struct policy_decision *ret,
		  struct policy_error *reterr)
{
	struct deciding d = {
		.caller = c,
		.request =
			{
				.object = object,
				.exact = exact,
				.is_user = ask_user,
				.in_group = ask_group,
				.ctx = (void *)(uintptr_t)c,
			},
		.decision = ret,
		.error = reterr,
	};
	const struct reader_hooks hooks = {
		.rule = on_rule, .error = on_error, .object = object, .ctx = &d};
	int r;

	policy_decision_init(ret);
	reterr->file[0] = reterr->text[0] = '\0';
	reterr->line = reterr->column = 0;
	r = reader_read(vocab, path, &hooks);
	if (r < 0) {
		policy_decision_free(ret);
		if (!reterr->text[0])
			snprintf(reterr->text, sizeof(reterr->text), "%s", strerror(-r));
	}
	return r;
}

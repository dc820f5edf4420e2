/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper.h"

#include "lib/authlog.h"
#include "lib/caps.h"
#include "lib/fdpass.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "lib/stdfds.h"
#include "policy/reader.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Below these, a user database that cannot be opened or loaded may look like one that does
 * not know the user: a caller must not be able to make a deny miss that way.
 */
#define NOFILE_LEAST 32
#define MEMORY_LEAST ((rlim_t)64 << 20)

static void say(const struct helper *h, const char *text)
{
	char line[2048];
	int n = snprintf(line, sizeof(line), "%s: %s\n", h->name, text);

	if (n >= (int)sizeof(line)) {
		n = (int)sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	/* Ignored, because there is nobody else to tell: stderr may be a closed pipe. */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

int helper_fail(const struct helper *h, enum exitcode status, const char *fmt, ...)
{
	char text[1536];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say(h, text);
	return (int)status;
}

void helper_log(const struct helper *h, const char *verdict, const char *what)
{
	char text[1200];

	snprintf(text, sizeof(text), "%s uid=%u %s", verdict, h->caller.uid, what);
	authlog_send(h->log, h->name, text);
}

int helper_limit(const struct helper *h, int which, const char *name, rlim_t least)
{
	struct rlimit limit;
	char text[48];

	if (getrlimit((__rlimit_resource_t)which, &limit) < 0)
		return helper_fail(h, EX_FAILED, "cannot read %s: %s", name, strerror(errno));
	if (limit.rlim_cur >= least)
		return EX_DONE;
	limit.rlim_cur = limit.rlim_max;
	if (least == RLIM_INFINITY)
		snprintf(text, sizeof(text), "it has to be unlimited");
	else
		snprintf(text, sizeof(text), "at least %llu is needed", (unsigned long long)least);
	if (limit.rlim_max < least || setrlimit((__rlimit_resource_t)which, &limit) < 0)
		return helper_fail(h, EX_FAILED, "resource limit %s is %llu; %s", name,
				   (unsigned long long)limit.rlim_max, text);
	return EX_DONE;
}

static int fix_limits(const struct helper *h)
{
	int r = helper_limit(h, RLIMIT_NOFILE, "RLIMIT_NOFILE", NOFILE_LEAST);

	if (r == EX_DONE)
		r = helper_limit(h, RLIMIT_AS, "RLIMIT_AS", MEMORY_LEAST);
	if (r == EX_DONE)
		r = helper_limit(h, RLIMIT_DATA, "RLIMIT_DATA", MEMORY_LEAST);
	return r;
}

static void ignore_signal(int number)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	/* Ignored, because it fails for numbers that do not exist only. */
	(void)sigaction(number, &ignore, NULL);
}

/* QEMU blocks signals and ignores SIGPIPE; others may do worse. */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* A closed stderr or socket is an error to handle, not a reason to die half way. */
	ignore_signal(SIGPIPE);
	ignore_signal(SIGXFSZ);
}

int helper_begin(struct helper *h)
{
	const struct rlimit no_core = {0, 0};
	int r = stdfds_fill();

	/* Where standard error is what is missing, this goes nowhere. */
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot open /dev/null: %s", strerror(-r));
	reset_signals();
	h->had_no_new_privs = caps_no_new_privs();
	r = caps_enter(h->caps);
	h->privileged = h->needs ? caps_have(h->needs) : r == 0;
	if (r < 0 && r != -EPERM)
		return helper_fail(h, EX_FAILED, "cannot give up privilege: %s", strerror(-r));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0)
		return helper_fail(h, EX_FAILED, "cannot make the process private: %s",
				   strerror(errno));
	/* User databases may listen to the environment. */
	if (clearenv() != 0)
		return helper_fail(h, EX_FAILED, "cannot clear the environment");
	umask(077);
	if (chdir("/") < 0)
		return helper_fail(h, EX_FAILED, "cannot change to '/': %s", strerror(errno));
	r = fix_limits(h);
	if (r != EX_DONE)
		return r;
	r = caller_get(&h->caller);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot read the caller's groups: %s",
				   strerror(-r));
	return EX_DONE;
}

int helper_usage(const struct helper *h, const char *fmt, ...)
{
	char what[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	/* One line, of what may be several. */
	return helper_fail(h, EX_USAGE_ERR, "%s; usage: %s %.*s", what, h->name,
			   (int)strcspn(h->synopsis, "\n"), h->synopsis);
}

/* --help and --version. */
static int answer(const struct helper *h, const char *arg, struct helper_args *ret)
{
	int n = strcmp(arg, "--version") == 0
			? printf("%s (netgrant) %s\n", h->name, PACKAGE_VERSION)
			: printf("Usage: %s %s\n\n%s", h->name, h->synopsis, h->options);

	ret->done = true;
	if (n < 0 || fflush(stdout) != 0)
		return helper_fail(h, EX_FAILED, "cannot write: %s", strerror(errno));
	return EX_DONE;
}

static int parse_fd(const struct helper *h, const char *text, int *ret)
{
	uint64_t number;

	if (num_parse(text, strlen(text), 0, INT_MAX, &number) < 0)
		return helper_usage(h, "--fd='%s' is no descriptor number", QUOTE(text));
	*ret = (int)number;
	return EX_DONE;
}

/* The length of an option's name, without what stands for its value. */
static size_t name_len(const struct helper_option *o)
{
	return strcspn(o->name, "=");
}

/* The helper's own option that arg begins with the name of; NULL: none. *ret is what stands
 * behind the name: "", "=VALUE". */
static const struct helper_option *find_own(const struct helper *h, const char *arg,
					    const char **ret)
{
	for (const struct helper_option *o = h->own; o && o->name; o++) {
		size_t len = name_len(o);

		*ret = arg + len;
		if (strncmp(arg, o->name, len) == 0 && (!**ret || **ret == '='))
			return o;
	}
	return NULL;
}

static int take_own(const struct helper *h, const struct helper_option *o, const char *behind)
{
	uint64_t number;

	if (o->flag && *behind)
		return helper_usage(h, "option '%s' takes no value", o->name);
	if (!o->flag && !*behind)
		return helper_usage(h, "option '%.*s' takes its value behind '='", (int)name_len(o),
				    o->name);
	if (o->flag) {
		*o->flag = true;
		return EX_DONE;
	}
	behind++;
	if (o->text) {
		*o->text = behind;
		return EX_DONE;
	}
	if (num_parse(behind, strlen(behind), o->least, o->most, &number) < 0)
		return helper_usage(h, "%.*s='%s' is no number from %u to %u", (int)name_len(o),
				    o->name, QUOTE(behind), o->least, o->most);
	*o->number = (uint32_t)number;
	return EX_DONE;
}

/* "--br X" and its like: the contract has none of them. */
static int unknown(const struct helper *h, const char *arg)
{
	if (strcmp(arg, "--br") == 0 || strcmp(arg, "--fd") == 0)
		return helper_usage(h, "option '%s' takes its value behind '='", arg);
	if (strncmp(arg, "--use-vnet=", 11) == 0)
		return helper_usage(h, "option '--use-vnet' takes no value");
	if (arg[0] == '-' && arg[1])
		return helper_usage(h, "unknown option '%s'", QUOTE(arg));
	return helper_usage(h, "unexpected argument '%s'", QUOTE(arg));
}

int helper_args(const struct helper *h, int argc, char *const argv[], struct helper_args *ret)
{
	*ret = (struct helper_args){.fd = -1};
	for (int i = 1; i < argc; i++) {
		const struct helper_option *own;
		const char *arg = argv[i], *behind;
		int r = EX_DONE;

		if (strcmp(arg, "--help") == 0 || strcmp(arg, "--version") == 0)
			return answer(h, arg, ret);
		if (strcmp(arg, "--use-vnet") == 0)
			ret->use_vnet = true;
		else if (strcmp(arg, "--describe") == 0)
			ret->describe = true;
		else if (strncmp(arg, "--br=", 5) == 0)
			ret->bridge = arg + 5;
		else if (strncmp(arg, "--fd=", 5) == 0)
			r = parse_fd(h, arg + 5, &ret->fd);
		else if ((own = find_own(h, arg, &behind)))
			r = take_own(h, own, behind);
		else
			r = unknown(h, arg);
		if (r != EX_DONE)
			return r;
	}
	return EX_DONE;
}

int helper_not_privileged(const struct helper *h)
{
	const char *why = "";

	if (caps_in_user_namespace())
		why = "; it was started inside a user namespace, where it has none";
	else if (h->had_no_new_privs)
		why = "; it was started with no_new_privs, which keeps it from having any";
	else
		why = "; if its file system is mounted nosuid, that is the reason";
	return helper_fail(
		h, EX_INSTALL,
		"not installed with the privilege it needs: as root, run: setcap %s " LIBEXECDIR
		"/netgrant/%s%s",
		h->caps, h->name, why);
}

static int check_reply(const struct helper *h, int fd)
{
	enum fdpass_defect defect;

	if (fd < 0)
		return helper_usage(h, "--fd=N is missing");
	defect = fdpass_check(fd);
	if (defect != FDPASS_OK)
		return helper_fail(h, EX_USAGE_ERR,
				   "descriptor %d %s; --fd= takes a connected unix stream socket",
				   fd, fdpass_defect_text(defect));
	return EX_DONE;
}

int helper_open_log(struct helper *h)
{
	h->log = authlog_open();
	switch (h->log < 0 ? -h->log : 0) {
	case 0:
	/* Nobody logs here. */
	case ENOENT:
	case ENOTDIR:
	case EACCES:
	case ECONNREFUSED:
	case EPROTOTYPE:
		return EX_DONE;
	default:
		/* It may be the caller's doing, who would rather not be seen. */
		return helper_fail(h, EX_FAILED, "cannot open the log: %s", strerror(-h->log));
	}
}

int helper_ready(struct helper *h, const struct helper_args *args)
{
	int keep = args->no_reply ? STDERR_FILENO : args->fd;
	int r = EX_DONE;

	if (args->no_reply && args->fd >= 0)
		return helper_usage(h, "--fd= has no place where nothing is handed over");
	if (!args->no_reply)
		r = check_reply(h, args->fd);
	if (r != EX_DONE)
		return r;
	if (!h->privileged)
		return helper_not_privileged(h);
	/* Nor does the program that looks names up get it: it could outlive us. */
	if (!args->no_reply && fcntl(keep, F_SETFD, FD_CLOEXEC) < 0)
		r = -errno;
	if (r == 0)
		r = stdfds_close_others(keep);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot close inherited descriptors: %s",
				   strerror(-r));
	return helper_open_log(h);
}

static int denied(const struct helper *h, const struct policy_vocab *vocab, const char *path,
		  const char *object, bool exact, const struct policy_decision *d)
{
	char who[QUOTE_SIZE], name[QUOTE_SIZE], what[1024];

	caller_text(&h->caller, who, sizeof(who));
	if (d->verdict == POLICY_DENIED) {
		snprintf(what, sizeof(what), "%s=%s rule=%s:%u", vocab->noun, object,
			 QUOTE(d->file), d->line);
		helper_log(h, "denied", what);
		return helper_fail(h, EX_DENIED, "denied: %s:%u denies %s '%s' to %s",
				   QUOTE(d->file), d->line, vocab->noun, object, who);
	}
	snprintf(what, sizeof(what), "%s=%s rule=none policy=%s", vocab->noun, object, path);
	helper_log(h, "denied", what);
	return helper_fail(h, EX_DENIED,
			   "denied: no rule in %s allows %s '%s' to %s; "
			   "root can add the line: allow %s user=%s%s",
			   path, vocab->noun, object, who, object,
			   caller_word(&h->caller, name, sizeof(name)), exact ? READER_EXACT : "");
}

static int policy_wrong(const struct helper *h, const struct policy_vocab *vocab, const char *path,
			const char *object, const struct policy_error *e, enum exitcode status)
{
	char where[QUOTE_SIZE + 32], what[1024];

	if (!e->line)
		snprintf(where, sizeof(where), "%s", QUOTE(e->file[0] ? e->file : path));
	else if (!e->column)
		snprintf(where, sizeof(where), "%s:%u", QUOTE(e->file), e->line);
	else
		snprintf(where, sizeof(where), "%s:%u:%u", QUOTE(e->file), e->line, e->column);
	snprintf(what, sizeof(what), "%s=%s policy=%s error=%.600s", vocab->noun, object, where,
		 e->text);
	helper_log(h, "failed", what);
	return helper_fail(h, status, "%s: %s", where, e->text);
}

int helper_decide(const struct helper *h, const struct policy_vocab *vocab, const char *path,
		  const char *object, struct policy_decision *ret)
{
	return helper_decide_exact(h, vocab, path, object, false, ret);
}

int helper_decide_exact(const struct helper *h, const struct policy_vocab *vocab, const char *path,
			const char *object, bool exact, struct policy_decision *ret)
{
	struct policy_error error;
	int r;

	if (!reader_exists(path)) {
		policy_decision_init(ret);
		return denied(h, vocab, path, object, exact, ret);
	}
	r = reader_decide(vocab, path, &h->caller, object, exact, ret, &error);
	if (r < 0)
		return policy_wrong(h, vocab, path, object, &error,
				    r == -EINVAL ? EX_POLICY : EX_FAILED);
	if (ret->verdict == POLICY_GRANTED)
		return EX_DONE;
	r = denied(h, vocab, path, object, exact, ret);
	policy_decision_free(ret);
	return r;
}

int helper_deny(const struct helper *h, const struct policy_vocab *vocab, const char *object,
		const struct policy_decision *d, const char *fmt, ...)
{
	char text[512], what[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(what, sizeof(what), "%s=%s rule=%s:%u reason=%s", vocab->noun, object,
		 QUOTE(d->file), d->line, text);
	helper_log(h, "denied", what);
	return helper_fail(h, EX_DENIED, "denied: %s:%u allows %s '%s', but %s", QUOTE(d->file),
			   d->line, vocab->noun, object, text);
}

int helper_fence(const struct helper *h, const struct sock_filter *filter, size_t len)
{
	int r = sandbox_enter(filter, len);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot load the system call filter: %s",
				   strerror(-r));
	return EX_DONE;
}

int helper_hand_over(const struct helper *h, const struct helper_args *args, const int *fds,
		     size_t n, const char *describe, const char *what)
{
	int r = caps_drop();

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot drop its capabilities: %s", strerror(-r));
	/* Logged before it is sent: once it has the descriptor, the caller may kill us. */
	helper_log(h, "granted", what);
	r = fdpass_send(args->fd, fds, n, describe, strlen(describe));
	if (r < 0) {
		helper_log(h, "failed", what);
		return helper_fail(h, EX_FAILED, "cannot send the descriptor on descriptor %d: %s",
				   args->fd, strerror(-r));
	}
	return EX_DONE;
}

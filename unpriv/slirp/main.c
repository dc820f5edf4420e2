/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant-slirp: see netgrant-slirp(1). */
#include "netns.h"
#include "options.h"
#include "server.h"
#include "smb.h"

#include "lib/exitcode.h"
#include "lib/quote.h"
#include "lib/stdfds.h"
#include "unpriv/wire/confine.h"
#include "unpriv/wire/ready.h"

#include "seccomp-slirp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define RESOLV_CONF "/etc/resolv.conf"

__attribute__((nonnull(2))) PRINTF(2, 3) static int fail(enum exitcode status, const char *fmt, ...)
{
	va_list args;

	fputs("netgrant-slirp: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return (int)status;
}

static int open_tap(struct server *s)
{
	char error[NETNS_ERROR], why[ENDPOINT_ERROR];
	struct endpoint_open open;
	int r = netns_tap(s->o->netns, s->o->tap, &s->process, error);

	if (r < 0)
		return fail(EX_FAILED, "--tap: %s", error);
	if (endpoint_classify(r, &open, why) < 0)
		return fail(EX_FAILED, "--tap: %s", why);
	r = link_init(&s->link, &open, NULL);
	return r < 0 ? fail(EX_FAILED, "%s", strerror(-r)) : EX_DONE;
}

static int open_guest(struct server *s)
{
	char error[ENDPOINT_ERROR];
	struct endpoint ep;
	struct endpoint_open open = {.what = ENDPOINT_STREAM, .fd = -1, .send_fd = -1};
	unsigned kinds =
		ENDPOINT_LISTEN_UNIX | ENDPOINT_CONNECT_UNIX | ENDPOINT_DGRAM_UNIX | ENDPOINT_FD;
	int r;

	if (!s->o->guest[0])
		return fail(
			EX_USAGE_ERR,
			"the guest's side is missing: --fd, --listen, --connect, --dgram or --tap");
	if (s->o->tap)
		return open_tap(s);
	if (endpoint_parse(&ep, s->o->guest, kinds, false, error) < 0)
		return fail(EX_USAGE_ERR, "%s", error);
	if (ep.kind == ENDPOINT_CONNECT_UNIX) {
		open.fd = endpoint_connect(&ep, 0);
		if (open.fd < 0)
			return fail(EX_FAILED, "cannot connect to '%s': %s", QUOTE(s->o->guest),
				    strerror(-open.fd));
	} else if (endpoint_open(&ep, &open, error) < 0) {
		return fail(EX_FAILED, "%s", error);
	}
	r = link_init(&s->link, &open, ep.kind == ENDPOINT_DGRAM_UNIX ? &ep.addr[0] : NULL);
	return r < 0 ? fail(EX_FAILED, "%s", strerror(-r)) : EX_DONE;
}

/* As of other sockets: what a process before us has left. */
static void remove_stale(const struct forward *f)
{
	const struct endpoint_addr addr = {.u.un = f->host.un, .len = f->host_len};

	if (f->way == FORWARD_HOST && f->host.any.sa_family == AF_UNIX)
		(void)endpoint_remove_stale(&addr, SOCK_STREAM);
}

static int open_stack(struct server *s)
{
	int r = stack_new(s->o, &s->link, &s->stack);

	if (r == -EPROTO)
		return fail(EX_INSTALL, "libslirp is older than 4.7; a newer one is needed");
	if (r == 0)
		r = relay_new(&s->relay, RELAY_SLOTS);
	if (r < 0)
		return fail(EX_FAILED, "%s", strerror(-r));
	for (unsigned i = 0; i < s->o->forwards; i++) {
		char error[FORWARD_ERROR], text[FORWARD_TEXT];

		remove_stale(&s->o->forward[i]);
		if (server_add(s, &s->o->forward[i], error) < 0)
			return fail(EX_FAILED, "%s: %s",
				    QUOTE(forward_format(text, &s->o->forward[i])), error);
	}
	return EX_DONE;
}

/* At both ports, as Windows asks at 139 too. The descriptors live as long as we do. */
static int open_smb(struct server *s)
{
	struct forward f = {.way = FORWARD_GUEST, .guest_len = sizeof(f.guest.in)};
	static struct smb smb;
	char error[SMB_ERROR];
	int r = 0;

	if (!s->o->smb)
		return EX_DONE;
	if (smb_start(&smb, s->o->smb, error) < 0)
		return fail(EX_FAILED, "--smb: %s", error);
	f.guest.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = s->o->smb_server};
	for (size_t i = 0; r == 0 && i < 2; i++) {
		f.guest.in.sin_port = htons(i == 0 ? 139 : 445);
		r = stack_add(s->stack, &f, smb.path);
	}
	return r < 0 ? fail(EX_FAILED, "--smb: %s", strerror(-r)) : EX_DONE;
}

static int open_control(struct server *s)
{
	int r;

	if (!s->o->control)
		return EX_DONE;
	r = control_open(s->o->control, server_answer, s, &s->control);
	return r < 0 ? fail(EX_FAILED, "--control '%s': %s", QUOTE(s->o->control), strerror(-r))
		     : EX_DONE;
}

/* What a guest can have open at once, as far as the caller's limit allows; each connection takes
 * up to 256 KiB. */
#define SOCKETS_MOST 4096

static void limit_nofile(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max < SOCKETS_MOST ? l.rlim_max : SOCKETS_MOST;
		l.rlim_max = l.rlim_cur;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}

/* The folder of the file that /etc/resolv.conf is: the library reads it again after a change,
 * and whoever changes it puts another file in its place. -1: there is none. */
static int open_resolv_conf(void)
{
	char path[PATH_MAX], *slash;

	if (!realpath(RESOLV_CONF, path))
		return open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	slash = strrchr(path, '/');
	slash[slash == path] = '\0';
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* /etc is there too where resolv.conf is a link to elsewhere: the link has to be followed, which
 * takes no right, so one folder is enough. */
static int confine(const struct options *o)
{
	struct confine c = {.filter = seccomp_slirp,
			    .filter_len = ARRAY_LEN(seccomp_slirp),
			    /* hostfwd=unix:, over the control socket */
			    .makes_sockets = true};
	int folders[2], r;
	enum confine_step step;

	c.readable = folders;
	folders[c.readables] = open_resolv_conf();
	c.readables += folders[c.readables] >= 0;
	if (o->tftp) {
		folders[c.readables] = open(o->tftp, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (folders[c.readables] < 0)
			return fail(EX_FAILED, "--tftp '%s': %s", QUOTE(o->tftp), strerror(errno));
		c.readables++;
	}
	r = confine_enter(&c, &step);
	if (r < 0)
		return fail(EX_FAILED, "cannot %s: %s", confine_step_text(step), strerror(-r));
	for (size_t i = 0; i < c.readables; i++)
		close(folders[i]);
	return EX_DONE;
}

static int run(const struct options *o)
{
	struct server s = {.o = o,
			   .link = {.fd = -1, .listener = -1},
			   .exit_with = o->exit_with,
			   .process = -1};
	int r = open_guest(&s);

	if (r == EX_DONE)
		r = open_stack(&s);
	if (r == EX_DONE)
		r = open_smb(&s);
	if (r == EX_DONE)
		r = open_control(&s);
	if (r == EX_DONE)
		r = confine(o);
	if (r == EX_DONE && o->ready_fd >= 0 && ready_notify(o->ready_fd) < 0)
		r = fail(EX_FAILED, "--ready-fd: nobody is there");
	if (r == EX_DONE) {
		int e = server_run(&s);

		if (e < 0)
			r = fail(EX_FAILED, "%s", strerror(-e));
	}
	control_close(s.control);
	stack_free(s.stack);
	relay_free(s.relay);
	link_free(&s.link);
	cleanup_fd_fn(&s.process);
	return r;
}

int main(int argc, char *argv[])
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	char error[OPTIONS_ERROR];
	static struct options o;

	if (stdfds_fill() < 0)
		return EX_FAILED; /* there is nowhere to say so */
	if (options_parse(&o, argc, argv, error) < 0)
		return fail(EX_USAGE_ERR, "%s", error);
	if (o.help || o.version) {
		puts(o.help ? options_help() : "netgrant-slirp " PACKAGE_VERSION);
		return fflush(stdout) == 0 ? EX_DONE : EX_FAILED;
	}
	sigaction(SIGPIPE, &ignore, NULL);
	limit_nofile();
	return run(&o);
}

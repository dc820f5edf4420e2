/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network-worker: run by nat-setup only, which has checked who may do what and hands over
 * nothing of its caller's but standard output and error. See helpers/work.h.
 */
#include "worker.h"

#include "lib/caps.h"
#include "lib/num.h"
#include "lib/sandbox.h"
#include "lib/stdfds.h"

#include "filecaps.h"
#include "seccomp-network-worker.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct order {
	const char *verb, *name;
	const char *user; /* who asked, in digits; "": root */
	bool json, all;
};

int worker_fail(enum exitcode status, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "nat-setup: %s\n", text);
	return (int)status;
}

/* nat-setup has checked the words; this is the second lock. */
static int parse(int argc, char *argv[], struct order *ret)
{
	uint64_t uid;

	*ret = (struct order){.verb = argc > 1 ? argv[1] : "", .name = "", .user = ""};
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			ret->json = true;
		else if (strcmp(argv[i], "--all") == 0)
			ret->all = true;
		else if (strncmp(argv[i], "--for-user=", 11) == 0 &&
			 num_parse(argv[i] + 11, strlen(argv[i] + 11), 1, UINT32_MAX, &uid) == 0)
			ret->user = argv[i] + 11;
		else if (argv[i][0] == '-' || ret->name[0] || netname_defect(argv[i]))
			return worker_fail(EX_USAGE_ERR, "network-worker is run by nat-setup only");
		else
			ret->name = argv[i];
	}
	return EX_DONE;
}

static int begin_network(struct network *n, const char *name)
{
	int r;

	memset(n, 0, sizeof(*n));
	n->name = name;
	n->dir = n->ending = -1;
	r = link_open(&n->conn);
	return r < 0 ? worker_fail(EX_FAILED, "cannot open a netlink socket: %s", strerror(-r))
		     : EX_DONE;
}

static void end_network(struct network *n)
{
	link_close(n->conn);
	net_config_free(&n->config);
	if (n->dir >= 0)
		close(n->dir);
	if (n->ending >= 0)
		close(n->ending);
}

static int change(const struct order *o, const char *name)
{
	struct network n;
	int r = begin_network(&n, name);

	if (r == EX_DONE && strcmp(o->verb, "up") == 0)
		r = network_up(&n, o->user[0]);
	else if (r == EX_DONE && strcmp(o->verb, "reload") == 0)
		r = network_reload(&n);
	else if (r == EX_DONE && strcmp(o->verb, "watch") == 0)
		r = network_watch(&n);
	else if (r == EX_DONE) {
		r = state_lock();
		if (r == EX_DONE)
			r = network_down(&n);
	}
	end_network(&n);
	return r;
}

/* With --all: those that are up. */
static int change_all(const struct order *o)
{
	char names[1024][NETNAME_MAX + 1];
	int worst = EX_DONE, n = state_names(names, ARRAY_LEN(names));

	for (int i = 0; i < n; i++) {
		int r = change(o, names[i]);

		if (worst == EX_DONE)
			worst = r;
	}
	return worst;
}

static bool changes(const char *verb)
{
	static const char *const words[] = {"up", "down", "reload", "watch"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(verb, words[i]) == 0)
			return true;
	return false;
}

/* It is dnsmasq's as well, and the watcher's, which has it from whoever started it. */
static int enter_filter(const struct order *o)
{
	if (strcmp(o->verb, "watch") == 0)
		return 0;
	return sandbox_enter(seccomp_network_worker, ARRAY_LEN(seccomp_network_worker));
}

static int with_privilege(const struct order *o)
{
	static const int ignored[] = {SIGINT,  SIGQUIT, SIGHUP,  SIGTERM, SIGTSTP,
				      SIGTTIN, SIGTTOU, SIGPIPE, SIGALRM};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	int r = caps_enter(FILECAPS_NAT_SETUP);

	if (r == -EPERM || geteuid() != 0)
		return worker_fail(EX_INSTALL, "network-worker is run by nat-setup only");
	if (r < 0 || caps_raise() < 0 || enter_filter(o) < 0)
		return worker_fail(EX_FAILED, "cannot give up privilege");
	/* Half a change is worse than a late end; and it takes a tenth of a second. */
	for (size_t i = 0; i < ARRAY_LEN(ignored) && strcmp(o->verb, "watch") != 0; i++)
		if (sigaction(ignored[i], &ignore, NULL) < 0)
			return worker_fail(EX_FAILED, "cannot ignore a signal: %s",
					   strerror(errno));
	umask(022);
	if (o->user[0]) {
		surroundings_leave();
		r = state_lock_user(o->user);
		if (r != EX_DONE)
			return r;
	}
	return o->all ? change_all(o) : change(o, o->name);
}

int main(int argc, char *argv[])
{
	struct order o;
	int r = stdfds_fill();

	if (r < 0)
		return EX_FAILED;
	r = parse(argc, argv, &o);
	if (r != EX_DONE)
		return r;
	if (changes(o.verb))
		return with_privilege(&o);
	/* As root: shrunk like the rest, and able to look at the firewall. */
	if (geteuid() == 0 && caps_enter(FILECAPS_NAT_SETUP) == 0 &&
	    (caps_raise() < 0 || enter_filter(&o) < 0))
		return worker_fail(EX_FAILED, "cannot give up privilege");
	if (strcmp(o.verb, "status") == 0)
		return network_status(o.name, o.json);
	if (strcmp(o.verb, "list") == 0)
		return network_list(o.json);
	if (strcmp(o.verb, "leases") == 0)
		return network_leases(o.name, o.json);
	return worker_fail(EX_USAGE_ERR, "network-worker is run by nat-setup only");
}

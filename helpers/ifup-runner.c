/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifup-runner: a tap, and the administrator's script that connects it, for whom ifup.conf
 * allows it. What takes root, and what goes on after the end of this process, is
 * ifup-worker's: see ifup.h and ifup-runner(8).
 */
#include "device.h"
#include "ifup.h"
#include "work.h"

#include "lib/caps.h"
#include "lib/ifname.h"
#include "lib/quote.h"
#include "lib/script.h"
#include "policy/reader.h"

#include "filecaps.h"
#include "seccomp-ifup-runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define UP_SCRIPT "/etc/qemu-ifup"
#define DOWN_SCRIPT "/etc/qemu-ifdown"
#define NO_SCRIPT "no" /* as QEMU has it */

/* Where the rule says nothing. */
#define DEFAULT_CAPS (1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW)
#define DEFAULT_TIMEOUT 30
#define DEFAULT_NAMES "vnet*"

#define TRIES 1000 /* of others who were faster to take a number */

/* All that is left to do for this process, once the worker runs. */
#define TAP_CAPS "cap_net_admin=p"

struct request {
	const char *script, *downscript, *ifname; /* of the command line */
	struct policy_decision up_rule, down_rule;
	struct ifup_script up, down;
	struct link_conn *conn;
	struct tap tap;
	int control, heard;
	pid_t worker;
};

/* ---- what is asked for */

static int check_path(const struct helper *h, const char *option, const char *path)
{
	const char *defect = script_defect(path);

	if (defect)
		return helper_fail(h, EX_USAGE_ERR, "%s='%s' %s", option, QUOTE(path), defect);
	return EX_DONE;
}

static int check_request(const struct helper *h, struct request *q)
{
	int r;

	if (!q->script)
		q->script = UP_SCRIPT;
	/* QEMU, too, has one by default; what is not there is not missed. */
	if (!q->downscript)
		q->downscript = reader_exists(DOWN_SCRIPT) ? DOWN_SCRIPT : NO_SCRIPT;
	if (!q->ifname)
		q->ifname = "vnet%d";
	r = check_path(h, "--script", q->script);
	if (r == EX_DONE && strcmp(q->downscript, NO_SCRIPT) != 0)
		r = check_path(h, "--downscript", q->downscript);
	return r == EX_DONE ? device_check_name(h, q->ifname) : r;
}

/* ---- may it be had */

static int fill_in(const struct helper *h, const char *path, const struct policy_decision *d,
		   struct ifup_script *ret)
{
	const char *as = d->run_as ? d->run_as : IFUP_USER;

	if (snprintf(ret->path, sizeof(ret->path), "%s", path) >= (int)sizeof(ret->path) ||
	    snprintf(ret->as, sizeof(ret->as), "%s", as) >= (int)sizeof(ret->as))
		return helper_fail(h, EX_POLICY, "%s:%u: 'run-as=' is longer than %d bytes",
				   QUOTE(d->file), d->line, IFUP_USER_SIZE - 1);
	ret->caps = d->has_caps ? d->caps : DEFAULT_CAPS;
	ret->timeout = d->timeout ? d->timeout : DEFAULT_TIMEOUT;
	return EX_DONE;
}

static int decide(const struct helper *h, struct request *q)
{
	int r = helper_decide(h, &policy_ifup, reader_ifup_path(), q->script, &q->up_rule);

	if (r == EX_DONE)
		r = fill_in(h, q->script, &q->up_rule, &q->up);
	if (r != EX_DONE || strcmp(q->downscript, NO_SCRIPT) == 0)
		return r;
	r = helper_decide(h, &policy_ifup, reader_ifup_path(), q->downscript, &q->down_rule);
	return r == EX_DONE ? fill_in(h, q->downscript, &q->down_rule, &q->down) : r;
}

static int check_name_by(const struct helper *h, const char *name, const char *script,
			 const struct policy_decision *d)
{
	const char *glob = d->ifname[0] ? d->ifname : DEFAULT_NAMES;

	if (strcmp(glob, name) == 0 || (policy_glob_matches(glob, name) && !ifname_reserved(name)))
		return EX_DONE;
	return helper_deny(h, &policy_ifup, script, d, "not for an interface called '%s'", name);
}

static int check_name(const struct helper *h, const struct request *q, const char *name)
{
	int r = check_name_by(h, name, q->script, &q->up_rule);

	if (r == EX_DONE && q->down.path[0])
		r = check_name_by(h, name, q->downscript, &q->down_rule);
	return r;
}

/* ---- the tap */

static int failed(const struct helper *h, const struct request *q, const char *what, int err)
{
	const char *words = link_error(q->conn);

	return helper_fail(h, EX_FAILED, "%s '%s': %s%s%s", what, q->tap.name, strerror(-err),
			   words[0] ? ": " : "", words);
}

static int name_it(const struct helper *h, struct request *q)
{
	char words[IFUP_WORDS_SIZE], alias[ALIAS_SIZE];
	struct link_port port = {
		.index = q->tap.index,
		.mtu = 1500,
		.alias = alias,
	};
	int r = device_disable_ipv6(h, &q->tap, &port.no_ipv6_address);

	if (r != EX_DONE)
		return r;
	ifup_words(&q->down, IFUP_NEW, words);
	if (alias_format_words(alias, h->caller.uid, h->name, words, q->up_rule.file,
			       q->up_rule.line) == 0)
		return helper_fail(h, EX_USAGE_ERR, "--downscript='%s' is too long to be noted",
				   q->down.path);
	/* Above every real address, so that no bridge takes it for its own. */
	q->tap.mac[0] = 0xfe;
	port.mac = q->tap.mac;
	r = link_setup_port(q->conn, &port);
	return r < 0 ? failed(h, q, "cannot set up", r) : EX_DONE;
}

/* Without the capabilities, with which the kernel would look for a module of that name. */
static int pick_name(const struct helper *h, const struct request *q, unsigned *number,
		     char name[IFNAME_MAX + 1])
{
	int lowered = caps_lower(), r = device_pick_name(h, q->conn, q->ifname, number, name);

	if (lowered < 0 || caps_raise() < 0)
		return helper_fail(h, EX_FAILED, "cannot lower and raise its capabilities");
	return r;
}

/*
 * The rules are asked about the very name that the interface gets, and before there is one:
 * what manages networks goes by names, and this process can be stopped by its caller.
 */
static int make_device(const struct helper *h, struct request *q, int tun, unsigned flags)
{
	unsigned number = 0, tries = device_is_pattern(q->ifname) ? TRIES : 1;
	int r = -EBUSY;

	while (r == -EBUSY && tries-- > 0) {
		char name[IFNAME_MAX + 1];
		int fd, status = pick_name(h, q, &number, name);

		if (status == EX_DONE)
			status = check_name(h, q, name);
		if (status != EX_DONE)
			return status;
		/* tun is for the next time: where the name is taken, fd is closed. */
		fd = fcntl(tun, F_DUPFD_CLOEXEC, 0);
		/* Of root, so that nobody without privilege can attach to it when it is let go. */
		r = fd < 0 ? -errno : tap_create(&q->tap, fd, link_fd(q->conn), name, flags, 0);
	}
	close(tun);
	if (r == -EBUSY || r == -EEXIST)
		return helper_fail(h, EX_FAILED, "interface '%s' exists already", QUOTE(q->ifname));
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot create a tap '%s': %s", QUOTE(q->ifname),
				   strerror(-r));
	return EX_DONE;
}

static int make(const struct helper *h, struct request *q, int tun, bool vnet_hdr)
{
	const struct device_grant grant = {&policy_ifup, q->script, &q->up_rule};
	int r = make_device(h, q, tun, vnet_hdr ? TAP_VNET_HDR : 0U);

	if (r == EX_DONE)
		r = device_take_place(h, q->conn, &q->tap, &grant, "taps");
	return r == EX_DONE ? name_it(h, q) : r;
}

/* ---- the worker */

static int start_worker(const struct helper *h, struct request *q, int tun)
{
	char name[IFUP_NAME_SIZE], index[IFUP_INDEX_SIZE], caps[16], timeout[16];
	char user[QUOTE_SIZE];
	const char *const argv[] = {
		name,     index, "up",    q->up.path,
		q->up.as, caps,  timeout, caller_word(&h->caller, user, sizeof(user)),
		NULL};
	int pair[2], fds[2], r = ifup_process_name(name);

	if (r < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return helper_fail(h, EX_FAILED, "cannot prepare its worker: %s",
				   strerror(r < 0 ? -r : errno));
	q->control = pair[0];
	fds[IFUP_CONTROL_FD - 3] = pair[1];
	fds[IFUP_TUN_FD - 3] = tun;
	ifup_process_index(0, index);
	snprintf(caps, sizeof(caps), "%u", q->up.caps);
	snprintf(timeout, sizeof(timeout), "%u", q->up.timeout);
	r = work_start(h,
		       &(struct work){.program = IFUP_WORKER,
				      .argv = argv,
				      .fds = fds,
				      .nfds = 2,
				      .any_nice = true},
		       &q->worker, &q->heard);
	close(pair[1]);
	if (r == EX_DONE && fcntl(q->heard, F_SETFL, O_NONBLOCK) < 0)
		return helper_fail(h, EX_FAILED, "cannot read from its worker: %s",
				   strerror(errno));
	return r;
}

/* Passes on what the script says, until the worker tells how it went. */
static int await_worker(const struct helper *h, struct request *q)
{
	struct pollfd p[2] = {{.fd = q->heard, .events = POLLIN},
			      {.fd = q->control, .events = POLLIN}};
	uint8_t status;
	ssize_t n;

	while (!p[1].revents) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return helper_fail(h, EX_FAILED, "cannot wait for its worker: %s",
					   strerror(errno));
		if (p[0].revents)
			work_relay(q->heard);
		if (p[0].revents & POLLHUP)
			p[0].fd = -1;
	}
	n = recv(q->control, &status, sizeof(status), 0);
	/* Of what it said, all was said before. */
	work_relay(q->heard);
	if (n == (ssize_t)sizeof(status))
		return status;
	/* It may but have failed to tell; then it waits for the end of the tap. */
	close(q->tap.fd);
	q->tap.fd = -1;
	n = work_wait(h, q->worker);
	return n != EX_DONE ? (int)n : helper_fail(h, EX_FAILED, "its worker has gone");
}

static int with_worker(const struct helper *h, const struct helper_args *args, struct request *q,
		       int tun)
{
	int lowered, r = caps_limit(TAP_CAPS);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot give up privilege");
	r = helper_fence(h, seccomp_ifup_runner, ARRAY_LEN(seccomp_ifup_runner));
	if (r != EX_DONE)
		return r;
	if (caps_raise() < 0)
		return helper_fail(h, EX_FAILED, "cannot raise its capabilities");
	r = make(h, q, tun, args->use_vnet);
	lowered = caps_lower();
	if (r == EX_DONE && lowered < 0)
		return helper_fail(h, EX_FAILED, "cannot lower its capabilities");
	if (r != EX_DONE)
		return r;
	if (send(q->control, &q->tap.index, sizeof(q->tap.index), MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE)
		return helper_fail(h, EX_FAILED, "cannot tell its worker: %s", strerror(errno));
	return await_worker(h, q);
}

static int give(const struct helper *h, const struct helper_args *args, struct request *q)
{
	char mac[MAC_TEXT_SIZE], line[1024] = "", what[768];

	if (args->describe)
		snprintf(line, sizeof(line), "interface=%s index=%u mtu=1500 mac=%s rule=%s:%u\n",
			 q->tap.name, q->tap.index, mac_format(mac, q->tap.mac),
			 QUOTE(q->up_rule.file), q->up_rule.line);
	snprintf(what, sizeof(what), "script=%s downscript=%s interface=%s rule=%s:%u", q->script,
		 q->downscript, q->tap.name, QUOTE(q->up_rule.file), q->up_rule.line);
	return helper_hand_over(h, args, &q->tap.fd, 1, line, what);
}

static int run(const struct helper *h, const struct helper_args *args, struct request *q)
{
	int tun, r = decide(h, q);

	if (r == EX_DONE)
		r = device_open_tun(h, &tun);
	if (r == EX_DONE)
		r = device_connect(h, &q->conn);
	if (r == EX_DONE)
		r = start_worker(h, q, tun);
	if (r == EX_DONE)
		r = with_worker(h, args, q, tun);
	return r == EX_DONE ? give(h, args, q) : r;
}

int main(int argc, char *argv[])
{
	struct request q = {.tap.fd = -1, .control = -1, .heard = -1};
	const struct helper_option own[] = {
		{.name = "--script=PATH", .text = &q.script},
		{.name = "--downscript=PATH", .text = &q.downscript},
		{.name = "--ifname=NAME", .text = &q.ifname},
		{.name = NULL},
	};
	struct helper h = {
		.name = IFUP_HELPER,
		.caps = FILECAPS_IFUP_RUNNER,
		.own = own,
		.synopsis = "[--script=PATH] [--downscript=PATH|no] [--ifname=NAME] [--use-vnet] "
			    "[--describe] --fd=N",
		.options =
			"Makes a tap, runs the administrator's script for it, if ifup.conf allows that to\n"
			"the caller, and sends the tap's descriptor over the unix stream socket N. When the\n"
			"tap is let go, the down script runs, and the tap is taken away.\n\n"
			"  --script=PATH      the script (" UP_SCRIPT ")\n"
			"  --downscript=PATH  the one for the end (" DOWN_SCRIPT
			", where there is one), or no\n"
			"  --ifname=NAME      what the tap is called, or a pattern with %d for a number\n"
			"                     (vnet%d)\n"
			"  --fd=N             the socket's descriptor number, above 2\n"
			"  --use-vnet         frames carry the virtio header, if the kernel offers it\n"
			"  --describe         a line of key=value follows the descriptor's byte\n"
			"  --br=X             is ignored: QEMU gives it to every helper\n"
			"  --help             this text\n"
			"  --version          the version\n\n"
			"Exit status: 0 done, 1 failed, 2 usage, 3 denied, 4 policy unreadable or wrong,\n"
			"5 installed without the privilege it needs. See ifup-runner(8).\n",
	};
	struct helper_args args = {.fd = -1};
	int r = helper_begin(&h);

	if (r == EX_DONE)
		r = helper_args(&h, argc, argv, &args);
	if (r == EX_DONE && !args.done)
		r = check_request(&h, &q);
	if (r == EX_DONE && !args.done)
		r = helper_ready(&h, &args);
	if (r == EX_DONE && !args.done)
		r = run(&h, &args, &q);
	/* The end of the process closes the descriptors; its worker sees that. */
	link_close(q.conn);
	policy_decision_free(&q.up_rule);
	policy_decision_free(&q.down_rule);
	caller_free(&h.caller);
	return r;
}

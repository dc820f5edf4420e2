/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taps that no helper has to give, for emulators that take nothing else: in a network namespace
 * that belongs to a user namespace of our own, where we may make them (user_namespaces(7)). Each
 * NIC has two on a bridge of its own, one for the emulator and one for its companion. The
 * emulator goes in there, as it may open its tap by name, or ask for the MTU by that; the
 * companion stays out, and needs its descriptor only.
 */
#include "run.h"

#include "lib/link_net.h"
#include "lib/tap.h"
#include "unpriv/own_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MTU 1500
#define ALIAS "netgrant run"

/* ---- in the child, which makes the namespaces */

/* Makes a tap on the bridge of fd, which it takes. */
static int add_tap(struct link_conn *conn, unsigned bridge, const char *name, unsigned mtu,
		   unsigned flags, int fd, struct tap *ret)
{
	int r = tap_create(ret, fd, link_fd(conn), name, flags, geteuid());
	struct link_port port = {
		.master = bridge, .mtu = mtu, .alias = ALIAS, .up = true, .no_ipv6_address = true};

	if (r < 0)
		return r;
	port.index = ret->index;
	return link_setup_port(conn, &port);
}

static int add_bridge(struct link_conn *conn, const struct link_bridge *b, unsigned *retindex)
{
	struct link_port port = {.alias = ALIAS, .up = true, .no_ipv6_address = true};
	struct link_info info;
	int r = link_create_bridge(conn, b);

	if (r == 0)
		r = link_get(conn, b->name, &info);
	if (r < 0)
		return r;
	*retindex = port.index = info.index;
	return link_setup_port(conn, &port);
}

/* Takes the descriptors. */
static int make_taps(struct link_conn *conn, const struct port *p, const int fds[2],
		     struct tap taps[2])
{
	char bridge[16], far[16];
	struct link_bridge b = {.name = bridge,
				.alias = ALIAS,
				.mtu = p->nic.mtu ? p->nic.mtu : MTU,
				.cable = true};
	unsigned index = 0;
	int r;

	snprintf(bridge, sizeof(bridge), "br%u", p->number);
	snprintf(far, sizeof(far), "far%u", p->number);
	r = add_bridge(conn, &b, &index);
	if (r < 0) {
		close(fds[0]);
		close(fds[1]);
		return r;
	}
	r = add_tap(conn, index, far, b.mtu, 0, fds[0], &taps[0]);
	if (r < 0) {
		close(fds[1]);
		return r;
	}
	r = add_tap(conn, index, p->ifname, b.mtu, TAP_VNET_HDR, fds[1], &taps[1]);
	return r == 0 && p->by_name ? tap_persist(taps[1].fd, true) : r;
}

/* The companion's tap; and the emulator's, unless it opens that itself. */
static int send_taps(struct link_conn *conn, const struct port *p, int sock)
{
	struct tap taps[2] = {{.fd = -1}, {.fd = -1}};
	int fds[2] = {tap_open(), tap_open()}, r = fds[0] < 0 ? fds[0] : fds[1];

	if (r < 0)
		return run_fail(EX_FAILED, "cannot open /dev/net/tun: %s", strerror(-r));
	r = make_taps(conn, p, fds, taps);
	if (r == 0) {
		fds[0] = taps[0].fd;
		fds[1] = taps[1].fd;
		r = fdpass_send(sock, fds, p->by_name ? 1 : 2, "", 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(taps); i++)
		if (taps[i].fd >= 0)
			close(taps[i].fd);
	return r < 0 ? run_fail(EX_FAILED, "NIC %u: cannot make a tap in a namespace: %s",
				p->number, strerror(-r))
		     : EX_DONE;
}

static int send_namespaces(int sock)
{
	CLEANUP_FD int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CLEANUP_FD int user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int fds[] = {net, user};
	int r = net < 0 || user < 0 ? -errno : fdpass_send(sock, fds, 2, "", 0);

	return r < 0 ? run_fail(EX_FAILED, "cannot hand namespaces over: %s", strerror(-r))
		     : EX_DONE;
}

static int enter_new(struct link_conn **ret)
{
	int r = own_namespace();

	if (r < 0)
		return run_fail(EX_FAILED,
				"cannot make a namespace for the tap that the emulator takes: %s; "
				"these sysctls say whether users may: " OWN_NAMESPACE_SYSCTLS,
				strerror(-r));
	r = link_open(ret);
	if (r == 0)
		r = link_up(*ret, 1); /* lo, for what the emulator does with itself */
	return r < 0 ? run_fail(EX_FAILED, "cannot use netlink in a namespace: %s", strerror(-r))
		     : EX_DONE;
}

static _Noreturn void child(const struct run *run, int sock)
{
	struct link_conn *conn = NULL;
	int r = enter_new(&conn);

	if (r == EX_DONE)
		r = send_namespaces(sock);
	for (size_t i = 0; r == EX_DONE && i < run->n_ports; i++)
		if (run->ports[i].own_tap)
			r = send_taps(conn, &run->ports[i], sock);
	_exit(r);
}

/* ---- out here */

static int take_taps(struct port *p, int sock)
{
	char nothing[1];
	int fds[2] = {-1, -1};
	int n = fdpass_recv(sock, fds, p->by_name ? 1 : 2, nothing, sizeof(nothing));

	if (n < 0)
		return n;
	p->far = fds[0];
	if (!p->by_name) {
		p->fds[0] = fds[1];
		p->queues = 1;
	}
	return 0;
}

static int take_all(struct run *run, int sock)
{
	char nothing[1];
	int fds[2] = {-1, -1};
	int r = fdpass_recv(sock, fds, 2, nothing, sizeof(nothing));

	if (r < 0)
		return r;
	run->net_namespace = fds[0];
	run->user_namespace = fds[1];
	r = 0;
	for (size_t i = 0; r == 0 && i < run->n_ports; i++)
		if (run->ports[i].own_tap)
			r = take_taps(&run->ports[i], sock);
	return r;
}

int run_own_taps(struct run *run)
{
	int ends[2], r, status;
	bool wanted = false;
	pid_t pid;

	for (size_t i = 0; i < run->n_ports; i++) {
		struct port *p = &run->ports[i];

		wanted |= p->own_tap;
		if (p->own_tap)
			run_own_tap_name(p);
	}
	if (!wanted)
		return EX_DONE;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return run_fail(EX_FAILED, "cannot make a socket: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		/* Or it would not hear of our end. */
		close(ends[0]);
		child(run, ends[1]);
	}
	close(ends[1]);
	r = pid < 0 ? -errno : take_all(run, ends[0]);
	close(ends[0]);
	if (pid < 0)
		return run_fail(EX_FAILED, "cannot fork: %s", strerror(-r));
	status = run_status_of(pid, "the maker of taps");
	if (status != EX_DONE)
		return status; /* it has said why */
	return r < 0 ? run_fail(EX_FAILED, "got no tap: %s", strerror(-r)) : EX_DONE;
}

void run_own_tap_name(struct port *p)
{
	snprintf(p->ifname, sizeof(p->ifname), "vnet%u", p->number);
}

int run_enter(const struct run *run)
{
	if (run->net_namespace < 0)
		return 0;
	if (geteuid() != 0 && setns(run->user_namespace, CLONE_NEWUSER) < 0)
		return -errno;
	return setns(run->net_namespace, CLONE_NEWNET) < 0 ? -errno : 0;
}

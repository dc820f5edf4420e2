/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop=last-port: a process that sleeps until a device changes, and takes the network down when
 * its last port has left. There is one for each such network that is up, and none for others.
 *
 * A port may come at the very moment. So the network first loses the name by which ports
 * find it, then its ports are counted again; and nat-setup looks for that name once more
 * after it has made a port (confirm() in helpers/nat-setup.c). Whoever is second, sees the other.
 */
#include "worker.h"

#include "lib/link_net.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKER LIBEXECDIR "/netgrant/network-worker"
/* An emulator that is started again may find its network up. */
#define GRACE_MS 2000

int watch_start(const struct network *n)
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	const char *const argv[] = {"network-worker", "watch", n->name, NULL};
	pid_t pid = fork();
	int null;

	if (pid < 0)
		return worker_fail(EX_FAILED, "cannot fork: %s", strerror(errno));
	if (pid > 0)
		return EX_DONE;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    stdfds_close_others(STDERR_FILENO) < 0)
		_exit(EX_FAILED);
	(void)setsid(); /* fails where this is a session already */
	surroundings_reset_signals();
	execve(WORKER, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	_exit(EX_FAILED);
}

struct ports {
	unsigned bridge;
	unsigned count;
	bool bridge_there;
};

static int count(const struct link_info *info, void *ctx)
{
	struct ports *p = ctx;

	p->count += info->master == p->bridge;
	if (info->index == p->bridge)
		p->bridge_there = true;
	return 0;
}

/* false: the bridge is gone. */
static bool look(const struct network *n, unsigned *ret)
{
	struct ports p = {.bridge = n->bridge.index};
	int r = -EAGAIN;

	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++) {
		p.count = 0;
		p.bridge_there = false;
		r = link_each(n->conn, count, &p);
	}
	*ret = p.count;
	/* What cannot be counted is not taken down. */
	if (r < 0)
		*ret = 1;
	return r < 0 || p.bridge_there;
}

/* Sleeps until a device changes, or for so long; -1: for ever. false: nothing changed. */
static bool wait_for_change(int events, int ms)
{
	struct pollfd p = {.fd = events, .events = POLLIN};
	char buf[8192];

	if (poll(&p, 1, ms) <= 0)
		return false;
	/* ENOBUFS, too, says only that something has changed. */
	while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		continue;
	return true;
}

/* Its last port has left: down, unless another one comes now. */
static int end(struct network *n)
{
	unsigned ports, index = n->bridge.index;
	int r = state_lock();

	if (r == EX_DONE)
		r = bridge_find(n);
	/* Somebody has taken it down, and perhaps up again, meanwhile. */
	if (r != EX_DONE || !n->is_up || n->bridge.index != index)
		return r;
	r = bridge_withdraw(n);
	if (r != EX_DONE)
		return r;
	if (look(n, &ports) && ports > 0) {
		r = bridge_announce(n);
		return r == EX_DONE ? watch_start(n) : r;
	}
	return network_down(n);
}

int network_watch(struct network *n)
{
	bool had_port = false;
	unsigned ports;
	int lock, events, r = state_open(n);

	if (r == EX_DONE)
		r = bridge_find(n);
	if (r != EX_DONE || !n->is_up)
		return r;
	lock = openat(n->dir, "watch", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* Another one watches already. */
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
		return EX_DONE;
	events = link_events();
	if (events < 0)
		return worker_fail(EX_FAILED, "cannot watch devices: %s", strerror(-events));
	while (look(n, &ports)) {
		had_port = had_port || ports > 0;
		if (!wait_for_change(events, had_port && ports == 0 ? GRACE_MS : -1) && had_port &&
		    ports == 0) {
			close(lock);
			return end(n);
		}
	}
	return EX_DONE;
}

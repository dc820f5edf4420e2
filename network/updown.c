/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of it all. Up: what protects comes before what opens. The bridge gets its rules
 * while it is down, dnsmasq is there before a port can be, and ports come last.
 */
#include "worker.h"

#include "lib/link_net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static int change(const struct network *n, const char *path, const char *value)
{
	int r = setting_change(n, path, value);

	if (r < 0)
		return worker_fail(EX_FAILED, "cannot set /proc/sys/net/%s: %s", path,
				   strerror(-r));
	return EX_DONE;
}

/* A host that passes IPv6 on does not listen to routers any more unless it is told to, where it
 * listens at all. */
static int listen_on(const struct network *n, const char *device)
{
	char path[96];

	snprintf(path, sizeof(path), "ipv6/conf/%s/accept_ra", device);
	return setting_is(path, "0") ? EX_DONE : change(n, path, "2");
}

struct learned {
	unsigned devices[32];
	size_t count;
};

static int note_learned(const struct link_prefix *p, void *ctx)
{
	struct learned *l = ctx;

	if (p->family == AF_INET6 && p->prefix == 0 && p->protocol == RTPROT_RA && p->index &&
	    l->count < ARRAY_LEN(l->devices))
		l->devices[l->count++] = p->index;
	return 0;
}

/* The host's own way out: Linux forgets the default routes it learned by devices that do not
 * listen on, the moment that forwarding begins. */
static int keep_default_routes(const struct network *n)
{
	struct learned l;
	int r = -EAGAIN;

	/* As in bridge_find(). */
	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++) {
		l.count = 0;
		r = link_each_route(n->conn, note_learned, &l);
	}
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot list routes: %s", strerror(-r));
	for (size_t i = 0; r == EX_DONE && i < l.count; i++) {
		struct link_info device;

		if (link_get_index(n->conn, l.devices[i], &device) == 0)
			r = listen_on(n, device.name);
	}
	return r;
}

/*
 * Whether a packet is passed on, Linux asks the device it came in by. That is the bridge's own
 * setting (bridge.c), and for the way back the uplink's; where the way out is whatever the
 * default route says, it is that of all. IPv6 has the switch for all only.
 */
static int open_way(struct network *n)
{
	const struct net_config *c = &n->config;
	char path[96];
	int r = EX_DONE;

	if (c->mode == NET_ISOLATED)
		return EX_DONE;
	if (net_config_has(c, AF_INET) && c->uplink[0]) {
		snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", c->uplink);
		r = change(n, path, "1");
	} else if (net_config_has(c, AF_INET)) {
		r = change(n, "ipv4/ip_forward", "1");
	}
	if (r == EX_DONE && net_config_has(c, AF_INET6)) {
		r = keep_default_routes(n);
		if (r == EX_DONE && c->uplink[0])
			r = listen_on(n, c->uplink);
		if (r == EX_DONE)
			r = change(n, "ipv6/conf/all/forwarding", "1");
	}
	return r;
}

/* Everything that makes it up, from whatever state it is in. */
static int converge(struct network *n)
{
	int r = bridge_check_overlap(n);

	if (r == EX_DONE)
		r = state_open(n);
	if (r == EX_DONE) {
		state_tidy(n);
		r = bridge_make(n);
	}
	if (r == EX_DONE)
		r = rules_apply(n);
	if (r == EX_DONE)
		r = bridge_up(n);
	if (r == EX_DONE)
		r = service_wanted(&n->config) ? service_start(n) : service_stop(n);
	if (r == EX_DONE)
		r = open_way(n);
	if (r == EX_DONE)
		r = bridge_announce(n);
	return r == EX_DONE && n->config.stop_last ? watch_start(n) : r;
}

/* Of one that is up. */
static int repair(struct network *n)
{
	int r = converge(n);

	if (r != EX_DONE)
		rules_warn(n);
	return r;
}

static void warn(const char *what, const char *remedy, void *ctx)
{
	(void)ctx;
	(void)worker_fail(EX_DONE, "warning: %s; remedy: %s", what, remedy);
}

static int load(struct network *n)
{
	int r = network_load(n);

	if (r != EX_DONE && bridge_find(n) == EX_DONE)
		rules_warn(n);
	return r;
}

int network_up(struct network *n, bool for_user)
{
	int r = load(n);

	if (r == EX_DONE && for_user && !n->config.start_allowed)
		r = worker_fail(EX_DENIED,
				"denied: " NETWORKS_CONF "/%s.conf says start=admin: only root may "
				"start network '%s'",
				n->name, n->name);
	if (r == EX_DONE)
		r = state_lock();
	if (r == EX_DONE)
		r = bridge_find(n);
	if (r != EX_DONE)
		return r;
	/* Another user's request was quicker. What is up is not made afresh for a user, who could
	 * else reset each port's share of leases at will; but a dnsmasq that died is started. */
	if (for_user && n->is_up) {
		if (!service_wanted(&n->config) || service_pid(n))
			return EX_DONE;
		r = state_open(n);
		return r == EX_DONE ? service_start(n) : r;
	}
	if (n->is_up)
		return repair(n);
	r = converge(n);
	if (r == EX_DONE)
		obstacles(n, warn, n);
	/* What was not up before is not half up afterwards. */
	if (r != EX_DONE)
		(void)network_down(n);
	return r;
}

int network_down(struct network *n)
{
	int r = bridge_find(n), ended;

	if (r == EX_DONE)
		r = state_open(n);
	if (r != EX_DONE)
		return r;
	/* Whatever fails, the rest is still taken away; but the rules only once nothing is left
	 * that they protect. */
	service_stop_soon(n);
	setting_restore(n);
	r = bridge_remove(n);
	if (r == EX_DONE)
		r = rules_remove(n->name);
	ended = service_stop(n);
	if (r == EX_DONE)
		r = ended;
	return r == EX_DONE ? state_remove(n) : r;
}

int network_reload(struct network *n)
{
	int r = load(n);

	if (r == EX_DONE)
		r = state_lock();
	if (r == EX_DONE)
		r = bridge_find(n);
	if (r == EX_DONE && !n->is_up)
		r = worker_fail(EX_FAILED, "network '%s' is not up; nat-setup up %s starts it",
				n->name, n->name);
	return r == EX_DONE ? repair(n) : r;
}

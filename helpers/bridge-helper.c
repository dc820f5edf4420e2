/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bridge-helper: a tap on an existing bridge, for whom bridge.conf allows it.
 * Drop-in for qemu-bridge-helper. See bridge-helper(8).
 */
#include "helper.h"

#include "lib/caps.h"
#include "lib/ifname.h"
#include "lib/link.h"
#include "lib/quote.h"
#include "lib/sysctl.h"
#include "lib/tap.h"
#include "policy/reader.h"

#include "filecaps.h"
#include "seccomp-bridge-helper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How long a request waits for another one of the same user that is being counted. */
#define QUOTA_TRIES 2000
#define QUOTA_PAUSE_NS 5000000L

struct grant {
	struct link_conn *conn;
	struct link_info bridge;
	struct policy_decision decision;
	struct tap tap;
	char alias[ALIAS_SIZE];
};

static int failed(const struct helper *h, const struct grant *g, const char *what, int err)
{
	const char *words = link_error(g->conn);

	return helper_fail(h, EX_FAILED, "%s '%s' on bridge '%s': %s%s%s", what, g->tap.name,
			   g->bridge.name, strerror(-err), words[0] ? ": " : "", words);
}

static int check_name(const struct helper *h, const char *name)
{
	enum ifname_defect defect;

	if (!name)
		return helper_fail(h, EX_USAGE_ERR, "--br=BRIDGE is missing; usage: %s %s", h->name,
				   h->synopsis);
	defect = ifname_check(name, strlen(name));
	if (defect != IFNAME_OK)
		return helper_fail(h, EX_USAGE_ERR, "bridge name '%s' %s", QUOTE(name),
				   ifname_defect_text(defect));
	return EX_DONE;
}

/* What the kernel knows by that name; g->bridge.index stays 0 where there is nothing. */
static int find_bridge(const struct helper *h, const char *name, struct grant *g)
{
	int r = caps_raise();

	/* The kernel asks for the capability of whoever made the socket, too. */
	if (r == 0)
		r = link_open(&g->conn);
	if (caps_lower() < 0 || r < 0)
		return helper_fail(h, EX_FAILED, "cannot open a netlink socket: %s",
				   strerror(r < 0 ? -r : EPERM));
	r = link_find_bridge(g->conn, name, &g->bridge);
	if (r < 0 && r != -ENODEV)
		return helper_fail(h, EX_FAILED, "cannot look up '%s': %s", name, strerror(-r));
	if (r == 0 && strcmp(g->bridge.name, name) != 0)
		return helper_fail(
			h, EX_USAGE_ERR,
			"'%s' is an alternative name of '%s'; only the kernel's own name "
			"of a bridge is taken",
			name, g->bridge.name);
	return EX_DONE;
}

static int check_bridge(const struct helper *h, const char *name, const struct grant *g)
{
	if (g->bridge.index == 0)
		return helper_fail(h, EX_FAILED, "bridge '%s' does not exist", name);
	if (strcmp(g->bridge.kind, "bridge") != 0)
		return helper_fail(h, EX_FAILED, "'%s' is not a bridge", name);
	return EX_DONE;
}

struct count {
	const char *alias;
	uint32_t held;
};

static int count_alias(const struct link_info *info, void *ctx)
{
	struct count *c = ctx;

	c->held += strcmp(info->alias, c->alias) == 0;
	return 0;
}

static int count_held(struct link_conn *conn, const char *alias, uint32_t *ret)
{
	int r;

	/* A dump that devices came and went in is not complete: begin again. */
	for (unsigned i = 0; i < 100; i++) {
		struct count c = {.alias = alias};

		r = link_each(conn, count_alias, &c);
		*ret = c.held;
		if (r != -EAGAIN && r != -EINTR)
			return r;
	}
	return r;
}

/*
 * Between lock and unlock no other request of this user counts, so that two cannot both
 * take the last port. The lock is an alternative name of the fresh tap: nobody but a
 * helper can take it, and it is gone when the helper is, however it ends.
 */
static int lock_quota(const struct helper *h, struct grant *g, char name[48])
{
	const struct timespec pause = {.tv_nsec = QUOTA_PAUSE_NS};
	int r = -EEXIST;

	snprintf(name, 48, "netgrant-quota-%u", h->caller.uid);
	for (unsigned i = 0; i < QUOTA_TRIES && r == -EEXIST; i++) {
		if (i > 0)
			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		r = link_add_altname(g->conn, g->tap.index, name);
	}
	if (r == -EEXIST)
		return helper_fail(h, EX_FAILED,
				   "another request of uid %u holds the lock for 'limit='; is it "
				   "stopped?",
				   h->caller.uid);
	if (r == -EOPNOTSUPP)
		return helper_fail(h, EX_FAILED,
				   "%s:%u asks for 'limit=', which takes Linux 5.5 or later",
				   QUOTE(g->decision.file), g->decision.line);
	return r < 0 ? failed(h, g, "cannot count the ports for", r) : EX_DONE;
}

static int check_quota(const struct helper *h, struct grant *g)
{
	uint32_t held;
	int r = count_held(g->conn, g->alias, &held);

	if (r < 0)
		return failed(h, g, "cannot count the ports for", r);
	if (held >= g->decision.limit)
		return helper_deny(h, &policy_bridge, g->bridge.name, &g->decision,
				   "uid %u holds %u of the %u ports it allows", h->caller.uid, held,
				   g->decision.limit);
	return EX_DONE;
}

/* Makes the bridge keep the address that it has. */
static int pin_address(const struct grant *g)
{
	struct link_info now;
	int r;

	if (sysfs_address_is_set(g->bridge.name, g->bridge.index))
		return 0;
	/* The address in the bridge's STP identifier is to be had by a message only. */
	r = link_get_index(g->conn, g->bridge.index, &now);
	return r < 0 ? r : link_pin_mac(g->conn, &now);
}

/* Puts the tap on the bridge; up at once, unless flags have to be set before. */
static int plug(const struct helper *h, struct grant *g, bool up)
{
	struct link_port port = {
		.index = g->tap.index,
		.master = g->bridge.index,
		.mtu = g->bridge.mtu,
		.alias = g->alias,
		.up = up,
	};
	int r;

	memcpy(port.mac, g->tap.mac, MAC_LEN);
	/* Above every real address, so that no bridge takes it for its own. */
	port.mac[0] = 0xfe;
	memcpy(g->tap.mac, port.mac, MAC_LEN);
	/* Where /proc/sys cannot be written, at least no address may come up. */
	port.no_ipv6_address = sysctl_disable_ipv6(g->tap.name) < 0;
	if (port.no_ipv6_address)
		port.up = false;
	r = pin_address(g);
	if (r < 0)
		return failed(h, g, "cannot pin the bridge's address for", r);
	r = link_setup_port(g->conn, &port);
	if (r == -EXFULL)
		return helper_fail(h, EX_FAILED,
				   "bridge '%s' has no free port: it has 1023 already",
				   g->bridge.name);
	if (r < 0)
		return failed(h, g, "cannot plug", r);
	if (up && !port.up)
		r = link_up(g->conn, g->tap.index);
	return r < 0 ? failed(h, g, "cannot bring up", r) : EX_DONE;
}

/* Lets only the rule's addresses in; needs the port on its bridge, and down. */
static int restrict_port(const struct helper *h, struct grant *g)
{
	const struct mac_range *mac = &g->decision.mac;
	const struct link_flags flags = {
		.isolated = g->decision.isolated,
		.locked = mac->bits == 48,
	};
	int r = 0;

	if (flags.isolated || flags.locked)
		r = link_set_flags(g->conn, g->tap.index, &flags);
	if (r == -EOPNOTSUPP)
		return helper_fail(h, EX_FAILED,
				   "%s:%u asks for '%s', which this kernel's bridges do not have "
				   "(Linux %s)",
				   QUOTE(g->decision.file), g->decision.line,
				   flags.locked ? "mac=" : "isolated",
				   flags.locked ? "5.18" : "4.18");
	if (r == 0 && flags.locked)
		r = link_add_fdb(g->conn, g->bridge.index, g->tap.index, mac->addr);
	if (r == -EEXIST && flags.locked)
		return helper_fail(h, EX_FAILED,
				   "%s:%u locks the port to an address that another port of bridge "
				   "'%s', or the host, has",
				   QUOTE(g->decision.file), g->decision.line, g->bridge.name);
	if (r == 0 && mac->bits > 0 && mac->bits < 48)
		r = link_filter_source(g->conn, g->tap.index, mac);
	if (r == -EOPNOTSUPP)
		return helper_fail(
			h, EX_FAILED,
			"%s:%u asks for 'mac=' with a prefix, for which this kernel lacks "
			"sch_ingress or cls_bpf",
			QUOTE(g->decision.file), g->decision.line);
	if (r < 0)
		return failed(h, g, "cannot restrict", r);
	r = link_up(g->conn, g->tap.index);
	return r < 0 ? failed(h, g, "cannot bring up", r) : EX_DONE;
}

/*
 * The caller can stop this process, for days, between the look at the bridge and the deed.
 * A stale MTU would pull the bridge's down, and a stale address would be pinned.
 */
static int look_again(const struct helper *h, struct grant *g)
{
	int r = link_refresh(g->conn, &g->bridge);

	if (r == -ESTALE)
		return helper_fail(h, EX_FAILED, "bridge '%s' has been renamed meanwhile",
				   g->bridge.name);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot look up bridge '%s' again: %s",
				   g->bridge.name, strerror(-r));
	return EX_DONE;
}

/* From here on, closing the tap's descriptor undoes everything. */
static int make_port(const struct helper *h, struct grant *g, int tun, bool vnet_hdr)
{
	bool restricted = g->decision.isolated || g->decision.mac.bits;
	char lock[48];
	int r = tap_create(&g->tap, tun, link_fd(g->conn), "vnet%d", vnet_hdr, h->caller.uid);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot create a tap: %s", strerror(-r));
	alias_format(g->alias, h->caller.uid, h->name, g->decision.file, g->decision.line);
	if (g->decision.limit) {
		r = lock_quota(h, g, lock);
		if (r == EX_DONE)
			r = check_quota(h, g);
	}
	if (r == EX_DONE)
		r = look_again(h, g);
	if (r == EX_DONE)
		r = plug(h, g, !restricted);
	if (r == EX_DONE && g->decision.limit && link_del_altname(g->conn, g->tap.index, lock) < 0)
		r = helper_fail(h, EX_FAILED, "cannot unlock the count of ports");
	if (r == EX_DONE && restricted)
		r = restrict_port(h, g);
	return r;
}

static int give(const struct helper *h, const struct helper_args *args, struct grant *g)
{
	char mac[MAC_TEXT_SIZE], line[1024] = "", what[512];

	if (args->describe)
		snprintf(line, sizeof(line),
			 "interface=%s index=%u mtu=%u mac=%s bridge=%s rule=%s:%u\n", g->tap.name,
			 g->tap.index, g->bridge.mtu, mac_format(mac, g->tap.mac), g->bridge.name,
			 QUOTE(g->decision.file), g->decision.line);
	snprintf(what, sizeof(what), "bridge=%s interface=%s rule=%s:%u", g->bridge.name,
		 g->tap.name, QUOTE(g->decision.file), g->decision.line);
	return helper_hand_over(h, args, &g->tap.fd, 1, line, what);
}

static int run(const struct helper *h, const struct helper_args *args, struct grant *g)
{
	int tun, lowered, r = find_bridge(h, args->bridge, g);

	if (r != EX_DONE)
		return r;
	r = helper_decide(h, &policy_bridge, reader_bridge_path(), args->bridge, &g->decision);
	if (r != EX_DONE)
		return r;
	r = check_bridge(h, args->bridge, g);
	if (r != EX_DONE)
		return r;
	tun = tap_open();
	if (tun < 0)
		return helper_fail(h, EX_FAILED, "cannot open /dev/net/tun: %s%s", strerror(-tun),
				   tun == -EACCES ? "; it has to be mode 0666 (see netgrant check)"
						  : "");
	r = helper_fence(h, seccomp_bridge_helper, ARRAY_LEN(seccomp_bridge_helper));
	if (r != EX_DONE)
		return r;
	if (caps_raise() < 0)
		return helper_fail(h, EX_FAILED, "cannot raise its capabilities");
	r = make_port(h, g, tun, args->use_vnet);
	lowered = caps_lower();
	if (r == EX_DONE && lowered < 0)
		return helper_fail(h, EX_FAILED, "cannot lower its capabilities");
	return r == EX_DONE ? give(h, args, g) : r;
}

int main(int argc, char *argv[])
{
	struct helper h = {
		.name = "bridge-helper",
		.caps = FILECAPS_BRIDGE_HELPER,
		.synopsis = "[--use-vnet] [--describe] --br=BRIDGE --fd=N",
		.options =
			"Puts a new tap on BRIDGE, if bridge.conf allows it to the caller, and sends its\n"
			"descriptor over the unix stream socket N.\n\n"
			"  --br=BRIDGE   the bridge, by the kernel's own name\n"
			"  --fd=N        the socket's descriptor number, above 2\n"
			"  --use-vnet    frames carry the virtio header, if the kernel offers it\n"
			"  --describe    a line of key=value follows the descriptor's byte\n"
			"  --help        this text\n"
			"  --version     the version\n\n"
			"Exit status: 0 done, 1 failed, 2 usage, 3 denied, 4 policy unreadable or wrong,\n"
			"5 installed without the privilege it needs. See bridge-helper(8).\n",
	};
	struct grant g = {.tap.fd = -1};
	struct helper_args args = {.fd = -1};
	int r = helper_begin(&h);

	if (r == EX_DONE)
		r = helper_args(&h, argc, argv, &args);
	if (r == EX_DONE && !args.done)
		r = check_name(&h, args.bridge);
	if (r == EX_DONE && !args.done)
		r = helper_ready(&h, &args);
	if (r == EX_DONE && !args.done)
		r = run(&h, &args, &g);
	/* The end of the process closes the descriptors, and with a refused tap's its device. */
	link_close(g.conn);
	policy_decision_free(&g.decision);
	caller_free(&h.caller);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port.h"

#include "lib/caps.h"
#include "lib/quote.h"
#include "lib/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How long a request waits for another one of the same user that is being counted. */
#define QUOTA_TRIES 2000
#define QUOTA_PAUSE_NS 5000000L

static int failed(const struct helper *h, const struct port *p, const char *what, int err)
{
	const char *words = link_error(p->conn);

	return helper_fail(h, EX_FAILED, "%s '%s' on bridge '%s': %s%s%s", what, p->tap.name,
			   p->bridge.name, strerror(-err), words[0] ? ": " : "", words);
}

int port_connect(const struct helper *h, struct port *p)
{
	int r = caps_raise();

	/* The kernel asks for the capability of whoever made the socket, too. */
	if (r == 0)
		r = link_open(&p->conn);
	if (caps_lower() < 0 || r < 0)
		return helper_fail(h, EX_FAILED, "cannot open a netlink socket: %s",
				   strerror(r < 0 ? -r : EPERM));
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
static int lock_quota(const struct helper *h, struct port *p, char name[48])
{
	const struct timespec pause = {.tv_nsec = QUOTA_PAUSE_NS};
	int r = -EEXIST;

	snprintf(name, 48, "netgrant-quota-%u", h->caller.uid);
	for (unsigned i = 0; i < QUOTA_TRIES && r == -EEXIST; i++) {
		if (i > 0)
			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		r = link_add_altname(p->conn, p->tap.index, name);
	}
	if (r == -EEXIST)
		return helper_fail(h, EX_FAILED,
				   "another request of uid %u holds the lock for 'limit='; is it "
				   "stopped?",
				   h->caller.uid);
	if (r == -EOPNOTSUPP)
		return helper_fail(h, EX_FAILED,
				   "%s:%u asks for 'limit=', which takes Linux 5.5 or later",
				   QUOTE(p->decision.file), p->decision.line);
	return r < 0 ? failed(h, p, "cannot count the ports for", r) : EX_DONE;
}

static int check_quota(const struct helper *h, struct port *p)
{
	uint32_t held;
	int r = count_held(p->conn, p->alias, &held);

	if (r < 0)
		return failed(h, p, "cannot count the ports for", r);
	if (held >= p->decision.limit)
		return helper_deny(h, p->vocab, p->object, &p->decision,
				   "uid %u holds %u of the %u ports it allows", h->caller.uid, held,
				   p->decision.limit);
	return EX_DONE;
}

/* Makes the bridge keep the address that it has. */
static int pin_address(const struct port *p)
{
	struct link_info now;
	int r;

	if (sysfs_address_is_set(p->bridge.name, p->bridge.index))
		return 0;
	/* The address in the bridge's STP identifier is to be had by a message only. */
	r = link_get_index(p->conn, p->bridge.index, &now);
	return r < 0 ? r : link_pin_mac(p->conn, &now);
}

/* Puts the tap on the bridge; up at once, unless flags have to be set before. */
static int plug(const struct helper *h, struct port *p, bool up)
{
	struct link_port port = {
		.index = p->tap.index,
		.master = p->bridge.index,
		.mtu = p->bridge.mtu,
		.alias = p->alias,
		.group = p->group,
		.up = up,
	};
	int r;

	memcpy(port.mac, p->tap.mac, MAC_LEN);
	/* Above every real address, so that no bridge takes it for its own. */
	port.mac[0] = 0xfe;
	memcpy(p->tap.mac, port.mac, MAC_LEN);
	/* Where /proc/sys cannot be written, at least no address may come up. */
	port.no_ipv6_address = sysctl_disable_ipv6(p->tap.name) < 0;
	if (port.no_ipv6_address)
		port.up = false;
	r = pin_address(p);
	if (r < 0)
		return failed(h, p, "cannot pin the bridge's address for", r);
	r = link_setup_port(p->conn, &port);
	if (r == -EXFULL)
		return helper_fail(h, EX_FAILED,
				   "bridge '%s' has no free port: it has 1023 already",
				   p->bridge.name);
	if (r < 0)
		return failed(h, p, "cannot plug", r);
	if (up && !port.up)
		r = link_up(p->conn, p->tap.index);
	return r < 0 ? failed(h, p, "cannot bring up", r) : EX_DONE;
}

/* Lets only the rule's addresses in; needs the port on its bridge, and down. */
static int restrict_port(const struct helper *h, struct port *p)
{
	const struct mac_range *mac = &p->decision.mac;
	const struct link_flags flags = {
		.isolated = p->decision.isolated,
		.locked = mac->bits == 48,
	};
	int r = 0;

	if (flags.isolated || flags.locked)
		r = link_set_flags(p->conn, p->tap.index, &flags);
	if (r == -EOPNOTSUPP)
		return helper_fail(h, EX_FAILED,
				   "%s:%u asks for '%s', which this kernel's bridges do not have "
				   "(Linux %s)",
				   QUOTE(p->decision.file), p->decision.line,
				   flags.locked ? "mac=" : "isolated",
				   flags.locked ? "5.18" : "4.18");
	if (r == 0 && flags.locked)
		r = link_add_fdb(p->conn, p->bridge.index, p->tap.index, mac->addr);
	if (r == -EEXIST && flags.locked)
		return helper_fail(h, EX_FAILED,
				   "%s:%u locks the port to an address that another port of bridge "
				   "'%s', or the host, has",
				   QUOTE(p->decision.file), p->decision.line, p->bridge.name);
	if (r == 0 && mac->bits > 0 && mac->bits < 48)
		r = link_filter_source(p->conn, p->tap.index, mac);
	if (r == -EOPNOTSUPP)
		return helper_fail(
			h, EX_FAILED,
			"%s:%u asks for 'mac=' with a prefix, for which this kernel lacks "
			"sch_ingress or cls_bpf",
			QUOTE(p->decision.file), p->decision.line);
	if (r < 0)
		return failed(h, p, "cannot restrict", r);
	r = link_up(p->conn, p->tap.index);
	return r < 0 ? failed(h, p, "cannot bring up", r) : EX_DONE;
}

/*
 * The caller can stop this process, for days, between the look at the bridge and the deed.
 * A stale MTU would pull the bridge's down, and a stale address would be pinned.
 */
static int look_again(const struct helper *h, struct port *p)
{
	int r = link_refresh(p->conn, &p->bridge);

	if (r == -ESTALE)
		return helper_fail(h, EX_FAILED, "bridge '%s' has been renamed meanwhile",
				   p->bridge.name);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot look up bridge '%s' again: %s",
				   p->bridge.name, strerror(-r));
	return EX_DONE;
}

/* From here on, closing the tap's descriptor undoes everything. */
static int make(const struct helper *h, struct port *p, int tun, bool vnet_hdr)
{
	bool restricted = p->decision.isolated || p->decision.mac.bits;
	char lock[48];
	int r = tap_create(&p->tap, tun, link_fd(p->conn), "vnet%d", vnet_hdr, h->caller.uid);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot create a tap: %s", strerror(-r));
	alias_format(p->alias, h->caller.uid, h->name, p->decision.file, p->decision.line);
	if (p->decision.limit) {
		r = lock_quota(h, p, lock);
		if (r == EX_DONE)
			r = check_quota(h, p);
	}
	if (r == EX_DONE)
		r = look_again(h, p);
	if (r == EX_DONE)
		r = plug(h, p, !restricted);
	if (r == EX_DONE && p->decision.limit && link_del_altname(p->conn, p->tap.index, lock) < 0)
		r = helper_fail(h, EX_FAILED, "cannot unlock the count of ports");
	if (r == EX_DONE && restricted)
		r = restrict_port(h, p);
	return r;
}

static int give(const struct helper *h, const struct helper_args *args, struct port *p)
{
	char mac[MAC_TEXT_SIZE], line[1024] = "", what[512];

	if (args->describe)
		snprintf(line, sizeof(line),
			 "interface=%s index=%u mtu=%u mac=%s bridge=%s rule=%s:%u\n", p->tap.name,
			 p->tap.index, p->bridge.mtu, mac_format(mac, p->tap.mac), p->bridge.name,
			 QUOTE(p->decision.file), p->decision.line);
	snprintf(what, sizeof(what), "bridge=%s interface=%s rule=%s:%u", p->bridge.name,
		 p->tap.name, QUOTE(p->decision.file), p->decision.line);
	return helper_hand_over(h, args, &p->tap.fd, 1, line, what);
}

int port_hand_out(const struct helper *h, const struct helper_args *args, struct port *p,
		  const struct sock_filter *filter, size_t len)
{
	int tun = tap_open(), lowered, r;

	if (tun < 0)
		return helper_fail(h, EX_FAILED, "cannot open /dev/net/tun: %s%s", strerror(-tun),
				   tun == -EACCES ? "; it has to be mode 0666 (see netgrant check)"
						  : "");
	r = helper_fence(h, filter, len);
	if (r != EX_DONE)
		return r;
	if (caps_raise() < 0)
		return helper_fail(h, EX_FAILED, "cannot raise its capabilities");
	r = make(h, p, tun, args->use_vnet);
	if (r == EX_DONE && p->confirm)
		r = p->confirm(h, p);
	lowered = caps_lower();
	if (r == EX_DONE && lowered < 0)
		return helper_fail(h, EX_FAILED, "cannot lower its capabilities");
	return r == EX_DONE ? give(h, args, p) : r;
}

void port_free(struct port *p)
{
	link_close(p->conn);
	policy_decision_free(&p->decision);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port.h"

#include "lib/caps.h"
#include "lib/quote.h"
#include "lib/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int failed(const struct helper *h, const struct port *p, const char *what, int err)
{
	const char *words = link_error(p->conn);

	return helper_fail(h, EX_FAILED, "%s '%s' on bridge '%s': %s%s%s", what, p->tap.name,
			   p->bridge.name, strerror(-err), words[0] ? ": " : "", words);
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
		/* No rule of a network's sees ARP to an address that bridges do not forward. */
		.no_arp = p->group != 0,
	};
	int r;

	/* Above every real address, so that no bridge takes it for its own. */
	p->tap.mac[0] = 0xfe;
	port.mac = p->tap.mac;
	r = device_disable_ipv6(h, &p->tap, &port.no_ipv6_address);
	if (r != EX_DONE)
		return r;
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
	if (r < 0)
		return failed(h, p, "cannot restrict", r);
	if (mac->bits > 0 && mac->bits < 48)
		r = device_filter(h, p->conn, &p->tap, &p->decision);
	if (r != EX_DONE)
		return r;
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
	const struct device_grant grant = {p->vocab, p->object, &p->decision};
	int r = tap_create(&p->tap, tun, link_fd(p->conn), "vnet%d", vnet_hdr ? TAP_VNET_HDR : 0,
			   h->caller.uid);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot create a tap: %s", strerror(-r));
	alias_format(p->alias, h->caller.uid, h->name, p->decision.file, p->decision.line);
	r = device_take_place(h, p->conn, &p->tap, &grant, "ports");
	if (r == EX_DONE)
		r = look_again(h, p);
	if (r == EX_DONE)
		r = plug(h, p, !restricted);
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
	int tun, lowered, r = device_open_tun(h, &tun);

	if (r == EX_DONE)
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

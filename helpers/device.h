/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fresh tap takes, whatever becomes of it. Each function returns EX_DONE, or the exit
 * status after one message on stderr.
 */
#ifndef NETGRANT_DEVICE_H
#define NETGRANT_DEVICE_H

#include "helper.h"

#include "lib/link.h"
#include "lib/tap.h"

/* Is ifname a name for an interface that is to be made, or a pattern: a name with one "%d" that
 * stands for a number? */
NONNULL int device_check_name(const struct helper *h, const char *ifname);
NONNULL bool device_is_pattern(const char *ifname);

/* The name that stands for: of a pattern, one that is free, with a number from *number on, which
 * is the one taken afterwards. Usually the lowest. */
NONNULL int device_pick_name(const struct helper *h, struct link_conn *conn, const char *ifname,
			     unsigned *number, char ret[IFNAME_MAX + 1]);

/* Opens a netlink connection, with the capabilities raised around it. */
NONNULL int device_connect(const struct helper *h, struct link_conn **ret);

/* tap_open(); *ret is the caller's to close. */
NONNULL int device_open_tun(const struct helper *h, int *ret);

/*
 * tap_create() of a tap of several queues, which is root's: tap_set_owner() when it is whole.
 * Anybody could attach to one that has no owner yet (tun_not_capable() of drivers/net/tun.c), and
 * stay; until then it has a name that nobody knows, and one that somebody found all the same is
 * deleted. And the caller, as its owner, could attach to one that is not whole, end us, and
 * have a tap that no limit counts. 0 or -errno; -EAGAIN: somebody was there, try again.
 */
MUST_CHECK NONNULL int device_create_shared(struct link_conn *conn, struct tap *ret, int tun,
					    const char *name, unsigned flags);

/* One that the policy was asked about, and what it answered. */
struct device_grant {
	const struct policy_vocab *vocab;
	const char *object;
	const struct policy_decision *decision;
};

/*
 * Where the rule has a limit=, takes one of its places for the tap, or denies. A place is an
 * alternative name of the tap, "netgrant-limit-UID-RULE-NUMBER": the kernel gives each to one
 * device only, whoever asks at the same time; only CAP_NET_ADMIN can take it away; and it is
 * free again when the device is gone, however it ended. things: "ports".
 */
NONNULL int device_take_place(const struct helper *h, struct link_conn *conn, const struct tap *tap,
			      const struct device_grant *grant, const char *things);

/*
 * Turns IPv6 off on the tap. Where nobody may write /proc/sys, as in some containers, *no_address
 * is for link_setup_port(): the kernel makes no address by itself, but if the tap is brought up on
 * no bridge, router advertisements from its holder give it some.
 */
NONNULL int device_disable_ipv6(const struct helper *h, const struct tap *tap, bool *no_address);

/* Drops what the tap's holder sends from addresses outside the rule's mac=. */
NONNULL int device_filter(const struct helper *h, struct link_conn *conn, const struct tap *tap,
			  const struct policy_decision *d);

#endif

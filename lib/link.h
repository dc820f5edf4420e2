/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network devices over rtnetlink. Everything is asked and done by device index, so that
 * what was checked is what is changed, whatever is renamed in between. link*.c and nft_table.c
 * alone speak netlink (through libnl-3's core; its route library would take longer to load than the
 * helper lives).
 *
 * Functions return 0 or -errno; link_error() then gives the kernel's own words, if any.
 */
#ifndef NETGRANT_LINK_H
#define NETGRANT_LINK_H

#include "alias.h"
#include "compiler.h"
#include "ifname.h"
#include "mac.h"

#include <stdbool.h>
#include <stdint.h>

struct link_conn; /* a netlink socket */

struct link_info {
	unsigned index;
	unsigned master; /* index of the bridge it is a port of; 0: none */
	uint32_t mtu;
	uint8_t mac[MAC_LEN];
	char name[IFNAME_MAX + 1]; /* the kernel's own, never an alternative name */
	char kind[16];             /* "bridge", "tun", …; "" for hardware */
	char alias[ALIAS_SIZE];
	bool isolated, locked, learning; /* of a bridge port */
	uint8_t bridge_id[MAC_LEN];      /* of a bridge: the address in its STP identifier */
	unsigned group;
	bool up;
	bool carrier; /* up, and of a tap: somebody has it open, or says so */
	/* Of a tap of several queues, as Linux 4.18 tells: all zero where it does not. */
	struct {
		uint32_t queues; /* attached and detached ones */
		bool persistent, has_owner, has_group;
		uid_t owner;
	} tap;
};

/* What becomes of a fresh tap, in one message. */
struct link_port {
	unsigned index;
	unsigned master;    /* 0: none */
	uint32_t mtu;       /* 0: as it is */
	const uint8_t *mac; /* of MAC_LEN bytes; NULL: as it is */
	const char *alias;
	unsigned group; /* 0: as it is */
	bool up;
	bool no_ipv6_address; /* the kernel makes none by itself */
	bool no_arp;          /* the host itself hears and answers no ARP there */
};

/* Bridge port flags (linux/if_link.h, IFLA_BRPORT_*). */
struct link_flags {
	bool isolated; /* Linux 4.18: exchanges frames with ports that are not, only */
	bool locked;   /* Linux 5.18: frames from addresses without an entry are dropped */
};

/* Opens a connection in the process's network namespace. Needs CAP_NET_ADMIN effective
 * if anything is to be changed through it. */
MUST_CHECK NONNULL int link_open(struct link_conn **ret);
void link_close(struct link_conn *conn);

/* The connection's descriptor, borrowed: for ioctl(2)s that take any socket. */
NONNULL int link_fd(const struct link_conn *conn);

/* The kernel's explanation of the last error (NLMSGERR_ATTR_MSG), or "". */
NONNULL const char *link_error(const struct link_conn *conn);

/* Looks a device up. The kernel finds it by an alternative name too: compare ret->name.
 * -ENODEV: there is none. */
MUST_CHECK NONNULL int link_get(struct link_conn *conn, const char *name, struct link_info *ret);
/* The same for a name that is too long for a device's own: an alternative one. */
MUST_CHECK NONNULL int link_get_altname(struct link_conn *conn, const char *name,
					struct link_info *ret);
MUST_CHECK NONNULL int link_get_index(struct link_conn *conn, unsigned index,
				      struct link_info *ret);

/*
 * What a helper has to know about a bridge to put a port on it, by ioctls: a fraction of
 * the time that link_get() takes. Fills in index, name, mtu, mac and kind, the latter with
 * "bridge" (what only net/bridge calls itself in ETHTOOL_GDRVINFO) or "". -ENODEV: there
 * is no such device; -ESTALE: names changed meanwhile. On errors *ret is empty.
 */
MUST_CHECK NONNULL int link_find_bridge(struct link_conn *conn, const char *name,
					struct link_info *ret);

/* Is that, of at most IFNAME_MAX bytes, the name or alternative name of a device? By ioctl. 1, 0
 * or -errno. */
MUST_CHECK NONNULL int link_name_taken(struct link_conn *conn, const char *name);

/* Takes MTU and address of a device afresh, by ioctls, which are cheaper than a message.
 * -ESTALE: the device of that index has another name now; -ENODEV: it is gone. */
MUST_CHECK NONNULL int link_refresh(struct link_conn *conn, struct link_info *info);

/* Calls fn for every device. Stops at, and returns, its first result that is not 0. */
typedef int (*link_fn)(const struct link_info *info, void *ctx);
MUST_CHECK int link_each(struct link_conn *conn, link_fn fn, void *ctx);

/* Address, MTU, alias, bridge and state of a device, in the order in which do_setlink()
 * (net/core/rtnetlink.c) takes them: the MTU before the bridge, or the bridge's would fall. */
MUST_CHECK NONNULL int link_setup_port(struct link_conn *conn, const struct link_port *port);

/* Brings a device up. */
MUST_CHECK NONNULL int link_up(struct link_conn *conn, unsigned index);

/* Gives a device, which has to be down, another name. -EEXIST: it is taken. */
MUST_CHECK NONNULL int link_rename(struct link_conn *conn, unsigned index, const char *name);

/* Gives a device another MTU. */
MUST_CHECK NONNULL int link_set_mtu(struct link_conn *conn, unsigned index, uint32_t mtu);

/* Gives a device another alias. */
MUST_CHECK NONNULL int link_set_alias(struct link_conn *conn, unsigned index, const char *alias);

/*
 * Sets a bridge's address to the one it has. From then on the bridge keeps it
 * (NET_ADDR_SET, br_stp_recalculate_bridge_id()), where it would else take the lowest
 * address of its ports. A bridge that never had a port has no address in its STP
 * identifier yet, and br_set_mac_address() puts one there when the address changes only:
 * so such a bridge gets another one first, in the same system call. After an error the
 * connection is of no more use: the second answer is left in it.
 */
MUST_CHECK NONNULL int link_pin_mac(struct link_conn *conn, const struct link_info *bridge);

/* Sets flags of a bridge port and reads them back: kernels ignore those they do not know.
 * -EOPNOTSUPP: this kernel has them not. */
MUST_CHECK NONNULL int link_set_flags(struct link_conn *conn, unsigned index,
				      const struct link_flags *flags);

/* A static forwarding entry: addr is behind port `index` of bridge. An entry that the bridge
 * has learned is replaced. -EEXIST: another port, or the host itself, has it for good. */
MUST_CHECK NONNULL int link_add_fdb(struct link_conn *conn, unsigned bridge, unsigned index,
				    const uint8_t addr[MAC_LEN]);

/* Drops what comes in on the device from a source address outside range. A classic BPF
 * program on its ingress; it goes with the device. -EOPNOTSUPP: the kernel has no
 * sch_ingress or cls_bpf. */
MUST_CHECK NONNULL int link_filter_source(struct link_conn *conn, unsigned index,
					  const struct mac_range *range);

/*
 * Gives the device an alternative name, or takes it away (Linux 5.5). A name can be had
 * once in a network namespace, only with CAP_NET_ADMIN, and goes with its device: a lock
 * that no user can hold and that no crash leaves behind. -EEXIST: somebody has it.
 */
MUST_CHECK NONNULL int link_add_altname(struct link_conn *conn, unsigned index, const char *name);
MUST_CHECK NONNULL int link_del_altname(struct link_conn *conn, unsigned index, const char *name);

#endif

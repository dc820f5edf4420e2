/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_TAP_H
#define NETGRANT_TAP_H

#include "compiler.h"
#include "ifname.h"
#include "mac.h"

#include <stdbool.h>
#include <sys/types.h>

enum tap_flags {
	TAP_VNET_HDR = 1 << 0,    /* frames carry the virtio header, if the kernel offers it
				   * (TUNGETFEATURES), as QEMU expects of --use-vnet */
	TAP_MULTI_QUEUE = 1 << 1, /* tap_add_queue() may follow, and only then */
};

struct tap {
	int fd; /* owned by whoever holds the struct; -1: none */
	char name[IFNAME_MAX + 1];
	unsigned index;
	uint8_t mac[MAC_LEN];
	short flags; /* as the kernel has them, for more queues */
};

/* Opens /dev/net/tun with the caller's own rights. Returns the descriptor, which the
 * caller owns, or -errno. */
MUST_CHECK int tap_open(void);

/*
 * Makes a tap of fd: takes fd, and closes it on failure. pattern is a device name that
 * may hold one %d for the kernel to fill in. flags: enum tap_flags. The
 * device belongs to owner, is down, and disappears with its last descriptor.
 * Needs CAP_NET_ADMIN effective. sock: any socket, borrowed, in whose network namespace
 * the index is looked up. 0 or -errno; -EBUSY: the name, or alternative name, is taken.
 */
MUST_CHECK NONNULL int tap_create(struct tap *ret, int fd, int sock, const char *pattern,
				  unsigned flags, uid_t owner);

/*
 * Makes fd, borrowed and of tap_open(), one more queue of a tap with TAP_MULTI_QUEUE. Needs
 * CAP_NET_ADMIN effective. 0 or -errno; -ESTALE: the name is another device's meanwhile, of
 * which fd may be a queue now: close it.
 */
MUST_CHECK NONNULL int tap_add_queue(const struct tap *tap, int fd);

/* Gives the tap of fd to owner, who can attach to it from then on. 0 or -errno. */
MUST_CHECK int tap_set_owner(int fd, uid_t owner);

/* Makes the tap of fd outlive its descriptors, or not. Takes no capability. 0 or -errno. */
MUST_CHECK int tap_persist(int fd, bool on);

/*
 * Attaches fd, of tap_open() and borrowed, to the tap that has that index. Nobody else can
 * attach to it then, until fd is closed: so this tells whether somebody holds it, and is a lock
 * at the same time. Needs CAP_NET_ADMIN effective. 0; -EBUSY: somebody holds it; -ENODEV: it
 * is gone; other -errno. After -ESTALE, that of a race with a new name, fd is spoilt: close it.
 */
MUST_CHECK int tap_attach(int fd, int sock, unsigned index);

#endif

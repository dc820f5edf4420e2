/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_SYSCTL_H
#define NETGRANT_SYSCTL_H

#include "compiler.h"

#include <stdbool.h>

/*
 * Turns IPv6 off on a device: net.ipv6.conf.NAME.disable_ipv6 = 1. Needs CAP_NET_ADMIN
 * effective, which for /proc/sys/net stands for root (net_ctl_permissions(),
 * net/sysctl_net.c). 0; 0 also where the kernel has no IPv6; -errno. EROFS, EACCES, EPERM:
 * /proc/sys is read-only or not there, as in some containers.
 */
MUST_CHECK NONNULL int sysctl_disable_ipv6(const char *ifname);

/*
 * Was the address of a device set by somebody (NET_ADDR_SET), so that a bridge keeps it?
 * Read from /sys/class/net, which may show another network namespace than ours: index is
 * compared. false also when it cannot be told.
 */
MUST_CHECK NONNULL bool sysfs_address_is_set(const char *ifname, unsigned index);

#endif

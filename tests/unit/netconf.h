/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks made by hand, for tests of what is written for dnsmasq. */
#ifndef NETGRANT_TEST_NETCONF_H
#define NETGRANT_TEST_NETCONF_H

#include "network/config.h"

/* By name: "plain" (NAT, 192.168.22.1/24, DHCP, DNS), "full" (every value), "isolated",
 * "static" (no ranges, only hosts), "quiet" (nothing to serve), "ids" (hosts known by id).
 * The lists are static and the next call's, too. false: no such network. */
bool netconf(const char *name, struct net_config *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dnsmasq's file of leases. Pure: text in, structs out. Guests choose the names and
 * identifiers in it. */
#ifndef NETGRANT_NETWORK_LEASES_H
#define NETGRANT_NETWORK_LEASES_H

#include "network/config.h"

struct net_lease {
	struct net_ip ip;
	bool has_mac; /* DHCPv4 over Ethernet */
	uint8_t mac[MAC_LEN];
	uint32_t iaid;    /* DHCPv6 */
	const char *name; /* in the file's text, not terminated: [A-Za-z0-9_.-] only */
	size_t name_len;  /* 0: none */
	const char *id;   /* client identifier or DUID, "01:52:54:…": hex digits and ':' only */
	size_t id_len;    /* 0: none */
	uint64_t expires; /* seconds since 1970; 0: never */
};

/* All zeros but text and len to begin with; text has to outlive the leases. */
struct net_leases {
	const char *text;
	size_t len;
	size_t at;
	size_t malformed; /* lines so far that are no lease, and were passed over */
};

/* The next lease of the file; false: there are no more. *ret lives as long as the text. */
MUST_CHECK NONNULL bool net_leases_next(struct net_leases *leases, struct net_lease *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of netgrant-switch. */
#ifndef NETGRANT_SWITCH_OPTIONS_H
#define NETGRANT_SWITCH_OPTIONS_H

#include "unpriv/wire/endpoint.h"

#include <stdint.h>

#define OPTIONS_ENDPOINTS 1024
#define OPTIONS_ALLOW 64

/* Addresses that may be peers; IPv4 ones are in their IPv6 form. */
struct cidr {
	uint8_t addr[16];
	unsigned bits;
};

struct options {
	struct endpoint *endpoint; /* as many as the command line could have */
	unsigned endpoints;
	struct cidr allow[OPTIONS_ALLOW];
	unsigned allows;
	bool hub;
	uint32_t age;      /* seconds */
	size_t queue;      /* bytes a port */
	unsigned max_peers; /* clients of all listeners together */
	const char *pcap, *control; /* paths; NULL: none */
	int ready_fd, exit_with; /* -1: none */
};

/* Reads the command line. EX_DONE; EX_USAGE_ERR after a message; or -1, when --help or --version
 * was all that was asked for. */
MUST_CHECK NONNULL int options_parse(int argc, char *const argv[], struct options *ret);

/* May that address be a peer? Always where it is no IP address, or nothing is said. */
MUST_CHECK NONNULL bool options_allow(const struct options *o, const struct endpoint_addr *addr);

/* "netgrant-switch: TEXT" on stderr; returns status. */
NONNULL PRINTF(2, 3) int say(int status, const char *fmt, ...);

#endif

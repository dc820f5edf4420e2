/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of netgrant-slirp. */
#ifndef NETGRANT_SLIRP_OPTIONS_H
#define NETGRANT_SLIRP_OPTIONS_H

#include "forward.h"
#include "lib/compiler.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_ERROR 512
#define OPTIONS_SEARCH 16
#define OPTIONS_FORWARDS 64

struct options {
	/* The guest's side, as wire/endpoint.h reads it: "fd:3", "listen:unix:PATH", ... */
	char guest[256];
	/* Or a tap, and the namespace that it is in; NULL: ours. */
	const char *tap, *netns;
	bool once, help, version;
	/* The network; addresses in network byte order. */
	bool ipv4, ipv6;
	struct in_addr net, mask, host, dns, dhcpstart, smb_server;
	struct in6_addr net6, host6, dns6;
	uint8_t prefix6;
	unsigned mtu;
	/* What the guest is told, and what it is offered. */
	const char *hostname, *domain, *search[OPTIONS_SEARCH + 1];
	const char *tftp, *tftp_server_name, *bootfile, *smb;
	bool restricted, loopback;
	struct forward forward[OPTIONS_FORWARDS];
	unsigned forwards;
	/* Whoever started it. */
	const char *control;
	int ready_fd, exit_with; /* -1: none */
};

/* Reads the command line; what is not there gets the value that QEMU's has. 0, or -EINVAL and a
 * message that names the option and what would be right. Borrows argv's strings. */
MUST_CHECK NONNULL int options_parse(struct options *ret, int argc, char *const argv[],
				     char error[OPTIONS_ERROR]);

/* The text of --help. */
const char *options_help(void);

#endif

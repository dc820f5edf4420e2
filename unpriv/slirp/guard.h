/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps the guest from the host's own loopback. libslirp has an option for that
 * (disable_host_loopback), which is not used: with it, a guest's answers to datagrams that
 * came from the loopback by a forward are lost, and it does not know 127.0.0.1, 0.0.0.0 and ::1
 * where a guest writes these themselves (4.7.0, sotranslate_out() in src/socket.c). Its names
 * for the loopback are the router's address and 255.255.255.255; in IPv6, its whole network and
 * ff02::1. There a guest can begin nothing here, and only answer.
 *
 * MUST: judge by what the library judges by, that is, neither by options nor by extension
 * headers, of which it ignores the first and knows none of the second.
 * MUST: refuse fragments, which it puts together, to these addresses.
 */
#ifndef NETGRANT_SLIRP_GUARD_H
#define NETGRANT_SLIRP_GUARD_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Datagrams from the loopback that the guest may still answer. */
#define GUARD_PEERS 256

struct guard {
	bool loopback; /* --allow-host-loopback: all may pass */
	/* In the order of bytes on the wire. */
	uint8_t host[4], net6[8], host6[16], dns6[16];
	struct guard_peer {
		uint8_t ports[4]; /* the host's, the guest's */
		bool ipv6;
	} peer[GUARD_PEERS];
	unsigned next;
};

/* May the guest's frame come to the library? */
NONNULL bool guard_allows(const struct guard *g, const uint8_t *frame, size_t len);

/* A frame goes to the guest: one that it may answer is remembered. */
NONNULL void guard_note(struct guard *g, const uint8_t *frame, size_t len);

#endif

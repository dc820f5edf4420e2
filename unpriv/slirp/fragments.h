/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments of IPv4 datagrams become whole before libslirp sees them: its own ip_reass() (4.7.0, in
 * Debian 12) crashes when a datagram's last fragment is there before all others are. They have to
 * come in order, as the guest's system sends them: nothing on the way changes that. Pure.
 */
#ifndef NETGRANT_SLIRP_FRAGMENTS_H
#define NETGRANT_SLIRP_FRAGMENTS_H

#include "lib/compiler.h"

#include <stddef.h>
#include <stdint.h>

#define FRAGMENTS_DATAGRAMS 4u             /* in pieces at a time; the oldest one gives way */
#define FRAGMENTS_FRAME_MAX (14u + 65535u) /* of an Ethernet frame with the longest packet */

struct fragments {
	struct fragments_datagram {
		size_t len; /* of the frame, so far; 0: this place is free */
		uint64_t turn;
		uint8_t frame[FRAGMENTS_FRAME_MAX];
	} datagram[FRAGMENTS_DATAGRAMS];
	uint64_t turn;
};

enum fragments_what {
	FRAGMENTS_NONE,    /* it is no fragment */
	FRAGMENTS_KEPT,    /* it is, and more have to come */
	FRAGMENTS_DROPPED, /* it is, but no good one, or not the next */
	FRAGMENTS_WHOLE,   /* it was the last one */
};

/* Takes note of an Ethernet frame of len bytes. FRAGMENTS_WHOLE: *retframe, of *retlen bytes, is
 * the whole datagram's, valid until the next call. Begins as all zero. */
MUST_CHECK NONNULL enum fragments_what fragments_add(struct fragments *f, const uint8_t *frame,
						     size_t len, const uint8_t **retframe,
						     size_t *retlen);

#endif

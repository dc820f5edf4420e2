/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's side: frames from and to one emulator, many with each system call. */
#ifndef NETGRANT_SLIRP_LINK_H
#define NETGRANT_SLIRP_LINK_H

#include "lib/compiler.h"
#include "unpriv/wire/endpoint.h"
#include "unpriv/wire/framing.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct link {
	int listener; /* -1: none */
	int fd;       /* -1: no emulator is there */
	enum endpoint_socket what;
	size_t vnet_hdr;             /* of a tap: bytes in front of each frame */
	bool broken;                 /* the stream cannot be followed any further */
	struct endpoint_addr remote; /* of datagrams */
	bool joined;                 /* connected to it for a while */
	struct framing framing;
	uint8_t *in;
	uint8_t *out; /* frames, each behind its length */
	size_t out_used, out_sent;
	uint64_t frames_in, frames_out, bytes_in, bytes_out, dropped;
};

/* What is done with a frame; it stays where it is until link_receive() returns. */
typedef void (*link_frame_fn)(void *ctx, const uint8_t *frame, size_t len);

/* Takes the descriptor of an open endpoint. remote: where datagrams go if the socket is not
 * connected; NULL otherwise. 0 or -errno. */
MUST_CHECK __attribute__((nonnull(1, 2))) int link_init(struct link *l,
							const struct endpoint_open *open,
							const struct endpoint_addr *remote);

void link_free(struct link *l);

/* What to wait for; false: nothing. */
NONNULL bool link_wants(const struct link *l, struct pollfd *ret);

/* Accepts an emulator where none is there; a second one is turned away. */
NONNULL void link_accept(struct link *l);

/* Reads once, and hands on the frames that came. false: the emulator has gone. */
MUST_CHECK NONNULL bool link_receive(struct link *l, link_frame_fn each, void *ctx);

/* Puts a frame behind those that wait; dropped where an emulator that does not read has let
 * too many wait, and where there is none. Borrows. */
NONNULL void link_send(struct link *l, const uint8_t *frame, size_t len);

/* Writes what waits, as far as it goes. */
NONNULL void link_flush(struct link *l);

/* Does the emulator not take what waits for it? */
static inline bool link_is_blocked(const struct link *l)
{
	return l->out_used != l->out_sent;
}

/* Lets the emulator go. */
NONNULL void link_hang_up(struct link *l);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames in a byte stream as QEMU's -netdev socket and stream have them: a length of four
 * bytes, big-endian, then the frame (net/net.c, net_fill_rstate()). Incremental and bounded:
 * the caller reads as much as it likes into a buffer that ports may share; what is kept
 * between two reads is one incomplete frame.
 *
 *	n = framing_space(&f, iov, buf, size);
 *	got = readv(fd, iov, n);
 *	framing_received(&f, buf, got);
 *	while ((r = framing_next(&f, &frame)) > 0)
 *		...
 */
#ifndef NETGRANT_FRAMING_H
#define NETGRANT_FRAMING_H

#include "lib/compiler.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define FRAME_HEAD 4             /* bytes of the length in front of a frame */
#define FRAME_MIN 14             /* an Ethernet header */
#define FRAME_MAX (4096 + 65536) /* QEMU's NET_BUFSIZE: it ends a connection that sends more */

/* len bytes at `at`; the FRAME_HEAD bytes before it hold the length, as on the wire, so that
 * a run of frames can be passed on as it came. */
struct frame {
	const uint8_t *at;
	uint32_t len;
};

struct framing {
	uint8_t *body;       /* a frame of which a part has come, with its length; malloc'ed */
	uint32_t have, want; /* bytes of body */
	uint8_t head[FRAME_HEAD];
	uint32_t heads; /* bytes of a length that is not complete */
	uint8_t *done;  /* a body that this read completed */
	uint32_t done_len;
	const uint8_t *at, *end; /* what of the read is not parsed yet */
	uint64_t runts;          /* frames of less than FRAME_MIN bytes, passed over */
};

/* Starts a stream; all zeros is the same. */
NONNULL void framing_init(struct framing *f);

/* Frees what is kept. */
NONNULL void framing_free(struct framing *f);

/* Where the next bytes belong: fills iov[0..n) and returns n, 1 or 2. buf[0..size) is the
 * caller's, size > FRAME_HEAD. Frames that framing_next() gave before are gone. */
NONNULL int framing_space(struct framing *f, struct iovec iov[2], uint8_t *buf, size_t size);

/* n bytes have come there. buf is the one that framing_space() was given. */
NONNULL void framing_received(struct framing *f, const uint8_t *buf, size_t n);

/* The next whole frame, FRAME_MIN to FRAME_MAX bytes, in buf or in memory of f's; valid until
 * framing_space(). 1; 0: no more, read on; -EBADMSG: a longer one (the stream cannot be
 * followed any further), -ENOMEM. */
MUST_CHECK NONNULL int framing_next(struct framing *f, struct frame *ret);

/* Writes the length in front of a frame. */
static inline void framing_head(uint8_t head[FRAME_HEAD], uint32_t len)
{
	head[0] = (uint8_t)(len >> 24);
	head[1] = (uint8_t)(len >> 16);
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)len;
}

/* Reads it. */
static inline uint32_t framing_len(const uint8_t head[FRAME_HEAD])
{
	return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
}

#endif

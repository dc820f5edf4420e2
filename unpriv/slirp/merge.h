/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segments of one TCP connection that come one behind the other become one, before libslirp
 * sees them: it then checks, acknowledges and writes once for up to 64 KiB. A checksum is not
 * computed anew but from those of the segments, so that one that was wrong makes the whole
 * wrong, and libslirp drops it. Pure.
 */
#ifndef NETGRANT_SLIRP_MERGE_H
#define NETGRANT_SLIRP_MERGE_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERGE_MAX (14 + 40 + 65535)

struct merge {
	const uint8_t *first; /* the frame that was begun with; NULL: none is held */
	size_t first_len;
	size_t head;      /* bytes before the payload */
	size_t len;       /* of the whole, so far */
	uint32_t payload; /* the sum of all payload, not folded */
	uint32_t next;    /* the sequence number that goes on */
	uint8_t flags;    /* PSH, if any had it */
	bool ipv6;
	uint8_t buf[MERGE_MAX + 1];
};

/* Takes the frame: it has to stay as it is until merge_take(). false: it does not go on with
 * what is held, or can never be merged; what is held comes first, then call again, or pass it
 * by where merge_holds() is false. */
MUST_CHECK NONNULL bool merge_add(struct merge *m, const uint8_t *frame, size_t len);

static inline bool merge_holds(const struct merge *m)
{
	return m->first != NULL;
}

/* What is held, as one frame, valid until the next merge_add(). Holds nothing from then on. */
NONNULL const uint8_t *merge_take(struct merge *m, size_t *retlen);

#endif

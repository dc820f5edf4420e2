/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a port could not send yet, bounded: frames with their lengths in front of them, as a
 * stream has them. Pure but for malloc(3).
 */
#ifndef NETGRANT_BACKLOG_H
#define NETGRANT_BACKLOG_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct backlog_block;

struct backlog {
	struct backlog_block *first, *last;
	size_t bytes;
};

/* Appends bytes that belong together (a frame, or the rest of one). false: no memory. */
MUST_CHECK NONNULL bool backlog_add(struct backlog *b, const uint8_t *bytes, size_t len);

/* The oldest bytes, at most n pieces; returns how many. They stay where they are until
 * backlog_sent(). */
NONNULL unsigned backlog_pieces(const struct backlog *b, struct iovec *iov, unsigned n);

/* The oldest piece that was added, whole: of a backlog of frames, its first frame with its
 * length. NULL: it is empty. */
NONNULL const uint8_t *backlog_first(const struct backlog *b);

/* The oldest bytes are gone. */
NONNULL void backlog_sent(struct backlog *b, size_t bytes);

/* All are. */
NONNULL void backlog_clear(struct backlog *b);

#endif

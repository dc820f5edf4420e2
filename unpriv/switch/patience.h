/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a sender may be kept waiting for a receiver that is slower than it. Nothing is lost
 * on streams where one talks to one; and who does not read, or reads drop by drop, costs the
 * others nothing. Both by two rules:
 *
 * - A sender waits only for the port that nearly all of its frames go to (struct flow); or, where
 *   they go to all, for as long as most ports lag behind. Who talks to several is never kept
 *   waiting for one of them, which loses frames instead.
 * - A receiver has PATIENCE_US of waiting to spend, and earns more by what it reads
 *   (PATIENCE_RATE). When it is spent, nobody waits for it until it has read all it has.
 *
 * Pure: the caller brings the time, in microseconds.
 */
#ifndef NETGRANT_PATIENCE_H
#define NETGRANT_PATIENCE_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_US 1000000
#define PATIENCE_RATE 1 /* bytes that earn a microsecond: 1 MB/s keeps a sender for ever */

/* Of a receiver. All zeros: has just begun. */
struct patience {
	int64_t spent;  /* microseconds */
	uint64_t since; /* somebody waits since then; 0: nobody */
	bool given_up;
};

/* Of a sender: where its bytes went lately. All zeros: nowhere. */
struct flow {
	int main; /* port, or FLOW_ALL */
	uint32_t to_main, to_others;
};

enum {
	FLOW_NONE = -1,
	FLOW_ALL = -2,
};

/* len bytes went to a port, or to all. */
NONNULL void flow_add(struct flow *f, int to, uint32_t len);

/* Whom the sender may wait for: a port, FLOW_ALL, or FLOW_NONE. */
NONNULL int flow_only(const struct flow *f);

/* May somebody wait for the receiver, from now on? */
MUST_CHECK NONNULL bool patience_begin(struct patience *p, uint64_t now);

/* It has read so many bytes; left: that it has still to read. */
NONNULL void patience_read(struct patience *p, uint64_t bytes, uint64_t left);

/* Is it still worth waiting? If not, it has been given up. */
MUST_CHECK NONNULL bool patience_goes_on(struct patience *p, uint64_t now);

/* Nobody waits any more. */
NONNULL void patience_end(struct patience *p, uint64_t now);

#endif

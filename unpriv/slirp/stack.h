/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libslirp, and the loop's share in it: timers, descriptors, frames. The one file that knows
 * the library. */
#ifndef NETGRANT_SLIRP_STACK_H
#define NETGRANT_SLIRP_STACK_H

#include "forward.h"
#include "link.h"
#include "merge.h"
#include "options.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct stack;

/* One stack for one guest, which is behind link. Borrows both. 0 or -errno; -EPROTO is a library
 * older than 4.7. */
MUST_CHECK NONNULL int stack_new(const struct options *o, struct link *link, struct stack **ret);

void stack_free(struct stack *s);

/* A frame from the guest: a link_frame_fn. Several may be held back until stack_input_done(). */
NONNULL void stack_input(void *stack, const uint8_t *frame, size_t len);
NONNULL void stack_input_done(struct stack *s);

/* What poll(2) has to know: fds, which grows as it must, gets room for `own` descriptors of the
 * loop's at its beginning, and behind them those of the stack; *retn: of all. timeout_ms is
 * made less where a timer needs it. idle: nothing may come in from outside for now. */
NONNULL struct pollfd *stack_prepare(struct stack *s, size_t own, bool idle, size_t *retn,
				     int *timeout_ms);

/* After poll(2). */
NONNULL void stack_dispatch(struct stack *s);

/* There is no descriptor left, or was not a moment ago: nobody can be accepted. */
NONNULL bool stack_is_starved(const struct stack *s);

/* Adds and removes a forward. 0 or -errno. path: for a guest forward, of the socket to which
 * its connections go. */
MUST_CHECK __attribute__((nonnull(1, 2))) int stack_add(struct stack *s, const struct forward *f,
							const char *path);
MUST_CHECK NONNULL int stack_remove(struct stack *s, const struct forward *f);

/* The library's table of connections, malloc'ed; NULL: no memory. */
NONNULL char *stack_flows(struct stack *s);

#endif

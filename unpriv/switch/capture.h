/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in, to a pcapng file: each frame once, on the interface that its port is. */
#ifndef NETGRANT_CAPTURE_H
#define NETGRANT_CAPTURE_H

#include "unpriv/wire/framing.h"

struct capture;

/* Creates the file (mode 0600, and nothing else is made empty), or takes an existing FIFO. NULL,
 * and errno. */
NONNULL struct capture *capture_open(const char *path);

/* Notes a frame that a port received; *interface: where the port keeps its number in the file,
 * CAPTURE_NONE at first. After an error of the file, nothing is written any more
 * (capture_lost()). */
#define CAPTURE_NONE UINT32_MAX
NONNULL void capture_frame(struct capture *c, uint32_t *interface, const char *name,
			   const struct frame *frame);

/* Writes what was noted. */
NONNULL void capture_flush(struct capture *c);

/* Frames that the file did not get, and the error that ended it (0: none). */
NONNULL uint64_t capture_lost(const struct capture *c, int *reterror);

NONNULL void capture_close(struct capture *c);

#endif

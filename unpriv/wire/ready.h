/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a launcher hands to a program of the data plane, by descriptor. */
#ifndef NETGRANT_WIRE_READY_H
#define NETGRANT_WIRE_READY_H

#include "lib/compiler.h"

#include <stdbool.h>

/* Reads the number of an inherited descriptor, 3 or more, that has to be open; from then on it
 * is closed on exec. 0 and *ret, or -EINVAL (no such number), -EBADF (not open). */
MUST_CHECK NONNULL int ready_fd_parse(const char *text, int *ret);

/* How many listening sockets systemd passed (sd_listen_fds(3)), from READY_FIRST_FD on; they
 * and no later child have them. 0 where none were meant for this process. */
#define READY_FIRST_FD 3
int ready_listen_fds(void);

/* Tells whoever waits at the other end of fd that all is open: one newline, then closes it,
 * which it does whatever happened. 0 or -errno. */
MUST_CHECK int ready_notify(int fd);

/* Reads away what came on the descriptor of --exit-with. Has its other end closed? Borrows. */
bool ready_gone(int fd);

#endif

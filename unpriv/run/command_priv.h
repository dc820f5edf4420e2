/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reading and writing the emulator's command line share. */
#ifndef NETGRANT_COMMAND_PRIV_H
#define NETGRANT_COMMAND_PRIV_H

#include "run.h"

enum what { FD, FDS, VHOSTFDS, IFNAME, MAC, SOCKET, WHATS };

/* Is text a placeholder, and whose? {fd} is {fd0}. Other braces are the emulator's. Its length,
 * or 0. */
NONNULL size_t command_placeholder(const char *text, enum what *retwhat, uint64_t *retnumber);

/* The NIC of that number, or NULL. */
NONNULL struct port *command_nic(struct run *run, uint64_t number);

/* Does a helper hand out a tap for it? */
NONNULL bool command_is_tap(const struct nic *nic);

#endif

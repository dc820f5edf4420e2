/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames of the guest's must not come to libslirp, whatever its own options say. With
 * disable_host_loopback it refuses the names that it gives the host's loopback (10.0.2.2), but
 * connects to 127.0.0.1, 0.0.0.0 and ::1 where a guest writes these themselves (4.7.0,
 * sotranslate_out() in src/socket.c).
 */
#ifndef NETGRANT_SLIRP_GUARD_H
#define NETGRANT_SLIRP_GUARD_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* May the frame pass? loopback: --allow-host-loopback. Pure. */
NONNULL bool guard_allows(const uint8_t *frame, size_t len, bool loopback);

#endif

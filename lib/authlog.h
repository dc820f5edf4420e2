/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line to the system's log, facility authpriv. Not syslog(3): that reads the time
 * zone, connects again by itself behind the fence, and waits without end for a logger that
 * does not read. A logger adds the time where the line has none (RFC 3164 4.3.2).
 */
#ifndef NETGRANT_AUTHLOG_H
#define NETGRANT_AUTHLOG_H

#include "compiler.h"

/* Connects to /dev/log. Returns a descriptor that the caller owns, or -errno:
 * nobody logs, or it could not be asked. */
MUST_CHECK int authlog_open(void);

/* Sends "ident[pid]: text", waiting a second at most; bytes that are no printable ASCII
 * are escaped. Borrows fd; a negative one is ignored. What cannot be sent is lost. */
NONNULL void authlog_send(int fd, const char *ident, const char *text);

#endif

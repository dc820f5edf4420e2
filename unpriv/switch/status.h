/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the switch says of itself. */
#ifndef NETGRANT_SWITCH_STATUS_H
#define NETGRANT_SWITCH_STATUS_H

#include "switch.h"

#include <stdio.h>

/* For people. */
NONNULL void status_text(const struct sw *sw, FILE *out);

/* Answers a request of the control socket, "status" or "json"; ctx is the struct sw. */
MUST_CHECK NONNULL bool status_answer(void *ctx, const char *request, FILE *out);

#endif

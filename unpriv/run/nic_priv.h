/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_NIC_PRIV_H
#define NETGRANT_NIC_PRIV_H

#include "nic.h"

/* Writes the error; returns -EINVAL. */
NONNULL PRINTF(2, 3) int nic_wrong(struct nic_error *e, const char *fmt, ...);

#endif

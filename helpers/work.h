/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing work to network-worker: a program without any privilege of its own, which gets
 * that of the helper. Environment, arguments and descriptors are made here: what it says is
 * passed on, and of the caller's limits and priority only those go with it that harm nobody.
 */
#ifndef NETGRANT_WORK_H
#define NETGRANT_WORK_H

#include "helper.h"

/* Closes inherited descriptors, opens the log. EX_DONE, or the status after a message. */
NONNULL int work_prepare(struct helper *h);

/*
 * Runs network-worker with argv as uid 0, with the kept capabilities, in a session of its
 * own, where no signal of the caller or the caller's terminal reaches it; returns its exit
 * status. The process itself keeps ids and capabilities.
 */
NONNULL int work_run(const struct helper *h, const char *const argv[]);

/* Becomes network-worker, as the caller and, unless that is root, with no capability. Returns
 * after an error only. */
NONNULL int work_exec(const struct helper *h, const char *const argv[]);

#endif

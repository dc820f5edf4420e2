/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing work to network-worker and ifup-worker: programs without any privilege of their own,
 * which get that of the helper. Environment, arguments and descriptors are made here: what it says
 * is passed on, and of the caller's limits and priority only those go with it that harm nobody.
 */
#ifndef NETGRANT_WORK_H
#define NETGRANT_WORK_H

#include "helper.h"

#include <sys/types.h>

/* Closes inherited descriptors, opens the log. EX_DONE, or the status after a message. */
NONNULL int work_prepare(struct helper *h);

/*
 * Runs network-worker with argv as uid 0, with the kept capabilities, in a session of its
 * own, where no signal of the caller or the caller's terminal reaches it; returns its exit
 * status. The process itself keeps ids and capabilities.
 */
NONNULL int work_run(const struct helper *h, const char *const argv[]);

#define WORK_FDS_MAX 4

struct work {
	const char *program; /* its path */
	const char *const *argv;
	const int *fds; /* borrowed; the worker has them as 3, 4, … */
	size_t nfds;
	bool any_nice; /* it makes nobody but the caller wait, however slow it is */
};

/* Starts a worker in the same way, and does not wait. EX_DONE: *heard, the caller's, is where
 * what it says comes out. */
NONNULL int work_start(const struct helper *h, const struct work *w, pid_t *pid, int *heard);

/* Passes on what it has to say, until it has closed its end; or there is no more, where fd does
 * not block. */
void work_relay(int fd);

/* Its exit status, once it has ended. */
NONNULL int work_wait(const struct helper *h, pid_t pid);

/* Becomes network-worker, as the caller and, unless that is root, with no capability. Returns
 * after an error only. */
NONNULL int work_exec(const struct helper *h, const char *const argv[]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tap of another network namespace. */
#ifndef NETGRANT_SLIRP_NETNS_H
#define NETGRANT_SLIRP_NETNS_H

#include "lib/compiler.h"

#define NETNS_ERROR 512

/*
 * Opens the tap `name`, which is made where there is none, in a network namespace: netns is a
 * process number or the path of a namespace's file, NULL is the caller's own. Whoever made the
 * user namespace that it belongs to may (user_namespaces(7), "a process ... has all
 * capabilities in the namespace" whose owner it is); the caller itself stays where it is. Has to
 * be called while there is one thread. Returns the descriptor, or -errno and what is wrong.
 *
 * retprocess: a descriptor that polls as readable once the process netns has ended, or -1 where
 * it is no process. The tap itself would not tell: it keeps the namespace.
 */
MUST_CHECK __attribute__((nonnull(2, 3, 4))) int netns_tap(const char *netns, const char *name,
							   int *retprocess,
							   char error[NETNS_ERROR]);

#endif

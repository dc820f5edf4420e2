/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders and links on the way to a file, for questions about who may do what to it. */
#ifndef NETGRANT_CHAIN_H
#define NETGRANT_CHAIN_H

#include "lib/compiler.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/* One step; last: it is what the path names, and no link. A result other than 0 ends the
 * walk. */
typedef int (*chain_fn)(void *ctx, const char *path, const struct stat *st, bool last);

/* Calls fn for "/", and for every folder and link on the way to path (absolute), the
 * targets of links included. 0, fn's result, or -errno with the culprit in retpath. */
MUST_CHECK NONNULL int chain_walk(const char *path, chain_fn fn, void *ctx, char retpath[PATH_MAX]);

/*
 * May everybody read the file? 1; 0 with what is in the way in retpath: a file or folder
 * whose owner, group or others lack the right, or that has an access control list, which
 * may take it from anybody; or -errno with the culprit in retpath.
 */
MUST_CHECK NONNULL int chain_readable_by_all(const char *path, char retpath[PATH_MAX]);

#endif

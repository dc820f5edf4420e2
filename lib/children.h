/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_CHILDREN_H
#define NETGRANT_CHILDREN_H

#include "compiler.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * The children of this process, which has one thread: for a subreaper, sooner or later all that it
 * has started. Writes up to max of them to ret, from the first 4 kB of the list: ask again when
 * these are gone. Returns how many, or -errno: nobody can tell. -ENOENT: the kernel has no such
 * list (proc(5), /proc/PID/task/TID/children).
 */
MUST_CHECK NONNULL ssize_t children_list(pid_t *ret, size_t max);

#endif

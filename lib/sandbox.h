/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fence: from sandbox_enter() on, the process can make no system call outside its
 * program's list, with the arguments the list allows; any other ends it (SIGSYS). Where the
 * list is of what is refused, that fails (EPERM), also behind an execve(2).
 * policy/seccomp/profiles.c holds the lists; they are compiled when the project is built,
 * because libseccomp takes longer to do so than a helper lives.
 */
#ifndef NETGRANT_SANDBOX_H
#define NETGRANT_SANDBOX_H

#include "compiler.h"

#include <linux/filter.h>
#include <stddef.h>

/* Loads a compiled filter; no_new_privs must be set. 0 or -errno. In a build without
 * seccomp (--disable-seccomp, AddressSanitizer) it does nothing and returns 0. */
MUST_CHECK NONNULL int sandbox_enter(const struct sock_filter *filter, size_t len);

/*
 * Loads a filter that has calls told (SECCOMP_RET_USER_NOTIF): returns the descriptor, the
 * caller's, by which they come and are answered; once it is closed they fail (ENOSYS). Or
 * -errno, and nothing is told. -EINVAL: Linux before 5.7; -EBUSY: somebody, a container's runtime
 * perhaps, is told of this process's calls already; -ENOSYS: a build without seccomp.
 */
MUST_CHECK NONNULL int sandbox_listen(const struct sock_filter *filter, size_t len);

#endif

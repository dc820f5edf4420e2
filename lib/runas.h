/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Becoming a user of the system's own for good, with a few capabilities: for what is executed
 * next. Users are looked up in /etc/passwd and /etc/group only: they are to be root's
 * choice, and never a matter of a server that may not answer.
 */
#ifndef NETGRANT_RUNAS_H
#define NETGRANT_RUNAS_H

#include "compiler.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RUNAS_GROUPS_MAX 64

struct runas {
	uid_t uid;
	gid_t gid;
	gid_t groups[RUNAS_GROUPS_MAX]; /* supplementary */
	size_t ngroups;
};

/* Looks up a user by name or number. 1: found; 0: there is none; -E2BIG: in more groups than
 * there is room for; other -errno. */
MUST_CHECK NONNULL int runas_find(const char *user, struct runas *ret);

/*
 * Becomes that user: all ids, its groups and no other; permitted, inheritable and ambient are
 * the capabilities of the mask, so that a program executed now has these. uid 0 has them, too,
 * and no more, if no_new_privs is set (cap_bprm_creds_from_file(), security/commoncap.c).
 * Needs CAP_SETUID and CAP_SETGID effective, and those of the mask permitted. 0 or -errno;
 * after an error the process must end.
 */
MUST_CHECK NONNULL int runas_become(const struct runas *u, uint64_t caps);

#endif

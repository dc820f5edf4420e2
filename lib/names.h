/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of users and groups. Two implementations, chosen at link time, that give the same
 * answers:
 *
 *   names_nss.c    asks the C library, which may load any module that nsswitch.conf(5)
 *                  names. For programs without privilege.
 *   names_files.c  reads /etc/passwd and /etc/group, and where nsswitch.conf names other
 *                  databases too, asks the program name-lookup. For the helpers: they are
 *                  linked statically, because loading a C library takes as long as all of
 *                  their own work, and no module is loaded beside their privilege.
 *
 * Each returns 1 (found), 0 (there is none of that name) or -errno: it cannot be told. The
 * last two must not be confused, or a deny could be made to vanish. -EAGAIN is none of these
 * errors: lib/caller.h has a meaning of its own for it.
 */
#ifndef NETGRANT_NAMES_H
#define NETGRANT_NAMES_H

#include "compiler.h"

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>

/* What each returns for err. */
static inline int names_error(int err)
{
	return err == -EAGAIN ? -EBUSY : err;
}

MUST_CHECK NONNULL int names_uid(const char *name, uid_t *ret);
MUST_CHECK NONNULL int names_gid(const char *name, gid_t *ret);

/* The name of a user or group, cut to size - 1 bytes. */
MUST_CHECK NONNULL int names_user(uid_t uid, char *buf, size_t size);
MUST_CHECK NONNULL int names_group(gid_t gid, char *buf, size_t size);

/*
 * Can "there is none of that name" be believed? Not where nsswitch.conf(5) names more than the
 * files: the C library passes over a database that cannot answer, and whoever runs this process
 * can make it unable to. The kernel lets him lower the limits of the program that asks, and stop
 * it while it works. 1, 0 or -errno.
 */
MUST_CHECK int names_users_certain(void);
MUST_CHECK int names_groups_certain(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_CALLER_H
#define NETGRANT_CALLER_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Somebody about whom a policy is asked. */
struct caller {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary; owned, freed by caller_free() */
	size_t ngroups;
};

/* Who runs this process: real user and group and the supplementary groups. 0 or -errno. */
MUST_CHECK NONNULL int caller_get(struct caller *ret);

NONNULL void caller_free(struct caller *c);

/* Is name (a number, or the name of a user) this user? 1, 0, or -errno: see names.h. -EAGAIN, and
 * that only: no id is known for the name, and no name for the id. */
MUST_CHECK NONNULL int caller_is_user(const struct caller *c, const char *name);

/* The same for a group, primary or supplementary. */
MUST_CHECK NONNULL int caller_in_group(const struct caller *c, const char *name);

/* Writes "alice (uid 1000)", or "uid 1000" where there is no name. Returns buf. */
NONNULL const char *caller_text(const struct caller *c, char *buf, size_t size);

/* Writes what a rule calls this user: the name, or the number where the name could not
 * stand in a rule as it is. Returns buf. */
NONNULL const char *caller_word(const struct caller *c, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* About whom a question is asked. */
#ifndef NETGRANT_WHO_H
#define NETGRANT_WHO_H

#include "kinds.h"
#include "lib/caller.h"

struct who {
	struct caller caller;
	/* Somebody else, whose rights this process has not: what they may read is judged by
	 * the modes of the files. */
	bool foreign;
};

/*
 * The user of that name or number, NULL for the one who asks. Root becomes that user for
 * good, ids and groups, so that every file is opened with the same result as the helper's.
 * EX_DONE, and the caller frees ret->caller; or the exit status after a message.
 */
int who_get(const char *user, struct who *ret);

/* Would the policy in path be the same if they read it? EX_DONE; or EX_FAILED after a message
 * that only root can tell. */
NONNULL int who_reads_the_same(const struct who *who, const struct kind *kind, const char *path);

#endif

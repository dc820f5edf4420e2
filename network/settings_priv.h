/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each network's folder has a file of lines "path old new", of what it changed of the kernel's
 * settings:
 *
 *   ipv4/ip_forward 0 1             was 0, has to be 1
 *   ipv4/conf/eth0/forwarding = 1   had what the switch for all devices says, has to be 1
 *   ipv4/conf/ng-a/forwarding - 1   a device of our own, nothing is put back
 *   nft/ip/nat - -                  a table that was there when the switch was turned on
 *   nft/- - -                       such tables were looked for
 *   ipv4/conf/wg0/forwarding 1 !    is being put back, whatever it is now
 */
#ifndef NETGRANT_SETTINGS_PRIV_H
#define NETGRANT_SETTINGS_PRIV_H

#include "worker.h"

#define AS_SWITCH "="
#define NOTHING "-"
#define PENDING "!"

struct setting {
	char path[128], old[64], new[64];
	bool due; /* is to be put back */
};

/* The next line of *text, which is moved behind it; false: there is none. */
NONNULL bool setting_next(const char **text, struct setting *ret);

/* The line of that path; *line: where it begins, *end: where the next one does. */
NONNULL bool setting_find(const char *text, const char *path, struct setting *ret,
			  const char **line, const char **end);

/* What this network remembers, malloc'ed, "" where that is nothing yet. 0 or -errno. */
MUST_CHECK NONNULL int setting_own(const struct network *n, char **ret);

/* Calls fn with each line of each other network, until it returns other than 0, which is
 * returned; or -errno. */
typedef int (*setting_fn)(const struct setting *s, void *ctx);
MUST_CHECK int setting_each_other(const struct network *n, setting_fn fn, void *ctx);

/* What another network that needs the same setting remembers of it: 1, 0 or -errno. */
MUST_CHECK NONNULL int setting_others_know(const struct network *n, const char *path,
					   struct setting *ret);

/* Has the file say that the path has to be new; what it was stays as it was told first. 0 or
 * -errno. */
MUST_CHECK NONNULL int setting_remember(const struct network *n, const char *path, const char *old,
					const char *new);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of netgrant check. */
#ifndef NETGRANT_CHECK_H
#define NETGRANT_CHECK_H

#include "findings.h"
#include "kinds.h"
#include "rules.h"

/* Reads the policy in path: all its rules, and all that is wrong with it. EX_DONE, or
 * EX_FAILED after a message. */
NONNULL int check_read(const struct kind *kind, const char *path, struct rules *ret,
		       struct findings *all);

/* Rules that say what cannot have been meant; each on its own. */
NONNULL void check_rules(const struct kind *kind, const struct rules *rules, struct findings *all);

/* Rules that another one leaves nothing to say. */
NONNULL void check_cover(const struct kind *kind, const struct rules *rules, struct findings *all);

/* A name that the pattern matches, or false: no device can have any. */
NONNULL bool check_glob_example(const struct policy_rule *rule, object_name ret);

/* The files of all networks, what they need of the system, and the rules that let users start
 * them. *retn: how many files there are. */
NONNULL void check_networks(const struct rules *rules, size_t *retn, struct findings *all);

/* One file. EX_DONE; print: its normal form goes to stdout, where nothing is wrong with it. */
NONNULL int check_network_file(const char *path, bool print, struct findings *all);

/* Is path that of a network's file? */
MUST_CHECK NONNULL bool check_is_network(const char *path);

/* Prints whether the caller's guests of netgrant-slirp can ping out, and how to allow it. */
void check_ping(void);

/* Prints that users may have no namespaces of their own, where that is so, and how to allow it. */
void check_namespaces(void);

/* The helpers, and what they need of the system. */
NONNULL void check_install(struct findings *all);

#endif

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
NONNULL void check_cover(const struct rules *rules, struct findings *all);

/* A name that the pattern matches, or false: no device can have any. */
NONNULL bool check_glob_example(const struct policy_rule *rule, device_name ret);

/* The helpers, and what they need of the system. */
NONNULL void check_install(struct findings *all);

#endif

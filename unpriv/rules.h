/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All rules of a policy, kept: for questions that one rule after the other cannot answer. */
#ifndef NETGRANT_RULES_H
#define NETGRANT_RULES_H

#include "lib/compiler.h"
#include "policy/policy.h"

#include <stddef.h>

struct rules {
	struct policy_rule *v; /* in the order of the files; texts and files are owned */
	size_t n, size;
	char **files; /* as the rules name them */
	size_t n_files, files_size;
};

/* Keeps a copy. 0 or -ENOMEM. */
MUST_CHECK NONNULL int rules_add(struct rules *r, const struct policy_rule *rule);

NONNULL void rules_free(struct rules *r);

#endif

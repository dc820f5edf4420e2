/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy says about one object and one user, for people and for programs. */
#ifndef NETGRANT_ANSWER_H
#define NETGRANT_ANSWER_H

#include "cli.h"
#include "kinds.h"
#include "lib/caller.h"

struct answer {
	const struct kind *kind;
	const char *name;
	const struct caller *caller;
	const struct policy_decision *decision;
	bool exists; /* there is an object of that name and kind now */
};

/* Longest text of answer_limits(). */
#define ANSWER_LIMITS_SIZE 512

/* Writes the limits as a rule has them, each behind a blank; "" where there is none. */
NONNULL const char *answer_limits(const struct policy_decision *d, char buf[ANSWER_LIMITS_SIZE]);

/* Does a request of this user start the network, where it is down? */
NONNULL bool answer_may_start(const struct answer *a, const struct network_facts *f);

/* The answer as a JSON object, or NULL. */
NONNULL struct json_object *answer_json(const struct answer *a);

#endif

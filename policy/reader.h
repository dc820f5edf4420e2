/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy reader: the language (policy.h) on real files and real users. The one part
 * of policy/ that touches the system, so that the rest can be fuzzed.
 */
#ifndef NETGRANT_READER_H
#define NETGRANT_READER_H

#include "lib/caller.h"
#include "policy.h"

struct reader_hooks {
	int (*rule)(void *ctx, const struct policy_rule *rule);
	bool (*error)(void *ctx, const struct policy_error *error);
	void (*opened)(void *ctx, const char *path, const char *file, unsigned line);
	void (*passed_over)(void *ctx, const char *path, const char *file, unsigned line);
	const char *object; /* as in struct policy_ops */
	void *ctx;
};

/* policy_read() on files opened with secure_open(): as the process, checked for owner and
 * mode. An include that the process may not read (EACCES) is passed over. */
MUST_CHECK NONNULL int reader_read(const struct policy_vocab *vocab, const char *path,
				   const struct reader_hooks *hooks);

/* Which file holds bridge.conf's policy: the suite's own or, where that does not exist,
 * qemu-bridge-helper's. Never NULL. */
const char *reader_bridge_path(void);

/* The policy of networks: /etc/netgrant/network.conf. */
const char *reader_network_path(void);

/* The policies of taps and scripts: /etc/netgrant/tap.conf, /etc/netgrant/ifup.conf. */
const char *reader_tap_path(void);
const char *reader_ifup_path(void);

/* Is there anything at that path? A fresh installation has no policy, and grants nothing. */
NONNULL bool reader_exists(const char *path);

/* What is said of an object for which exact was set, behind a denial for want of a rule. */
#define READER_EXACT                                                                               \
	"; it is a network's, of which nat-setup --network= hands out ports: only a rule with "    \
	"just its name allows it here"

/* Fills *reterr in with what policy_decide() could not decide at that rule, and why: err.
 * Returns err, but -EINVAL, which is kept for what is wrong with the policy, as -EIO. */
NONNULL int reader_undecided(const struct policy_decision *d, const struct policy_rule *rule,
			     const struct caller *c, int err, struct policy_error *reterr);

/*
 * Reads the policy in path and decides whether c may use object; exact: as in struct
 * policy_request. 0 and *ret, to be freed with policy_decision_free(); -EINVAL: *reterr says what
 * is wrong with the policy; other -errno: it could not be decided, and *reterr says why.
 */
MUST_CHECK NONNULL int reader_decide(const struct policy_vocab *vocab, const char *path,
				     const struct caller *c, const char *object, bool exact,
				     struct policy_decision *ret, struct policy_error *reterr);

#endif
